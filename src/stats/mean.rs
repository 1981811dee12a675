//! A mean with its spread and its t interval.

use serde::{Deserialize, Serialize};

use super::special::student_quantile;
use super::{Confidence, Interval};

/// The mean of a sample; of paired differences when given those.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// How many values.
    pub n: usize,
    /// Their arithmetic mean.
    pub value: f64,
    /// The sample standard deviation (n - 1); 0 for a single value.
    pub deviation: f64,
}

impl Mean {
    /// `None` without values, or when one is not a finite number.
    pub fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let n = values.len();
        let value = values.iter().sum::<f64>() / n as f64;
        // Two passes, so that a large mean does not swallow a small spread.
        let squares: f64 = values.iter().map(|each| (each - value).powi(2)).sum();
        let deviation = if n < 2 { 0.0 } else { (squares / (n - 1) as f64).sqrt() };
        Some(Self { n, value, deviation })
    }

    /// The standard error that a bootstrap of the mean tends to: the population's deviation, with n beneath, over the root of n.
    pub fn bootstrap_error(self) -> f64 {
        let n = self.n as f64;
        self.deviation * ((n - 1.0) / n).sqrt() / n.sqrt()
    }

    /// Student's interval (1908), n - 1 degrees of freedom. `None` for a single value, about whose spread nothing is known.
    pub fn interval(self, confidence: Confidence) -> Option<Interval> {
        if self.n < 2 {
            return None;
        }
        let t = -student_quantile(confidence.tail(), (self.n - 1) as f64);
        let half = t * self.deviation / (self.n as f64).sqrt();
        Some(Interval { low: self.value - half, high: self.value + half })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_counted_sample() {
        let mean = Mean::of(&[2.0, 4.0, 6.0]).unwrap();
        assert_eq!((mean.n, mean.value, mean.deviation), (3, 4.0, 2.0));
        let interval = mean.interval(Confidence::NINETY_FIVE).unwrap();
        // t(0.975, 2) = 4.302652729749464, standard error 2 / sqrt(3)
        assert!((interval.high - (4.0 + 4.302_652_729_749_464 * 2.0 / 3.0_f64.sqrt())).abs() < 1e-9);
        assert!((interval.low + interval.high - 8.0).abs() < 1e-12);
    }

    #[test]
    fn too_little_is_said_to_be_too_little() {
        assert_eq!(Mean::of(&[]), None);
        assert_eq!(Mean::of(&[1.0, f64::NAN]), None);
        assert_eq!(Mean::of(&[0.7]).unwrap().interval(Confidence::NINETY_FIVE), None);
    }
}
