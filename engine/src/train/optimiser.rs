//! `AdamW` (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019) and clipping by the global norm (Pascanu,
//! Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013).

use rayon::prelude::*;

use crate::model::{Vectorised, vectorised};

const FIRST_DECAY: f64 = 0.9;
const SECOND_DECAY: f64 = 0.999;
const EPSILON: f32 = 1e-8;
/// Numbers that are worth a thread of their own.
const VALUES: usize = 1 << 16;

/// The running means of the gradients and of their squares.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct AdamW {
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
    /// Steps taken.
    pub(super) steps: u64,
}

impl AdamW {
    pub(super) fn new(length: usize) -> Self {
        Self { first: vec![0.0; length], second: vec![0.0; length], steps: 0 }
    }

    /// Moves the parameters against their gradients.
    pub(super) fn step(&mut self, parameters: &mut [f32], gradients: &[f32], rate: f32, decay: f32) {
        self.steps += 1;
        let power = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let corrected = (f64::from(rate) / (1.0 - FIRST_DECAY.powi(power))) as f32;
        let correction = (1.0 / (1.0 - SECOND_DECAY.powi(power))) as f32;
        let keep = 1.0 - rate * decay;
        parameters
            .par_chunks_mut(VALUES)
            .zip(gradients.par_chunks(VALUES))
            .zip(self.first.par_chunks_mut(VALUES).zip(self.second.par_chunks_mut(VALUES)))
            .for_each(|((parameters, gradients), (first, second))| {
                vectorised(Step { parameters, gradients, first, second, rate: corrected, correction, keep });
            });
    }
}

struct Step<'a> {
    parameters: &'a mut [f32],
    gradients: &'a [f32],
    first: &'a mut [f32],
    second: &'a mut [f32],
    /// The learning rate with the first mean's bias corrected.
    rate: f32,
    /// What corrects the second mean's bias.
    correction: f32,
    /// What decay leaves.
    keep: f32,
}

impl Vectorised for Step<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (first_decay, second_decay) = (FIRST_DECAY as f32, SECOND_DECAY as f32);
        let states = self.first.iter_mut().zip(self.second);
        for ((parameter, &gradient), (first, second)) in self.parameters.iter_mut().zip(self.gradients).zip(states) {
            *first = first_decay * *first + (1.0 - first_decay) * gradient;
            *second = second_decay * *second + (1.0 - second_decay) * gradient * gradient;
            *parameter = *parameter * self.keep - self.rate * *first / ((*second * self.correction).sqrt() + EPSILON);
        }
    }
}

/// Shortens gradients to the length `most`; returns how long they were.
pub(super) fn clip(gradients: &mut [f32], most: Option<f32>) -> f32 {
    let squares: Vec<f64> = gradients.par_chunks(4096).map(|chunk| vectorised(Squares(chunk))).collect();
    let squares: f64 = squares.into_iter().sum();
    let norm = squares.sqrt() as f32;
    if let Some(most) = most.filter(|&most| norm > most) {
        let scale = most / norm;
        gradients.par_chunks_mut(VALUES).for_each(|values| values.iter_mut().for_each(|value| *value *= scale));
    }
    norm
}

struct Squares<'a>(&'a [f32]);

impl Vectorised for Squares<'_> {
    type Output = f64;
    #[inline(always)]
    fn run(self) -> f64 {
        f64::from(crate::model::dot(self.0, self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_the_paper() {
        // By hand, in double precision: two steps of one parameter.
        let (rate, decay) = (0.1_f64, 0.01_f64);
        let (mut value, mut first, mut second) = (0.5_f64, 0.0_f64, 0.0_f64);
        let mut parameters = [0.5_f32];
        let mut optimiser = AdamW::new(1);
        for (step, gradient) in [(1, 0.3_f64), (2, -0.7)] {
            first = 0.9 * first + 0.1 * gradient;
            second = 0.999 * second + 0.001 * gradient * gradient;
            let corrected = (first / (1.0 - 0.9_f64.powi(step)), second / (1.0 - 0.999_f64.powi(step)));
            value -= rate * decay * value;
            value -= rate * corrected.0 / (corrected.1.sqrt() + 1e-8);
            optimiser.step(&mut parameters, &[gradient as f32], rate as f32, decay as f32);
            assert!((f64::from(parameters[0]) - value).abs() < 1e-6, "{step}: {} {value}", parameters[0]);
        }
    }

    #[test]
    fn long_gradients_are_shortened_and_short_ones_are_not() {
        let mut gradients = [3.0, -4.0];
        assert!((clip(&mut gradients, Some(10.0)) - 5.0).abs() < 1e-6);
        assert_eq!(gradients.map(f32::to_bits), [3.0_f32, -4.0].map(f32::to_bits));
        assert!((clip(&mut gradients, Some(1.0)) - 5.0).abs() < 1e-6);
        assert!((gradients[0] - 0.6).abs() < 1e-6 && (gradients[1] + 0.8).abs() < 1e-6);
    }
}
