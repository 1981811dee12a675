//! Joining another store into this one: the scores of trials against other cases than their own, and the cells that such trials fill.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::record::Place;
use crate::store::{Store, StoreError};

/// Scores of a trial against another case than its own.
pub(super) struct SharedScores {
    against: String,
    time: i64,
    scores: String,
}

impl Store {
    /// All of them, by trial, the newest last.
    pub(super) fn all_shared_scores(&self) -> Result<HashMap<i64, Vec<SharedScores>>, StoreError> {
        let rows: Vec<(i64, SharedScores)> = self.read(|connection| {
            connection
                .prepare("SELECT trial, against, time, scores FROM scores WHERE against IS NOT NULL ORDER BY id")?
                .query_map([], |row| {
                    Ok((row.get(0)?, SharedScores { against: row.get(1)?, time: row.get(2)?, scores: row.get(3)? }))
                })?
                .collect()
        })?;
        let mut by_trial: HashMap<i64, Vec<SharedScores>> = HashMap::new();
        for (trial, scores) in rows {
            by_trial.entry(trial).or_default().push(scores);
        }
        Ok(by_trial)
    }

    /// The cases of those cells of a run that trials of other cases fill, by their keys.
    pub(super) fn cases_of_others(&self, run: i64) -> Result<HashMap<Place, String>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT row, arm, repeat, against FROM cells WHERE run = ? AND against IS NOT NULL")?
                .query_map([run], |row| {
                    let place =
                        Place { row: row.get::<_, i64>(0)?.cast_unsigned(), arm: row.get(1)?, repeat: row.get(2)? };
                    Ok((place, row.get(3)?))
                })?
                .collect()
        })
    }
}

/// Brings the scores of a trial against other cases over, those that are not here.
pub(super) fn bring_scores(connection: &Connection, trial: i64, shared: &[SharedScores]) -> rusqlite::Result<()> {
    for SharedScores { against, time, scores } in shared {
        connection
            .prepare_cached(
                "INSERT INTO scores (trial, against, time, scores) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS
                 (SELECT 1 FROM scores WHERE trial = ?1 AND against = ?2 AND time = ?3 AND scores = ?4)",
            )?
            .execute(params![trial, against, time, scores])?;
    }
    Ok(())
}
