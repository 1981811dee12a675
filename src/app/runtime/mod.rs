//! The loop: drain all that is ready, update, carry out effects, draw when it is due. The only place with a clock.

mod carry_out;
mod models;
mod rest;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::app::colours::{Colourist, Order};
use crate::app::data::OpenFiles;
use crate::app::effect::{Ask, Effect};
use crate::app::event::{Event, EventKind, NewSession, Timer};
use crate::app::front::Front;
use crate::app::mapping;
use crate::app::matrix::{Steer, ended};
use crate::app::pacer::Pacer;
use crate::app::trials::Trials;
use crate::app::update::update;
use crate::app::watch::Watch;
use crate::run::{EmbeddedFactory, Session};
use crate::state::{ArmSlot, EngineState, State, Toast, Tone};
use crate::store::Store;
use crate::terminal::Input;
use crate::terminal::crash::{self, CrashReport, Severity};
use crate::terminal::session::Wake;
use crate::terminal::signals::EndSignal;
use crate::theme::{Library, Theme};
use crate::view::screen::{Drawn, Target, draw};
use crate::view::text::sanitise_line;

/// Events that may wait for the loop; producers are held back beyond it.
const WAITING: usize = 1_024;
/// How long what went wrong before the first frame is shown.
const FIRST_TOAST_MS: u64 = 10_000;
/// The longest wait for a cut answer to be recorded when the program ends.
const GOODBYE: Duration = Duration::from_secs(2);

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
    failures: Option<tokio::task::AbortHandle>,
    judge: Option<tokio::task::AbortHandle>,
    distil: Option<tokio::task::AbortHandle>,
    /// Dropped, it stops the recording of a model's answers.
    recording: Option<tokio::sync::watch::Sender<()>>,
    /// The check of what was lost that is wanted; 0 for none.
    forgetting: Arc<AtomicU64>,
    /// The run that is under way, or the last one.
    running: Option<crate::app::matrix::Running>,
    /// Which long readings for the matrix are wanted.
    wanted: Arc<crate::app::matrix::Wanted>,
    files: Arc<OpenFiles>,
    colourist: Colourist,
    watch: Watch,
    timers: HashMap<Timer, Instant>,
    pacer: Pacer,
    rest: rest::Rest,
    drawn: Drawn,
    held: Option<Target>,
    events: mpsc::Sender<EventKind>,
    queue: mpsc::Receiver<EventKind>,
    started: Instant,
    pull: Option<Pull>,
    waiting: Vec<Ask>,
    away: Vec<Away>,
    over: bool,
}

/// How the screen was left.
pub struct Left {
    /// The signal that ended it, where one did.
    pub signal: Option<EndSignal>,
    /// A training that goes on in a process of its own, by its name.
    pub goes_on: Option<String>,
    /// A run that was under way, by its number.
    pub run: Option<i64>,
}

/// Weights on their way.
struct Pull {
    /// The catalog's name, as it was asked for.
    model: String,
    task: tokio::task::AbortHandle,
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
        let teller = |events: mpsc::Sender<EventKind>| move |kind| events.blocking_send(kind).is_ok();
        let colourist = Colourist::start(teller(events.clone()));
        let config = session.workbench.root.join("fourfold.toml");
        let folder = themes.folder().map(Path::to_owned);
        let watch = Watch::start(state.prompt.path.clone(), config, folder, teller(events.clone()));
        Self {
            state,
            session,
            store,
            screen,
            themes,
            theme,
            factory,
            trials,
            failures: None,
            judge: None,
            distil: None,
            recording: None,
            forgetting: Arc::default(),
            running: None,
            wanted: Arc::default(),
            files: Arc::default(),
            colourist,
            watch,
            timers: HashMap::new(),
            pacer: Pacer::default(),
            rest: rest::Rest::default(),
            drawn: Drawn::default(),
            held: None,
            events,
            queue,
            started: Instant::now(),
            pull: None,
            waiting: Vec::new(),
            away: Vec::new(),
            over: false,
        }
    }

    /// What follows a panic: work that failed is named on the screen, anything else ends the program.
    pub(super) fn after_panic(&self) -> impl Fn(&CrashReport) + Send + Sync + 'static {
        let events = self.events.clone();
        move |report| {
            if report.severity == Severity::Contained {
                let file = report.file.as_ref().map_or_else(String::new, |file| format!(" See {}.", file.display()));
                let text = format!("Something in the background failed: {}.{file}", report.message);
                // A full queue has more urgent things to tell; the file stays.
                let _ = events.try_send(EventKind::Toast(Toast { tone: Tone::Bad, text }));
            }
            crash::end_program(report);
        }
    }

    /// Runs until the person quits or a signal ends it; says what goes on without it. The screen is left clean whatever the result.
    pub(super) async fn run(mut self) -> std::io::Result<Left> {
        let mut signalled = None;
        self.draw()?;
        self.happen(EventKind::Timer(Timer::Analyse))?;
        if !self.state.toasts.is_empty() {
            self.carry_out(Effect::Start(Timer::Toast, FIRST_TOAST_MS))?;
        }
        let (session, store, events) = (Arc::clone(&self.session), Arc::clone(&self.store), self.events.clone());
        tokio::task::spawn_blocking(move || {
            if let Some(said) = crate::app::workers::keep_recorded(&session, &store) {
                let _ = events.blocking_send(said);
            }
        });
        let (factory, events) = (Arc::clone(&self.factory), self.events.clone());
        let name = self.session.embedded_name().to_owned();
        if self.session.is_replaying() {
            // A cassette answers for every model; weights would only be in the way.
            self.happen(EventKind::Engine(EngineState::Ready))?;
        } else if !self.state.asks_engine() {
            // Read into memory by whatever asks it first.
            let standing = self.standing();
            self.happen(EventKind::Engine(standing))?;
        } else {
            std::thread::spawn(move || {
                crash::contain_this_thread();
                crate::app::weights::load(&factory, &name, &events);
            });
        }
        crate::app::tuning::found(&self.session, &self.events);
        while !self.over {
            let now = Instant::now();
            let frame = self.pacer.due(now);
            let timer = self.timers.values().min().copied();
            let wake = [frame, timer, self.rest.due()].into_iter().flatten().min();
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
                    end => {
                        if let Some(Wake::End(signal)) = end {
                            signalled = Some(signal);
                        }
                        self.happen(EventKind::Terminate)?;
                    }
                },
                Some(kind) = self.queue.recv() => self.news(kind)?,
                () = sleep => {}
            }
            let now = Instant::now();
            if !self.rest.settle(now) {
                self.rest.disturbed(now);
            }
            // Everything that is ready changes the state before anything is drawn.
            for _ in 0..WAITING {
                let Ok(kind) = self.queue.try_recv() else { break };
                self.news(kind)?;
            }
            self.ring()?;
            while let Some(away) = self.away.pop() {
                self.leave_and_return(away).await?;
            }
            if self.pacer.due(Instant::now()).is_some_and(|due| due <= Instant::now()) {
                self.draw()?;
            }
        }
        drop(self.recording.take());
        // A run asks nothing new from here on. What had arrived of cut answers is recorded before the program ends, unless the
        // disk does not answer.
        if let Some(running) = &self.running {
            running.steer(Steer::Stop);
        }
        let writing = futures_util::future::join_all(self.trials.cancel_all());
        ended(writing, &mut self.queue, GOODBYE).await;
        if let Some(running) = self.running.take() {
            running.end(&mut self.queue).await;
        }
        let run = self.state.matrix.live.as_ref().and_then(|live| live.run);
        Ok(Left { signal: signalled, goes_on: self.state.tune.goes_on(), run })
    }

    /// Something came from outside.
    fn news(&mut self, kind: EventKind) -> std::io::Result<()> {
        if kind.is_awaited() {
            self.pacer.request_now();
        } else {
            self.pacer.request();
        }
        self.happen(kind)
    }

    fn input(&mut self, input: Input) -> std::io::Result<()> {
        self.pacer.request_now();
        if let Input::Resize { columns, rows } = input {
            self.screen.resize(columns, rows)?;
        }
        match crate::app::pointer::meaning(&self.drawn, &mut self.held, &input) {
            Some(pointer) => self.happen(EventKind::Pointer(pointer)),
            None => self.happen(EventKind::Input(input)),
        }
    }

    fn happen(&mut self, kind: EventKind) -> std::io::Result<()> {
        let kind = match kind {
            EventKind::Engine(engine) => {
                let apart = self.settle_waiting(&engine)?;
                EventKind::Engine(if apart { self.standing() } else { engine })
            }
            // From here on everything that is begun asks the new session.
            EventKind::Reopened(Ok(NewSession { session, changed })) => match mapping::reread(&session, changed) {
                Ok(reread) => {
                    self.trials.use_session(Arc::clone(&session));
                    self.session = session;
                    self.files = Arc::default();
                    EventKind::Reread(Box::new(reread))
                }
                Err(reason) => EventKind::Reopened(Err(reason)),
            },
            other => other,
        };
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

    /// What was just drawn plain is coloured by a worker.
    fn ask_for_colours(&mut self) {
        for (slot, arm) in ArmSlot::ALL.into_iter().zip(&mut self.state.arms) {
            let jobs = arm.answer.wanted_highlights();
            if !jobs.is_empty() {
                self.colourist.ask(Order::Answer { slot, generation: arm.generation, jobs });
            }
        }
    }

    fn draw(&mut self) -> std::io::Result<()> {
        self.screen.terminal.screen.set_title(&format!("fourfold: {}", sanitise_line(&self.state.prompt.name)))?;
        let between = self.pacer.is_between(Instant::now());
        self.state.between_frames = between;
        let (state, theme) = (&mut self.state, &self.theme);
        let mut drawn = Drawn::default();
        self.screen.draw(|area, buffer| {
            drawn = draw(state, area, buffer, theme);
            drawn.caret
        })?;
        self.state.page_rows = drawn.page_rows;
        if between {
            self.pacer.drawn_between(drawn.tokens_wait);
        } else {
            self.pacer.drawn(Instant::now());
        }
        self.drawn = drawn;
        self.ask_for_colours();
        Ok(())
    }
}
