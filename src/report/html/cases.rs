//! The cases of the page as data: the script inside the page makes rows of them, a few at a time, so that thousands open at once.

use std::io::Write;

use serde_json::{Value, json};

use super::escape::inside_script;
use super::words;
use crate::report::{CaseRow, Facts, PAGE_CASES, ReportError, Rows, Trial};

/// Cases in one block of data.
const BLOCK: usize = 100;

/// Writes the blocks; how many cases were left out because the page would grow too long.
pub(super) fn write(facts: &Facts, rows: Rows<'_>, out: &mut (dyn Write + Send)) -> Result<usize, ReportError> {
    let mut block: Vec<Value> = Vec::new();
    let (mut shown, mut left_out) = (0, 0);
    for row in rows {
        let row = row?;
        if shown == PAGE_CASES {
            left_out += 1;
            continue;
        }
        shown += 1;
        block.push(case(facts, &row));
        if block.len() == BLOCK {
            put(&mut block, out)?;
        }
    }
    put(&mut block, out)?;
    Ok(left_out)
}

fn put(block: &mut Vec<Value>, out: &mut (dyn Write + Send)) -> Result<(), ReportError> {
    if !block.is_empty() {
        let text = inside_script(&Value::Array(std::mem::take(block)).to_string());
        writeln!(out, "<script type=\"application/json\" class=\"cases\">{text}</script>")?;
    }
    Ok(())
}

/// The text as the page shows it, and whether it is cut.
fn shown(text: &str) -> (&str, bool) {
    if text.len() <= words::LIMIT {
        return (text, false);
    }
    let mut end = words::LIMIT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (text.get(..end).unwrap_or(text), true)
}

fn case(facts: &Facts, row: &CaseRow) -> Value {
    let base = facts.baseline.and_then(|baseline| {
        row.trials.iter().find(|trial| trial.arm == baseline && trial.repeat == 0).map(Trial::text)
    });
    let variables: Vec<Value> = row
        .variables
        .iter()
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            json!([name, shown(&text).0])
        })
        .collect();
    let turns: Vec<Value> = row.turns.iter().map(|turn| json!([turn.role, shown(&turn.content).0])).collect();
    let trials: Vec<Value> = row.trials.iter().map(|trial| said(facts, row, base, trial)).collect();
    json!({
        "row": row.row + 1, "id": row.id, "vars": variables, "turns": turns,
        "ref": row.reference.as_deref().map(|text| shown(text).0), "trials": trials,
    })
}

fn said(facts: &Facts, row: &CaseRow, base: Option<&str>, trial: &Trial) -> Value {
    let (text, cut) = shown(trial.text());
    let to_reference = row.reference.as_deref().map(|reference| words::runs(reference, text)).unwrap_or_default();
    let to_base = match base {
        Some(base) if facts.baseline != Some(trial.arm) => words::runs(base, text),
        _ => Vec::new(),
    };
    let scores: Vec<Value> =
        trial.scores.iter().map(|(metric, score, reason)| json!([metric, score, reason])).collect();
    let raw = trial.extracted.as_ref().map(|_| shown(&trial.answer).0);
    json!({
        "arm": trial.arm, "rep": trial.repeat, "no": trial.number, "out": trial.outcome.as_str(), "score": trial.score,
        "text": text, "cut": cut, "raw": raw, "think": shown(&trial.reasoning).0, "dr": to_reference, "db": to_base,
        "scores": scores, "err": trial.error.as_ref().map(|(what, hint)| format!("{what}. {hint}")),
        "notes": trial.notes, "cost": trial.cost, "ms": trial.total_ms, "tok": trial.tokens_out, "known": trial.known,
    })
}
