//! Arguments of `fourfold history`: recorded answers, or runs, newest first.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Fault, Output};
use crate::run::votes::strengths;
use crate::stats::wording::grouped;
use crate::stats::{Confidence, Looks};
use crate::store::{Column, Filter, Origin, Store};

/// Arguments of `fourfold history`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct HistoryArguments {
    /// Only answers that hold each of these words, in the text, prompt, case, arm or model
    pub search: Option<String>,
    /// Runs instead of answers
    #[arg(long, conflicts_with = "search")]
    pub runs: bool,
    /// How strong each arm is by the blind votes, instead of answers
    #[arg(long, conflicts_with_all = ["search", "runs"])]
    pub votes: bool,
    /// How many to show
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// One line of JSON for each answer
    #[arg(long)]
    pub json: bool,
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(long, value_name = "FOLDER")]
    pub workbench: Option<PathBuf>,
}

/// Prints the newest recorded answers.
pub(super) fn history<W: Write>(
    arguments: &HistoryArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let session = super::session_at(arguments.workbench.as_deref(), current)?;
    let store = super::store_of(&session)?;
    if arguments.runs {
        return runs(&store, arguments, out);
    }
    if arguments.votes {
        return votes(&store, arguments.json, out);
    }
    let filter = Filter { text: arguments.search.clone(), ..Filter::default() };
    let rows = store.recent(&filter, None, arguments.limit)?;
    if rows.is_empty() && !arguments.json {
        out.line(if filter.text.is_some() { "No answer holds that text." } else { "Nothing was asked here yet." })?;
    }
    for row in rows {
        if arguments.json {
            out.json(&serde_json::json!({
                "trial": row.id, "time": row.time, "arm": row.arm, "model": row.model, "prompt": row.prompt_path,
                "case": row.case_id, "origin": row.origin.as_str(), "outcome": row.outcome.as_str(), "scores": row.scores, "cost": row.cost, "answer": row.excerpt,
            }))?;
        } else {
            let when = crate::run::local_time(row.time);
            let answer = row.excerpt.split_whitespace().collect::<Vec<_>>().join(" ");
            out.line(&format!(
                "{:>6}  {when}  {}  {}  {}  {answer}",
                row.id,
                row.arm,
                row.case_id,
                if row.origin == Origin::Shipped { "recorded" } else { row.outcome.as_str() }
            ))?;
        }
    }
    Ok(Exit::Success)
}

/// Prints the strengths of all arms that were voted on.
fn votes<W: Write>(store: &Store, json: bool, out: &mut Output<W>) -> Result<Exit, Fault> {
    let found = strengths(store, Confidence::NINETY_FIVE)
        .map_err(|error| Fault::Failed { what: error.what, hint: error.hint })?;
    if json {
        let arms = found.iter().flat_map(|found| &found.arms).map(|arm| {
            serde_json::json!({
                "arm": arm.arm, "elo": arm.elo, "interval": [arm.interval.low, arm.interval.high], "votes": arm.votes,
                "won": arm.won, "ties": arm.ties,
            })
        });
        let votes = found.as_ref().map_or(0, |found| found.votes);
        out.json(&serde_json::json!({ "votes": votes, "arms": arms.collect::<Vec<_>>() }))?;
        return Ok(Exit::Success);
    }
    match found {
        Some(found) => found.in_words().iter().try_for_each(|line| out.line(line))?,
        None => out.line("No blind vote yet: F6 in Compose shows two answers without their names.")?,
    }
    Ok(Exit::Success)
}

/// Prints the newest runs.
fn runs<W: Write>(store: &Store, arguments: &HistoryArguments, out: &mut Output<W>) -> Result<Exit, Fault> {
    let runs = store.runs(None, arguments.limit)?;
    if runs.is_empty() && !arguments.json {
        out.line("There is no run yet: `fourfold run` makes one.")?;
    }
    let asked = store.asked_now().unwrap_or_default();
    for run in runs {
        let columns = store.columns(run.id)?;
        let record = &run.record;
        let planned: u64 = record.arms.iter().map(|arm| arm.planned).sum();
        let done: u64 = columns.iter().map(|column| column.done).sum();
        let is_sequential = record.plan.get("sequential").and_then(serde_json::Value::as_bool) == Some(true);
        let looks = if is_sequential { Looks::Every } else { Looks::Once };
        let interval = |column: &Column| crate::run::runner::interval(column, (record.repeats, looks));
        let asked = asked.iter().find(|(asked, _)| *asked == run.id).map(|(_, holder)| match holder.pid {
            0 => "asked by another process".to_owned(),
            pid => format!("asked by process {pid}"),
        });
        let how = asked.or(run.end.map(|end| end.how)).unwrap_or_else(|| "broken off".to_owned());
        if arguments.json {
            let arms: Vec<serde_json::Value> = record
                .arms
                .iter()
                .zip(&columns)
                .map(|(arm, column)| {
                    serde_json::json!({
                        "arm": arm.name, "planned": arm.planned, "done": column.done, "mean": column.mean(),
                        "interval": interval(column).map(|it| [it.low, it.high]), "scored": column.scored, "non_answers": column.non_answers, "missing": column.missing,
                        "cost": (column.unpriced == 0).then_some(column.cost), "spent": column.spent,
                    })
                })
                .collect();
            out.json(&serde_json::json!({
                "run": run.id, "time": record.time, "split": record.split, "planned": planned, "done": done,
                "repeats": record.repeats, "how": how, "arms": arms,
            }))?;
            continue;
        }
        let when = crate::run::local_time(record.time);
        let split = record.split.as_str();
        out.line(&format!("{:>4}  {when}  {split}  {} of {} trials  {how}", run.id, grouped(done), grouped(planned)))?;
        for (arm, column) in record.arms.iter().zip(&columns) {
            let mean = column.mean().map_or_else(|| "no score".to_owned(), |mean| format!("{mean:.3}"));
            let interval =
                interval(column).map_or_else(String::new, |it| format!(" ({:.3} to {:.3})", it.low, it.high));
            out.line(&format!("        {}  {mean}{interval} over {}", arm.name, grouped(column.scored)))?;
        }
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        history: HistoryArguments,
    }

    #[test]
    fn arguments_as_documented() {
        let parse = |arguments: &[&str]| Alone::try_parse_from(std::iter::once(&"history").chain(arguments));
        let history = parse(&["kettle", "--json"]).unwrap().history;
        assert_eq!((history.search.as_deref(), history.limit, history.json), (Some("kettle"), 20, true));
        assert!(parse(&["--limit", "0"]).is_err());
    }
}
