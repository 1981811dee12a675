//! Joining another store into this one: trials, runs, judgements. What is here already is found again by what it is, so that joining
//! twice changes nothing; the other store is never written.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::merge_shared::{SharedScores, bring_scores};
use super::record::{Cell, Identity, Place, RunEnd, StoredRun};
use super::write::{Share, leaked, place_cell};
use crate::score::Outcome;
use crate::store::place::open_readable;
use crate::store::record::{StoredTrial, case_key};
use crate::store::write::insert_trial;
use crate::store::{Store, StoreError};

/// Trials or cells that are written together.
const TOGETHER: i64 = 256;

/// What joining has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Trials that were not here.
    pub trials: u64,
    /// Runs that were not here.
    pub runs: u64,
    /// Cells that were empty or missing here.
    pub cells: u64,
    /// Judgements that were not here.
    pub votes: u64,
    /// Whether the other store holds no trial and no run at all.
    pub is_empty_there: bool,
}

impl Store {
    /// Joins the database at `other` into this store. Blocks; a copy of it is made in `aside` first and read there.
    pub fn merge(&self, other: &Path, aside: &Path) -> Result<Merged, StoreError> {
        // Of the copy nobody knows: what is wrong with it is wrong with the file that was named.
        let named = |error: StoreError| error.about(&aside.join(crate::store::FILE), other);
        let foreign = |error: StoreError| match named(error) {
            StoreError::Corrupt { .. } => StoreError::Foreign { path: other.to_path_buf() },
            error => error,
        };
        let copy = copy_of(other, aside).map_err(foreign)?;
        self.merge_copy(&copy).map_err(named)
    }

    fn merge_copy(&self, copy: &Self) -> Result<Merged, StoreError> {
        let mut merged = Merged::default();
        let trials = self.merge_trials(copy, &mut merged)?;
        let (mut before, mut ids) = (None, Vec::new());
        loop {
            let runs = copy.runs(before, 64)?;
            let Some(last) = runs.last() else { break };
            before = Some(last.id);
            ids.extend(runs.iter().map(|run| run.id));
        }
        merged.is_empty_there = ids.is_empty() && copy.newest()?.is_none();
        let (mut taken, mut runs) = (Vec::new(), HashMap::new());
        for id in ids.into_iter().rev() {
            if let Some(run) = copy.run(id)? {
                let here = self.merge_run(copy, &run, &trials, &taken, &mut merged)?;
                taken.push(here);
                runs.insert(id, here);
            }
        }
        self.merge_batches(copy, &runs)?;
        self.merge_votes(copy, &trials, &mut merged)?;
        self.merge_opened(copy)?;
        Ok(merged)
    }

    /// Brings every trial over; their numbers here by their numbers there.
    fn merge_trials(&self, other: &Self, merged: &mut Merged) -> Result<HashMap<i64, i64>, StoreError> {
        let mut numbers = HashMap::new();
        let newest = other.newest()?.unwrap_or(0);
        let identities = other.identities()?;
        let mut shared = other.all_shared_scores()?;
        for first in (1..=newest).step_by(TOGETHER as usize) {
            let mut batch = Vec::new();
            for id in first..=newest.min(first + TOGETHER - 1) {
                if let Some(trial) = other.trial(id)? {
                    batch.push((trial, identities.get(&id).copied(), shared.remove(&id).unwrap_or_default()));
                }
            }
            let there: Vec<i64> = batch.iter().map(|(trial, ..)| trial.id).collect();
            let here = self
                .inner
                .writer
                .submit(move |connection| {
                    batch
                        .iter()
                        .map(|(trial, identity, shared)| bring(connection, trial, *identity, shared))
                        .collect::<Result<Vec<_>, _>>()
                })
                .wait()?;
            for (there, (here, new)) in there.into_iter().zip(here) {
                numbers.insert(there, here);
                merged.trials += u64::from(new);
            }
        }
        Ok(numbers)
    }

    /// Every identity by its trial.
    fn identities(&self) -> Result<HashMap<i64, Identity>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT trial, identity FROM identities")?
                .query_map([], |row| Ok((row.get(0)?, Identity(row.get(1)?))))?
                .collect()
        })
    }

    /// Brings a run over, into one that is not taken by another of them; its number here.
    fn merge_run(
        &self,
        other: &Self,
        run: &StoredRun,
        trials: &HashMap<i64, i64>,
        taken: &[i64],
        merged: &mut Merged,
    ) -> Result<i64, StoreError> {
        let mut cells: Vec<Cell> = Vec::new();
        other.each_cell(run.id, |cell| {
            if let Some(trial) = trials.get(&cell.trial) {
                cells.push(Cell { trial: *trial, ..cell });
            }
        })?;
        let target = self.target(run, &cells, taken)?;
        let (target, is_new) = match target {
            Some(target) => (target, false),
            None => (self.begin_run(run.record.clone()).wait()?, true),
        };
        merged.runs += u64::from(is_new);
        let firsts = other.first_tokens(run.id)?;
        let others = other.cases_of_others(run.id)?;
        for batch in cells.chunks(TOGETHER as usize) {
            let batch: Vec<(Cell, Option<u64>, Option<String>)> = batch
                .iter()
                .map(|cell| (*cell, firsts.get(&cell.place).copied(), others.get(&cell.place).cloned()))
                .collect();
            merged.cells += self
                .inner
                .writer
                .submit(move |connection| {
                    let mut filled = 0;
                    for (cell, first, other) in &batch {
                        filled += u64::from(put(connection, target, (cell, other.as_deref()), *first)?);
                    }
                    Ok(filled)
                })
                .wait()?;
        }
        match (&run.end, is_new) {
            (Some(end), true) => self.end_run(target, end.clone()).wait()?,
            // Parts that make up the whole finish it.
            (Some(end), false) if self.is_whole(target)? => {
                let finished = RunEnd { time: end.time, how: crate::store::FINISHED.to_owned() };
                if self.run(target)?.and_then(|run| run.end).is_none_or(|end| end.how != finished.how) {
                    self.end_run(target, finished).wait()?;
                }
            }
            _ => {}
        }
        Ok(target)
    }

    /// Whether every planned cell is filled, and none is missing.
    fn is_whole(&self, run: i64) -> Result<bool, StoreError> {
        let planned: u64 = self.run(run)?.map_or(0, |run| run.record.arms.iter().map(|arm| arm.planned).sum());
        let (done, missing) =
            self.columns(run)?.iter().fold((0, 0), |sum, column| (sum.0 + column.done, sum.1 + column.missing));
        Ok(done >= planned && missing == 0)
    }

    /// The run here that another store's run is, or is a part of: the same plan, begun at the same moment, or with no cell that
    /// another trial fills.
    fn target(&self, run: &StoredRun, cells: &[Cell], taken: &[i64]) -> Result<Option<i64>, StoreError> {
        let candidates: Vec<(i64, i64)> = self.read(|connection| {
            connection
                .prepare_cached("SELECT id, time FROM runs WHERE plan_key = ? ORDER BY id")?
                .query_map([run.record.plan_key.0], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })?;
        if let Some((same, _)) = candidates.iter().find(|(_, time)| *time == run.record.time) {
            return Ok(Some(*same));
        }
        for (candidate, _) in candidates.into_iter().filter(|(candidate, _)| !taken.contains(candidate)) {
            let fits = self.read(|connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT trial, outcome FROM cells WHERE run = ? AND row = ? AND arm = ? AND repeat = ?",
                )?;
                for cell in cells {
                    let Place { row, arm, repeat } = cell.place;
                    let here: Option<(i64, String)> = statement
                        .query_row(params![candidate, row.cast_signed(), arm, repeat], |row| {
                            Ok((row.get(0)?, row.get(1)?))
                        })
                        .optional()?;
                    let missing = matches!(cell.outcome, Outcome::Missing(_));
                    if here.is_some_and(|(trial, outcome)| {
                        trial != cell.trial && !missing && !outcome.starts_with("missing")
                    }) {
                        return Ok(false);
                    }
                }
                Ok(true)
            })?;
            if fits {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    fn first_tokens(&self, run: i64) -> Result<HashMap<Place, u64>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT row, arm, repeat, first_token_ms FROM cells WHERE run = ? AND first_token_ms IS NOT NULL",
                )?
                .query_map([run], |row| {
                    let place =
                        Place { row: row.get::<_, i64>(0)?.cast_unsigned(), arm: row.get(1)?, repeat: row.get(2)? };
                    Ok((place, row.get::<_, i64>(3)?.cast_unsigned()))
                })?
                .collect()
        })
    }

    fn merge_votes(&self, other: &Self, trials: &HashMap<i64, i64>, merged: &mut Merged) -> Result<(), StoreError> {
        type Row = (i64, i64, i64, String, String);
        let votes: Vec<Row> = other.read(|connection| {
            connection
                .prepare("SELECT time, trial_a, trial_b, side_of_a, choice FROM votes ORDER BY id")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
                .collect()
        })?;
        let votes: Vec<Row> = votes
            .into_iter()
            .filter_map(|(time, a, b, side, choice)| Some((time, *trials.get(&a)?, *trials.get(&b)?, side, choice)))
            .collect();
        merged.votes += self
            .inner
            .writer
            .submit(move |connection| {
                let mut new = 0;
                for (time, a, b, side, choice) in &votes {
                    new += connection
                        .prepare_cached(
                            "INSERT INTO votes (time, trial_a, trial_b, side_of_a, choice) SELECT ?1, ?2, ?3, ?4, ?5
                             WHERE NOT EXISTS (SELECT 1 FROM votes WHERE time = ?1 AND trial_a = ?2 AND trial_b = ?3)",
                        )?
                        .execute(params![time, a, b, side, choice])? as u64;
                }
                Ok(new)
            })
            .wait()?;
        Ok(())
    }

    /// Brings over which test cases were looked at: a split is as used up as all stores together have used it.
    fn merge_opened(&self, other: &Self) -> Result<(), StoreError> {
        type Row = (i64, String, String);
        let opened: Vec<Row> = other.read(|connection| {
            connection
                .prepare("SELECT time, data_hash, case_id FROM opened_test_cases ORDER BY id")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect()
        })?;
        self.inner
            .writer
            .submit(move |connection| {
                for (time, data_hash, case) in &opened {
                    connection
                        .prepare_cached(
                            "INSERT INTO opened_test_cases (time, data_hash, case_id) SELECT ?1, ?2, ?3 WHERE NOT EXISTS
                             (SELECT 1 FROM opened_test_cases WHERE data_hash = ?2 AND case_id = ?3 AND time = ?1)",
                        )?
                        .execute(params![time, data_hash, case])?;
                }
                Ok(())
            })
            .wait()
    }
}

/// Calls of a model that a trial took; none of a case that its arm does not apply to, which was never sent.
fn calls_of(connection: &Connection, trial: i64) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT CASE WHEN json_type(calls) = 'array' THEN json_array_length(calls) WHEN messages = '[]' THEN 0 ELSE 1 END
             FROM trials WHERE id = ?",
        )?
        .query_row([trial], |row| row.get::<_, i64>(0))
        .map(i64::unsigned_abs)
}

/// The other database as it is now, in a file of its own.
fn copy_of(other: &Path, aside: &Path) -> Result<Store, StoreError> {
    let lift = |error: rusqlite::Error| StoreError::from_sqlite(&error, other);
    let failed = |error: std::io::Error| StoreError::Open { path: aside.to_path_buf(), reason: error.to_string() };
    if !other.is_file() {
        return Err(StoreError::Open { path: other.to_path_buf(), reason: "there is no such file".to_owned() });
    }
    std::fs::create_dir_all(aside).map_err(failed)?;
    let copy = aside.join(crate::store::FILE);
    if copy.exists() {
        std::fs::remove_file(&copy).map_err(failed)?;
    }
    open_readable(other)?.execute("VACUUM INTO ?", [copy.to_string_lossy()]).map_err(lift)?;
    // It is brought to this program's schema there, and the original stays as it is.
    Store::open(aside)
}

/// The number of a trial here, and whether it is new.
fn bring(
    connection: &Connection,
    trial: &StoredTrial,
    identity: Option<Identity>,
    shared: &[SharedScores],
) -> rusqlite::Result<(i64, bool)> {
    let record = &trial.record;
    let known: Option<i64> = connection
        .prepare_cached(
            "SELECT id FROM trials WHERE case_key = ? AND arm_key = ? AND time = ? AND sample = ? AND outcome = ? AND
             total_ms = ? AND answer = ? AND arm = ? LIMIT 1",
        )?
        .query_row(
            params![
                case_key(&record.case),
                record.arm.key(),
                record.time,
                record.sample,
                record.outcome.as_str(),
                record.total_ms.cast_signed(),
                record.answer,
                record.arm.name,
            ],
            |row| row.get(0),
        )
        .optional()?;
    let (id, new) = match known {
        Some(id) => (id, false),
        None => (insert_trial(connection, record)?, true),
    };
    bring_scores(connection, id, shared)?;
    if let Some(identity) = identity {
        connection
            .prepare_cached("INSERT INTO identities (identity, trial) VALUES (?, ?) ON CONFLICT (identity) DO NOTHING")?
            .execute(params![identity.0, id])?;
    }
    Ok((id, new))
}

/// Fills a cell that is empty here, or whose trial is missing while the other is not; whether it did.
fn put(
    connection: &Connection,
    run: i64,
    (cell, other_case): (&Cell, Option<&str>),
    first_token_ms: Option<u64>,
) -> rusqlite::Result<bool> {
    let Place { row, arm, repeat } = cell.place;
    let here: Option<String> = connection
        .prepare_cached("SELECT outcome FROM cells WHERE run = ? AND row = ? AND arm = ? AND repeat = ?")?
        .query_row(params![run, row.cast_signed(), arm, repeat], |row| row.get(0))
        .optional()?;
    let missing = matches!(cell.outcome, Outcome::Missing(_));
    if here.is_some_and(|here| missing || !here.starts_with("missing")) {
        return Ok(false);
    }
    let share = Share {
        outcome: cell.outcome,
        score: cell.score,
        cost: cell.cost,
        first_token_ms,
        total_ms: cell.total_ms.unwrap_or(0),
        tokens: cell.tokens,
        known: cell.known,
        calls: if cell.known { 0 } else { calls_of(connection, cell.trial)? },
        leaked: leaked(connection, cell.trial)?,
    };
    place_cell(connection, (run, cell.place), (cell.trial, other_case), &share)?;
    Ok(true)
}
