//! JSON: the figures and the verdict in one object; and every trial as a line of its own.

use std::io::Write;

use serde_json::{Value, json};

use super::facts::finding_name;
use super::row::Said;
use super::{Against, CaseRow, Facts, Judgement, ReportError, Rows, Trial};
use crate::stats::{Figure, Interval};

pub(super) fn write(facts: &Facts, judgements: &[Judgement], out: &mut (dyn Write + Send)) -> Result<(), ReportError> {
    serde_json::to_writer_pretty(&mut *out, &whole(facts, judgements)).map_err(std::io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

fn whole(facts: &Facts, judgements: &[Judgement]) -> Value {
    let arms: Vec<Value> = facts
        .arms
        .iter()
        .zip(&facts.columns)
        .map(|(arm, column)| {
            let metrics: serde_json::Map<String, Value> =
                column.metrics.iter().map(|one| (one.metric.clone(), figure(&one.figure))).collect();
            json!({
                "arm": arm.name, "model": arm.model, "base": arm.base, "fingerprint": arm.fingerprint,
                "strategy": arm.strategy, "parameters": arm.parameters, "prompt": arm.prompt_path,
                "prompt_hash": arm.prompt_hash, "mean": column.figure.as_ref().map(figure), "metrics": metrics,
                "planned": column.planned, "done": column.done, "answers": column.answers,
                "non_answers": column.non_answers, "missing": column.missing, "known_before": column.known,
                "cost": column.cost, "unpriced": column.unpriced, "cost_each": column.cost_each,
                "seconds_each": column.seconds_each, "tokens_per_second": column.tokens_per_second,
                "histogram": column.histogram,
            })
        })
        .collect();
    json!({
        "format": "fourfold-report-1", "run": facts.run, "workbench": facts.workbench, "time": facts.time,
        "ended": facts.ended, "complete": facts.is_complete(), "split": facts.split, "data_hash": facts.data_hash,
        "rows": facts.rows, "repeats": facts.repeats, "metric": facts.metric, "margin": facts.margin,
        "hygiene": facts.hygiene, "headline": facts.headline(),
        "baseline": facts.baseline.map(|arm| facts.name(arm)), "arms": arms,
        "against_baseline": facts.family.iter().map(|each| against(facts, each)).collect::<Vec<_>>(),
        "exploratory": facts.others.iter().map(|each| against(facts, each)).collect::<Vec<_>>(),
        "fourfold": facts.fourfold.as_ref().map(|table| json!({
            "cells": {
                "plain-base": cell(facts, table, 0), "plain-tuned": cell(facts, table, 1),
                "prompted-base": cell(facts, table, 2), "prompted-tuned": cell(facts, table, 3),
            },
            "n": table.n, "headline": table.headline.as_str(), "together": table.together.as_str(),
            "interaction": { "value": table.interaction.value, "interval": ends(table.interaction.interval) },
            "in_words": std::iter::once(&table.sentence).chain(&table.remarks).collect::<Vec<_>>(),
            "comparisons": table.comparisons, "costs": table.costs.as_ref().map(costs),
        })),
        "thresholds": judgements.iter().map(|one| json!({
            "condition": one.condition, "held": one.held.as_str(), "in_words": one.words,
        })).collect::<Vec<_>>(),
    })
}

fn cell(facts: &Facts, table: &super::FourfoldFacts, cell: usize) -> Value {
    let arm = table.cells.get(cell).map(|arm| facts.name(*arm));
    json!({ "arm": arm, "mean": table.figures.get(cell).map(figure) })
}

/// Dollars for a case: the cells, what each method adds, and tuning alone less prompting alone; the names are those of
/// `compare --fourfold --json`.
fn costs(costs: &super::FourfoldCosts) -> Value {
    let dollars = |of: &Option<super::Dollars>| {
        of.map(|of| json!({ "n": of.n, "mean": of.mean, "interval": of.interval.map(ends) }))
    };
    let [plain_base, plain_tuned, prompted_base, prompted_tuned] =
        costs.cells.each_ref().map(|cell| json!({ "cost": dollars(&cell.dollars), "unpriced": cell.unpriced }));
    json!({
        "cells": {
            "plain-base": plain_base, "plain-tuned": plain_tuned, "prompted-base": prompted_base,
            "prompted-tuned": prompted_tuned,
        },
        "prompting": dollars(&costs.prompting), "tuning": dollars(&costs.tuning), "both": dollars(&costs.both),
        "tuning_less_prompting": dollars(&costs.tuning_less_prompting), "in_words": costs.sentences,
    })
}

fn against(facts: &Facts, each: &Against) -> Value {
    json!({
        "arm": facts.name(each.arm), "other": facts.name(each.other), "finding": finding_name(each.finding),
        "difference": each.difference, "interval": ends(each.interval), "level": each.level, "p": each.p, "n": each.n,
        "better": each.better, "worse": each.worse, "in_words": each.sentence, "why": each.why, "remarks": each.remarks,
    })
}

fn figure(figure: &Figure) -> Value {
    json!({ "mean": figure.mean, "interval": ends(figure.interval), "n": figure.n, "by": figure.method.as_str() })
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

/// One JSON object a line: a trial with its case.
pub(super) fn write_trials(facts: &Facts, rows: Rows<'_>, out: &mut (dyn Write + Send)) -> Result<(), ReportError> {
    for row in rows {
        let row = row?;
        for trial in &row.trials {
            serde_json::to_writer(&mut *out, &line(facts, &row, trial)).map_err(std::io::Error::from)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(out.flush()?)
}

fn line(facts: &Facts, row: &CaseRow, trial: &Trial) -> Value {
    let scores: serde_json::Map<String, Value> =
        trial.scores.iter().map(|(metric, score, _)| (metric.clone(), json!(score))).collect();
    json!({
        "run": facts.run, "row": row.row + 1, "case": row.id, "split": facts.split, "arm": facts.name(trial.arm),
        "repeat": trial.repeat + 1, "trial": trial.number, "time": trial.time, "outcome": trial.outcome.as_str(),
        "score": trial.score, "answer": trial.answer, "extracted": trial.extracted, "reference": row.reference,
        "reasoning": trial.reasoning, "variables": row.variables, "messages": said(&trial.messages), "scores": scores,
        "error": trial.error.as_ref().map(|(what, _)| what), "notes": trial.notes, "stop": trial.stop,
        "model": trial.model, "fingerprint": trial.fingerprint, "strategy": trial.strategy,
        "parameters": trial.parameters, "prompt_hash": trial.prompt_hash, "cost": trial.cost,
        "tokens_in": trial.tokens_in, "tokens_out": trial.tokens_out, "first_token_ms": trial.first_token_ms,
        "total_ms": trial.total_ms, "seed": trial.seed, "known": trial.known, "leaked": facts.leaked(),
    })
}

pub(super) fn said(messages: &[Said]) -> Value {
    messages.iter().map(|one| json!({ "role": one.role, "content": one.content })).collect()
}
