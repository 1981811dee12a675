//! `fourfold cost`: what the arms' recorded answers cost, what that buys, and from how many cases on a tuning pays.

use std::io::Write;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::place::Place;
use super::run::SplitChoice;
use super::{Exit, Fault, Output};
use crate::data::Split;
use crate::run::compare::settings;
use crate::run::scores::{BreakEven, ScoreTable, Source, TuningCost, Worth, arms, break_even, worths};

/// Arguments of `fourfold cost`.
#[derive(Clone, Debug, Args, PartialEq)]
pub struct CostArguments {
    /// The arm that answers now: what a tuning would take the place of
    #[arg(long, value_name = "ARM", requires = "to")]
    pub from: Option<String>,
    /// The arm that takes its place: a tuned model, often with a shorter prompt
    #[arg(long, value_name = "ARM", requires = "from")]
    pub to: Option<String>,
    /// Dollars for the training itself
    #[arg(long, value_name = "DOLLARS", default_value_t = 0.0, value_parser = amount)]
    pub training: f64,
    /// Rows that have to be written or labelled
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, value_parser = amount)]
    pub rows: f64,
    /// Dollars for a row
    #[arg(long, value_name = "DOLLARS", default_value_t = 0.0, value_parser = amount)]
    pub row_price: f64,
    /// Hours of somebody's work
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, value_parser = amount)]
    pub hours: f64,
    /// Dollars for an hour
    #[arg(long, value_name = "DOLLARS", default_value_t = 0.0, value_parser = amount)]
    pub hour_price: f64,
    /// One stored run instead of all that is recorded of the workbench's arms
    #[arg(long, value_name = "RUN", conflicts_with = "split")]
    pub run: Option<i64>,
    /// Where the cases are from
    #[arg(long, value_enum, default_value_t = SplitChoice::Dev)]
    pub split: SplitChoice,
    /// One line of JSON
    #[arg(long)]
    pub json: bool,
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
}

fn amount(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0);
    value.ok_or_else(|| "needs a number of 0 or more, such as 40".to_owned())
}

/// Reads what is recorded, and reckons.
pub(super) fn cost<W: Write>(arguments: &CostArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let session = super::session_at(arguments.place.named(), current)?;
    let store = super::store_of(&session)?;
    let source = if let Some(run) = arguments.run {
        Source::of_run(&session, &store, run)?
    } else {
        let (baseline, others) = arms(&session)?;
        Source::recorded(&session, &store, baseline, &others, Split::from(arguments.split))?
    };
    let baseline = source.arms.first().map_or("", |arm| arm.arm.as_str());
    let split = source.split.as_str();
    let table = ScoreTable::of(&source, &settings(&session))?;
    let worths = worths(&table);
    let tuning = TuningCost {
        training: arguments.training,
        rows: arguments.rows,
        row: arguments.row_price,
        hours: arguments.hours,
        hour: arguments.hour_price,
    };
    let even = match (&arguments.from, &arguments.to) {
        (Some(from), Some(to)) => {
            let (from, to) = (priced(&worths, from)?, priced(&worths, to)?);
            break_even(tuning.total(), from.1, to.1).map(|even| (from.0, to.0, even))
        }
        _ => None,
    };
    if arguments.json {
        out.json(&json!({
            "split": split, "metric": source.primary, "baseline": baseline, "run": arguments.run,
            "arms": worths.iter().map(worth_in_json).collect::<Vec<_>>(),
            "tuning": arguments.from.is_some().then(|| tuning.total()),
            "break_even": even.map(|(from, to, BreakEven { total, saving, cases })| json!({
                "from": from, "to": to, "total": total, "saving": saving, "cases": cases,
            })),
        }))?;
        return Ok(Exit::Success);
    }
    out.line(&format!(
        "Prices of {}{split} cases, {} against `{baseline}`; nothing was asked.",
        arguments.run.map_or_else(|| "recorded ".to_owned(), |run| format!("run {run}'s ")),
        source.primary,
    ))?;
    worths.iter().try_for_each(|worth| out.line(&worth.in_words()))?;
    if let Some((from, to, even)) = even {
        out.line("")?;
        out.line(&format!("The tuning: {}.", tuning.in_words()))?;
        out.line(&even.in_words(from, to))?;
    }
    Ok(Exit::Success)
}

/// The arm's name and its price for a case.
fn priced<'w>(worths: &'w [Worth], arm: &str) -> Result<(&'w str, f64), Fault> {
    let known: Vec<&str> = worths.iter().map(|worth| worth.arm.as_str()).collect();
    let worth = worths.iter().find(|worth| worth.arm == arm).ok_or_else(|| Fault::Asked {
        what: format!("no arm of the workbench is called `{arm}`"),
        hint: crate::config::did_you_mean(arm, &known, "arm"),
    })?;
    let cost = worth.cost.ok_or_else(|| Fault::Asked {
        what: format!("what a case of `{arm}` costs is not known"),
        hint: "Run it first, and give its model a `price` in fourfold.toml where the table does not know it."
            .to_owned(),
    })?;
    Ok((&worth.arm, cost.mean))
}

fn worth_in_json(worth: &Worth) -> serde_json::Value {
    let cost = worth.cost.map(|cost| {
        json!({ "n": cost.n, "mean": cost.mean, "interval": cost.interval.map(|it| [it.low, it.high]), "by": cost.method })
    });
    json!({
        "arm": worth.arm, "cost": cost, "unpriced": worth.unpriced, "seconds": worth.seconds, "score": worth.score,
        "gain": worth.gain.map(|(gain, _)| gain), "finding": worth.gain.map(|(_, finding)| super::page::finding(finding)),
        "extra": worth.extra, "points_for_a_dollar_on_1000_cases": worth.points_for_a_dollar(), "in_words": worth.in_words(),
    })
}
