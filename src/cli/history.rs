//! Arguments of `fourfold history`: recorded answers, newest first.

use std::path::PathBuf;

use clap::Args;

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
