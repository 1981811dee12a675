//! Arguments of `fourfold history`: recorded answers, newest first.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Exit, Fault, Output};
use crate::store::{Filter, Origin};

/// Arguments of `fourfold history`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct HistoryArguments {
    /// Only answers whose prompt, arm, model or text holds this
    pub search: Option<String>,
    /// How many to show
    #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// One line of JSON for each answer
    #[arg(long)]
    pub json: bool,
    /// Where to look for the workbench; the current folder unless said
    #[arg(long, value_name = "DIR")]
    pub workbench: Option<PathBuf>,
}

/// Prints the newest recorded answers.
pub(super) fn history<W: Write>(
    arguments: &HistoryArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let failed = |error: &crate::store::StoreError| Fault::Failed { what: error.to_string(), hint: error.hint() };
    let session = super::session_at(arguments.workbench.as_deref(), current)?;
    let store = super::store_of(&session)?;
    let filter = Filter { text: arguments.search.clone(), ..Filter::default() };
    for row in store.recent(&filter, None, arguments.limit).map_err(|error| failed(&error))? {
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
