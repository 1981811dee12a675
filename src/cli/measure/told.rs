//! What a run shows: as it goes, and once it has ended.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;

use super::events::Events;
use super::resume::{again_missing, resume_command};
use crate::cli::progress::Progress;
use crate::cli::run::RunArguments;
use crate::cli::{Exit, Fault, Output};
use crate::data::Split;
use crate::run::fourfold::questions;
use crate::run::runner::{self, Ended, How, Limits, News, Plan, PlannedArm, much_missing};
use crate::run::{MissingReason, Session, missing_reasons};
use crate::stats::wording::{Tuned, counted, grouped};
use crate::stats::{Interval, Looks};
use crate::store::{Column, Store};

/// Reasons for missing trials that are named.
const REASONS: usize = 3;

/// News that wait to be shown.
pub(super) const ROOM: usize = 1_024;
/// How long they gather.
const MOMENT: Duration = Duration::from_millis(10);

/// What a run shows as it goes.
pub(super) struct Page<'o, W> {
    /// Events instead of progress.
    pub(super) events: Option<Events>,
    pub(super) progress: Progress,
    pub(super) out: &'o mut Output<W>,
}

impl<W: Write> Page<'_, W> {
    /// Shows everything that is heard, to the end. A reader of the output that has gone ends the run.
    pub(super) async fn follow(&mut self, mut heard: mpsc::Receiver<News>) -> Result<(), Fault> {
        let mut some = Vec::new();
        while heard.recv_many(&mut some, ROOM).await > 0 {
            for news in some.drain(..) {
                match &mut self.events {
                    Some(events) => events.of(&news).map_or(Ok(()), |line| self.out.json(&line))?,
                    None => self.progress.take(&news),
                }
            }
            // Nobody reads faster, and waking for each cell costs more than showing it.
            tokio::time::sleep(MOMENT).await;
        }
        self.progress.clear();
        Ok(())
    }
}

/// Says how it ended and what it shows.
pub(super) fn told<W: Write>(
    arguments: &RunArguments,
    session: &Session,
    store: &Store,
    (plan, limits): (&Plan, Limits),
    ended: &Ended,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let settings = runner::settings_of(plan);
    let settings = crate::stats::Settings { margin: arguments.measure.margin.unwrap_or(settings.margin), ..settings };
    let tuned = Tuned::one(crate::run::fourfold::column(&session.workbench));
    let page = crate::cli::page::Page::of_run(settings, tuned, plan.split);
    let resume = resume_command(arguments, limits, ended);
    let unread = |error: crate::store::StoreError| Fault::Failed { what: error.to_string(), hint: error.hint() };
    let leaked = crate::run::allowed_leak(store, ended.run).map_err(unread)?;
    let short = crate::run::short_in_run(store, ended.run).map_err(unread)?;
    let measured = (plan.split == Split::Test).then(|| crate::run::scores::measured(session, store)).transpose()?;
    let reasons = if ended.missing > 0 { missing_reasons(store, ended.run).map_err(unread)? } else { Vec::new() };
    if arguments.json {
        if plan.fourfold {
            if let Ok(found) = runner::table(store, ended.run, &settings) {
                out.json(&json!({ "event": "verdict", "verdict": page.table_in_json(&found) }))?;
            }
        } else if plan.arms.len() > 1
            && let Ok(found) = runner::verdict(store, ended.run, &settings)
        {
            out.json(
                &json!({ "event": "verdict", "sequential": plan.sequential, "verdict": page.arms_in_json(&found) }),
            )?;
        }
        if let Some(measured) = &measured {
            out.json(&json!({ "event": "measured", "measured": crate::cli::compare::measured_in_json(measured) }))?;
        }
        out.json(&json!({ "event": "columns", "columns": columns_in_json(plan, ended) }))?;
        if let Some(words) = &leaked {
            out.json(&json!({ "event": "leaked", "in_words": words }))?;
        }
        if !short.is_empty() {
            out.json(&json!({ "event": "short", "in_words": short }))?;
        }
        if !reasons.is_empty() {
            let reasons: Vec<serde_json::Value> = reasons
                .iter()
                .map(|one| json!({ "arm": one.arm, "trials": one.trials, "what": one.what, "hint": one.hint }))
                .collect();
            out.json(&json!({ "event": "missing", "reasons": reasons }))?;
        }
        let unscored = crate::run::unscored(store, ended.run, &plan.primary).map_err(unread)?;
        if !unscored.is_empty() {
            let unscored: Vec<serde_json::Value> = unscored.iter().map(crate::cli::page::unscored_in_json).collect();
            out.json(&json!({ "event": "unscored", "reasons": unscored }))?;
        }
        if !ended.is_complete() {
            out.json(&json!({ "event": "resume", "command": resume }))?;
        }
    } else {
        sums(plan, ended, out)?;
        if let Some(words) = &leaked {
            out.line(words)?;
        }
        short.iter().try_for_each(|words| out.line(words))?;
        if let Some(words) = much_missing(ended.missing, ended.done) {
            out.line(&words)?;
        }
        if plan.fourfold {
            match runner::table(store, ended.run, &settings) {
                Ok(found) => {
                    out.line("")?;
                    page.table(&found, out)?;
                    let cells = questions(session, &Arc::default(), Some(plan.split), None).unwrap_or_default();
                    session.asked_otherwise(&cells).iter().try_for_each(|words| out.line(words))?;
                }
                Err(error) => out.line(&error.what)?,
            }
        } else if plan.arms.len() > 1 {
            let found = runner::verdict(store, ended.run, &settings)?;
            page.each_arm(&found, out)?;
        }
        // Arms beside each other have said so.
        if plan.fourfold || plan.arms.len() <= 1 {
            let unscored = crate::run::unscored(store, ended.run, &plan.primary).map_err(unread)?;
            unscored.iter().try_for_each(|unscored| out.line(&unscored.in_words()))?;
        }
        measured.iter().try_for_each(|measured| out.line(&measured.in_words()))?;
        crate::cli::tell_spent(session, false, out)?;
        ending(ended, &reasons, &resume, out)?;
    }
    Ok(match &ended.how {
        How::Interrupted => Exit::Interrupted,
        _ if ended.is_complete() => Exit::Success,
        _ => Exit::Incomplete,
    })
}

/// The figures of each column.
fn columns_in_json(plan: &Plan, ended: &Ended) -> Vec<serde_json::Value> {
    let column = |(arm, column): (&PlannedArm, &Column)| {
        json!({
            "arm": arm.name, "metric": plan.primary, "mean": column.mean(), "n": column.scored,
            "interval": interval_of(plan, column).map(|it| [it.low, it.high]), "non_answers": column.non_answers,
            "missing": column.missing, "cost_of_a_trial": column.cost_of_a_trial(),
            "seconds_of_a_trial": column.seconds_of_a_trial(), "tokens_per_second": column.tokens_per_second(),
        })
    };
    plan.arms.iter().zip(&ended.columns).map(column).collect()
}

fn interval_of(plan: &Plan, column: &Column) -> Option<Interval> {
    let looks = if plan.sequential { Looks::Every } else { Looks::Once };
    runner::interval(column, (plan.repeats, looks))
}

/// One line a column.
fn sums<W: Write>(plan: &Plan, ended: &Ended, out: &mut Output<W>) -> Result<(), Fault> {
    out.line(&format!(
        "Run {}: {} of {} trials, {} asked now, {} known before, in {}.",
        ended.run,
        grouped(ended.done),
        grouped(ended.planned),
        grouped(ended.asked),
        grouped(ended.known),
        runner::in_words(Duration::from_millis(ended.ms)),
    ))?;
    let widest = plan.arms.iter().map(|arm| arm.name.chars().count()).max().unwrap_or(0);
    for (arm, column) in plan.arms.iter().zip(&ended.columns) {
        let mean = column.mean().map_or_else(|| "no score".to_owned(), |mean| format!("{mean:.3}"));
        let interval =
            interval_of(plan, column).map_or_else(String::new, |it| format!(" ({:.3} to {:.3})", it.low, it.high));
        let mut parts = vec![format!("{} {mean}{interval} over {}", plan.primary, grouped(column.scored))];
        if column.non_answers > 0 {
            parts.push(counted(column.non_answers, "non-answer"));
        }
        if column.missing > 0 {
            parts.push(format!("{} missing", grouped(column.missing)));
        }
        if column.cost > 0.0 {
            parts.push(format!("${}", crate::model::amount(column.cost)));
        }
        if let Some(speed) = column.tokens_per_second() {
            parts.push(format!("{speed:.0} tok/s"));
        }
        out.line(&format!("  {:<widest$}  {}", arm.name, parts.join(" · ")))?;
    }
    Ok(())
}

/// Why it is not complete, and how to go on.
fn ending<W: Write>(ended: &Ended, reasons: &[MissingReason], resume: &str, out: &mut Output<W>) -> Result<(), Fault> {
    if ended.settled > 0 {
        let left = counted(ended.settled, "trial");
        let clear =
            if ended.how == How::Clear { "the verdicts are clear" } else { "the verdict of their arm is clear" };
        out.line(&format!("{left} not asked: {clear}."))?;
    }
    if ended.in_batches > 0 {
        let (left, run) = (counted(ended.in_batches, "trial"), ended.run);
        out.line(&format!(
            "{left} not asked: under way in a batch, and paid for there. Take it in first: fourfold batch fetch, then fourfold batch \
             import RESULTS.jsonl --run {run}"
        ))?;
    }
    if ended.is_complete() {
        return Ok(());
    }
    out.line("")?;
    // One that stopped the run is told below.
    if !matches!(ended.how, How::Failed { .. }) {
        reasons.iter().take(REASONS).try_for_each(|reason| out.line(&format!("  {}", reason.in_words())))?;
        if let Some(more @ 1..) = reasons.len().checked_sub(REASONS) {
            out.line(&format!(
                "  and {more} more ways to fail; `fourfold report {} --format csv` has them all",
                ended.run
            ))?;
        }
    }
    match &ended.how {
        How::Failed { what, hint } => out.line(&format!("Stopped: {what}. {hint}"))?,
        // An arm or a server was given up: the rest of it was never asked, and going on asks that as well.
        How::Finished if ended.in_batches > 0 && ended.missing == 0 && ended.open() == ended.in_batches => {}
        How::Finished if ended.open() > 0 => {
            let left = counted(ended.open(), "trial");
            out.line(&format!("{} missing, {left} not asked.", counted(ended.missing, "trial")))?;
        }
        How::Finished | How::Clear if ended.missing == 0 => {
            let many = counted(ended.unscored, "answer");
            let (has, it) = if ended.unscored == 1 { ("has", "it is") } else { ("have", "they are") };
            let words = format!("{many} {has} no score yet; {it} scored again, and not asked again, by: {resume}");
            return out.line(&words);
        }
        How::Finished | How::Clear => {
            let (are, them) = if ended.missing == 1 { ("is", "it") } else { ("are", "them") };
            let missing = format!("{} {are} missing", counted(ended.missing, "trial"));
            return out.line(&match ended.lasting {
                0 => format!("{missing}. Ask {them} again: {}", again_missing(resume)),
                all if all == ended.missing => {
                    format!(
                        "{missing}, and asking again changes nothing until that is put right. Then go on with: {resume}"
                    )
                }
                some => {
                    format!(
                        "{missing}; asking again changes nothing for {some} of {them}. For the others: {}",
                        again_missing(resume)
                    )
                }
            });
        }
        How::Interrupted => out.line("Interrupted; what was answered is kept.")?,
        How::Limit(reached) => out.line(&format!("Stopped: {}.", reached.in_words()))?,
    }
    out.line(&format!("Go on with: {resume}"))
}
