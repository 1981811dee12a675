//! Cells that are answered and have no score by the deciding metric: found, and given one once it can be made.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;

use super::read::place_of;
use super::record::Place;
use crate::store::row::json;
use crate::store::write::insert_scores;
use crate::store::{Pending, Store, StoreError};

/// A cell without a score, with what was recorded of its scores.
#[derive(Clone, Debug, PartialEq)]
pub struct UnscoredCell {
    /// Where.
    pub place: Place,
    /// The trial that fills it.
    pub trial: i64,
    /// Its scores by metric, each a number or why there is none.
    pub scores: Option<Value>,
}

impl Store {
    /// Shows every cell of a run to `see` that a whole trial fills and that has no score, by row, arm and repeat.
    pub fn each_unscored(&self, run: i64, mut see: impl FnMut(UnscoredCell)) -> Result<(), StoreError> {
        self.read_apart(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT row, arm, repeat, trial,
                        (SELECT scores FROM scores WHERE scores.trial = cells.trial AND scores.against IS cells.against
                         ORDER BY id DESC LIMIT 1) AS newest
                 FROM cells WHERE run = ? AND score IS NULL AND outcome NOT LIKE 'missing%' ORDER BY row, arm, repeat",
            )?;
            let mut rows = statement.query([run])?;
            while let Some(row) = rows.next()? {
                let is_none = row.get_ref("newest")? == rusqlite::types::ValueRef::Null;
                let scores = if is_none { None } else { Some(json(row, "newest")?) };
                see(UnscoredCell { place: place_of(row)?, trial: row.get(3)?, scores });
            }
            Ok(())
        })
    }

    /// Gives a cell its score by the deciding metric, with all scores of the trial against the cell's case, and the sums of its column
    /// their share; one that has another by now keeps it.
    pub fn score_cell(
        &self,
        (run, place, trial): (i64, Place, i64),
        score: Option<f64>,
        scores: Value,
        time: i64,
    ) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            let Place { row, arm, repeat } = place;
            let against: Option<Option<String>> = connection
                .prepare_cached(
                    "SELECT against FROM cells WHERE run = ? AND row = ? AND arm = ? AND repeat = ? AND trial = ? AND score IS NULL",
                )?
                .query_row(params![run, row.cast_signed(), arm, repeat, trial], |row| row.get(0))
                .optional()?;
            let Some(against) = against else { return Ok(()) };
            insert_scores(connection, trial, against.as_deref(), &scores, time)?;
            let Some(score) = score else { return Ok(()) };
            connection
                .prepare_cached("UPDATE cells SET score = ? WHERE run = ? AND row = ? AND arm = ? AND repeat = ?")?
                .execute(params![score, run, row.cast_signed(), arm, repeat])?;
            connection
                .prepare_cached(
                    "UPDATE run_arms SET scored = scored + 1, sum = sum + ?3, squares = squares + ?3 * ?3, graded = graded + ?4
                     WHERE run = ?1 AND arm = ?2",
                )?
                .execute(params![run, arm, score, i64::from(score > 0.0 && score < 1.0)])
                .map(|_| ())
        })
    }
}
