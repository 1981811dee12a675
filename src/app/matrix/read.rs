//! Runs and their rows, read for the screen.

use std::collections::HashMap;

use serde_json::Value;

use super::heads::heads;
use super::{WindowQuery, WindowRead};
use crate::data::Cases;
use crate::run::runner::Plan;
use crate::run::{Session, fourfold, local_time};
use crate::state::matrix::{Cell, Earlier, Head, OpenRun, RIGHT, Row, RunLine};
use crate::stats::Looks;
use crate::store::{CellLine, Column, Holder, Store, StoreError, StoredRun};

/// More runs than this are not listed; the newest are.
const RUNS: u32 = 500;
/// Flips are counted in splits of so many rows at most: it takes half a second.
const COUNTED: u32 = 20_000;

/// The runs, the newest first.
pub(super) fn runs(store: &Store) -> Result<Vec<RunLine>, StoreError> {
    let asked = asked(store);
    store.runs(None, RUNS)?.iter().map(|run| Ok(line(run, &store.columns(run.id)?, &asked))).collect()
}

/// The runs that other processes ask. Where that cannot be known, as on a disk that takes no locks, there are none.
fn asked(store: &Store) -> Vec<(i64, Holder)> {
    let mut asked = store.asked_now().unwrap_or_default();
    asked.retain(|(_, holder)| holder.pid != std::process::id());
    asked
}

/// How far a run is by now, and how it stands.
pub(super) fn followed(store: &Store, run: i64) -> Result<Option<(RunLine, Vec<Head>)>, StoreError> {
    // Who asks is looked up first: an end that comes between is seen.
    let asked = asked(store);
    let Some(run) = store.run(run)? else { return Ok(None) };
    let (record, columns) = (&run.record, store.columns(run.id)?);
    Ok(Some((line(&run, &columns, &asked), heads(&record.arms, &columns, record.repeats, looks(&run)))))
}

/// Cells of the two runs that are right in this one and were not, and the other way. Nothing of a split of very many rows.
pub(super) fn flips(
    store: &Store,
    (run, rows): (i64, u32),
    earlier: &Earlier,
) -> Result<Option<(u64, u64)>, StoreError> {
    if rows > COUNTED {
        return Ok(None);
    }
    let (mut right, mut wrong) = (0, 0);
    for first in (0..rows).step_by(1_000) {
        let part: Vec<u32> = (first..rows.min(first + 1_000)).collect();
        let before: HashMap<(u32, u32), f64> =
            store.mean_scores(earlier.id, &part)?.into_iter().map(|(row, arm, mean)| ((row, arm), mean)).collect();
        for (row, arm, now) in store.mean_scores(run, &part)? {
            let there = earlier.arms.iter().find(|(here, _)| *here == arm).map(|(_, there)| *there);
            match there.and_then(|there| before.get(&(row, there))).map(|before| (now >= RIGHT, *before >= RIGHT)) {
                Some((true, false)) => right += 1,
                Some((false, true)) => wrong += 1,
                _ => {}
            }
        }
    }
    Ok(Some((right, wrong)))
}

fn line(run: &StoredRun, columns: &[Column], asked: &[(i64, Holder)]) -> RunLine {
    let record = &run.record;
    RunLine {
        id: run.id,
        when: local_time(record.time),
        split: record.split,
        data_hash: record.data_hash.clone(),
        arms: record.arms.iter().map(|arm| arm.name.clone()).collect(),
        cases: record.plan.get("cases").and_then(Value::as_u64).unwrap_or(record.rows).min(record.rows),
        done: columns.iter().map(|column| column.done).sum(),
        planned: record.arms.iter().map(|arm| arm.planned).sum(),
        end: run.end.as_ref().map(|end| end.how.clone()),
        asked_by: asked.iter().find(|(asked, _)| *asked == run.id).map(|(_, holder)| holder.pid),
    }
}

/// How often the run's figures may be looked at.
fn looks(run: &StoredRun) -> Looks {
    let sequential = run.record.plan.get("sequential").and_then(Value::as_bool) == Some(true);
    if sequential { Looks::Every } else { Looks::Once }
}

/// The rows of the split that are in the plan, ascending; `None` for all of them, and for a plan that cannot be read.
fn plan_rows(run: &StoredRun) -> Option<Vec<u32>> {
    let plan: Plan = serde_json::from_value(run.record.plan.clone()).ok()?;
    if plan.case_count() >= plan.rows {
        return None;
    }
    let order = plan.order();
    let mut rows: Vec<u32> =
        (0..order.len()).filter_map(|place| order.row(place).and_then(|row| u32::try_from(row).ok())).collect();
    rows.sort_unstable();
    Some(rows)
}

/// A run; the newest without a number.
pub(super) fn open(store: &Store, primary: &str, id: Option<i64>) -> Result<Option<OpenRun>, StoreError> {
    let asked = asked(store);
    let found = match id {
        Some(id) => store.run(id)?,
        None => store.runs(None, 1)?.pop(),
    };
    let Some(run) = found else { return Ok(None) };
    let columns = store.columns(run.id)?;
    let record = &run.record;
    let said = |key: &str| record.plan.get(key);
    let four = record.arms.iter().map(|arm| arm.name.as_str()).eq(fourfold::Cell::ALL.map(fourfold::Cell::as_str));
    Ok(Some(OpenRun {
        line: line(&run, &columns, &asked),
        planned: plan_rows(&run).map(Into::into),
        rows: u32::try_from(record.rows).unwrap_or(u32::MAX),
        repeats: record.repeats,
        primary: said("primary").and_then(Value::as_str).unwrap_or(primary).to_owned(),
        baseline: said("baseline").and_then(Value::as_u64).unwrap_or(0) as u32,
        fourfold: said("fourfold").and_then(Value::as_bool).unwrap_or(four),
        looks: looks(&run),
        heads: heads(&record.arms, &columns, record.repeats, looks(&run)),
    }))
}

/// The rows that were asked for, and the heads as they are now.
pub(super) fn window(session: &Session, store: &Store, query: &WindowQuery) -> Result<WindowRead, StoreError> {
    let Some(run) = store.run(query.run)? else { return Ok((Vec::new(), Vec::new())) };
    let record = &run.record;
    let arms = record.arms.len();
    let mut rows: HashMap<u32, Row> =
        query.rows.iter().map(|row| (*row, Row { case: String::new(), cells: vec![None; arms] })).collect();
    for line in store.cell_lines(query.run, &query.rows)? {
        let Some(row) = u32::try_from(line.place.row).ok().and_then(|row| rows.get_mut(&row)) else { continue };
        if row.case.is_empty() {
            row.case.clone_from(&line.case_id);
        }
        let Some(place) = row.cells.get_mut(line.place.arm as usize) else { continue };
        let cell = cell(line);
        match place {
            Some(there) => there.add(cell),
            None => *place = Some(cell),
        }
    }
    if let Some(earlier) = &query.earlier {
        for (row, before, mean) in store.mean_scores(earlier.id, &query.rows)? {
            let now = earlier.arms.iter().find(|(_, there)| *there == before).map(|(now, _)| *now as usize);
            let cell = rows.get_mut(&row).zip(now).and_then(|(row, arm)| row.cells.get_mut(arm)?.as_mut());
            if let Some(cell) = cell {
                cell.before = Some(mean);
            }
        }
    }
    // A case that nothing was asked of yet has its name in the split, if that is still the same.
    if rows.values().any(|row| row.case.is_empty())
        && let Some(cases) = session.splits.get(record.split)
    {
        for (row, line) in rows.iter_mut().filter(|(_, line)| line.case.is_empty()) {
            line.case = cases.case(*row as usize).map(|case| case.id).unwrap_or_default();
        }
    }
    let mut rows: Vec<(u32, Row)> = rows.into_iter().collect();
    rows.sort_unstable_by_key(|(row, _)| *row);
    Ok((rows, heads(&record.arms, &store.columns(query.run)?, record.repeats, looks(&run))))
}

fn cell(line: CellLine) -> Cell {
    Cell {
        total_ms: line.total_ms,
        tokens: line.tokens,
        cost: line.cost,
        known: line.known,
        excerpt: line.excerpt,
        ..Cell::new(line.trial, line.outcome, line.score)
    }
}
