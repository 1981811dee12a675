//! A linear layer: quantised weights, an optional bias, and the column ranges of the projections stacked in it.
//!
//! Projections that read the same input (queries, keys and values; gate and up) are stacked into one layer at load:
//! their input is quantised once and the threads meet once, not three times. An adapter for one projection attaches here,
//! adding its low-rank product to that projection's columns of the output.

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{CustomOp1, Device, Layout};
use std::borrow::Cow;

use super::Precision;
use super::matrix::Matrix;
use crate::EngineError;
use crate::gguf::Gguf;

/// A linear layer.
pub(super) struct Linear {
    weight: QTensor,
    bias: Option<Vec<f32>>,
    inputs: usize,
    outputs: usize,
}

impl Linear {
    /// Loads the projections named `names` of `inputs` values each, stacked in that order.
    pub(super) fn load(
        file: &Gguf,
        names: &[(String, usize)],
        inputs: usize,
        precision: Precision,
    ) -> Result<Self, EngineError> {
        let mut stacked = Vec::new();
        let mut bias = Vec::new();
        let kind = storage_kind(inputs, precision);
        for (name, outputs) in names {
            let weight = file.tensor(&format!("{name}.weight"), &[*outputs, inputs])?;
            let weight = convert(file, name, weight, kind)?;
            stacked.extend_from_slice(&weight.data()?);
            let bias_name = format!("{name}.bias");
            if file.entry(&bias_name).is_some() {
                bias.extend(floats(file, &bias_name, &[*outputs])?);
            } else {
                bias.resize(bias.len() + outputs, 0.0);
            }
        }
        let outputs = names.iter().map(|(_, outputs)| outputs).sum();
        let storage = QStorage::from_data(Cow::Owned(stacked), &Device::Cpu, kind)?;
        let weight = QTensor::new(storage, (outputs, inputs))?;
        let bias = bias.iter().any(|&value| value != 0.0).then_some(bias);
        Ok(Self { weight, bias, inputs, outputs })
    }

    /// Multiplies rows of inputs.
    pub(super) fn forward(&self, input: &Matrix) -> Result<Matrix, EngineError> {
        let layout = Layout::contiguous((input.rows(), self.inputs));
        let (storage, _) = self.weight.cpu_fwd(input.storage(), &layout)?;
        let mut output = Matrix::from_storage(storage, self.outputs);
        if let Some(bias) = &self.bias {
            for row in output.values_mut().chunks_exact_mut(self.outputs) {
                for (value, bias) in row.iter_mut().zip(bias) {
                    *value += bias;
                }
            }
        }
        Ok(output)
    }

    /// The weights, for looking up rows of a tied embedding.
    pub(super) fn weight(&self) -> &QTensor {
        &self.weight
    }

    /// Bytes the weights take in memory.
    pub(super) fn bytes(&self) -> usize {
        self.weight.storage_size_in_bytes()
    }
}

/// The number format a layer computes in. `Q8_0` is the one format with fast kernels on every processor; its blocks of 32
/// fill rows of any real model, and where they do not the layer stays exact.
fn storage_kind(inputs: usize, precision: Precision) -> GgmlDType {
    match precision {
        Precision::Quantised if inputs.is_multiple_of(GgmlDType::Q8_0.block_size()) => GgmlDType::Q8_0,
        Precision::Quantised | Precision::Exact => GgmlDType::F32,
    }
}

/// Brings a stored tensor into the format `kind`, refusing values that are not numbers.
fn convert(file: &Gguf, name: &str, stored: QTensor, kind: GgmlDType) -> Result<QTensor, EngineError> {
    if stored.dtype() == kind && kind == GgmlDType::Q8_0 {
        // The scale of a block is a half-precision float at its start: infinite or not a number when its exponent is full.
        let damaged = stored
            .data()?
            .chunks_exact(kind.type_size())
            .any(|block| matches!(block, [_, high, ..] if high & 0x7c == 0x7c));
        if damaged {
            return Err(not_finite(file, name));
        }
        return Ok(stored);
    }
    let values = stored.dequantize(&Device::Cpu)?;
    let finite = values.flatten_all()?.to_vec1::<f32>()?.iter().all(|value| value.is_finite());
    if !finite {
        return Err(not_finite(file, name));
    }
    Ok(QTensor::quantize(&values, kind)?)
}

/// Reads a small tensor as floats.
pub(super) fn floats(file: &Gguf, name: &str, shape: &[usize]) -> Result<Vec<f32>, EngineError> {
    let values = file.tensor(name, shape)?.dequantize(&Device::Cpu)?.flatten_all()?.to_vec1::<f32>()?;
    if values.iter().all(|value| value.is_finite()) { Ok(values) } else { Err(not_finite(file, name)) }
}

fn not_finite(file: &Gguf, name: &str) -> EngineError {
    file.malformed(format!("the tensor `{name}` holds values that are not numbers"))
}
