//! Adapters on the disk: PEFT's files with a card beside them, whole or not there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fourfold_engine::gguf::Gguf;
use fourfold_engine::{Adapter, Base, NumberFormat, Precision, Tokenizer, Trainer};

use super::error::TuneError;
use super::forgetting::{ItemResult, forgetting};
use super::job::Job;
use super::journal::TuneEvent;
use super::place::{TrainingPlace, adapters_folder, check_name, named_folders};
use super::progress::Progress;
use super::settings::engine;
use crate::config::{ModelSpec, Workbench};
use crate::files;
use crate::model::weights::locate;
use crate::model::{BaseModel, CARD, Card, CardEpoch, TrainingData};
use crate::run::now_milliseconds;

/// The file of an adapter's numbers, as PEFT names it.
pub(super) const WEIGHTS: &str = "adapter_model.safetensors";
/// No configuration of PEFT's is longer.
const MOST_CONFIG_BYTES: u64 = 1 << 20;

/// An adapter of a workbench.
#[derive(Clone, Debug, PartialEq)]
pub struct AdapterEntry {
    /// Its name.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Its card; why there is none that can be read.
    pub card: Result<Option<Card>, String>,
    /// Bytes of its numbers.
    pub bytes: u64,
    /// Whether this program wrote it into `.fourfold/`, rather than the workbench bringing it along.
    pub own: bool,
}

/// The adapters of a workbench, by name: those written here, then those that came with it.
pub fn adapters(workbench: &Workbench) -> Vec<AdapterEntry> {
    let own = adapters_folder(&workbench.root);
    let brought = workbench.root.join("adapters");
    let found = |folder: &Path, own: bool| {
        named_folders(folder, WEIGHTS).into_iter().map(|name| entry(&folder.join(&name), name, own)).collect::<Vec<_>>()
    };
    let mut all = found(&own, true);
    all.extend(found(&brought, false));
    all
}

fn entry(folder: &Path, name: String, own: bool) -> AdapterEntry {
    AdapterEntry {
        name,
        folder: folder.to_owned(),
        card: Card::read(folder).map_err(|error| error.to_string()),
        bytes: folder.join(WEIGHTS).metadata().map_or(0, |metadata| metadata.len()),
        own,
    }
}

/// Whether another adapter of the same name stands before this one: what was made here goes before what came with the workbench.
pub fn is_hidden(entry: &AdapterEntry, all: &[AdapterEntry]) -> bool {
    !entry.own && all.iter().any(|other| other.own && other.name == entry.name)
}

/// What a training gained on its own task, by an adapter's card; nothing where the card says nothing of it.
pub fn gained_in_words(card: &Card) -> Option<String> {
    let first = card.epochs.first()?;
    let kept = card.epochs.iter().find(|epoch| Some(epoch.epoch) == card.best_epoch).or_else(|| card.epochs.last())?;
    Some(match kept.validation {
        Some(validation) => format!(
            "loss on the task {:.3} over the first epoch, {validation:.3} on held-out rows with the kept weights; `fourfold \
             compare --fourfold` says what that is worth in scores",
            first.loss
        ),
        None => format!(
            "loss on the task {:.3} over the first epoch, {:.3} over the kept one; nothing was held out",
            first.loss, kept.loss
        ),
    })
}

/// The adapter called `name`.
pub fn adapter(workbench: &Workbench, name: &str) -> Result<AdapterEntry, TuneError> {
    let all = adapters(workbench);
    let known: Vec<String> = all.iter().map(|entry| entry.name.clone()).collect();
    all.into_iter().find(|entry| entry.name == name).ok_or_else(|| {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = crate::config::did_you_mean(name, &known, "adapter");
        TuneError::asked(format!("there is no adapter called `{name}`"), hint)
    })
}

/// The adapter that a model of the workbench answers with, and how strongly.
pub fn adapter_of(workbench: &Workbench, model: &ModelSpec) -> Result<(AdapterEntry, f64), TuneError> {
    let named = model.adapter.as_ref().ok_or_else(|| {
        let what = format!("the model `{}` has no adapter on this machine", model.id);
        TuneError::asked(
            what,
            "Pick a model that was tuned here, or import its adapter with `fourfold adapters import`.",
        )
    })?;
    let folder = workbench.adapter_folder(named);
    let found = adapters(workbench).into_iter().find(|entry| entry.folder == folder);
    let entry = found.ok_or_else(|| {
        let what = format!("the adapter of `{}` is not here: {}", model.id, folder.display());
        TuneError::asked(what, "`fourfold tune` trains it; `fourfold adapters import` brings one in.")
    })?;
    Ok((entry, named.scale))
}

/// The hash of the weights that the adapter in `folder` was trained on and that of `base` here, where both are known and differ.
pub fn other_weights(base: &str, folder: &Path) -> Option<(String, String)> {
    let trained_on = Card::read(folder).ok()??.base.hash?;
    let here = Gguf::open(&locate(base).ok()?.0).and_then(|file| file.tensors_hash()).ok()?;
    (trained_on != here).then_some((trained_on, here))
}

/// Takes an adapter away. One that came with the workbench is left to whoever put it there.
pub fn remove(workbench: &Workbench, name: &str) -> Result<PathBuf, TuneError> {
    let entry = adapter(workbench, name)?;
    if !entry.own {
        let what = format!("`{name}` came with the workbench and was not made here");
        return Err(TuneError::asked(what, format!("Delete {} yourself, if that is meant.", entry.folder.display())));
    }
    fs::remove_dir_all(&entry.folder).map_err(|error| TuneError::file(&entry.folder, &error))?;
    Ok(entry.folder)
}

/// What a card of an imported adapter says made it.
pub const IMPORTED: &str = "imported";

/// An adapter that was brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Where it is.
    pub folder: PathBuf,
    /// The base that its files name, where nothing in them tells by a hash whether it is the same.
    pub trained_on: Option<String>,
}

/// The base that PEFT's configuration names.
fn named_base(from: &Path) -> Option<String> {
    let text = files::read_text(&from.join("adapter_config.json"), MOST_CONFIG_BYTES).ok()?;
    let settings: serde_json::Value = serde_json::from_str(&text).ok()?;
    settings.get("base_model_name_or_path")?.as_str().map(str::to_owned)
}

/// Brings in an adapter that was trained elsewhere with PEFT on the same base.
pub fn import(
    workbench: &Workbench,
    from: &Path,
    name: &str,
    (base_name, base_path): &(String, PathBuf),
) -> Result<Imported, TuneError> {
    check_name(name)?;
    let target = adapters_folder(&workbench.root).join(name);
    if target.symlink_metadata().is_ok() {
        let what = format!("there is an adapter called `{name}` already");
        return Err(TuneError::asked(what, "Choose another name."));
    }
    if !from.is_dir() {
        let what = format!("there is no folder {}", from.display());
        return Err(TuneError::asked(what, "Name the folder that PEFT has written, with adapter_config.json in it."));
    }
    let base = &Base::load(base_path, Precision::Quantised).map_err(|error| engine(&error))?;
    let adapter = Adapter::load_peft(from, base).map_err(|error| engine(&error))?;
    let card = Card::read(from)?;
    if let Some(trained_on) = card.as_ref().and_then(|card| card.base.hash.as_deref())
        && trained_on != base.hash().map_err(|error| engine(&error))?
    {
        let what = format!(
            "{} was trained on other weights ({trained_on}) than {base_name} has here ({})",
            from.display(),
            base.hash().map_err(|error| engine(&error))?
        );
        let hint = "Name the model it was trained on with --base, or train it again on this one.";
        return Err(TuneError::asked(what, hint));
    }
    let is_proven = card.as_ref().is_some_and(|card| card.base.hash.is_some()) || adapter.base().is_some();
    let trained_on = if is_proven { None } else { named_base(from) };
    let card = match card {
        Some(card) => Card { name: name.to_owned(), ..card },
        None => Card {
            format: Card::format(),
            name: name.to_owned(),
            base: base_model(base_name, base_path, base)?,
            data: None,
            trained_with: Vec::new(),
            settings: serde_json::Value::Null,
            epochs: Vec::new(),
            best_epoch: None,
            overfitting: None,
            seed: None,
            seconds: None,
            created: timestamp(now_milliseconds()),
            program: IMPORTED.to_owned(),
        },
    };
    crate::config::prepare_program_folder(&workbench.root).map_err(|error| TuneError::file(&workbench.root, &error))?;
    save(&adapter, &card, &target)?;
    Ok(Imported { folder: target, trained_on })
}

/// Writes an adapter for other programs: one GGUF file for llama.cpp, or PEFT's folder. Never overwrites.
pub fn export(workbench: &Workbench, entry: &AdapterEntry, gguf: bool, target: &Path) -> Result<(), TuneError> {
    if target.symlink_metadata().is_ok() {
        let what = format!("{} is there already", target.display());
        return Err(TuneError::asked(what, "Name another place; nothing was written."));
    }
    let base = base_of(workbench, entry)?;
    let adapter = Adapter::load_peft(&entry.folder, &base).map_err(|error| engine(&error))?;
    if gguf {
        return adapter.save_gguf(target, NumberFormat::F16).map_err(|error| engine(&error));
    }
    let card = entry.card.clone().map_err(|what| TuneError::failed(what, "Import the adapter again."))?;
    match card {
        Some(card) => save(&adapter, &card, target),
        None => adapter.save_peft(target, NumberFormat::F16, None).map_err(|error| engine(&error)),
    }
}

/// Measures what an adapter made its base forget when it works so strongly. `told` hears of every item and stops the check with `false`.
pub fn check_forgetting(
    workbench: &Workbench,
    entry: &AdapterEntry,
    scale: f32,
    told: impl FnMut(usize, usize) -> bool,
) -> Result<Option<Vec<ItemResult>>, TuneError> {
    let path = base_path(workbench, entry)?;
    let base = Base::load(&path, Precision::Quantised).map_err(|error| engine(&error))?;
    let tokenizer = Gguf::open(&path).and_then(|file| Tokenizer::from_gguf(&file)).map_err(|error| engine(&error))?;
    let adapter = Adapter::load_peft(&entry.folder, &base).map_err(|error| engine(&error))?;
    forgetting(&base, &tokenizer, Arc::new(adapter), scale, told)
}

/// The file of the model an adapter belongs to: by the workbench's model that names it, else by its card.
pub fn base_path(workbench: &Workbench, entry: &AdapterEntry) -> Result<PathBuf, TuneError> {
    let names_it = |model: &&crate::config::ModelSpec| {
        model.adapter.as_ref().is_some_and(|adapter| workbench.adapter_folder(adapter) == entry.folder)
    };
    let by_card = || match &entry.card {
        Ok(Some(card)) => Some(card.base.name.clone()),
        _ => None,
    };
    let named = workbench.models.iter().find(names_it).map(|model| model.model.clone());
    let name = named.or_else(by_card).ok_or_else(|| {
        let what = format!("the adapter `{}` does not say which model it belongs to", entry.name);
        TuneError::asked(what, "Name it in fourfold.toml: a [[model]] with `base` and `adapter`.")
    })?;
    Ok(locate(&name)?.0)
}

fn base_of(workbench: &Workbench, entry: &AdapterEntry) -> Result<Base, TuneError> {
    let path = base_path(workbench, entry)?;
    Base::load(&path, Precision::Quantised).map_err(|error| engine(&error))
}

/// Writes what a training made: the best weights it saw. Gives the epoch they are of.
pub(super) fn write_adapter(
    place: &TrainingPlace,
    job: &Job,
    base: &Base,
    trainer: &Trainer,
    progress: &Progress,
    seconds: f64,
) -> Result<u32, TuneError> {
    let per_epoch = (trainer.steps() / trainer.options().epochs.max(1)).max(1);
    let (adapter, step) = match trainer.best().map_err(|error| engine(&error))? {
        Some((adapter, step, _)) => (adapter, step),
        None => (trainer.adapter().map_err(|error| engine(&error))?, trainer.step()),
    };
    let best_epoch = step.div_ceil(per_epoch) as u32;
    let card = Card {
        format: Card::format(),
        name: job.name.clone(),
        base: base_model(&job.base, &job.base_path, base)?,
        data: Some(TrainingData {
            hash: job.set.hash.clone(),
            file: job.set.file.clone(),
            examples: job.set.examples,
            held_out: job.set.held_out,
        }),
        trained_with: job.set.trained_with.clone(),
        settings: serde_json::to_value(&job.settings).unwrap_or_default(),
        epochs: progress
            .epochs_done
            .iter()
            .map(|done| CardEpoch { epoch: done.epoch, loss: done.train, validation: done.validation })
            .collect(),
        best_epoch: Some(best_epoch),
        overfitting: progress.overfitting.as_ref().map(|(_, message)| message.clone()),
        seed: Some(job.settings.seed),
        seconds: Some((seconds * 10.0).round() / 10.0),
        created: timestamp(now_milliseconds()),
        program: concat!("fourfold ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    save(&adapter, &card, &place.adapter)?;
    Ok(best_epoch)
}

/// What a training says at its end, where its adapter is there already: it was killed before it could say so.
pub(super) fn made_before(place: &TrainingPlace, job: &Job) -> Result<Option<TuneEvent>, TuneError> {
    if place.adapter.symlink_metadata().is_err() {
        return Ok(None);
    }
    let settings = serde_json::to_value(&job.settings).unwrap_or_default();
    let is_its = |card: &Card| {
        card.name == job.name
            && card.settings == settings
            && card.data.as_ref().is_some_and(|data| data.hash == job.set.hash)
            && place.adapter.join(WEIGHTS).is_file()
    };
    let card = Card::read(&place.adapter)?.filter(is_its).ok_or_else(|| {
        let what = format!("there is another adapter called `{}` by now", job.name);
        let hint = format!("Take it away with `fourfold adapters remove {}`, then go on with this training.", job.name);
        TuneError::asked(what, hint)
    })?;
    let best_epoch = card.best_epoch.unwrap_or(0);
    let validation = card.epochs.iter().find(|done| done.epoch == best_epoch).and_then(|done| done.validation);
    let (adapter, seconds) = (job.name.clone(), card.seconds.unwrap_or(0.0));
    Ok(Some(TuneEvent::Finished { adapter, best_epoch, validation, seconds }))
}

/// Writes files and card aside, and gives the folder its name when all of it is on the disk.
fn save(adapter: &Adapter, card: &Card, target: &Path) -> Result<(), TuneError> {
    let mut part_name = target.file_name().unwrap_or_default().to_owned();
    part_name.push(".part");
    // Names of adapters never begin with a dot, so this is none.
    let part = target.with_file_name(format!(".{}", part_name.to_string_lossy()));
    let failed = |error: &std::io::Error| TuneError::file(target, error);
    if part.exists() {
        fs::remove_dir_all(&part).map_err(|error| failed(&error))?;
    }
    fs::create_dir_all(&part).map_err(|error| failed(&error))?;
    let written = adapter
        .save_peft(&part, NumberFormat::F16, None)
        .map_err(|error| engine(&error))
        .and_then(|()| {
            let text = serde_json::to_vec_pretty(card).map_err(|error| failed(&error.into()))?;
            super::job::write_whole(&part.join(CARD), &text)
        })
        .and_then(|()| fs::rename(&part, target).map_err(|error| failed(&error)));
    if written.is_err() {
        // A full disk is given back what it lent.
        let _ = fs::remove_dir_all(&part);
    }
    written
}

fn base_model(name: &str, path: &Path, base: &Base) -> Result<BaseModel, TuneError> {
    Ok(BaseModel {
        name: name.to_owned(),
        file: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        hash: Some(base.hash().map_err(|error| engine(&error))?.to_owned()),
        computed_as: "the file's weights requantised to 8 bits, everything else in 32 bits".to_owned(),
    })
}

fn timestamp(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds).map_or_else(|_| String::new(), |time| time.to_string())
}
