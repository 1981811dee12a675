//! A training as it is asked for: what is trained on what, with which settings. Written once before it begins; everything
//! that runs, pauses or goes on reads it from there.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::control::check_turn;
use super::error::TuneError;
use super::examples::{ExampleSet, write_examples};
use super::journal::{JournalReader, TuneEvent};
use super::lock::holder;
use super::place::TrainingPlace;
use super::rows::TuneRows;
use super::settings::{TuneSettings, config_of};
use crate::config::{Provider, Workbench, prepare_program_folder};
use crate::files;
use crate::model::weights::locate;
use crate::run::Session;

/// What a person asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct TuneRequest {
    /// The adapter's name.
    pub name: String,
    /// The `id` of the model to tune, in fourfold.toml.
    pub base: String,
    /// The arms that ask: one for a plain-tuned or a prompted-tuned model, several for a mixed one.
    pub arms: Vec<String>,
    /// The file whose rows are learned, such as a reviewed one; the train split without.
    pub data: Option<PathBuf>,
    /// The settings.
    pub settings: TuneSettings,
}

/// A training, ready to begin or begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The adapter's name.
    pub name: String,
    /// The base model's name, as a workbench writes it.
    pub base: String,
    /// Its file.
    pub base_path: PathBuf,
    /// The settings.
    pub settings: TuneSettings,
    /// What the examples are.
    pub set: ExampleSet,
    /// When it was asked for, in milliseconds since 1970.
    pub created: i64,
}

impl Job {
    /// The job at a place.
    pub fn read(place: &TrainingPlace) -> Result<Self, TuneError> {
        let path = place.job();
        let text = fs::read(&path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound {
                let what = format!("there is no training called `{}`", place.name);
                TuneError::asked(what, "`fourfold tune --list` names those there are; `fourfold tune --name NAME` without --resume begins one.")
            } else {
                TuneError::file(&path, &error)
            }
        })?;
        serde_json::from_slice(&text).map_err(|error| TuneError::file(&path, &error.into()))
    }
}

/// The arms a request without any means: the plain row of the fourfold table, else the first arm of the base model, else
/// the first arm.
pub fn usual_arm(session: &Session, base: &str) -> Option<String> {
    let workbench = &session.workbench;
    let plain = workbench.fourfold.as_ref().and_then(|table| {
        let is_it = |arm: &&crate::config::Arm| {
            arm.model == table.base && arm.prompt == table.plain.prompt && arm.strategy == table.plain.strategy
        };
        workbench.arms.iter().find(is_it)
    });
    let of_base = || workbench.arms.iter().find(|arm| arm.model == base);
    plain.or_else(of_base).or_else(|| workbench.arms.first()).map(|arm| arm.id.clone())
}

/// The model a request without one means: the fourfold table's base, else the first embedded model that is not tuned.
pub fn usual_base(workbench: &Workbench) -> Option<String> {
    let table = workbench.fourfold.as_ref().map(|table| table.base.clone());
    let first = || {
        let is_it = |model: &&crate::config::ModelSpec| model.provider == Provider::Embedded && model.base.is_none();
        workbench.models.iter().find(is_it).map(|model| model.id.clone())
    };
    table.or_else(first)
}

/// The file of the model to tune: one that runs inside this program, and is not tuned itself.
pub fn base_file(workbench: &Workbench, id: &str) -> Result<(String, PathBuf), TuneError> {
    let spec = workbench.model(id).ok_or_else(|| {
        let known: Vec<&str> = workbench.models.iter().map(|model| model.id.as_str()).collect();
        let hint = crate::config::did_you_mean(id, &known, "model");
        TuneError::asked(format!("no model of the workbench is called `{id}`"), hint)
    })?;
    if spec.provider != Provider::Embedded {
        let what = format!("`{id}` runs on a server, and only an embedded model can be tuned here");
        let hint = "`fourfold data export` writes training files for hosted services.";
        return Err(TuneError::asked(what, hint));
    }
    if spec.base.is_some() {
        let what = format!("`{id}` is itself tuned");
        return Err(TuneError::asked(what, "Name the model that it was tuned from."));
    }
    Ok((spec.model.clone(), locate(&spec.model)?.0))
}

/// Makes a training ready: its examples and its job are on the disk, and nothing runs yet.
pub fn prepare(session: &Session, request: &TuneRequest, now: i64) -> Result<(TrainingPlace, Job), TuneError> {
    let root = &session.workbench.root;
    let place = TrainingPlace::new(root, &request.name)?;
    request.settings.options()?;
    let (base, base_path) = base_file(&session.workbench, &request.base)?;
    let cut_at_context = request.settings.fit(&base, &config_of(&base_path)?)?;
    let rows = TuneRows::of(session, request.data.as_deref())?;
    make_room(&place)?;
    check_turn(&place)?;
    prepare_program_folder(root).map_err(|error| TuneError::file(root, &error))?;
    fs::create_dir_all(&place.folder).map_err(|error| TuneError::file(&place.folder, &error))?;
    let arms: Vec<&str> = request.arms.iter().map(String::as_str).collect();
    let settings = request.settings.clone();
    let written = write_examples(session, &arms, &rows, settings.validation_share, settings.seed, &place.examples());
    let ready = written.and_then(|mut set| {
        set.notes.extend(cut_at_context);
        let job = Job { name: request.name.clone(), base, base_path, settings, set, created: now };
        write_whole(&place.job(), &serde_json::to_vec_pretty(&job).unwrap_or_default())?;
        Ok(job)
    });
    match ready {
        Ok(job) => Ok((place, job)),
        Err(error) => {
            // A folder without a job is no training.
            let _ = fs::remove_dir_all(&place.folder);
            Err(error)
        }
    }
}

/// Refuses a name that is taken; clears away what an ended training of that name left.
fn make_room(place: &TrainingPlace) -> Result<(), TuneError> {
    let name = &place.name;
    if let Some(holder) = holder(place) {
        let what = format!("`{name}` is being trained already, by process {}", holder.pid);
        let hint = format!("`fourfold tune --name {name} --resume` looks on; --pause and --cancel stop it.");
        return Err(TuneError::asked(what, hint));
    }
    if place.adapter.symlink_metadata().is_ok() {
        let what = format!("there is an adapter called `{name}` already");
        let hint = format!("Choose another name, or take it away with `fourfold adapters remove {name}`.");
        return Err(TuneError::asked(what, hint));
    }
    if place.job().is_file() && !is_over(place) {
        let (how, goes_on) = match last_event(place) {
            Some(TuneEvent::Failed { what, .. }) => (format!("failed ({what})"), "tries it again as it was"),
            Some(TuneEvent::Paused { .. }) => ("is paused".to_owned(), "goes on with it"),
            _ => ("was interrupted".to_owned(), "goes on with it"),
        };
        let what = format!("there is a training called `{name}` that {how}");
        let hint =
            format!("`fourfold tune --name {name} --resume` {goes_on}; `--cancel` gives it up and frees the name.");
        return Err(TuneError::asked(what, hint));
    }
    match fs::remove_dir_all(&place.folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(TuneError::file(&place.folder, &error)),
        _ => Ok(()),
    }
}

/// Whether the training has ended for good: finished or cancelled.
pub fn is_over(place: &TrainingPlace) -> bool {
    matches!(last_event(place), Some(TuneEvent::Cancelled | TuneEvent::Finished { .. }))
}

fn last_event(place: &TrainingPlace) -> Option<TuneEvent> {
    let entries = JournalReader::new(place.journal()).read().unwrap_or_default();
    entries.into_iter().next_back().map(|entry| entry.event)
}

/// Writes a whole file.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), TuneError> {
    files::write_whole(path, bytes).map_err(|error| TuneError::file(path, &error))
}
