//! A linear layer: weights, an optional bias, and the projections stacked in it.
//!
//! Projections that read the same input (queries, keys and values; gate and up) are stacked into one layer at load: their
//! input is quantised once and the threads meet once, not three times. What an adapter adds to a projection is added to
//! that projection's columns of the output afterwards.

use rayon::prelude::*;

use super::Precision;
use super::matrix::Matrix;
use super::packed::{BLOCK, LANES, Packed};
use super::vector::{Vectorised, dot, vectorised};
use crate::EngineError;
use crate::gguf::Gguf;

/// Rows read from the file at a time: a vocabulary as floats would fill the memory that the packing saves.
const ROWS_AT_ONCE: usize = 1024;

/// A linear layer.
pub(crate) struct Linear {
    pub(super) weights: Weights,
    bias: Option<Vec<f32>>,
    pub(super) inputs: usize,
    outputs: usize,
}

/// Weights in the form they are multiplied in.
pub(super) enum Weights {
    Packed(Packed),
    /// Row after row.
    Exact(Vec<f32>),
}

impl Linear {
    /// Loads the projections named `names`, with their numbers of outputs, stacked in that order.
    pub(super) fn load(
        file: &Gguf,
        names: &[(String, usize)],
        inputs: usize,
        precision: Precision,
    ) -> Result<Self, EngineError> {
        let outputs = names.iter().map(|(_, outputs)| outputs).sum();
        // Rows of any real model fill their blocks; where they do not the layer stays exact.
        let packs = precision == Precision::Quantised && inputs.is_multiple_of(BLOCK);
        let mut parts = Vec::new();
        let mut pending = Vec::new();
        for (name, rows) in names {
            let name = format!("{name}.weight");
            for start in (0..*rows).step_by(ROWS_AT_ONCE) {
                let end = (start + ROWS_AT_ONCE).min(*rows);
                pending.extend(file.floats(&name, &[*rows, inputs], start..end)?);
                if packs {
                    let full = pending.len() / (LANES * inputs) * (LANES * inputs);
                    parts.push(Packed::pack(pending.get(..full).unwrap_or_default(), inputs));
                    pending.drain(..full);
                }
            }
        }
        let weights = if packs {
            parts.push(Packed::pack(&pending, inputs));
            Weights::Packed(Packed::stack(parts))
        } else {
            Weights::Exact(pending)
        };
        Ok(Self { weights, bias: load_bias(file, names)?, inputs, outputs })
    }

    /// A layer from the rows of its weights, one for each bias.
    pub(crate) fn from_values(weights: Vec<f32>, bias: Vec<f32>, inputs: usize, precision: Precision) -> Self {
        let outputs = bias.len();
        let packs = precision == Precision::Quantised && inputs.is_multiple_of(BLOCK);
        let weights = if packs { Weights::Packed(Packed::pack(&weights, inputs)) } else { Weights::Exact(weights) };
        Self { weights, bias: Some(bias), inputs, outputs }
    }

    /// Multiplies rows of inputs.
    pub(crate) fn forward(&self, input: &Matrix) -> Matrix {
        let mut output = match &self.weights {
            Weights::Packed(weights) => weights.multiply(input),
            Weights::Exact(weights) => self.multiply_exactly(weights, input),
        };
        if let Some(bias) = &self.bias {
            for row in output.values_mut().chunks_exact_mut(self.outputs) {
                for (value, bias) in row.iter_mut().zip(bias) {
                    *value += bias;
                }
            }
        }
        output
    }

    fn multiply_exactly(&self, weights: &[f32], input: &Matrix) -> Matrix {
        let mut columns = vec![0.0; input.rows() * self.outputs];
        columns
            .par_chunks_mut(input.rows().max(1))
            .with_min_len(64)
            .zip(weights.par_chunks(self.inputs))
            .for_each(|(column, weights)| vectorised(Column { output: column, weights, input }));
        let mut output = Matrix::zeros(input.rows(), self.outputs);
        for (row, output) in output.values_mut().chunks_exact_mut(self.outputs).enumerate() {
            for (value, column) in output.iter_mut().zip(columns.chunks_exact(input.rows())) {
                *value = column.get(row).copied().unwrap_or_default();
            }
        }
        output
    }

    /// Appends one row of the weights, as a tied embedding is looked up.
    pub(super) fn append_row(&self, row: usize, values: &mut Vec<f32>) {
        match &self.weights {
            Weights::Packed(weights) => values.extend(weights.row(row)),
            Weights::Exact(weights) => {
                values.extend_from_slice(weights.get(row * self.inputs..(row + 1) * self.inputs).unwrap_or_default());
            }
        }
    }

    /// Values per row of input.
    pub(crate) fn inputs(&self) -> usize {
        self.inputs
    }

    /// Values per row of output.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// What is added to every row of output.
    pub(crate) fn bias(&self) -> Option<&[f32]> {
        self.bias.as_deref()
    }

    /// A layer without bias.
    #[cfg(test)]
    pub(super) fn of(weights: Weights, inputs: usize, outputs: usize) -> Self {
        Self { weights, bias: None, inputs, outputs }
    }

    /// Bytes the weights take in memory.
    pub(super) fn bytes(&self) -> usize {
        match &self.weights {
            Weights::Packed(weights) => weights.bytes(),
            Weights::Exact(weights) => size_of_val(weights.as_slice()),
        }
    }
}

/// The biases of stacked projections; those without one get zeros if another has one.
fn load_bias(file: &Gguf, names: &[(String, usize)]) -> Result<Option<Vec<f32>>, EngineError> {
    let mut bias = Vec::new();
    let mut found = false;
    for (name, outputs) in names {
        let name = format!("{name}.bias");
        if file.entry(&name).is_some() {
            bias.extend(file.vector(&name, *outputs)?);
            found = true;
        } else {
            bias.resize(bias.len() + outputs, 0.0);
        }
    }
    Ok(found.then_some(bias))
}

/// One row of weights against all rows of input.
struct Column<'a> {
    output: &'a mut [f32],
    weights: &'a [f32],
    input: &'a Matrix,
}

impl Vectorised for Column<'_> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for (value, row) in self.output.iter_mut().zip(self.input.iter()) {
            *value = dot(self.weights, row);
        }
    }
}
