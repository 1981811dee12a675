//! Dropout on the input of the adapter's pairs. Whether a value is dropped is a function of the seed and the value's place,
//! so nothing is stored for the backward pass. The projections of one stacked layer share what is dropped.

use super::random::Random;

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
        let mut random = self.random.clone();
        let kept = 1.0 / (1.0 - self.share);
        values.iter().map(|value| if random.fraction() < self.share { 0.0 } else { value * kept }).collect()
    }
}
