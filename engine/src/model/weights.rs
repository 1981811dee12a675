//! Loading the weights: layer by layer on all cores, so that no more than a layer or two is in memory in both forms.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::linear::Linear;
use super::matrix::Matrix;
use super::{Architecture, Config, Precision};
use crate::EngineError;
use crate::gguf::Gguf;

/// How far loading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Parts of the model loaded.
    pub done: usize,
    /// Parts there are.
    pub total: usize,
}

/// One transformer layer.
pub(crate) struct Layer {
    pub(crate) attention_norm: Vec<f32>,
    pub(crate) queries_keys_values: Linear,
    pub(crate) query_norm: Option<Vec<f32>>,
    pub(crate) key_norm: Option<Vec<f32>>,
    pub(crate) attention_output: Linear,
    pub(crate) feed_forward_norm: Vec<f32>,
    pub(crate) gate_up: Linear,
    pub(crate) down: Linear,
}

/// All weights.
pub(super) struct Weights {
    embedding: Linear,
    pub(super) layers: Vec<Layer>,
    pub(super) output_norm: Vec<f32>,
    /// The output layer, where it is not the embedding itself.
    own_output: Option<Linear>,
    pub(super) rotary_factors: Option<Vec<f32>>,
}

impl Weights {
    pub(super) fn load(
        file: &Gguf,
        config: &Config,
        precision: Precision,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, EngineError> {
        refuse_unknown(file, config)?;
        let total = config.layers + 2;
        let done = AtomicUsize::new(0);
        let finished = || progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });

        let vocabulary_layer = |name: &str| {
            let names = [(name.to_owned(), config.vocabulary)];
            Linear::load(file, &names, config.width, precision)
        };
        // The largest tensors first and beside the layers: they would otherwise keep one core busy at the end.
        let (vocabulary, layers) = rayon::join(
            || {
                let embedding = vocabulary_layer("token_embd")?;
                finished();
                let own_output = file.entry("output.weight").map(|_| vocabulary_layer("output")).transpose()?;
                finished();
                Ok::<_, EngineError>((embedding, own_output))
            },
            || {
                (0..config.layers)
                    .into_par_iter()
                    .map(|index| {
                        let layer = Layer::load(file, config, index, precision)?;
                        finished();
                        Ok(layer)
                    })
                    .collect::<Result<Vec<_>, EngineError>>()
            },
        );
        let (embedding, own_output) = vocabulary?;
        let factors = "rope_freqs.weight";
        Ok(Self {
            embedding,
            layers: layers?,
            output_norm: file.vector("output_norm.weight", config.width)?,
            own_output,
            rotary_factors: file.entry(factors).map(|_| file.vector(factors, config.head_size / 2)).transpose()?,
        })
    }

    /// The embeddings of some tokens.
    pub(super) fn embed(&self, tokens: &[u32], width: usize) -> Matrix {
        let mut rows = Vec::with_capacity(tokens.len() * width);
        for &token in tokens {
            self.embedding.append_row(token as usize, &mut rows);
        }
        Matrix::new(rows, width)
    }

    /// Logits over the vocabulary.
    pub(super) fn output(&self, rows: &Matrix) -> Matrix {
        self.output_layer().forward(rows)
    }

    /// The layer that makes logits: the embedding itself where the file has no other.
    pub(super) fn output_layer(&self) -> &Linear {
        self.own_output.as_ref().unwrap_or(&self.embedding)
    }

    /// Bytes the weights take in memory.
    pub(super) fn bytes(&self) -> usize {
        let layers: usize = self
            .layers
            .iter()
            .flat_map(|layer| [&layer.queries_keys_values, &layer.attention_output, &layer.gate_up, &layer.down])
            .map(Linear::bytes)
            .sum();
        layers + self.embedding.bytes() + self.own_output.as_ref().map_or(0, Linear::bytes)
    }
}

impl Layer {
    fn load(file: &Gguf, config: &Config, index: usize, precision: Precision) -> Result<Self, EngineError> {
        let name = |part: &str| format!("blk.{index}.{part}");
        let linear = |parts: &[(&str, usize)], inputs: usize| {
            let names: Vec<_> = parts.iter().map(|&(part, outputs)| (name(part), outputs)).collect();
            Linear::load(file, &names, inputs, precision)
        };
        let norm = |part: &str, size: usize| file.vector(&name(&format!("{part}.weight")), size);
        let (width, inner) = (config.width, config.feed_forward);
        let (query_width, key_width) = (config.query_width(), config.key_value_width());
        let head_norm = |part: &str| match config.architecture {
            Architecture::Qwen3 => norm(part, config.head_size).map(Some),
            Architecture::Llama | Architecture::Qwen2 => Ok(None),
        };
        Ok(Self {
            attention_norm: norm("attn_norm", width)?,
            queries_keys_values: linear(
                &[("attn_q", query_width), ("attn_k", key_width), ("attn_v", key_width)],
                width,
            )?,
            query_norm: head_norm("attn_q_norm")?,
            key_norm: head_norm("attn_k_norm")?,
            attention_output: linear(&[("attn_output", width)], query_width)?,
            feed_forward_norm: norm("ffn_norm", width)?,
            gate_up: linear(&[("ffn_gate", inner), ("ffn_up", inner)], width)?,
            down: linear(&[("ffn_down", width)], inner)?,
        })
    }
}

/// A tensor nobody reads would mean that the file describes another computation than the one done here.
fn refuse_unknown(file: &Gguf, config: &Config) -> Result<(), EngineError> {
    const WHOLE: [&str; 4] = ["token_embd.weight", "output.weight", "output_norm.weight", "rope_freqs.weight"];
    const NORMS: [&str; 2] = ["attn_norm", "ffn_norm"];
    const HEAD_NORMS: [&str; 2] = ["attn_q_norm", "attn_k_norm"];
    const LINEAR: [&str; 7] = ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"];
    let known = |name: &str| {
        if WHOLE.contains(&name) {
            return true;
        }
        let Some((layer, part)) = name.strip_prefix("blk.").and_then(|rest| rest.split_once('.')) else { return false };
        let layer_exists = layer.parse().is_ok_and(|layer: usize| layer < config.layers);
        let part_is_read = match part.rsplit_once('.') {
            Some((part, "weight")) => {
                NORMS.contains(&part)
                    || LINEAR.contains(&part)
                    || (config.architecture == Architecture::Qwen3 && HEAD_NORMS.contains(&part))
            }
            Some((part, "bias")) => LINEAR.contains(&part),
            _ => false,
        };
        layer_exists && part_is_read
    };
    match file.entries().into_iter().find(|(name, _)| !known(name)) {
        Some((name, _)) => Err(EngineError::UnsupportedFeature {
            feature: format!("a tensor `{name}` that this family does not have"),
        }),
        None => Ok(()),
    }
}
