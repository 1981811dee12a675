//! `fourfold data distil`: a bigger model's arm answers the train rows, for a person to review and a small model to learn.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::adapters::tune_fault;
use super::asking::{is_due, until_interrupted};
use super::forecast::{AskArguments, tell_ahead};
use super::place::Place;
use super::{Exit, Fault, Output};
use crate::run::{NotAsked, Session};
use crate::stats::{Confidence, Interval, Mean, Proportion};
use crate::tune::TuneError;
use crate::tune::distil::{DistilCounts, DistilPlace, DistilPlan, DistilStep, accept_all, distil, write_reviewed};

/// Failed calls that are spelled out.
const FAULTS: usize = 3;

/// Arguments of `fourfold data distil`.
#[derive(Clone, Debug, Args, PartialEq)]
pub struct DistilArguments {
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
    /// The arm that answers, as a rule one of a bigger model
    #[arg(long, value_name = "ARM")]
    pub arm: String,
    /// What to call the collection; the arm's name unless said
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// At most so many rows are asked now; the others another time
    #[arg(long, value_name = "NUMBER")]
    pub limit: Option<usize>,
    /// Accept every whole answer that was not reviewed, unseen
    #[arg(long)]
    pub accept_all: bool,
    /// Write the reviewed rows to this file as well; never overwrites
    #[arg(long, short = 'o', visible_alias = "output", value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// What is asked, or only forecast.
    #[command(flatten)]
    pub ask: AskArguments,
    /// One line of JSON for what asking will take, one for each row, and one for the counts
    #[arg(long)]
    pub json: bool,
}

/// Asks what was not asked, accepts where that is wanted, and writes what passed.
pub(super) fn run<W: Write>(arguments: &DistilArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let target = arguments.out.as_ref().map(|path| current.join(path));
    if let Some(path) = target.as_ref().filter(|path| path.symlink_metadata().is_ok()) {
        let hint = "Name another file; nothing was asked.".to_owned();
        return Err(Fault::Asked { what: format!("{} is there already", path.display()), hint });
    }
    let session = Arc::new(super::session_at(arguments.place.named(), current)?);
    arguments.ask.apply(&session);
    let store = Arc::new(super::store_of(&session)?);
    let place = arguments.name.as_ref().map(|name| DistilPlace::new(&session.workbench.root, name)).transpose();
    let place = place.map_err(|error| tune_fault(&error))?;
    let mut plan = DistilPlan::new(&session, &arguments.arm, place).map_err(|error| tune_fault(&error))?;
    let wanted: Vec<usize> = plan.missing().into_iter().take(arguments.limit.unwrap_or(usize::MAX)).collect();
    if !arguments.json {
        let known = plan.rows.len() - plan.missing().len();
        out.line(&format!("{} rows to ask of `{}`; {known} are answered already.", wanted.len(), arguments.arm))?;
    }
    if !wanted.is_empty() || arguments.ask.forecast {
        let ahead = plan.forecast(&session, &store, &wanted).map_err(|error| tune_fault(&error))?;
        tell_ahead(&session, &ahead, plan.model(), arguments.json, out)?;
        if ahead.cases > 0 && !arguments.ask.forecast {
            super::tell_first_use(session.first_use(plan.model()).as_deref());
        }
    }
    if arguments.ask.forecast {
        return Ok(Exit::Success);
    }
    let asked = ask(arguments.json, &session, &store, &mut plan, wanted, out)?;
    if arguments.accept_all {
        let accepted = accept_all(&plan.place, &mut plan.rows).map_err(|error| tune_fault(&error))?;
        if !arguments.json {
            out.line(&format!("Accepted {accepted} answers unseen."))?;
        }
    }
    let mapping = &session.workbench.data.mapping;
    let learned = write_reviewed(&plan.place, mapping, &plan.rows).map_err(|error| tune_fault(&error))?;
    if let Some(path) = &target {
        std::fs::copy(plan.place.reviewed(), path).map_err(|error| Fault::Failed {
            what: format!("cannot write {}: {error}", path.display()),
            hint: "Check that the folder may be written to and that the disk has room.".to_owned(),
        })?;
    }
    let file = target.unwrap_or_else(|| plan.place.reviewed());
    let file = file.strip_prefix(&session.workbench.root).unwrap_or(&file).display().to_string();
    end(arguments.json, &session, &plan, &asked, learned, &file, out)?;
    super::tell_spent(&session, arguments.json, out)?;
    Ok(match asked {
        Asked { interrupted: true, .. } => Exit::Interrupted,
        Asked { failed: 1.., .. } => Exit::Incomplete,
        Asked { .. } => Exit::Success,
    })
}

/// How the asking went.
struct Asked {
    failed: usize,
    interrupted: bool,
}

fn ask<W: Write>(
    json: bool,
    session: &Arc<Session>,
    store: &Arc<crate::store::Store>,
    plan: &mut DistilPlan,
    wanted: Vec<usize>,
    out: &mut Output<W>,
) -> Result<Asked, Fault> {
    let of = wanted.len();
    let (mut steps, mut failed, mut broken): (Vec<DistilStep>, usize, Option<Fault>) = (Vec::new(), 0, None);
    let ended = until_interrupted(distil(Arc::clone(session), Arc::clone(store), plan, wanted, |step| {
        let done = steps.len() + 1;
        failed += usize::from(step.result.is_err());
        let printed = match &step.result {
            _ if json => {
                let (answer, outcome) = match &step.result {
                    Ok((outcome, answer)) => (Some(answer), Some(outcome.as_str())),
                    Err(_) => (None, None),
                };
                let id = plan.rows.get(step.index).map(|row| row.case.id.as_str());
                out.json(
                    &json!({ "row": id, "outcome": outcome, "answer": answer, "error": step.result.as_ref().err() }),
                )
            }
            Err(reason) if failed <= FAULTS => out.line(reason),
            _ if is_due(done, of) => out.line(&format!("{done} of {of} rows")),
            _ => Ok(()),
        };
        steps.push(step);
        broken = printed.err();
        broken.is_none()
    }))?;
    if let Some(fault) = broken {
        return Err(fault);
    }
    let interrupted = ended.is_none();
    ended.unwrap_or(Ok(())).map_err(|error| match error {
        // A row that is not taken ends the asking, as a budget does that is used up; what was answered stands in the journal.
        TuneError::Failed { what, hint } => super::not_asked(session, NotAsked { what, hint }),
        error => tune_fault(&error),
    })?;
    for DistilStep { index, result } in steps {
        if let (Some(row), Ok(answer)) = (plan.rows.get_mut(index), result) {
            row.answer = Some(answer);
        }
    }
    Ok(Asked { failed, interrupted })
}

fn end<W: Write>(
    json: bool,
    session: &Session,
    plan: &DistilPlan,
    asked: &Asked,
    learned: usize,
    file: &str,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    let counts = DistilCounts::of(&plan.rows);
    let (metric, agreement) = agreement(session, plan);
    if json {
        return out.json(&json!({
            "arm": plan.arm, "name": plan.place.name, "counts": counts, "failed_calls": asked.failed,
            "interrupted": asked.interrupted, "reviewed": learned, "file": file, "metric": metric,
            "agreement": agreement.map(|found| json!({
                "n": found.mean.n, "mean": found.mean.value, "interval": found.interval,
            })),
        }));
    }
    out.line(&format!("{}.", counts.in_words()))?;
    if asked.failed > 0 {
        out.line(&format!("{} calls failed; the same command asks them again.", asked.failed))?;
    }
    if let Some(Agreement { mean, interval }) = agreement {
        let interval = interval.map_or_else(String::new, |interval| {
            format!(" (95 % interval {:.2} to {:.2})", interval.low, interval.high)
        });
        out.line(&format!("Against the rows' own answers: {metric} {:.2}{interval}, n = {}.", mean.value, mean.n))?;
    }
    if counts.undecided() > 0 {
        out.line("Review them on the screen (`fourfold`, Ctrl+P, `distil`), or take all with --accept-all.")?;
    }
    if learned > 0 {
        out.line(&format!("{learned} rows to learn from are in {file}: `fourfold tune --data {file} --name NAME`"))?;
    }
    Ok(())
}

/// How the answers score against the references that the rows have of their own.
struct Agreement {
    mean: Mean,
    interval: Option<Interval>,
}

fn agreement(session: &Session, plan: &DistilPlan) -> (String, Option<Agreement>) {
    let primary = session.primary().to_owned();
    let values: Vec<f64> = plan
        .rows
        .iter()
        .filter_map(|row| {
            let (outcome, text) = row.answer.as_ref()?;
            row.case.reference.as_ref()?;
            let scores = session.scores(*outcome, text, &row.case);
            scores.iter().find(|(metric, _)| metric.as_str() == primary).and_then(|(_, score)| score.number())
        })
        .collect();
    let found = Mean::of(&values).map(|mean| Agreement { mean, interval: interval(&values, mean) });
    (primary, found)
}

/// The interval of a mean; of a share where every value is a yes or a no.
fn interval(values: &[f64], mean: Mean) -> Option<Interval> {
    let is = |value: f64, wanted: f64| (value - wanted).abs() < f64::EPSILON;
    if values.iter().all(|value| is(*value, 0.0) || is(*value, 1.0)) {
        let hits = values.iter().filter(|value| is(**value, 1.0)).count();
        return Proportion::new(hits as u64, values.len() as u64).map(|share| share.wilson(Confidence::NINETY_FIVE));
    }
    mean.interval(Confidence::NINETY_FIVE)
}
