//! What `update` does, as tables: a state, what happens, the state after it and the effects. No clock, no file, no task.

mod basics;
mod blind;
mod case;
mod costs;
mod data;
mod distil;
mod failures;
mod forgetting;
mod fourfold;
mod history;
mod judge;
mod matrix;
mod samples;
mod scores;
mod sequence;
mod strategies;
mod strengths;
mod tune;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::update;
use crate::app::action::TABLE;
use crate::app::effect::Effect;
use crate::app::event::{Event, EventKind};
use crate::config::{CallLimits, ModelSpec, Provider};
use crate::data::Case;
use crate::keys::{KeyMap, Row};
use crate::model::{Dialect, Usage};
use crate::run::{Spent, TrialDone, TrialEvent};
use crate::score::{Outcome, Score};
use crate::state::{
    ArmSlot, ArmState, CaseState, DiffState, EngineState, FourfoldState, Models, Pane, Place, PromptState, ScoreLine,
    State, opened,
};
use crate::strategy::StrategyConfig;
use crate::terminal::Input;

/// A state to do things to.
pub(super) struct Bench {
    pub(super) state: State,
    pub(super) now_ms: u64,
}

/// A workbench of two arms on the first of three dev cases.
pub(super) fn bench() -> Bench {
    let rows: Vec<_> = TABLE
        .iter()
        .map(|row| Row { action: row.action, id: row.id, title: row.title, chords: row.keys, scope: row.scope })
        .collect();
    let arm = |id: &str, model: &str| ArmState::new(id, StrategyConfig::default(), model);
    let model = |id: &str, provider| ModelSpec {
        id: id.to_owned(),
        provider,
        model: id.to_owned(),
        base_url: None,
        api_key: None,
        price: None,
        base: None,
        adapter: None,
        limits: CallLimits::default(),
        lora: None,
        parameters: crate::model::Parameters::default(),
    };
    let text = "user:\n{{ order }}\n";
    let state = State {
        size: (120, 40),
        now_ms: 0,
        focus: Pane::Prompt,
        zoomed: false,
        place: Place {
            root: PathBuf::from("/bench"),
            name: "bench".to_owned(),
            prompts: vec!["a.prompty".to_owned()],
            sample: false,
            themes: Vec::new(),
            strategies: Vec::new(),
            arms: Vec::new(),
            tunable: crate::state::Tunable::default(),
            cells: Err("no cells here".to_owned()),
            faulty_dev: None,
        },
        models: Models {
            known: vec![model("base", Provider::Embedded), model("server", Provider::Server(Dialect::ChatCompletions))],
            ..Models::default()
        },
        prompt: PromptState {
            path: PathBuf::from("/bench/a.prompty"),
            name: "a.prompty".to_owned(),
            editor: opened(text, None),
            variables: vec!["order".to_owned()],
            problems: Vec::new(),
            on_disk: text.to_owned(),
            outside: None,
            kept: None,
        },
        case: CaseState::new(case("dev-1", "two kettles"), Some(0), 3),
        arms: vec![arm("plain", "base"), arm("prompted", "server")],
        diff: DiffState::default(),
        overlays: Vec::new(),
        previews: Vec::new(),
        engine: EngineState::Ready,
        toasts: Vec::new(),
        messages: Vec::new(),
        tune: crate::state::TuneState::default(),
        fourfold: FourfoldState::default(),
        matrix: crate::state::MatrixState::default(),
        strengths: None,
        data: crate::state::DataState::default(),
        ablation: crate::state::AblationState::default(),
        distil: crate::state::DistilState::default(),
        forgetting: crate::state::ForgettingState::default(),
        failures: crate::state::FailuresState::default(),
        judge: crate::state::JudgeState::default(),
        scores: crate::state::ScoresState::default(),
        welcome: false,
        spent: Spent::default(),
        find: crate::state::FindBar::default(),
        press: None,
        recording: None,
        blind: None,
        quit_armed_ms: None,
        mouse: true,
        theme: String::new(),
        keys: Arc::new(KeyMap::new(&rows).unwrap()),
        prefix: None,
        prefix_delay_ms: 250,
        page_rows: 10,
        between_frames: false,
        primary: "exact-match".to_owned(),
        clipboard: String::new(),
    };
    Bench { state, now_ms: 0 }
}

pub(super) fn case(id: &str, order: &str) -> Case {
    Case {
        id: id.to_owned(),
        variables: json!({ "order": order }).as_object().unwrap().clone(),
        turns: Vec::new(),
        reference: Some("2".to_owned()),
    }
}

/// An arm of fourfold.toml that asks the prompt on the screen.
pub(super) fn declared(id: &str, model: &str) -> crate::config::Arm {
    crate::config::Arm {
        id: id.to_owned(),
        prompt: "a.prompty".to_owned(),
        strategy: crate::config::StrategySpec::default(),
        model: model.to_owned(),
        parameters: crate::model::Parameters::default(),
    }
}

pub(super) fn done(outcome: Outcome, text: &str) -> TrialDone {
    TrialDone {
        outcome,
        text: text.to_owned(),
        reasoning: String::new(),
        stop: None,
        usage: Usage::default(),
        first_token_ms: Some(5),
        total_ms: 9,
        tokens_per_second: None,
        error: None,
        notes: Vec::new(),
        inner: crate::run::Inner::default(),
    }
}

impl Bench {
    /// Something happens.
    pub(super) fn happens(&mut self, kind: EventKind) -> Vec<Effect> {
        self.now_ms += 1;
        update(&mut self.state, Event { at_ms: self.now_ms, kind })
    }

    /// Keys are pressed, written as in the action table; the last one's effects.
    pub(super) fn press(&mut self, chords: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for chord in chords.split_whitespace() {
            let chord = chord.parse().unwrap_or_else(|error| panic!("{chord}: {error:?}"));
            effects = self.happens(EventKind::Input(Input::Key(chord)));
        }
        effects
    }

    /// Text is typed letter by letter.
    pub(super) fn types(&mut self, text: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for letter in text.chars() {
            effects =
                self.happens(EventKind::Input(Input::Key(crate::keys::Chord::plain(crate::keys::Key::Char(letter)))));
        }
        effects
    }

    pub(super) fn arm(&self, slot: ArmSlot) -> &ArmState {
        self.state.arm(slot).unwrap()
    }

    /// The arm answers `text` under `generation`, is scored and recorded as `trial`.
    pub(super) fn answers(&mut self, slot: ArmSlot, generation: u64, text: &str, trial: i64) {
        self.happens(EventKind::Trial { slot, generation, event: TrialEvent::FirstToken { ms: 1 } });
        self.happens(EventKind::Trial { slot, generation, event: TrialEvent::Text(text.to_owned()) });
        let event = TrialEvent::Finished(Box::new(done(Outcome::Answer, text)));
        self.happens(EventKind::Trial { slot, generation, event });
        let scores = vec![ScoreLine { metric: "exact-match".to_owned(), score: Score::hit(text == "2") }];
        self.happens(EventKind::Scored { slot, generation, extracted: None, outcome: Outcome::Answer, scores });
        self.happens(EventKind::Recorded { slot, generation, result: Ok(trial) });
    }

    /// Both arms run and answer.
    pub(super) fn both_answer(&mut self) {
        self.press("ctrl+r");
        for (slot, trial) in [(ArmSlot::A, 11), (ArmSlot::B, 12)] {
            let generation = self.arm(slot).generation;
            self.answers(slot, generation, "2", trial);
        }
    }

    /// What is said on the screen last.
    pub(super) fn said(&self) -> &str {
        self.state.messages.last().map_or("", |toast| toast.text.as_str())
    }
}

/// The names of effects, to compare with a list.
pub(super) fn names(effects: &[Effect]) -> Vec<String> {
    let name = |effect: &Effect| {
        let text = format!("{effect:?}");
        text.chars().take_while(|letter| letter.is_alphanumeric()).collect::<String>()
    };
    effects.iter().map(name).filter(|name| name != "Start").collect()
}
