//! Arguments of `fourfold models`: what can be asked, and fetching the embedded model.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::served::{ListArguments, list_at, served};
use super::{Exit, Fault, Output};
use crate::model::catalog::{self, CatalogEntry, EMBEDDER_NAME};
use crate::model::discover::{USUAL_PORTS, local_servers};
use crate::model::embedding::EMBEDDER_FOLDER;
use crate::model::hosted::{self, HostedModel};
use crate::model::weights::{PullEvent, PullOptions, check_gguf, installed, model_directory, pull};
use crate::run::{stopwatch, today};

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
    List(ListArguments),
    /// Show what is known of hosted models: price, context, where they are tuned, until when they answer
    Hosted {
        /// Only models whose provider or id holds this
        pattern: Option<String>,
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

/// Lists models, or fetches one.
pub(super) fn models<W: Write>(arguments: ModelsArguments, out: &mut Output<W>) -> Result<Exit, Fault> {
    match arguments.command {
        ModelsCommand::List(arguments) if arguments.url.is_some() => list_at(arguments, out),
        ModelsCommand::List(arguments) => list(arguments.json, out),
        ModelsCommand::Hosted { pattern, json } => hosted_models(pattern.as_deref().unwrap_or_default(), json, out),
        ModelsCommand::Pull(pull) => match pull.source() {
            Some(PullSource::Catalog(name)) => fetch(&name, out),
            Some(PullSource::File(path)) => adopt(&path, out),
            None => Ok(Exit::Usage),
        },
    }
}

pub(super) fn failed(what: &impl ToString, hint: String) -> Fault {
    Fault::Failed { what: what.to_string(), hint }
}

fn list<W: Write>(json: bool, out: &mut Output<W>) -> Result<Exit, Fault> {
    let directory = model_directory().map_err(|error| failed(&error, error.hint()))?;
    let beside = directory.join(EMBEDDER_FOLDER);
    let embedder = catalog::EMBEDDER.iter().take(1).map(|entry| (entry, &beside));
    for (entry, directory) in catalog::CATALOG.iter().map(|entry| (entry, &directory)).chain(embedder) {
        let here = installed(entry, directory);
        if json {
            out.json(&serde_json::json!({
                "name": entry.name, "title": entry.title, "licence": entry.licence, "bytes": entry.size.bytes(),
                "checked": entry.sha256.is_some(), "path": here,
            }))?;
        } else {
            let place = here.map_or_else(|| "not here".to_owned(), |path| path.display().to_string());
            out.line(&format!(
                "{:<16} {:>6} MB  {:<27} {:<19} {place}",
                entry.name,
                entry.size.bytes() / 1_000_000,
                entry.licence,
                entry.pinned()
            ))?;
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for server in runtime.block_on(local_servers(&USUAL_PORTS)) {
        served(&server, json, out)?;
    }
    Ok(Exit::Success)
}

/// The dated table, or a part of it.
fn hosted_models<W: Write>(pattern: &str, json: bool, out: &mut Output<W>) -> Result<Exit, Fault> {
    let today = today();
    let fits = |model: &&HostedModel| model.id.contains(pattern) || model.provider.contains(pattern);
    let mut found = false;
    for model in hosted::table().iter().filter(fits) {
        found = true;
        if json {
            out.json(&serde_json::json!({
                "provider": model.provider, "id": model.id, "context": model.context, "price": model.price,
                "tuned_there": model.tuned_there, "shutdown_date": model.shutdown.map(|date| date.to_string()),
                "days_left": model.days_left(today), "successor": model.successor, "as_of": hosted::AS_OF,
            }))?;
        } else {
            let facts = [
                Some(model.price.in_words()),
                model.context_in_words(),
                model.tuning_in_words(),
                model.end_in_words(today),
            ];
            let facts: Vec<String> = facts.into_iter().flatten().collect();
            out.line(&format!("{:<10} {:<34} {}", model.provider, model.id, facts.join(" · ")))?;
        }
    }
    if !found {
        let hint =
            "Give a part of a provider's name or of a model's id; [prices] in the settings adds your own.".to_owned();
        return Err(Fault::Asked { what: format!("the table holds no model like `{pattern}`"), hint });
    }
    if !json {
        out.line(&format!("Prices in dollars, as of {}; [prices] in the settings stands over them.", hosted::AS_OF))?;
    }
    Ok(Exit::Success)
}

fn fetch<W: Write>(name: &str, out: &mut Output<W>) -> Result<Exit, Fault> {
    let directory = model_directory().map_err(|error| failed(&error, error.hint()))?;
    if name == EMBEDDER_NAME {
        let directory = directory.join(EMBEDDER_FOLDER);
        for entry in &catalog::EMBEDDER {
            let exit = fetch_file(entry, &directory, out)?;
            if exit != Exit::Success {
                return Ok(exit);
            }
        }
        return Ok(Exit::Success);
    }
    let entry = catalog::find(name).ok_or_else(|| {
        let known: Vec<&str> = catalog::CATALOG.iter().map(|entry| entry.name).chain([EMBEDDER_NAME]).collect();
        Fault::Asked {
            what: format!("no model is called `{name}`"),
            hint: crate::config::did_you_mean(name, &known, "model"),
        }
    })?;
    fetch_file(entry, &directory, out)
}

fn fetch_file<W: Write>(entry: &CatalogEntry, directory: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let options = PullOptions::new(stopwatch());
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let progress = move |event: PullEvent| {
        // Nobody listens any more only when the command is ending.
        let _ = sender.send(event);
    };
    let mut last = None;
    let mut told = Ok(());
    let result = runtime.block_on(async {
        let pulling = pull(entry, directory, &options, progress);
        tokio::pin!(pulling);
        let mut stop = std::pin::pin!(super::stop::asked());
        loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => {
                    if let (Some(line), true) = (in_words(event, &mut last), told.is_ok()) {
                        told = out.line(&line);
                    }
                }
                result = &mut pulling => return Some(result),
                _ = stop.as_mut() => return None,
            }
        }
    });
    told?;
    match result {
        None => Ok(Exit::Interrupted),
        Some(Err(error)) => Err(failed(&error, error.hint())),
        Some(Ok(path)) => {
            out.line(&format!("{} is here: {}", entry.title, path.display()))?;
            Ok(Exit::Success)
        }
    }
}

/// Progress as a log reads it: a line for every tenth.
fn in_words(event: PullEvent, last: &mut Option<u64>) -> Option<String> {
    match event {
        PullEvent::Asking { source } => Some(format!("asking {source}")),
        PullEvent::Bytes { done, total: Some(total), seconds_left, .. } if total > 0 => {
            let share = done * 100 / total;
            if *last == Some(share / 10) {
                return None;
            }
            *last = Some(share / 10);
            let left = seconds_left.map_or_else(String::new, |seconds| format!(", {seconds} s left"));
            Some(format!("{share} % of {} MB{left}", total / 1_000_000))
        }
        PullEvent::Bytes { .. } => None,
        PullEvent::Checking => Some("checking the hash".to_owned()),
        PullEvent::Failed { source, reason } => Some(format!("{source}: {reason}")),
    }
}

/// A GGUF file by its path stays where it is; it is checked and its use is shown.
fn adopt<W: Write>(path: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let bytes = check_gguf(path).map_err(|error| failed(&error, error.hint()))?;
    // In fourfold.toml a path begins at the workbench, wherever that is.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    out.line(&format!("{} is a GGUF file of {} MB. Name it in fourfold.toml:", path.display(), bytes / 1_000_000))?;
    out.line(&format!("  provider = \"embedded\"\n  model = \"{}\"", path.display()))?;
    Ok(Exit::Success)
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
            ModelsCommand::List(_) | ModelsCommand::Hosted { .. } => None,
        }
    }

    #[test]
    fn a_name_or_a_file_and_never_both() {
        let list = ListArguments { json: true, ..ListArguments::default() };
        assert_eq!(parse(&["list", "--json"]).unwrap(), ModelsCommand::List(list));
        let given = ["list", "--url", "http://gpu-box:1/v1", "--key", "x", "--provider", "ollama"];
        let ModelsCommand::List(list) = parse(&given).unwrap() else { panic!("no list") };
        assert_eq!((list.key.as_deref(), list.provider), (Some("x"), Some(crate::model::Dialect::Ollama)));
        assert_eq!(source(&["pull", "smollm2-135m"]), Some(PullSource::Catalog("smollm2-135m".to_owned())));
        assert_eq!(source(&["pull", "--path", "x.gguf"]), Some(PullSource::File(PathBuf::from("x.gguf"))));
        for wrong in [
            &["pull"][..],
            &["pull", "smollm2-135m", "--path", "x.gguf"],
            &[],
            &["list", "--key", "x"],
            &["list", "--url", "http://a/v1", "--key", "x", "--key-env", "X"],
            &["list", "--url", "http://a/v1", "--provider", "moon"],
        ] {
            assert_eq!(parse(wrong).unwrap_err().exit_code(), 2, "{wrong:?}");
        }
    }
}
