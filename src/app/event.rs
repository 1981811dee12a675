//! Everything that can happen to the program. Time enters only here.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::matrix::MatrixNews;
use crate::config::{Arm, ModelSpec};
use crate::data::Case;
use crate::model::discover::{KnownKey, LocalServer};
use crate::prompt::Problem;
use crate::run::failures::Step;
use crate::run::judge::{PairJudged, SelfTest};
use crate::run::scores::ScoresPage;
use crate::run::{Question, Session, Spent, TrialEvent};
use crate::score::diff::Diff;
use crate::score::{Outcome, Parts};
use crate::state::tune::Reckoned;
use crate::state::{
    Ablation, ArmSlot, Cells, CostNote, DataSource, DataWindow, EmbeddedOffer, EngineState, Fault, HistoryFor,
    HistoryWindow, LeakMarks, MappedRow, MappingForm, Preview, RecordedState, Reopened, ScoreLine, TakenRow, Toast,
    Tunable, WriteAsk,
};
use crate::terminal::Input;
use crate::tune::distil::{DistilRow, DistilStep};
use crate::tune::{Entry, ItemResult, Phase};
use crate::view::screen::Target;
use crate::view::text::highlight::{HighlightKey, HighlightedLines};

/// Something happened, and when.
#[derive(Debug)]
pub struct Event {
    /// Milliseconds since the program's start.
    pub at_ms: u64,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug)]
pub enum EventKind {
    /// A key, a paste, the mouse, a new size.
    Input(Input),
    /// News of an arm's running answer.
    Trial {
        /// Which arm.
        slot: ArmSlot,
        /// Which of its runs; older ones are dropped.
        generation: u64,
        /// The news.
        event: TrialEvent,
    },
    /// An arm could not even start.
    NotStarted {
        /// Which arm.
        slot: ArmSlot,
        /// Which of its runs.
        generation: u64,
        /// What is wrong.
        what: String,
        /// What to do.
        hint: String,
    },
    /// An answer is durable, or could not be made so.
    Recorded {
        /// Which arm.
        slot: ArmSlot,
        /// Which of its runs.
        generation: u64,
        /// The trial's number, or what went wrong.
        result: Result<i64, String>,
    },
    /// Remarks about an arm's question: exemplars taken, an adapter asked otherwise than it was trained.
    Noted {
        /// Which arm.
        slot: ArmSlot,
        /// Which of its runs.
        generation: u64,
        /// The remarks, the weightiest first.
        notes: Vec<String>,
    },
    /// A finished answer was scored.
    Scored {
        /// Which arm.
        slot: ArmSlot,
        /// Which of its runs.
        generation: u64,
        /// What the strategy read out of the answer, where that is not the whole.
        extracted: Option<String>,
        /// The outcome, after the strategy has looked for its answer.
        outcome: Outcome,
        /// The scores.
        scores: Vec<ScoreLine>,
    },
    /// An ended answer was taken into the books.
    Charged {
        /// Which arm.
        slot: ArmSlot,
        /// Which of its runs.
        generation: u64,
        /// What to say of its cost.
        note: Option<CostNote>,
        /// What has been spent since the start.
        session: Spent,
    },
    /// An answer was scored against another reference.
    Rescored {
        /// Which arm.
        slot: ArmSlot,
        /// Which of its runs.
        generation: u64,
        /// The scores.
        scores: Vec<ScoreLine>,
        /// Form and content.
        parts: Parts,
    },
    /// An answer's form and content were scored apart.
    Parted {
        /// Which arm.
        slot: ArmSlot,
        /// Which of its runs.
        generation: u64,
        /// Form and content.
        parts: Parts,
    },
    /// The mouse did something, on something.
    Pointer(Pointer),
    /// Models were found, or a server said that it has none.
    Models(Found),
    /// A picked model was written to fourfold.toml, by its id, or could not be.
    ModelKept(Result<String, String>),
    /// The four cells of two models that were picked.
    CellsFound(Result<Cells, String>),
    /// What this workbench wants to do with keys and has no leave for.
    KeyWishes(Vec<String>),
    /// The prompt was read: what is wrong in it, and what would be sent.
    Analysed(Box<Analysis>),
    /// Two texts were compared.
    Compared {
        /// Which question this answers.
        generation: u64,
        /// The difference.
        diff: Arc<Diff>,
    },
    /// A case was read from its file.
    CaseLoaded {
        /// Its place in the split, from 0.
        index: usize,
        /// The case, or what is wrong with its row.
        result: Result<Box<Case>, String>,
    },
    /// A prompt file was read.
    PromptLoaded {
        /// Which file.
        path: PathBuf,
        /// Its text, and a newer draft if one was kept.
        result: Result<(String, Option<String>), String>,
    },
    /// The prompt was written to its file.
    Saved(Result<String, SaveFault>),
    /// A prompt's file was looked at, because it seems to have changed or because somebody asked.
    Outside {
        /// Which file.
        path: PathBuf,
        /// What it says now.
        now: FileNow,
        /// Whether the person asked for its text.
        asked: bool,
    },
    /// fourfold.toml was changed by somebody else.
    WorkbenchChanged,
    /// A file in the person's folder of themes was changed.
    ThemesChanged,
    /// The themes there are now.
    ThemesListed(Vec<String>),
    /// Code of an answer has its colours, or will have none.
    AnswerColoured {
        /// Whose.
        slot: ArmSlot,
        /// Of which of its runs.
        generation: u64,
        /// Which piece of code.
        key: HighlightKey,
        /// Its colours.
        lines: Option<HighlightedLines>,
    },
    /// The prompt's fenced code has its colours.
    PromptColoured {
        /// Revision of the text that was read.
        revision: u64,
        /// The colours.
        spans: Vec<crate::editor::Span>,
    },
    /// Which arm stands on the left.
    SidesDrawn {
        /// Whether it is arm B.
        swapped: bool,
    },
    /// Votes were counted: for A, for B, for neither, and of the decided ones those for the left side; and the strengths of all
    /// arms in lines, where more than two were voted on.
    TallyRead(Result<([u64; 4], Vec<String>), String>),
    /// What the recorded answers of the four cells show, in words; none where they show nothing yet.
    VerdictRead(Vec<String>),
    /// The prompt came back from the external editor.
    Edited(Result<String, String>),
    /// A window of the history was read.
    HistoryRead {
        /// Which question this answers.
        generation: u64,
        /// The window, or what went wrong.
        result: Result<HistoryWindow, String>,
    },
    /// A recorded answer was read in full.
    TrialOpened {
        /// What for.
        purpose: HistoryFor,
        /// The answer, or what went wrong.
        result: Result<Box<Reopened>, String>,
    },
    /// What each arm adds to the one before was read.
    AblationRead {
        /// Which question this answers.
        generation: u64,
        /// The chart, or what is wrong.
        result: Result<Ablation, String>,
    },
    /// News for the data pane or the mapping screen.
    Data(DataNews),
    /// fourfold.toml was changed from here, and was read again or could not be.
    Reopened(Result<NewSession, String>),
    /// The workbench is in use as fourfold.toml has it now.
    Reread(Box<Reread>),
    /// The embedded model's state changed.
    Engine(EngineState),
    /// News of the task that looks where an arm fails.
    Failures {
        /// Which asking; others are dropped.
        generation: u64,
        /// The news.
        news: FailureNews,
    },
    /// The figures of the scores screen are made.
    ScoresMade {
        /// Which question this answers.
        generation: u64,
        /// The page, or what went wrong.
        result: Result<Arc<ScoresPage>, Fault>,
    },
    /// News of the task that asks the judge.
    Judge {
        /// Which asking; others are dropped.
        generation: u64,
        /// The news.
        news: JudgeNews,
    },
    /// News of a bigger model's answers to the train rows.
    Distil(DistilNews),
    /// News of the worker that measures what tuning lost.
    Forgetting {
        /// Which check; others are dropped.
        generation: u64,
        /// The news.
        news: ForgettingNews,
    },
    /// News of a run, or of what is read of one.
    Matrix(Box<MatrixNews>),
    /// News of a training, or of the worker that reckons one.
    Tune(TuneNews),
    /// Something to say that belongs to no pane.
    Toast(Toast),
    /// A timer asked for by an effect has run out.
    Timer(Timer),
    /// The terminal asked us to stop.
    Terminate,
}

/// What a file says when it is looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileNow {
    /// This text.
    Text(String),
    /// It is not there.
    Gone,
    /// Why it cannot be read, and what to do.
    Unreadable(String),
}

/// Why a prompt was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveFault {
    /// Somebody else wrote the file; this is what it says.
    Changed(String),
    /// Another reason, and what to do.
    Failed(String),
}

/// What was found for the model picker.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// What this machine and its environment hold.
    Here {
        /// The catalog.
        embedded: Vec<EmbeddedOffer>,
        /// Providers whose key is there.
        keys: Vec<KnownKey>,
    },
    /// One of the usual ports answered, or did not.
    Port {
        /// Which.
        base_url: String,
        /// What is there.
        server: Option<LocalServer>,
    },
    /// A provider listed its models, or did not.
    Hosted {
        /// Which.
        known: KnownKey,
        /// Its list, or why there is none.
        models: Result<Vec<String>, String>,
    },
}

/// What a timer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// Read the prompt again, a moment after the last key.
    Analyse,
    /// Keep the draft, a moment after the last key.
    Draft,
    /// Read the history with the filter as typed.
    Search,
    /// Take the oldest toast away.
    Toast,
    /// Read what the matrix shows again, for a run goes on.
    Matrix,
    /// Reckon what a run would take, a moment after the last key.
    Estimate,
    /// Reckon the training again, a moment after the last choice.
    Reckon,
}

/// A session that takes the place of the one before.
pub struct NewSession {
    /// The session.
    pub session: Arc<Session>,
    /// What of fourfold.toml was changed.
    pub changed: Changed,
}

/// What of fourfold.toml was changed from here.
#[derive(Clone, Debug)]
pub enum Changed {
    /// `[data]`: the first dev case is shown.
    Data,
    /// Arms: these are shown.
    Arms {
        /// Their names.
        ids: Vec<String>,
        /// What has become of it.
        words: String,
    },
    /// `[data]`: another version of a file.
    Version {
        /// The file that was named.
        from: PathBuf,
        /// The file that is named now.
        to: PathBuf,
        /// Whether that is the former one.
        back: bool,
    },
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewSession").field("changed", &self.changed).finish_non_exhaustive()
    }
}

/// What the screen has to know of a workbench that was read again.
#[derive(Clone, Debug)]
pub struct Reread {
    /// What is shown now.
    pub shown: Shown,
    /// Prompt files, relative to the workbench.
    pub prompts: Vec<String>,
    /// How many dev cases there are.
    pub count: usize,
    /// What the data pane can show.
    pub sources: Vec<DataSource>,
    /// What can be tuned.
    pub tunable: Tunable,
    /// The four cells.
    pub cells: Result<Cells, String>,
    /// What has become of it.
    pub words: String,
}

/// What a workbench that was read again shows.
#[derive(Clone, Debug)]
pub enum Shown {
    /// The first dev case, where there is one.
    Case(Option<Case>),
    /// These arms.
    Arms(Vec<Arm>),
    /// Another version of a file, in the data pane.
    Version {
        /// The file that was named.
        from: PathBuf,
        /// The file that is named now.
        to: PathBuf,
        /// Whether that is the former one.
        back: bool,
    },
}

/// What the data pane and the mapping screen hear.
#[derive(Clone, Debug)]
pub enum DataNews {
    /// A window was read.
    Read {
        /// Which question this answers.
        generation: u64,
        /// The window, or what is wrong.
        result: Result<DataWindow, String>,
    },
    /// How far the reading of a file is.
    Reading {
        /// Which question waits for it.
        generation: u64,
        /// A share, where that is known.
        share: Option<f64>,
        /// Rows so far.
        rows: u64,
    },
    /// The rows that are shown, in their order, as far as they were found.
    Arranged {
        /// Which order this answers.
        generation: u64,
        /// Their places, or what is wrong.
        result: Result<Arc<[u32]>, String>,
        /// How much was looked through; `None` at the end.
        share: Option<f64>,
        /// Long texts were not kept whole.
        coarse: bool,
    },
    /// What was asked to stop has stopped.
    Stopped,
    /// A value was read in full.
    Value {
        /// The file.
        path: PathBuf,
        /// The 0-based row of the file.
        row: usize,
        /// The column; without one the whole row.
        column: Option<String>,
        /// It, or what is wrong.
        result: Result<Value, String>,
    },
    /// The row that a case would be in a file.
    RowMade {
        /// The file.
        path: PathBuf,
        /// It, or why it cannot be one.
        result: Result<Map<String, Value>, String>,
    },
    /// What is to be asked before a version is written.
    AskedVersion(Result<WriteAsk, String>),
    /// How far the writing of a version is.
    Writing(Option<f64>),
    /// A version was written, with its rows and why `[data]` does not name it, or what is wrong.
    Written {
        /// The file.
        from: PathBuf,
        /// The version.
        to: PathBuf,
        /// Rows, and the reason.
        result: Result<(u64, Option<String>), String>,
    },
    /// A row was found, by its 0-based place among the shown ones.
    Found {
        /// Which question this answers.
        generation: u64,
        /// The row, none, or what is wrong.
        result: Result<Option<u64>, String>,
    },
    /// A row was taken as the case.
    Taken(Result<Box<TakenRow>, String>),
    /// Which test rows are train rows.
    Leaks(Result<Arc<LeakMarks>, String>),
    /// The file that a typed path means.
    Opened(PathBuf),
    /// The data files of the workbench.
    Listed(Vec<String>),
    /// The columns of a file.
    Mapped(Result<Box<MappingForm>, String>),
    /// What comes of a row.
    Previewed {
        /// Which preview.
        generation: u64,
        /// It, or what is wrong.
        result: Result<Box<MappedRow>, String>,
    },
}

/// What the page of failures hears.
#[derive(Clone, Debug)]
pub enum FailureNews {
    /// The arm is chosen, and its cases are asked now.
    Begun {
        /// The arm.
        arm: String,
        /// Why this one.
        why: String,
        /// Cases.
        cases: usize,
        /// Answers to each.
        repeats: u32,
        /// Why no other seed is asked, where all answers would be equal.
        equal: Option<&'static str>,
    },
    /// A case is through.
    Step(Box<Step>),
    /// It is over, by itself or by a fault.
    Over(Result<(), Fault>),
}

/// What the page of the judge hears.
#[derive(Clone, Debug)]
pub enum JudgeNews {
    /// The judge is there.
    Begun {
        /// Who.
        judge: String,
        /// What is told of it.
        notices: Vec<String>,
    },
    /// It is of the lineage of what it would judge; the fault comes with `Over`.
    Refused,
    /// A pair of the self-test is through.
    Tried {
        /// So many are.
        done: usize,
        /// Of so many.
        of: usize,
    },
    /// The self-test is through.
    SelfTest(SelfTest),
    /// It is over, by itself or by a fault.
    Over(Box<Result<PairJudged, Fault>>),
}

/// What the page of a bigger model's answers hears.
#[derive(Clone, Debug)]
pub enum DistilNews {
    /// The train rows and what is known of them were read.
    Loaded {
        /// Which asking.
        generation: u64,
        /// The name of the collection.
        name: String,
        /// The rows.
        rows: Vec<DistilRow>,
        /// How many of them are asked now.
        wanted: usize,
    },
    /// A row was asked.
    Answered {
        /// Which asking.
        generation: u64,
        /// The row and its answer.
        step: DistilStep,
    },
    /// The asking is over.
    Over {
        /// Which asking.
        generation: u64,
        /// What ended it early.
        fault: Option<Fault>,
    },
    /// A decision was kept, and the rows that passed were written: the files there are to learn from, each with what it is.
    Written(Result<Vec<(String, String)>, Fault>),
}

/// What the page of what was lost hears.
#[derive(Clone, Debug)]
pub enum ForgettingNews {
    /// An item was measured.
    Item {
        /// How many are.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// It is over.
    Over(Result<Vec<ItemResult>, Fault>),
}

/// What the Tune screen hears.
#[derive(Clone, Debug)]
pub enum TuneNews {
    /// What the choices would take.
    Reckoned {
        /// Which question this answers.
        generation: u64,
        /// The estimate, or why such a training cannot begin.
        result: Result<Reckoned, Fault>,
    },
    /// A training has begun, or could not.
    Begun {
        /// The adapter's name.
        name: String,
        /// What is wrong.
        result: Result<(), Fault>,
    },
    /// A training went on.
    Went {
        /// The adapter's name.
        name: String,
        /// What happened since the last look.
        entries: Vec<Entry>,
        /// How it is doing.
        phase: Phase,
    },
    /// A wish could not be followed.
    Refused(Fault),
    /// The tuned model is in the workbench, or could not be taken in.
    Adopted(Result<Box<Adopted>, Fault>),
}

/// A tuned model that was taken into the workbench.
#[derive(Clone, Debug, PartialEq)]
pub struct Adopted {
    /// The model, as fourfold.toml has it now.
    pub spec: ModelSpec,
    /// The four cells with it.
    pub cells: Result<Cells, String>,
}

/// What a worker found in the prompt.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Revision of the text that was read.
    pub revision: u64,
    /// Colours for the editor.
    pub spans: Vec<crate::editor::Span>,
    /// Whether there is fenced code to be coloured.
    pub fenced: bool,
    /// Marks for the editor.
    pub marks: Vec<crate::editor::Span>,
    /// The variables the prompt asks for.
    pub variables: Vec<String>,
    /// The list of faults.
    pub problems: Vec<Problem>,
    /// What each arm would send for the current case, or why it cannot.
    pub previews: Vec<Result<Preview, String>>,
    /// What each arm would be asked, and what the workbench's recordings hold for it.
    pub recorded: Vec<(Question, RecordedState)>,
}

/// What the mouse did, and to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// The left button went down on something, at a place inside of it.
    Press {
        /// On what.
        target: Target,
        /// Columns from its left edge.
        column: u16,
        /// Rows from its top edge.
        row: u16,
    },
    /// The mouse moved with the left button down; the place may lie outside of what it went down on.
    Drag {
        /// On what the button went down.
        target: Target,
        /// Columns from its left edge, negative to the left of it.
        column: i32,
        /// Rows from its top edge, negative above it.
        row: i32,
    },
    /// The wheel turned over something.
    Wheel {
        /// Over what.
        target: Target,
        /// Rows, down if positive.
        rows: isize,
    },
}
