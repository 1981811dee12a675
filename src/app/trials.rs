//! Arms being asked: one task each, owned here. Dropping a task drops its stream, which aborts the request.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::effect::Ask;
use super::event::EventKind;
use crate::run::{Prepared, Session, TrialAccumulator, TrialDone, TrialEvent, now_milliseconds, stopwatch, trial};
use crate::state::ArmSlot;
use crate::store::Store;

/// How far a trial has come: decides what cancelling it means.
enum Stage {
    /// Nothing has been sent: there is nothing to record.
    Preparing,
    /// The answer is arriving: what there is of it is recorded as cancelled.
    Listening(Box<(Prepared, TrialAccumulator)>),
    /// It has ended and is being recorded: no longer to be stopped.
    Writing,
}

/// One arm's running task.
struct Live {
    generation: u64,
    task: JoinHandle<()>,
    stage: Arc<Mutex<Stage>>,
    elapsed: Box<dyn Fn() -> std::time::Duration + Send>,
}

/// The running answers of all arms.
pub(super) struct Trials {
    session: Arc<Session>,
    store: Arc<Store>,
    events: mpsc::Sender<EventKind>,
    live: [Option<Live>; 4],
}

impl Trials {
    pub(super) fn new(session: Arc<Session>, store: Arc<Store>, events: mpsc::Sender<EventKind>) -> Self {
        Self { session, store, events, live: [const { None }; 4] }
    }

    /// Asks an arm; what still ran there is cancelled and recorded first.
    pub(super) fn ask(&mut self, ask: Ask) {
        // The record is written whether or not anyone waits for it.
        drop(self.cancel(ask.slot));
        let stage = Arc::new(Mutex::new(Stage::Preparing));
        let Ask { slot, generation, .. } = ask;
        let work =
            asked(ask, Arc::clone(&self.session), Arc::clone(&self.store), Arc::clone(&stage), self.events.clone());
        let live = Live { generation, task: tokio::spawn(work), stage, elapsed: Box::new(stopwatch()) };
        if let Some(place) = self.live.get_mut(slot.index()) {
            *place = Some(live);
        }
    }

    /// Drops an arm's stream at once; what had arrived is recorded as cancelled, by the task that is given back.
    pub(super) fn cancel(&mut self, slot: ArmSlot) -> Option<JoinHandle<()>> {
        let live = self.live.get_mut(slot.index()).and_then(Option::take)?;
        let mut stage = live.stage.lock().unwrap_or_else(PoisonError::into_inner);
        match std::mem::replace(&mut *stage, Stage::Writing) {
            Stage::Writing => {
                drop(stage);
                Some(live.task)
            }
            Stage::Preparing => {
                live.task.abort();
                None
            }
            Stage::Listening(listening) => {
                let (prepared, heard) = *listening;
                live.task.abort();
                let done = heard.cancelled((live.elapsed)().as_millis() as u64);
                let (session, store, events) =
                    (Arc::clone(&self.session), Arc::clone(&self.store), self.events.clone());
                Some(tokio::spawn(write_up(slot, live.generation, prepared, done, session, store, events)))
            }
        }
    }

    /// Drops every stream and records what had arrived: the program ends.
    pub(super) fn cancel_all(&mut self) -> Vec<JoinHandle<()>> {
        ArmSlot::ALL.into_iter().filter_map(|slot| self.cancel(slot)).collect()
    }
}

/// Prepares, asks, listens, writes up.
async fn asked(
    ask: Ask,
    session: Arc<Session>,
    store: Arc<Store>,
    stage: Arc<Mutex<Stage>>,
    events: mpsc::Sender<EventKind>,
) {
    let Ask { slot, generation, question } = ask;
    let preparing = Arc::clone(&session);
    // Rendering is quick, but the first question of an embedded model waits for its weights.
    let prepared = tokio::task::spawn_blocking(move || preparing.prepare(question)).await;
    let not_started = match prepared {
        Ok(Ok(prepared)) => {
            listen(slot, generation, prepared, session, store, stage, events).await;
            return;
        }
        Ok(Err(error)) => (error.what, error.hint),
        Err(error) => (format!("preparing the call failed: {error}"), "Run this arm again.".to_owned()),
    };
    let (what, hint) = not_started;
    let _ = events.send(EventKind::NotStarted { slot, generation, what, hint }).await;
}

async fn listen(
    slot: ArmSlot,
    generation: u64,
    prepared: Prepared,
    session: Arc<Session>,
    store: Arc<Store>,
    stage: Arc<Mutex<Stage>>,
    events: mpsc::Sender<EventKind>,
) {
    let lock = || stage.lock().unwrap_or_else(PoisonError::into_inner);
    *lock() = Stage::Listening(Box::new((prepared.clone(), TrialAccumulator::default())));
    let (sender, mut receiver) = mpsc::channel::<TrialEvent>(64);
    let forward = async {
        while let Some(event) = receiver.recv().await {
            if let Stage::Listening(listening) = &mut *lock() {
                listening.1.feed(&event);
            }
            if events.send(EventKind::Trial { slot, generation, event }).await.is_err() {
                break;
            }
        }
    };
    let (done, ()) = tokio::join!(trial(prepared.call.clone(), sender), forward);
    if let Some(done) = done {
        *lock() = Stage::Writing;
        write_up(slot, generation, prepared, done, session, store, events).await;
    }
}

/// Scores an ended trial in a worker, records it, and tells the screen of both.
async fn write_up(
    slot: ArmSlot,
    generation: u64,
    prepared: Prepared,
    done: TrialDone,
    session: Arc<Session>,
    store: Arc<Store>,
    events: mpsc::Sender<EventKind>,
) {
    let time = now_milliseconds();
    let judged = tokio::task::spawn_blocking(move || session.judge(&prepared, &done, time)).await;
    let Ok(judged) = judged else {
        let result = Err("scoring it failed".to_owned());
        let _ = events.send(EventKind::Recorded { slot, generation, result }).await;
        return;
    };
    let scores = super::workers::score_lines(judged.scores);
    let extracted = judged.extracted;
    let outcome = judged.outcome;
    let pending = store.record_trial(judged.record);
    let _ = events.send(EventKind::Scored { slot, generation, extracted, outcome, scores }).await;
    let result = pending.await.map_err(|error| format!("{error}. {}", error.hint()));
    let _ = events.send(EventKind::Recorded { slot, generation, result }).await;
}
