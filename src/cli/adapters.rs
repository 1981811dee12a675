//! Arguments of `fourfold adapters`: what tuning made, and handing it to others.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::asking::until_interrupted;
use super::{Exit, Fault, Output};
use crate::config::Provider;
use crate::run::Session;
use crate::tune::{self, AdapterEntry, ItemResult, TuneError};

/// Arguments of `fourfold adapters`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct AdaptersArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: AdaptersCommand,
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(long, value_name = "FOLDER", global = true)]
    pub workbench: Option<PathBuf>,
}

/// What `fourfold adapters` can do.
#[derive(Clone, Debug, Subcommand, PartialEq, Eq)]
pub enum AdaptersCommand {
    /// Show the adapters of this workbench
    List {
        /// One line of JSON for each adapter
        #[arg(long)]
        json: bool,
    },
    /// Show one adapter's card: base, data, prompt, settings, losses
    Show {
        /// Its name
        name: String,
        /// The card as it is in its file
        #[arg(long)]
        json: bool,
    },
    /// Bring in an adapter that PEFT wrote, trained on the same base
    Import {
        /// The folder that PEFT wrote
        folder: PathBuf,
        /// What to call it
        #[arg(long)]
        name: String,
        /// The model of fourfold.toml that it was trained on
        #[arg(long, value_name = "MODEL")]
        base: String,
    },
    /// Delete an adapter that was made here
    Remove {
        /// Its name
        name: String,
    },
    /// Write an adapter for other programs
    Export {
        /// Its name
        name: String,
        /// For llama.cpp: one GGUF file. Without it: PEFT's folder, for Python
        #[arg(long)]
        gguf: bool,
        /// Where to; never overwrites
        #[arg(long, short = 'o', visible_alias = "output", value_name = "PATH")]
        out: PathBuf,
    },
    /// Measure what tuning made the model forget: general text and questions, base against tuned
    Check {
        /// Its name; or a model of fourfold.toml with a `base`, on a server that says how probable a given text is
        name: String,
        /// One line of JSON for each item, and one for each kind
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn tune_fault(error: &TuneError) -> Fault {
    match error {
        TuneError::Asked { what, hint } => Fault::Asked { what: what.clone(), hint: hint.clone() },
        _ => Fault::Failed { what: error.to_string(), hint: error.hint() },
    }
}

/// Lists, shows, brings in, takes away, hands on, checks.
pub(super) fn adapters<W: Write>(
    arguments: &AdaptersArguments,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let workbench = super::workbench_at(arguments.workbench.as_deref(), current)?;
    let fault = |error: TuneError| tune_fault(&error);
    match &arguments.command {
        AdaptersCommand::List { json } => {
            let all = tune::adapters(&workbench);
            for entry in &all {
                let is_hidden = tune::is_hidden(entry, &all);
                list_line(entry, is_hidden, *json, out)?;
            }
            if all.is_empty() && !json {
                out.line("No adapters yet. `fourfold tune --base MODEL --name NAME` makes one.")?;
            }
        }
        AdaptersCommand::Show { name, json } => {
            show(&tune::adapter(&workbench, name).map_err(fault)?, *json, out)?;
        }
        AdaptersCommand::Import { folder, name, base } => {
            let base = tune::base_file(&workbench, base).map_err(fault)?;
            let tune::Imported { folder: target, trained_on } =
                tune::import(&workbench, &current.join(folder), name, &base).map_err(fault)?;
            let shown = target.strip_prefix(&workbench.root).unwrap_or(&target);
            out.line(&format!("Imported as {}.", shown.display()))?;
            if let Some(named) = trained_on {
                out.line(&format!(
                    "It names `{named}` as its base. That {} here has the same weights cannot be seen from it: only the shapes were \
                     compared.",
                    base.0
                ))?;
            }
            let taken = |id: &str| workbench.model(id).is_some();
            let named: Vec<&str> = answering_with(&workbench, &target).collect();
            if !named.is_empty() {
                out.line(&format!("From now on it answers as {} of fourfold.toml.", named.join(", ")))?;
            } else if let Some(spec) = crate::app::tuned_model(&workbench.models, &base.0, name, taken) {
                out.line("To ask with it, add this to fourfold.toml:")?;
                out.line("")?;
                crate::config::model_block(&spec).lines().try_for_each(|line| out.line(line))?;
            }
        }
        AdaptersCommand::Remove { name } => {
            let folder = tune::remove(&workbench, name).map_err(fault)?;
            out.line(&format!("Deleted {}.", folder.display()))?;
            for model in &workbench.models {
                let Some(adapter) = model.adapter.as_ref().filter(|adapter| adapter.folder.ends_with(name)) else {
                    continue;
                };
                let next = workbench.adapter_folder(adapter);
                out.line(&if next.is_dir() {
                    format!("Model `{}` of fourfold.toml answers with {} from now on.", model.id, next.display())
                } else {
                    format!("Model `{}` of fourfold.toml still names it.", model.id)
                })?;
            }
        }
        AdaptersCommand::Export { name, gguf, out: target } => {
            let entry = tune::adapter(&workbench, name).map_err(fault)?;
            let target = current.join(target);
            tune::export(&workbench, &entry, *gguf, &target).map_err(fault)?;
            out.line(&format!("Wrote {}.", target.display()))?;
            let base = tune::base_path(&workbench, &entry).map_err(fault)?;
            out.line(&loaded_with(&base, *gguf, &target))?;
        }
        AdaptersCommand::Check { name, json } => {
            let on_server = workbench.model(name).filter(|model| model.provider != Provider::Embedded);
            if on_server.is_some() && !tune::adapters(&workbench).iter().any(|entry| entry.name == *name) {
                let session = super::session_at(arguments.workbench.as_deref(), current)?;
                return check_served(&session, name, *json, out);
            }
            return check(&workbench, &tune::adapter(&workbench, name).map_err(fault)?, *json, out);
        }
    }
    Ok(Exit::Success)
}

/// The models that answer with the adapter in a folder.
fn answering_with<'a>(workbench: &'a crate::config::Workbench, folder: &'a Path) -> impl Iterator<Item = &'a str> {
    let has_it = move |model: &&crate::config::ModelSpec| {
        model.adapter.as_ref().is_some_and(|adapter| workbench.adapter_folder(adapter) == folder)
    };
    workbench.models.iter().filter(has_it).map(|model| model.id.as_str())
}

/// How another program loads what was written.
fn loaded_with(base: &Path, gguf: bool, target: &Path) -> String {
    let target = target.display();
    if gguf {
        return format!("llama.cpp takes it as `llama-server -m {} --lora {target}`.", base.display());
    }
    let folder = base.parent().unwrap_or_else(|| Path::new(".")).display();
    let file = base.file_name().unwrap_or_default().to_string_lossy();
    format!(
        "PEFT takes it as `PeftModel.from_pretrained(base, \"{target}\")`, with the base it was trained on: `base = \
         AutoModelForCausalLM.from_pretrained(\"{folder}\", gguf_file=\"{file}\")`."
    )
}

fn list_line<W: Write>(entry: &AdapterEntry, is_hidden: bool, json: bool, out: &mut Output<W>) -> Result<(), Fault> {
    if json {
        let (card, problem) = match &entry.card {
            Ok(card) => (card.clone(), None),
            Err(problem) => (None, Some(problem)),
        };
        return out.json(&json!({
            "name": entry.name, "folder": entry.folder, "bytes": entry.bytes, "own": entry.own, "hidden": is_hidden,
            "card": card, "problem": problem,
        }));
    }
    let about = match &entry.card {
        Err(problem) => problem.clone(),
        Ok(None) => "no card: trained elsewhere".to_owned(),
        Ok(Some(card)) => {
            let with: Vec<String> = card.trained_with.iter().map(crate::model::TrainedWith::label).collect();
            let with = if with.is_empty() { "trained elsewhere".to_owned() } else { with.join(" + ") };
            let date = card.created.split('T').next().unwrap_or_default();
            format!("{:<24} {with}  {date}", card.base.name)
        }
    };
    let size = entry.bytes as f64 / 1e6;
    // Two of one name would look alike.
    let aside = if is_hidden { "  (came with the workbench; the one made here answers in its place)" } else { "" };
    out.line(format!("{:<16} {size:>6.1} MB  {about}{aside}", entry.name).trim_end())
}

/// A setting of a card for people; nothing where it was left to itself.
fn setting(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::Null => None,
        // Settings are single precision, which a double would show with all that rounding left of them.
        serde_json::Value::Number(number) if number.is_f64() => number.as_f64().map(|value| (value as f32).to_string()),
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Array(values) => Some(values.iter().filter_map(setting).collect::<Vec<_>>().join(" ")),
        other => Some(other.to_string()),
    }
}

fn show<W: Write>(entry: &AdapterEntry, json: bool, out: &mut Output<W>) -> Result<(), Fault> {
    let failed = |what: &str| {
        let hint = "Import it again with `fourfold adapters import`.".to_owned();
        Fault::Failed { what: what.to_owned(), hint }
    };
    let card = match &entry.card {
        Err(problem) => return Err(failed(problem)),
        Ok(None) => return Err(failed(&format!("the adapter `{}` has no card", entry.name))),
        Ok(Some(card)) => card,
    };
    if json {
        return out.json(card);
    }
    let mut line = |label: &str, text: &str| out.line(&format!("{label:<14}{text}"));
    line("name", &card.name)?;
    line("folder", &entry.folder.display().to_string())?;
    line("size", &format!("{:.1} MB", entry.bytes as f64 / 1e6))?;
    line("base", &format!("{} ({})", card.base.name, card.base.file))?;
    line("base hash", card.base.hash.as_deref().unwrap_or("not known"))?;
    line("computed as", &card.base.computed_as)?;
    for with in &card.trained_with {
        line("trained with", &format!("{} (arm {})", with.label(), with.arm))?;
    }
    if let Some(data) = &card.data {
        line("data", &format!("{}: {} examples, {} held out", data.file, data.examples, data.held_out))?;
        line("data hash", &data.hash)?;
    }
    if let serde_json::Value::Object(settings) = &card.settings {
        let settings: Vec<String> =
            settings.iter().filter_map(|(name, value)| Some(format!("{name} {}", setting(value)?))).collect();
        line("settings", &settings.join(", "))?;
    }
    for epoch in &card.epochs {
        let validation = epoch.validation.map_or_else(String::new, |loss| format!(", validation {loss:.4}"));
        let kept = if card.best_epoch == Some(epoch.epoch) { "  (kept)" } else { "" };
        line(&format!("epoch {}", epoch.epoch), &format!("loss {:.4}{validation}{kept}", epoch.loss))?;
    }
    if let Some(overfitting) = &card.overfitting {
        line("note", overfitting)?;
    }
    if let Some(seconds) = card.seconds {
        line("took", &format!("{seconds:.0} s"))?;
    }
    if card.program == tune::IMPORTED {
        line("imported", &card.created)?;
    } else {
        line("made", &format!("{} by {}", card.created, card.program))?;
    }
    Ok(())
}

/// The check of a tuned model that runs on a server.
fn check_served<W: Write>(session: &Session, id: &str, json: bool, out: &mut Output<W>) -> Result<Exit, Fault> {
    super::tell_first_use(session.first_use(id).as_deref());
    let mut broken = None;
    let found = until_interrupted(tune::forgetting_served(session, id, |done, of| {
        broken = told(done, of, json, out).err();
        broken.is_none()
    }))?;
    if let Some(fault) = broken {
        return Err(fault);
    }
    let Some(items) = found.unwrap_or(Ok(None)).map_err(|error| tune_fault(&error))? else {
        return Ok(Exit::Interrupted);
    };
    forgotten(&items, json, out)?;
    Ok(Exit::Success)
}

fn told<W: Write>(done: usize, of: usize, json: bool, out: &mut Output<W>) -> Result<(), Fault> {
    if !json && done.is_multiple_of(12) { out.line(&format!("{done} of {of} items")) } else { Ok(()) }
}

/// What was measured, item by item where that is wanted, and kind by kind.
fn forgotten<W: Write>(items: &[ItemResult], json: bool, out: &mut Output<W>) -> Result<(), Fault> {
    if json {
        items.iter().try_for_each(|item| out.json(item))?;
    }
    for kind in tune::summary(items) {
        if json {
            out.json(&json!({ "summary": kind, "verdict": kind.verdict() }))?;
        } else {
            out.line(&kind.in_words())?;
        }
    }
    Ok(())
}

fn check<W: Write>(
    workbench: &crate::config::Workbench,
    entry: &AdapterEntry,
    json: bool,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let mut broken = None;
    let found = tune::check_forgetting(workbench, entry, 1.0, |done, of| {
        broken = told(done, of, json, out).err();
        broken.is_none()
    });
    if let Some(fault) = broken {
        return Err(fault);
    }
    let Some(items) = found.map_err(|error| tune_fault(&error))? else { return Ok(Exit::Interrupted) };
    forgotten(&items, json, out)?;
    let gained = entry.card.as_ref().ok().and_then(Option::as_ref).and_then(tune::gained_in_words);
    if let (false, Some(gained)) = (json, gained) {
        out.line(&format!("What tuning gained: {gained}"))?;
    }
    Ok(Exit::Success)
}
