//! What a stored run has to say, gathered for a report: its arms, their figures, the verdicts. Nothing is asked.

mod arms;
mod between;
mod columns;
mod family;
mod rows;

use std::collections::HashMap;

use serde_json::Value;

use super::leaks::allowed_leak;
use super::question::NotAsked;
use super::session::Session;
use crate::report::{Facts, RowFault};
use crate::run::compare::{Looking, Repeats, unfit};
use crate::run::runner::{Ended, Order, Plan, looking_of, much_missing};
use crate::stats::wording::grouped;
use crate::stats::{ByCase, Settings};
use crate::store::{Store, StoreError, StoredRun};

pub use between::{ArmBetween, Between, between};
pub use rows::StoredRows;
pub(super) use rows::cases_of;

fn unread(error: &StoreError) -> NotAsked {
    NotAsked { what: error.to_string(), hint: error.hint() }
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
pub(super) fn baseline_of(session: &Session, run: &StoredRun) -> Option<usize> {
    let names: Vec<&str> = run.record.arms.iter().map(|arm| arm.name.as_str()).collect();
    let planned = run.record.plan.get("baseline").and_then(Value::as_u64).map(|column| column as usize);
    let named = session.workbench.run.baseline.as_deref();
    let found = planned.or_else(|| names.iter().position(|name| Some(*name) == named)).unwrap_or(0);
    (names.len() > 1 && found < names.len()).then_some(found)
}

/// How the rows of a run are told apart, and how its verdicts are looked at: of a run declared sequential in the order its cases
/// were to be asked in.
#[derive(Clone, Debug)]
pub struct Rows {
    looking: Looking,
    places: Option<HashMap<u64, usize>>,
}

impl Rows {
    /// Those of a run.
    pub fn of(run: &StoredRun) -> Self {
        let plan = Plan::stored(run).ok().filter(|plan| plan.sequential);
        let order = plan.as_ref().map(Plan::order);
        let places = |order: &Order| order.rows().enumerate().map(|(place, row)| (row, place)).collect();
        Self { looking: looking_of(plan.is_some(), run.record.repeats), places: order.as_ref().map(places) }
    }

    /// How verdicts over them are looked at.
    pub const fn looking(&self) -> Looking {
        self.looking
    }

    /// A row as a key whose order is that in which rows are compared.
    pub fn key(&self, row: u64) -> String {
        let place = self.places.as_ref().map_or(row, |places| places.get(&row).map_or(u64::MAX, |place| *place as u64));
        format!("{place:012}")
    }
}

/// Gathers the facts of a run. `pairs` are comparisons that somebody asks for besides those with the baseline.
pub fn facts(session: &Session, store: &Store, run: &StoredRun, pairs: &[(usize, usize)]) -> Result<Facts, NotAsked> {
    let settings = settings_of(session, run);
    let metric = metric_of(session, run);
    let arms = arms::arms(session, store, run)?;
    let rows = Rows::of(run);
    let gathered = columns::columns(store, run, &rows, &metric, &settings)?;
    let baseline = baseline_of(session, run);
    let names: Vec<&str> = arms.iter().map(|arm| arm.name.as_str()).collect();
    let context = family::Context {
        names: &names,
        scores: &gathered.scores,
        metric: &metric,
        planned: gathered.cases,
        looking: rows.looking,
        settings,
        column: crate::run::fourfold::column(&session.workbench),
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
        Some(cells) => context.fourfold(store, run.id, cells)?,
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
        settled: run.end.as_ref().is_some_and(|end| Ended::is_settled(&end.how)),
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
    if facts.repeats > 1 {
        let repeats = facts.arms.iter().zip(&gathered.scores);
        let repeats = repeats.filter_map(|(arm, scores)| Repeats::of(&arm.name, scores)).map(|one| one.in_words());
        facts.hygiene.extend(repeats);
    }
    Ok(facts)
}

/// What a reader has to know before believing.
fn hygiene(store: &Store, run: &StoredRun, facts: &Facts) -> Result<Vec<String>, NotAsked> {
    let mut lines = Vec::new();
    let (runs, versions) = store.measured(&run.record.data_hash).map_err(|error| unread(&error))?;
    let split = &facts.split;
    let times = |count: u64, one: &str, many: &str| {
        if count == 1 { format!("1 {one}") } else { format!("{} {many}", grouped(count)) }
    };
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
    lines.extend(crate::run::short_in_run(store, run.id).map_err(|error| unread(&error))?);
    if split != "test" {
        lines
            .push(format!("Prompts are iterated on {split} cases: what wins here has still to win on the test split."));
    }
    let unscored = crate::run::unscored(store, run.id, &facts.metric).map_err(|error| unread(&error))?;
    lines.extend(unscored.iter().map(crate::run::Unscored::in_words));
    for (arm, column) in facts.arms.iter().zip(&facts.columns) {
        lines.extend(much_missing(column.missing, column.done).map(|words| format!("{}: {words}", arm.name)));
        if column.done < column.planned {
            let rest = if facts.settled { "; the rest is not asked, for the verdict is clear" } else { "" };
            let (done, planned) = (grouped(column.done), grouped(column.planned));
            lines.push(format!("{}: {done} of {planned} planned trials are there{rest}.", arm.name));
        }
    }
    if facts.arms.iter().any(|arm| arm.base.is_some()) {
        lines.push("A tuned arm speaks for its adapter alone: another training seed makes another.".to_owned());
    }
    if run.record.plan.get("sequential").and_then(Value::as_bool) == Some(true) {
        lines.push(
            "This run was looked at as it went, and an arm was stopped once its verdict was clear: verdicts, p-values and intervals \
             here hold at every look, however often one looks and whenever one stops. They are wider than those of a run that asks all \
             it planned. Cases count in the order that was drawn before the first was asked."
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
fn scores(store: &Store, run: &StoredRun, rows: &Rows) -> Result<Vec<ByCase>, NotAsked> {
    let mut scores = vec![ByCase::new(); run.record.arms.len()];
    store
        .each_cell(run.id, |cell| {
            if let Some(column) = scores.get_mut(cell.place.arm as usize) {
                column.entry(rows.key(cell.place.row)).or_default().push(cell.score);
            }
        })
        .map_err(|error| unread(&error))?;
    Ok(scores)
}
