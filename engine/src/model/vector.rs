//! The few loops over plain floats that the forward pass is made of, written so that the compiler can use vector
//! instructions: sums run in sixteen independent lanes, which also fixes their order.

const LANES: usize = 16;

/// The sum of products.
#[inline]
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (left_chunks, right_chunks) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let tail: f32 =
        left_chunks.remainder().iter().zip(right_chunks.remainder()).map(|(left, right)| left * right).sum();
    for (left, right) in left_chunks.zip(right_chunks) {
        for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
            *lane += left * right;
        }
    }
    lanes.iter().sum::<f32>() + tail
}

/// Adds `scale` times `values` to `sum`.
#[inline]
pub(super) fn add_scaled(sum: &mut [f32], values: &[f32], scale: f32) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value * scale;
    }
}

/// Turns scores into weights that sum to one.
#[inline]
pub(super) fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in &mut *scores {
        *score = (*score - most).exp();
        sum += *score;
    }
    let scale = 1.0 / sum;
    for score in scores {
        *score *= scale;
    }
}

/// Divides a row by its root mean square and multiplies by the learned weights.
pub(super) fn normalise(row: &mut [f32], weights: &[f32], epsilon: f32) {
    let mean = dot(row, row) / row.len().max(1) as f32;
    let scale = 1.0 / (mean + epsilon).sqrt();
    for (value, weight) in row.iter_mut().zip(weights) {
        *value = *value * scale * weight;
    }
}

/// The gated activation of a feed-forward block: `gate * sigmoid(gate) * up`.
pub(super) fn gated(gate: f32, up: f32) -> f32 {
    gate / (1.0 + (-gate).exp()) * up
}
