//! Arms being asked: one task each, owned here. Dropping a task drops its stream, which aborts the request.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use super::effect::Ask;
use super::event::EventKind;
use super::together::{Sink, together};
use crate::run::{
    NotAsked, Prepared, Question, Session, TrialAccumulator, TrialDone, TrialEvent, now_milliseconds, stopwatch, trial,
};
use crate::state::{ArmSlot, CostNote, Toast, Tone};
use crate::store::Store;

/// Answers of one question that are under way at a time: what the embedded model takes in one batch.
const AT_ONCE: usize = 8;

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
    slot: ArmSlot,
    generation: u64,
    task: JoinHandle<()>,
    /// The one it began in: a new one does not know what was asked.
    session: Arc<Session>,
    stage: Arc<Mutex<Stage>>,
    elapsed: Box<dyn Fn() -> std::time::Duration + Send>,
}

/// The running answers of all arms.
pub(super) struct Trials {
    session: Arc<Session>,
    store: Arc<Store>,
    events: mpsc::Sender<EventKind>,
    live: Vec<Live>,
}

impl Trials {
    pub(super) fn new(session: Arc<Session>, store: Arc<Store>, events: mpsc::Sender<EventKind>) -> Self {
        Self { session, store, events, live: Vec::new() }
    }

    /// Asks of another session from now on; what is under way ends in the one it began in.
    pub(super) fn use_session(&mut self, session: Arc<Session>) {
        self.session = session;
    }

    /// Asks an arm, once or several times at once; what still ran there is cancelled and recorded first.
    pub(super) fn ask(&mut self, asks: Vec<Ask>) {
        self.session.resume_providers();
        let slots: HashSet<ArmSlot> = asks.iter().map(|ask| ask.slot).collect();
        for slot in slots {
            // The records are written whether or not anyone waits for them.
            drop(self.cancel(slot));
        }
        self.live.retain(|live| !live.task.is_finished());
        let gate = Arc::new(Semaphore::new(AT_ONCE));
        for ask in asks {
            let stage = Arc::new(Mutex::new(Stage::Preparing));
            let Ask { slot, generation, .. } = ask;
            let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
            let began_in = Arc::clone(&session);
            let (gate, its_stage, events) = (Arc::clone(&gate), Arc::clone(&stage), self.events.clone());
            let task = tokio::spawn(async move {
                let turn = gate.acquire().await;
                asked(ask, session, store, its_stage, events).await;
                drop(turn);
            });
            let elapsed = Box::new(stopwatch());
            self.live.push(Live { slot, generation, task, session: began_in, stage, elapsed });
        }
    }

    /// Drops an arm's streams at once; what had arrived is recorded as cancelled, by the tasks that are given back.
    pub(super) fn cancel(&mut self, slot: ArmSlot) -> Vec<JoinHandle<()>> {
        self.live
            .extract_if(.., |live| live.slot == slot)
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|live| self.stop(live))
            .collect()
    }

    fn stop(&self, live: Live) -> Option<JoinHandle<()>> {
        let slot = live.slot;
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
                let (store, events) = (Arc::clone(&self.store), self.events.clone());
                Some(tokio::spawn(write_up(slot, live.generation, prepared, done, live.session, store, events)))
            }
        }
    }

    /// Drops every stream and records what had arrived: the program ends.
    pub(super) fn cancel_all(&mut self) -> Vec<JoinHandle<()>> {
        ArmSlot::ALL.into_iter().chain([ArmSlot::Strip]).flat_map(|slot| self.cancel(slot)).collect()
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
    let model = question.model.clone();
    if let Err(error) = set_up(slot, generation, &question, &session, &events).await {
        not_started(slot, generation, (error.what, error.hint), (session, model), &events).await;
        return;
    }
    let (preparing, looking) = (Arc::clone(&session), Arc::clone(&session));
    // Rendering is quick, but the first question of an embedded model waits for its weights.
    let prepared = tokio::task::spawn_blocking(move || preparing.prepare(question)).await;
    let why = match prepared {
        Ok(Ok(prepared)) => {
            listen(slot, generation, prepared, session, store, stage, events).await;
            return;
        }
        Ok(Err(error)) => (error.what, error.hint),
        Err(error) => (format!("preparing the call failed: {error}"), "Run this arm again.".to_owned()),
    };
    not_started(slot, generation, why, (looking, model), &events).await;
}

/// Says why nothing was asked, and whether a key would help.
async fn not_started(
    slot: ArmSlot,
    generation: u64,
    (what, hint): (String, String),
    (session, model): (Arc<Session>, String),
    events: &mpsc::Sender<EventKind>,
) {
    let _ = events.send(EventKind::NotStarted { slot, generation, what, hint }).await;
    // A keyring may take its time.
    let looked = tokio::task::spawn_blocking(move || session.spec(&model).is_some_and(|spec| session.lacks_key(&spec)));
    if looked.await.unwrap_or(false) {
        let _ = events.send(EventKind::WantsKey { slot, generation }).await;
    }
}

/// Makes the set-up calls of the arm's strategy, and says how far they are.
async fn set_up(
    slot: ArmSlot,
    generation: u64,
    question: &Question,
    session: &Session,
    events: &mpsc::Sender<EventKind>,
) -> Result<(), NotAsked> {
    let told = events.clone();
    let report = session
        .set_up(question, |news| {
            let purpose = "set-up".to_owned();
            let event = TrialEvent::Step { purpose, number: news.done, most: news.of };
            // When the loop is behind, the next one tells as much.
            let _ = told.try_send(EventKind::Trial { slot, generation, event });
        })
        .await?;
    if let Some(report) = report {
        let (session, _) = session.spent();
        let _ = events.send(EventKind::Charged { slot, generation, note: None, session }).await;
        let _ = events.send(EventKind::Noted { slot, generation, notes: report.notes }).await;
    }
    Ok(())
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
    if let Some(text) = &prepared.first_use {
        let toast = Toast { tone: Tone::Note, text: text.clone() };
        let _ = events.send(EventKind::Toast(toast)).await;
    }
    let notes: Vec<String> = prepared.first_use.iter().chain(&prepared.notes).cloned().collect();
    if !notes.is_empty() {
        let _ = events.send(EventKind::Noted { slot, generation, notes }).await;
    }
    let (sender, receiver) = mpsc::channel::<TrialEvent>(64);
    let hear = |event: &TrialEvent| {
        if let Stage::Listening(listening) = &mut *lock() {
            listening.1.feed(event);
        }
    };
    let mut loops = Loop { slot, generation, events: events.clone() };
    let forward = together(receiver, hear, &mut loops);
    let (done, ()) = tokio::join!(trial(prepared.call.clone(), sender), forward);
    if let Some(done) = done {
        *lock() = Stage::Writing;
        write_up(slot, generation, prepared, done, session, store, events).await;
    }
}

/// The way to the loop.
struct Loop {
    slot: ArmSlot,
    generation: u64,
    events: mpsc::Sender<EventKind>,
}

impl Sink for Loop {
    async fn send(&mut self, event: TrialEvent) -> bool {
        let Self { slot, generation, .. } = *self;
        self.events.send(EventKind::Trial { slot, generation, event }).await.is_ok()
    }
}

/// Scores an ended trial in a worker, records it, and only then tells the screen of both: at the end nobody listens any more.
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
    let judging = Arc::clone(&session);
    let first_use = prepared.first_use.clone();
    let judged = tokio::task::spawn_blocking(move || judging.judge(&prepared, &done, time)).await;
    let Ok(judged) = judged else {
        let result = Err("scoring it failed".to_owned());
        let _ = events.send(EventKind::Recorded { slot, generation, result }).await;
        return;
    };
    let priced = session.priced(&judged.record.arm.model);
    if let Some(reading) = judged.reading {
        // How a vote went, or why there is no answer, comes before which examples were shown.
        let others = judged.record.notes.iter().filter(|note| **note != reading).cloned();
        let notes = std::iter::once(reading.clone()).chain(first_use).chain(others).collect();
        let _ = events.send(EventKind::Noted { slot, generation, notes }).await;
    }
    let pending = store.record_trial(judged.record);
    let scores = super::workers::score_lines(judged.scores);
    let charged = judged.charged;
    let note = CostNote::of(priced, charged.cost).map(|note| note.beside(charged.arm.cost));
    let _ = events.send(EventKind::Charged { slot, generation, note, session: charged.session }).await;
    let extracted = judged.extracted;
    let outcome = judged.outcome;
    let _ = events.send(EventKind::Parted { slot, generation, parts: judged.parts }).await;
    let _ = events.send(EventKind::Scored { slot, generation, extracted, outcome, scores }).await;
    let result = pending.await.map_err(|error| format!("{error}. {}", error.hint()));
    let _ = events.send(EventKind::Recorded { slot, generation, result }).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Known, SAMPLES, Workbench, copy_sample};
    use crate::data::Split;
    use crate::model::{AdapterUse, Model, Parameters, Script, ScriptedModel};
    use crate::store::Filter;
    use crate::strategy::StrategyConfig;

    fn session(root: &std::path::Path, model: Script) -> Arc<Session> {
        let workbench = Workbench::open(root, Known::default()).unwrap();
        let model: Arc<dyn Model> = Arc::new(ScriptedModel::new("m", vec![model]));
        Arc::new(Session::open(workbench, Arc::new(move |_: &str, _: Option<&AdapterUse>| Ok(Arc::clone(&model)))))
    }

    #[tokio::test]
    async fn a_cut_answer_is_recorded_though_nobody_listens_and_charged_where_it_began() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let never = Arc::new(Semaphore::new(0));
        let began_in = session(home.path(), Script::default().text(&["half"]).waits(&never));
        let store = Arc::new(Store::open(&home.path().join(".fourfold")).unwrap());
        let (events, mut queue) = mpsc::channel(1);
        let mut trials = Trials::new(Arc::clone(&began_in), Arc::clone(&store), events.clone());
        let question = Question {
            arm: "plain".to_owned(),
            prompt_path: home.path().join("orders.prompty"),
            prompt_text: None,
            strategy: StrategyConfig::default(),
            model: "base".to_owned(),
            parameters: Parameters::default(),
            case: began_in.dev().unwrap().case(0).unwrap().into(),
            split: Some(Split::Dev),
            sample: 0,
        };
        trials.ask(vec![Ask { slot: ArmSlot::A, generation: 1, question }]);
        let half =
            |kind: &EventKind| matches!(kind, EventKind::Trial { event: TrialEvent::Text(text), .. } if text == "half");
        while !half(&queue.recv().await.unwrap()) {}
        // From here on nobody takes anything out of the queue, and it is full.
        events.send(EventKind::Terminate).await.unwrap();
        let reopened = session(home.path(), Script::default());
        trials.use_session(Arc::clone(&reopened));
        let writing = trials.cancel_all();
        assert_eq!(writing.len(), 1);
        let recorded = async {
            while store.count(&Filter::default()).unwrap() == 0 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_mins(1), recorded).await.expect("the answer is recorded");
        let charged = |session: &Session| session.spent().0.failed;
        assert_eq!((charged(&began_in), charged(&reopened)), (1, 0), "a cut answer is a failed call, where it began");
    }

    #[tokio::test]
    async fn how_an_answer_was_read_is_told_with_its_scores() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let session = session(home.path(), Script::default().text(&["I think so.\nAnswer: ", "{}"]));
        let store = Arc::new(Store::open(&home.path().join(".fourfold")).unwrap());
        let (events, mut queue) = mpsc::channel(64);
        let mut trials = Trials::new(Arc::clone(&session), store, events);
        let question = Question {
            arm: "plain".to_owned(),
            prompt_path: home.path().join("orders.prompty"),
            prompt_text: None,
            strategy: StrategyConfig::named("chain-of-thought").unwrap(),
            model: "base".to_owned(),
            parameters: Parameters::default(),
            case: session.dev().unwrap().case(0).unwrap().into(),
            split: Some(Split::Dev),
            sample: 0,
        };
        trials.ask(vec![Ask { slot: ArmSlot::A, generation: 1, question }]);
        let mut told = Vec::new();
        loop {
            match queue.recv().await.unwrap() {
                EventKind::Noted { notes, .. } => told = notes,
                EventKind::Scored { extracted, .. } => {
                    assert_eq!(extracted.as_deref(), Some("{}"));
                    break;
                }
                _ => {}
            }
        }
        assert_eq!(told.first().map(String::as_str), Some("answer read from: after the last \"Answer:\""));
    }
}
