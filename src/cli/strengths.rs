//! `fourfold run --strengths 0,0.5,1`: one case by one tuned model, its adapter at several strengths.

use std::io::Write;
use std::pin::pin;
use std::sync::Arc;

use serde_json::json;

use super::run::{Ended, RunArguments, ask, record};
use super::{Exit, Fault, Output};
use crate::config::{ModelSpec, STRONGEST, adjustable, is_strength, strength_id};
use crate::data::{Case, Split};
use crate::model::Parameters;
use crate::run::fourfold::Paid;
use crate::run::{Question, Session, now_milliseconds, question_of};
use crate::score::{Aspect, Outcome};
use crate::state::strengths::in_words;
use crate::store::Store;

/// Reads a strength.
pub(super) fn strength(text: &str) -> Result<f64, String> {
    let value = text.trim().parse().ok().filter(|value| is_strength(*value));
    value.ok_or_else(|| format!("needs numbers from -{STRONGEST} to {STRONGEST} with commas between, such as 0,0.5,1"))
}

/// What one strength gave.
struct Rung {
    strength: f64,
    primary: Option<f64>,
    form: Option<f64>,
    content: Option<f64>,
    /// `None` where the call brought nothing.
    paid: Option<Paid>,
}

/// Asks one strength after the other. Every answer is recorded, under a model id that names the strength.
pub(super) fn run<W: Write>(
    arguments: &RunArguments,
    session: &Session,
    store: &Store,
    (case, split): (&Arc<Case>, Split),
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let (question, model) = asked(arguments, session, case, split)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut interrupt = pin!(super::stop::asked());
    let mut rungs = Vec::new();
    let mut missing = false;
    for &strength in &arguments.strengths {
        let question = Question { model: strength_id(&model.id, strength), ..question.clone() };
        super::set_up(session, &question, &runtime, arguments.json, out)?;
        let prepared = session.prepare(question).map_err(|error| super::not_asked(session, error))?;
        let (done, ended) = runtime.block_on(ask(prepared.call.clone(), interrupt.as_mut()));
        let judged = session.judge(&prepared, &done, now_milliseconds());
        let is_missing = matches!(judged.outcome, Outcome::Missing(_));
        missing |= is_missing;
        let cost = judged.charged.cost;
        let trial = judged.record.clone();
        let id = record(store, judged.record)?;
        let primary = judged.scores.iter().find(|(metric, _)| metric.as_str() == session.primary());
        let rung = Rung {
            strength,
            primary: primary.and_then(|(_, score)| score.number()),
            form: judged.parts.score(Aspect::Form),
            content: judged.parts.score(Aspect::Content),
            paid: (cost.is_some() || !is_missing).then(|| Paid::of(cost)),
        };
        if arguments.json {
            out.json(&json!({
                "strength": strength, "trial": id, "arm": trial.arm.name, "model": trial.arm.model, "case": trial.case.id,
                "fingerprint": trial.arm.fingerprint, "outcome": trial.outcome.as_str(), "answer": trial.answer,
                "scores": trial.scores, "form": rung.form, "content": rung.content,
                "cost": rung.paid.and_then(Paid::dollars), "notes": trial.notes,
                "error": trial.error, "total_ms": trial.measured_ms(),
            }))?;
        } else {
            out.line(&format!("{} · {} · {}", trial.arm.name, trial.arm.model, trial.outcome.as_str()))?;
            for line in trial.answer.lines() {
                out.line(&format!("  {line}"))?;
            }
            if let Some((what, hint)) = &trial.error {
                out.line(&format!("  {what}. {hint}"))?;
            }
        }
        rungs.push(rung);
        if ended == Ended::Interrupted {
            return Ok(Exit::Interrupted);
        }
    }
    let primary: Vec<(f64, Option<f64>)> = rungs.iter().map(|rung| (rung.strength, rung.primary)).collect();
    let words = in_words(session.primary(), &primary);
    if arguments.json {
        out.json(&json!({ "case": case.id, "metric": session.primary(), "in_words": words }))?;
    } else {
        print(session.primary(), &rungs, words.as_deref(), out)?;
    }
    Ok(if missing { Exit::Incomplete } else { Exit::Success })
}

fn print<W: Write>(primary: &str, rungs: &[Rung], words: Option<&str>, out: &mut Output<W>) -> Result<(), Fault> {
    let number = |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |value| format!("{value:.2}"));
    let width = primary.chars().count().max(8) + 2;
    out.line("")?;
    out.line(&format!("{:<10}{primary:>width$}{:>8}{:>10}  cost", "strength", "form", "content"))?;
    for rung in rungs {
        let (primary, form, content) = (number(rung.primary), number(rung.form), number(rung.content));
        let cost = rung.paid.map_or_else(|| "n/a".to_owned(), Paid::in_words);
        out.line(&format!("{:<10}{primary:>width$}{form:>8}{content:>10}  {cost}", rung.strength.to_string()))?;
    }
    words.map_or(Ok(()), |words| out.line(words))
}

/// What is asked, and the model whose adapter is turned up and down: the arm's own, or the one tuned from it.
fn asked(
    arguments: &RunArguments,
    session: &Session,
    case: &Arc<Case>,
    split: Split,
) -> Result<(Question, ModelSpec), Fault> {
    let arms = arguments.arms_of(&session.workbench)?;
    let models = session.models();
    let found = arms.iter().find_map(|arm| Some((arm, adjustable(&models, &arm.model)?.clone())));
    let Some((arm, model)) = found else {
        let what = "none of these arms has a model with an adapter, or one that was tuned from it".to_owned();
        let hint = "Name an arm of a tuned model with --arm; `fourfold tune` makes one.".to_owned();
        return Err(Fault::Asked { what, hint });
    };
    let question = Question {
        model: model.id.clone(),
        parameters: Parameters { seed: arguments.seed, temperature: arguments.temperature, ..Parameters::default() },
        case: Arc::clone(case),
        ..question_of(session, arm, split)?
    };
    Ok((question, model))
}
