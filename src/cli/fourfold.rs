//! `fourfold run --fourfold`: the four cells of the table on one case, their scores, and what each method added.

use std::io::Write;
use std::pin::pin;
use std::sync::Arc;

use serde_json::json;

use super::run::{Ended, RunArguments, ask, record};
use super::{Exit, Fault, Output};
use crate::data::{Case, Split};
use crate::run::fourfold::{
    AspectRow, Cell, Cells, MetricRow, Paid, aspects, cost_in_words, in_words, parts, questions, rows,
};
use crate::run::{Session, now_milliseconds};
use crate::score::{Aspect, Outcome};
use crate::stats::Margins;
use crate::store::Store;

/// Asks the four cells one after the other. Every answer is recorded.
pub(super) fn run<W: Write>(
    arguments: &RunArguments,
    session: &Session,
    store: &Store,
    (case, split): (&Arc<Case>, Split),
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut answers: Cells<(Outcome, String)> = std::array::from_fn(|_| (Outcome::Answer, String::new()));
    let questions = questions(session, case, Some(split), arguments.seed)
        .map_err(|error| Fault::Asked { what: error.what, hint: error.hint })?;
    let mut missing = false;
    let mut interrupt = pin!(super::stop::asked());
    let mut paid: Cells<Option<Paid>> = [None; 4];
    for (((cell, question), answer), paid) in questions.into_iter().zip(&mut answers).zip(&mut paid) {
        super::set_up(session, &question, &runtime, arguments.json, out)?;
        let prepared = session.prepare(question).map_err(|error| super::not_asked(session, error))?;
        super::tell_first_use(prepared.first_use.as_deref());
        let (done, ended) = runtime.block_on(ask(prepared.call.clone(), interrupt.as_mut()));
        let judged = session.judge(&prepared, &done, now_milliseconds());
        missing |= matches!(judged.outcome, Outcome::Missing(_));
        let cost = judged.charged.cost;
        *paid = Some(Paid::of(cost));
        let text = judged.extracted.clone().unwrap_or_else(|| judged.record.answer.clone());
        *answer = (judged.outcome, text);
        let trial = judged.record.clone();
        let id = record(store, judged.record)?;
        if arguments.json {
            out.json(&json!({
                "cell": cell.as_str(), "trial": id, "model": trial.arm.model, "fingerprint": trial.arm.fingerprint,
                "case": trial.case.id, "outcome": trial.outcome.as_str(), "answer": trial.answer,
                "scores": trial.scores, "cost": cost.map(|cost| cost.dollars), "notes": trial.notes, "error": trial.error, "total_ms": trial.measured_ms(),
            }))?;
        } else {
            let price = Paid::of(cost).in_words();
            out.line(&format!("{} · {} · {} · {price}", cell.title(), trial.arm.model, trial.outcome.as_str()))?;
            for line in trial.answer.lines() {
                out.line(&format!("  {line}"))?;
            }
            for note in &trial.notes {
                out.line(&format!("  ({note})"))?;
            }
            if let Some((what, hint)) = &trial.error {
                out.line(&format!("  {what}. {hint}"))?;
            }
        }
        if ended == Ended::Interrupted {
            return Ok(Exit::Interrupted);
        }
    }
    super::tell_spent(session, arguments.json, out)?;
    super::tape::check(session)?;
    let reference = case.reference.as_deref();
    let table = rows(session, &answers, reference);
    let apart = aspects(&parts(&answers, reference));
    if arguments.json {
        let cells: Vec<&str> = Cell::ALL.into_iter().map(Cell::as_str).collect();
        let metrics: Vec<serde_json::Value> = table.iter().map(in_json).collect();
        let apart_json: Vec<serde_json::Value> = apart.iter().map(aspect_in_json).collect();
        out.json(&json!({
            "case": case.id, "cells": cells, "metrics": metrics, "aspects": apart_json, "in_words": in_words(&apart),
            "costs": paid.map(|paid| paid.and_then(Paid::dollars)), "costs_in_words": cost_in_words(&paid),
        }))?;
    } else {
        if let Some(reference) = &case.reference {
            out.line("reference")?;
            for line in reference.lines() {
                out.line(&format!("  {line}"))?;
            }
        }
        let unrelated = session.workbench.fourfold.as_ref().is_some_and(|table| table.unrelated);
        print(&table, &apart, &paid, unrelated, out)?;
    }
    Ok(if missing { Exit::Incomplete } else { Exit::Success })
}

fn in_json(row: &MetricRow) -> serde_json::Value {
    let margins = row.margins.map(|margins| margins_in_json(&margins));
    json!({ "metric": row.metric, "aspect": row.aspect, "cells": row.cells, "margins": margins })
}

fn aspect_in_json(row: &AspectRow) -> serde_json::Value {
    let margins = row.margins.map(|margins| margins_in_json(&margins));
    json!({ "aspect": row.aspect, "cells": row.cells, "margins": margins })
}

fn margins_in_json(margins: &Margins) -> serde_json::Value {
    json!({
        "prompting": margins.prompting, "tuning": margins.tuning, "both": margins.both, "sum": margins.sum(),
        "interaction": margins.interaction(),
    })
}

/// The scores, form above content, each with its mean, the margins beside them; then what each method bought.
fn print<W: Write>(
    table: &[MetricRow],
    apart: &[AspectRow; 2],
    paid: &Cells<Option<Paid>>,
    unrelated: bool,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    let number = |value: Option<f64>| value.map_or_else(|| "  n/a".to_owned(), |value| format!("{value:>5.2}"));
    out.line("")?;
    out.line(&format!(
        "{:<24}{:>13}{:>14}{:>16}{:>17}{:>13}{:>9}{:>8}{:>13}",
        "this case",
        Cell::PlainBase.title(),
        Cell::PlainTuned.title(),
        Cell::PromptedBase.title(),
        Cell::PromptedTuned.title(),
        "prompting",
        "tuning",
        "both",
        "both - sum"
    ))?;
    let mut line = |name: &str, cells: Cells<Option<f64>>, margins: Option<Margins>| {
        let [a, b, c, d] = cells.map(number);
        let margins = margins.map_or_else(String::new, |margins| {
            format!(
                "{:>+13.2}{:>+9.2}{:>+8.2}{:>+13.2}",
                margins.prompting,
                margins.tuning,
                margins.both,
                margins.interaction()
            )
        });
        out.line(format!("{name:<24}{a:>13}{b:>14}{c:>16}{d:>17}{margins}").trim_end())
    };
    for mean in apart {
        let aspect = mean.aspect;
        for row in table.iter().filter(|row| row.aspect == aspect) {
            line(&format!("{:<8}{}", aspect.as_str(), row.metric), row.cells, row.margins)?;
        }
        // Of content there is one score that wants no form as well, `facts`: it is its own mean.
        if aspect == Aspect::Form {
            line("form    (mean)", mean.cells, mean.margins)?;
        }
    }
    let [a, b, c, d] = paid.map(|paid| paid.map_or_else(|| "n/a".to_owned(), Paid::in_words));
    out.line(format!("{:<24}{a:>13}{b:>14}{c:>16}{d:>17}", "cost").trim_end())?;
    for words in in_words(apart).into_iter().chain(cost_in_words(paid)) {
        out.line(&words)?;
    }
    if unrelated {
        out.line(
            "The columns are two models of different lineage: what is called tuning is all that differs between them.",
        )?;
    }
    out.line("One case decides nothing: the margins are this case's own; `fourfold compare --fourfold` reads all recorded ones.")?;
    Ok(())
}
