//! Does a verdict survive the trials that are missing? It is made again with every one of them counted for the arm, then against it.

use super::cases::ByCase;
use super::{Finding, FourfoldVerdict, Headline, Paired, Settings, Unfit, align, judge};

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
    /// As [`sensitivity`], of rows that were filled elsewhere: the arm beside the other, case by case, with all `trials` that are
    /// missing counted for the arm, then against it.
    pub fn of_rows(trials: usize, rows: [&[[f64; 2]]; 2], settings: &Settings) -> Result<Self, Unfit> {
        let finding = |rows: &[[f64; 2]]| {
            let paired = Paired::of(rows, settings)?;
            Ok(judge(&[&paired], settings).first().map_or(Finding::TooFew, |verdict| verdict.finding))
        };
        let [counted_for, counted_against] = rows;
        Ok(Self { trials, counted_for: finding(counted_for)?, counted_against: finding(counted_against)? })
    }

    /// Whether both agree with the verdict.
    pub fn survives(&self, finding: Finding) -> bool {
        self.counted_for == finding && self.counted_against == finding
    }
}

/// The arm's missing trials as this score.
fn filled(arm: &ByCase, score: f64) -> ByCase {
    let fill = |trials: &Vec<Option<f64>>| {
        if trials.is_empty() {
            return vec![Some(score)];
        }
        trials.iter().map(|each| each.filter(|score| (0.0..=1.0).contains(score)).or(Some(score))).collect()
    };
    arm.iter().map(|(id, trials)| (id.clone(), fill(trials))).collect()
}

/// Makes the verdict of `arm` against `other` again. `settings` hold the level that the verdict had in its family. `None`
/// where nothing is missing.
pub fn sensitivity(arm: &ByCase, other: &ByCase, settings: &Settings) -> Result<Option<Sensitivity>, Unfit> {
    let missing = |one: &ByCase, two: &ByCase| -> usize {
        let trials = one.iter().filter(|(id, _)| two.contains_key(*id));
        trials
            .map(|(_, trials)| {
                trials.len().max(1) - trials.iter().flatten().filter(|score| (0.0..=1.0).contains(*score)).count()
            })
            .sum()
    };
    let trials = missing(arm, other) + missing(other, arm);
    if trials == 0 {
        return Ok(None);
    }
    let finding = |arm_gets: f64| {
        let rows = align([&filled(arm, arm_gets), &filled(other, 1.0 - arm_gets)]).rows;
        let paired = Paired::of(&rows, settings)?;
        Ok(judge(&[&paired], settings).first().map_or(Finding::TooFew, |verdict| verdict.finding))
    };
    Ok(Some(Sensitivity { trials, counted_for: finding(1.0)?, counted_against: finding(0.0)? }))
}

/// A table's headline made twice more: with every missing trial counted for both methods together (full marks there, none in the
/// other cells), then against. `cells` stand in the order plain base, plain tuned, prompted base, prompted tuned. `None` where
/// nothing is missing.
pub fn headline_sensitivity(cells: [&ByCase; 4], settings: &Settings) -> Result<Option<[Headline; 2]>, Unfit> {
    let whole = |score: &Option<f64>| score.is_some_and(|score| (0.0..=1.0).contains(&score));
    let asked = |id: &String| cells.iter().all(|cell| cell.contains_key(id));
    let is_whole = |cell: &ByCase| {
        cell.iter().filter(|(id, _)| asked(id)).all(|(_, trials)| !trials.is_empty() && trials.iter().all(whole))
    };
    if cells.iter().all(|cell| is_whole(cell)) {
        return Ok(None);
    }
    let [plain, tuned, prompted, both] = cells;
    let headline = |both_get: f64| {
        let others = [plain, tuned, prompted].map(|cell| filled(cell, 1.0 - both_get));
        let [plain, tuned, prompted] = &others;
        let rows = align([plain, tuned, prompted, &filled(both, both_get)]).rows;
        Ok(FourfoldVerdict::of(&rows, settings)?.headline)
    };
    Ok(Some([headline(1.0)?, headline(0.0)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(scores: impl IntoIterator<Item = Option<f64>>) -> ByCase {
        scores.into_iter().enumerate().map(|(index, score)| (format!("{index:03}"), vec![score])).collect()
    }

    fn both(missing: usize) -> Option<Sensitivity> {
        let right = arm(std::iter::repeat_n(Some(1.0), 40).chain(std::iter::repeat_n(None, missing)));
        let other = arm((0..40 + missing).map(|index| Some(if index < 12 { 0.0 } else { 1.0 })));
        sensitivity(&right, &other, &Settings::default()).unwrap()
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
        assert_eq!(headline_sensitivity([&plain, &tuned, &prompted, &both], &settings), Ok(None));
        for index in 30..45 {
            both.insert(format!("{index:03}"), vec![None]);
        }
        let seen = headline_sensitivity([&plain, &tuned, &prompted, &both], &settings).unwrap().unwrap();
        assert_eq!(seen[0], Headline::UseBoth);
        assert_ne!(seen[1], Headline::UseBoth);
    }

    #[test]
    fn a_missing_repeat_is_one_trial_and_not_a_case() {
        let one: ByCase = [("a".to_owned(), vec![Some(1.0), None, Some(f64::NAN)])].into();
        let seen = sensitivity(&one, &one, &Settings::default()).unwrap().unwrap();
        assert_eq!(seen.trials, 4);
        assert_eq!(seen.counted_for, Finding::TooFew);
    }
}
