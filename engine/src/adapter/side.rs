//! An adapter at work: beside the frozen layer, never merged into it, so that base and tuned share one copy of the weights
//! and every row of a batch can have an adapter of its own.
//!
//! `y = W x + scale * alpha / rank * B (A x)` (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021).

use std::sync::Arc;

use rayon::prelude::*;

use super::Adapter;
use super::layout::{Place, PlaceLayout};
use crate::model::{Matrix, Vectorised, dot, vectorised};
use crate::{Base, EngineError};

/// An adapter and how strongly it works: 1 as trained, 0 not at all.
#[derive(Clone, Debug)]
pub struct Tuned {
    /// The adapter.
    pub adapter: Arc<Adapter>,
    /// The strength.
    pub scale: f32,
}

impl Tuned {
    /// An adapter as it was trained.
    pub fn new(adapter: Arc<Adapter>) -> Self {
        Self { adapter, scale: 1.0 }
    }

    /// Refuses an adapter of another shape, of other weights as far as it names them, and a strength that is no number.
    pub(crate) fn check(&self, base: &Base) -> Result<(), EngineError> {
        if !self.scale.is_finite() {
            let reason = format!("its strength is {}", self.scale);
            return Err(EngineError::Adapter { name: self.adapter.name(), reason });
        }
        self.adapter.check(base)
    }

    /// Whose fault numbers are that are none: an adapter's that is at work, else the weights'.
    pub(crate) fn overflow(tuned: Option<&Self>) -> EngineError {
        tuned.map_or(EngineError::NotANumber, |tuned| EngineError::Overflow {
            adapter: tuned.adapter.name(),
            strength: tuned.scale.to_string(),
        })
    }

    /// What tells apart two ways to compute: the adapter's numbers and the strength.
    pub(crate) fn key(&self) -> TunedKey {
        (self.adapter.fingerprint, self.scale.to_bits())
    }
}

impl PartialEq for Tuned {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

/// Identifies an adapter and a strength.
pub(crate) type TunedKey = ([u8; 32], u32);

/// Rows below which a second thread costs more than it brings.
const ROWS_WORTH_A_THREAD: usize = 8;

/// Adds to each row of `output`, what a stacked layer made of `input`, what the row's own adapter adds.
pub(crate) fn add_tuning(layer: usize, place: Place, rows: &[Option<&Tuned>], input: &Matrix, output: &mut Matrix) {
    if rows.iter().all(Option::is_none) {
        return;
    }
    let (input_width, output_width) = (input.width().max(1), output.width().max(1));
    let outputs = output.values_mut().par_chunks_mut(output_width);
    let inputs = input.values().par_chunks(input_width);
    outputs.zip(inputs).zip(rows).with_min_len(ROWS_WORTH_A_THREAD).for_each(|((output, input), tuned)| {
        let Some(tuned) = tuned else { return };
        let Some(place) = tuned.adapter.layout.place(layer, place) else { return };
        let scale = tuned.scale * tuned.adapter.multiplier();
        vectorised(Side {
            place,
            values: &tuned.adapter.values,
            rank: tuned.adapter.layout.rank(),
            scale,
            input,
            output,
        });
    });
}

/// One row.
struct Side<'a> {
    place: &'a PlaceLayout,
    values: &'a [f32],
    rank: usize,
    scale: f32,
    input: &'a [f32],
    output: &'a mut [f32],
}

impl Vectorised for Side<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for part in &self.place.parts {
            let a = self.values.get(part.a.clone()).unwrap_or_default();
            let b = self.values.get(part.b.clone()).unwrap_or_default();
            let Some(output) = self.output.get_mut(part.columns.clone()) else { continue };
            let pairs = a.chunks_exact(self.input.len().max(1)).zip(b.chunks_exact(output.len().max(1)));
            for (a, b) in pairs.take(self.rank) {
                let inner = self.scale * dot(a, self.input);
                for (value, b) in output.iter_mut().zip(b) {
                    *value += inner * b;
                }
            }
        }
    }
}
