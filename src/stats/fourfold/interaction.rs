//! The interaction of prompting and tuning over paired cases, in points and on the log-odds scale.

use crate::stats::bootstrap::Resampled;
use crate::stats::sample::{Method, all_equal, are_equal, of_grades};
use crate::stats::special::normal_quantile;
use crate::stats::{Confidence, Interval, Mean, Settings};

/// What differences of differences lie between.
const SCALE: (f64, f64) = (-2.0, 2.0);

/// The difference of differences: what both add, less the sum of what each adds alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interaction {
    /// In points of the score: the mean over cases of `both - prompted - tuned + plain`.
    pub value: f64,
    /// Its interval.
    pub interval: Interval,
    /// The narrower interval that is held against the margin: 90 % where the other is 95 %.
    pub narrower: Interval,
    /// How these were made.
    pub method: Method,
    /// On the log-odds scale, where a step near the ends of the scale weighs more; half a case is added to right and to wrong
    /// of each cell, so that none is infinite (Haldane 1956; Anscombe 1956).
    pub log_odds: f64,
    /// Its `BCa` bootstrap interval; where every resample is alike, which says nothing of how sure it is, the normal one by the
    /// cells' own variances (Woolf 1955; Gart 1966).
    pub log_odds_interval: Interval,
    /// The standard deviation of the cases' differences of differences.
    pub deviation: f64,
    /// Whether 0 is left out above or below, by the bootstrap's and by Student's interval both.
    sign: i8,
    /// Whether both narrower intervals lie within the margin.
    within: bool,
}

impl Interaction {
    /// Of the four cells of every case, and the cells' sums over resamples of the cases. `None` without cases.
    pub(super) fn of(rows: &[[f64; 4]], sums: &[[f64; 4]], settings: &Settings) -> Option<Self> {
        let contrast = |[plain, tuned, prompted, both]: [f64; 4]| both - prompted - tuned + plain;
        let contrasts: Vec<f64> = rows.iter().copied().map(contrast).collect();
        let mean = Mean::of(&contrasts)?;
        let n = rows.len();
        let bound = |confidence| all_equal(mean.value, n, SCALE, confidence);
        let (interval, narrower, method, sign, within) = if are_equal(&contrasts) {
            let (wide, narrow) = (bound(settings.confidence), bound(settings.narrower()));
            (wide, narrow, Method::AllEqual, side(wide), narrow.is_within(settings.margin))
        } else {
            let means = sums.iter().copied().map(|sum| contrast(sum) / n as f64).collect();
            let resampled = Resampled::new(mean.value, means, contrasts.iter().map(|each| -each))?;
            let (wide, method) = of_grades(&resampled, mean, SCALE, settings.confidence);
            let (narrow, _) = of_grades(&resampled, mean, SCALE, settings.narrower());
            // Of few cases each of the two is too narrow for some shapes; a word needs both.
            let student = mean.interval(settings.confidence)?;
            let agreed = if side(wide) == side(student) { side(wide) } else { 0 };
            // What no case has shown may be in some all the same, as where all are equal.
            let within = narrow.is_within(settings.margin)
                && bound(settings.narrower()).is_within(settings.margin)
                && mean.interval(settings.narrower()).is_some_and(|interval| interval.is_within(settings.margin));
            (wide, narrow, method, agreed, within)
        };
        let total: [f64; 4] = std::array::from_fn(|cell| rows.iter().filter_map(|row| row.get(cell)).sum());
        let log_odds = log_odds(total, n as f64);
        let resampled = Resampled::new(
            log_odds,
            sums.iter().map(|sum| self::log_odds(*sum, n as f64)).collect(),
            rows.iter().map(|row| {
                let rest: [f64; 4] = std::array::from_fn(|cell| total[cell] - row[cell]);
                self::log_odds(rest, n as f64 - 1.0)
            }),
        )?;
        Some(Self {
            value: mean.value,
            interval,
            narrower,
            method,
            log_odds,
            log_odds_interval: Some(resampled.bca(settings.confidence))
                .filter(|interval| interval.low < interval.high)
                .unwrap_or_else(|| by_variances(log_odds, total, n as f64, settings.confidence)),
            deviation: mean.deviation,
            sign,
            within,
        })
    }

    /// Whether it is shown to lie within the margin: the two methods add up.
    pub const fn is_within_margin(&self) -> bool {
        self.within
    }

    /// Whether it is shown to be above 0 (1) or below (-1), or neither (0).
    pub const fn side(&self) -> i8 {
        self.sign
    }
}

fn side(interval: Interval) -> i8 {
    i8::from(interval.low > 0.0) - i8::from(interval.high < 0.0)
}

/// The interaction of log odds, of each cell's sum of scores over `n` cases.
fn log_odds(sums: [f64; 4], n: f64) -> f64 {
    let [plain, tuned, prompted, both] = sums.map(|right| ((right + 0.5) / ((n - right).max(0.0) + 0.5)).ln());
    both - prompted - tuned + plain
}

/// The normal interval around an interaction of log odds, of each cell's sum of scores over `n` cases.
fn by_variances(log_odds: f64, sums: [f64; 4], n: f64, confidence: Confidence) -> Interval {
    let variance: f64 = sums.iter().map(|right| 1.0 / (right + 0.5) + 1.0 / ((n - right).max(0.0) + 0.5)).sum();
    let reach = normal_quantile(f64::midpoint(1.0, confidence.level())) * variance.sqrt();
    Interval { low: log_odds - reach, high: log_odds + reach }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::bootstrap::resampled_sums;

    fn interaction(rows: &[[f64; 4]]) -> Interaction {
        let settings = Settings { resamples: 2_000, ..Settings::default() };
        Interaction::of(rows, &resampled_sums(rows, settings.resamples, settings.seed), &settings).unwrap()
    }

    #[test]
    fn log_odds_by_hand() {
        // 1, 2, 3 and 9 right of 10, each with half a case more on either side.
        let odds = |right: f64| ((right + 0.5) / (10.5 - right)).ln();
        let expected = odds(9.0) - odds(3.0) - odds(2.0) + odds(1.0);
        assert!((log_odds([1.0, 2.0, 3.0, 9.0], 10.0) - expected).abs() < 1e-12);
        assert!(log_odds([0.0, 10.0, 0.0, 10.0], 10.0).is_finite());
    }

    #[test]
    fn cases_that_are_all_alike_have_no_side() {
        let seen = interaction(&[[0.0, 0.0, 0.0, 1.0]; 3]);
        assert_eq!((seen.method, seen.side()), (Method::AllEqual, 0));
        assert!(seen.interval.low.is_finite());
        // By hand: three cells with no right of 3, one with 3 right: each has 1/0.5 + 1/3.5 of variance.
        let reach = 1.959_964 * (4.0_f64 * (2.0 + 1.0 / 3.5)).sqrt();
        let width = seen.log_odds_interval.high - seen.log_odds_interval.low;
        assert!((width - 2.0 * reach).abs() < 1e-4, "{width} {reach}");
        let many = interaction(&[[0.0, 0.0, 0.0, 1.0]; 200]);
        assert_eq!(many.side(), 1);
        assert!(interaction(&[[0.0, 0.3, 0.4, 0.7]; 400]).is_within_margin());
    }

    #[test]
    fn a_plain_reinforcement_is_above_zero_on_both_scales() {
        let mut rows = vec![[0.0, 0.0, 0.0, 1.0]; 60];
        rows.extend([[0.0, 1.0, 0.0, 1.0]; 20]);
        rows.extend([[0.0, 0.0, 1.0, 1.0]; 20]);
        let seen = interaction(&rows);
        assert_eq!(seen.side(), 1);
        assert!((seen.value - 0.6).abs() < 1e-12 && seen.interval.contains(0.6));
        assert!(seen.log_odds_interval.low > 0.0);
    }
}
