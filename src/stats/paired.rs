//! Two arms on the same cases: the difference, its interval, its test.

use super::bootstrap::{RESAMPLES, Resampled};
use super::permutation::sign_flip;
use super::sample::{Method, all_equal, are_equal, in_order, is_right_or_wrong, of_grades};
use super::unfit::on_scale;
use super::{Confidence, Interval, McNemar, Mean, Unfit};

/// How verdicts are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Of intervals; tests are held against what is left of 1.
    pub confidence: Confidence,
    /// Differences smaller than this count as equivalent.
    pub margin: f64,
    /// Decides every resample, so that a verdict can be made again.
    pub seed: u64,
    /// Bootstrap resamples.
    pub resamples: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { confidence: Confidence::NINETY_FIVE, margin: 0.05, seed: 1, resamples: RESAMPLES }
    }
}

impl Settings {
    /// The level that p-values are held against.
    pub fn alpha(&self) -> f64 {
        1.0 - self.confidence.level()
    }

    /// The level of the interval that two one-sided tests at [`Settings::alpha`] read: 90 % for 5 %.
    pub fn narrower(&self) -> Confidence {
        Confidence::new(1.0 - 2.0 * self.alpha()).unwrap_or(Confidence::NINETY)
    }
}

/// Which test gave a p-value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// McNemar's, exact: right and wrong, one trial a case.
    McNemar,
    /// Sign flips, all patterns counted.
    SignFlip,
    /// Sign flips, 10,000 patterns drawn by the seed.
    SignFlipDrawn,
}

impl Test {
    /// The name for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::McNemar => "exact McNemar test",
            Self::SignFlip => "exact sign-flip test",
            Self::SignFlipDrawn => "sign-flip test, 10,000 drawn",
        }
    }
}

/// What differences of scores lie between.
const SCALE: (f64, f64) = (-1.0, 1.0);

/// What the interval stands on.
#[derive(Clone, Debug, PartialEq)]
enum Basis {
    Shares(McNemar),
    Grades(Box<Resampled>, Mean),
    Equal,
}

/// A paired comparison of an arm with another, both averaged over repeats case by case.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// Cases.
    pub n: usize,
    /// The arm's mean.
    pub arm: f64,
    /// The other's mean.
    pub other: f64,
    /// The arm's less the other's.
    pub difference: f64,
    /// Cases where the arm is better.
    pub wins: usize,
    /// Cases where it is worse.
    pub losses: usize,
    /// The standard deviation of the differences.
    pub deviation: f64,
    /// The two-sided p-value, on its own.
    pub p: f64,
    /// The mid-p value beside it, of McNemar's test.
    pub p_mid: Option<f64>,
    /// Which test that is.
    pub test: Test,
    basis: Basis,
}

impl Paired {
    /// Compares the first of each row with the second: scores from 0 to 1. Where all are right or wrong, McNemar's exact test
    /// with Tango's interval; else the sign-flip test with the `BCa` bootstrap.
    pub fn of(rows: &[[f64; 2]], settings: &Settings) -> Result<Self, Unfit> {
        on_scale(rows.iter().flatten().copied())?;
        let differences: Vec<f64> = rows.iter().map(|[arm, other]| arm - other).collect();
        let differences = in_order(&differences);
        Self::with(rows, &differences, settings.seed, || {
            Resampled::mean(&differences, settings.resamples, settings.seed)
        })
    }

    /// As [`Paired::of`], of checked scores, with the resampled mean difference made elsewhere if it is needed.
    pub(super) fn with(
        rows: &[[f64; 2]],
        differences: &[f64],
        seed: u64,
        resampled: impl FnOnce() -> Option<Resampled>,
    ) -> Result<Self, Unfit> {
        let mean = Mean::of(differences).ok_or(Unfit::NoCases)?;
        let n = rows.len();
        let total = |column: usize| rows.iter().filter_map(|row| row.get(column)).sum::<f64>() / n as f64;
        let wins = differences.iter().filter(|each| **each > 1e-12).count();
        let losses = differences.iter().filter(|each| **each < -1e-12).count();
        let (basis, p, p_mid, test) = if rows.iter().flatten().all(|score| is_right_or_wrong(*score)) {
            let table = McNemar::count(rows.iter().map(|[arm, other]| (*arm > 0.5, *other > 0.5)));
            (Basis::Shares(table), table.p_exact(), Some(table.p_mid()), Test::McNemar)
        } else {
            let flipped = sign_flip(differences, seed);
            let test = if flipped.exact { Test::SignFlip } else { Test::SignFlipDrawn };
            let basis = if are_equal(differences) {
                Basis::Equal
            } else {
                Basis::Grades(Box::new(resampled().ok_or(Unfit::NoCases)?), mean)
            };
            (basis, flipped.p, None, test)
        };
        Ok(Self {
            n,
            arm: total(0),
            other: total(1),
            difference: mean.value,
            wins,
            losses,
            deviation: mean.deviation,
            p,
            p_mid,
            test,
            basis,
        })
    }

    /// The interval of the difference.
    pub fn interval(&self, confidence: Confidence) -> Interval {
        match &self.basis {
            Basis::Shares(table) => table.tango(confidence),
            Basis::Grades(resampled, mean) => of_grades(resampled, *mean, SCALE, confidence).0,
            Basis::Equal => all_equal(self.difference, self.n, SCALE, confidence),
        }
    }

    /// How the interval is made.
    pub fn method(&self) -> Method {
        match &self.basis {
            Basis::Shares(_) => Method::Tango,
            Basis::Grades(resampled, mean) => of_grades(resampled, *mean, SCALE, Confidence::NINETY_FIVE).1,
            Basis::Equal => Method::AllEqual,
        }
    }

    /// Two one-sided tests (Schuirmann 1987): whether the difference is shown to be smaller than the margin either way. They
    /// are read off the narrower interval; of graded scores Student's has to agree with the bootstrap's, each of which is too
    /// narrow for some shapes of few cases, and so has the bound for cases unlike any that were seen: three differences of almost
    /// nothing show no more than three of nothing do.
    pub fn is_equivalent(&self, settings: &Settings) -> bool {
        let narrower = settings.narrower();
        let graded = match &self.basis {
            Basis::Grades(_, mean) => {
                mean.interval(narrower).is_some_and(|interval| interval.is_within(settings.margin))
                    && all_equal(self.difference, self.n, SCALE, narrower).is_within(settings.margin)
            }
            Basis::Shares(_) | Basis::Equal => true,
        };
        graded && self.interval(narrower).is_within(settings.margin)
    }

    /// The share of cases where exactly one of the two is better.
    pub fn discordance(&self) -> f64 {
        (self.wins + self.losses) as f64 / self.n.max(1) as f64
    }

    /// How many cases show a difference of this size with 80 % power, if they vary as these do; see [`super::power`]. The level is
    /// that of the comparison's verdict, which in a family of several is above the level of one alone.
    pub fn cases_for(&self, difference: f64, confidence: Confidence) -> Option<u64> {
        match self.basis {
            Basis::Shares(_) => super::power::cases_for(difference, self.discordance(), confidence),
            Basis::Grades(..) | Basis::Equal => {
                // Of fewer cases no pattern of signs is rare enough, however alike the differences seen are.
                let fewest = (2.0 / (1.0 - confidence.level())).log2().ceil() as u64;
                let cases = super::power::cases_for_mean(difference, self.deviation, confidence);
                cases.map(|cases| cases.max(fewest))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn right_and_wrong_go_to_mcnemar_and_grades_to_sign_flips() {
        let settings = Settings::default();
        let shares: Vec<[f64; 2]> = (0..12).map(|index| [1.0, f64::from(u8::from(index % 2 == 0))]).collect();
        let paired = Paired::of(&shares, &settings).unwrap();
        assert_eq!((paired.test, paired.method(), paired.wins, paired.losses), (Test::McNemar, Method::Tango, 6, 0));
        assert!((paired.p - 0.031_25).abs() < 1e-12 && (paired.difference - 0.5).abs() < 1e-12);
        let grades: Vec<[f64; 2]> = (0..12).map(|index| [f64::from(index) / 12.0, 0.4]).collect();
        let paired = Paired::of(&grades, &settings).unwrap();
        assert_eq!((paired.test, paired.method()), (Test::SignFlip, Method::BcaStudent));
        assert!(paired.interval(settings.confidence).contains(paired.difference));
    }

    #[test]
    fn a_few_almost_equal_grades_are_not_shown_to_be_equivalent() {
        let settings = Settings::default();
        let almost =
            |n: usize| -> Vec<[f64; 2]> { (0..n).map(|index| [if index == 1 { 0.81 } else { 0.8 }, 0.8]).collect() };
        for n in [3, 8, 30, 58] {
            assert!(!Paired::of(&almost(n), &settings).unwrap().is_equivalent(&settings), "{n}");
        }
        assert!(Paired::of(&almost(80), &settings).unwrap().is_equivalent(&settings));
    }

    #[test]
    fn no_fewer_cases_are_said_to_do_than_the_test_can_reject_with() {
        let rows = [[0.8, 0.8], [0.81, 0.8], [0.8, 0.8]];
        let paired = Paired::of(&rows, &Settings::default()).unwrap();
        // 2 / 2^6 is the first below 5 %.
        assert_eq!(paired.cases_for(0.05, Confidence::NINETY_FIVE), Some(6));
    }

    #[test]
    fn the_order_of_the_cases_does_not_matter() {
        let rows: Vec<[f64; 2]> =
            (0..45_u32).map(|case| [f64::from(case * 7 % 11) / 10.0, f64::from(case * 5 % 13) / 13.0]).collect();
        let turned: Vec<[f64; 2]> = rows.iter().rev().copied().collect();
        let of = |rows: &[[f64; 2]]| {
            let paired = Paired::of(rows, &Settings::default()).unwrap();
            (paired.p, paired.interval(Confidence::NINETY_FIVE))
        };
        assert_eq!(of(&rows), of(&turned));
    }

    #[test]
    fn equal_differences_say_so_and_keep_a_width() {
        let rows = [[0.4, 0.3]; 8];
        let paired = Paired::of(&rows, &Settings::default()).unwrap();
        assert_eq!(paired.method(), Method::AllEqual);
        let interval = paired.interval(Confidence::NINETY_FIVE);
        assert!(interval.low < 0.0 && interval.high > 0.3, "{interval:?}");
        assert!((paired.p - 2.0 / 256.0).abs() < 1e-12);
        assert!(!paired.is_equivalent(&Settings::default()));
    }

    #[test]
    fn one_case_decides_nothing() {
        for row in [[1.0, 0.0], [0.7, 0.2], [0.5, 0.5]] {
            let paired = Paired::of(&[row], &Settings::default()).unwrap();
            assert!((paired.p - 1.0).abs() < 1e-15);
            assert!(paired.interval(Confidence::NINETY_FIVE).width() > 1.0);
            assert!(!paired.is_equivalent(&Settings::default()));
        }
    }

    #[test]
    fn many_equal_answers_are_equivalent_and_few_are_not() {
        let settings = Settings::default();
        assert!(Paired::of(&[[1.0, 1.0]; 100], &settings).unwrap().is_equivalent(&settings));
        assert!(!Paired::of(&[[1.0, 1.0]; 20], &settings).unwrap().is_equivalent(&settings));
    }

    #[test]
    fn how_many_cases_would_do_follows_how_the_cases_vary() {
        let settings = Settings::default();
        let rows: Vec<[f64; 2]> = (0..40)
            .map(|index| match index {
                0..6 => [1.0, 0.0],
                6..9 => [0.0, 1.0],
                _ => [1.0, 1.0],
            })
            .collect();
        // 22.5 % discordant: Connor's formula gives 700 for the chi-squared test, and the exact one needs some more.
        let needed = Paired::of(&rows, &settings).unwrap().cases_for(0.05, settings.confidence).unwrap();
        assert!((700..780).contains(&needed), "{needed}");
        let grades = [[0.4, 0.2], [0.5, 0.6], [0.9, 0.5], [0.1, 0.2]];
        assert!(Paired::of(&grades, &settings).unwrap().cases_for(0.05, settings.confidence).is_some());
    }

    #[test]
    fn what_is_no_score_is_refused() {
        let settings = Settings::default();
        assert_eq!(Paired::of(&[], &settings), Err(Unfit::NoCases));
        for bad in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
            assert!(Paired::of(&[[0.5, 0.5], [0.5, bad]], &settings).is_err());
        }
    }

    fn score() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), Just(1.0), Just(0.5), 0.0_f64..=1.0]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn every_figure_is_a_number(rows in prop::collection::vec([score(), score()], 1..40), seed: u64) {
            let settings = Settings { seed, resamples: 200, ..Settings::default() };
            let paired = Paired::of(&rows, &settings).unwrap();
            let interval = paired.interval(settings.confidence);
            prop_assert!(paired.p > 0.0 && paired.p <= 1.0);
            prop_assert!(interval.low.is_finite() && interval.high.is_finite() && interval.low <= interval.high);
            prop_assert!(interval.low >= -1.0 - 1e-9 && interval.high <= 1.0 + 1e-9);
            let _ = paired.is_equivalent(&settings);
        }
    }
}
