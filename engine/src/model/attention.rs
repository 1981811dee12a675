//! Causal attention of some rows over their own sequences' caches.

use super::cache::{Cache, Part};
use super::matrix::Matrix;
use super::vector::{add_scaled, dot, softmax};
use crate::parallel::for_each_chunk;

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
    let scale = 1.0 / (heads.size as f32).sqrt();
    let queries = queries.values();
    for_each_chunk(output.values_mut(), heads.size, |index, output| {
        let (row, head) = (index / heads.queries, index % heads.queries);
        let Some((cache, position)) = place(row) else { return };
        let Some(query) = queries.get(index * heads.size..(index + 1) * heads.size) else { return };
        let head = head / heads.group;
        let mut weights = Vec::with_capacity(position + 1);
        for run in cache.runs(layer, Part::Keys, head, position + 1) {
            weights.extend(run.chunks_exact(heads.size).map(|key| dot(query, key) * scale));
        }
        softmax(&mut weights);
        let mut remaining = weights.as_slice();
        for run in cache.runs(layer, Part::Values, head, position + 1) {
            let (now, later) = remaining.split_at(remaining.len().min(run.len() / heads.size));
            remaining = later;
            for (value, &weight) in run.chunks_exact(heads.size).zip(now) {
                add_scaled(output, value, weight);
            }
        }
    });
    output
}
