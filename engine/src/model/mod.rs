//! The forward pass: several sequences at once, each with its own cache and its own positions.
//!
//! What one row computes never depends on which other rows are in the batch, so an answer is the same whether it was made
//! alone, among others, or on top of a shared prefix.
#![expect(clippy::inline_always, reason = "loops must become part of their vectorised callers")]

mod attention;
pub(crate) mod cache;
mod config;
mod expand;
mod linear;
mod matrix;
mod packed;
mod rotary;
#[cfg(test)]
mod tests;
mod vector;
mod weights;
mod wide;

use rayon::prelude::*;

pub use config::{Architecture, Config, RotaryPairs};
pub(crate) use expand::STRIP;
pub(crate) use linear::Linear;
pub(crate) use matrix::Matrix;
pub(crate) use rotary::{Angles, Rotary};
pub(crate) use vector::{Gate, Vectorised, dot, exponential, normalise, softmax, vectorised};
pub(crate) use weights::Layer;
pub use weights::Progress;

use attention::{Heads, attend};
use cache::{Cache, PageShape, Part};
use weights::Weights;

use crate::EngineError;
use crate::adapter::{Place, Tuned, add_tuning};
use crate::gguf::Gguf;

/// How exactly the weights are computed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// 8-bit blocks (`Q8_0`), whatever the file holds: the fast way.
    #[default]
    Quantised,
    /// 32-bit floats: four times the memory and slow; for comparing with other implementations.
    Exact,
}

/// A loaded model.
pub(crate) struct Transformer {
    config: Config,
    weights: Weights,
    rotary: Rotary,
}

/// One sequence's turn in a step: tokens to append to its cache.
pub(crate) struct Turn<'a> {
    pub(crate) cache: &'a mut Cache,
    pub(crate) tokens: &'a [u32],
    pub(crate) wanted: Wanted,
    /// The adapter that works on its rows.
    pub(crate) tuned: Option<&'a Tuned>,
}

/// What a sequence wants back from a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing: the prompt goes on.
    Nothing,
    /// The logits after the last token.
    Last,
}

/// How a step ended.
pub(crate) enum Stepped {
    /// Turn by turn, the logits that were wanted.
    Done(Vec<Option<Vec<f32>>>),
    /// It was abandoned; no cache has grown.
    Abandoned,
}

/// A row's sequence and position.
struct Row {
    turn: usize,
    position: usize,
    angles: Angles,
}

impl Transformer {
    /// Loads the weights of `file`.
    pub(crate) fn load(
        file: &Gguf,
        precision: Precision,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, EngineError> {
        let config = Config::from_gguf(file)?;
        let weights = Weights::load(file, &config, precision, progress)?;
        let rotary = Rotary::new(&config, weights.rotary_factors.as_deref());
        Ok(Self { config, weights, rotary })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// One layer's weights.
    pub(crate) fn layer(&self, index: usize) -> Option<&Layer> {
        self.weights.layers.get(index)
    }

    /// The embeddings of some tokens, one after the other.
    pub(crate) fn embed(&self, tokens: &[u32]) -> Vec<f32> {
        self.weights.embed(tokens, self.config.width).values().to_vec()
    }

    /// The layer that makes logits of normalised rows.
    pub(crate) fn output_layer(&self) -> &Linear {
        self.weights.output_layer()
    }

    /// The weights of the last normalisation.
    pub(crate) fn output_norm(&self) -> &[f32] {
        &self.weights.output_norm
    }

    /// The rotary positions.
    pub(crate) fn rotary(&self) -> &Rotary {
        &self.rotary
    }

    /// Bytes the weights take in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.weights.bytes()
    }

    /// The shape of this model's cache pages.
    pub(crate) fn page_shape(&self) -> PageShape {
        PageShape::new(&self.config)
    }

    /// Appends every turn's tokens to its cache. `abandon` is asked before every layer.
    pub(crate) fn step(&self, turns: &mut [Turn], abandon: &dyn Fn() -> bool) -> Stepped {
        let mut rows = Vec::new();
        let mut tokens = Vec::new();
        for (index, turn) in turns.iter_mut().enumerate() {
            turn.cache.reserve(turn.tokens.len());
            let start = turn.cache.length();
            tokens.extend_from_slice(turn.tokens);
            rows.extend((start..start + turn.tokens.len()).map(|position| Row {
                turn: index,
                position,
                angles: self.rotary.angles(position),
            }));
        }
        // Row by row, so that every sequence of a batch can have its own.
        let tuned: Vec<Option<&Tuned>> =
            turns.iter().flat_map(|turn| std::iter::repeat_n(turn.tuned, turn.tokens.len())).collect();
        let mut stream = self.weights.embed(&tokens, self.config.width);
        for (index, layer) in self.weights.layers.iter().enumerate() {
            if abandon() {
                return Stepped::Abandoned;
            }
            let adapters = Adapters { layer: index, rows: &tuned };
            self.attention(adapters, layer, &mut stream, &rows, turns);
            self.feed_forward(adapters, layer, &mut stream);
        }
        for turn in turns.iter_mut() {
            turn.cache.advance(turn.tokens.len());
        }
        Stepped::Done(self.logits(&stream, turns))
    }

    fn attention(&self, adapters: Adapters, layer: &Layer, stream: &mut Matrix, rows: &[Row], turns: &mut [Turn]) {
        let config = &self.config;
        let index = adapters.layer;
        let input = self.normalised(stream, &layer.attention_norm);
        let stacked = adapters.forward(Place::QueriesKeysValues, &layer.queries_keys_values, &input);
        let (query_width, key_width) = (config.query_width(), config.key_value_width());
        let mut queries = Vec::with_capacity(rows.len() * query_width);
        for (row, stacked) in rows.iter().zip(stacked.iter()) {
            let (query, rest) = stacked.split_at(query_width);
            let (key, value) = rest.split_at(key_width);
            let start = queries.len();
            queries.extend_from_slice(query);
            let mut key = key.to_vec();
            if let Some(query) = queries.get_mut(start..) {
                self.place(query, layer.query_norm.as_deref(), &row.angles);
            }
            self.place(&mut key, layer.key_norm.as_deref(), &row.angles);
            if let Some(turn) = turns.get_mut(row.turn) {
                turn.cache.write(index, Part::Keys, row.position, &key);
                turn.cache.write(index, Part::Values, row.position, value);
            }
        }
        let queries = Matrix::new(queries, query_width);
        let heads =
            Heads { queries: config.heads, group: config.heads / config.key_value_heads, size: config.head_size };
        let caches: Vec<&Cache> = turns.iter().map(|turn| &*turn.cache).collect();
        let attended = attend(index, heads, &queries, |index| {
            let row = rows.get(index)?;
            Some((*caches.get(row.turn)?, row.position))
        });
        stream.add(&adapters.forward(Place::AttentionOutput, &layer.attention_output, &attended));
    }

    /// Normalises each head where the family does, then turns it to its position.
    pub(crate) fn place(&self, row: &mut [f32], norm: Option<&[f32]>, angles: &Angles) {
        if let Some(weights) = norm {
            for head in row.chunks_exact_mut(self.config.head_size) {
                normalise(head, weights, self.config.epsilon);
            }
        }
        self.rotary.turn(row, angles);
    }

    fn feed_forward(&self, adapters: Adapters, layer: &Layer, stream: &mut Matrix) {
        let width = self.config.feed_forward;
        let input = self.normalised(stream, &layer.feed_forward_norm);
        let stacked = adapters.forward(Place::GateUp, &layer.gate_up, &input);
        let mut hidden = Matrix::zeros(stacked.rows(), width);
        let rows = hidden.values_mut().par_chunks_mut(width).with_min_len(4);
        rows.zip(stacked.values().par_chunks(2 * width)).for_each(|(hidden, stacked)| {
            vectorised(Gate { stacked, hidden });
        });
        stream.add(&adapters.forward(Place::Down, &layer.down, &hidden));
    }

    fn normalised(&self, stream: &Matrix, weights: &[f32]) -> Matrix {
        let mut rows = Matrix::new(stream.values().to_vec(), stream.width());
        vectorised(Norm { rows: &mut rows, weights, epsilon: self.config.epsilon });
        rows
    }

    /// Logits only for the rows somebody asked for: the vocabulary is the largest layer.
    fn logits(&self, stream: &Matrix, turns: &[Turn]) -> Vec<Option<Vec<f32>>> {
        let mut picked = Vec::new();
        let mut end = 0;
        for turn in turns {
            end += turn.tokens.len();
            if turn.wanted == Wanted::Last
                && let Some(row) = end.checked_sub(1).and_then(|last| stream.iter().nth(last))
            {
                picked.extend_from_slice(row);
            }
        }
        if picked.is_empty() {
            return turns.iter().map(|_| None).collect();
        }
        let picked = self.normalised(&Matrix::new(picked, self.config.width), &self.weights.output_norm);
        let logits = self.weights.output(&picked);
        let mut rows = logits.iter().map(<[f32]>::to_vec);
        turns.iter().map(|turn| if turn.wanted == Wanted::Last { rows.next() } else { None }).collect()
    }
}

/// The adapters at work in one layer, row by row.
#[derive(Clone, Copy)]
struct Adapters<'a> {
    layer: usize,
    rows: &'a [Option<&'a Tuned>],
}

impl Adapters<'_> {
    /// What a linear layer makes of rows, with what each row's adapter adds.
    fn forward(self, place: Place, linear: &Linear, input: &Matrix) -> Matrix {
        let mut output = linear.forward(input);
        add_tuning(self.layer, place, self.rows, input, &mut output);
        output
    }
}

/// The normalisation of some rows.
struct Norm<'a> {
    rows: &'a mut Matrix,
    weights: &'a [f32],
    epsilon: f32,
}

impl Vectorised for Norm<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for row in self.rows.values_mut().chunks_exact_mut(self.weights.len().max(1)) {
            normalise(row, self.weights, self.epsilon);
        }
    }
}
