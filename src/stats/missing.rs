//! Does a verdict survive the trials that are missing? [`super::Beside`] makes it again with every one of them counted for the arm,
//! then against it.

use super::Finding;

/// A verdict made twice more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    /// Trials that are missing on cases that both arms were asked.
    pub trials: usize,
    /// With each counted for the arm: full marks for it, none for the other.
    pub counted_for: Finding,
    /// With each counted against it.
    pub counted_against: Finding,
}

impl Sensitivity {
    /// Whether both agree with the verdict.
    pub fn survives(&self, finding: Finding) -> bool {
        self.counted_for == finding && self.counted_against == finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Beside, ByCase, Headline, Settings};

    fn arm(scores: impl IntoIterator<Item = Option<f64>>) -> ByCase {
        scores.into_iter().enumerate().map(|(index, score)| (format!("{index:03}"), vec![score])).collect()
    }

    fn both(missing: usize) -> Option<Sensitivity> {
        let right = arm(std::iter::repeat_n(Some(1.0), 40).chain(std::iter::repeat_n(None, missing)));
        let other = arm((0..40 + missing).map(|index| Some(if index < 12 { 0.0 } else { 1.0 })));
        Beside::pair(&right, &other).sensitivity(&Settings::default()).unwrap()
    }

    #[test]
    fn few_missing_trials_leave_a_winner_and_many_do_not() {
        assert_eq!(both(0), None);
        let few = both(2).unwrap();
        assert_eq!(few.trials, 2);
        assert!(few.survives(Finding::Better));
        let many = both(30).unwrap();
        // For the arm, on cases that the other has right, is no more than a tie.
        assert_eq!(many.counted_for, Finding::Better);
        assert_eq!(many.counted_against, Finding::Worse);
        assert!(!many.survives(Finding::Better));
    }

    #[test]
    fn a_headline_is_made_again_both_ways() {
        let right = |from: usize| arm((0..60).map(|index| Some(if index < from { 1.0 } else { 0.0 })));
        let (plain, tuned, prompted) = (right(5), right(20), right(25));
        let mut both = right(45);
        let settings = Settings { resamples: 200, ..Settings::default() };
        assert_eq!(Beside::cells([&plain, &tuned, &prompted, &both]).headline_sensitivity(&settings), Ok(None));
        for index in 30..45 {
            both.insert(format!("{index:03}"), vec![None]);
        }
        let seen = Beside::cells([&plain, &tuned, &prompted, &both]).headline_sensitivity(&settings).unwrap().unwrap();
        assert_eq!(seen[0], Headline::UseBoth);
        assert_ne!(seen[1], Headline::UseBoth);
    }

    #[test]
    fn a_missing_repeat_is_one_trial_and_not_a_case() {
        let one: ByCase = [("a".to_owned(), vec![Some(1.0), None, Some(f64::NAN)])].into();
        let seen = Beside::pair(&one, &one).sensitivity(&Settings::default()).unwrap().unwrap();
        assert_eq!(seen.trials, 4);
        assert_eq!(seen.counted_for, Finding::TooFew);
    }
}
