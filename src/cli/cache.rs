//! `fourfold cache`: the trials that a run does not ask again, and how to make it.

use std::io::Write;
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;

use super::place::Place;
use super::{Exit, Fault, Output};
use crate::config::did_you_mean;
use crate::run::{Session, local_time, now_milliseconds};
use crate::store::{KnownFilter, Store};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Arguments of `fourfold cache`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct CacheArguments {
    /// What to do
    #[command(subcommand)]
    pub command: CacheCommand,
}

/// What to do with known trials.
#[derive(Clone, Debug, Subcommand, PartialEq, Eq)]
pub enum CacheCommand {
    /// Show known trials by arm, newest first: a run fills its cells with them instead of asking
    List(CacheFilter),
    /// Forget that trials were asked, so that equal ones are asked again; the answers stay in the history
    Prune(PruneArguments),
}

/// Which known trials.
#[derive(Clone, Debug, Default, Args, PartialEq, Eq)]
pub struct CacheFilter {
    /// Of this arm
    #[arg(long, value_name = "ARM")]
    pub arm: Option<String>,
    /// Of this model
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Asked more than so many days ago
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub older_than: Option<u32>,
    /// One line of JSON for each arm
    #[arg(long)]
    pub json: bool,
    /// Which workbench.
    #[command(flatten)]
    pub place: Place,
}

/// Arguments of `fourfold cache prune`.
#[derive(Clone, Debug, Default, Args, PartialEq, Eq)]
pub struct PruneArguments {
    /// All of them
    #[arg(long, conflicts_with_all = ["arm", "model", "older_than"])]
    pub all: bool,
    /// Which ones
    #[command(flatten)]
    pub filter: CacheFilter,
}

impl CacheFilter {
    fn of_store(&self) -> KnownFilter {
        let before = self.older_than.map(|days| now_milliseconds() - i64::from(days) * DAY);
        KnownFilter { arm: self.arm.clone(), model: self.model.clone(), before }
    }
}

/// An arm or a model that is neither in fourfold.toml nor in the record is a mistyped one.
fn named_is_known(session: &Session, store: &Store, filter: &CacheFilter) -> Result<(), Fault> {
    if filter.arm.is_none() && filter.model.is_none() {
        return Ok(());
    }
    let recorded = store.known_arms(&KnownFilter::default())?;
    let workbench = &session.workbench;
    let arms = workbench.arms.iter().map(|arm| &arm.id).chain(recorded.iter().map(|known| &known.arm));
    let models = workbench.models.iter().map(|model| &model.id).chain(recorded.iter().map(|known| &known.model));
    let check = |name: &Option<String>, known: Vec<&String>, noun: &str| {
        let Some(name) = name.as_ref().filter(|name| !known.contains(name)) else { return Ok(()) };
        let mut known: Vec<&str> = known.into_iter().map(String::as_str).collect();
        known.sort_unstable();
        known.dedup();
        let what = format!("no {noun} of the workbench or of its recorded trials is called `{name}`");
        Err(Fault::Asked { what, hint: did_you_mean(name, &known, noun) })
    };
    check(&filter.arm, arms.collect(), "arm")?;
    check(&filter.model, models.collect(), "model")
}

/// Lists known trials, or forgets some.
pub(super) fn cache<W: Write>(arguments: &CacheArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let filter = match &arguments.command {
        CacheCommand::List(filter) => filter,
        CacheCommand::Prune(arguments) => &arguments.filter,
    };
    let session = super::session_at(filter.place.named(), current)?;
    let store = super::store_of(&session)?;
    named_is_known(&session, &store, filter)?;
    if let CacheCommand::Prune(arguments) = &arguments.command {
        let chosen = filter.of_store();
        if !arguments.all && chosen == KnownFilter::default() {
            return Err(Fault::Asked {
                what: "which trials to forget is not said".to_owned(),
                hint: "Give --arm, --model or --older-than, or --all.".to_owned(),
            });
        }
        let forgotten = store.forget_known(chosen).wait()?;
        if filter.json {
            out.json(&json!({ "forgotten": forgotten }))?;
        } else {
            let words = if forgotten == 1 { "1 trial is".to_owned() } else { format!("{forgotten} trials are") };
            out.line(&format!(
                "{words} asked again by the next run that needs {}.",
                if forgotten == 1 { "it" } else { "them" }
            ))?;
        }
        return Ok(Exit::Success);
    }
    let arms = store.known_arms(&filter.of_store())?;
    let all: u64 = arms.iter().map(|arm| arm.trials).sum();
    for arm in &arms {
        if filter.json {
            out.json(&json!({
                "arm": arm.arm, "model": arm.model, "prompt": arm.prompt_path, "prompt_hash": arm.prompt_hash,
                "arm_key": arm.arm_key, "trials": arm.trials, "cost": arm.cost, "newest": arm.newest,
            }))?;
        } else {
            let cost = arm.cost.filter(|cost| *cost > 0.0);
            let cost = cost.map_or_else(String::new, |cost| format!("  ${}", crate::model::amount(cost)));
            let version: String = arm.prompt_hash.chars().take(8).collect();
            out.line(&format!(
                "{:>8}  {}  {} · {} · {} ({version}){cost}",
                arm.trials,
                local_time(arm.newest),
                arm.arm,
                arm.model,
                arm.prompt_path,
            ))?;
        }
    }
    if !filter.json {
        out.line(&format!("{all} trials are known and not asked again; `fourfold run --no-cache` asks them."))?;
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Alone {
        #[command(flatten)]
        cache: CacheArguments,
    }

    #[test]
    fn arguments_as_documented() {
        let parse = |arguments: &[&str]| Alone::try_parse_from(std::iter::once(&"cache").chain(arguments));
        assert!(parse(&["list", "--arm", "few"]).is_ok());
        assert!(parse(&["prune", "--all", "--arm", "few"]).is_err());
        assert!(parse(&["prune", "--older-than", "0"]).is_err());
        assert!(parse(&[]).is_err());
    }
}
