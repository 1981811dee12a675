//! What can be recorded.

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use super::record::{TrialRecord, case_key, scoring_key};
use super::vote::Vote;
use super::writer::Pending;
use super::{Origin, Store};

impl Store {
    /// Records a trial; the number it gets arrives when it is durable.
    pub fn record_trial(&self, record: TrialRecord) -> Pending<i64> {
        self.inner.writer.submit(move |connection| insert_trial(connection, &record))
    }

    /// Records scores of a trial made later on: its newest ones from here on, held against the case with this [`scoring_key`], its own
    /// or another that it answers as well.
    pub fn record_scores(&self, trial: i64, against: String, scores: Value, time: i64) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            let other = other_than_own(connection, trial, &against)?;
            insert_scores(connection, trial, other, &scores, time)
        })
    }

    /// Records a judgement by hand.
    pub fn record_vote(&self, vote: Vote) -> Pending<i64> {
        self.inner.writer.submit(move |connection| {
            connection
                .prepare_cached("INSERT INTO votes (time, trial_a, trial_b, side_of_a, choice) VALUES (?, ?, ?, ?, ?)")?
                .insert(params![vote.time, vote.first, vote.second, vote.side_of_first.as_str(), vote.choice.as_str()])
        })
    }

    /// Records that a test case was looked at outside of a run. `data_hash` names the test split by its content.
    pub fn record_opened_test_case(&self, data_hash: String, case_id: String, time: i64) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            connection
                .prepare_cached("INSERT INTO opened_test_cases (time, data_hash, case_id) VALUES (?, ?, ?)")?
                .execute(params![time, data_hash, case_id])
                .map(|_| ())
        })
    }

    /// Records the example answers that ship with a sample, once: what is there already is left alone.
    /// The count of new ones arrives when they are durable.
    pub fn record_shipped(&self, records: Vec<TrialRecord>) -> Pending<usize> {
        self.inner.writer.submit(move |connection| {
            let mut new = 0;
            for record in &records {
                let known: bool = connection
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM trials WHERE origin = ? AND arm = ? AND arm_key = ?
                         AND case_key = ? AND sample = ? AND answer = ?)",
                    )?
                    .query_row(
                        params![
                            Origin::Shipped.as_str(),
                            record.arm.name,
                            record.arm.key(),
                            case_key(&record.case),
                            record.sample,
                            record.answer,
                        ],
                        |row| row.get(0),
                    )?;
                if !known {
                    insert_trial(connection, &TrialRecord { origin: Origin::Shipped, ..record.clone() })?;
                    new += 1;
                }
            }
            Ok(new)
        })
    }
}

/// This [`scoring_key`], where that of the trial's own case is another.
pub(super) fn other_than_own<'k>(
    connection: &Connection,
    trial: i64,
    against: &'k str,
) -> rusqlite::Result<Option<&'k str>> {
    let own: Option<String> = connection
        .prepare_cached("SELECT case_json FROM trials WHERE id = ?")?
        .query_row([trial], |row| row.get(0))
        .optional()?;
    // What cannot be read is no case of anybody's.
    let own = own.and_then(|own| serde_json::from_str(&own).ok()).map(|own| scoring_key(&own));
    Ok(Some(against).filter(|against| own.as_deref() != Some(against)))
}

/// Inserts scores of a trial, held against its own case or something else that is named.
pub(super) fn insert_scores(
    connection: &Connection,
    trial: i64,
    against: Option<&str>,
    scores: &Value,
    time: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO scores (trial, against, time, scores) VALUES (?, ?, ?, ?)")?
        .execute(params![trial, against, time, json(scores)?])
        .map(|_| ())
}

const NEW_TRIAL: &str = "
INSERT INTO trials (
    time, origin, prompt_path, prompt_hash, arm, arm_key, strategy, model, fingerprint, parameters, case_id, case_key, split,
    case_json, messages, answer, extracted, reasoning, outcome, stop, error, error_hint, notes, tokens_input, tokens_cached,
    tokens_output, first_token_ms, total_ms, seed, sample, calls, cost
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

pub(super) fn insert_trial(connection: &Connection, record: &TrialRecord) -> rusqlite::Result<i64> {
    let (arm, columns) = (&record.arm, record.arm.columns());
    connection
        .prepare_cached("INSERT INTO prompts (hash, text) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING")?
        .execute(params![columns.prompt_hash, arm.prompt_text])?;
    let (error, error_hint) = record.error.as_ref().map(|(message, hint)| (message, hint)).unzip();
    let id = connection.prepare_cached(NEW_TRIAL)?.insert(params![
        record.time,
        record.origin.as_str(),
        arm.prompt_path,
        columns.prompt_hash,
        arm.name,
        columns.key,
        columns.strategy,
        arm.model,
        arm.fingerprint,
        columns.parameters,
        record.case.id,
        case_key(&record.case),
        record.split.map(crate::data::Split::as_str),
        json(&*record.case)?,
        json(&record.messages)?,
        record.answer,
        record.extracted,
        record.reasoning,
        record.outcome.as_str(),
        record.stop.as_ref().map(json).transpose()?,
        error,
        error_hint,
        json(&record.notes)?,
        signed(record.usage.input),
        signed(record.usage.cached),
        signed(record.usage.output),
        signed(record.first_token_ms),
        signed(Some(record.total_ms)),
        signed(record.seed),
        record.sample,
        record.calls.as_ref().map(json).transpose()?,
        record.cost,
    ])?;
    if let Some(scores) = &record.scores {
        insert_scores(connection, id, None, scores, record.time)?;
    }
    Ok(id)
}

fn json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// SQLite's integers are signed; the bits of a large seed survive the way there and back.
fn signed(number: Option<u64>) -> Option<i64> {
    number.map(u64::cast_signed)
}
