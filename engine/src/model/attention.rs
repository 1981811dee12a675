//! Causal attention of some rows over their own sequences' caches.

use rayon::prelude::*;

use super::cache::{Cache, Part};
use super::matrix::Matrix;
use super::vector::{Vectorised, add_scaled, dot, softmax, vectorised};

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
            vectorised(Head { layer, head: head / heads.group, cache, position, query, output });
        }
    });
    output
}

/// One query head of one row.
struct Head<'a> {
    layer: usize,
    head: usize,
    cache: &'a Cache,
    position: usize,
    query: &'a [f32],
    output: &'a mut [f32],
}

impl Vectorised for Head<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let size = self.query.len();
        let scale = 1.0 / (size as f32).sqrt();
        let end = self.position + 1;
        let mut weights = Vec::with_capacity(end);
        for run in self.cache.runs(self.layer, Part::Keys, self.head, end) {
            weights.extend(run.chunks_exact(size).map(|key| dot(self.query, key) * scale));
        }
        softmax(&mut weights);
        let mut remaining = weights.as_slice();
        for run in self.cache.runs(self.layer, Part::Values, self.head, end) {
            let (now, later) = remaining.split_at(remaining.len().min(run.len() / size));
            remaining = later;
            for (value, &weight) in run.chunks_exact(size).zip(now) {
                add_scaled(self.output, value, weight);
            }
        }
    }
}
