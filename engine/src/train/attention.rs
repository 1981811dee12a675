//! Causal attention of whole sequences, forwards and backwards. Nothing is kept between the two: the weights are computed
//! again, row by row, so memory grows with the length and not with its square (as in Dao et al., "`FlashAttention`", 2022).

use std::ops::Range;

use rayon::prelude::*;

use crate::model::{Config, Vectorised, dot, softmax, vectorised};

/// Rows that are worth a thread of their own.
const ROWS: usize = 16;

/// How heads lie in a row of queries, keys and values.
#[derive(Clone, Copy)]
pub(super) struct Heads {
    queries: usize,
    group: usize,
    size: usize,
    keys_at: usize,
    values_at: usize,
    /// Values per row.
    width: usize,
}

impl Heads {
    pub(super) fn new(config: &Config) -> Self {
        let (keys_at, key_width) = (config.query_width(), config.key_value_width());
        Self {
            queries: config.heads,
            group: config.heads / config.key_value_heads,
            size: config.head_size,
            keys_at,
            values_at: keys_at + key_width,
            width: keys_at + 2 * key_width,
        }
    }

    fn query(self, head: usize) -> Range<usize> {
        head * self.size..(head + 1) * self.size
    }

    fn key(self, head: usize) -> Range<usize> {
        let start = self.keys_at + head / self.group * self.size;
        start..start + self.size
    }

    fn value(self, head: usize) -> Range<usize> {
        let start = self.values_at + head / self.group * self.size;
        start..start + self.size
    }

    fn output_width(self) -> usize {
        self.queries * self.size
    }

    fn scale(self) -> f32 {
        1.0 / (self.size as f32).sqrt()
    }
}

/// What every row attends to: one row of output per row of `stacked`. Sequences do not see each other.
pub(super) fn attend(heads: Heads, stacked: &[f32], sequences: &[Range<usize>]) -> Vec<f32> {
    let rows = stacked.len() / heads.width.max(1);
    let mut output = vec![0.0; rows * heads.output_width()];
    let begins =
        |row: usize| sequences.iter().find(|sequence| sequence.contains(&row)).map_or(row, |found| found.start);
    output.par_chunks_mut(heads.output_width().max(1)).enumerate().for_each(|(row, output)| {
        let sequence = stacked.get(begins(row) * heads.width..(row + 1) * heads.width).unwrap_or_default();
        vectorised(Row { heads, sequence, output });
    });
    output
}

/// The last row of a sequence, all heads.
struct Row<'a> {
    heads: Heads,
    sequence: &'a [f32],
    output: &'a mut [f32],
}

impl Vectorised for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let heads = self.heads;
        let Some(last) = self.sequence.rchunks_exact(heads.width).next() else { return };
        let mut weights = Vec::new();
        for (head, output) in self.output.chunks_exact_mut(heads.size).enumerate() {
            let query = last.get(heads.query(head)).unwrap_or_default();
            weigh(heads, query, head, self.sequence, &mut weights);
            let values = part(heads, self.sequence, heads.value(head));
            for (weight, value) in weights.iter().zip(values) {
                add(output, *weight, value);
            }
        }
    }
}

/// One head's part of every row.
#[inline(always)]
fn part(heads: Heads, sequence: &[f32], columns: Range<usize>) -> impl Iterator<Item = &[f32]> {
    sequence.chunks_exact(heads.width).map(move |row| row.get(columns.clone()).unwrap_or_default())
}

/// How much a query attends to each row of `sequence`.
#[inline(always)]
fn weigh(heads: Heads, query: &[f32], head: usize, sequence: &[f32], weights: &mut Vec<f32>) {
    let scale = heads.scale();
    weights.clear();
    weights.extend(part(heads, sequence, heads.key(head)).map(|key| dot(query, key) * scale));
    softmax(weights);
}

#[inline(always)]
fn add(into: &mut [f32], weight: f32, values: &[f32]) {
    for (into, value) in into.iter_mut().zip(values) {
        *into += weight * value;
    }
}

/// The gradients of `stacked`, from those of the output.
pub(super) fn attend_backwards(
    heads: Heads,
    stacked: &[f32],
    gradients: &[f32],
    sequences: &[Range<usize>],
) -> Vec<f32> {
    let tasks: Vec<(&Range<usize>, usize)> =
        sequences.iter().flat_map(|sequence| (0..heads.queries).map(move |head| (sequence, head))).collect();
    let found: Vec<HeadGradients> = tasks
        .par_iter()
        .with_max_len(1)
        .map(|(rows, head)| {
            let sequence = stacked.get(rows.start * heads.width..rows.end * heads.width).unwrap_or_default();
            let width = heads.output_width();
            let gradients = gradients.get(rows.start * width..rows.end * width).unwrap_or_default();
            vectorised(Head { heads, index: *head, sequence, gradients })
        })
        .collect();
    // Heads that share keys add up in their order, whichever was done first.
    let mut into = vec![0.0; stacked.len()];
    let mut pieces: Vec<&mut [f32]> = Vec::new();
    let (mut rest, mut at) = (into.as_mut_slice(), 0);
    for rows in sequences {
        let (piece, after) =
            std::mem::take(&mut rest).split_at_mut_checked((rows.end - at) * heads.width).unwrap_or_default();
        pieces.push(piece.get_mut((rows.start - at) * heads.width..).unwrap_or_default());
        (rest, at) = (after, rows.end);
    }
    pieces.into_par_iter().zip(found.par_chunks(heads.queries.max(1))).for_each(|(piece, found)| {
        piece.par_chunks_exact_mut(heads.width).with_min_len(ROWS).enumerate().for_each(|(row, target)| {
            for (head, found) in found.iter().enumerate() {
                let parts = [
                    (heads.query(head), &found.queries),
                    (heads.key(head), &found.keys),
                    (heads.value(head), &found.values),
                ];
                for (columns, found) in parts {
                    let found = found.get(row * heads.size..(row + 1) * heads.size).unwrap_or_default();
                    add(target.get_mut(columns).unwrap_or_default(), 1.0, found);
                }
            }
        });
    });
    into
}

/// One query head's gradients, row by row.
struct HeadGradients {
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
}

struct Head<'a> {
    heads: Heads,
    index: usize,
    sequence: &'a [f32],
    gradients: &'a [f32],
}

impl Vectorised for Head<'_> {
    type Output = HeadGradients;

    /// With p = softmax(s), s = scale q k: dv = p do, dp = do v, ds = p (dp - sum(p dp)), dq = scale ds k, dk = scale ds q.
    #[inline(always)]
    fn run(self) -> HeadGradients {
        let Head { heads, index: head, sequence, gradients } = self;
        let size = heads.size;
        let rows = sequence.len() / heads.width;
        let empty = || vec![0.0; rows * size];
        let mut found = HeadGradients { queries: empty(), keys: empty(), values: empty() };
        let (mut weights, mut changes) = (Vec::new(), Vec::new());
        for (row, gradient) in gradients.chunks_exact(heads.output_width()).enumerate() {
            let gradient = gradient.get(heads.query(head)).unwrap_or_default();
            let seen = sequence.get(..(row + 1) * heads.width).unwrap_or_default();
            let query = seen.get(row * heads.width..).and_then(|row| row.get(heads.query(head))).unwrap_or_default();
            weigh(heads, query, head, seen, &mut weights);
            changes.clear();
            changes.extend(part(heads, seen, heads.value(head)).map(|value| dot(gradient, value)));
            let mean = dot(&weights, &changes);
            let into_query = found.queries.get_mut(row * size..(row + 1) * size).unwrap_or_default();
            let keys = part(heads, seen, heads.key(head)).zip(found.keys.chunks_exact_mut(size));
            let pairs = weights.iter().zip(&changes).zip(keys.zip(found.values.chunks_exact_mut(size)));
            for ((weight, change), ((key, into_key), into_value)) in pairs {
                let score = weight * (change - mean) * heads.scale();
                add(into_query, score, key);
                add(into_key, score, query);
                add(into_value, *weight, gradient);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::numeric::{check, values};
    use super::*;

    #[test]
    fn gradients_of_attention_equal_differences() {
        let heads = Heads { queries: 4, group: 2, size: 6, keys_at: 24, values_at: 36, width: 48 };
        let (stacked, upstream) = (values(9 * 48, 1), values(9 * 24, 2));
        for cut in [0, 4] {
            let sequences = [0..cut, cut..9];
            let gradients = attend_backwards(heads, &stacked, &upstream, &sequences);
            check(&stacked, &gradients, &upstream, |stacked| attend(heads, stacked, &sequences));
        }
    }

    #[test]
    fn sequences_do_not_see_each_other() {
        let heads = Heads { queries: 2, group: 1, size: 4, keys_at: 8, values_at: 16, width: 24 };
        let (first, second) = (values(5 * 24, 1), values(3 * 24, 2));
        let alone = |stacked: &[f32]| attend(heads, stacked, std::slice::from_ref(&(0..stacked.len() / 24)));
        let together = attend(heads, &[first.clone(), second.clone()].concat(), &[0..5, 5..8]);
        assert_eq!(together, [alone(&first), alone(&second)].concat());
    }
}
