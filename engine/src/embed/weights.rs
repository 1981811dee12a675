//! The weights of a BERT in a `safetensors` file, by the names that Hugging Face gives them.

use std::fs;
use std::path::{Path, PathBuf};

use safetensors::{Dtype, SafeTensors};

use super::HEAD;
use crate::EngineError;
use crate::model::{Linear, Matrix, Precision, dot};

/// The most layers that are looked for.
const MOST_LAYERS: usize = 64;

/// A layer normalisation.
pub(super) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    /// Makes a row's mean 0 and its variance 1, then scales and shifts it.
    #[inline(always)]
    pub(super) fn apply(&self, row: &mut [f32]) {
        let count = row.len().max(1) as f32;
        let mean = row.iter().sum::<f32>() / count;
        for value in row.iter_mut() {
            *value -= mean;
        }
        let scale = 1.0 / (dot(row, row) / count + 1e-12).sqrt();
        for ((value, weight), shift) in row.iter_mut().zip(&self.scale).zip(&self.shift) {
            *value = *value * scale * weight + shift;
        }
    }
}

/// One layer.
pub(super) struct Layer {
    /// Queries, keys and values, stacked.
    pub(super) attention: Linear,
    pub(super) joined: Linear,
    pub(super) after_attention: Norm,
    pub(super) widened: Linear,
    pub(super) narrow: Linear,
    pub(super) after_feeding: Norm,
}

/// All weights.
pub(super) struct Weights {
    pub(super) width: usize,
    words: Vec<f32>,
    /// What is added at each position: its own vector and that of a first sentence.
    positions: Vec<f32>,
    norm: Norm,
    pub(super) layers: Vec<Layer>,
}

struct File<'a> {
    path: PathBuf,
    tensors: SafeTensors<'a>,
}

impl File<'_> {
    fn malformed(&self, reason: String) -> EngineError {
        EngineError::Embedding { path: self.path.clone(), reason }
    }

    /// A tensor's values. `shape` has 0 where any length will do.
    fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EngineError> {
        let view = self.tensors.tensor(name).map_err(|error| self.malformed(format!("`{name}`: {error}")))?;
        let fits = view.shape().len() == shape.len()
            && view.shape().iter().zip(shape).all(|(found, wanted)| *wanted == 0 || found == wanted);
        if !fits || view.dtype() != Dtype::F32 {
            let found = view.shape();
            return Err(self.malformed(format!("`{name}` is {:?} {found:?}, not F32 {shape:?}", view.dtype())));
        }
        Ok(view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    fn norm(&self, name: &str, width: usize) -> Result<Norm, EngineError> {
        let part = |part: &str| self.values(&format!("{name}.{part}"), &[width]);
        Ok(Norm { scale: part("weight")?, shift: part("bias")? })
    }

    fn linear(
        &self,
        names: &[String],
        outputs: usize,
        inputs: usize,
        precision: Precision,
    ) -> Result<Linear, EngineError> {
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            weights.extend(self.values(&format!("{name}.weight"), &[outputs, inputs])?);
            bias.extend(self.values(&format!("{name}.bias"), &[outputs])?);
        }
        Ok(Linear::from_values(weights, bias, inputs, precision))
    }

    fn layer(&self, index: usize, width: usize, precision: Precision) -> Result<Layer, EngineError> {
        let at = |name: &str| format!("encoder.layer.{index}.{name}");
        let stacked = ["query", "key", "value"].map(|name| at(&format!("attention.self.{name}")));
        let (widened, narrow) = (at("intermediate.dense"), at("output.dense"));
        let wide = self.values(&format!("{widened}.bias"), &[0])?.len();
        Ok(Layer {
            attention: self.linear(&stacked, width, width, precision)?,
            joined: self.linear(&[at("attention.output.dense")], width, width, precision)?,
            after_attention: self.norm(&at("attention.output.LayerNorm"), width)?,
            widened: self.linear(&[widened], wide, width, precision)?,
            narrow: self.linear(&[narrow], width, wide, precision)?,
            after_feeding: self.norm(&at("output.LayerNorm"), width)?,
        })
    }
}

impl Weights {
    pub(super) fn load(path: &Path, precision: Precision) -> Result<Self, EngineError> {
        let bytes =
            fs::read(path).map_err(|error| EngineError::Read { path: path.to_owned(), reason: error.to_string() })?;
        let tensors = SafeTensors::deserialize(&bytes)
            .map_err(|error| EngineError::Embedding { path: path.to_owned(), reason: error.to_string() })?;
        let file = File { path: path.to_owned(), tensors };
        let width = file.values("embeddings.LayerNorm.bias", &[0])?.len();
        if width == 0 || !width.is_multiple_of(HEAD) {
            return Err(file.malformed(format!("its rows of {width} values do not make heads of {HEAD}")));
        }
        let mut positions = file.values("embeddings.position_embeddings.weight", &[0, width])?;
        let kinds = file.values("embeddings.token_type_embeddings.weight", &[0, width])?;
        for position in positions.chunks_exact_mut(width) {
            for (value, kind) in position.iter_mut().zip(&kinds) {
                *value += kind;
            }
        }
        let is_there = |index: &usize| file.tensors.tensor(&format!("encoder.layer.{index}.output.dense.bias")).is_ok();
        let layers = (0..MOST_LAYERS).take_while(is_there).map(|index| file.layer(index, width, precision));
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        if layers.is_empty() {
            return Err(file.malformed("it has no layers".to_owned()));
        }
        Ok(Self {
            width,
            words: file.values("embeddings.word_embeddings.weight", &[0, width])?,
            positions,
            norm: file.norm("embeddings.LayerNorm", width)?,
            layers,
        })
    }

    /// How many words the table of embeddings has.
    pub(super) fn vocabulary(&self) -> usize {
        self.words.len() / self.width.max(1)
    }

    /// The rows that go into the first layer, text after text.
    pub(super) fn embed(&self, texts: &[Vec<u32>]) -> Matrix {
        let width = self.width;
        let mut values = Vec::with_capacity(texts.iter().map(Vec::len).sum::<usize>() * width);
        for text in texts {
            for (position, token) in text.iter().enumerate() {
                let word = self.words.chunks_exact(width).nth(*token as usize).unwrap_or_default();
                let place = self.positions.chunks_exact(width).nth(position).unwrap_or_default();
                let start = values.len();
                values.extend(word.iter().zip(place).map(|(word, place)| word + place));
                self.norm.apply(values.get_mut(start..).unwrap_or_default());
            }
        }
        Matrix::new(values, width)
    }
}
