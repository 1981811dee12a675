//! What `update` asked of the outside, carried out: tasks, workers, files, the clipboard, the terminal.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Away, Runtime};
use crate::app::colours::Order;
use crate::app::copies::Copying;
use crate::app::data::Desk;
use crate::app::data::{DataFind, DataWork};
use crate::app::drafts::{Drafts, Of};
use crate::app::effect::{Ask, DistilWork, Effect};
use crate::app::event::{DistilNews, EventKind, Found};
use crate::app::matrix::MatrixWork;
use crate::app::{
    ablation, cells, data, distil, failures, forgetting, golden, judge, keep_arms, matrix, outside, presets, recall,
    scores, tuning, watch, weights, workers,
};
use crate::config::keep_theme;
use crate::config::settings::Location;
use crate::score::diff::{Deadline, DiffRequest};
use crate::state::{ArrangeQuery, DataQuery, Toast, Tone};
use crate::store::{Choice, Side, Vote};

/// A diff that takes longer is done more coarsely, and says so.
const DIFF_TIME: Duration = Duration::from_secs(2);

impl Runtime {
    /// Runs `work` on a worker thread and sends what it finds.
    pub(super) fn work(&self, work: impl FnOnce() -> EventKind + Send + 'static) {
        let events = self.events.clone();
        tokio::task::spawn_blocking(move || {
            // The loop has ended when nobody listens; then the answer is of no use.
            let _ = events.blocking_send(work());
        });
    }

    pub(super) fn toast(&self, tone: Tone, text: impl Into<String>) {
        let text = text.into();
        self.work(move || EventKind::Toast(Toast { tone, text }));
    }

    pub(super) fn carry_out(&mut self, effect: Effect) -> std::io::Result<()> {
        match effect {
            Effect::Ask(ask) => self.ask(vec![*ask]),
            Effect::AskSamples(asks) => self.ask(asks),
            Effect::Cancel(slot) => {
                let before = self.waiting.len();
                self.waiting.retain(|waiting| waiting.slot != slot);
                if self.waiting.is_empty() && before > 0 {
                    self.cancel_pull()?;
                }
                drop(self.trials.cancel(slot));
            }
            Effect::Leave(slot) => {
                self.waiting.retain(|waiting| waiting.slot != slot);
                drop(self.trials.cancel(slot));
            }
            Effect::CancelPull => self.cancel_pull()?,
            Effect::PlanRecording(model) => {
                let session = Arc::clone(&self.session);
                self.work(move || golden::plan(&session, model));
            }
            Effect::RecordAnswers(model) => {
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.recording = Some(golden::record(session, store, model, self.events.clone()));
            }
            Effect::StopRecording => self.recording = None,
            Effect::ListKeyWishes => self.happen(EventKind::KeyWishes(self.session.key_wishes()))?,
            Effect::AllowKey(wish) => match self.session.keys().allow(&self.session.workbench.root, &wish) {
                Ok(()) => self.toast(Tone::Done, format!("Allowed in this folder: {wish}.")),
                Err(error) => self.toast(Tone::Bad, format!("{error}. {}", error.hint())),
            },
            Effect::Analyse { revision, text, path, questions } => {
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.work(move || workers::analyse((&session, Some(&store)), revision, &text, &path, questions));
            }
            Effect::Compare { generation, granularity, left, right } => {
                let deadline = Deadline::new(Instant::now() + DIFF_TIME, Instant::now);
                let request = DiffRequest { granularity, deadline: Some(deadline) };
                self.work(move || workers::compare(generation, request, &left, &right));
            }
            Effect::Score { slot, generation, outcome, text, case } => {
                let session = Arc::clone(&self.session);
                self.work(move || workers::score(&session, slot, generation, outcome, &text, &case));
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
            Effect::KeepDraft { path, was, text } => {
                self.keep_draft(Of::Prompt(&path), was.as_deref(), text.as_deref());
            }
            Effect::KeepCases { was, text } => self.keep_draft(Of::Cases, was.as_deref(), text.as_deref()),
            Effect::OpenTrial { id, purpose, case_key } => {
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.work(move || recall::open_trial(&session, &store, id, purpose, &case_key));
            }
            Effect::ReadHistory(query) => {
                let (store, primary) = (Arc::clone(&self.store), self.session.primary().to_owned());
                self.work(move || recall::history(&store, &query, &primary));
            }
            Effect::Copy { what, text } => {
                self.copy(&what, &text);
            }
            Effect::CopyAs { what, slot } => {
                let copying = Copying::of(&self.state, &what, slot);
                let session = Arc::clone(&self.session);
                self.work(move || copying.make(&session));
            }
            Effect::OpenEditor { text, extension } => self.away.push(Away::Editor { text, extension }),
            Effect::PullModel(name) => {
                let name = name.unwrap_or_else(|| self.session.embedded_name().to_owned());
                self.pull_model(name);
            }
            Effect::Failures { generation, arm } => {
                self.stop_failures();
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.failures = Some(failures::begin(session, store, generation, arm, self.events.clone()));
            }
            Effect::StopFailures => self.stop_failures(),
            Effect::Scores { generation, from } => {
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.work(move || scores::make(&session, &store, generation, from));
            }
            Effect::Judge { generation, pair, force } => {
                self.stop_judge();
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.judge = Some(judge::begin(session, store, (generation, pair, force), self.events.clone()));
            }
            Effect::StopJudge => self.stop_judge(),
            Effect::Forgetting { generation, of } => {
                self.forgetting.store(generation, Ordering::Relaxed);
                let (session, current) = (Arc::clone(&self.session), Arc::clone(&self.forgetting));
                forgetting::begin(session, generation, of, current, self.events.clone());
            }
            Effect::Distil(work) => self.distil(*work),
            Effect::Data(work) => self.data(*work),
            Effect::ReadAblation { generation, split } => {
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.work(move || ablation::read(&session, &store, generation, split));
            }
            Effect::Ahead { question, of } => {
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.work(move || workers::ahead((&session, Some(&store)), &question, of));
            }
            Effect::AddPreset { id, model, tuned } => {
                let session = Arc::clone(&self.session);
                self.work(move || EventKind::Reopened(presets::add(&session, &id, &model, tuned.as_deref())));
            }
            Effect::KeepArms(arms) => {
                let session = Arc::clone(&self.session);
                self.work(move || EventKind::Reopened(keep_arms::write(&session, &arms)));
            }
            Effect::StopForgetting => self.forgetting.store(0, Ordering::Relaxed),
            Effect::Tune(work) => tuning::work(Arc::clone(&self.session), *work, self.events.clone()),
            Effect::FindModels => self.find_models(),
            Effect::ListHosted(known) => {
                let (events, session) = (self.events.clone(), Arc::clone(&self.session));
                tokio::spawn(async move {
                    let models = outside::hosted_models(session.keys(), known).await;
                    let _ = events.send(EventKind::Models(Found::Hosted { known, models })).await;
                });
            }
            Effect::ListAddress(base_url) => {
                let (events, session) = (self.events.clone(), Arc::clone(&self.session));
                tokio::spawn(async move {
                    let (models, key) = outside::models_at(session.keys(), &base_url).await;
                    let _ = events.send(EventKind::Models(Found::Address { base_url, models, key })).await;
                });
            }
            Effect::LookAtWeights { slot, typed } => {
                let root = self.session.workbench.root.clone();
                self.work(move || {
                    let path = outside::weights_at(&root, &typed);
                    EventKind::Models(Found::Weights { slot, typed, path })
                });
            }
            Effect::TryKey { place, key } => {
                let events = self.events.clone();
                tokio::spawn(async move {
                    let models = outside::try_key(&place, &key).await;
                    let _ = events.send(EventKind::Models(Found::KeyTried { place, key, models })).await;
                });
            }
            Effect::KeepKey { place, key } => {
                let session = Arc::clone(&self.session);
                self.work(move || {
                    let kept = session.keys().keep_at(place.kept_at(), &place.name, &key);
                    let source = kept.map_err(|error| format!("{error}. {}", error.hint()));
                    if let (Some(by), Ok(source)) = (&place.asked_by, &source) {
                        session.give_key(&place.base_url, by.named.clone(), source.clone());
                    }
                    let by_itself = session.keys().own_at(&place.base_url);
                    EventKind::Models(Found::KeyKept { place, source, by_itself })
                });
            }
            Effect::UseModel(spec) => self.session.add_model(*spec),
            Effect::KeepModels(specs) => {
                let root = self.session.workbench.root.clone();
                self.work(move || EventKind::ModelKept(outside::keep_models(&root, &specs)));
            }
            Effect::PairCells { base, tuned } => {
                let cells = cells::pair(&self.session, &base, &tuned);
                self.happen(EventKind::CellsFound(cells))?;
            }
            Effect::Matrix(work) => match *work {
                MatrixWork::Steer(steer) => {
                    if let Some(running) = &self.running {
                        running.steer(steer);
                    }
                }
                work @ (MatrixWork::Begin(_) | MatrixWork::GoOn { .. } | MatrixWork::Again { .. }) => {
                    let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                    self.running = Some(matrix::Running::begin(session, store, work, self.events.clone()));
                }
                work => {
                    let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                    matrix::work(session, store, Arc::clone(&self.wanted), work, self.events.clone());
                }
            },
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
            Effect::ReloadTheme(name) => {
                if let Ok(names) = self.themes.names() {
                    self.happen(EventKind::ThemesListed(names))?;
                }
                match self.themes.load(&name, self.theme.level()) {
                    Ok(theme) if theme == self.theme => {}
                    Ok(theme) => {
                        self.theme = theme;
                        self.pacer.request_now();
                        self.toast(Tone::Done, format!("The theme {name} was read again."));
                    }
                    Err(error) => {
                        let words = format!("{error}; {}. The colours stay as they were.", error.hint());
                        self.toast(Tone::Bad, words);
                    }
                }
            }
            Effect::ColourPrompt { revision, text, path, near } => {
                self.colourist.ask(Order::Prompt { revision, text, path, near });
            }
            Effect::LookAt(path) => self.work(move || {
                let now = watch::read(&path);
                EventKind::Outside { path, now, asked: true }
            }),
            Effect::Watch(path) => self.watch.prompt(path),
            Effect::ReadTally { a, b } => {
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.work(move || recall::tally(&session, &store, &a, &b));
            }
            Effect::ReadVerdict { base, tuned } => {
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.work(move || recall::verdict(&session, &store, &base, &tuned));
            }
            Effect::UseTheme(name) => match self.themes.load(&name, self.theme.level()) {
                Ok(theme) => {
                    self.theme = theme;
                    self.pacer.request_now();
                }
                Err(error) => self.toast(Tone::Bad, format!("{error}; {}", error.hint())),
            },
            Effect::KeepTheme(name) => self.work(move || {
                let kept = match Location::of_user() {
                    Some(location) => keep_theme(&location, &name),
                    None => Err("Until you quit: there is no folder for settings.".to_owned()),
                };
                let (tone, what) = kept.map_or_else(|why| (Tone::Note, why), |what| (Tone::Done, what));
                EventKind::Toast(Toast { tone, text: format!("Theme {name}. {what}") })
            }),
            Effect::Quit => self.over = true,
        }
        Ok(())
    }

    /// Asks an arm, once or several times; its questions wait together for a model that is still to be fetched.
    pub(super) fn ask(&mut self, asks: Vec<Ask>) {
        let to_fetch =
            |ask: &Ask| self.session.embedded_file(&ask.question.model).filter(|name| weights::is_to_fetch(name));
        let (absent, here): (Vec<Ask>, Vec<Ask>) = asks.into_iter().partition(|ask| to_fetch(ask).is_some());
        if let Some(name) = absent.first().and_then(to_fetch) {
            // A second run of an arm takes the place of the one that waits.
            self.waiting.retain(|waiting| absent.iter().all(|ask| ask.slot != waiting.slot));
            self.waiting.extend(absent);
            self.pull_model(name);
        }
        if !here.is_empty() {
            self.trials.ask(here);
        }
    }

    fn copy(&mut self, what: &str, text: &str) {
        match self.screen.copy(text) {
            Ok(said) => self.toast(Tone::Done, format!("{what}: {said}")),
            Err(reason) => self.toast(Tone::Bad, format!("{what}: {reason}")),
        }
    }

    /// Collects a bigger model's answers, or keeps what was decided about one.
    fn distil(&mut self, work: DistilWork) {
        if !matches!(work, DistilWork::Review { .. })
            && let Some(task) = self.distil.take()
        {
            task.abort();
        }
        match work {
            DistilWork::Begin { generation, arm } => {
                let (session, store) = (Arc::clone(&self.session), Arc::clone(&self.store));
                self.distil = Some(distil::begin(session, store, generation, arm, self.events.clone()));
            }
            DistilWork::Stop => {}
            DistilWork::Review { arm, name, event } => {
                // Kept before anything else happens: a decision must survive a kill right after the key.
                let session = Arc::clone(&self.session);
                match distil::keep(&session.workbench, &name, &event) {
                    Ok(()) => self.work(move || distil::write(&session, &arm)),
                    Err(fault) => self.work(move || EventKind::Distil(DistilNews::Written(Err(fault)))),
                }
            }
        }
    }

    /// Reads rows for the data pane, or writes what its columns are.
    fn data(&self, work: DataWork) {
        let (session, store, files) = (Arc::clone(&self.session), Arc::clone(&self.store), Arc::clone(&self.files));
        match work {
            DataWork::Read(DataQuery { generation, .. })
            | DataWork::Find(DataFind { generation, .. })
            | DataWork::Jump { generation, .. } => files.want(generation),
            DataWork::Count(DataFind { generation, .. }) => files.want_count(generation),
            DataWork::Arrange(ArrangeQuery { generation, .. }) => files.want_order(generation),
            DataWork::Stop => files.stop(),
            _ => {}
        }
        let events = self.events.clone();
        self.work(move || {
            let tell = |news| events.blocking_send(EventKind::Data(news)).is_ok();
            data::done(work, &Desk { session: &session, store: &store, files: &files, tell: &tell })
        });
    }

    /// Drops what still looks for failures, and its streams.
    fn stop_failures(&mut self) {
        if let Some(task) = self.failures.take() {
            task.abort();
        }
    }

    /// Drops what still asks the judge, and its streams.
    fn stop_judge(&mut self) {
        if let Some(task) = self.judge.take() {
            task.abort();
        }
    }

    /// Gives the terminal away and takes it back.
    pub(super) async fn leave_and_return(&mut self, away: Away) -> std::io::Result<()> {
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

    /// Written before anything else happens: a draft must survive a kill right after the pause in typing.
    fn keep_draft(&mut self, of: Of, was: Option<&str>, text: Option<&str>) {
        if let Err(reason) = self.drafts().keep(of, was, text) {
            self.toast(Tone::Bad, format!("The draft could not be kept: {reason}"));
        }
    }

    fn drafts(&self) -> Drafts {
        Drafts::of(&self.session.workbench.root)
    }
}
