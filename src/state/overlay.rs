//! What lies over the screen: one thing at a time is asked or shown, Esc takes the topmost away.

use crate::editor::{Command, Editor, Motion};
use crate::state::matrix::RunForm;
use crate::state::new_prompt::NewPromptForm;
use crate::state::picker::Picker;
use crate::state::{ArmSlot, HistoryState, KeyForm, MappingForm, RecordAsk};

/// What a picker's choice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickFor {
    /// Run any command.
    Command,
    /// Open a prompt.
    Prompt,
    /// An arm's model.
    Model(ArmSlot),
    /// Whether a model's weights are fetched now.
    FetchModel(ArmSlot),
    /// Whether the arm's model is written to fourfold.toml.
    KeepModel(ArmSlot),
    /// What a workbench may do with keys.
    AllowKeys,
    /// An arm's strategy.
    Strategy(ArmSlot),
    /// An arm's own prompt.
    ArmPrompt(ArmSlot),
    /// The theme.
    Theme,
    /// A data file.
    DataFile,
    /// A preset's arms.
    Preset,
    /// What to copy.
    Copy,
    /// Which of two texts stays: the one on the screen, or what somebody else put into the file.
    Outside,
    /// The left side of the diff.
    DiffLeft,
    /// The right side of the diff.
    DiffRight,
    /// Which arm answers the train rows.
    Distil,
    /// Whose failures are counted.
    Failures,
    /// Which run the matrix shows.
    Run,
    /// Which run it is compared with.
    EarlierRun,
    /// Which of its cases are shown.
    Keep,
    /// What an arm's answer is compared with.
    Compare(ArmSlot),
}

/// The votes about two arms, once they are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TallyPage {
    /// Being counted.
    Reading,
    /// Counted.
    Read {
        /// Votes for arm A.
        a: u64,
        /// Votes for arm B.
        b: u64,
        /// Votes for neither.
        ties: u64,
        /// Of the decided ones, those for what stood on the left.
        left: u64,
        /// The strengths of all arms, in lines; none where only two were voted on.
        all: Vec<String>,
    },
    /// Could not be counted, and why.
    Failed(String),
}

/// A field of the parameter form.
#[derive(Debug)]
pub struct FormField {
    /// The setting's name.
    pub name: String,
    /// What it does, and its default.
    pub help: String,
    /// What has been typed.
    pub editor: Editor,
    /// What is wrong with it.
    pub fault: Option<String>,
    /// Whether it is a text of any length and number of lines, edited under the form rather than in its row.
    pub long: bool,
    /// The words it takes, where it takes no others: ← and → go from one to the next.
    pub choices: &'static [&'static str],
    /// What the editor said when the form was opened.
    before: String,
}

impl FormField {
    /// A field that says `value`.
    pub fn new(name: &str, help: &str, value: &str) -> Self {
        Self::with(name, help, Editor::single_line(value), false)
    }

    /// A field with a text of any length, such as a template; the caret is at its end.
    pub fn text(name: &str, help: &str, value: &str) -> Self {
        let mut editor = Editor::lines(value);
        editor.apply(Command::Move(Motion::DocumentEnd), 0);
        Self::with(name, help, editor, true)
    }

    fn with(name: &str, help: &str, editor: Editor, long: bool) -> Self {
        let before = editor.text();
        Self { name: name.to_owned(), help: help.to_owned(), editor, fault: None, long, choices: &[], before }
    }

    /// The same for one of these words.
    #[must_use]
    pub fn of(self, choices: &'static [&'static str]) -> Self {
        Self { choices, ..self }
    }

    /// Goes to the next of its words, or the one before, around the ends; whether there are any.
    pub fn step(&mut self, forward: bool) -> bool {
        let count = self.choices.len();
        if count == 0 {
            return false;
        }
        let typed = self.editor.text();
        let here = self.choices.iter().position(|word| *word == typed.trim());
        let next = match (here, forward) {
            (Some(here), true) => (here + 1) % count,
            (Some(here), false) => (here + count - 1) % count,
            (None, _) => 0,
        };
        if let Some(word) = self.choices.get(next) {
            self.editor.apply(Command::SetText((*word).to_owned()), 0);
            self.editor.apply(Command::Move(Motion::DocumentEnd), 0);
        }
        true
    }

    /// Whether it says something else than when the form was opened.
    pub fn is_changed(&self) -> bool {
        self.editor.text() != self.before
    }
}

/// Something over the screen.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a handful exist at a time, and none in a loop")]
pub enum Overlay {
    /// A prompt to be made.
    NewPrompt(Box<NewPromptForm>),
    /// A list to choose from.
    Pick(PickFor, Picker),
    /// Sampling and strategy settings of an arm.
    Parameters {
        /// Whose.
        slot: ArmSlot,
        /// The settings.
        fields: Vec<FormField>,
        /// Which has the caret.
        focused: usize,
    },
    /// How many answers of an arm, how warm, from which seed on.
    Samples {
        /// Whose.
        slot: ArmSlot,
        /// The three questions.
        fields: Vec<FormField>,
        /// Which has the caret.
        focused: usize,
    },
    /// The messages each arm would send.
    Preview {
        /// Which arm's.
        slot: ArmSlot,
        /// First line shown.
        scroll: usize,
    },
    /// The calls behind an arm's answer.
    Calls {
        /// Which arm's.
        slot: ArmSlot,
        /// First line shown.
        scroll: usize,
        /// The lines on which calls begin, as they were drawn last.
        heads: Vec<usize>,
    },
    /// What is to be measured, and what that takes.
    StartRun(Box<RunForm>),
    /// The limit up to which a run goes on that has reached one.
    RaiseLimit(Box<crate::state::matrix::RaiseLimit>),
    /// The text that the matrix' cases must have.
    MatrixSearch(Vec<FormField>),
    /// Recorded answers.
    History(Box<HistoryState>),
    /// What each arm adds to the one before.
    Ablation,
    /// Rows of a split or a file; what it shows is kept when it closes.
    Data,
    /// What the columns of a data file are.
    Mapping(Box<MappingForm>),
    /// Notices since the start.
    Messages {
        /// First line shown.
        scroll: usize,
    },
    /// A key to be typed or pasted.
    GiveKey(Box<KeyForm>),
    /// A case to be typed or pasted, and what was wrong with it when it was last to be taken.
    PasteCase(Editor, Option<String>),
    /// Quit although work is in progress?
    ConfirmQuit(String),
    /// Ask a model now to keep its answers?
    ConfirmRecord(RecordAsk),
    /// The votes so far.
    Tally(TallyPage),
    /// The Tune screen; what it shows is kept when it closes.
    Tune,
    /// Where an arm fails; what it shows is kept when it closes.
    Failures,
    /// Recorded scores; what it shows is kept when it closes.
    Scores,
    /// What the judge makes of two answers; what it shows is kept when it closes.
    Judge,
    /// A bigger model's answers to the train rows, reviewed; what it shows is kept when it closes.
    Distil,
    /// What tuning lost; what it shows is kept when it closes.
    Forgetting,
    /// The case at several strengths of an adapter; what it shows is kept when it closes.
    Strengths,
}
