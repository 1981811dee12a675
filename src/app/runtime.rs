//! The loop: drain all that is ready, update, carry out effects, draw when it is due. The only place with a clock.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::effect::{Ask, Effect};
use super::event::{Event, EventKind, Timer};
use super::front::Front;
use super::pacer::Pacer;
use super::trials::Trials;
use super::update::update;
use super::{outside, workers};
use crate::run::{EmbeddedFactory, Session};
use crate::score::diff::{Deadline, DiffRequest};
use crate::state::{EngineState, State, Toast, Tone};
use crate::store::{Choice, Side, Store, Vote};
use crate::terminal::Input;
use crate::terminal::session::Wake;
use crate::theme::{Library, Theme};
use crate::view::screen::{Drawn, draw};

/// Events that may wait for the loop; producers are held back beyond it.
const WAITING: usize = 1_024;
/// The longest wait for a cut answer to be recorded when the program ends.
const GOODBYE: Duration = Duration::from_secs(2);
/// A diff that takes longer is done more coarsely, and says so.
const DIFF_TIME: Duration = Duration::from_secs(2);

/// Everything the loop owns.
pub(super) struct Runtime {
    state: State,
    session: Arc<Session>,
    store: Arc<Store>,
    screen: Front,
    themes: Library,
    theme: Theme,
    factory: EmbeddedFactory,
    trials: Trials,
    timers: HashMap<Timer, Instant>,
    pacer: Pacer,
    drawn: Drawn,
    events: mpsc::Sender<EventKind>,
    queue: mpsc::Receiver<EventKind>,
    started: Instant,
    pull: Option<tokio::task::AbortHandle>,
    waiting: Vec<Ask>,
    away: Vec<Away>,
    over: bool,
}

/// What the terminal is given away for.
enum Away {
    /// The shell, as Ctrl+Z does.
    Shell,
    /// The person's editor.
    Editor {
        /// The text to edit.
        text: String,
        /// The file ending that the editor should see.
        extension: String,
    },
}

impl Runtime {
    /// Puts the parts together; nothing is drawn yet.
    pub(super) fn new(
        state: State,
        session: Arc<Session>,
        store: Arc<Store>,
        screen: Front,
        themes: Library,
        theme: Theme,
        factory: EmbeddedFactory,
    ) -> Self {
        let (events, queue) = mpsc::channel(WAITING);
        let trials = Trials::new(Arc::clone(&session), Arc::clone(&store), events.clone());
        Self {
            state,
            session,
            store,
            screen,
            themes,
            theme,
            factory,
            trials,
            timers: HashMap::new(),
            pacer: Pacer::default(),
            drawn: Drawn::default(),
            events,
            queue,
            started: Instant::now(),
            pull: None,
            waiting: Vec::new(),
            away: Vec::new(),
            over: false,
        }
    }

    /// Runs until the person quits. The screen is left clean whatever the result.
    pub(super) async fn run(mut self) -> std::io::Result<()> {
        self.draw()?;
        self.happen(EventKind::Timer(Timer::Analyse))?;
        let (factory, events) = (Arc::clone(&self.factory), self.events.clone());
        let name = self.session.embedded_name().to_owned();
        std::thread::spawn(move || super::weights::load(&factory, &name, &events));
        while !self.over {
            let now = Instant::now();
            let frame = self.pacer.due(now);
            let timer = self.timers.values().min().copied();
            let wake = [frame, timer].into_iter().flatten().min();
            let sleep = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                came = self.screen.next() => match came {
                    Some(Wake::Input(input)) => self.input(input)?,
                    Some(Wake::End(_)) | None => self.happen(EventKind::Terminate)?,
                },
                Some(kind) = self.queue.recv() => {
                    self.happen(kind)?;
                    self.pacer.request();
                }
                () = sleep => {}
            }
            // Everything that is ready changes the state before anything is drawn.
            for _ in 0..WAITING {
                let Ok(kind) = self.queue.try_recv() else { break };
                self.happen(kind)?;
                self.pacer.request();
            }
            self.ring()?;
            while let Some(away) = self.away.pop() {
                self.leave_and_return(away).await?;
            }
            if self.pacer.due(Instant::now()).is_some_and(|due| due <= Instant::now()) {
                self.draw()?;
            }
        }
        // What had arrived of cut answers is recorded before the program ends, unless the disk does not answer.
        for writing in self.trials.cancel_all() {
            if tokio::time::timeout(GOODBYE, writing).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    fn input(&mut self, input: Input) -> std::io::Result<()> {
        self.pacer.request_now();
        if let Input::Resize { columns, rows } = input {
            self.screen.resize(columns, rows)?;
        }
        match super::pointer::meaning(&self.drawn, &input) {
            Some(pointer) => self.happen(EventKind::Pointer(pointer)),
            None => self.happen(EventKind::Input(input)),
        }
    }

    /// Stops fetching the model; what has arrived is kept for the next try.
    fn cancel_pull(&mut self) -> std::io::Result<()> {
        match self.pull.take() {
            Some(task) if !task.is_finished() => {
                task.abort();
                self.happen(EventKind::Engine(EngineState::Absent))
            }
            _ => Ok(()),
        }
    }

    /// The model is here, or will not come: questions that waited for it are asked, or told why not.
    fn settle_waiting(&mut self, engine: &EngineState) -> std::io::Result<()> {
        match engine {
            EngineState::Ready => {
                for ask in std::mem::take(&mut self.waiting) {
                    self.trials.ask(ask);
                }
            }
            EngineState::Failed(fault) => {
                for Ask { slot, generation, .. } in std::mem::take(&mut self.waiting) {
                    let (what, hint) = (fault.what.clone(), fault.hint.clone());
                    self.happen(EventKind::NotStarted { slot, generation, what, hint })?;
                }
            }
            EngineState::Absent | EngineState::Downloading { .. } | EngineState::Loading => {}
        }
        Ok(())
    }

    fn happen(&mut self, kind: EventKind) -> std::io::Result<()> {
        if let EventKind::Engine(engine) = &kind {
            self.settle_waiting(engine)?;
        }
        let at_ms = self.started.elapsed().as_millis() as u64;
        for effect in update(&mut self.state, Event { at_ms, kind }) {
            self.carry_out(effect)?;
        }
        Ok(())
    }

    /// Timers that have run out become events.
    fn ring(&mut self) -> std::io::Result<()> {
        let now = Instant::now();
        let due: Vec<Timer> = self.timers.iter().filter(|(_, at)| **at <= now).map(|(timer, _)| *timer).collect();
        for timer in due {
            self.timers.remove(&timer);
            self.happen(EventKind::Timer(timer))?;
            self.pacer.request();
        }
        Ok(())
    }

    fn draw(&mut self) -> std::io::Result<()> {
        self.screen.terminal.screen.set_title(&format!("fourfold: {}", self.state.prompt.name))?;
        let (state, theme) = (&mut self.state, &self.theme);
        let mut drawn = Drawn::default();
        self.screen.draw(|area, buffer| {
            drawn = draw(state, area, buffer, theme);
            drawn.caret
        })?;
        self.state.page_rows = drawn.page_rows;
        self.drawn = drawn;
        self.pacer.drawn(Instant::now());
        Ok(())
    }

    /// Runs `work` on a worker thread and sends what it finds.
    fn work(&self, work: impl FnOnce() -> EventKind + Send + 'static) {
        let events = self.events.clone();
        tokio::task::spawn_blocking(move || {
            // The loop has ended when nobody listens; then the answer is of no use.
            let _ = events.blocking_send(work());
        });
    }

    fn toast(&self, tone: Tone, text: impl Into<String>) {
        let text = text.into();
        self.work(move || EventKind::Toast(Toast { tone, text }));
    }

    fn carry_out(&mut self, effect: Effect) -> std::io::Result<()> {
        match effect {
            Effect::Ask(ask) => {
                let embedded = self.session.embedded_file(&ask.question.model).map(str::to_owned);
                match embedded.filter(|name| super::weights::is_to_fetch(name)) {
                    // The question waits for its model; a second run of the arm takes its place.
                    Some(name) => {
                        self.waiting.retain(|waiting| waiting.slot != ask.slot);
                        self.waiting.push(*ask);
                        self.pull_model(name);
                    }
                    None => self.trials.ask(*ask),
                }
            }
            Effect::Cancel(slot) => {
                let before = self.waiting.len();
                self.waiting.retain(|waiting| waiting.slot != slot);
                if self.waiting.is_empty() && before > 0 {
                    self.cancel_pull()?;
                }
                drop(self.trials.cancel(slot));
            }
            Effect::CancelPull => self.cancel_pull()?,
            Effect::Analyse { revision, text, path, questions } => {
                let session = Arc::clone(&self.session);
                self.work(move || workers::analyse(&session, revision, &text, &path, &questions));
            }
            Effect::Compare { generation, granularity, left, right } => {
                let deadline = Deadline::new(Instant::now() + DIFF_TIME, Instant::now);
                let request = DiffRequest { granularity, deadline: Some(deadline) };
                self.work(move || workers::compare(generation, request, &left, &right));
            }
            Effect::Score { slot, generation, outcome, text, reference } => {
                let session = Arc::clone(&self.session);
                self.work(move || workers::score(&session, slot, generation, outcome, &text, reference.as_deref()));
            }
            Effect::LoadCase(index) => {
                let session = Arc::clone(&self.session);
                self.work(move || workers::load_case(&session, index));
            }
            Effect::LoadPrompt(path) => {
                let drafts = self.drafts();
                self.work(move || outside::load_prompt(path, &drafts));
            }
            Effect::Save { path, text, expected } => self.work(move || outside::save(&path, text, &expected)),
            Effect::KeepDraft { path, text } => {
                let drafts = self.drafts();
                // Written before anything else happens: a draft must survive a kill right after the pause in typing.
                if let Err(reason) = outside::keep_draft(&drafts, &path, text.as_deref()) {
                    self.toast(Tone::Bad, format!("The draft could not be kept: {reason}"));
                }
            }
            Effect::ReadHistory(query) => {
                let (store, primary) = (Arc::clone(&self.store), self.session.primary().to_owned());
                self.work(move || workers::history(&store, &query, &primary));
            }
            Effect::Copy { what, text } => {
                self.copy(&what, &text);
            }
            Effect::CopyAs { what, slot } => {
                let (what, text) = super::copies::make(&self.state, &self.session, &what, slot);
                match text {
                    Ok(text) => self.copy(&what, &text),
                    Err(reason) => self.toast(Tone::Note, reason),
                }
            }
            Effect::OpenEditor { text, extension } => self.away.push(Away::Editor { text, extension }),
            Effect::PullModel => {
                let name = self.session.embedded_name().to_owned();
                self.pull_model(name);
            }
            Effect::Start(timer, after) => {
                self.timers.insert(timer, Instant::now() + Duration::from_millis(after));
            }
            Effect::Mouse(on) => self.screen.mouse(on)?,
            Effect::Suspend => self.away.push(Away::Shell),
            Effect::Redraw => {
                self.screen.terminal.screen.redraw()?;
                self.pacer.request_now();
            }
            Effect::DrawSides => {
                let swapped = rand::random::<bool>();
                self.happen(EventKind::SidesDrawn { swapped })?;
            }
            Effect::RecordVote { a, b, swapped, winner } => {
                let choice = match winner {
                    0 => Choice::First,
                    1 => Choice::Second,
                    _ => Choice::Tie,
                };
                let side_of_first = if swapped { Side::Right } else { Side::Left };
                let time = crate::run::now_milliseconds();
                let pending = self.store.record_vote(Vote { time, first: a, second: b, side_of_first, choice });
                let events = self.events.clone();
                tokio::spawn(async move {
                    if let Err(error) = pending.await {
                        let text = format!("The vote could not be recorded: {error}");
                        let _ = events.send(EventKind::Toast(Toast { tone: Tone::Bad, text })).await;
                    }
                });
            }
            Effect::UseTheme(name) => match self.themes.load(&name, self.theme.level()) {
                Ok(theme) => {
                    self.theme = theme;
                    self.pacer.request_now();
                }
                Err(error) => self.toast(Tone::Bad, error.to_string()),
            },
            Effect::Quit => self.over = true,
        }
        Ok(())
    }

    fn copy(&mut self, what: &str, text: &str) {
        match self.screen.copy(text) {
            Ok(said) => self.toast(Tone::Done, format!("{what}: {said}")),
            Err(reason) => self.toast(Tone::Bad, format!("{what}: {reason}")),
        }
    }

    /// Gives the terminal away and takes it back.
    async fn leave_and_return(&mut self, away: Away) -> std::io::Result<()> {
        match away {
            Away::Shell => self.screen.terminal.suspend().await?,
            Away::Editor { text, extension } => {
                let result = self.screen.edit(text, extension).await;
                self.happen(EventKind::Edited(result))?;
            }
        }
        self.pacer.request_now();
        Ok(())
    }

    fn drafts(&self) -> PathBuf {
        self.session.workbench.root.join(".fourfold").join("drafts")
    }

    fn pull_model(&mut self, name: String) {
        if self.pull.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        self.state.engine =
            EngineState::Downloading { done: 0, total: 0, source: "looking".to_owned(), seconds_left: None };
        let events = self.events.clone();
        self.pull = Some(tokio::spawn(super::weights::fetch(Arc::clone(&self.factory), name, events)).abort_handle());
    }
}
