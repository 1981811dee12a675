//! Trainings, as the screen has them: reckoned, begun, looked at, and their models taken into the workbench.
//!
//! A training runs in a process of its own; what is here only looks on, and goes away with the screen.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::effect::TuneWork;
use super::event::{Adopted, EventKind, TuneNews};
use super::{cells, distil};
use crate::config::{Adapter, ModelSpec, Provider, Workbench};
use crate::run::{Session, now_milliseconds};
use crate::state::{Fault, Tunable};
use crate::tune::{self, TrainingPlace, TuneError, TuneRequest, Watch, Wish};

/// How often a training is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What of a workbench can be tuned, for the form.
pub(super) fn tunable(workbench: &Workbench) -> Tunable {
    let bases = workbench
        .models
        .iter()
        .filter(|model| model.provider == Provider::Embedded && model.base.is_none())
        .map(|model| (model.id.clone(), model.model.clone()))
        .collect();
    let arms = workbench
        .arms
        .iter()
        .filter(|arm| workbench.model(&arm.model).is_none_or(|model| model.base.is_none()))
        .map(|arm| (arm.id.clone(), format!("{} · {}", arm.prompt, arm.strategy.name)))
        .collect();
    let folder = workbench.root.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let name: String = folder.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
    let name = if name.is_empty() { "tuned".to_owned() } else { format!("{name}-tuned") };
    let taken: Vec<String> = tune::adapters(workbench).into_iter().map(|entry| entry.name).collect();
    let free = |name: &String| !taken.contains(name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let name = std::iter::once(name.clone()).chain(numbered).find(free).unwrap_or(name);
    let how = |arm: &crate::config::Arm| format!("{} · {} · {}", arm.prompt, arm.strategy.name, arm.model);
    // The one that teaches is as a rule on a server: what is inside this program is what learns.
    let mut teachers: Vec<_> = workbench.arms.iter().collect();
    teachers.sort_by_key(|arm| workbench.model(&arm.model).is_some_and(|model| model.provider == Provider::Embedded));
    Tunable {
        bases,
        arms,
        name,
        rows: distil::learnable(workbench),
        teachers: teachers.into_iter().map(|arm| (arm.id.clone(), how(arm))).collect(),
        train_rows: 0,
    }
}

/// The training of a workbench that runs, or was interrupted, else the last one that ended while nobody looked and that no
/// model of the workbench answers with yet: looked at from the first frame on.
pub(super) fn found(session: &Session, events: &mpsc::Sender<EventKind>) {
    let workbench = &session.workbench;
    let places = tune::trainings(&workbench.root);
    let places = places.into_iter().filter_map(|name| TrainingPlace::new(&workbench.root, &name).ok());
    let (over, open): (Vec<_>, Vec<_>) = places.partition(tune::is_over);
    let made: Vec<String> = tune::adapters(workbench).into_iter().map(|entry| entry.name).collect();
    let is_used = |name: &str| {
        let folder = folder_of(name);
        workbench.models.iter().any(|model| model.adapter.as_ref().is_some_and(|adapter| adapter.folder == folder))
    };
    let waits = |place: &TrainingPlace| made.contains(&place.name) && !is_used(&place.name);
    let ended = |place: &TrainingPlace| std::fs::metadata(place.journal()).and_then(|file| file.modified()).ok();
    // One that runs comes before any that waits to be gone on with, and of those the one that was at work last.
    let place = open
        .into_iter()
        .max_by_key(|place| (tune::holder(place).is_some(), ended(place)))
        .or_else(|| over.into_iter().filter(waits).max_by_key(ended));
    if let Some(place) = place {
        follow(Watch::of(&place), place.name, events.clone());
    }
}

/// The folder of a tuned model, as a workbench writes it.
fn folder_of(name: &str) -> PathBuf {
    Path::new("adapters").join(name)
}

/// Does one thing for the Tune screen, off the loop.
pub(super) fn work(session: Arc<Session>, work: TuneWork, events: mpsc::Sender<EventKind>) {
    tokio::task::spawn_blocking(move || {
        let news = match work {
            TuneWork::Reckon { generation, request } => TuneNews::Reckoned {
                generation,
                result: tune::reckon(&session, &request, now_milliseconds())
                    .map(|(_, reckoned)| reckoned)
                    .map_err(|error| fault(&error)),
            },
            TuneWork::Begin(request) => {
                let name = request.name.clone();
                let begun = begin(&session, &request);
                let result = begun.as_ref().map(|_| ()).map_err(fault);
                // First that it has begun, then how it goes.
                let _ = events.blocking_send(EventKind::Tune(TuneNews::Begun { name: name.clone(), result }));
                if let Ok(watch) = begun {
                    follow(watch, name, events);
                }
                return;
            }
            TuneWork::Wish(name, wish) => match wished(&session, &name, wish) {
                Ok(()) => return,
                Err(error) => TuneNews::Refused(fault(&error)),
            },
            TuneWork::Resume(name) => match resumed(&session, &name) {
                Ok(watch) => {
                    follow(watch, name, events);
                    return;
                }
                Err(error) => TuneNews::Refused(fault(&error)),
            },
            TuneWork::Adopt(name) => TuneNews::Adopted(adopt(&session, &name).map(Box::new)),
        };
        // The loop has ended when nobody listens.
        let _ = events.blocking_send(EventKind::Tune(news));
    });
}

fn fault(error: &TuneError) -> Fault {
    Fault { what: error.to_string(), hint: error.hint() }
}

fn begin(session: &Session, request: &TuneRequest) -> Result<Watch, TuneError> {
    let (place, _) = tune::prepare(session, request, now_milliseconds())?;
    // The name was free: what answers with an adapter of that name has one that is gone.
    session.forget_adapter(&folder_of(&request.name));
    tune::start(&place, &program()?)
}

fn program() -> Result<std::ffi::OsString, TuneError> {
    let path = std::env::current_exe().map_err(|error| {
        TuneError::failed(format!("cannot find this program's own file: {error}"), "Start it again.")
    })?;
    Ok(path.into_os_string())
}

fn resumed(session: &Session, name: &str) -> Result<Watch, TuneError> {
    tune::start(&TrainingPlace::new(&session.workbench.root, name)?, &program()?)
}

fn wished(session: &Session, name: &str, wish: Wish) -> Result<(), TuneError> {
    let place = TrainingPlace::new(&session.workbench.root, name)?;
    if wish == Wish::Cancel { tune::cancel(&place).map(|_| ()) } else { tune::wish(&place, wish) }
}

/// Looks at a training until it is over, or nobody listens.
fn follow(mut watch: Watch, name: String, events: mpsc::Sender<EventKind>) {
    tokio::spawn(async move {
        let mut told = None;
        loop {
            let (entries, phase) = match watch.look() {
                Ok(entries) => (entries, watch.progress().phase.clone()),
                Err(error) => (Vec::new(), tune::Phase::Failed { what: error.to_string(), hint: error.hint() }),
            };
            let over = phase.is_over();
            if !entries.is_empty() || told.as_ref() != Some(&phase) {
                told = Some(phase.clone());
                let news = TuneNews::Went { name: name.clone(), entries, phase };
                if events.send(EventKind::Tune(news)).await.is_err() {
                    return;
                }
            }
            if over {
                return;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
}

/// Takes the tuned model into fourfold.toml and into this session.
fn adopt(session: &Session, name: &str) -> Result<Adopted, Fault> {
    let workbench = &session.workbench;
    let root = &workbench.root;
    let job =
        TrainingPlace::new(root, name).and_then(|place| tune::Job::read(&place)).map_err(|error| fault(&error))?;
    let folder = folder_of(name);
    session.forget_adapter(&folder);
    let has_it = |model: &ModelSpec| model.adapter.as_ref().is_some_and(|adapter| adapter.folder == folder);
    let (spec, in_table) = if let Some(spec) = session.models().into_iter().find(has_it) {
        (spec, false)
    } else {
        let taken = |id: &str| session.spec(id).is_some();
        let spec = tuned_model(&workbench.models, &job.base, name, taken).ok_or_else(|| {
            let what = format!("no model of the workbench is {}", job.base);
            Fault { what, hint: "Add it to fourfold.toml as a [[model]].".to_owned() }
        })?;
        let hint = "The adapter is kept; add the model to fourfold.toml by hand.".to_owned();
        let in_table = super::outside::keep_tuned(root, &spec).map_err(|what| Fault { what, hint })?;
        session.add_model(spec.clone());
        (spec, in_table)
    };
    let base = spec.base.clone().unwrap_or_default();
    Ok(Adopted { cells: cells::pair(session, &base, &spec.id), spec, in_table })
}

/// A model that answers with the adapter `name`, tuned from the model called `base` by its weights: named after the adapter,
/// with a number where that id is `taken`. `None` where no model of the workbench is that base.
pub fn tuned_model(models: &[ModelSpec], base: &str, name: &str, taken: impl Fn(&str) -> bool) -> Option<ModelSpec> {
    let base = models.iter().find(|model| model.base.is_none() && model.model == base)?;
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let id = std::iter::once(name.to_owned()).chain(numbered).find(|id| !taken(id))?;
    let adapter = Some(Adapter { folder: folder_of(name), scale: 1.0 });
    Some(ModelSpec { id, base: Some(base.id.clone()), adapter, ..base.clone() })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::app::start::open_session;
    use crate::config::{Known, MANIFEST, SAMPLES, copy_sample};
    use crate::model::{AdapterUse, Model, ScriptedModel};

    #[tokio::test]
    async fn a_training_that_ended_while_nobody_looked_waits_to_be_taken_in() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let place = TrainingPlace::new(home.path(), "mine").unwrap();
        fs::create_dir_all(&place.folder).unwrap();
        fs::write(place.folder.join("job.json"), "{}").unwrap();
        let end = r#"{"time":1,"event":"finished","adapter":"mine","best_epoch":1,"validation":0.1,"seconds":9.0}"#;
        fs::write(place.journal(), format!("{end}\n")).unwrap();
        let adapter = home.path().join(".fourfold/adapters/mine");
        fs::create_dir_all(&adapter).unwrap();
        fs::write(adapter.join("adapter_model.safetensors"), "").unwrap();

        let (events, mut heard) = mpsc::channel(8);
        found(&open_session(home.path()).unwrap(), &events);
        let Some(EventKind::Tune(TuneNews::Went { name, phase, .. })) = heard.recv().await else { panic!("no news") };
        assert_eq!((name.as_str(), phase), ("mine", tune::Phase::Finished));

        let manifest = home.path().join(MANIFEST);
        let text = fs::read_to_string(&manifest).unwrap();
        fs::write(
            &manifest,
            format!("{text}\n[[model]]\nid = \"mine\"\nbase = \"base\"\nadapter = \"adapters/mine\"\n"),
        )
        .unwrap();
        found(&open_session(home.path()).unwrap(), &events);
        drop(events);
        assert!(heard.recv().await.is_none(), "it is in fourfold.toml");
    }

    #[tokio::test]
    async fn the_training_that_runs_is_looked_at_before_one_that_waits() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let place = |name: &str| {
            let place = TrainingPlace::new(home.path(), name).unwrap();
            fs::create_dir_all(&place.folder).unwrap();
            fs::write(place.job(), "{}").unwrap();
            place
        };
        let (running, paused) = (place("a-running"), place("z-paused"));
        fs::write(paused.journal(), "{\"time\":1,\"event\":\"paused\",\"step\":3}\n").unwrap();
        let lock = tune::Lock::take(&running, 0).unwrap().unwrap();
        let first = async || {
            // Each has its own ear: what comes of the one before is heard by nobody.
            let (events, mut heard) = mpsc::channel(8);
            found(&open_session(home.path()).unwrap(), &events);
            let Some(EventKind::Tune(TuneNews::Went { name, phase, .. })) = heard.recv().await else {
                panic!("no news")
            };
            (name, phase)
        };
        assert_eq!(first().await, ("a-running".to_owned(), tune::Phase::Loading));
        drop(lock);
        fs::write(running.journal(), "").unwrap();
        fs::remove_file(running.job()).unwrap();
        assert_eq!(first().await, ("z-paused".to_owned(), tune::Phase::Paused));
    }

    #[test]
    fn a_model_that_is_trained_again_under_its_name_is_read_anew() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let manifest = home.path().join(MANIFEST);
        let text = fs::read_to_string(&manifest).unwrap();
        let tuned = "[[model]]\nid = \"mine\"\nbase = \"base\"\nadapter = \"adapters/mine\"\n";
        fs::write(&manifest, format!("{text}\n{tuned}")).unwrap();
        let loads = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&loads);
        let factory = move |_: &str, _: Option<&AdapterUse>| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Arc::new(ScriptedModel::new("m", Vec::new())) as Arc<dyn Model>)
        };
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let base = workbench.models.iter().find(|model| model.id == "base").unwrap().model.clone();
        let session = Session::open(workbench, Arc::new(factory));
        let ask = || ["base", "mine", "mine@0.5"].map(|id| session.model(id).map(|_| ()).unwrap());
        ask();
        ask();
        assert_eq!(loads.load(Ordering::Relaxed), 3, "each is made once");

        let place = TrainingPlace::new(home.path(), "mine").unwrap();
        fs::create_dir_all(&place.folder).unwrap();
        let (settings, set) = (tune::TuneSettings::default(), tune::ExampleSet::default());
        let job = tune::Job { name: "mine".to_owned(), base, base_path: PathBuf::new(), settings, set, created: 0 };
        fs::write(place.job(), serde_json::to_vec(&job).unwrap()).unwrap();
        assert_eq!(adopt(&session, "mine").unwrap().spec.id, "mine");
        ask();
        assert_eq!(loads.load(Ordering::Relaxed), 5, "those that were tuned are made again, the base is not");
    }
}
