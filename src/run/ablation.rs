//! What each step of a series of arms adds: the means of recorded answers, and every arm against the one before it and against
//! the first. Exploratory: each comparison stands on its own. Nothing is asked here.

use super::compare::{question_of, recorded_scores};
use super::session::{NotAsked, Session};
use crate::config::Arm;
use crate::data::{Cases, Split};
use crate::stats::{ByCase, Figure, LeftOut, Paired, Settings, Verdict, align, judge};
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

/// Reads what is recorded of `arms` on the split, in their order.
pub fn ablation(
    session: &Session,
    store: &Store,
    arms: &[&Arm],
    split: Split,
    settings: &Settings,
) -> Result<Ablation, NotAsked> {
    let rows = session.splits.get(split).ok_or_else(|| {
        NotAsked::new(
            &format!("the workbench has no {} split", split.as_str()),
            "Name its file under [data] in fourfold.toml.",
        )
    })?;
    let unfit = |error: crate::stats::Unfit| NotAsked::new(&error, error.hint());
    let mut earlier: Vec<(String, ByCase)> = Vec::new();
    let mut steps = Vec::new();
    for arm in arms {
        let scores =
            question_of(session, arm, split).and_then(|question| recorded_scores(session, store, &question, split));
        let (scores, fault) = match scores {
            Ok(scores) => (scores, None),
            Err(error) => (ByCase::new(), Some(error)),
        };
        let column: Vec<f64> = align([&scores]).rows.iter().map(|[score]| *score).collect();
        let mut step = Step {
            arm: arm.id.clone(),
            how: format!("{} · {}", arm.strategy.name, arm.model),
            figure: None,
            fault,
            over_before: None,
            over_first: None,
        };
        if !column.is_empty() {
            step.figure = Some(Figure::of(&column, settings.confidence, settings.seed).map_err(unfit)?);
            step.over_before = earlier.last().map(|other| over(&scores, other, settings)).transpose()?.flatten();
            step.over_first = match earlier.as_slice() {
                [first, .., _] => over(&scores, first, settings)?,
                [_] => step.over_before.clone(),
                [] => None,
            };
            earlier.push((arm.id.clone(), scores));
        }
        steps.push(step);
    }
    Ok(Ablation { metric: session.primary().to_owned(), planned: rows.count(), steps })
}

/// One arm against another; nothing where they share no case.
fn over(own: &ByCase, (other, theirs): &(String, ByCase), settings: &Settings) -> Result<Option<Over>, NotAsked> {
    let aligned = align([own, theirs]);
    if aligned.rows.is_empty() {
        return Ok(None);
    }
    let paired = Paired::of(&aligned.rows, settings).map_err(|error| NotAsked::new(&error, error.hint()))?;
    let verdict = judge(&[&paired], settings).into_iter().next();
    Ok(verdict.map(|verdict| Over { other: other.clone(), paired, verdict, left_out: aligned.left_out }))
}
