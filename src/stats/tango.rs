//! The interval of a difference between two paired shares.

use super::special::normal_quantile;
use super::{Confidence, Interval, McNemar};

impl McNemar {
    /// The share of the first less that of the second; `None` without pairs.
    pub fn difference(self) -> Option<f64> {
        (self.n() > 0).then(|| (self.first_only as f64 - self.second_only as f64) / self.n() as f64)
    }

    /// The asymptotic score interval of Tango (1998) for [`McNemar::difference`]: the differences that the score test does
    /// not reject. It has width without discordant pairs, and its ends stay within -1 and 1 (recommended by Fagerland,
    /// Lydersen and Laake 2014). Without pairs it is all of [-1, 1].
    pub fn tango(self, confidence: Confidence) -> Interval {
        let Some(centre) = self.difference() else { return Interval { low: -1.0, high: 1.0 } };
        let z = -normal_quantile(confidence.tail());
        // The score falls as the difference supposed grows; at the difference seen it is 0.
        Interval {
            low: cross(-1.0, centre, |delta| self.score(delta) > z),
            high: cross(centre, 1.0, |delta| self.score(delta) > -z),
        }
    }

    /// Tango's score statistic for a supposed difference, with the share of second-only pairs most likely under it.
    fn score(self, delta: f64) -> f64 {
        let (b, c, n) = (self.first_only as f64, self.second_only as f64, self.n() as f64);
        let quadratic = 2.0 * n;
        let linear = (2.0 * n - b + c) * delta - b - c;
        let constant = -c * delta * (1.0 - delta);
        let root = (linear * linear - 4.0 * quadratic * constant).max(0.0).sqrt();
        let share = (root - linear) / (2.0 * quadratic);
        let variance = n * (2.0 * share + delta * (1.0 - delta));
        let off = b - c - n * delta;
        if variance > 0.0 {
            off / variance.sqrt()
        } else if off.abs() < f64::EPSILON {
            0.0
        } else {
            off.signum() * f64::INFINITY
        }
    }
}

/// Where `above` turns from true to false between `low` and `high`, by bisection down to neighbouring numbers.
fn cross(mut low: f64, mut high: f64, above: impl Fn(f64) -> bool) -> f64 {
    if !above(low) {
        return low;
    }
    if above(high) {
        return high;
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if above(middle) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_example_of_the_literature() {
        // Airway hyper-responsiveness before and after transplantation (Bentur et al. 2009): 1, 1, 7, 12 of 21. Fagerland,
        // Lydersen and Laake (2014) give -0.517 to -0.026 by Tango's method.
        let table = McNemar { both: 1, first_only: 1, second_only: 7, neither: 12 };
        let interval = table.tango(Confidence::NINETY_FIVE);
        assert!((interval.low + 0.517).abs() < 5e-4 && (interval.high + 0.026).abs() < 5e-4, "{interval:?}");
    }

    #[test]
    fn no_discordant_pair_leaves_the_closed_form() {
        // With b = c = 0 the ends are z^2 / (n + z^2).
        let z2 = normal_quantile(0.975).powi(2);
        let interval = McNemar { both: 10, neither: 20, ..McNemar::default() }.tango(Confidence::NINETY_FIVE);
        assert!((interval.high - z2 / (30.0 + z2)).abs() < 1e-12 && (interval.low + interval.high).abs() < 1e-12);
        let nothing = McNemar::default().tango(Confidence::NINETY_FIVE);
        assert_eq!(nothing, Interval { low: -1.0, high: 1.0 });
    }

    proptest! {
        #[test]
        fn it_holds_the_difference_mirrors_and_stays_on_the_scale(
            both in 0_u64..50, first_only in 0_u64..50, second_only in 0_u64..50, neither in 0_u64..50
        ) {
            let table = McNemar { both, first_only, second_only, neither };
            let interval = table.tango(Confidence::NINETY_FIVE);
            prop_assert!(-1.0 <= interval.low && interval.high <= 1.0 && interval.low <= interval.high);
            if let Some(difference) = table.difference() {
                prop_assert!(interval.contains(difference), "{interval:?} {difference}");
            }
            let swapped = McNemar { first_only: second_only, second_only: first_only, ..table };
            let mirrored = swapped.tango(Confidence::NINETY_FIVE);
            prop_assert!((interval.low + mirrored.high).abs() < 1e-9);
        }
    }
}
