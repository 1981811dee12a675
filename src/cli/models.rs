//! Arguments of `fourfold models`: what can be asked, and fetching the embedded model.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `fourfold models`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct ModelsArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: ModelsCommand,
}

/// What `fourfold models` can do.
#[derive(Clone, Debug, Subcommand, PartialEq, Eq)]
pub enum ModelsCommand {
    /// Show the models there are: here, on local servers, and to fetch
    List {
        /// One line of JSON for each model
        #[arg(long)]
        json: bool,
    },
    /// Fetch a model that runs inside this program
    Pull(PullArguments),
}

/// Arguments of `fourfold models pull`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
#[group(required = true, multiple = false)]
pub struct PullArguments {
    /// A name that `fourfold models list` shows
    pub name: Option<String>,
    /// Take this GGUF file instead of fetching one
    #[arg(long, value_name = "FILE")]
    pub path: Option<PathBuf>,
}

/// Where a model is to come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullSource {
    /// The catalog's entry of this name.
    Catalog(String),
    /// A file on this machine.
    File(PathBuf),
}

impl PullArguments {
    /// The one source named; `None` only if neither was, which parsing refuses.
    pub fn source(self) -> Option<PullSource> {
        self.path.map(PullSource::File).or(self.name.map(PullSource::Catalog))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        models: ModelsArguments,
    }

    fn parse(arguments: &[&str]) -> Result<ModelsCommand, clap::Error> {
        Alone::try_parse_from(std::iter::once(&"models").chain(arguments)).map(|alone| alone.models.command)
    }

    fn source(arguments: &[&str]) -> Option<PullSource> {
        match parse(arguments).unwrap() {
            ModelsCommand::Pull(pull) => pull.source(),
            ModelsCommand::List { .. } => None,
        }
    }

    #[test]
    fn a_name_or_a_file_and_never_both() {
        assert_eq!(parse(&["list", "--json"]).unwrap(), ModelsCommand::List { json: true });
        assert_eq!(source(&["pull", "smollm2-135m"]), Some(PullSource::Catalog("smollm2-135m".to_owned())));
        assert_eq!(source(&["pull", "--path", "x.gguf"]), Some(PullSource::File(PathBuf::from("x.gguf"))));
        for wrong in [&["pull"][..], &["pull", "smollm2-135m", "--path", "x.gguf"], &[]] {
            assert_eq!(parse(wrong).unwrap_err().exit_code(), 2, "{wrong:?}");
        }
    }
}
