//! Answers of a bigger model, collected behind the screen; reviews, written the moment they are made.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::event::{DistilNews, EventKind};
use crate::config::Workbench;
use crate::run::{Session, ahead_in_words};
use crate::state::Fault;
use crate::store::Store;
use crate::tune::TuneError;
use crate::tune::distil::{
    DistilEvent, DistilPlace, DistilPlan, DistilStep, append, distil, reviewed_files, write_reviewed,
};

/// Reviewed files are written one after the other.
static WRITING: Mutex<()> = Mutex::new(());

fn fault(error: &TuneError) -> Fault {
    Fault { what: error.to_string(), hint: error.hint() }
}

/// Reads what is known and asks the rest; `generation` tells its news from those of one before. Aborting the handle drops the
/// streams.
pub(super) fn begin(
    session: Arc<Session>,
    store: Arc<Store>,
    generation: u64,
    arm: String,
    events: mpsc::Sender<EventKind>,
) -> AbortHandle {
    let task = tokio::spawn(async move {
        let fault = ask(session, store, generation, arm, &events).await.err().map(|error| fault(&error));
        let _ = events.send(EventKind::Distil(DistilNews::Over { generation, fault })).await;
    });
    task.abort_handle()
}

async fn ask(
    session: Arc<Session>,
    store: Arc<Store>,
    generation: u64,
    arm: String,
    events: &mpsc::Sender<EventKind>,
) -> Result<(), TuneError> {
    let (reading, known) = (Arc::clone(&session), Arc::clone(&store));
    let plan = tokio::task::spawn_blocking(move || {
        let plan = DistilPlan::new(&reading, &arm, None)?;
        let wanted = plan.missing();
        let forecast = (!wanted.is_empty()).then(|| plan.forecast(&reading, &known, &wanted)).transpose()?;
        let mut ahead = Vec::new();
        if let Some(forecast) = forecast {
            ahead.extend(ahead_in_words(&reading, &forecast, plan.model()));
            if forecast.cases > 0 {
                ahead.extend(reading.first_use(plan.model()));
            }
        }
        Ok::<_, TuneError>((plan, wanted, ahead))
    })
    .await;
    let (plan, wanted, ahead) =
        plan.map_err(|error| TuneError::failed(format!("reading the rows failed: {error}"), "Try again."))??;
    let (name, rows) = (plan.place.name.clone(), plan.rows.clone());
    let news = DistilNews::Loaded { generation, name, rows, wanted: wanted.len(), ahead };
    let _ = events.send(EventKind::Distil(news)).await;
    // Rows end a few at a time: what the loop has not taken yet waits here.
    let (sender, mut receiver) = mpsc::unbounded_channel::<DistilStep>();
    let forward = async {
        while let Some(step) = receiver.recv().await {
            let news = DistilNews::Answered { generation, step };
            if events.send(EventKind::Distil(news)).await.is_err() {
                break;
            }
        }
    };
    let asking = async {
        let sender = sender;
        distil(session, store, &plan, wanted, |step| sender.send(step).is_ok()).await
    };
    let (asked, ()) = tokio::join!(asking, forward);
    asked
}

/// Keeps a decision: it is on the disk when this returns.
pub(super) fn keep(workbench: &Workbench, name: &str, event: &DistilEvent) -> Result<(), Fault> {
    let place = DistilPlace::new(&workbench.root, name).map_err(|error| fault(&error))?;
    append(&place.journal(), std::slice::from_ref(event)).map_err(|error| fault(&error))
}

/// Writes the rows that passed, and says which files there are to learn from.
pub(super) fn write(session: &Session, arm: &str) -> EventKind {
    let _turn = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let written = DistilPlan::new(session, arm, None)
        .and_then(|plan| write_reviewed(&plan.place, &session.workbench.data.mapping, &plan.rows));
    let files = written.map(|_| learnable(&session.workbench)).map_err(|error| fault(&error));
    EventKind::Distil(DistilNews::Written(files))
}

/// Data files the Tune screen offers at most, beside the reviewed ones.
const OFFERED: usize = 12;

/// What can be learned besides the train split, for the Tune screen: reviewed files, then data files that no split is read from.
/// Each has its path, and what it is.
pub(super) fn learnable(workbench: &Workbench) -> Vec<(String, String)> {
    let line = |path: &Path| path.to_string_lossy().into_owned();
    let reviewed = reviewed_files(&workbench.root).into_iter();
    let reviewed = reviewed.map(|file| (line(&file.path), format!("{} reviewed answers of {}", file.rows, file.name)));
    let read = workbench.split_files();
    let read = [read.train, read.dev, read.test].map(Option::unwrap_or_default);
    let others = super::data::files::names(&workbench.root).into_iter().map(|name| workbench.root.join(name));
    let others = others.filter(|path| !read.contains(path)).take(OFFERED);
    let named = |path: PathBuf| (line(&path), path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    reviewed.chain(others.map(named)).collect()
}
