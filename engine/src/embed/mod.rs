//! Sentence embeddings: the forward pass of a small BERT (Devlin et al., 2019) as sentence-transformers runs it
//! (Reimers and Gurevych, "Sentence-BERT", 2019): the mean over all tokens of the last layer, made length 1.
//!
//! Made for `all-MiniLM-L6-v2` (Wang et al., "MiniLM", 2020): six layers, 384 values, heads of 32.

mod tokens;
mod weights;

use std::path::Path;

use rayon::prelude::*;

use crate::EngineError;
use crate::model::{Matrix, Precision, Vectorised, dot, exponential, softmax, vectorised};
use tokens::WordPieces;
use weights::{Layer, Norm, Weights};

/// Values per attention head.
const HEAD: usize = 32;
/// Tokens of a text that are read; the rest is left out, as sentence-transformers does with this model.
const MOST_TOKENS: usize = 256;
/// Tokens whose scores are computed together.
const STRIDE: usize = 8;
/// Rows computed at once: enough to keep the kernels busy, few enough to stay in the caches.
const ROWS_AT_ONCE: usize = 256;

/// A loaded embedding model.
pub struct Encoder {
    tokens: WordPieces,
    weights: Weights,
}

impl Encoder {
    /// Loads a `model.safetensors` file and the `vocab.txt` that belongs to it.
    pub fn load(weights: &Path, vocabulary: &Path, precision: Precision) -> Result<Self, EngineError> {
        let weights = Weights::load(weights, precision)?;
        let tokens = WordPieces::load(vocabulary, weights.vocabulary())?;
        Ok(Self { tokens, weights })
    }

    /// Values in a vector.
    pub fn width(&self) -> usize {
        self.weights.width
    }

    /// The tokens of a text, as the model reads them: `[CLS]` first, `[SEP]` last, at most 256.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        self.tokens.encode(text, MOST_TOKENS)
    }

    /// One vector of length 1 for each text, in order.
    pub fn embed<T: AsRef<str> + Sync>(&self, texts: &[T]) -> Result<Vec<Vec<f32>>, EngineError> {
        let tokens: Vec<Vec<u32>> =
            texts.par_iter().map(|text| self.tokens(text.as_ref())).collect::<Result<_, _>>()?;
        let mut vectors = Vec::with_capacity(texts.len());
        let mut rest = tokens.as_slice();
        while !rest.is_empty() {
            let mut rows = 0;
            let fits = rest.iter().take_while(|text| {
                rows += text.len();
                rows <= ROWS_AT_ONCE
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            vectors.extend(self.forward(now));
            rest = later;
        }
        if vectors.iter().flatten().any(|value: &f32| !value.is_finite()) {
            return Err(EngineError::NotANumber);
        }
        Ok(vectors)
    }

    fn forward(&self, texts: &[Vec<u32>]) -> Vec<Vec<f32>> {
        let lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
        let mut rows = self.weights.embed(texts);
        for layer in &self.weights.layers {
            let attended = attend(&layer.attention.forward(&rows), &lengths, self.weights.width);
            finish(&mut rows, &layer.joined.forward(&attended), &layer.after_attention);
            let widened = feed(layer, &rows);
            finish(&mut rows, &layer.narrow.forward(&widened), &layer.after_feeding);
        }
        let width = self.weights.width;
        let mut rest = rows.values();
        lengths
            .iter()
            .map(|length| {
                let (own, later) = rest.split_at((length * width).min(rest.len()));
                rest = later;
                mean(own, width)
            })
            .collect()
    }
}

/// The mean of the rows, made length 1.
fn mean(rows: &[f32], width: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f32; width];
    for row in rows.chunks_exact(width.max(1)) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    let length = dot(&sums, &sums).sqrt();
    if length > 0.0 {
        for value in &mut sums {
            *value /= length;
        }
    }
    sums
}

/// Adds what a block computed to what went in, and normalises.
fn finish(rows: &mut Matrix, added: &Matrix, norm: &Norm) {
    struct Finish<'a>(&'a mut [f32], &'a [f32], &'a Norm);
    impl Vectorised for Finish<'_> {
        type Output = ();
        const WIDE: bool = true;
        #[inline(always)]
        fn run(self) {
            for (value, added) in self.0.iter_mut().zip(self.1) {
                *value += added;
            }
            self.2.apply(self.0);
        }
    }
    let width = rows.width().max(1);
    let rows = rows.values_mut().par_chunks_mut(width).with_min_len(32);
    rows.zip(added.values().par_chunks(width)).for_each(|(row, added)| vectorised(Finish(row, added, norm)));
}

/// The wide part of the feed-forward block, with its activation.
fn feed(layer: &Layer, rows: &Matrix) -> Matrix {
    struct Gelu<'a>(&'a mut [f32]);
    impl Vectorised for Gelu<'_> {
        type Output = ();
        const WIDE: bool = true;
        #[inline(always)]
        fn run(self) {
            for value in self.0 {
                *value = gelu(*value);
            }
        }
    }
    let mut widened = layer.widened.forward(rows);
    let width = widened.width().max(1);
    widened.values_mut().par_chunks_mut(width).with_min_len(16).for_each(|row| vectorised(Gelu(row)));
    widened
}

/// The Gaussian error linear unit, `x / 2 (1 + erf(x / sqrt 2))`, with the error function of Abramowitz and Stegun, 7.1.26,
/// which is right to 1.5e-7.
#[inline(always)]
fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let polynomial = t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152_1 + t * 1.061_405_4))));
    let erf = 1.0 - polynomial * exponential(-z * z);
    0.5 * x * (1.0 + if x < 0.0 { -erf } else { erf })
}

/// Attention of every token over all tokens of its own text. A row of `stacked` holds queries, keys and values.
fn attend(stacked: &Matrix, lengths: &[usize], width: usize) -> Matrix {
    let mut output = Matrix::zeros(stacked.rows(), width);
    let mut parts = Vec::with_capacity(lengths.len());
    let (mut outputs, mut inputs) = (output.values_mut(), stacked.values());
    for length in lengths {
        let (output, later) = outputs.split_at_mut(length * width);
        let (input, rest) = inputs.split_at(length * width * 3);
        outputs = later;
        inputs = rest;
        parts.push((output, input));
    }
    parts.into_par_iter().for_each(|(output, input)| vectorised(Text { input, output, width }));
    output
}

/// The attention within one text.
struct Text<'a> {
    input: &'a [f32],
    output: &'a mut [f32],
    width: usize,
}

impl Vectorised for Text<'_> {
    type Output = ();

    const WIDE: bool = true;

    /// Plain loops over whole arrays: what iterators make of the same is compiled apart, without the vector instructions.
    #[inline(always)]
    fn run(self) {
        let Self { input, output, width } = self;
        let rows = input.len() / (3 * width).max(1);
        let padded = rows.next_multiple_of(STRIDE);
        let scale = 1.0 / (HEAD as f32).sqrt();
        // The keys of a head, one value of all tokens after the other, so that a score needs no sum across a vector.
        let mut keys = vec![0.0_f32; HEAD * padded];
        let mut values = vec![[0.0_f32; HEAD]; rows];
        let mut scores = vec![0.0_f32; padded];
        let heads = width / HEAD;
        for head in 0..heads {
            for (token, row) in input.chunks_exact(3 * width).enumerate() {
                let parts = row.as_chunks::<HEAD>().0;
                if let (Some(key), Some(value), Some(target)) =
                    (parts.get(heads + head), parts.get(2 * heads + head), values.get_mut(token))
                {
                    *target = *value;
                    for (keys, key) in keys.chunks_exact_mut(padded).zip(key) {
                        if let Some(place) = keys.get_mut(token) {
                            *place = *key;
                        }
                    }
                }
            }
            for (row, output) in input.chunks_exact(3 * width).zip(output.chunks_exact_mut(width)) {
                let Some(query) = row.as_chunks::<HEAD>().0.get(head) else { continue };
                scores.fill(0.0);
                for (query, keys) in query.iter().zip(keys.chunks_exact(padded)) {
                    let query = query * scale;
                    for (scores, keys) in
                        scores.as_chunks_mut::<STRIDE>().0.iter_mut().zip(keys.as_chunks::<STRIDE>().0)
                    {
                        for (score, key) in scores.iter_mut().zip(keys) {
                            *score += query * key;
                        }
                    }
                }
                if let Some(scores) = scores.get_mut(..rows) {
                    softmax(scores);
                }
                let mut sums = [0.0_f32; HEAD];
                for (value, weight) in values.iter().zip(&scores) {
                    for (sum, value) in sums.iter_mut().zip(value) {
                        *sum += weight * value;
                    }
                }
                if let Some(output) = output.as_chunks_mut::<HEAD>().0.get_mut(head) {
                    *output = sums;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
