//! A share of successes, with its intervals.

use serde::{Deserialize, Serialize};

use super::special::{beta_quantile, normal_quantile};
use super::{Confidence, Interval};

/// `successes` out of `trials`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proportion {
    successes: u64,
    trials: u64,
}

impl Proportion {
    /// No trials yet.
    pub const NOTHING: Self = Self { successes: 0, trials: 0 };

    /// `None` when there are more successes than trials.
    pub fn new(successes: u64, trials: u64) -> Option<Self> {
        (successes <= trials).then_some(Self { successes, trials })
    }

    /// How many succeeded.
    pub const fn successes(self) -> u64 {
        self.successes
    }

    /// Out of how many.
    pub const fn trials(self) -> u64 {
        self.trials
    }

    /// The observed share; `None` without trials.
    pub fn share(self) -> Option<f64> {
        (self.trials > 0).then(|| self.successes as f64 / self.trials as f64)
    }

    /// The score interval of Wilson (1927), without continuity correction. Without trials it is all of [0, 1].
    pub fn wilson(self, confidence: Confidence) -> Interval {
        if self.trials == 0 {
            return Interval { low: 0.0, high: 1.0 };
        }
        let (k, n) = (self.successes as f64, self.trials as f64);
        let z = -normal_quantile(confidence.tail());
        let z2 = z * z;
        let centre = (k + z2 / 2.0) / (n + z2);
        let half = z * (k * (n - k) / n + z2 / 4.0).sqrt() / (n + z2);
        Interval {
            // At the edges centre and half are the same number up to rounding.
            low: if self.successes == 0 { 0.0 } else { (centre - half).max(0.0) },
            high: if self.successes == self.trials { 1.0 } else { (centre + half).min(1.0) },
        }
    }

    /// The exact interval of Clopper and Pearson (1934), by quantiles of the beta distribution.
    pub fn clopper_pearson(self, confidence: Confidence) -> Interval {
        if self.trials == 0 {
            return Interval { low: 0.0, high: 1.0 };
        }
        let (k, n) = (self.successes as f64, self.trials as f64);
        let tail = confidence.tail();
        Interval {
            low: if self.successes == 0 { 0.0 } else { beta_quantile(tail, k, n - k + 1.0) },
            high: if self.successes == self.trials { 1.0 } else { beta_quantile(1.0 - tail, k + 1.0, n - k) },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn more_successes_than_trials_are_refused() {
        assert_eq!(Proportion::new(4, 3), None);
    }

    #[test]
    fn nothing_observed_says_nothing() {
        let nothing = Proportion::new(0, 0).unwrap();
        assert_eq!(nothing.share(), None);
        assert_eq!(nothing.wilson(Confidence::NINETY_FIVE), Interval { low: 0.0, high: 1.0 });
        assert_eq!(nothing.clopper_pearson(Confidence::NINETY_FIVE), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn none_of_n_has_the_closed_form() {
        let none = Proportion::new(0, 30).unwrap();
        let high = none.clopper_pearson(Confidence::NINETY_FIVE).high;
        assert!((high - (1.0 - 0.025_f64.powf(1.0 / 30.0))).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn intervals_hold_the_share_and_mirror(trials in 1_u64..2_000, part in 0.0_f64..=1.0) {
            let successes = (trials as f64 * part).round() as u64;
            let here = Proportion::new(successes, trials).unwrap();
            let there = Proportion::new(trials - successes, trials).unwrap();
            let share = here.share().unwrap();
            for interval in [Proportion::wilson, Proportion::clopper_pearson] {
                let (left, right) = (interval(here, Confidence::NINETY_FIVE), interval(there, Confidence::NINETY_FIVE));
                prop_assert!(0.0 <= left.low && left.high <= 1.0);
                prop_assert!(left.contains(share), "{left:?} {share}");
                prop_assert!((left.low - (1.0 - right.high)).abs() < 1e-9);
            }
        }
    }
}
