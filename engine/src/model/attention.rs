//! Causal attention of some rows over their own sequences' caches.

use rayon::prelude::*;

use super::cache::{Cache, PAGE, Part};
use super::matrix::Matrix;
use super::vector::{Vectorised, softmax, vectorised};

/// The heads' arrangement.
#[derive(Clone, Copy)]
pub(super) struct Heads {
    /// Query heads.
    pub(super) queries: usize,
    /// Query heads that share a key and value head.
    pub(super) group: usize,
    /// Values per head.
    pub(super) size: usize,
}

/// Attends with every row of `queries`; `place` tells a row's cache and position. Rows see themselves and what is before.
pub(super) fn attend<'a>(
    layer: usize,
    heads: Heads,
    queries: &Matrix,
    place: impl Fn(usize) -> Option<(&'a Cache, usize)> + Sync,
) -> Matrix {
    let mut output = Matrix::zeros(queries.rows(), heads.queries * heads.size);
    let outputs = output.values_mut().par_chunks_mut(heads.size);
    let queries = queries.values().par_chunks(heads.size);
    outputs.with_min_len(heads.group).zip(queries).enumerate().for_each(|(index, (output, query))| {
        let (row, head) = (index / heads.queries, index % heads.queries);
        if let Some((cache, position)) = place(row) {
            vectorised(Head { layer, key_value: head / heads.group, cache, position, query, output });
        }
    });
    output
}

/// One query head of one row.
struct Head<'a> {
    layer: usize,
    key_value: usize,
    cache: &'a Cache,
    position: usize,
    query: &'a [f32],
    output: &'a mut [f32],
}

impl Vectorised for Head<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let end = self.position + 1;
        let mut weights = Vec::with_capacity(end.next_multiple_of(PAGE));
        let scale = 1.0 / (self.query.len() as f32).sqrt();
        for keys in self.cache.runs(self.layer, Part::Keys, self.key_value, end) {
            weights.extend_from_slice(&scores(self.query, keys, scale));
        }
        // The last page may hold positions behind this row's own.
        weights.truncate(end);
        softmax(&mut weights);
        let mut remaining = weights.as_slice();
        for values in self.cache.runs(self.layer, Part::Values, self.key_value, end) {
            let (now, later) = remaining.split_at(remaining.len().min(PAGE));
            remaining = later;
            add_weighted(self.output, values, now);
        }
    }
}

/// The products of one query with a page of keys.
#[inline(always)]
fn scores(query: &[f32], keys: &[f32], scale: f32) -> [f32; PAGE] {
    let mut scores = [0.0; PAGE];
    let (keys, _) = keys.as_chunks::<PAGE>();
    for (query, keys) in query.iter().zip(keys) {
        for (score, key) in scores.iter_mut().zip(keys) {
            *score += query * key;
        }
    }
    for score in &mut scores {
        *score *= scale;
    }
    scores
}

/// Adds a page's values, each times its weight, in columns narrow enough to stay in registers.
#[inline(always)]
fn add_weighted(output: &mut [f32], values: &[f32], weights: &[f32]) {
    const COLUMNS: usize = 64;
    let size = output.len();
    let (columns, rest) = output.as_chunks_mut::<COLUMNS>();
    for (index, columns) in columns.iter_mut().enumerate() {
        let mut sums = *columns;
        for (row, weight) in values.chunks_exact(size).zip(weights) {
            let Some(row) = row.as_chunks::<COLUMNS>().0.get(index) else { continue };
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += weight * value;
            }
        }
        *columns = sums;
    }
    let start = size - rest.len();
    for (row, weight) in values.chunks_exact(size).zip(weights) {
        for (sum, value) in rest.iter_mut().zip(row.iter().skip(start)) {
            *sum += weight * value;
        }
    }
}
