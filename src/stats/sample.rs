//! One figure with its interval: of right and wrong answers a share, of graded scores a mean.

use super::bootstrap::Resampled;
use super::{Confidence, Interval, Proportion};

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Wilson's score interval of a share.
    Wilson,
    /// Tango's score interval of a paired difference of shares.
    Tango,
    /// The bias-corrected and accelerated bootstrap.
    Bca,
    /// That of few values, and as wide as Student's: see [`of_grades`].
    BcaStudent,
    /// A betting confidence sequence: it holds at every look.
    EveryLook,
    /// All values are equal, of which a bootstrap would make a point: see [`all_equal`].
    AllEqual,
}

impl Method {
    /// The name for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wilson => "Wilson",
            Self::Tango => "Tango",
            Self::Bca => "BCa bootstrap",
            Self::BcaStudent => "BCa bootstrap or Student's t, the wider",
            Self::EveryLook => "betting confidence sequence",
            Self::AllEqual => "bound for equal values",
        }
    }
}

/// A figure that is never shown without its n and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Over how many cases.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// Its interval.
    pub interval: Interval,
    /// How that was made.
    pub method: Method,
}

impl Figure {
    /// Of scores from 0 to 1, one a case: Wilson where all are right or wrong, else what `resampled` gives. `None` without
    /// scores.
    pub(super) fn new(
        scores: &[f64],
        confidence: Confidence,
        resampled: impl FnOnce() -> Option<Resampled>,
    ) -> Option<Self> {
        let spread = super::Mean::of(scores)?;
        let (mean, n) = (spread.value, scores.len());
        let (interval, method) = if scores.iter().all(|score| is_right_or_wrong(*score)) {
            let right = scores.iter().filter(|score| **score > 0.5).count();
            (Proportion::new(right as u64, n as u64)?.wilson(confidence), Method::Wilson)
        } else if are_equal(scores) {
            (all_equal(mean, n, (0.0, 1.0), confidence), Method::AllEqual)
        } else {
            of_grades(&resampled()?, spread, (0.0, 1.0), confidence)
        };
        Some(Self { n, mean, interval, method })
    }

    /// Of scores from 0 to 1, one a case; graded ones are resampled by the seed.
    pub fn of(scores: &[f64], confidence: Confidence, seed: u64) -> Result<Self, super::Unfit> {
        super::unfit::on_scale(scores.iter().copied())?;
        let scores = in_order(scores);
        Self::new(&scores, confidence, || Resampled::mean(&scores, super::RESAMPLES, seed)).ok_or(super::Unfit::NoCases)
    }
}

/// Whether a score is exactly 0 or exactly 1.
pub(super) fn is_right_or_wrong(score: f64) -> bool {
    score == 0.0 || (score - 1.0).abs() < f64::EPSILON
}

/// Whether all values are equal but for rounding.
pub(super) fn are_equal(values: &[f64]) -> bool {
    values.first().is_some_and(|first| values.iter().all(|value| (value - first).abs() <= 1e-12))
}

/// The values in ascending order: what is resampled by a seed must not hang on the order that cases are read in.
pub(super) fn in_order(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// Below so many values a bootstrap of them is too narrow: of two it covers the mean half of the time, of eight nine times in ten.
const FEW: usize = 30;

/// The interval of a mean of graded scores, none of which can lie outside `scale`: `BCa`, and of few values as wide as Student's, too.
pub(super) fn of_grades(
    resampled: &Resampled,
    mean: super::Mean,
    scale: (f64, f64),
    confidence: Confidence,
) -> (Interval, Method) {
    let bca = resampled.bca(confidence);
    match mean.interval(confidence).filter(|_| mean.n < FEW) {
        Some(student) => {
            let low = bca.low.min(student.low.max(scale.0));
            (Interval { low, high: bca.high.max(student.high.min(scale.1)) }, Method::BcaStudent)
        }
        None => (bca, Method::Bca),
    }
}

/// The interval of a mean when all `n` values seen are equal to `value` and none can lie outside `scale`: by Clopper and
/// Pearson's bound at most `1 - tail^(1/n)` of all cases are different from those seen, and those at most by the scale.
pub(super) fn all_equal(value: f64, n: usize, scale: (f64, f64), confidence: Confidence) -> Interval {
    let share = 1.0 - confidence.tail().powf(1.0 / n.max(1) as f64);
    Interval { low: value - share * (value - scale.0), high: value + share * (scale.1 - value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_and_wrong_are_a_share_and_grades_a_mean() {
        let right = Figure::of(&[1.0, 1.0, 0.0], Confidence::NINETY_FIVE, 1).unwrap();
        assert_eq!((right.n, right.method), (3, Method::Wilson));
        let graded = Figure::of(&[0.5, 1.0, 0.0, 0.25], Confidence::NINETY_FIVE, 1).unwrap();
        assert_eq!(graded.method, Method::BcaStudent);
        assert!(graded.interval.contains(graded.mean) && graded.interval.low >= 0.0);
        let many: Vec<f64> = (0..40).map(|index| f64::from(index) / 50.0).collect();
        assert_eq!(Figure::of(&many, Confidence::NINETY_FIVE, 1).unwrap().method, Method::Bca);
        assert!(Figure::of(&[], Confidence::NINETY_FIVE, 1).is_err());
        assert!(Figure::of(&[f64::NAN], Confidence::NINETY_FIVE, 1).is_err());
    }

    #[test]
    fn an_interval_of_two_values_is_no_narrower_than_students() {
        // By hand: mean 0.5, standard error 0.05, t(0.975, 1) = 12.706: beyond the scale on both sides.
        let two = Figure::of(&[0.45, 0.55], Confidence::NINETY_FIVE, 1).unwrap();
        assert_eq!((two.interval.low, two.interval.high), (0.0, 1.0));
        // t(0.975, 3) = 3.182446, standard error 0.05 / sqrt(3) = 0.0288675.
        let four = Figure::of(&[0.4, 0.5, 0.5, 0.4], Confidence::NINETY_FIVE, 1).unwrap();
        assert!((four.interval.high - (0.45 + 3.182_446 * 0.028_867_5)).abs() < 1e-6, "{:?}", four.interval);
    }

    #[test]
    fn the_order_of_the_scores_does_not_matter() {
        let scores: Vec<f64> = (0..50).map(|index| f64::from(index * 37 % 50) / 50.0).collect();
        let turned: Vec<f64> = scores.iter().rev().copied().collect();
        assert_eq!(Figure::of(&scores, Confidence::NINETY_FIVE, 7), Figure::of(&turned, Confidence::NINETY_FIVE, 7));
    }

    #[test]
    fn equal_scores_have_width_all_the_same() {
        let constant = Figure::of(&[0.5; 20], Confidence::NINETY_FIVE, 1).unwrap();
        assert_eq!(constant.method, Method::AllEqual);
        let share = 1.0 - 0.025_f64.powf(0.05);
        assert!((constant.interval.high - (0.5 + share * 0.5)).abs() < 1e-12);
        // Where none is right it is Clopper and Pearson's own bound.
        let none = all_equal(0.0, 30, (0.0, 1.0), Confidence::NINETY_FIVE);
        let exact = Proportion::new(0, 30).unwrap().clopper_pearson(Confidence::NINETY_FIVE);
        assert!((none.high - exact.high).abs() < 1e-12 && none.low == 0.0);
    }
}
