//! The table of a stored run: its own cells and the trials that fill them, whatever the workbench's arms are by now.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::source::{ArmAnswers, CaseRow, Measured, Source, has_grades, lift, measured, row, sampled};
use crate::data::{Case, Cases as _, Split};
use crate::run::compare::Looking;
use crate::run::judge::Judge;
use crate::run::report::{Rows, cases_of, metric_of, stored_run};
use crate::run::{NotAsked, Session, short_in_run};
use crate::score::Outcome;
use crate::store::{Store, StoredRun};

/// Trials of a run that are read for a table, with their texts.
const MOST: u64 = 100_000;
/// Rows that are read at once.
const WINDOW: u64 = 64;

impl Source {
    /// What is recorded of a run, its baseline first. Blocks.
    pub fn of_run(session: &Session, store: &Store, number: i64) -> Result<Self, NotAsked> {
        let run = stored_run(store, Some(number))?;
        let record = &run.record;
        let done: u64 = store.columns(run.id).map_err(|error| lift(&error))?.iter().map(|column| column.done).sum();
        if done > MOST {
            return Err(NotAsked {
                what: format!(
                    "run {number} has {done} trials, and a table of scores, which holds the text of every answer in memory, takes {MOST}"
                ),
                hint: format!(
                    "The matrix shows all of it. `fourfold report {number}` writes its figures and verdicts, `fourfold export {number} \
                     --format parquet` its trials for DuckDB or pandas."
                ),
            });
        }
        let primary = metric_of(session, &run);
        let order = baseline_first(session, &run);
        let mut arms: Vec<ArmAnswers> = order
            .iter()
            .filter_map(|place| record.arms.get(*place))
            .map(|arm| ArmAnswers {
                arm: arm.name.clone(),
                prompt_hash: arm.prompt_hash.clone(),
                ..ArmAnswers::default()
            })
            .collect();
        // A trial that answers several cases knows one alone: the workbench says which are the run's, where it has them still.
        let asked = cases_of(session, &run);
        let (mut cases, mut ids): (Vec<CaseRow>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
        let mut current = Arc::default();
        for start in (0..record.rows).step_by(WINDOW as usize) {
            let rows = start..(start + WINDOW).min(record.rows);
            let mut shared = store.shared_scores(run.id, rows.clone()).map_err(|error| lift(&error))?;
            for cell in store.cells(run.id, rows).map_err(|error| lift(&error))? {
                let Some(mut stored) = store.trial(cell.trial).map_err(|error| lift(&error))? else { continue };
                if let Some(own) = shared.remove(&cell.place) {
                    stored.record.scores = Some(own);
                }
                let index = cell.place.row as usize;
                if cases.last().is_none_or(|last| last.index != index) {
                    let mut case = match asked.and_then(|cases| cases.case(index).ok()) {
                        Some(case) => case,
                        None => (*stored.record.case).clone(),
                    };
                    if !ids.insert(case.id.clone()) {
                        case.id = format!("{} (row {})", case.id, index + 1);
                    }
                    cases.push(row(index, &case));
                    current = Arc::new(case);
                }
                let case: Arc<Case> = Arc::clone(&current);
                let place = order.iter().position(|place| *place == cell.place.arm as usize);
                let Some(arm) = place.and_then(|place| arms.get_mut(place)) else { continue };
                let samples = arm.cases.entry(case.id.clone()).or_default();
                if matches!(cell.outcome, Outcome::Missing(_)) {
                    *arm.missing.entry(case.id.clone()).or_default() += 1;
                    continue;
                }
                // A stored run keeps what it was judged by: what is made only now is shown, and not recorded with it.
                let (mut one, _) = sampled(session, stored, &case);
                // The run's own score: the reference may have changed since the trial was recorded.
                if let Some(score) = cell.score {
                    one.scores.insert(primary.clone(), score);
                }
                one.cost = cell.cost.or(one.cost);
                samples.push(one);
            }
        }
        let rows = Rows::of(&run);
        let places = (rows.looking() != Looking::Once).then(|| {
            cases
                .iter()
                .map(|case| (case.id.clone(), rows.key(case.index as u64).parse().unwrap_or(usize::MAX)))
                .collect()
        });
        let mut metrics: Vec<_> =
            session.metrics().iter().map(|one| (one.id().as_str().to_owned(), one.aspect())).collect();
        if !metrics.iter().any(|(name, _)| *name == primary) {
            return Err(NotAsked {
                what: format!("run {number} was scored by `{primary}`, which is not among the workbench's metrics"),
                hint: "Name it under [score] in fourfold.toml.".to_owned(),
            });
        }
        metrics.dedup_by(|one, other| one.0 == other.0);
        let mut source = Self {
            split: record.split.as_str().to_owned(),
            primary,
            metrics,
            cases,
            arms,
            measured: how_often(session, store, &run)?,
            short: short_in_run(store, run.id).map_err(|error| lift(&error))?,
            places,
            once_each: record.repeats == 1,
        };
        graded(session, store, &run, &order, &mut source)?;
        Ok(source)
    }
}

/// The columns, the one that all others are compared with first.
fn baseline_first(session: &Session, run: &StoredRun) -> Vec<usize> {
    let baseline = crate::run::report::baseline_of(session, run).unwrap_or(0);
    let others = (0..run.record.arms.len()).filter(|place| *place != baseline);
    std::iter::once(baseline).chain(others).collect()
}

fn how_often(session: &Session, store: &Store, run: &StoredRun) -> Result<Option<Measured>, NotAsked> {
    if run.record.split != Split::Test {
        return Ok(None);
    }
    let same = session.splits.test.as_ref().is_some_and(|rows| rows.content_hash() == run.record.data_hash);
    if same {
        return measured(session, store).map(Some);
    }
    // Of cases that have changed since, the runs themselves are what is known.
    let (runs, prompts) = store.measured(&run.record.data_hash).map_err(|error| lift(&error))?;
    let opened = store.opened_test_cases(&run.record.data_hash).map_err(|error| lift(&error))?;
    let leak = store.leak_in_run(run.id).map_err(|error| lift(&error))?;
    Ok(Some(Measured { runs, prompts, opened, leak }))
}

/// Puts in what a judge said of the answers, where it was asked of the run's arms as the workbench has them.
fn graded(
    session: &Session,
    store: &Store,
    run: &StoredRun,
    order: &[usize],
    source: &mut Source,
) -> Result<(), NotAsked> {
    let Some(judge) = Judge::of(session).ok().filter(|_| has_grades(store)) else { return Ok(()) };
    let Some(rows) = session.splits.get(run.record.split) else { return Ok(()) };
    for (place, arm) in order.iter().zip(&mut source.arms) {
        let Some(planned) = run.record.arms.get(*place) else { continue };
        let Some(of_workbench) = session.workbench.arm(&planned.name) else { continue };
        let question = crate::run::question_of(session, of_workbench, run.record.split)?;
        if session.arm_key(&question).ok().as_deref() != Some(planned.arm_key.as_str()) {
            continue;
        }
        for case in &source.cases {
            let Some(samples) = arm.cases.get_mut(&case.id) else { continue };
            let Ok(whole) = crate::data::Cases::case(rows, case.index) else { continue };
            super::source::grade(
                session,
                store,
                &judge,
                &crate::run::Question { case: whole.into(), ..question.clone() },
                samples,
            )?;
        }
    }
    Ok(())
}
