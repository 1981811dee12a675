//! From rows of the database to records.

use std::fmt::Display;
use std::sync::Arc;

use rusqlite::{Row, RowIndex};
use serde_json::Value;

use super::measured;
use super::record::{ArmRecord, Origin, TrialRecord, TrialSummary};
use crate::data::Split;
use crate::model::Usage;
use crate::score::Outcome;

pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<TrialSummary> {
    Ok(TrialSummary {
        id: row.get("id")?,
        time: row.get("time")?,
        origin: named(row, "origin", Origin::parse)?,
        prompt_path: row.get("prompt_path")?,
        prompt_hash: row.get("prompt_hash")?,
        arm: row.get("arm")?,
        strategy: json(row, "strategy")?,
        model: row.get("model")?,
        case_id: row.get("case_id")?,
        outcome: named(row, "outcome", Outcome::parse)?,
        excerpt: row.get("excerpt")?,
        cost: row.get("cost")?,
        output_tokens: unsigned(row, "tokens_output")?,
        total_ms: measured_ms(row)?,
        scores: scores(row)?,
    })
}

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<TrialRecord> {
    let error: Option<String> = row.get("error")?;
    let hint: Option<String> = row.get("error_hint")?;
    let split: Option<String> = row.get("split")?;
    Ok(TrialRecord {
        time: row.get("time")?,
        origin: named(row, "origin", Origin::parse)?,
        arm: ArmRecord {
            prompt_path: row.get("prompt_path")?,
            prompt_text: row.get("prompt_text")?,
            name: row.get("arm")?,
            strategy: json(row, "strategy")?,
            model: row.get("model")?,
            fingerprint: row.get("fingerprint")?,
            parameters: json(row, "parameters")?,
        }
        .into(),
        case: Arc::new(json(row, "case_json")?),
        split: split.as_deref().and_then(Split::parse),
        messages: json(row, "messages")?,
        answer: row.get("answer")?,
        extracted: row.get("extracted")?,
        reasoning: row.get("reasoning")?,
        outcome: named(row, "outcome", Outcome::parse)?,
        stop: row.get::<_, Option<String>>("stop")?.map(|text| parse(&text, "stop")).transpose()?,
        error: error.map(|message| (message, hint.unwrap_or_default())),
        notes: json(row, "notes")?,
        scores: scores(row)?,
        usage: Usage {
            input: unsigned(row, "tokens_input")?,
            cached: unsigned(row, "tokens_cached")?,
            output: unsigned(row, "tokens_output")?,
        },
        first_token_ms: unsigned(row, "first_token_ms")?,
        total_ms: unsigned(row, "total_ms")?.unwrap_or(0),
        seed: unsigned(row, "seed")?,
        sample: row.get("sample")?,
        cost: row.get("cost")?,
        calls: row.get::<_, Option<String>>("calls")?.map(|text| parse(&text, "calls")).transpose()?,
    })
}

pub(super) fn scores(row: &Row<'_>) -> rusqlite::Result<Option<Value>> {
    row.get::<_, Option<String>>("newest_scores")?.map(|text| parse(&text, "scores")).transpose()
}

pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    parse(&row.get::<_, String>(column)?, column)
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, column: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| unreadable(format!("{column}: {error}")))
}

pub(super) fn named<T>(
    row: &Row<'_>,
    column: impl RowIndex + Display,
    read: impl Fn(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let name = row.get_ref(column)?.as_str()?;
    read(name).ok_or_else(|| unreadable(format!("{column}: {name:?} is unknown")))
}

/// The time of a row of trials or of cells, where it was measured.
pub(super) fn measured_ms(row: &Row<'_>) -> rusqlite::Result<Option<u64>> {
    Ok(measured(unsigned(row, "total_ms")?.unwrap_or(0), unsigned(row, "first_token_ms")?))
}

fn unsigned(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<u64>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(i64::cast_unsigned))
}

fn unreadable(reason: String) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, reason.into())
}
