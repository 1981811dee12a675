//! CSV: one line a trial, for spreadsheets and scripts.
//!
//! A text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) gets an
//! apostrophe before it, as OWASP advises, unless it is a number. Parquet and JSON lines hold every text as it is.

use std::borrow::Cow;
use std::io::Write;

use super::{Facts, ReportError, Rows};

const HEAD: [&str; 22] = [
    "run",
    "row",
    "case",
    "arm",
    "repeat",
    "trial",
    "outcome",
    "score",
    "answer",
    "extracted",
    "reference",
    "model",
    "strategy",
    "cost",
    "tokens_in",
    "tokens_out",
    "first_token_ms",
    "total_ms",
    "seed",
    "error",
    "known",
    "leaked",
];

pub(super) fn write(facts: &Facts, rows: Rows<'_>, out: &mut (dyn Write + Send)) -> Result<(), ReportError> {
    let mut writer = ::csv::Writer::from_writer(out);
    let failed = |error: ::csv::Error| ReportError::Format(error.to_string());
    let metrics: Vec<String> = metrics_of(facts);
    let head = HEAD.iter().map(|name| (*name).to_owned()).chain(metrics.iter().map(|metric| format!("score.{metric}")));
    writer.write_record(head).map_err(failed)?;
    for row in rows {
        let row = row?;
        let reference = row.reference.unwrap_or_default();
        for trial in row.trials {
            let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
            let decimal = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
            let mut record = vec![
                facts.run.to_string(),
                (row.row + 1).to_string(),
                guarded(&row.id).into_owned(),
                guarded(facts.name(trial.arm)).into_owned(),
                (trial.repeat + 1).to_string(),
                trial.number.to_string(),
                trial.outcome.as_str().to_owned(),
                decimal(trial.score),
                guarded(&trial.answer).into_owned(),
                guarded(trial.extracted.as_deref().unwrap_or_default()).into_owned(),
                guarded(&reference).into_owned(),
                guarded(&trial.model).into_owned(),
                guarded(&trial.strategy.to_string()).into_owned(),
                decimal(trial.cost),
                number(trial.tokens_in),
                number(trial.tokens_out),
                number(trial.first_token_ms),
                number(trial.total_ms),
                number(trial.seed),
                guarded(&trial.error.map(|(what, _)| what).unwrap_or_default()).into_owned(),
                trial.known.to_string(),
                guarded(facts.leaked().unwrap_or_default()).into_owned(),
            ];
            for metric in &metrics {
                let score = trial.scores.iter().find(|(name, _, _)| name == metric).and_then(|(_, score, _)| *score);
                record.push(decimal(score));
            }
            writer.write_record(&record).map_err(failed)?;
        }
    }
    Ok(writer.flush()?)
}

/// The metric that decides, whether or not an arm has a figure of it; then every other one some arm has a figure of, in the order of
/// the first arm that has it.
pub(super) fn metrics_of(facts: &Facts) -> Vec<String> {
    let mut all: Vec<String> = vec![facts.metric.clone()];
    for figure in facts.columns.iter().flat_map(|column| &column.metrics) {
        if !all.contains(&figure.metric) {
            all.push(figure.metric.clone());
        }
    }
    all
}

/// The text so that no spreadsheet runs it.
fn guarded(text: &str) -> Cow<'_, str> {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if risky { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_made_text() {
        for risky in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(guarded(risky), format!("'{risky}"));
        }
        for harmless in ["", "-12.5", "+3", "a=b", "{\"a\":1}", "'x"] {
            assert_eq!(guarded(harmless), harmless);
        }
    }
}
