//! A run declared sequential, watched as it goes: an arm whose verdict is clear is asked no further.

use super::order::Order;
use super::plan::Plan;
use super::recall::unread;
use super::verdict::settings_of;
use crate::run::NotAsked;
use crate::stats::{EveryLook, Finding, Verdict, wording};
use crate::store::{Cell, Store};

/// What an arm shows against the baseline, once that is clear.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Clear {
    /// The column.
    pub(super) arm: u32,
    /// Cases compared, in the order of the plan.
    n: u64,
    /// Cases passed over because a trial of theirs is missing.
    missing: u64,
    difference: f64,
    verdict: Verdict,
}

impl Clear {
    /// In words.
    pub(super) fn in_words(&self, arm: &str, other: &str, margin: f64) -> String {
        let found = match self.verdict.finding {
            Finding::Better => format!("{arm} is better than {other}"),
            Finding::Worse => format!("{arm} is worse than {other}"),
            Finding::Equivalent => format!("{arm} and {other} are equivalent within {margin:.3}"),
            Finding::TooFew => format!("Nothing is clear yet between {arm} and {other}"),
        };
        let missing = match self.missing {
            0 => String::new(),
            1 => "; 1 case passed over, a trial of it is missing".to_owned(),
            many => format!("; {many} cases passed over, trials of theirs are missing"),
        };
        format!(
            "{found}: {} after {} cases, {} at every look, {}{missing}.",
            wording::signed(self.difference),
            self.n,
            wording::interval(self.verdict.interval, self.verdict.confidence),
            wording::p_value(self.verdict.p),
        )
    }
}

/// One arm beside the baseline, case by case.
#[derive(Clone, Debug)]
struct Watched {
    arm: u32,
    /// The next place of the order to look at.
    place: usize,
    seen: EveryLook,
    sum: f64,
    missing: u64,
    clear: Option<Finding>,
}

/// All arms of a plan beside its baseline.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    arms: Vec<Watched>,
    margin: f64,
    baseline: u32,
    repeats: u32,
}

/// The cells of a row, where all repeats of both columns are filled.
type Row = Option<Vec<Cell>>;

impl Watch {
    pub(super) fn new(plan: &Plan) -> Self {
        let family = plan.arms.len().saturating_sub(1);
        let seen = EveryLook::new(family, plan.repeats == 1, &settings_of(plan));
        let watched = |arm| Watched { arm, place: 0, seen: seen.clone(), sum: 0.0, missing: 0, clear: None };
        let arms = (0..plan.arms.len() as u32).filter(|arm| *arm != plan.baseline).map(watched).collect();
        Self { arms, margin: plan.margin, baseline: plan.baseline, repeats: plan.repeats }
    }

    /// Looks at the cases of the order that have come in since, in that order and in no other: whichever is quick to answer must not
    /// come first. The columns that have become clear.
    pub(super) fn look<E>(
        &mut self,
        order: &Order,
        mut row: impl FnMut(u64, u32) -> Result<Row, E>,
    ) -> Result<Vec<u32>, E> {
        let mut clear = Vec::new();
        for watched in &mut self.arms {
            while watched.clear.is_none()
                && let Some(number) = order.row(watched.place)
                && let Some(cells) = row(number, watched.arm)?
            {
                watched.place += 1;
                let mean = |arm: u32| {
                    let of_arm = || cells.iter().filter(|cell| cell.place.arm == arm);
                    let scores: Option<Vec<f64>> = of_arm().map(|cell| cell.score).collect();
                    let scores = scores.filter(|scores| scores.len() == self.repeats as usize)?;
                    Some(scores.iter().sum::<f64>() / scores.len() as f64)
                };
                let (Some(own), Some(other)) = (mean(watched.arm), mean(self.baseline)) else {
                    watched.missing += 1;
                    continue;
                };
                watched.seen.add(own, other);
                watched.sum += own - other;
                // A look costs a few microseconds: every eighth case is often enough.
                if watched.seen.n().is_multiple_of(8) {
                    watched.clear = Some(watched.seen.finding(self.margin)).filter(|found| *found != Finding::TooFew);
                }
                if watched.clear.is_some() {
                    clear.push(watched.arm);
                }
            }
        }
        Ok(clear)
    }

    /// Whether every arm is clear.
    pub(super) fn is_clear(&self) -> bool {
        !self.arms.is_empty() && self.arms.iter().all(|arm| arm.clear.is_some())
    }

    /// What every arm shows so far.
    pub(super) fn verdicts(&self) -> Vec<Clear> {
        let clear = |watched: &Watched| Clear {
            arm: watched.arm,
            n: watched.seen.n(),
            missing: watched.missing,
            difference: watched.sum / watched.seen.n().max(1) as f64,
            verdict: watched.seen.verdict(self.margin),
        };
        self.arms.iter().map(clear).collect()
    }
}

/// The cells of a row of a run, where all repeats of a column and of the baseline are filled.
pub(super) fn whole_row(store: &Store, run: i64, plan: &Plan, row: u64, arm: u32) -> Result<Row, NotAsked> {
    let mut cells = store.cells(run, row..row + 1).map_err(|error| unread(&error))?;
    cells.retain(|cell| cell.place.arm == arm || cell.place.arm == plan.baseline);
    Ok((cells.len() == 2 * plan.repeats as usize).then_some(cells))
}

#[cfg(test)]
pub(super) mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::data::Split;
    use crate::run::runner::{Limits, PlannedArm};
    use crate::score::Outcome;
    use crate::store::CellPlace;

    /// Two arms over so many rows.
    pub(in crate::run::runner) fn plan(rows: u64) -> Plan {
        let arm = |name: &str| PlannedArm {
            name: name.to_owned(),
            prompt: String::new(),
            prompt_hash: String::new(),
            strategy: crate::strategy::StrategyConfig::default(),
            model: "m".to_owned(),
            fingerprint: String::new(),
            own: crate::model::Parameters::default(),
            parameters: crate::model::Parameters::default(),
            arm_key: String::new(),
        };
        Plan {
            arms: vec![arm("base"), arm("other")],
            split: Split::Dev,
            data_hash: String::new(),
            rows,
            cases: None,
            repeats: 1,
            order_seed: 1,
            primary: "exact-match".to_owned(),
            margin: 0.1,
            baseline: 0,
            fourfold: false,
            sequential: true,
            limits: Limits::default(),
            shard: None,
        }
    }

    fn cell(row: u64, arm: u32, score: Option<f64>) -> Cell {
        let place = CellPlace { row, arm, repeat: 0 };
        Cell {
            place,
            trial: 1,
            outcome: Outcome::Answer,
            score,
            cost: None,
            total_ms: Some(1),
            tokens: None,
            known: false,
        }
    }

    fn looked(rows: u64, score: impl Fn(u64, u32) -> Option<f64>) -> Clear {
        let plan = plan(rows);
        let mut watch = Watch::new(&plan);
        let row = |row: u64, arm: u32| {
            Ok::<_, Infallible>(Some(vec![cell(row, 0, score(row, 0)), cell(row, arm, score(row, arm))]))
        };
        watch.look(&plan.order(), row).unwrap();
        watch.verdicts().remove(0)
    }

    #[test]
    fn a_plain_difference_is_clear_early_and_none_is_not() {
        let better = looked(1_000, |row, arm| Some(if arm == 1 || row % 3 == 0 { 1.0 } else { 0.0 }));
        assert_eq!(better.verdict.finding, Finding::Better);
        assert!(better.n < 60, "{better:?}");
        assert!(better.in_words("a", "b", 0.1).starts_with("a is better than b: +0."), "{better:?}");
        let worse = looked(1_000, |row, arm| Some(if arm == 0 || row % 3 == 0 { 0.9 } else { 0.1 }));
        assert_eq!(worse.verdict.finding, Finding::Worse, "grades go by their interval");
        let same = looked(2_000, |row, _| Some((row % 2) as f64));
        assert_eq!(same.verdict.finding, Finding::Equivalent);
        let few = looked(12, |row, arm| Some(((row + u64::from(arm)) % 2) as f64));
        assert!(
            few.verdict.finding == Finding::TooFew && few.in_words("a", "b", 0.1).starts_with("Nothing is clear yet"),
            "{few:?}"
        );
    }

    #[test]
    fn a_missing_trial_passes_its_case_over() {
        let seen = looked(40, |row, arm| (row % 4 != 0 || arm == 0).then_some((row % 2) as f64));
        assert_eq!((seen.missing, seen.n), (10, 30));
        assert!(seen.in_words("a", "b", 0.1).contains("10 cases passed over"));
    }

    #[test]
    fn cases_count_in_the_order_of_the_plan() {
        let plan = plan(50);
        let mut watch = Watch::new(&plan);
        let order = plan.order();
        let late = order.row(3).unwrap();
        let row = |open: bool| {
            move |row: u64, arm: u32| {
                let there = open || row != late;
                Ok::<_, Infallible>(there.then(|| vec![cell(row, 0, Some(0.0)), cell(row, arm, Some(0.0))]))
            }
        };
        watch.look(&order, row(false)).unwrap();
        assert_eq!(watch.verdicts()[0].n, 3, "the fourth has not come in");
        watch.look(&order, row(true)).unwrap();
        assert_eq!(watch.verdicts()[0].n, 50);
    }
}
