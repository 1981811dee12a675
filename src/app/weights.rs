//! Fetching the embedded model while the screen stays alive, and loading it behind the first frame.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::event::EventKind;
use crate::model::catalog;
use crate::model::weights::{PullEvent, PullOptions, entry, installed, locate, model_directory, pull};
use crate::model::{AdapterUse, EmbeddedModels, Model, ModelError};
use crate::run::stopwatch;
use crate::state::{EmbeddedOffer, EngineState, Fault};

/// The catalog, and which of it is on this machine.
pub(super) fn offers() -> Vec<EmbeddedOffer> {
    let directory = model_directory().ok();
    catalog::CATALOG
        .iter()
        .map(|entry| EmbeddedOffer {
            name: entry.name,
            title: entry.title,
            bytes: entry.size.bytes(),
            licence: entry.licence,
            here: directory.as_ref().is_some_and(|directory| installed(entry, directory).is_some()),
        })
        .collect()
}

/// Makes embedded models for a session: each file is loaded once.
pub(super) fn factory() -> crate::run::EmbeddedFactory {
    let models = EmbeddedModels::default();
    Arc::new(move |name: &str, adapter: Option<&AdapterUse>| -> Result<Arc<dyn Model>, ModelError> {
        let (path, hash) = locate(name)?;
        models.get(&path, hash, adapter)
    })
}

/// Loads a model behind the first frame, or says that it is not here.
pub(super) fn load(factory: &crate::run::EmbeddedFactory, name: &str, events: &mpsc::Sender<EventKind>) {
    let state = match locate(name) {
        Err(_) if catalog::find(name).is_some() => EngineState::Absent,
        Err(error) => EngineState::Failed(Fault { what: error.to_string(), hint: error.hint() }),
        Ok(_) => {
            let _ = events.blocking_send(EventKind::Engine(EngineState::Loading));
            match factory(name, None) {
                Ok(_) => EngineState::Ready,
                Err(error) => EngineState::Failed(Fault { what: error.to_string(), hint: error.hint() }),
            }
        }
    };
    let _ = events.blocking_send(EventKind::Engine(state));
}

/// Whether `name` is a model of the catalog that is not on this machine yet.
pub(super) fn is_to_fetch(name: &str) -> bool {
    catalog::find(name).is_some() && locate(name).is_err()
}

/// Fetches a model of the catalog and loads it. Dropping the task cancels; what has arrived is kept for the next try.
pub(super) async fn fetch(factory: crate::run::EmbeddedFactory, name: String, events: mpsc::Sender<EventKind>) {
    let failed = |what: String, hint: String| EventKind::Engine(EngineState::Failed(Fault { what, hint }));
    let (Ok(entry), Ok(directory)) = (entry(&name), model_directory()) else {
        let _ = events.send(failed("no folder to keep models in".to_owned(), "Set HOME.".to_owned())).await;
        return;
    };
    let options = PullOptions::new(stopwatch());
    let (told, model) = (events.clone(), name.clone());
    let progress = move |event| {
        if let PullEvent::Bytes { source, done, total, seconds_left } = event {
            let (total, source) = (total.unwrap_or(0), source.to_string());
            // Progress that does not fit the queue is out of date by the time it would.
            let model = model.clone();
            let far = EngineState::Downloading { model, done, total, source, seconds_left };
            let _ = told.try_send(EventKind::Engine(far));
        }
    };
    let result = pull(entry, &directory, &options, progress).await;
    match result {
        Ok(_) => {
            let ended = tokio::task::spawn_blocking(move || load(&factory, &name, &events)).await;
            drop(ended);
        }
        Err(error) => {
            let _ = events.send(failed(error.to_string(), error.hint())).await;
        }
    }
}
