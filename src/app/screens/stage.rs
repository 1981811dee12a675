//! A program without a loop: opened and moved as the loop does it, what it asks for done at once, so that only what is
//! drawn is under test.

use std::fs;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::ablation;
use super::super::data::{self, DataWork, Desk, OpenFiles};
use super::super::effect::Effect;
use super::super::event::{Event, EventKind, Timer};
use super::super::start::{first_state, key_map};
use super::super::{cells, update, workers};
use crate::config::settings::Settings;
use crate::config::{Known, SAMPLES, Workbench, copy_sample};
use crate::data::Case;
use crate::keys::Chord;
use crate::model::{Model, ModelError, ScriptedModel, StopReason, Usage};
use crate::run::{EmbeddedFactory, Session, TrialDone, TrialEvent};
use crate::score::diff::DiffRequest;
use crate::score::{NonAnswer, Outcome};
use crate::state::{
    ArmSlot, CaseState, EngineState, HistoryFor, HistoryRow, HistoryState, HistoryWindow, Overlay, State,
};
use crate::store::Store;
use crate::terminal::Input;
use crate::theme::{ColorLevel, Library, Theme};
use crate::view::screen::draw;

pub(super) const PLAIN: &str = "Here is the order as JSON:\n\n```json\n{\"item\": \"blue mug\", \"quantity\": 2}\n```\n\nIs there **anything else**?";
pub(super) const PROMPTED: &str = "{\"item\": \"blue mug\", \"quantity\": 3, \"gift\": false}";

/// What update asks for is done here, at once, as far as a screen shows it.
pub(super) struct Stage {
    pub(super) state: State,
    session: Arc<Session>,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// The order sample, as first opened; its prompt has been read.
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("orders");
        copy_sample(&SAMPLES[0], &root).unwrap();
        fs::write(root.join("notes.md"), "another prompt").unwrap();
        let settings = Settings::default();
        let keys = key_map(&settings, std::path::Path::new("settings.toml")).unwrap();
        // Pictures hang on nothing of this machine: neither its settings nor the models it holds.
        let factory: EmbeddedFactory = Arc::new(|_: &str, _| -> Result<Arc<dyn Model>, ModelError> {
            Ok(Arc::new(ScriptedModel::answering(&["x"])))
        });
        let session = Arc::new(Session::open(Workbench::open(&root, Known::default()).unwrap(), factory));
        let themes = Library::default().names().unwrap();
        let mut state = first_state(&session, None, true, keys, themes, true).unwrap();
        state.theme = "terminal".to_owned();
        let mut stage = Self { state, session, _folder: folder };
        stage.happen(EventKind::Engine(EngineState::Ready));
        stage.happen(EventKind::Timer(Timer::Analyse));
        stage
    }

    pub(super) fn happen(&mut self, kind: EventKind) {
        for effect in update(&mut self.state, Event { at_ms: 1_000, kind }) {
            let answer = match effect {
                Effect::Compare { generation, granularity, left, right } => {
                    workers::compare(generation, DiffRequest { granularity, deadline: None }, &left, &right)
                }
                Effect::Analyse { revision, text, path, questions } => {
                    workers::analyse((&self.session, None), revision, &text, &path, questions)
                }
                Effect::ReadHistory(query) => {
                    EventKind::HistoryRead { generation: query.generation, result: Ok(rows()) }
                }
                Effect::Data(work) => {
                    let files = OpenFiles::default();
                    if let DataWork::Read(query) = work.as_ref() {
                        files.want(query.generation);
                    }
                    if let DataWork::Arrange(query) = work.as_ref() {
                        files.want_order(query.generation);
                    }
                    let store = Store::open_or_memory(&self.session.workbench.root.join(".fourfold")).unwrap();
                    let desk = Desk { session: &self.session, store: &store, files: &files, tell: &|_| true };
                    data::done(*work, &desk)
                }
                Effect::ReadAblation { generation, split } => {
                    let store = Store::open_or_memory(&self.session.workbench.root.join(".fourfold")).unwrap();
                    ablation::read(&self.session, &store, generation, split)
                }
                Effect::ReadTally { .. } => EventKind::TallyRead(Ok(([7, 2, 1, 5], Vec::new()))),
                _ => continue,
            };
            self.happen(answer);
        }
    }

    pub(super) fn keys(&mut self, chords: &str) -> &mut Self {
        for chord in chords.split(' ') {
            let chord: Chord = chord.parse().unwrap();
            self.happen(EventKind::Input(Input::Key(chord)));
        }
        self
    }

    pub(super) fn trial(&mut self, slot: ArmSlot, event: TrialEvent) {
        let generation = self.state.arm(slot).unwrap().generation;
        self.happen(EventKind::Trial { slot, generation, event });
    }

    /// An arm has said so much so far.
    pub(super) fn says(&mut self, slot: ArmSlot, text: &str) {
        self.trial(slot, TrialEvent::FirstToken { ms: 180 });
        self.trial(slot, TrialEvent::Text(text.to_owned()));
    }

    /// An arm has answered and was scored.
    pub(super) fn answers(&mut self, slot: ArmSlot, text: &str, outcome: Outcome) {
        self.says(slot, text);
        let stop = if outcome == Outcome::Answer { StopReason::Stop } else { StopReason::Length };
        let done = TrialDone {
            outcome,
            text: text.to_owned(),
            reasoning: String::new(),
            stop: Some(stop),
            usage: Usage { input: Some(63), output: Some(31), ..Usage::default() },
            first_token_ms: Some(180),
            total_ms: 1_420,
            tokens_per_second: Some(44.6),
            error: None,
            notes: Vec::new(),
            inner: crate::run::Inner::default(),
        };
        self.trial(slot, TrialEvent::Finished(Box::new(done)));
        let generation = self.state.arm(slot).unwrap().generation;
        let case = self.state.case.case();
        let EventKind::Rescored { scores, parts, .. } =
            workers::score(&self.session, slot, generation, outcome, text, &case)
        else {
            panic!("scores")
        };
        self.happen(EventKind::Scored { slot, generation, extracted: None, outcome, scores });
        self.happen(EventKind::Parted { slot, generation, parts });
        self.happen(EventKind::Recorded { slot, generation, result: Ok(1 + slot as i64) });
    }

    /// Every arm has answered, the last one as was wanted.
    pub(super) fn answered() -> Self {
        let mut stage = Self::new();
        stage.keys("ctrl+r");
        stage.answers(ArmSlot::A, PLAIN, Outcome::Answer);
        stage.answers(ArmSlot::B, PROMPTED, Outcome::NonAnswer(NonAnswer::Length));
        let reference = stage.state.case.reference().unwrap();
        stage.answers(ArmSlot::C, &reference, Outcome::Answer);
        stage
    }

    pub(super) fn streaming() -> Self {
        let mut stage = Self::new();
        stage.keys("ctrl+r");
        stage.says(ArmSlot::A, "Here is the order as");
        stage
    }

    pub(super) fn failed() -> Self {
        let mut stage = Self::new();
        stage.keys("ctrl+r");
        let generation = stage.state.arm(ArmSlot::A).unwrap().generation;
        stage.happen(EventKind::NotStarted {
            slot: ArmSlot::A,
            generation,
            what: "line 14: the variable `txt` is not defined; did you mean `text`?".to_owned(),
            hint: "Correct the name in the prompt, or add it to the case.".to_owned(),
        });
        stage.answers(ArmSlot::B, PROMPTED, Outcome::Answer);
        stage
    }

    /// Arm A was asked several times; one answer is still to come.
    pub(super) fn sampled() -> Self {
        let mut stage = Self::answered();
        stage.keys("alt+3 n enter");
        let first = stage.state.arm(ArmSlot::A).unwrap().samples.as_ref().unwrap().first_generation;
        for (generation, text) in (first..).zip([PLAIN, PROMPTED, PLAIN, "no order"]) {
            let outcome = Outcome::Answer;
            let scored =
                EventKind::Scored { slot: ArmSlot::A, generation, extracted: None, outcome, scores: Vec::new() };
            let text = TrialEvent::Text(text.to_owned());
            stage.happen(EventKind::Trial { slot: ArmSlot::A, generation, event: text });
            stage.happen(scored);
        }
        stage
    }

    /// A case of several turns, more of them than there is room for.
    pub(super) fn conversation() -> Self {
        let mut stage = Self::new();
        stage.keys("alt+2");
        for letter in ["a", "b", "c", "d", "e", "f", "g"] {
            stage.keys(&format!("alt+n {letter}"));
        }
        stage
    }

    /// No data set: a field for each variable of the prompt.
    pub(super) fn typed() -> Self {
        let mut stage = Self::without_case();
        stage.happen(EventKind::Timer(Timer::Analyse));
        stage
    }

    pub(super) fn without_case() -> Self {
        let mut stage = Self::new();
        stage.state.case = CaseState::new(Case::default(), None, 0);
        stage
    }

    pub(super) fn without_model() -> Self {
        let mut stage = Self::new();
        stage.happen(EventKind::Engine(EngineState::Absent));
        stage
    }

    /// The four cells, answered.
    pub(super) fn fourfold() -> Self {
        let mut stage = Self::new();
        stage.state.place.cells = cells::of(&stage.session.workbench);
        stage.keys("ctrl+t ctrl+r");
        let reference = stage.state.case.reference().unwrap();
        let answers = ["Here is the order.", reference.as_str(), PROMPTED, reference.as_str()];
        for (slot, text) in ArmSlot::ALL.into_iter().zip(answers) {
            stage.answers(slot, text, Outcome::Answer);
        }
        stage
    }

    pub(super) fn draw(&mut self, width: u16, height: u16, theme: &Theme) -> Buffer {
        let area = Rect::new(0, 0, width, height);
        self.state.size = (width, height);
        let mut buffer = Buffer::empty(area);
        draw(&mut self.state, area, &mut buffer, theme);
        buffer
    }

    pub(super) fn text(&mut self, width: u16, height: u16) -> String {
        lines(&self.draw(width, height, &terminal_theme()))
    }
}

/// Recorded answers as the database would give them.
fn rows() -> HistoryWindow {
    let row = |id, arm: &str, outcome: &str, score: Option<&str>, answer: &str| HistoryRow {
        id,
        when: "2026-01-05 10:15".to_owned(),
        arm: arm.to_owned(),
        model: "base".to_owned(),
        case: "dev-001".to_owned(),
        outcome: outcome.to_owned(),
        score: score.map(str::to_owned),
        excerpt: answer.to_owned(),
    };
    let rows = vec![
        row(12, "prompted", "answer", Some("0.67"), PROMPTED),
        row(11, "plain", "length", Some("0.00"), PLAIN),
        row(10, "plain", "cancelled", None, "Here is"),
    ];
    let arms = vec!["plain".to_owned(), "prompted".to_owned()];
    HistoryWindow { newest: Some(12), total: 3, first: 0, rows, arms }
}

pub(super) fn terminal_theme() -> Theme {
    Library::default_theme(ColorLevel::Ansi16)
}

/// The text of a buffer, a line a row.
pub(super) fn lines(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut text = String::new();
    for y in area.y..area.bottom() {
        let mut line = String::new();
        let mut skip = 0;
        for x in area.x..area.right() {
            let symbol = buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
            if skip == 0 {
                line.push_str(symbol);
            }
            skip = if skip > 0 { skip - 1 } else { crate::view::text::display_width(symbol).saturating_sub(1) };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Everything that can lie over the screen, by the keys that bring it there.
pub(super) fn overlays() -> Vec<(&'static str, Stage)> {
    let mut all: Vec<(&'static str, Stage)> = [
        ("help", "f1"),
        ("help_diff", "alt+5 ?"),
        ("palette", "ctrl+p"),
        ("palette_nothing", "ctrl+p z z z z"),
        ("prompts", "ctrl+o"),
        ("models", "alt+3 m"),
        ("strategies", "alt+3 s"),
        ("calls_none", "alt+3 c"),
        ("arm_prompts", "alt+4 o"),
        ("new_prompt", "ctrl+p n e w space p r o m p t enter"),
        ("help_form", "alt+4 p f1"),
        ("parameters", "alt+4 p"),
        ("parameters_wrong", "alt+3 p x enter"),
        ("themes", "ctrl+p t h e m e enter"),
        ("copy_menu", "alt+3 Y"),
        ("diff_side", "alt+5 a"),
        ("preview", "f9"),
        ("history", "f3"),
        ("paste_case", "ctrl+p p a s t e enter a : 1"),
        ("tally", "f6 2 0"),
        ("samples", "alt+3 n"),
        ("samples_wrong", "alt+3 n x down ctrl+u 0"),
        ("compare_with", "alt+3 d"),
        ("strengths", "alt+3 w"),
        ("forgetting", "alt+3 l"),
        ("failures_which", "ctrl+p w h e r e space i t space f a i l s enter"),
        ("failures", "ctrl+p w h e r e space i t space f a i l s enter enter"),
        ("distil_which", "ctrl+p d i s t i l enter"),
        ("distil", "ctrl+p d i s t i l enter enter"),
        ("ablation", "ctrl+p s t e p space b y enter"),
        ("presets", "ctrl+p p r e s e t enter"),
        ("data", "alt+7"),
        ("data_find", "alt+7 end / k e t"),
        ("data_files", "alt+7 o"),
        ("mapping", "alt+7 m"),
        ("messages", "ctrl+c ctrl+p p a s t enter"),
    ]
    .into_iter()
    .map(|(name, keys)| {
        let mut stage = Stage::answered();
        stage.keys(keys);
        (name, stage)
    })
    .collect();
    let mut quitting = Stage::streaming();
    quitting.keys("ctrl+q");
    all.push(("confirm_quit", quitting));
    let mut called = Stage::answered();
    called.state.arms[0].calls = super::called();
    called.keys("alt+3 c");
    all.push(("calls", called));
    let mut reading = Stage::new();
    let history = HistoryState::new(HistoryFor::Arm(ArmSlot::A), (String::new(), "dev-001".to_owned()));
    reading.state.overlays.push(Overlay::History(Box::new(history)));
    all.push(("history_reading", reading));
    all
}

/// Every state of the panes.
pub(super) fn screens() -> Vec<(&'static str, Stage)> {
    vec![
        ("answered", Stage::answered()),
        ("streaming", Stage::streaming()),
        ("failed", Stage::failed()),
        ("no_case", Stage::without_case()),
        ("typed", Stage::typed()),
        ("sampled", Stage::sampled()),
        ("conversation", Stage::conversation()),
        ("no_model", Stage::without_model()),
    ]
}
