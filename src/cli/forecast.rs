//! What asking will take, said before anything is sent: `fourfold run --forecast` with whether each arm applies to every case, and
//! what commands that ask an arm say before they do.

use std::io::Write;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::{Exit, Fault, Output};
use crate::config::Arm;
use crate::data::{Case, Cases, Split};
use crate::run::{
    Forecast, NotAsked, Question, Session, ahead_in_words, forecast, measured, pace, question_of, time_in_words,
};
use crate::stats::wording::{counted, grouped};
use crate::store::Store;

/// What a command that asks one arm is told of the asking.
#[derive(Clone, Copy, Debug, Default, Args, PartialEq)]
pub struct AskArguments {
    /// Send nothing: say what asking would take, in calls, tokens, dollars and time
    #[arg(long)]
    pub forecast: bool,
    /// Stop asking once this many dollars have been spent; stands over `budget` of fourfold.toml
    #[arg(long, value_name = "DOLLARS", value_parser = super::run::dollars)]
    pub budget: Option<f64>,
}

impl AskArguments {
    /// Holds the asking to the budget that was given.
    pub(super) fn apply(self, session: &Session) {
        if let Some(budget) = self.budget {
            session.set_budget(budget);
        }
    }
}

/// Says what is left to ask of an arm will take, and where the budget stops it or cannot hold it.
pub(super) fn tell_ahead<W: Write>(
    session: &Session,
    forecast: &Forecast,
    model: &str,
    as_json: bool,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    let lines = ahead_in_words(session, forecast, model);
    if as_json {
        return out.json(&json!({ "forecast": forecast, "in_words": lines }));
    }
    lines.iter().try_for_each(|line| out.line(line))
}

/// Prints a forecast for each arm: on its split, and on the case as well where one was named.
pub(super) fn run<W: Write>(
    session: &Session,
    store: &Store,
    arms: &[&Arm],
    (case, split, named): (&Arc<Case>, Split, bool),
    limit: Option<u64>,
    as_json: bool,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let all_rows = session.splits.get(split).map_or(0, Cases::count);
    let rows = limit.map_or(all_rows, |limit| all_rows.min(usize::try_from(limit).unwrap_or(usize::MAX)));
    let of = if rows < all_rows {
        format!("{} of {} cases", grouped(rows as u64), grouped(all_rows as u64))
    } else {
        counted(rows as u64, "case")
    };
    let mut applies_everywhere = true;
    for arm in arms {
        let question = Question { case: Arc::clone(case), ..question_of(session, arm, split)? };
        let before = measured(session, store, &question)?;
        let all: Forecast = forecast(session, &question, split, rows, before)?;
        let pace = pace(store, &arm.model)?;
        let all = all.with_pace(pace);
        let this = named.then(|| session.ahead_at_a_glance(&question, pace));
        let looked = session.splits.look(split).map_err(NotAsked::from)?;
        let applies = looked
            .map(|all| {
                let cases = (0..all_rows).map(|row| all.case(row).map(Arc::new).map_err(NotAsked::from));
                session.applies(&question, cases, session.context_of(&arm.model))
            })
            .transpose()?;
        let told = applies.as_ref().and_then(|applies| applies.in_words(&arm.id));
        applies_everywhere &= told.is_none();
        if as_json {
            out.json(&json!({
                "arm": arm.id, "strategy": question.strategy.label(), "split": split.as_str(), "forecast": all,
                "does_not_apply": applies.map(|applies| applies.not),
                "case": named.then_some(case.id.as_str()), "case_in_words": this,
            }))?;
            continue;
        }
        let per_case = question.strategy.calls().in_words();
        out.line(&format!("{} · {} · {} · {per_case}", arm.id, question.strategy.label(), arm.model))?;
        if let Some(this) = this {
            out.line(&format!("  {}: {}", case.id, this.trim_start_matches("This case: ")))?;
        }
        out.line(&format!("  {of} of {}:", split.as_str()))?;
        for line in all.in_words() {
            out.line(&format!("  {line}"))?;
        }
        let tokens = (all.least_tokens.1, all.most_tokens.1);
        out.line(&format!("  {}", time_in_words(all.pace, tokens, &arm.model)))?;
        for caution in question.strategy.strategy().cautions() {
            out.line(&format!("  known to hurt: {}", caution.in_words()))?;
        }
        if let Some(told) = told {
            out.line(&format!("  {told}. Change the arm, or take these cases out of the split."))?;
        }
    }
    Ok(if applies_everywhere { Exit::Success } else { Exit::Failure })
}
