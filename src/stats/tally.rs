//! Votes of an A/B by hand, and what they say.

use serde::{Deserialize, Serialize};

use super::binomial::two_sided_half;
use super::{Confidence, Interval, Proportion};

/// Votes counted. What is left and right here are arms, already told apart from the random sides of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Votes for the left arm.
    pub left: u64,
    /// Votes for the right arm.
    pub right: u64,
    /// Votes for neither.
    pub tie: u64,
}

impl Tally {
    /// All votes, ties included.
    pub const fn n(self) -> u64 {
        self.left + self.right + self.tie
    }

    /// Votes that chose a side: what the share, its interval and the test stand on.
    pub const fn decided(self) -> u64 {
        self.left + self.right
    }

    /// The share of decided votes for the left arm; `None` while nothing is decided.
    pub fn preference(self) -> Option<f64> {
        self.proportion().share()
    }

    /// The Wilson interval of [`Tally::preference`].
    pub fn interval(self, confidence: Confidence) -> Interval {
        self.proportion().wilson(confidence)
    }

    /// The sign test: exact two-sided p-value with ties left out (Dixon and Mood 1946); 1 while nothing is decided.
    pub fn p_value(self) -> f64 {
        two_sided_half(self.left, self.decided())
    }

    fn proportion(self) -> Proportion {
        // Left votes are part of the decided ones, so this is always within bounds.
        Proportion::new(self.left, self.decided()).unwrap_or(Proportion::NOTHING)
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these values are exact")]
mod tests {
    use super::*;

    #[test]
    fn ties_are_counted_and_left_out() {
        let tally = Tally { left: 3, right: 1, tie: 2 };
        assert_eq!((tally.n(), tally.decided()), (6, 4));
        assert_eq!(tally.preference(), Some(0.75));
        assert!((tally.p_value() - 0.625).abs() < 1e-14);
        assert!(tally.interval(Confidence::NINETY_FIVE).contains(0.5));
    }

    #[test]
    fn no_votes_say_nothing() {
        let tally = Tally::default();
        assert_eq!(tally.preference(), None);
        assert_eq!(tally.p_value(), 1.0);
        assert_eq!(tally.interval(Confidence::NINETY_FIVE), Interval { low: 0.0, high: 1.0 });
    }
}
