//! What can be read back: windows of the history, one trial, earlier answers, tallies. These calls block; ask from a
//! worker, not from the loop.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, named_params, params};
use serde_json::Value;

use super::place::open_readable;
use super::record::{Origin, StoredTrial, TrialSummary};
use super::row::{record, summary};
use super::vote::{Choice, Tally, Voted};
use super::writer::lock;
use super::{Store, StoreError};
use crate::score::Outcome;

/// Which trials a list shows; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words, each somewhere in the answer, the prompt, the case, the arm's name or the model's; ASCII case does not matter.
    pub text: Option<String>,
    /// The arm's name.
    pub arm: Option<String>,
    /// The prompt file.
    pub prompt_path: Option<String>,
    /// The model's id.
    pub model: Option<String>,
    /// The outcome.
    pub outcome: Option<Outcome>,
    /// The case, by [`super::case_key`].
    pub case_key: Option<String>,
    /// The arm, by [`super::arm_key`].
    pub arm_key: Option<String>,
    /// Where the answer comes from.
    pub origin: Option<Origin>,
}

const CONDITIONS: &str = "
    (:prompt_path IS NULL OR prompt_path = :prompt_path)
    AND (:arm IS NULL OR arm = :arm)
    AND (:model IS NULL OR model = :model)
    AND (:outcome IS NULL OR outcome = :outcome)
    AND (:case_key IS NULL OR case_key = :case_key)
    AND (:arm_key IS NULL OR arm_key = :arm_key)
    AND (:origin IS NULL OR origin = :origin)
    AND (:words IS NULL OR NOT EXISTS (
        SELECT 1 FROM json_each(:words) AS word WHERE NOT (
            answer LIKE word.value ESCAPE '\\' OR case_json LIKE word.value ESCAPE '\\' OR arm LIKE word.value ESCAPE '\\'
            OR model LIKE word.value ESCAPE '\\' OR coalesce((SELECT text FROM prompts WHERE hash = prompt_hash) LIKE word.value ESCAPE '\\', FALSE))))
";

/// The parameters of [`CONDITIONS`], and others.
macro_rules! filtered {
    ($filter:expr, $($name:literal: $value:expr),*) => {
        named_params! {
            ":arm": $filter.arm,
            ":prompt_path": $filter.prompt_path,
            ":model": $filter.model,
            ":outcome": $filter.outcome.map(Outcome::as_str),
            ":case_key": $filter.case_key,
            ":arm_key": $filter.arm_key,
            ":origin": $filter.origin.map(Origin::as_str),
            ":words": $filter.text.as_deref().map(patterns),
            $($name: $value),*
        }
    };
}

/// Those against the trial's own case.
pub(super) const NEWEST_SCORES: &str =
    "(SELECT scores FROM scores WHERE scores.trial = trials.id AND scores.against IS NULL
    ORDER BY scores.id DESC LIMIT 1) AS newest_scores";

/// Those against what has the parameter `:against` as its key, where there are some, else those against the trial's own case.
pub(super) const SCORES_AGAINST: &str = "coalesce(
    (SELECT scores FROM scores WHERE scores.trial = trials.id AND scores.against = :against ORDER BY scores.id DESC LIMIT 1),
    (SELECT scores FROM scores WHERE scores.trial = trials.id AND scores.against IS NULL ORDER BY scores.id DESC LIMIT 1)
    ) AS newest_scores";

impl Store {
    /// The newest trials that pass `filter`, older than trial `before` where that is given; at most `limit`.
    pub fn recent(&self, filter: &Filter, before: Option<i64>, limit: u32) -> Result<Vec<TrialSummary>, StoreError> {
        self.page(filter, before, 0, limit)
    }

    /// The newest trials that pass `filter`, at most `limit`, with their scores against the case with this [`super::scoring_key`] where
    /// there are some.
    pub fn recent_against(&self, filter: &Filter, against: &str, limit: u32) -> Result<Vec<TrialSummary>, StoreError> {
        self.summaries(filter, (None, Some(against)), 0, limit)
    }

    /// As [`Store::recent`], after leaving `skip` of them out.
    pub fn page(
        &self,
        filter: &Filter,
        before: Option<i64>,
        skip: u64,
        limit: u32,
    ) -> Result<Vec<TrialSummary>, StoreError> {
        self.summaries(filter, (before, None), skip, limit)
    }

    fn summaries(
        &self,
        filter: &Filter,
        (before, against): (Option<i64>, Option<&str>),
        skip: u64,
        limit: u32,
    ) -> Result<Vec<TrialSummary>, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT id, time, origin, prompt_path, prompt_hash, arm, strategy, model, case_id, outcome,
                        substr(answer, 1, 200) AS excerpt, tokens_output, first_token_ms, total_ms, cost, {SCORES_AGAINST}
                 FROM trials WHERE id IN (
                     SELECT id FROM trials WHERE (:before IS NULL OR id < :before) AND {CONDITIONS}
                     ORDER BY id DESC LIMIT :limit OFFSET :skip
                 ) ORDER BY id DESC"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(
                filtered!(filter, ":before": before, ":against": against, ":limit": limit, ":skip": skip.cast_signed()),
                summary,
            )?;
            rows.collect()
        })
    }

    /// The trials by which runs over the data of this hash have answered this row for this version of an arm although another case, or
    /// another arm, had asked them before: the same question in the same words. Their scores are those against the case
    /// with this [`super::scoring_key`], where there are some.
    pub fn shared(
        &self,
        arm_key: &str,
        against: &str,
        (data_hash, row): (&str, u64),
    ) -> Result<Vec<TrialSummary>, StoreError> {
        self.read(|connection| {
            let sql = format!(
                "SELECT id, time, origin, prompt_path, prompt_hash, arm, strategy, model, case_id, outcome,
                        substr(answer, 1, 200) AS excerpt, tokens_output, first_token_ms, total_ms, cost, {SCORES_AGAINST}
                 FROM trials WHERE id IN (
                     SELECT cells.trial FROM runs
                     JOIN run_arms ON run_arms.run = runs.id
                     JOIN cells ON cells.run = runs.id AND cells.row = :row AND cells.arm = run_arms.arm
                     WHERE runs.data_hash = :data_hash AND run_arms.arm_key = :arm_key AND cells.known
                 ) ORDER BY id DESC"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(
                named_params! {
                    ":arm_key": arm_key, ":against": against, ":data_hash": data_hash, ":row": row.cast_signed(),
                },
                summary,
            )?;
            rows.collect()
        })
    }

    /// How many trials pass `filter`.
    pub fn count(&self, filter: &Filter) -> Result<u64, StoreError> {
        self.count_before(filter, None)
    }

    /// How many trials pass `filter`, older than trial `before` where that is given.
    pub fn count_before(&self, filter: &Filter, before: Option<i64>) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM trials WHERE (:before IS NULL OR id < :before) AND {CONDITIONS}");
        self.read(|connection| {
            connection
                .prepare_cached(&sql)?
                .query_row(filtered!(filter, ":before": before), |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()))
        })
    }

    /// The newest trial's number; `None` where there is none.
    pub fn newest(&self) -> Result<Option<i64>, StoreError> {
        self.read(|connection| connection.prepare_cached("SELECT max(id) FROM trials")?.query_row([], |row| row.get(0)))
    }

    /// The names of arms that have trials, in order; at most `limit`.
    pub fn arms(&self, limit: u32) -> Result<Vec<String>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT DISTINCT arm FROM trials ORDER BY arm LIMIT ?")?
                .query_map([limit], |row| row.get(0))?
                .collect()
        })
    }

    /// One trial with everything that was recorded of it.
    pub fn trial(&self, id: i64) -> Result<Option<StoredTrial>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!(
                    "SELECT trials.*, prompts.text AS prompt_text, {NEWEST_SCORES}
                     FROM trials JOIN prompts ON prompts.hash = trials.prompt_hash WHERE trials.id = ?"
                ))?
                .query_row([id], |row| Ok(StoredTrial { id, record: record(row)? }))
                .optional()
        })
        .map_err(|error| match error {
            StoreError::Database { path, reason } => StoreError::Row { path, trial: id, reason },
            other => other,
        })
    }

    /// The newest answers of an arm (by [`super::arm_key`]) given on this machine, at most `limit`, newest first.
    pub fn recent_answers(&self, arm_key: &str, limit: u32) -> Result<Vec<StoredTrial>, StoreError> {
        let ids: Vec<i64> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id FROM trials WHERE arm_key = ? AND origin = 'run' AND outcome NOT LIKE 'missing%'
                     ORDER BY id DESC LIMIT ?",
                )?
                .query_map(params![arm_key, limit], |row| row.get(0))?
                .collect()
        })?;
        ids.into_iter().filter_map(|id| self.trial(id).transpose()).collect()
    }

    /// The newest whole trial of an arm (by [`super::arm_key`]) on a case (by [`super::case_key`]) on this machine; of one
    /// seed where it is given. Calls that failed are passed over.
    pub fn answered(
        &self,
        arm_key: &str,
        case_key: &str,
        seed: Option<Option<u64>>,
    ) -> Result<Option<StoredTrial>, StoreError> {
        let id: Option<i64> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT id FROM trials
                     WHERE case_key = :case_key AND arm_key = :arm_key AND origin = 'run' AND outcome NOT LIKE 'missing%'
                           AND (:any_seed OR seed IS :seed)
                     ORDER BY id DESC LIMIT 1",
                )?
                .query_row(
                    named_params! {
                        ":case_key": case_key,
                        ":arm_key": arm_key,
                        ":any_seed": seed.is_none(),
                        ":seed": seed.flatten().map(u64::cast_signed),
                    },
                    |row| row.get(0),
                )
                .optional()
        })?;
        id.map_or(Ok(None), |id| self.trial(id))
    }

    /// Whether anything was asked on this machine about the case with this [`super::case_key`].
    pub fn was_asked(&self, case_key: &str) -> Result<bool, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM trials WHERE case_key = ? AND origin = 'run')")?
                .query_row([case_key], |row| row.get(0))
        })
    }

    /// The text of the prompt version with this hash.
    pub fn prompt_text(&self, hash: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT text FROM prompts WHERE hash = ?")?
                .query_row([hash], |row| row.get(0))
                .optional()
        })
    }

    /// The judgements about two arms (by [`super::arm_key`]), whichever was first on the screen.
    pub fn tally(&self, first_arm: &str, second_arm: &str) -> Result<Tally, StoreError> {
        let votes: Vec<(i64, i64, bool, String, String)> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT trial_a, trial_b, a.arm_key = :first, side_of_a, choice
                     FROM votes JOIN trials AS a ON a.id = trial_a JOIN trials AS b ON b.id = trial_b
                     WHERE (a.arm_key = :first AND b.arm_key = :second) OR (a.arm_key = :second AND b.arm_key = :first)
                     ORDER BY votes.id",
                )?
                .query_map(named_params! { ":first": first_arm, ":second": second_arm }, |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
                })?
                .collect()
        })?;
        // A second thought about the same two answers replaces the first in the count; both stay recorded.
        let mut latest = HashMap::new();
        for (a, b, in_order, side_of_a, choice) in votes {
            latest.insert((a.min(b), a.max(b)), (in_order, side_of_a, choice));
        }
        let mut tally = Tally::default();
        for (in_order, side_of_a, choice) in latest.into_values() {
            match (choice.as_str(), in_order) {
                ("a", true) | ("b", false) => tally.first += 1,
                ("a", false) | ("b", true) => tally.second += 1,
                _ => tally.ties += 1,
            }
            if matches!((choice.as_str(), side_of_a.as_str()), ("a", "left") | ("b", "right")) {
                tally.left += 1;
            }
        }
        Ok(tally)
    }

    /// Every judgement by hand, each pair of answers by its latest; the oldest pair first.
    pub fn votes(&self) -> Result<Vec<Voted>, StoreError> {
        type Line = (i64, i64, Voted);
        let votes: Vec<Line> = self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT trial_a, trial_b, a.arm, b.arm, a.arm_key, b.arm_key, a.case_key, choice
                     FROM votes JOIN trials AS a ON a.id = trial_a JOIN trials AS b ON b.id = trial_b ORDER BY votes.id",
                )?
                .query_map([], |row| {
                    let choice = match row.get::<_, String>(7)?.as_str() {
                        "a" => Choice::First,
                        "b" => Choice::Second,
                        _ => Choice::Tie,
                    };
                    let voted = Voted {
                        arms: [row.get(2)?, row.get(3)?],
                        arm_keys: [row.get(4)?, row.get(5)?],
                        case_key: row.get(6)?,
                        choice,
                    };
                    Ok((row.get(0)?, row.get(1)?, voted))
                })?
                .collect()
        })?;
        let mut latest = std::collections::BTreeMap::new();
        for (a, b, voted) in votes {
            latest.insert((a.min(b), a.max(b)), voted);
        }
        Ok(latest.into_values().collect())
    }

    /// How many different cases of the test split with this content hash were looked at outside of a run.
    pub fn opened_test_cases(&self, data_hash: &str) -> Result<u64, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT count(DISTINCT case_id) FROM opened_test_cases WHERE data_hash = ?")?
                .query_row(params![data_hash], |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()))
        })
    }

    /// As [`Store::read`], on a connection of its own: for what takes as long as a run is large, so that nobody who looks
    /// something up waits for it. The shared one does where there is no file, or another one in its place by now.
    pub(super) fn read_apart<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = &self.inner.path;
        if !self.inner.identity.as_ref().is_some_and(|identity| identity.holds(path)) {
            return self.read(query);
        }
        match open_readable(path) {
            Ok(connection) => query(&connection).map_err(|error| StoreError::from_sqlite(&error, path)),
            // No file may be left to open.
            Err(_) => self.read(query),
        }
    }

    pub(super) fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        query(&lock(&self.inner.reader)).map_err(|error| StoreError::from_sqlite(&error, &self.inner.path))
    }
}

/// The words of a text as a list of patterns.
fn patterns(text: &str) -> String {
    Value::from(text.split_whitespace().map(pattern).collect::<Vec<_>>()).to_string()
}

/// `text` anywhere, its own `%` and `_` taken literally.
pub(super) fn pattern(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}
