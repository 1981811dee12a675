//! What each step of a series of arms adds: the means of their answers, and every arm against the one before it and against
//! the first. Exploratory: each comparison stands on its own. Nothing is asked here.

use super::compare::{Looking, judged, recorded_scores, unfit};
use super::question::{NotAsked, question_of};
use super::session::Session;
use crate::config::Arm;
use crate::data::{Cases, Split};
use crate::stats::{Beside, ByCase, Figure, LeftOut, Paired, Settings, Verdict, align};
use crate::store::Store;

/// An arm against another of the series, on the cases that both have.
#[derive(Clone, Debug)]
pub struct Over {
    /// The other arm's name.
    pub other: String,
    /// The comparison.
    pub paired: Paired,
    /// What it shows by itself.
    pub verdict: Verdict,
    /// Cases that were not compared.
    pub left_out: LeftOut,
}

/// One arm of the series.
#[derive(Clone, Debug)]
pub struct Step {
    /// The arm's name.
    pub arm: String,
    /// How it asks, and whom.
    pub how: String,
    /// Its mean over the cases it has; `None` where none is recorded.
    pub figure: Option<Figure>,
    /// Why it has none, where that is not just that it was never asked.
    pub fault: Option<NotAsked>,
    /// Against the nearest arm before it that has answers.
    pub over_before: Option<Over>,
    /// Against the first arm that has answers, where that is another.
    pub over_first: Option<Over>,
}

/// The series.
#[derive(Clone, Debug)]
pub struct Ablation {
    /// The metric.
    pub metric: String,
    /// Cases of the split.
    pub planned: usize,
    /// The arms in order.
    pub steps: Vec<Step>,
}

/// One arm of a series before it is compared.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name.
    pub arm: String,
    /// How it asks, and whom.
    pub how: String,
    /// Its scores by case.
    pub scores: ByCase,
    /// Why it has none, where that is not just that it was never asked.
    pub fault: Option<NotAsked>,
}

/// Reads what is recorded of `arms` on the split, in their order.
pub fn ablation(
    session: &Session,
    store: &Store,
    arms: &[&Arm],
    split: Split,
    settings: &Settings,
) -> Result<Ablation, NotAsked> {
    let rows = session.splits.look(split)?.ok_or_else(|| {
        NotAsked::new(
            &format!("the workbench has no {} split", split.as_str()),
            "Name its file under [data] in fourfold.toml.",
        )
    })?;
    let part = |arm: &&Arm| {
        let scores =
            question_of(session, arm, split).and_then(|question| recorded_scores(session, store, &question, split));
        let (scores, fault) = match scores {
            Ok(scores) => (scores, None),
            Err(error) => (ByCase::new(), Some(error)),
        };
        Part { arm: arm.id.clone(), how: format!("{} · {}", arm.strategy.name, arm.model), scores, fault }
    };
    let metric = session.primary().to_owned();
    let steps = steps(arms.iter().map(part).collect(), (&metric, rows.count()), Looking::Once, settings)?;
    Ok(Ablation { metric, planned: rows.count(), steps })
}

/// What each part of a series adds, by a metric over so many cases. Pure.
pub fn steps(
    parts: Vec<Part>,
    about: (&str, usize),
    looking: Looking,
    settings: &Settings,
) -> Result<Vec<Step>, NotAsked> {
    let mut earlier: Vec<(String, ByCase)> = Vec::new();
    let mut steps = Vec::new();
    for Part { arm, how, scores, fault } in parts {
        let column: Vec<f64> = align([&scores]).rows.iter().map(|[score]| *score).collect();
        let mut step = Step { arm, how, figure: None, fault, over_before: None, over_first: None };
        if !column.is_empty() {
            let figure = match looking {
                Looking::Once => Figure::of(&column, settings.confidence, settings.seed),
                Looking::Every { .. } => Figure::at_every_look(&column, settings.confidence),
            };
            step.figure = Some(figure.map_err(|error| unfit(&error))?);
            let over = |(other, theirs): &(String, ByCase)| -> Result<Option<Over>, NotAsked> {
                let pair = match looking {
                    Looking::Once => Beside::pair(&scores, theirs),
                    Looking::Every { .. } => Beside::pair_in_order(&scores, theirs),
                };
                let found = judged(other, vec![(step.arm.clone(), pair)], about, looking, settings)?;
                Ok(found.arms.into_iter().next().map(|against| Over {
                    other: other.clone(),
                    paired: against.paired,
                    verdict: against.verdict,
                    left_out: against.left_out,
                }))
            };
            let (before, first) = match earlier.as_slice() {
                [first, .., last] => (over(last)?, over(first)?),
                [only] => {
                    let only = over(only)?;
                    (only.clone(), only)
                }
                [] => (None, None),
            };
            (step.over_before, step.over_first) = (before, first);
            earlier.push((step.arm.clone(), scores));
        }
        steps.push(step);
    }
    Ok(steps)
}
