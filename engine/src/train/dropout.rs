//! Dropout on the input of the adapter's pairs. Whether a value is dropped is a function of the seed and the value's place,
//! so nothing is stored for the backward pass. The projections of one stacked layer share what is dropped.

use rayon::prelude::*;

use super::random::Random;
use crate::model::{Vectorised, vectorised};

/// Values that are worth a thread of their own.
const VALUES: usize = 1 << 12;

/// What is dropped at one place in one pass.
#[derive(Clone)]
pub(super) struct Dropout {
    /// The share of values dropped.
    pub(super) share: f32,
    pub(super) random: Random,
}

impl Dropout {
    /// Some values become zero, the others grow so that sums stay as they were. The same for gradients.
    pub(super) fn apply(&self, values: &[f32]) -> Vec<f32> {
        let mut dropped = values.to_vec();
        let kept = 1.0 / (1.0 - self.share);
        dropped.par_chunks_mut(VALUES).enumerate().for_each(|(index, values)| {
            vectorised(Apply { values, random: self.random.ahead(index * VALUES), share: self.share, kept });
        });
        dropped
    }
}

struct Apply<'a> {
    values: &'a mut [f32],
    random: Random,
    share: f32,
    kept: f32,
}

impl Vectorised for Apply<'_> {
    type Output = ();

    const WIDE: bool = true;

    #[inline(always)]
    fn run(mut self) {
        for value in self.values {
            *value = if self.random.fraction() < self.share { 0.0 } else { *value * self.kept };
        }
    }
}
