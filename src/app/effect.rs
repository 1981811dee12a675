//! Everything `update` asks the outside to do, as plain data.

use std::path::PathBuf;

use super::data::DataWork;
use super::event::Timer;
use super::matrix::MatrixWork;
use crate::config::{ArmChange, ModelSpec};
use crate::data::{Case, Split};
use crate::model::Key;
use crate::model::discover::KnownKey;
use crate::run::Question;
use crate::run::judge::Subject;
use crate::score::Outcome;
use crate::score::diff::Granularity;
use crate::state::scores::ScoresFrom;
use crate::state::{ArmSlot, ForgetOf, HistoryFor, HistoryQuery, KeyPlace};
use crate::strategy::StrategyConfig;
use crate::tune::distil::DistilEvent;
use crate::tune::{TuneRequest, Wish};

/// One thing to be done outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask an arm; an answer that is still running there is cancelled first.
    Ask(Box<Ask>),
    /// Ask an arm several times at once, each with a seed of its own; what is still running there is cancelled first.
    AskSamples(Vec<Ask>),
    /// Drop an arm's stream, and record what had arrived.
    Cancel(ArmSlot),
    /// The same, for the person has gone on to another case; a model that is being fetched is still wanted.
    Leave(ArmSlot),
    /// Read the prompt in a worker, and make each arm's messages without sending them.
    Analyse {
        /// Revision of `text`.
        revision: u64,
        /// The prompt's text.
        text: String,
        /// The prompt's file.
        path: PathBuf,
        /// What each arm would be asked.
        questions: Vec<Question>,
    },
    /// Score an answer that is on the screen again: its reference has changed.
    Score {
        /// Which arm.
        slot: ArmSlot,
        /// Which of its runs.
        generation: u64,
        /// What became of it.
        outcome: Outcome,
        /// The text that is scored.
        text: String,
        /// The case as it is on the screen.
        case: Box<Case>,
    },
    /// Draw which arm stands on the left while rating blind.
    DrawSides,
    /// Record a judgement.
    RecordVote {
        /// Arm A's trial.
        a: i64,
        /// Arm B's trial.
        b: i64,
        /// Whether B stood on the left.
        swapped: bool,
        /// 0 for A, 1 for B, 2 for neither.
        winner: usize,
    },
    /// Count the votes about two arms.
    ReadTally {
        /// Arm A as it is now.
        a: Box<Question>,
        /// Arm B as it is now.
        b: Box<Question>,
    },
    /// Read what the recorded answers of the four cells show, if these are the models of the workbench's own table.
    ReadVerdict {
        /// The model that was not tuned.
        base: String,
        /// The one that was.
        tuned: String,
    },
    /// Copy something that has to be made first: messages, a call, the diff.
    CopyAs {
        /// What, by its name in the copy menu.
        what: String,
        /// Whose.
        slot: ArmSlot,
    },
    /// Draw with another theme.
    UseTheme(String),
    /// Write the theme of this name into the person's settings.
    KeepTheme(String),
    /// Read a theme's file again, and list what themes there are.
    ReloadTheme(String),
    /// Colour the prompt's fenced code in a worker.
    ColourPrompt {
        /// Revision of `text`.
        revision: u64,
        /// The prompt's text.
        text: String,
        /// The prompt's file.
        path: PathBuf,
        /// Where the window begins.
        near: usize,
    },
    /// Read a prompt's file again, for the person has asked.
    LookAt(PathBuf),
    /// Tell when this prompt's file changes, and no longer when another's does.
    Watch(PathBuf),
    /// Compare two texts in a worker.
    Compare {
        /// Counts questions; late answers are dropped.
        generation: u64,
        /// By line, word or letter.
        granularity: Granularity,
        /// The left text.
        left: String,
        /// The right text.
        right: String,
    },
    /// Read a case of the dev split.
    LoadCase(usize),
    /// Read a prompt file and its draft.
    LoadPrompt(PathBuf),
    /// Write the prompt to its file.
    Save {
        /// The file.
        path: PathBuf,
        /// The whole text.
        text: String,
        /// What the file held when it was last read: something else there now is never overwritten.
        expected: String,
    },
    /// Keep a draft of a prompt beside the database.
    KeepDraft {
        /// The prompt file it belongs to.
        path: PathBuf,
        /// What this program wrote or opened last: no other draft is changed.
        was: Option<String>,
        /// The whole text; `None` drops the draft.
        text: Option<String>,
    },
    /// Keep what was typed into cases beside the database.
    KeepCases {
        /// What this program wrote or opened last: no other draft is changed.
        was: Option<String>,
        /// All of it; `None` drops the draft.
        text: Option<String>,
    },
    /// Read a window of the history.
    ReadHistory(HistoryQuery),
    /// Read one recorded answer in full.
    OpenTrial {
        /// Its number.
        id: i64,
        /// What for.
        purpose: HistoryFor,
        /// The case on the screen, by its key in the database.
        case_key: String,
    },
    /// Put text on the clipboard.
    Copy {
        /// What it is, for the notice.
        what: String,
        /// The raw text.
        text: String,
    },
    /// Leave the screen to the person's editor.
    OpenEditor {
        /// The text to edit.
        text: String,
        /// The file ending that the editor should see.
        extension: String,
    },
    /// Fetch the weights of an embedded model: of this one, or of the one the workbench uses first.
    PullModel(Option<String>),
    /// Look for models: on this machine, on the usual ports, keys in the environment.
    FindModels,
    /// Ask a provider for its list of models.
    ListHosted(KnownKey),
    /// Ask the server at this address for its list of models.
    ListAddress(String),
    /// Look at a file of weights by the path that was typed for an arm.
    LookAtWeights {
        /// The arm that is to have it.
        slot: ArmSlot,
        /// The path, as it was typed.
        typed: String,
    },
    /// Ask a server for its list of models with a key that was typed.
    TryKey {
        /// Whose key it is.
        place: KeyPlace,
        /// The key.
        key: Key,
    },
    /// Keep a key that its server took, for the person alone.
    KeepKey {
        /// Whose key it is.
        place: KeyPlace,
        /// The key.
        key: Key,
    },
    /// Make a model known for this session.
    UseModel(Box<ModelSpec>),
    /// Write models to fourfold.toml, a base before what was tuned from it; those that are there already stay.
    KeepModels(Vec<ModelSpec>),
    /// Find the four cells of two models of one lineage.
    PairCells {
        /// The base model's id.
        base: String,
        /// The tuned model's id.
        tuned: String,
    },
    /// Say what recording a model's answers to the first dev cases would take.
    PlanRecording(String),
    /// Record them in the workbench.
    RecordAnswers(String),
    /// Stop recording, and write what was answered.
    StopRecording,
    /// List what this workbench wants to do with keys and has no leave for.
    ListKeyWishes,
    /// Give it leave for one of these.
    AllowKey(String),
    /// Stop fetching them.
    CancelPull,
    /// Look where an arm fails on the dev cases; one that is looked at already is left off.
    Failures {
        /// Which asking.
        generation: u64,
        /// The arm; the best prompted one without.
        arm: Option<String>,
    },
    /// Stop looking where an arm fails.
    StopFailures,
    /// Make the figures of the scores screen.
    Scores {
        /// Counts questions.
        generation: u64,
        /// Of what.
        from: ScoresFrom,
    },
    /// Have the judge compare two answers; a judging before is left off.
    Judge {
        /// Which asking.
        generation: u64,
        /// The two answers.
        pair: Box<[Subject; 2]>,
        /// Whether to judge although the judge is of the lineage of what it judges.
        force: bool,
    },
    /// Ask the judge no more.
    StopJudge,
    /// Collect a bigger model's answers, or keep what was decided about one.
    Distil(Box<DistilWork>),
    /// Read what each arm adds to the one before, by what is recorded.
    ReadAblation {
        /// Which question.
        generation: u64,
        /// On which cases.
        split: Split,
    },
    /// Reckon what a question would take with each of these strategies, by the picker's names for them.
    Ahead {
        /// The question.
        question: Box<Question>,
        /// The strategies.
        of: Vec<(String, StrategyConfig)>,
    },
    /// Add a preset's arms to fourfold.toml, and go on with that.
    AddPreset {
        /// Its name.
        id: String,
        /// The model its arms ask.
        model: String,
        /// The tuned one, where there is one.
        tuned: Option<String>,
    },
    /// Write arms as they are on the screen to fourfold.toml, and go on with that.
    KeepArms(Vec<ArmChange>),
    /// Read rows for the data pane, or write what its columns are.
    Data(Box<DataWork>),
    /// Measure what tuning made a model forget; a check that runs is left off.
    Forgetting {
        /// Which check.
        generation: u64,
        /// Whose.
        of: ForgetOf,
    },
    /// Stop measuring.
    StopForgetting,
    /// Reckon, begin, stop or take in a training.
    Tune(Box<TuneWork>),
    /// Read, order or reckon something of a run for the matrix.
    Matrix(Box<MatrixWork>),
    /// Start a timer; a running one of the same kind starts again.
    Start(Timer, u64),
    /// Take or release the mouse.
    Mouse(bool),
    /// Stop the process as Ctrl+Z does.
    Suspend,
    /// Draw everything again.
    Redraw,
    /// End the program.
    Quit,
}

/// Something the page of a bigger model's answers wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum DistilWork {
    /// Read what is known and ask the rest; an asking before is left off.
    Begin {
        /// Which asking.
        generation: u64,
        /// The arm.
        arm: String,
    },
    /// Ask no more.
    Stop,
    /// Keep a decision.
    Review {
        /// The arm.
        arm: String,
        /// The name of the collection.
        name: String,
        /// The decision.
        event: DistilEvent,
    },
}

/// Something the Tune screen wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum TuneWork {
    /// Say what the choices would take.
    Reckon {
        /// Counts questions; late answers are dropped.
        generation: u64,
        /// The choices.
        request: TuneRequest,
    },
    /// Begin a training.
    Begin(TuneRequest),
    /// Pause a training, or give it up.
    Wish(String, Wish),
    /// Go on with a training that was interrupted.
    Resume(String),
    /// Take the tuned model into the workbench.
    Adopt(String),
}

/// What to ask of an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Which arm.
    pub slot: ArmSlot,
    /// Which of its runs.
    pub generation: u64,
    /// The question.
    pub question: Question,
}
