//! What a stored run has to say, gathered for a report: its arms, their figures, the verdicts. Nothing is asked.

mod arms;
mod between;
mod columns;
mod family;
mod rows;

use serde_json::Value;

use super::leaks::allowed_leak;
use super::session::{NotAsked, Session};
use crate::report::{Facts, RowFault};
use crate::stats::{ByCase, Settings, Unfit};
use crate::store::{Store, StoreError, StoredRun};

pub use between::{ArmBetween, Between, between};
pub use rows::StoredRows;

/// Over this share of missing trials a verdict says so.
const MUCH_MISSING: f64 = 0.05;

fn unread(error: &StoreError) -> NotAsked {
    NotAsked { what: error.to_string(), hint: error.hint() }
}

fn unfit(error: &Unfit) -> NotAsked {
    NotAsked { what: error.to_string(), hint: error.hint().to_owned() }
}

/// The run with this number, or the newest one.
pub fn stored_run(store: &Store, number: Option<i64>) -> Result<StoredRun, NotAsked> {
    let found = match number {
        Some(number) => store.run(number),
        None => store.runs(None, 1).map(|runs| runs.into_iter().next()),
    };
    found.map_err(|error| unread(&error))?.ok_or_else(|| match number {
        Some(number) => NotAsked {
            what: format!("there is no run {number} in this workbench"),
            hint: match store.runs(None, 1).ok().and_then(|runs| runs.into_iter().next()) {
                Some(newest) => format!("The newest is run {}.", newest.id),
                None => "Nothing was run yet: `fourfold run` asks every arm every case.".to_owned(),
            },
        },
        None => NotAsked {
            what: "nothing was run in this workbench yet".to_owned(),
            hint: "`fourfold run` asks every arm every case of a split.".to_owned(),
        },
    })
}

/// How the verdicts of a run are made: with the margin it was planned with.
pub fn settings_of(session: &Session, run: &StoredRun) -> Settings {
    let planned = run.record.plan.get("margin").and_then(Value::as_f64);
    Settings { margin: planned.unwrap_or(session.workbench.scoring.margin), ..Settings::default() }
}

/// The primary metric a run was scored by.
pub fn metric_of(session: &Session, run: &StoredRun) -> String {
    run.record.plan.get("primary").and_then(Value::as_str).unwrap_or_else(|| session.primary()).to_owned()
}

/// The column the others are held against: the plan's, else the workbench's baseline, else the first.
fn baseline_of(session: &Session, run: &StoredRun) -> Option<usize> {
    let names: Vec<&str> = run.record.arms.iter().map(|arm| arm.name.as_str()).collect();
    let planned = run.record.plan.get("baseline").and_then(Value::as_u64).map(|column| column as usize);
    let named = session.workbench.run.baseline.as_deref();
    let found = planned.or_else(|| names.iter().position(|name| Some(*name) == named)).unwrap_or(0);
    (names.len() > 1 && found < names.len()).then_some(found)
}

/// A row's number as a key whose order is the rows'.
fn row_key(row: u64) -> String {
    format!("{row:012}")
}

/// Gathers the facts of a run. `pairs` are comparisons that somebody asks for besides those with the baseline.
pub fn facts(session: &Session, store: &Store, run: &StoredRun, pairs: &[(usize, usize)]) -> Result<Facts, NotAsked> {
    let settings = settings_of(session, run);
    let metric = metric_of(session, run);
    let arms = arms::arms(session, store, run)?;
    let gathered = columns::columns(store, run, &metric, &settings)?;
    let baseline = baseline_of(session, run);
    let names: Vec<&str> = arms.iter().map(|arm| arm.name.as_str()).collect();
    let context = family::Context {
        names: &names,
        scores: &gathered.scores,
        planned: gathered.cases,
        sequential: run.record.plan.get("sequential").and_then(Value::as_bool).unwrap_or(false),
        settings,
    };
    let (family, without) = context.family(baseline)?;
    let mut others = Vec::new();
    for (arm, other) in pairs {
        let is_there = family
            .iter()
            .any(|each| (each.arm, each.other) == (*arm, *other) || (each.other, each.arm) == (*arm, *other));
        if !is_there {
            others.extend(context.pair(*arm, *other)?);
        }
    }
    let cells = arms::cells(session, run, &arms);
    let fourfold = match cells {
        Some(cells) => context.fourfold(cells)?,
        None => None,
    };
    let mut facts = Facts {
        run: run.id,
        workbench: session
            .workbench
            .root
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        began: super::clock::local_minute(run.record.time),
        time: run.record.time,
        ended: run.end.as_ref().map(|end| end.how.clone()),
        split: run.record.split.as_str().to_owned(),
        data_hash: run.record.data_hash.clone(),
        rows: gathered.cases as u64,
        repeats: run.record.repeats,
        metric,
        margin: settings.margin,
        hygiene: Vec::new(),
        arms,
        columns: gathered.columns,
        baseline,
        family,
        others,
        without,
        fourfold,
    };
    facts.hygiene = hygiene(store, run, &facts)?;
    Ok(facts)
}

/// What a reader has to know before believing.
fn hygiene(store: &Store, run: &StoredRun, facts: &Facts) -> Result<Vec<String>, NotAsked> {
    let mut lines = Vec::new();
    let (runs, versions) = store.measured(&run.record.data_hash).map_err(|error| unread(&error))?;
    let split = &facts.split;
    let times =
        |count: u64, one: &str, many: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
    lines.push(format!(
        "This {split} split was measured by {} here, with {}.",
        times(runs, "run", "runs"),
        times(versions, "version of a prompt", "versions of prompts")
    ));
    if split == "test" && runs > 1 {
        lines.push(
            "The best of several versions picked on a test split looks better than it is; what was picked wants cases that no run has seen."
                .to_owned(),
        );
    }
    let opened = store.opened_test_cases(&run.record.data_hash).map_err(|error| unread(&error))?;
    if split == "test" && opened > 0 {
        lines.push(format!("{} of it were opened by hand.", times(opened, "case", "cases")));
    }
    lines.extend(allowed_leak(store, run.id).map_err(|error| unread(&error))?);
    if split != "test" {
        lines
            .push(format!("Prompts are iterated on {split} cases: what wins here has still to win on the test split."));
    }
    for (arm, column) in facts.arms.iter().zip(&facts.columns) {
        let share = column.missing as f64 / column.done.max(1) as f64;
        if share > MUCH_MISSING {
            lines.push(format!(
                "{}: {:.0} % of the trials are missing, more than {:.0} %; whoever is left need not be like the rest.",
                arm.name,
                100.0 * share,
                100.0 * MUCH_MISSING
            ));
        }
        if column.done < column.planned {
            lines.push(format!("{}: {} of {} planned trials are there.", arm.name, column.done, column.planned));
        }
    }
    if facts.arms.iter().any(|arm| arm.base.is_some()) {
        lines.push("A tuned arm speaks for its adapter alone: another training seed makes another.".to_owned());
    }
    if run.record.plan.get("sequential").and_then(Value::as_bool) == Some(true) {
        lines.push(
            "This run was looked at as it went and stopped where a verdict was clear: only the verdict that `fourfold run` told holds \
             at every look; the p-values and intervals here take all cases as planned."
                .to_owned(),
        );
    }
    if facts.repeats > 1 {
        lines.push("Repeats of a case are averaged, never counted as cases of their own.".to_owned());
    }
    Ok(lines)
}

impl From<NotAsked> for RowFault {
    fn from(error: NotAsked) -> Self {
        Self { what: error.what, hint: error.hint }
    }
}

/// The primary scores of a run's cells, by arm and row.
fn scores(store: &Store, run: &StoredRun) -> Result<Vec<ByCase>, NotAsked> {
    let mut scores = vec![ByCase::new(); run.record.arms.len()];
    store
        .each_cell(run.id, |cell| {
            if let Some(column) = scores.get_mut(cell.place.arm as usize) {
                column.entry(row_key(cell.place.row)).or_default().push(cell.score);
            }
        })
        .map_err(|error| unread(&error))?;
    Ok(scores)
}
