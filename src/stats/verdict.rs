//! From a comparison to a verdict: better, worse, equivalent within the margin, or too few cases to say.

use super::family::{holm, holm_levels};
use super::{Confidence, Interval, Method, Paired, Settings};

/// What a comparison shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The arm is better than the other.
    Better,
    /// It is worse.
    Worse,
    /// The difference is shown to be smaller than the margin.
    Equivalent,
    /// None of these is shown.
    TooFew,
}

/// How often a verdict may be looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Looks {
    /// Once, at cases that were planned.
    #[default]
    Once,
    /// After every case, stopping whenever it is clear.
    Every,
}

/// A comparison judged within its family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// What is shown.
    pub finding: Finding,
    /// The p-value, adjusted by Holm for the family.
    pub p: f64,
    /// The interval of the difference, at its level under Holm.
    pub interval: Interval,
    /// That level.
    pub confidence: Confidence,
    /// Whether the difference, shown or not, is shown to be smaller than the margin.
    pub within_margin: bool,
    /// How many comparisons the family has.
    pub family: usize,
    /// How often it may be looked at.
    pub looks: Looks,
}

impl Verdict {
    /// The test behind it, by name.
    pub const fn test(&self, paired: &Paired) -> &'static str {
        match self.looks {
            Looks::Once => paired.test.as_str(),
            Looks::Every => "sequential test (bets on the difference; wins and losses)",
        }
    }

    /// How its interval was made.
    pub fn method(&self, paired: &Paired) -> Method {
        match self.looks {
            Looks::Once => paired.method(),
            Looks::Every => Method::EveryLook,
        }
    }
}

/// Judges a family of comparisons, Holm-adjusted in p-values and intervals. A side is taken only where the test rejects and
/// the interval leaves out 0; else equivalence is looked for.
pub fn judge(family: &[&Paired], settings: &Settings) -> Vec<Verdict> {
    let p: Vec<f64> = family.iter().map(|paired| paired.p).collect();
    let levels = holm_levels(&p, settings.confidence);
    family
        .iter()
        .zip(holm(&p))
        .zip(levels)
        .map(|((paired, p), confidence)| {
            let interval = paired.interval(confidence);
            let within_margin = paired.is_equivalent(settings);
            let finding = if p <= settings.alpha() && interval.low > 0.0 {
                Finding::Better
            } else if p <= settings.alpha() && interval.high < 0.0 {
                Finding::Worse
            } else if within_margin {
                Finding::Equivalent
            } else {
                Finding::TooFew
            };
            Verdict { finding, p, interval, confidence, within_margin, family: family.len(), looks: Looks::Once }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(wins: usize, losses: usize, ties: usize) -> Paired {
        let rows: Vec<[f64; 2]> = std::iter::repeat_n([1.0, 0.0], wins)
            .chain(std::iter::repeat_n([0.0, 1.0], losses))
            .chain(std::iter::repeat_n([1.0, 1.0], ties))
            .collect();
        Paired::of(&rows, &Settings::default()).unwrap()
    }

    fn finding(paired: &Paired) -> Finding {
        judge(&[paired], &Settings::default())[0].finding
    }

    #[test]
    fn each_verdict_has_its_cases() {
        assert_eq!(finding(&shares(20, 3, 77)), Finding::Better);
        assert_eq!(finding(&shares(3, 20, 77)), Finding::Worse);
        assert_eq!(finding(&shares(3, 3, 394)), Finding::Equivalent);
        assert_eq!(finding(&shares(6, 3, 31)), Finding::TooFew);
    }

    #[test]
    fn in_a_family_a_weak_winner_is_none() {
        let (weak, other) = (shares(9, 1, 30), shares(5, 5, 30));
        assert_eq!(finding(&weak), Finding::Better);
        let verdicts = judge(&[&weak, &other, &other], &Settings::default());
        assert_eq!(verdicts[0].finding, Finding::TooFew);
        assert!(verdicts[0].confidence > Confidence::NINETY_FIVE && verdicts[0].p > weak.p);
        assert!(verdicts[0].interval.width() > weak.interval(Confidence::NINETY_FIVE).width());
    }

    #[test]
    fn a_sure_difference_may_still_be_a_small_one() {
        let verdict = judge(&[&shares(60, 10, 2_930)], &Settings::default())[0];
        assert_eq!((verdict.finding, verdict.within_margin), (Finding::Better, true));
    }
}
