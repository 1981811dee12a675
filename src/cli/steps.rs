//! `fourfold compare --steps`: what each arm adds to the one before it, and to the first. Nothing is asked.

use std::io::Write;

use serde_json::{Value, json};

use super::{Fault, Output};
use crate::data::Split;
use crate::run::ablation::{Ablation, Over};
use crate::stats::{Settings, wording};

/// Prints the series as a page.
pub(super) fn page<W: Write>(
    found: &Ablation,
    split: Split,
    settings: &Settings,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    out.line(&format!(
        "{} on recorded {} cases, step by step; nothing was asked. {} intervals; exploratory: each step by itself.",
        found.metric,
        split.as_str(),
        wording::percent(settings.confidence)
    ))?;
    for step in &found.steps {
        out.line("")?;
        let figure = match (&step.figure, &step.fault) {
            (Some(figure), _) => format!(
                "{}, n = {} of {}",
                wording::figure(figure),
                wording::grouped(figure.n as u64),
                wording::grouped(found.planned as u64)
            ),
            (None, Some(fault)) => format!("{}. {}", fault.what, fault.hint),
            (None, None) => "nothing recorded".to_owned(),
        };
        out.line(&format!("{} · {}: {figure}", step.arm, step.how))?;
        let again = step
            .over_first
            .as_ref()
            .filter(|first| step.over_before.as_ref().is_some_and(|before| before.other != first.other));
        for over in step.over_before.iter().chain(again) {
            let Over { other, paired, verdict, left_out } = over;
            out.line(&format!("  {}", wording::comparison(&step.arm, other, paired, verdict, settings)))?;
            out.line(&format!("  {}", wording::why(paired, verdict, settings, *left_out)))?;
        }
    }
    Ok(())
}

/// The series as one object.
pub(super) fn in_json(found: &Ablation, split: Split) -> Value {
    let over = |over: &Option<Over>| {
        over.as_ref().map(|over| {
            json!({
                "other": over.other, "n": over.paired.n, "difference": over.paired.difference,
                "low": over.verdict.interval.low, "high": over.verdict.interval.high, "p": over.verdict.p,
            })
        })
    };
    let steps: Vec<Value> = found
        .steps
        .iter()
        .map(|step| {
            let figure = step.figure.map(|it| json!({ "n": it.n, "mean": it.mean, "low": it.interval.low, "high": it.interval.high }));
            json!({
                "arm": step.arm, "how": step.how, "figure": figure, "fault": step.fault.as_ref().map(|fault| &fault.what),
                "over_before": over(&step.over_before), "over_first": over(&step.over_first),
            })
        })
        .collect();
    json!({ "metric": found.metric, "split": split.as_str(), "planned": found.planned, "exploratory": true, "steps": steps })
}
