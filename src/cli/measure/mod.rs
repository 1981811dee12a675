//! `fourfold run` without a case: the arms over a whole split, to be stopped and gone on with at any moment.

mod events;
mod options;
mod plan;
mod resume;
mod told;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde_json::json;
use tokio::sync::mpsc;

pub(super) use options::{for_a_batch, for_one_case};
pub(super) use plan::{looked_over, start_of, stored_start};

use events::Events;
use told::{Page, told};

use super::progress::Progress;
use super::report::{ThresholdArguments, after_run, may_be_written};
use super::run::RunArguments;
use super::stop::Stop;
use super::{Exit, Fault, Output};
use crate::run::runner::{self, Control, Shard};
use crate::run::{NotAsked, Session};
use crate::terminal::signals::EndSignal;

/// What `fourfold run` is told about a whole split.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
#[derive(Clone, Debug, Default, Args, PartialEq)]
#[command(next_help_heading = "Whole splits")]
pub struct MeasureArguments {
    /// Ask only so many cases, drawn at random by `seed` under [run] of fourfold.toml
    #[arg(long, value_name = "NUMBER", conflicts_with = "case", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Trials of each arm on each case; `repeats` of fourfold.toml unless said
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeats: Option<u32>,
    /// Ask only a part of the cases, such as 2/5: the others may be asked on other machines and joined with `fourfold merge`
    #[arg(long, value_name = "PART/PARTS")]
    pub shard: Option<Shard>,
    /// Stop once the run has cost this many dollars, however often it was gone on with; `max_cost` of fourfold.toml unless said
    #[arg(long, value_name = "DOLLARS", value_parser = super::run::dollars)]
    pub max_cost: Option<f64>,
    /// Stop once the run has made this many calls, however often it was gone on with (one that was tried again counts once); `max_calls`
    /// of fourfold.toml unless said
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_calls: Option<u64>,
    /// Stop after so many seconds (30m, 2h: minutes, hours), counted anew each time it is gone on with; `max_time` of fourfold.toml unless said
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
    /// Ask the others where an arm does not apply to some cases; those trials are missing
    #[arg(long)]
    pub allow_inapplicable: bool,
    /// Write a report at the end: .html, .md, .xml (JUnit), .csv or .json; give it again for another
    #[arg(long = "report", value_name = "FILE", value_parser = super::report::named_report)]
    pub reports: Vec<PathBuf>,
    /// Thresholds.
    #[command(flatten)]
    pub thresholds: ThresholdArguments,
    /// Differences smaller than this count as equivalent, 0.05 for five points of a hundred; `margin` of fourfold.toml unless said
    #[arg(long, value_name = "SHARE", value_parser = super::compare::share)]
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
    crate::run::runner::seconds_of(text).ok_or_else(|| "needs a time above 0, such as 90, 30m or 2h".to_owned())
}

/// Trials that will be under way at a time, for an estimate.
fn at_a_time(arguments: &RunArguments, session: &Session) -> usize {
    let said = arguments.measure.concurrency.map(|count| count as usize).or(session.workbench.run.concurrency);
    said.unwrap_or(if session.models().iter().all(|model| Session::base_url(model).is_none()) { 8 } else { 16 })
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
    let files: Vec<PathBuf> = arguments.measure.reports.iter().map(|path| current.join(path)).collect();
    may_be_written(&files)?;
    let session = Arc::new(session);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let control = Control::default();
    if let Some(concurrency) = arguments.measure.concurrency {
        control.set_concurrency(concurrency as usize);
    }
    let inapplicable = looked_over(arguments, &session, &start)?;
    let estimate = runner::estimate(&session, &store, &start, at_a_time(arguments, &session))?;
    let (news, heard) = mpsc::channel(told::ROOM);
    let (plan, limits) = (start.plan.clone(), start.plan.limits);
    let events = arguments.json.then(|| Events::new(Arc::clone(&session), Arc::new(plan.clone())));
    let mut page = Page { events, progress: Progress::new(!arguments.json), out };
    if arguments.json {
        for (arm, applies) in &inapplicable.arms {
            page.out.json(&json!({
                "event": "inapplicable", "arm": arm, "looked_at": applies.cases, "of": applies.of, "does_not_apply": applies.not,
            }))?;
        }
        page.out.json(&json!({
            "event": "estimate", "calls": estimate.calls, "known": estimate.known, "tokens": estimate.tokens,
            "measured": estimate.measured, "cost": estimate.cost.map(|cost| cost.dollars), "seconds": estimate.time.map(|time| time.as_secs_f64()),
            "smallest_differences": estimate.smallest, "in_words": estimate.in_words(),
        }))?;
    } else {
        if let Some(table) = session.workbench.fourfold.as_ref().filter(|_| arguments.fourfold) {
            page.progress.say(&table.in_words());
        }
        estimate.in_words().iter().for_each(|line| page.progress.say(line));
        inapplicable.in_words().iter().for_each(|line| page.progress.say(&format!("Missing from the start: {line}")));
    }
    let running = runner::run(Arc::clone(&session), store.clone(), start, control.clone(), news);
    let (ended, printed) = runtime.block_on(async {
        let interrupts = tokio::spawn(interrupts(control.clone()));
        let both = tokio::join!(running, page.follow(heard));
        interrupts.abort();
        both
    });
    let reader_has_gone = match printed {
        Err(fault) if fault.is_broken_pipe() => true,
        printed => printed.map(|()| false)?,
    };
    let ended = ended.map_err(|error| match error {
        NotAsked { what, hint } if control.orders().stopped => Fault::Interrupted { what, hint },
        error => super::not_asked(&session, error),
    })?;
    // What was paid for is held against the thresholds, and the exit code says how it went, also where nobody reads on.
    out.go_on_alone();
    let exit = match told(arguments, &session, &store, (&plan, limits), &ended, out)? {
        // Nobody pressed a key.
        Exit::Interrupted if reader_has_gone => Exit::Incomplete,
        exit => exit,
    };
    super::tape::check(&session)?;
    let measure = &arguments.measure;
    if measure.reports.is_empty() && measure.thresholds.fail_if.is_empty() {
        return Ok(exit);
    }
    let failed = if arguments.json {
        // What is said of files is no event.
        let mut aside = Output::new(std::io::stderr());
        after_run(&session, &store, ended.run, (&files, &measure.thresholds), &mut aside)?
    } else {
        after_run(&session, &store, ended.run, (&files, &measure.thresholds), out)?
    };
    Ok(if failed && exit == Exit::Success { Exit::Failure } else { exit })
}

/// The first Ctrl+C stops the asking, the second the program; so does what a supervisor sends.
async fn interrupts(control: Control) {
    let Ok(mut stop) = Stop::listen() else { return };
    let first = stop.next().await;
    control.stop();
    let again = if first == EndSignal::Interrupt { "Ctrl+C again stops" } else { "The same again stops" };
    let _ = Output::new(std::io::stderr().lock())
        .line(&format!("Stopping: what is under way may still finish for a moment. {again} at once."));
    let second = stop.next().await;
    std::process::exit(i32::from(second.exit_code()));
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
