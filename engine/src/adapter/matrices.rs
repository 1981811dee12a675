//! An adapter's matrices as other programs write them: A as rank rows of inputs, B as rows of outputs with rank values,
//! in the file's order of rows or in the original model's.

use std::collections::BTreeMap;

use super::layout::{Layout, Part, Projection};
use crate::Config;
use crate::model::RotaryPairs;

/// Whose order the rows of queries and keys are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The GGUF file's.
    File,
    /// The original model's, as Hugging Face has it.
    Original,
}

/// Where in the original model's order a row of a projection's output in the file's order is.
///
/// The converter of Llama files puts the two halves of a head, which rotary positions turn together, next to each other:
/// the original row h * size + s * size / 2 + i is the file's row h * size + 2 i + s. Only queries and keys are concerned,
/// and of their pairs only B: A reads inputs, whose order is the same.
pub(super) fn original_row(config: &Config, projection: Projection, row: usize) -> usize {
    let turned = matches!(projection, Projection::Query | Projection::Key);
    if !turned || config.architecture.rotary_pairs() == RotaryPairs::Halves {
        return row;
    }
    let size = config.head_size;
    let (head, within) = (row / size, row % size);
    head * size + within % 2 * (size / 2) + within / 2
}

/// A projection's A and B as files have them.
pub(super) struct Pair {
    pub(super) a: Vec<f32>,
    pub(super) b: Vec<f32>,
}

/// Takes a projection's matrices out of an adapter's numbers.
pub(super) fn pair(config: &Config, rank: usize, values: &[f32], part: &Part, order: Order) -> Pair {
    let a = values.get(part.a.clone()).unwrap_or_default().to_vec();
    let outputs = part.columns.len();
    let mut b = vec![0.0; rank * outputs];
    let transposed = values.get(part.b.clone()).unwrap_or_default();
    for (index, row) in transposed.chunks_exact(outputs.max(1)).enumerate() {
        for (output, value) in row.iter().enumerate() {
            let output = match order {
                Order::File => output,
                Order::Original => original_row(config, part.projection, output),
            };
            if let Some(target) = b.get_mut(output * rank + index) {
                *target = *value;
            }
        }
    }
    Pair { a, b }
}

/// Matrices found in a file, by layer and projection.
pub(super) type Found = BTreeMap<(usize, Projection), (Option<Vec<f32>>, Option<Vec<f32>>)>;

/// Lays the matrices found in a file out. The lengths of all matrices were checked when they were read.
pub(super) fn lay_out(config: &Config, rank: usize, found: &Found, order: Order) -> Result<(Layout, Vec<f32>), String> {
    if found.is_empty() {
        return Err("it holds no matrices".to_owned());
    }
    let layout = Layout::new(config, rank, |layer, projection| found.contains_key(&(layer, projection)));
    let mut values = vec![0.0; layout.length()];
    for (layer, _, part) in layout.parts() {
        let name = part.projection.name();
        let (a, b) = match found.get(&(layer, part.projection)) {
            Some((Some(a), Some(b))) => (a, b),
            Some((None, _)) => return Err(format!("the A matrix of `{name}` in layer {layer} is missing")),
            _ => return Err(format!("the B matrix of `{name}` in layer {layer} is missing")),
        };
        if let Some(target) = values.get_mut(part.a.clone()) {
            target.copy_from_slice(a);
        }
        let outputs = part.columns.len();
        let transposed = values.get_mut(part.b.clone()).unwrap_or_default();
        for (index, row) in transposed.chunks_exact_mut(outputs.max(1)).enumerate() {
            for (output, target) in row.iter_mut().enumerate() {
                let output = match order {
                    Order::File => output,
                    Order::Original => original_row(config, part.projection, output),
                };
                *target = b.get(output * rank + index).copied().unwrap_or_default();
            }
        }
    }
    Ok((layout, values))
}

/// Values as little-endian bytes.
pub(super) fn bytes(values: &[f32], format: super::NumberFormat) -> Vec<u8> {
    match format {
        super::NumberFormat::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        super::NumberFormat::F16 => values.iter().flat_map(|value| half::f16::from_f32(*value).to_le_bytes()).collect(),
    }
}
