//! Reading runs back. These calls block; ask from a worker, not from the loop.

use std::collections::HashMap;
use std::ops::Range;

use rusqlite::{OptionalExtension, Row, ToSql, named_params, params};
use serde_json::Value;

use super::record::{Cell, Column, Identity, Known, Place, RunArm, RunEnd, RunLimits, RunRecord, StoredRun};
use crate::data::Split;
use crate::score::Outcome;
use crate::store::read::SCORES_AGAINST;
use crate::store::row::{json, named, scores};
use crate::store::{LEAK_ALLOWED, Store, StoreError, measured};

const RUN: &str =
    "SELECT runs.*, (SELECT time FROM run_ends WHERE run = runs.id ORDER BY number DESC LIMIT 1) AS end_time,
    (SELECT how FROM run_ends WHERE run = runs.id ORDER BY number DESC LIMIT 1) AS how,
    limits.number AS limited, limits.cost AS limit_cost, limits.calls AS limit_calls
    FROM runs LEFT JOIN run_limits AS limits ON limits.number = (SELECT max(number) FROM run_limits WHERE run = runs.id)";

/// What [`cell`] reads, by its place: a run of a million cells is read whole for its verdict, and looking a column up by its name
/// takes longer than reading it.
const CELLS: &str =
    "SELECT row, arm, repeat, trial, outcome, score, cost, total_ms, first_token_ms, tokens, known FROM cells";

/// What the trials of an arm have taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Trials that were made.
    pub made: u64,
    /// Tokens of their answers, as far as they are known.
    pub tokens: u64,
    /// Milliseconds, as far as they were measured.
    pub ms: u64,
    /// Trials made in runs whose times were measured: what a batch has answered took nobody knows how long.
    pub timed: u64,
}

impl Store {
    /// The newest runs, older than run `before` where that is given; at most `limit`.
    pub fn runs(&self, before: Option<i64>, limit: u32) -> Result<Vec<StoredRun>, StoreError> {
        let mut runs: Vec<StoredRun> = self.read(|connection| {
            connection
                .prepare_cached(&format!("{RUN} WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT ?2"))?
                .query_map(params![before, limit], run)?
                .collect()
        })?;
        runs.iter_mut().try_for_each(|run| self.with_arms(run))?;
        Ok(runs)
    }

    /// The run with this number.
    pub fn run(&self, id: i64) -> Result<Option<StoredRun>, StoreError> {
        let found = self.read(|connection| {
            connection.prepare_cached(&format!("{RUN} WHERE id = ?"))?.query_row([id], run).optional()
        })?;
        let Some(mut found) = found else { return Ok(None) };
        self.with_arms(&mut found)?;
        Ok(Some(found))
    }

    /// The newest run of the plan with this key.
    pub fn run_of_plan(&self, plan_key: Identity) -> Result<Option<StoredRun>, StoreError> {
        let id: Option<i64> = self.read(|connection| {
            connection
                .prepare_cached("SELECT max(id) FROM runs WHERE plan_key = ?")?
                .query_row([plan_key.0], |row| row.get(0))
        })?;
        id.map_or(Ok(None), |id| self.run(id))
    }

    fn with_arms(&self, run: &mut StoredRun) -> Result<(), StoreError> {
        run.record.arms = self.read(|connection| {
            connection
                .prepare_cached("SELECT name, arm_key, prompt_hash, planned FROM run_arms WHERE run = ? ORDER BY arm")?
                .query_map([run.id], |row| {
                    Ok(RunArm {
                        name: row.get(0)?,
                        arm_key: row.get(1)?,
                        prompt_hash: row.get(2)?,
                        planned: row.get::<_, i64>(3)?.cast_unsigned(),
                    })
                })?
                .collect()
        })?;
        Ok(())
    }

    /// The sums of a run's columns, in the order of its arms.
    pub fn columns(&self, run: i64) -> Result<Vec<Column>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT * FROM run_arms WHERE run = ? ORDER BY arm")?
                .query_map([run], column)?
                .collect()
        })
    }

    /// The filled cells of these rows of a run, by row, arm and repeat.
    pub fn cells(&self, run: i64, rows: Range<u64>) -> Result<Vec<Cell>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{CELLS} WHERE run = ? AND row >= ? AND row < ? ORDER BY row, arm, repeat"))?
                .query_map(params![run, rows.start.cast_signed(), rows.end.cast_signed()], cell)?
                .collect()
        })
    }

    /// Shows every filled cell of a run to `see`, by row, arm and repeat, without holding them all.
    pub fn each_cell(&self, run: i64, mut see: impl FnMut(Cell)) -> Result<(), StoreError> {
        self.each_cell_while(run, |cell| {
            see(cell);
            true
        })
    }

    /// As [`Store::each_cell`], until `see` wants no more.
    pub fn each_cell_while(&self, run: i64, mut see: impl FnMut(Cell) -> bool) -> Result<(), StoreError> {
        self.read_apart(|connection| {
            let mut statement =
                connection.prepare_cached(&format!("{CELLS} WHERE run = ? ORDER BY row, arm, repeat"))?;
            let mut rows = statement.query([run])?;
            while let Some(row) = rows.next()? {
                if !see(cell(row)?) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Shows the newest scores of every filled cell of a run to `see`, against the cell's own case, by row, arm and repeat; a cell
    /// without scores is passed over.
    pub fn each_scores(&self, run: i64, mut see: impl FnMut(Place, Value)) -> Result<(), StoreError> {
        self.read_apart(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT row, arm, repeat,
                        (SELECT scores FROM scores WHERE scores.trial = cells.trial AND scores.against IS cells.against
                         ORDER BY id DESC LIMIT 1) AS newest
                 FROM cells WHERE run = ? ORDER BY row, arm, repeat",
            )?;
            let mut rows = statement.query([run])?;
            while let Some(row) = rows.next()? {
                if row.get_ref("newest")? != rusqlite::types::ValueRef::Null {
                    see(place_of(row)?, json(row, "newest")?);
                }
            }
            Ok(())
        })
    }

    /// The newest scores of those cells of these rows of a run that a trial of another case fills, against their own.
    pub fn shared_scores(&self, run: i64, rows: Range<u64>) -> Result<HashMap<Place, Value>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT row, arm, repeat,
                            (SELECT scores FROM scores WHERE scores.trial = cells.trial AND scores.against = cells.against
                             ORDER BY id DESC LIMIT 1) AS newest
                     FROM cells WHERE run = ? AND row >= ? AND row < ? AND against IS NOT NULL AND newest IS NOT NULL",
                )?
                .query_map(params![run, rows.start.cast_signed(), rows.end.cast_signed()], |row| {
                    Ok((place_of(row)?, json(row, "newest")?))
                })?
                .collect()
        })
    }

    /// Shows every case of a run to `see`, with its row: the case's id, and its key ([`crate::store::case_key`]).
    pub fn each_case(&self, run: i64, mut see: impl FnMut(u64, String, String)) -> Result<(), StoreError> {
        self.read_apart(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT row, case_id, case_key FROM
                     (SELECT row, min(trial) AS first FROM cells WHERE run = ? GROUP BY row)
                 JOIN trials ON trials.id = first ORDER BY row",
            )?;
            let mut rows = statement.query([run])?;
            while let Some(row) = rows.next()? {
                see(row.get::<_, i64>("row")?.cast_unsigned(), row.get("case_id")?, row.get("case_key")?);
            }
            Ok(())
        })
    }

    /// What was answered to the trial of an identity, if it is remembered, with its scores against the case with this
    /// [`crate::store::scoring_key`], where there are some.
    pub fn answer_of(&self, identity: Identity, against: &str) -> Result<Option<Known>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT trials.id, outcome, coalesce(extracted, answer) AS text, cost, first_token_ms, total_ms,
                                tokens_output, {SCORES_AGAINST}
                         FROM identities JOIN trials ON trials.id = identities.trial WHERE identity = :identity"
                ))?
                .query_row(named_params! { ":identity": identity.0, ":against": against }, |row| {
                    let number = |name: &str| row.get::<_, Option<i64>>(name).map(|one| one.map(i64::cast_unsigned));
                    Ok(Known {
                        trial: row.get("id")?,
                        outcome: outcome(row)?,
                        text: row.get("text")?,
                        cost: row.get("cost")?,
                        first_token_ms: number("first_token_ms")?,
                        total_ms: number("total_ms")?.unwrap_or(0),
                        tokens: number("tokens_output")?,
                        scores: scores(row)?,
                    })
                })
                .optional()
        })
    }

    /// Whether a trial of an identity is remembered.
    pub fn knows(&self, identity: Identity) -> Result<bool, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM identities WHERE identity = ?)")?
                .query_row([identity.0], |row| row.get(0))
        })
    }

    /// Whether any trial is remembered.
    pub fn knows_any(&self) -> Result<bool, StoreError> {
        self.read(|connection| {
            connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM identities)")?.query_row([], |row| row.get(0))
        })
    }

    /// What trials of an arm (by [`crate::store::arm_key`]) have taken in all its runs.
    pub fn taken_by(&self, arm_key: &str) -> Result<Taken, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT coalesce(sum(done - known - missing), 0), coalesce(sum(tokens), 0), coalesce(sum(total_ms), 0),
                        coalesce(sum(CASE WHEN total_ms > 0 THEN done - known - missing END), 0)
                     FROM run_arms WHERE arm_key = ?",
                )?
                .query_row([arm_key], |row| {
                    let number = |column: usize| row.get::<_, i64>(column).map(|number| number.max(0).cast_unsigned());
                    Ok(Taken { made: number(0)?, tokens: number(1)?, ms: number(2)?, timed: number(3)? })
                })
        })
    }

    /// What a trial of a run says of leaked rows that were allowed, where one does.
    pub fn leak_in_run(&self, run: i64) -> Result<Option<String>, StoreError> {
        let leaked: i64 = self.read(|connection| {
            connection
                .prepare_cached("SELECT coalesce(sum(leaked), 0) FROM run_arms WHERE run = ?")?
                .query_row([run], |row| row.get(0))
        })?;
        if leaked == 0 {
            return Ok(None);
        }
        self.leak(
            "SELECT notes FROM cells CROSS JOIN trials ON trials.id = cells.trial
             WHERE run = ? AND instr(notes, '\"leak allowed: ') > 0 LIMIT 1",
            run,
        )
    }

    /// What a trial of a case says of leaked rows that were allowed, where one does.
    pub fn leak_of_case(&self, case_key: &str) -> Result<Option<String>, StoreError> {
        self.leak(
            "SELECT notes FROM trials INDEXED BY leaked_cases
             WHERE case_key = ? AND instr(notes, '\"leak allowed: ') > 0 LIMIT 1",
            case_key,
        )
    }

    fn leak(&self, sql: &str, which: impl ToSql) -> Result<Option<String>, StoreError> {
        let notes = self.read(|connection| {
            connection.prepare_cached(sql)?.query_row([which], |row| json::<Vec<String>>(row, "notes")).optional()
        })?;
        Ok(notes.into_iter().flatten().find(|note| note.starts_with(LEAK_ALLOWED)))
    }

    /// How often the split with this content was measured, and by how many versions of prompts.
    pub fn measured(&self, data_hash: &str) -> Result<(u64, u64), StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT count(DISTINCT runs.id), count(DISTINCT prompt_hash) FROM runs JOIN run_arms ON run = id
                     WHERE data_hash = ?",
                )?
                .query_row([data_hash], |row| {
                    Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()))
                })
        })
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<StoredRun> {
    let time: Option<i64> = row.get("end_time")?;
    let how: Option<String> = row.get("how")?;
    Ok(StoredRun {
        id: row.get("id")?,
        record: RunRecord {
            time: row.get("time")?,
            split: named(row, "split", Split::parse)?,
            data_hash: row.get("data_hash")?,
            plan: json(row, "plan")?,
            plan_key: Identity(row.get("plan_key")?),
            rows: row.get::<_, i64>("row_count")?.cast_unsigned(),
            repeats: row.get("repeats")?,
            arms: Vec::new(),
        },
        limits: match row.get::<_, Option<i64>>("limited")? {
            None => None,
            Some(_) => Some(RunLimits {
                cost: row.get("limit_cost")?,
                calls: row.get::<_, Option<i64>>("limit_calls")?.map(i64::cast_unsigned),
            }),
        },
        end: time.zip(how).map(|(time, how)| RunEnd { time, how }),
    })
}

pub(super) fn outcome(row: &Row<'_>) -> rusqlite::Result<Outcome> {
    named(row, "outcome", Outcome::parse)
}

/// The place of a cell, which its query names first.
pub(super) fn place_of(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place { row: row.get::<_, i64>(0)?.cast_unsigned(), arm: row.get(1)?, repeat: row.get(2)? })
}

fn cell(row: &Row<'_>) -> rusqlite::Result<Cell> {
    Ok(Cell {
        place: place_of(row)?,
        trial: row.get(3)?,
        outcome: named(row, 4, Outcome::parse)?,
        score: row.get(5)?,
        cost: row.get(6)?,
        total_ms: measured(
            row.get::<_, i64>(7)?.cast_unsigned(),
            row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned),
        ),
        tokens: row.get::<_, Option<i64>>(9)?.map(i64::cast_unsigned),
        known: row.get(10)?,
    })
}

fn column(row: &Row<'_>) -> rusqlite::Result<Column> {
    let count = |name: &str| row.get::<_, i64>(name).map(i64::cast_unsigned);
    Ok(Column {
        done: count("done")?,
        answers: count("answers")?,
        non_answers: count("non_answers")?,
        missing: count("missing")?,
        known: count("known")?,
        scored: count("scored")?,
        sum: row.get("sum")?,
        squares: row.get("squares")?,
        graded: count("graded")?,
        cost: row.get("cost")?,
        unpriced: count("unpriced")?,
        tokens: count("tokens")?,
        token_ms: count("token_ms")?,
        total_ms: count("total_ms")?,
        calls: count("calls")?,
        spent: row.get("spent")?,
        priced: count("priced")?,
        worth: row.get("worth")?,
        took: count("took")?,
        timed: count("timed")?,
    })
}
