//! An interval and how sure it claims to be.

use serde::{Deserialize, Serialize};

/// How often an interval made this way covers the truth; strictly between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(f64);

impl Confidence {
    /// The level used on every screen.
    pub const NINETY_FIVE: Self = Self(0.95);
    /// The level of an interval that two one-sided tests of 5 % read.
    pub const NINETY: Self = Self(0.9);

    /// A level strictly between 0 and 1.
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self(level))
    }

    /// The level at which the first step of Holm's procedure tests, in a family of so many comparisons: `1 - alpha / m`.
    #[must_use]
    pub fn shared_by(self, comparisons: usize) -> Self {
        Self(1.0 - (1.0 - self.0) / comparisons.max(1) as f64)
    }

    /// The level, as a share.
    pub const fn level(self) -> f64 {
        self.0
    }

    /// The probability left out on each side.
    pub(super) fn tail(self) -> f64 {
        (1.0 - self.0) / 2.0
    }
}

impl TryFrom<f64> for Confidence {
    type Error = String;

    fn try_from(level: f64) -> Result<Self, Self::Error> {
        Self::new(level).ok_or_else(|| format!("a confidence level lies strictly between 0 and 1, not at {level}"))
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        confidence.0
    }
}

/// Both ends of an interval, included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies inside, ends included.
    pub fn contains(self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether all of it lies strictly between `-margin` and `margin`.
    pub fn is_within(self, margin: f64) -> bool {
        -margin < self.low && self.high < margin
    }

    /// Upper end minus lower end.
    pub fn width(self) -> f64 {
        self.high - self.low
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn a_level_outside_the_open_unit_interval_is_refused() {
        for level in [0.0, 1.0, -0.1, 1.5, f64::NAN] {
            assert_eq!(Confidence::new(level), None, "{level}");
        }
        assert_eq!(serde_json::from_str::<Confidence>("0.9").unwrap().level(), 0.9);
        assert!(serde_json::from_str::<Confidence>("1").is_err());
    }
}
