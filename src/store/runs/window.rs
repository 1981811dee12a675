//! The rows of a run that a screen shows: every cell with its trial's beginning, and what it was in an earlier run.

use rusqlite::Row;

use super::read::outcome;
use super::record::Place;
use crate::score::Outcome;
use crate::store::row::measured_ms;
use crate::store::{Store, StoreError};

/// Bytes of an answer that a line has room for.
const EXCERPT: u32 = 240;

/// A cell as a screen shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct CellLine {
    /// Where.
    pub place: Place,
    /// The trial that fills it.
    pub trial: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// Its primary score.
    pub score: Option<f64>,
    /// Dollars, where the price is known.
    pub cost: Option<f64>,
    /// Milliseconds to the end, where they were measured.
    pub total_ms: Option<u64>,
    /// Tokens of the answer, where they are known.
    pub tokens: Option<u64>,
    /// Whether the trial was not made in this run.
    pub known: bool,
    /// The case's id.
    pub case_id: String,
    /// How the answer begins; of a missing trial what went wrong, and what to do about it.
    pub excerpt: String,
}

impl Store {
    /// The filled cells of these rows of a run, each row's by arm and repeat.
    pub fn cell_lines(&self, run: i64, rows: &[u32]) -> Result<Vec<CellLine>, StoreError> {
        let sql = format!(
            "SELECT row, cells.arm AS arm, repeat, trial, cells.outcome AS outcome, score, cells.cost AS cost,
                    cells.total_ms AS total_ms, cells.first_token_ms AS first_token_ms, tokens, known, case_id, substr(answer, 1, {EXCERPT}) AS excerpt,
                    substr(error, 1, {EXCERPT}) AS error, substr(error_hint, 1, {EXCERPT}) AS hint
             FROM cells JOIN trials ON trials.id = trial WHERE run = ? AND row = ? ORDER BY cells.arm, repeat"
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut lines = Vec::new();
            for row in rows {
                for line in statement.query_map((run, row), line)? {
                    lines.push(line?);
                }
            }
            Ok(lines)
        })
    }

    /// The mean scores of these rows of a run: row, arm, mean.
    pub fn mean_scores(&self, run: i64, rows: &[u32]) -> Result<Vec<(u32, u32, f64)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT arm, avg(score) AS mean FROM cells WHERE run = ? AND row = ? GROUP BY arm HAVING mean IS NOT NULL",
            )?;
            let mut means = Vec::new();
            for row in rows {
                for mean in statement.query_map((run, row), |found| Ok((*row, found.get(0)?, found.get(1)?)))? {
                    means.push(mean?);
                }
            }
            Ok(means)
        })
    }
}

fn line(row: &Row<'_>) -> rusqlite::Result<CellLine> {
    let outcome = outcome(row)?;
    let excerpt = match (outcome, row.get::<_, Option<String>>("error")?) {
        (Outcome::Missing(_), Some(error)) => match row.get::<_, Option<String>>("hint")?.unwrap_or_default() {
            hint if hint.is_empty() => error,
            hint => format!("{}. {hint}", error.trim_end_matches('.')),
        },
        _ => row.get("excerpt")?,
    };
    Ok(CellLine {
        place: Place {
            row: row.get::<_, i64>("row")?.cast_unsigned(),
            arm: row.get("arm")?,
            repeat: row.get("repeat")?,
        },
        trial: row.get("trial")?,
        outcome,
        score: row.get("score")?,
        cost: row.get("cost")?,
        total_ms: measured_ms(row)?,
        tokens: row.get::<_, Option<i64>>("tokens")?.map(i64::cast_unsigned),
        known: row.get("known")?,
        case_id: row.get("case_id")?,
        excerpt,
    })
}
