//! What is: plain data. No tokio, no clock.

mod ablation;
mod arm;
mod case;
mod cost;
mod data;
mod diff;
mod distil;
mod edited;
mod failures;
mod find;
mod forgetting;
pub mod fourfold;
mod history;
mod hosted_offers;
mod judge;
mod key_form;
mod mapping;
pub mod matrix;
mod model_files;
mod models;
mod overlay;
mod pane;
pub mod picker;
mod prompt;
mod recording;
mod samples;
pub mod scores;
pub mod strengths;
pub mod tune;
pub mod tuning_form;
pub mod unwritten;
pub use ablation::{Ablation, AblationState, AblationStep, Bar};
pub use arm::{ArmState, Fault, Figures, Phase, RecordedAnswer, RecordedState, ScoreLine};
pub use case::{CaseState, Field, FieldKind, REFERENCE, Taken};
pub use cost::CostNote;
pub use data::{
    ArrangeQuery, CellEdit, DATA_WINDOW, DataColumn, DataQuery, DataRow, DataSource, DataState, DataTyping, DataWindow,
    EditedRow, Edits, Hits, LeakMarks, TakenRow, WriteAsk,
};
pub use diff::{DiffState, NARROWEST, Side};
pub use distil::DistilState;
pub use edited::{CaseDesk, EditedCase};
pub use failures::FailuresState;
pub use find::{FindBar, FindPart, FindPlace};
pub use forgetting::{ForgetOf, ForgettingState};
pub use fourfold::{CellRow, Cells, FourfoldState};
pub use history::{
    Asked, HistoryFilter, HistoryFor, HistoryQuery, HistoryRow, HistoryState, HistoryWindow, Reopened, WINDOW,
};
pub use judge::JudgeState;
pub use key_form::{AskedBy, KeyForm, KeyPlace, ListFault};
pub use mapping::{ColumnChoice, ColumnRole, FileUse, MappedRow, MappingForm};
pub use matrix::MatrixState;
pub use model_files::{FILE_OFFER, asks_file};
pub use models::{ADDRESS_OFFER, EmbeddedOffer, Hosted, Models, Offer};
pub use overlay::{FormField, Overlay, PickFor, TallyPage};
pub use pane::{ArmSlot, Pane};
pub use prompt::{Outside, PromptRead, PromptState, opened};
pub use recording::{RecordAsk, RecordingState};
pub use samples::{Sample, Samples};
pub use scores::ScoresState;
pub use strengths::StrengthsState;
pub use tune::TuneState;

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::{Action, Scope};
use crate::config::{Arm, Provider};
use crate::editor::Editor;
use crate::keys::{Chord, KeyMap};
use crate::model::{Cost, Parameters, Price, TokenCount, Usage};
use crate::prompt::Message;
use crate::run::Spent;
use crate::strategy::StrategyConfig;
use crate::view::screen::Target;

/// The key map of this program.
pub type Keys = KeyMap<Action, Scope>;

/// Where the embedded model stands.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineState {
    /// Its file is not on this machine.
    Absent,
    /// On its way: bytes so far, bytes in all, from where.
    Downloading {
        /// Which model, by the catalog's name.
        model: String,
        /// Bytes here.
        done: u64,
        /// Bytes in all.
        total: u64,
        /// From where, in words.
        source: String,
        /// Seconds left, once that can be told.
        seconds_left: Option<u64>,
    },
    /// Being read into memory.
    Loading,
    /// Answers.
    Ready,
    /// Cannot be used, and what to do.
    Failed(Fault),
}

/// How a toast is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something is done.
    Done,
    /// Good to know.
    Note,
    /// Something went wrong.
    Bad,
}

/// A short notice over the screen; kept in the list of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// How it is meant.
    pub tone: Tone,
    /// One sentence.
    pub text: String,
}

/// Rating by hand: names hidden, sides drawn at random.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlindState {
    /// Whether arm B stands on the left.
    pub swapped: bool,
    /// Whether this pair has been judged, and the names are shown until the next run.
    pub judged: bool,
}

/// What of a workbench can be tuned.
#[derive(Clone, Debug, Default)]
pub struct Tunable {
    /// Models: id, and what they are.
    pub bases: Vec<(String, String)>,
    /// Arms: id, and how they ask.
    pub arms: Vec<(String, String)>,
    /// A name that is free for the adapter.
    pub name: String,
    /// Files beside the train split that can be learned: path, and what they are.
    pub rows: Vec<(String, String)>,
    /// Arms that can answer the train rows, those on servers first: id, and how they ask.
    pub teachers: Vec<(String, String)>,
    /// How many train rows there are.
    pub train_rows: usize,
}

/// Names that do not change while the program runs.
#[derive(Clone, Debug)]
pub struct Place {
    /// The workbench folder.
    pub root: PathBuf,
    /// Its name on the screen.
    pub name: String,
    /// Whether it is the program's own copy of a sample.
    pub sample: bool,
    /// Prompt files, relative to `root`.
    pub prompts: Vec<String>,
    /// Themes by name.
    pub themes: Vec<String>,
    /// The workbench's own strategies.
    pub strategies: Vec<StrategyConfig>,
    /// The arms of fourfold.toml, in its order.
    pub arms: Vec<Arm>,
    /// What can be tuned here.
    pub tunable: Tunable,
    /// What the four cells of the fourfold view ask, or what is missing for it.
    pub cells: Result<Cells, String>,
    /// The dev file, where it cannot be used, and why.
    pub faulty_dev: Option<(String, String)>,
}

/// What an arm would send.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The messages of its first call.
    pub messages: Vec<Message>,
    /// Their tokens.
    pub count: TokenCount,
    /// What all its calls for this case will take, in words.
    pub ahead: Vec<String>,
}

/// The last press of the mouse, for double clicks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Press {
    /// On what, and where in it.
    pub cell: (Target, u16, u16),
    /// When.
    pub at_ms: u64,
    /// How many presses in a row.
    pub clicks: u8,
}

/// The first chord of a sequence, while the second is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// What was pressed.
    pub first: Chord,
    /// Whether what may follow is listed over the screen.
    pub listed: bool,
}

/// Everything the screen shows.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct State {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Milliseconds since the start, from the last event.
    pub now_ms: u64,
    /// Where keys go.
    pub focus: Pane,
    /// Whether the focused pane has the whole screen.
    pub zoomed: bool,
    /// The workbench.
    pub place: Place,
    /// What arms can be asked of.
    pub models: Models,
    /// The prompt being edited.
    pub prompt: PromptState,
    /// The case.
    pub case: CaseState,
    /// One to four arms.
    pub arms: Vec<ArmState>,
    /// The diff.
    pub diff: DiffState,
    /// The find bar of the focused text or answer.
    pub find: FindBar,
    /// What lies over the screen, the topmost last.
    pub overlays: Vec<Overlay>,
    /// What each arm would send, or why not.
    pub previews: Vec<Result<Preview, String>>,
    /// The embedded model.
    pub engine: EngineState,
    /// Notices on the screen, the newest last.
    pub toasts: Vec<Toast>,
    /// All notices since the start.
    pub messages: Vec<Toast>,
    /// The Tune screen.
    pub tune: TuneState,
    /// The four cells, and which of the two views is on.
    pub fourfold: FourfoldState,
    /// A bigger model's answers to the train rows.
    pub distil: DistilState,
    /// What tuning lost.
    pub forgetting: ForgettingState,
    /// Where an arm fails.
    pub failures: FailuresState,
    /// A run as a matrix.
    pub matrix: MatrixState,
    /// Recorded scores.
    pub scores: ScoresState,
    /// What the judge makes of two answers.
    pub judge: JudgeState,
    /// What each arm adds to the one before, by what is recorded.
    pub ablation: AblationState,
    /// The rows of splits and files.
    pub data: DataState,
    /// One case at several strengths of an adapter, once it was looked at.
    pub strengths: Option<StrengthsState>,
    /// A model's answers being recorded beside the data.
    pub recording: Option<RecordingState>,
    /// Rating by hand, while it is on.
    pub blind: Option<BlindState>,
    /// When Ctrl+C was pressed without a selection.
    pub quit_armed_ms: Option<u64>,
    /// The last press of the mouse.
    pub press: Option<Press>,
    /// Whether the mouse is ours.
    pub mouse: bool,
    /// The theme's name.
    pub theme: String,
    /// Which chord does what.
    pub keys: Arc<Keys>,
    /// The first chord of a sequence, while the second is awaited.
    pub prefix: Option<Prefix>,
    /// How long it waits until what may follow is listed.
    pub prefix_delay_ms: u64,
    /// Rows of the focused pane, as last drawn: what a page is.
    pub page_rows: usize,
    /// Whether the next frame comes for a key alone: growing answers are shown as they were laid out last.
    pub between_frames: bool,
    /// The metric that decides.
    pub primary: String,
    /// What the program itself copied last, for pasting inside it.
    pub clipboard: String,
    /// Whether the lines for a first start are shown: nothing has been run here yet.
    pub welcome: bool,
    /// What has been spent since the start.
    pub spent: Spent,
}

impl State {
    /// The arm in `slot`, if that many are on the screen.
    pub fn arm(&self, slot: ArmSlot) -> Option<&ArmState> {
        self.arms.get(slot.index())
    }

    /// As [`State::arm`], to change it.
    pub fn arm_mut(&mut self, slot: ArmSlot) -> Option<&mut ArmState> {
        self.arms.get_mut(slot.index())
    }

    /// The arm that single-arm commands mean: the focused one, else A.
    pub fn focused_slot(&self) -> ArmSlot {
        match self.focus {
            Pane::Arm(place) => self.shown_slot(place),
            _ => ArmSlot::A,
        }
    }

    /// Whether the arms' names are hidden: a pair is being rated and has not been judged.
    pub fn is_hidden(&self) -> bool {
        self.blind.is_some_and(|blind| !blind.judged)
    }

    /// Whether the pair on the screen can be judged: both answers have ended and were asked for here.
    pub fn can_vote(&self) -> bool {
        let is_whole = |slot| self.arm(slot).is_some_and(|arm| !arm.phase.is_live() && arm.trial.is_some());
        is_whole(ArmSlot::A) && is_whole(ArmSlot::B)
    }

    /// How many arms are on the screen: while a pair is rated, only the pair.
    pub fn shown_arms(&self) -> usize {
        if self.is_hidden() { self.arms.len().min(2) } else { self.arms.len() }
    }

    /// Which arm a place on the screen shows: sides may be exchanged while rating blind.
    pub fn shown_slot(&self, place: ArmSlot) -> ArmSlot {
        match (self.blind, place) {
            (Some(blind), ArmSlot::A) if blind.swapped => ArmSlot::B,
            (Some(blind), ArmSlot::B) if blind.swapped => ArmSlot::A,
            _ => place,
        }
    }

    /// Where the embedded model stands, if it concerns `arm`: a model on a server does not wait for it.
    pub fn engine_of(&self, arm: &ArmState) -> Option<&EngineState> {
        let elsewhere = self.models.known(&arm.model).is_some_and(|model| model.provider != Provider::Embedded);
        (!elsewhere).then_some(&self.engine)
    }

    /// The arms that ask the prompt on the screen: another one can be looked at than those they ask.
    pub fn asks_prompt_on_screen(&self) -> Vec<ArmSlot> {
        let asks = |arm: &ArmState| arm.prompt.as_ref().is_none_or(|prompt| *prompt == self.prompt.name);
        ArmSlot::ALL.into_iter().zip(&self.arms).filter(|(_, arm)| asks(arm)).map(|(slot, _)| slot).collect()
    }

    /// Whether an arm asks the model inside the program.
    pub fn asks_engine(&self) -> bool {
        self.arms.iter().any(|arm| self.engine_of(arm).is_some())
    }

    /// How an arm samples now, and whether a temperature that nobody sets means greedy.
    pub fn sampling_of(&self, arm: &ArmState) -> (Parameters, bool) {
        match self.models.known(&arm.model) {
            Some(model) => (arm.parameters.over(Some(&model.parameters)), model.provider == Provider::Embedded),
            None => (arm.parameters.clone(), false),
        }
    }

    /// What an answer that streams has come to so far: tokens, and their cost where that is more than nothing. Estimates.
    pub fn so_far(&self, slot: ArmSlot) -> Option<(u64, Option<Cost>)> {
        let arm = self.arm(slot).filter(|arm| arm.phase == Phase::Streaming && arm.samples.is_none())?;
        // About four bytes a token, in every script.
        let output = (arm.answer.text().len() as u64).div_ceil(4);
        let price = self.models.priced(&arm.model).map(|priced| priced.price).filter(|price| *price != Price::FREE);
        let input = match self.previews.get(slot.index()) {
            Some(Ok(preview)) => preview.count.tokens as u64,
            _ => 0,
        };
        Some((output, price.map(|price| price.of(Usage::default(), (input, output)))))
    }

    /// The answers that Esc cancels from here once nothing lies over them: on an answer its own stream; elsewhere all that
    /// still stream, so that one key is always enough.
    pub fn cancelled_by_leaving(&self) -> Vec<ArmSlot> {
        let on_answer = matches!(self.focus, Pane::Arm(_));
        let is_live = |slot: &ArmSlot| self.arm(*slot).is_some_and(|arm| arm.phase.is_live());
        let meant = |slot: &ArmSlot| !on_answer || *slot == self.focused_slot();
        ArmSlot::ALL.into_iter().filter(meant).filter(is_live).collect()
    }

    /// The text that has the caret, if the focused pane is one.
    pub fn text_mut(&mut self) -> Option<&mut Editor> {
        match self.focus {
            Pane::Prompt => Some(&mut self.prompt.editor),
            Pane::Case => self.case.fields.get_mut(self.case.focused).map(|field| &mut field.editor),
            _ => None,
        }
    }

    /// Whether a field of the find bar has the keys.
    pub fn finds(&self) -> bool {
        self.find.open.is_some_and(|place| place.pane == self.focus) && self.find.part != FindPart::Text
    }

    /// The text on a side of the diff.
    pub fn text_of(&self, side: &Side) -> String {
        match side {
            Side::Arm(slot) => self.arm(*slot).map(|arm| arm.result().to_owned()).unwrap_or_default(),
            Side::Reference => self.case.reference().unwrap_or_default(),
            Side::Earlier(_, text) | Side::Sample(_, _, text) | Side::Text(_, text) => text.to_string(),
        }
    }
}
