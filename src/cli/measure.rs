//! `fourfold run` without a case: the arms over a whole split, to be stopped and gone on with at any moment.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::sync::mpsc;

use super::data::counted;
use super::progress::Progress;
use super::report::{ThresholdArguments, after_run};
use super::run::{CaseChoice, RunArguments};
use super::{Exit, Fault, Output};
use crate::data::{Cases as _, Split};
use crate::model::Parameters;
use crate::run::runner::{
    self, Cells, Control, Ended, Filled, How, News, Plan, Shard, Start, Wanted, Which, much_missing,
};
use crate::run::{MissingReason, NotAsked, Session, missing_reasons};
use crate::stats::wording::Tuned;
use crate::store::Store;

/// Reasons for missing trials that are named.
const REASONS: usize = 3;

/// What `fourfold run` is told about a whole split.
#[derive(Clone, Debug, Default, Args, PartialEq)]
#[command(next_help_heading = "Whole splits")]
pub struct MeasureArguments {
    /// Ask only so many cases, drawn by the order's seed: `seed` under [run] of fourfold.toml
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Trials of each arm on each case; `repeats` of fourfold.toml unless said
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeats: Option<u32>,
    /// Ask only a part of the cases, such as 2/5: the others may be asked on other machines and joined with `fourfold merge`
    #[arg(long, value_name = "PART/PARTS")]
    pub shard: Option<Shard>,
    /// Stop once the run has cost this many dollars; `max_cost` of fourfold.toml unless said
    #[arg(long, value_name = "DOLLARS", value_parser = super::run::dollars)]
    pub max_cost: Option<f64>,
    /// Stop once the run has made this many calls
    #[arg(long, value_name = "NUMBER")]
    pub max_calls: Option<u64>,
    /// Stop after this many seconds; with m or h behind it minutes or hours
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub max_time: Option<f64>,
    /// Trials under way at a time on one server
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub concurrency: Option<u32>,
    /// Stop asking an arm once its verdict is clear, in a way that stays right however often one looks
    #[arg(long, conflicts_with_all = ["shard", "fourfold"])]
    pub sequential: bool,
    /// Begin a new run, also where one of the same plan was not finished
    #[arg(long, conflicts_with = "resume")]
    pub new: bool,
    /// Go on with the run of this number
    #[arg(long, value_name = "RUN")]
    pub resume: Option<i64>,
    /// Ask again what is filled: the missing trials, or all. With --resume, --arm and --case choose of them
    #[arg(long, value_enum, value_name = "WHICH")]
    pub again: Option<AgainChoice>,
    /// Ask every trial, also one that was asked before
    #[arg(long)]
    pub no_cache: bool,
    /// Write a report at the end: .html, .md, .xml (`JUnit`), .csv or .json; give it again for another
    #[arg(long = "report", value_name = "FILE")]
    pub reports: Vec<PathBuf>,
    /// Thresholds.
    #[command(flatten)]
    pub thresholds: ThresholdArguments,
    /// Differences smaller than this count as equivalent; `margin` of fourfold.toml unless said
    #[arg(long, value_name = "POINTS", value_parser = super::compare::share)]
    pub margin: Option<f64>,
}

/// Which filled cells are asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AgainChoice {
    /// Those whose call failed
    Missing,
    /// All
    All,
}

/// Reads a time: seconds, or minutes or hours with `m` or `h` behind them.
fn seconds(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, text.chars().next_back()),
        None => (text, None),
    };
    let unit = match unit {
        Some('m') => 60.0,
        Some('h') => 3_600.0,
        _ => 1.0,
    };
    let value = number.parse().ok().map(|number: f64| number * unit);
    value
        .filter(|value| *value > 0.0 && Duration::try_from_secs_f64(*value).is_ok())
        .ok_or_else(|| "needs a time above 0, such as 90, 30m or 2h".to_owned())
}

/// Trials that will be under way at a time, for an estimate.
fn at_a_time(arguments: &RunArguments, session: &Session) -> usize {
    let said = arguments.measure.concurrency.map(|count| count as usize).or(session.workbench.run.concurrency);
    said.unwrap_or(if session.models().iter().all(|model| Session::base_url(model).is_none()) { 8 } else { 16 })
}

fn failed(error: NotAsked) -> Fault {
    Fault::Failed { what: error.what, hint: error.hint }
}

fn asked(error: NotAsked) -> Fault {
    Fault::Asked { what: error.what, hint: error.hint }
}

/// Measures a split, prints how it goes and what it shows.
pub(super) fn run<W: Write>(
    arguments: &RunArguments,
    session: Session,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let store = super::store_of(&session)?;
    let start = start_of(arguments, &session, &store)?;
    let arms: Vec<&str> = start.plan.arms.iter().map(|arm| arm.name.as_str()).collect();
    let metrics: Vec<&str> = session.metrics().iter().map(|metric| metric.id().as_str()).collect();
    arguments.measure.thresholds.check(&arms, &metrics)?;
    let session = Arc::new(session);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let control = Control::default();
    if let Some(concurrency) = arguments.measure.concurrency {
        control.set_concurrency(concurrency as usize);
    }
    let estimate = runner::estimate(&session, &store, &start.plan, at_a_time(arguments, &session)).map_err(failed)?;
    let (news, heard) = mpsc::channel(1_024);
    let plan = start.plan.clone();
    let mut page = Page { json: arguments.json, progress: Progress::new(!arguments.json), out };
    if arguments.json {
        page.out.json(&json!({
            "event": "estimate", "calls": estimate.calls, "tokens": estimate.tokens,
            "cost": estimate.cost.map(|cost| cost.dollars), "seconds": estimate.time.map(|time| time.as_secs_f64()),
            "smallest_differences": estimate.smallest, "in_words": estimate.in_words(),
        }))?;
    } else {
        estimate.in_words().iter().for_each(|line| page.progress.say(line));
    }
    let running = runner::run(Arc::clone(&session), store.clone(), start, control.clone(), news);
    let (ended, printed) = runtime.block_on(async {
        let interrupts = tokio::spawn(interrupts(control));
        let both = tokio::join!(running, page.follow(heard));
        interrupts.abort();
        both
    });
    printed?;
    let ended = ended.map_err(failed)?;
    let exit = told(arguments, &session, &store, &plan, &ended, out)?;
    super::tape::check(&session)?;
    let measure = &arguments.measure;
    if measure.reports.is_empty() && measure.thresholds.fail_if.is_empty() {
        return Ok(exit);
    }
    let files: Vec<PathBuf> = measure.reports.iter().map(|path| current.join(path)).collect();
    let failed = if arguments.json {
        // What is said of files is no event.
        let mut aside = Output::new(std::io::stderr());
        after_run(&session, &store, ended.run, (&files, &measure.thresholds), &mut aside)?
    } else {
        after_run(&session, &store, ended.run, (&files, &measure.thresholds), out)?
    };
    Ok(if failed && exit == Exit::Success { Exit::Failure } else { exit })
}

/// The first Ctrl+C stops the asking, the second the program.
async fn interrupts(control: Control) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    control.stop();
    let _ = Output::new(std::io::stderr().lock())
        .line("Stopping: what is under way may still finish for a moment. Ctrl+C again stops at once.");
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(i32::from(Exit::Interrupted.code()));
    }
}

pub(super) fn start_of(arguments: &RunArguments, session: &Session, store: &Store) -> Result<Start, Fault> {
    let measure = &arguments.measure;
    let filled = match measure.again {
        None => Filled::Rest,
        Some(AgainChoice::Missing) => Filled::Missing,
        Some(AgainChoice::All) => Filled::All,
    };
    let mut start = if let Some(id) = measure.resume {
        let start = stored_start(store, id)?;
        Start { cells: chosen(arguments, session, &start.plan, filled)?, ..start }
    } else {
        let plan = Plan::of(session, &wanted(arguments, session)?).map_err(asked)?;
        let which = if measure.new { Which::New } else { Which::Unfinished };
        Start { which, cells: Cells { filled, ..Cells::REST }, ..Start::new(plan) }
    };
    let limits = &mut start.plan.limits;
    limits.cost = measure.max_cost.or(limits.cost);
    limits.calls = measure.max_calls.or(limits.calls);
    limits.seconds = measure.max_time.or(limits.seconds);
    start.plan.shard = measure.shard.or(start.plan.shard);
    start.use_known = !measure.no_cache;
    Ok(start)
}

/// The rest of a stored run.
pub(super) fn stored_start(store: &Store, id: i64) -> Result<Start, Fault> {
    let stored = store.run(id).map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint() })?;
    let stored = stored.ok_or_else(|| Fault::Asked {
        what: format!("there is no run {id}"),
        hint: "`fourfold history --runs` lists them.".to_owned(),
    })?;
    Ok(Start { which: Which::Run(id), ..Start::new(Plan::stored(&stored).map_err(asked)?) })
}

fn wanted(arguments: &RunArguments, session: &Session) -> Result<Wanted, Fault> {
    let split = Split::from(arguments.split);
    let own = Parameters { seed: arguments.seed, temperature: arguments.temperature, ..Parameters::default() };
    let wanted = if arguments.fourfold {
        Wanted::fourfold(session, split, &own)
    } else {
        Wanted::arms(session, &arguments.arms_of(&session.workbench)?, split, &own)
    };
    let wanted = wanted.map_err(asked)?;
    let measure = &arguments.measure;
    Ok(Wanted {
        cases: measure.limit,
        repeats: measure.repeats.unwrap_or(wanted.repeats),
        sequential: measure.sequential,
        ..wanted
    })
}

/// Which cells of a stored run are asked.
fn chosen(arguments: &RunArguments, session: &Session, plan: &Plan, filled: Filled) -> Result<Cells, Fault> {
    let arm = match &arguments.arms[..] {
        [] => None,
        [name] => Some(plan.arms.iter().position(|arm| arm.name == *name).ok_or_else(|| {
            let known: Vec<&str> = plan.arms.iter().map(|arm| arm.name.as_str()).collect();
            Fault::Asked {
                what: format!("the run has no arm called `{name}`"),
                hint: crate::config::did_you_mean(name, &known, "arm"),
            }
        })? as u32),
        _ => {
            let what = "a run is gone on with for all its arms, or for one".to_owned();
            return Err(Fault::Asked { what, hint: "Name one --arm, or none.".to_owned() });
        }
    };
    let no_case = || Fault::Asked {
        what: format!("there is no such case in the {} split", plan.split.as_str()),
        hint: "Give a number from 1, or a row's id.".to_owned(),
    };
    let row = match (&arguments.case, session.splits.get(plan.split)) {
        (None, _) => None,
        (Some(_), None) => return Err(no_case()),
        (Some(CaseChoice::Number(number)), Some(rows)) => {
            Some((*number <= rows.count()).then(|| number - 1).ok_or_else(no_case)?)
        }
        (Some(CaseChoice::Id(id)), Some(rows)) => {
            let found = rows.find(id).map_err(|error| Fault::Failed { what: error.to_string(), hint: error.hint() })?;
            Some(found.ok_or_else(no_case)?)
        }
    };
    Ok(Cells { filled, arm, row: row.map(|row| row as u64) })
}

/// What a run shows as it goes.
struct Page<'o, W> {
    json: bool,
    progress: Progress,
    out: &'o mut Output<W>,
}

impl<W: Write> Page<'_, W> {
    /// Shows everything that is heard, to the end. A reader of the output that has gone ends the run.
    async fn follow(&mut self, mut heard: mpsc::Receiver<News>) -> Result<(), Fault> {
        while let Some(news) = heard.recv().await {
            if self.json {
                if let Some(line) = in_json(&news) {
                    self.out.json(&line)?;
                }
            } else {
                self.progress.take(&news);
            }
        }
        self.progress.clear();
        Ok(())
    }
}

/// An event as a line of JSON.
fn in_json(news: &News) -> Option<serde_json::Value> {
    Some(match news {
        News::Begun(begun) => json!({
            "event": "begun", "run": begun.run, "goes_on": begun.goes_on, "total": begun.total, "done": begun.done,
            "arms": begun.plan.arms.iter().map(|arm| &arm.name).collect::<Vec<_>>(), "split": begun.plan.split,
            "cases": begun.plan.case_count(), "repeats": begun.plan.repeats, "metric": begun.plan.primary,
        }),
        News::Told(told) => json!({ "event": "told", "text": told }),
        News::SetUp { arm, done, of } => json!({ "event": "set-up", "arm": arm, "done": done, "of": of }),
        News::Done(cell) => json!({
            "event": "done", "row": cell.place.row + 1, "arm": cell.place.arm, "repeat": cell.place.repeat,
            "trial": cell.trial, "outcome": cell.outcome.as_str(), "score": cell.score, "cost": cell.cost,
            "total_ms": cell.total_ms, "tokens": cell.tokens, "known": cell.known,
        }),
        News::Waiting { arm, seconds } => json!({ "event": "waiting", "arm": arm, "seconds": seconds }),
        News::Closed { arm, why } => json!({ "event": "closed", "arm": arm, "why": why }),
        News::Again { cells } => json!({ "event": "again", "cells": cells }),
        News::Started(_) | News::Streaming { .. } | News::Dropped(_) | News::Pace { .. } | News::Columns(_) => {
            return None;
        }
        News::Ended(ended) => json!({
            "event": "ended", "run": ended.run, "how": ended.how.in_words(), "complete": ended.is_complete(),
            "planned": ended.planned, "done": ended.done, "missing": ended.missing, "asked": ended.asked,
            "known": ended.known, "calls": ended.calls, "cost": ended.cost, "ms": ended.ms,
        }),
    })
}

/// The command that goes on with a run.
fn resume_command(arguments: &RunArguments, run: i64) -> String {
    let folder = arguments.folder.as_ref().or(arguments.workbench.as_ref());
    let folder = folder.map(|folder| folder.display().to_string());
    let folder =
        folder.map(|folder| shlex::try_quote(&folder).map_or_else(|_| folder.clone(), std::borrow::Cow::into_owned));
    let shard = arguments.measure.shard.map_or_else(String::new, |shard| format!(" --shard {shard}"));
    format!("fourfold run{} --resume {run}{shard}", folder.map_or_else(String::new, |folder| format!(" {folder}")))
}

/// Says how it ended and what it shows.
fn told<W: Write>(
    arguments: &RunArguments,
    session: &Session,
    store: &Store,
    plan: &Plan,
    ended: &Ended,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let settings = runner::settings_of(plan);
    let settings = crate::stats::Settings { margin: arguments.measure.margin.unwrap_or(settings.margin), ..settings };
    let page = super::page::Page::of_run(settings, Tuned { seeds: 1 }, plan.split);
    let resume = resume_command(arguments, ended.run);
    let unread = |error: crate::store::StoreError| Fault::Failed { what: error.to_string(), hint: error.hint() };
    let leaked = crate::run::allowed_leak(store, ended.run).map_err(unread)?;
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
        if let Some(words) = &leaked {
            out.json(&json!({ "event": "leaked", "in_words": words }))?;
        }
        if !reasons.is_empty() {
            let reasons: Vec<serde_json::Value> = reasons
                .iter()
                .map(|one| json!({ "arm": one.arm, "trials": one.trials, "what": one.what, "hint": one.hint }))
                .collect();
            out.json(&json!({ "event": "missing", "reasons": reasons }))?;
        }
        if !ended.is_complete() {
            out.json(&json!({ "event": "resume", "command": resume }))?;
        }
    } else {
        sums(plan, ended, out)?;
        if let Some(words) = &leaked {
            out.line(words)?;
        }
        if let Some(words) = much_missing(ended.missing, ended.done) {
            out.line(&words)?;
        }
        if plan.fourfold {
            match runner::table(store, ended.run, &settings) {
                Ok(found) => {
                    out.line("")?;
                    page.table(&found, out)?;
                }
                Err(error) => out.line(&error.what)?,
            }
        } else if plan.arms.len() > 1 {
            let found = runner::verdict(store, ended.run, &settings).map_err(asked)?;
            page.each_arm(&found, out)?;
        }
        super::tell_spent(session, false, out)?;
        ending(ended, &reasons, &resume, out)?;
    }
    Ok(match &ended.how {
        How::Interrupted => Exit::Interrupted,
        _ if ended.is_complete() => Exit::Success,
        _ => Exit::Incomplete,
    })
}

/// One line a column.
fn sums<W: Write>(plan: &Plan, ended: &Ended, out: &mut Output<W>) -> Result<(), Fault> {
    out.line(&format!(
        "Run {}: {} of {} trials, {} asked now, {} known before, in {}.",
        ended.run,
        ended.done,
        ended.planned,
        ended.asked,
        ended.known,
        runner::in_words(Duration::from_millis(ended.ms)),
    ))?;
    let widest = plan.arms.iter().map(|arm| arm.name.chars().count()).max().unwrap_or(0);
    for (arm, column) in plan.arms.iter().zip(&ended.columns) {
        let mean = column.mean().map_or_else(|| "no score".to_owned(), |mean| format!("{mean:.3}"));
        let mut parts = vec![format!("{} {mean} over {}", plan.primary, column.scored)];
        if column.non_answers > 0 {
            parts.push(format!("{} non-answers", column.non_answers));
        }
        if column.missing > 0 {
            parts.push(format!("{} missing", column.missing));
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
        How::Finished | How::Clear => {
            let (are, them) = if ended.missing == 1 { ("is", "it") } else { ("are", "them") };
            return out.line(&format!(
                "{} {are} missing. Ask {them} again: {resume} --again missing",
                counted(ended.missing, "trial")
            ));
        }
        How::Interrupted => out.line("Interrupted; what was answered is kept.")?,
        How::Limit(which) => out.line(&format!("Stopped: {which}."))?,
    }
    out.line(&format!("Go on with: {resume}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_units() {
        assert_eq!(seconds("90"), Ok(90.0));
        assert_eq!(seconds("1.5m"), Ok(90.0));
        assert_eq!(seconds("2h"), Ok(7_200.0));
        assert_eq!(seconds("3s"), Ok(3.0));
        for bad in ["", "m", "0", "-3", "1d", "NaN", "inf", "1e300h"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
