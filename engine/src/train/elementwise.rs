//! Backward passes of what works on single rows: normalisation, the gated activation, rotary positions. Each comes with
//! its formula; the tests compare each with differences of the forward pass.

use rayon::prelude::*;

use crate::model::{Gate, Vectorised, dot, exponential, normalise, vectorised};

/// Rows per piece of work.
const ROWS: usize = 4;

/// Normalised copies of rows.
pub(super) fn normalised(rows: &[f32], weights: &[f32], epsilon: f32) -> Vec<f32> {
    let mut normalised = rows.to_vec();
    normalised
        .par_chunks_mut(weights.len().max(1))
        .with_min_len(ROWS)
        .for_each(|row| vectorised(Norm { row, weights, epsilon }));
    normalised
}

struct Norm<'a> {
    row: &'a mut [f32],
    weights: &'a [f32],
    epsilon: f32,
}

impl Vectorised for Norm<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        normalise(self.row, self.weights, self.epsilon);
    }
}

/// Adds the gradients of rows to `into`, from the gradients of their normalised copies.
///
/// With s = 1 / sqrt(mean(x^2) + e) and y = s x w: dx = s (w dy) - s^3 x mean(x w dy).
pub(super) fn normalised_backwards(rows: &[f32], weights: &[f32], epsilon: f32, gradients: &[f32], into: &mut [f32]) {
    let width = weights.len().max(1);
    into.par_chunks_mut(width)
        .zip(rows.par_chunks(width))
        .zip(gradients.par_chunks(width))
        .with_min_len(ROWS)
        .for_each(|((into, row), gradients)| vectorised(NormBack { row, weights, epsilon, gradients, into }));
}

struct NormBack<'a> {
    row: &'a [f32],
    weights: &'a [f32],
    epsilon: f32,
    gradients: &'a [f32],
    into: &'a mut [f32],
}

impl Vectorised for NormBack<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let count = self.row.len().max(1) as f32;
        let scale = 1.0 / (dot(self.row, self.row) / count + self.epsilon).sqrt();
        let weighted: Vec<f32> =
            self.weights.iter().zip(self.gradients).map(|(weight, value)| weight * value).collect();
        let shared = dot(self.row, &weighted) / count * scale * scale * scale;
        for ((into, value), weighted) in self.into.iter_mut().zip(self.row).zip(weighted) {
            *into += scale * weighted - shared * value;
        }
    }
}

/// The gated activation of rows that hold the gate's values, then the other half's: gate * sigmoid(gate) * up.
pub(super) fn gate(stacked: &[f32], width: usize) -> Vec<f32> {
    let mut hidden = vec![0.0; stacked.len() / 2];
    hidden
        .par_chunks_mut(width.max(1))
        .zip(stacked.par_chunks(2 * width.max(1)))
        .with_min_len(ROWS)
        .for_each(|(hidden, stacked)| vectorised(Gate { stacked, hidden }));
    hidden
}

/// The gradients of the stacked rows, from those of the gated ones.
///
/// With s = sigmoid(g): dg = dy u s (1 + g (1 - s)), du = dy g s.
pub(super) fn gate_backwards(stacked: &[f32], gradients: &[f32], width: usize) -> Vec<f32> {
    let mut into = vec![0.0; stacked.len()];
    into.par_chunks_mut(2 * width.max(1))
        .zip(stacked.par_chunks(2 * width.max(1)))
        .zip(gradients.par_chunks(width.max(1)))
        .with_min_len(ROWS)
        .for_each(|((into, stacked), gradients)| vectorised(GateBack { stacked, gradients, into }));
    into
}

struct GateBack<'a> {
    stacked: &'a [f32],
    gradients: &'a [f32],
    into: &'a mut [f32],
}

impl Vectorised for GateBack<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let (gate, up) = self.stacked.split_at(self.gradients.len());
        let (gate_into, up_into) = self.into.split_at_mut(self.gradients.len());
        let pairs = gate.iter().zip(up).zip(self.gradients);
        for (((&gate, &up), &gradient), (gate_into, up_into)) in pairs.zip(gate_into.iter_mut().zip(up_into)) {
            let sigmoid = 1.0 / (1.0 + exponential(-gate));
            *gate_into = gradient * up * sigmoid * (1.0 + gate * (1.0 - sigmoid));
            *up_into = gradient * gate * sigmoid;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::numeric::{check, values};
    use super::*;

    #[test]
    fn gradients_of_the_normalisation_equal_differences() {
        let (rows, weights, upstream) = (values(3 * 24, 1), values(24, 2), values(3 * 24, 3));
        let mut gradients = vec![0.0; rows.len()];
        normalised_backwards(&rows, &weights, 1e-5, &upstream, &mut gradients);
        check(&rows, &gradients, &upstream, |rows| normalised(rows, &weights, 1e-5));
    }

    #[test]
    fn gradients_of_the_gate_equal_differences() {
        let (stacked, upstream) = (values(3 * 40, 4), values(3 * 20, 5));
        let gradients = gate_backwards(&stacked, &upstream, 20);
        check(&stacked, &gradients, &upstream, |stacked| gate(stacked, 20));
    }
}
