//! Writing runs. A cell, the trial that fills it and the sums of its column are one transaction: what is counted is durable.

use rusqlite::{Connection, OptionalExtension, params};

use super::record::{CellRecord, Fill, Place, RunEnd, RunLimits, RunRecord};
use crate::score::Outcome;
use crate::store::write::{insert_scores, insert_trial, other_than_own};
use crate::store::{LEAK_ALLOWED, Pending, Store, measured};

impl Store {
    /// Begins a run; its number arrives when it is durable.
    pub fn begin_run(&self, record: RunRecord) -> Pending<i64> {
        self.inner.writer.submit(move |connection| insert_run(connection, &record))
    }

    /// Takes down that a run's asking ended.
    pub fn end_run(&self, run: i64, end: RunEnd) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            connection
                .prepare_cached("INSERT INTO run_ends (run, time, how) VALUES (?, ?, ?)")?
                .execute(params![run, end.time, end.how])
                .map(|_| ())
        })
    }

    /// Takes down the limits that a run goes on under from now on.
    pub fn limit_run(&self, run: i64, limits: RunLimits) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            connection
                .prepare_cached("INSERT INTO run_limits (run, cost, calls) VALUES (?, ?, ?)")?
                .execute(params![run, limits.cost, limits.calls.map(u64::cast_signed)])
                .map(|_| ())
        })
    }

    /// Fills a cell, in place of what filled it before; that trial stays. The number of the trial arrives when all is durable.
    pub fn fill_cell(&self, cell: CellRecord) -> Pending<i64> {
        self.inner.writer.submit(move |connection| fill(connection, &cell))
    }
}

fn insert_run(connection: &Connection, record: &RunRecord) -> rusqlite::Result<i64> {
    let run = connection
        .prepare_cached(
            "INSERT INTO runs (time, split, data_hash, plan, plan_key, row_count, repeats) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .insert(params![
            record.time,
            record.split.as_str(),
            record.data_hash,
            record.plan.to_string(),
            record.plan_key.0,
            record.rows.cast_signed(),
            record.repeats,
        ])?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO run_arms (run, arm, name, arm_key, prompt_hash, planned) VALUES (?, ?, ?, ?, ?, ?)",
    )?;
    for (number, arm) in record.arms.iter().enumerate() {
        let number = number as i64;
        statement.execute(params![run, number, arm.name, arm.arm_key, arm.prompt_hash, arm.planned.cast_signed()])?;
    }
    Ok(run)
}

/// What a cell adds to the sums of its column.
pub(super) struct Share {
    pub(super) outcome: Outcome,
    pub(super) score: Option<f64>,
    pub(super) cost: Option<f64>,
    pub(super) first_token_ms: Option<u64>,
    pub(super) total_ms: u64,
    pub(super) tokens: Option<u64>,
    pub(super) known: bool,
    /// Calls of a model that it took, where it was made in this run.
    pub(super) calls: u64,
    /// Whether its trial was made although rows had leaked.
    pub(super) leaked: bool,
}

fn fill(connection: &Connection, cell: &CellRecord) -> rusqlite::Result<i64> {
    let CellRecord { run, place, outcome, score, cost, first_token_ms, total_ms, tokens, .. } = *cell;
    let mut other = None;
    let (trial, known, calls, leaked) = match &cell.fill {
        Fill::Known { trial, against, scores } => {
            other = other_than_own(connection, *trial, against)?;
            if let Some((scores, time)) = scores {
                insert_scores(connection, *trial, other, scores, *time)?;
            }
            (*trial, true, 0, leaked(connection, *trial)?)
        }
        Fill::New(record, identity) => {
            let trial = insert_trial(connection, record)?;
            if !matches!(outcome, Outcome::Missing(_)) {
                connection
                    .prepare_cached(
                        "INSERT INTO identities (identity, trial) VALUES (?, ?)
                         ON CONFLICT (identity) DO UPDATE SET trial = excluded.trial",
                    )?
                    .execute(params![identity.0, trial])?;
            }
            let calls = match record.calls.as_ref().and_then(|calls| calls.as_array()) {
                Some(calls) => calls.len(),
                // A case that its arm does not apply to was never sent.
                None => usize::from(!record.messages.is_empty()),
            };
            let leaked = record.notes.iter().any(|note| note.starts_with(LEAK_ALLOWED));
            (trial, false, calls as u64, leaked)
        }
    };
    let share = Share { outcome, score, cost, first_token_ms, total_ms, tokens, known, calls, leaked };
    place_cell(connection, (run, place), (trial, other), &share)?;
    Ok(trial)
}

/// Puts a trial into a cell, in place of what was there before, and its share into the sums of the column. What its scores are
/// held against stands there where that is not the trial's own case.
pub(super) fn place_cell(
    connection: &Connection,
    (run, place): (i64, Place),
    (trial, other): (i64, Option<&str>),
    share: &Share,
) -> rusqlite::Result<()> {
    let Share { outcome, score, cost, first_token_ms, total_ms, tokens, known, .. } = *share;
    let values = params![
        run,
        place.row.cast_signed(),
        place.arm,
        place.repeat,
        trial,
        outcome.as_str(),
        score,
        cost,
        first_token_ms.map(u64::cast_signed),
        total_ms.cast_signed(),
        tokens.map(u64::cast_signed),
        known,
        other,
    ];
    // A run's cells are filled once, but for those that are asked again.
    if connection.prepare_cached(NEW_CELL)?.execute(values)? == 0 {
        if let Some(before) = earlier(connection, run, place)? {
            add(connection, run, place.arm, &before, -1)?;
        }
        connection.prepare_cached(OTHER_TRIAL)?.execute(values)?;
    }
    add(connection, run, place.arm, share, 1)
}

/// Whether a trial was made although rows had leaked. Looked up in an index that holds only such trials.
pub(super) fn leaked(connection: &Connection, trial: i64) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM trials INDEXED BY leaked_trials
             WHERE id = ? AND instr(notes, '\"leak allowed: ') > 0)",
        )?
        .query_row([trial], |row| row.get(0))
}

const NEW_CELL: &str = "
INSERT INTO cells (run, row, arm, repeat, trial, outcome, score, cost, first_token_ms, total_ms, tokens, known, against)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run, row, arm, repeat) DO NOTHING";

const OTHER_TRIAL: &str = "
UPDATE cells SET trial = ?5, outcome = ?6, score = ?7, cost = ?8, first_token_ms = ?9, total_ms = ?10, tokens = ?11, known = ?12,
    against = ?13
WHERE run = ?1 AND row = ?2 AND arm = ?3 AND repeat = ?4";

/// What a cell has added so far.
fn earlier(connection: &Connection, run: i64, place: Place) -> rusqlite::Result<Option<Share>> {
    connection
        .prepare_cached(
            "SELECT trial, outcome, score, cost, first_token_ms, total_ms, tokens, known FROM cells
             WHERE run = ? AND row = ? AND arm = ? AND repeat = ?",
        )?
        .query_row(params![run, place.row.cast_signed(), place.arm, place.repeat], |row| {
            Ok(Share {
                outcome: super::read::outcome(row)?,
                score: row.get("score")?,
                cost: row.get("cost")?,
                first_token_ms: row.get::<_, Option<i64>>("first_token_ms")?.map(i64::cast_unsigned),
                total_ms: row.get::<_, i64>("total_ms")?.cast_unsigned(),
                tokens: row.get::<_, Option<i64>>("tokens")?.map(i64::cast_unsigned),
                known: row.get("known")?,
                calls: 0,
                leaked: leaked(connection, row.get("trial")?)?,
            })
        })
        .optional()
}

/// Adds a cell's share to its column, or takes it away with `sign` -1.
fn add(connection: &Connection, run: i64, arm: u32, share: &Share, sign: i64) -> rusqlite::Result<()> {
    let one = |holds: bool| if holds { sign } else { 0 };
    let signed = |number: u64| number.cast_signed() * sign;
    let score = share.score.unwrap_or(0.0);
    let made = !share.known;
    let token_ms = share.total_ms.saturating_sub(share.first_token_ms.unwrap_or(share.total_ms));
    let counted = made && share.tokens.is_some();
    let told = !matches!(share.outcome, Outcome::Missing(_));
    connection.prepare_cached(SUMS)?.execute(params![
        run,
        arm,
        sign,
        one(share.outcome == Outcome::Answer),
        one(matches!(share.outcome, Outcome::NonAnswer(_))),
        one(matches!(share.outcome, Outcome::Missing(_))),
        one(share.known),
        one(share.score.is_some()),
        score * sign as f64,
        score * score * sign as f64,
        one(share.score.is_some_and(|score| score > 0.0 && score < 1.0)),
        if made { share.cost.unwrap_or(0.0) * sign as f64 } else { 0.0 },
        one(made && share.cost.is_none() && !matches!(share.outcome, Outcome::Missing(_))),
        if counted { signed(share.tokens.unwrap_or(0)) } else { 0 },
        if counted { signed(token_ms) } else { 0 },
        if made { signed(share.total_ms) } else { 0 },
        // What was paid for stays paid for, whatever fills the cell.
        if made && sign > 0 { share.calls.cast_signed() } else { 0 },
        if made && sign > 0 { share.cost.unwrap_or(0.0) } else { 0.0 },
        one(share.leaked),
        one(told && share.cost.is_some()),
        if told { share.cost.unwrap_or(0.0) * sign as f64 } else { 0.0 },
        if told { signed(share.total_ms) } else { 0 },
        one(told && measured(share.total_ms, share.first_token_ms).is_some()),
    ])?;
    Ok(())
}

const SUMS: &str = "
UPDATE run_arms SET
    done = done + ?3, answers = answers + ?4, non_answers = non_answers + ?5, missing = missing + ?6, known = known + ?7,
    scored = scored + ?8, sum = sum + ?9, squares = squares + ?10, graded = graded + ?11, cost = cost + ?12,
    unpriced = unpriced + ?13, tokens = tokens + ?14, token_ms = token_ms + ?15, total_ms = total_ms + ?16,
    calls = calls + ?17, spent = spent + ?18, leaked = leaked + ?19, priced = priced + ?20, worth = worth + ?21, took = took + ?22,
    timed = timed + ?23
WHERE run = ?1 AND arm = ?2";
