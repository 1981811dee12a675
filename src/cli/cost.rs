//! `fourfold cost`: what the arms' recorded answers cost, what that buys, and from how many cases on a tuning pays.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::place::Place;
use super::run::SplitChoice;
use super::{Exit, Fault, Output};
use crate::data::Split;
use crate::run::compare::settings;
use crate::run::fourfold::as_arms;
use crate::run::scores::{
    BreakEven, ScoreTable, Source, TuningCost, Worth, arms, break_even, pays_in_words, tuned, tuned_in_run, worths,
};

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
    sensible(arguments)?;
    let mut session = super::session_at(arguments.place.named(), current)?;
    // Where only the four cells are declared, they are the arms.
    if session.workbench.arms.is_empty()
        && let Some(table) = &session.workbench.fourfold
    {
        session.workbench.arms = as_arms(table);
    }
    let store = super::store_of(&session)?;
    let tuned = match arguments.run {
        Some(run) => tuned_in_run(&session, &crate::run::report::stored_run(&store, Some(run))?),
        None => tuned(&session),
    };
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
            takes_its_place(&tuned, (&from.0.arm, &to.0.arm))?;
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
                "from": from.arm, "to": to.arm, "total": total, "saving": saving, "cases": cases,
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
        out.line(&pays_in_words(&even, from, to))?;
    }
    Ok(Exit::Success)
}

/// Refuses what is no sum: a number of something without its price or the other way round, an arm in its own place.
fn sensible(arguments: &CostArguments) -> Result<(), Fault> {
    let CostArguments { rows, row_price, hours, hour_price, .. } = arguments;
    for (number, price, (name, its_price)) in
        [(rows, row_price, ("--rows", "--row-price")), (hours, hour_price, ("--hours", "--hour-price"))]
    {
        let (given, without) = match (*number > 0.0, *price > 0.0) {
            (true, false) => (name, its_price),
            (false, true) => (its_price, name),
            _ => continue,
        };
        return Err(Fault::Asked {
            what: format!("`{given}` without `{without}` adds nothing to what a tuning takes"),
            hint: format!("Give both, or leave `{given}` out."),
        });
    }
    if let Some(arm) = arguments.from.as_ref().filter(|from| Some(*from) == arguments.to.as_ref()) {
        return Err(Fault::Asked {
            what: format!("`{arm}` is put in its own place"),
            hint: "Name two arms: --from the one that answers now, --to the tuned one.".to_owned(),
        });
    }
    Ok(())
}

/// Refuses what no tuning pays for: only a tuned arm takes the place of one that is not. Of what is not known nothing is said.
fn takes_its_place(tuned: &BTreeMap<String, bool>, (from, to): (&str, &str)) -> Result<(), Fault> {
    let wrong = |what: String| {
        let hint = "Name an untuned arm with --from and a tuned one with --to; a model is tuned that has a `base`, an `adapter` or a \
                    `lora` in fourfold.toml.";
        Err(Fault::Asked { what, hint: hint.to_owned() })
    };
    match (tuned.get(from), tuned.get(to)) {
        (_, Some(false)) => wrong(format!("`{to}` asks a model that is not tuned: no tuning pays for it")),
        (Some(true), _) => wrong(format!("`{from}` asks a tuned model already: its tuning is paid")),
        _ => Ok(()),
    }
}

/// The arm and its price for a case.
fn priced<'w>(worths: &'w [Worth], arm: &str) -> Result<(&'w Worth, f64), Fault> {
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
    Ok((worth, cost.mean))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_sum_is_refused() {
        let asked = |change: fn(&mut CostArguments)| {
            let mut arguments = CostArguments {
                from: Some("plain".to_owned()),
                to: Some("tuned".to_owned()),
                training: 5.0,
                rows: 0.0,
                row_price: 0.0,
                hours: 0.0,
                hour_price: 0.0,
                run: None,
                split: SplitChoice::Dev,
                json: false,
                place: Place::default(),
            };
            change(&mut arguments);
            sensible(&arguments).err().map(|fault| format!("{fault:?}"))
        };
        assert_eq!(asked(|_| {}), None);
        assert_eq!(asked(|arguments| (arguments.hours, arguments.hour_price) = (6.0, 80.0)), None);
        assert!(asked(|arguments| arguments.hours = 6.0).unwrap().contains("`--hours` without `--hour-price`"));
        assert!(asked(|arguments| arguments.rows = 6.0).unwrap().contains("`--rows` without `--row-price`"));
        assert!(asked(|arguments| arguments.row_price = 6.0).unwrap().contains("`--row-price` without `--rows`"));
        assert!(asked(|arguments| arguments.to = Some("plain".to_owned())).unwrap().contains("in its own place"));
    }

    #[test]
    fn only_a_tuned_arm_takes_the_place_of_one_that_is_not() {
        let tuned = [("plain".to_owned(), false), ("few".to_owned(), false), ("tuned".to_owned(), true)].into();
        let why = |pair| takes_its_place(&tuned, pair).err().map(|fault| format!("{fault:?}"));
        assert_eq!(why(("plain", "tuned")), None);
        assert_eq!(why(("gone", "also gone")), None);
        assert!(why(("few", "plain")).unwrap().contains("`plain` asks a model that is not tuned"));
        assert!(why(("tuned", "gone")).unwrap().contains("`tuned` asks a tuned model already"));
    }
}
