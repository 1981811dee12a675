//! Models: which there are, and fetching one while questions wait for it.

use std::sync::Arc;
use std::time::Duration;

use super::{Pull, Runtime};
use crate::app::effect::{Ask, Effect};
use crate::app::event::{EventKind, Found};
use crate::app::weights;
use crate::model::discover::{USUAL_PORTS, local_server, own_keys};
use crate::state::{EngineState, Toast, Tone};

/// How long a server on this machine may take to list its models, while the picker is open.
const SERVER_PATIENCE: Duration = Duration::from_secs(2);

impl Runtime {
    /// Looks for models; each thing found is told as soon as it is there.
    pub(super) fn find_models(&self) {
        let session = Arc::clone(&self.session);
        self.work(move || {
            let (embedded, keys) = (weights::offers(), own_keys(session.keys()));
            EventKind::Models(Found::Here { embedded, keys })
        });
        for usual in USUAL_PORTS {
            let events = self.events.clone();
            tokio::spawn(async move {
                let server = local_server(&usual, SERVER_PATIENCE).await;
                let _ = events.send(EventKind::Models(Found::Port { base_url: usual.base_url(), server })).await;
            });
        }
    }

    /// Fetches a model's weights; one at a time.
    pub(super) fn pull_model(&mut self, name: String) {
        if let Some(pull) = self.pull.as_ref().filter(|pull| !pull.task.is_finished()) {
            // A question that waits for another model has its turn when this one is here.
            if pull.model != name && self.waiting.is_empty() {
                self.toast(Tone::Note, format!("{} is still being fetched; choose {name} again after it.", pull.model));
            }
            return;
        }
        let (model, source) = (name.clone(), "looking".to_owned());
        self.state.engine = EngineState::Downloading { model, done: 0, total: 0, source, seconds_left: None };
        let events = self.events.clone();
        let task = tokio::spawn(weights::fetch(Arc::clone(&self.factory), name.clone(), events)).abort_handle();
        self.pull = Some(Pull { model: name, task });
    }

    /// Stops fetching the model; what has arrived is kept for the next try.
    pub(super) fn cancel_pull(&mut self) -> std::io::Result<()> {
        match self.pull.take() {
            Some(pull) if !pull.task.is_finished() => {
                pull.task.abort();
                let far = match self.state.engine {
                    EngineState::Downloading { done, total, .. } if total > 0 => {
                        format!(" at {} of {} MB", done / 1_000_000, total / 1_000_000)
                    }
                    _ => String::new(),
                };
                let model = pull.model;
                self.toast(
                    Tone::Note,
                    format!("The download of {model} stopped{far}. Running an arm goes on from there."),
                );
                let standing = self.standing();
                self.happen(EventKind::Engine(standing))
            }
            _ => Ok(()),
        }
    }

    /// Where the workbench's own embedded model stands when nothing is being fetched.
    pub(super) fn standing(&self) -> EngineState {
        let absent = weights::is_to_fetch(self.session.embedded_name());
        if absent { EngineState::Absent } else { EngineState::Ready }
    }

    /// A model is here, or will not come: questions that waited for it are asked, or told why not. Whether this leaves
    /// the workbench's own model where it stood.
    pub(super) fn settle_waiting(&mut self, engine: &EngineState) -> std::io::Result<bool> {
        match engine {
            // Those that wait for another model are carried out as if asked just now: that one is fetched next.
            EngineState::Ready => {
                if self.pull.as_ref().is_some_and(|pull| !weights::is_to_fetch(&pull.model)) {
                    self.pull = None;
                }
                let waiting = std::mem::take(&mut self.waiting);
                self.ask(waiting);
            }
            EngineState::Failed(fault) => {
                let failed = self.pull.take().map(|pull| pull.model);
                for ask in std::mem::take(&mut self.waiting) {
                    let model = self.session.embedded_file(&ask.question.model);
                    if failed.is_some() && model != failed {
                        self.carry_out(Effect::Ask(Box::new(ask)))?;
                        continue;
                    }
                    let Ask { slot, generation, .. } = ask;
                    let (what, hint) = (fault.what.clone(), fault.hint.clone());
                    self.happen(EventKind::NotStarted { slot, generation, what, hint })?;
                }
                // Another model did not come: the workbench's own stands where it stood.
                if failed.is_some_and(|name| name != self.session.embedded_name()) {
                    let text = format!("{}. {}", fault.what, fault.hint);
                    self.happen(EventKind::Toast(Toast { tone: Tone::Bad, text }))?;
                    return Ok(true);
                }
            }
            EngineState::Absent | EngineState::Downloading { .. } | EngineState::Loading => {}
        }
        Ok(false)
    }
}
