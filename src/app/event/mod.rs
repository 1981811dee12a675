//! Everything that can happen to the program. Time enters only here.

mod news;
mod pointer;
mod workbench;

use std::path::PathBuf;
use std::sync::Arc;

pub use self::news::{Adopted, DataNews, DistilNews, FailureNews, ForgettingNews, JudgeNews, RecordingNews, TuneNews};
pub use self::pointer::Pointer;
pub use self::workbench::{Changed, NewSession, Reread, Shown};
use super::matrix::MatrixNews;
use crate::data::Case;
use crate::model::discover::{KnownKey, LocalServer, OwnKey};
use crate::model::{Key, KeySource, ServedModel};
use crate::prompt::Problem;
use crate::run::scores::ScoresPage;
use crate::run::{Question, Spent, TrialEvent};
use crate::score::diff::Diff;
use crate::score::{Outcome, Parts};
use crate::state::PromptRead;
use crate::state::{
    Ablation, ArmSlot, Cells, CostNote, EmbeddedOffer, EngineState, Fault, HistoryFor, HistoryWindow, KeyPlace,
    ListFault, Preview, RecordedState, Reopened, ScoreLine, Toast,
};
use crate::terminal::Input;
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
    /// An arm's model wants a key, or another one.
    WantsKey {
        /// The arm.
        slot: ArmSlot,
        /// Which run of it.
        generation: u64,
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
    /// What the case would take with each of the picker's strategies, by their names there.
    Ahead(Vec<(String, String)>),
    /// The prompt was read: what is wrong in it, and what would be sent.
    Analysed(Box<Analysis>),
    /// Two texts were compared.
    Compared {
        /// Which question this answers.
        generation: u64,
        /// The difference.
        diff: Arc<Diff>,
    },
    /// What was to be copied is made, or cannot be.
    CopyMade {
        /// What it is, for the notice.
        what: String,
        /// The text, or why there is none.
        result: Result<String, String>,
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
        result: Result<PromptRead, String>,
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
    /// A prompt's file was made; what could not be done beside that is said. Or it could not be made, and why.
    PromptMade {
        /// The file, in the workbench.
        file: String,
        /// What has become of it.
        result: Result<Option<String>, String>,
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
    /// News of the worker that records a model's answers.
    Recording(RecordingNews),
    /// News of a training, or of the worker that reckons one.
    Tune(TuneNews),
    /// Something to say that belongs to no pane.
    Toast(Toast),
    /// A timer asked for by an effect has run out.
    Timer(Timer),
    /// The terminal asked us to stop.
    Terminate,
}

impl EventKind {
    /// Whether it is what a person has just asked to see: rows, a case, a past answer. Then it is drawn at once, like what a key
    /// itself changes; what comes by itself waits for the next frame.
    pub fn is_awaited(&self) -> bool {
        match self {
            Self::CaseLoaded { .. }
            | Self::CopyMade { .. }
            | Self::PromptLoaded { .. }
            | Self::HistoryRead { .. }
            | Self::TrialOpened { .. }
            | Self::Data(DataNews::Read { .. }) => true,
            Self::Matrix(news) => matches!(news.as_ref(), MatrixNews::Window { .. }),
            _ => false,
        }
    }
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
        /// The hosted providers, and where the key of each is.
        keys: Vec<OwnKey>,
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
        models: Result<Vec<String>, ListFault>,
    },
    /// A server at an address that was typed listed its models, or did not.
    Address {
        /// As it was typed.
        base_url: String,
        /// What is there, or why nothing is known of it.
        models: Result<Vec<ServedModel>, ListFault>,
        /// Where the key is that it was asked with.
        key: Option<KeySource>,
    },
    /// A file of weights was looked at.
    Weights {
        /// The arm that is to have it.
        slot: ArmSlot,
        /// The path, as it was typed.
        typed: String,
        /// Where it is, or why it cannot be used.
        path: Result<String, String>,
    },
    /// A server was asked with a key that was typed.
    KeyTried {
        /// Whose key it is.
        place: KeyPlace,
        /// The key, to be kept if the server took it.
        key: Key,
        /// What is there, or why nothing is known of it.
        models: Result<Vec<ServedModel>, ListFault>,
    },
    /// A key that was typed is kept, or could not be.
    KeyKept {
        /// Whose key it is.
        place: KeyPlace,
        /// Where it is.
        source: Result<KeySource, String>,
        /// Where the key for this place is found where nobody says where it is.
        by_itself: Option<KeySource>,
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
    /// See how far the open run is, which another process asks.
    Follow,
    /// Reckon what a run would take, a moment after the last key.
    Estimate,
    /// Reckon the training again, a moment after the last choice.
    Reckon,
    /// List what may follow the first chord of a sequence.
    Prefix,
}

/// What a worker found in the prompt.
#[derive(Clone, Debug, Default)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_were_asked_for_are_awaited_and_what_comes_by_itself_is_not() {
        let places = 0..1;
        let window = MatrixNews::Window { generation: 1, places, result: Err("gone".to_owned()) };
        assert!(EventKind::Matrix(Box::new(window)).is_awaited());
        assert!(EventKind::CaseLoaded { index: 0, result: Err("gone".to_owned()) }.is_awaited());
        let token = TrialEvent::Text("token".to_owned());
        assert!(!EventKind::Trial { slot: ArmSlot::A, generation: 1, event: token }.is_awaited());
        assert!(!EventKind::Matrix(Box::new(MatrixNews::Failed("cut".to_owned()))).is_awaited());
    }
}
