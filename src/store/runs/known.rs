//! What is remembered of trials so that they are not asked again: looked over by arm, and forgotten.

use rusqlite::named_params;

use crate::store::{Pending, Store, StoreError};

/// The known trials of one version of an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownArm {
    /// Its name at the newest of them.
    pub arm: String,
    /// The model's id.
    pub model: String,
    /// The prompt file.
    pub prompt_path: String,
    /// The prompt's hash, to tell versions apart.
    pub prompt_hash: String,
    /// See [`crate::store::arm_key`].
    pub arm_key: String,
    /// How many trials.
    pub trials: u64,
    /// What they cost in dollars; `None` where the price of one is not known.
    pub cost: Option<f64>,
    /// When the newest was asked, in milliseconds since 1970, UTC.
    pub newest: i64,
}

/// Which known trials; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownFilter {
    /// The arm's name.
    pub arm: Option<String>,
    /// The model's id.
    pub model: Option<String>,
    /// Asked before then, in milliseconds since 1970, UTC.
    pub before: Option<i64>,
}

const CONDITIONS: &str =
    "(:arm IS NULL OR arm = :arm) AND (:model IS NULL OR model = :model) AND (:before IS NULL OR time < :before)";

impl Store {
    /// The known trials that pass `filter`, by version of their arm, the newest first.
    pub fn known_arms(&self, filter: &KnownFilter) -> Result<Vec<KnownArm>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT arm, model, prompt_path, prompt_hash, arm_key, count(*) AS trials,
                            CASE WHEN count(cost) = count(*) THEN sum(cost) END AS cost, max(time) AS newest
                     FROM identities JOIN trials ON trials.id = trial WHERE {CONDITIONS}
                     GROUP BY arm_key ORDER BY newest DESC, arm_key"
                ))?
                .query_map(
                    named_params! { ":arm": filter.arm, ":model": filter.model, ":before": filter.before },
                    |row| {
                        Ok(KnownArm {
                            arm: row.get("arm")?,
                            model: row.get("model")?,
                            prompt_path: row.get("prompt_path")?,
                            prompt_hash: row.get("prompt_hash")?,
                            arm_key: row.get("arm_key")?,
                            trials: row.get::<_, i64>("trials")?.cast_unsigned(),
                            cost: row.get("cost")?,
                            newest: row.get("newest")?,
                        })
                    },
                )?
                .collect()
        })
    }

    /// Forgets that the trials that pass `filter` were made: equal ones are asked again. The trials stay. How many were forgotten.
    pub fn forget_known(&self, filter: KnownFilter) -> Pending<usize> {
        self.inner.writer.submit(move |connection| {
            connection.execute(
                &format!("DELETE FROM identities WHERE trial IN (SELECT id FROM trials WHERE {CONDITIONS})"),
                named_params! { ":arm": filter.arm, ":model": filter.model, ":before": filter.before },
            )
        })
    }
}
