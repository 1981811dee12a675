//! What lies over the screen: one thing at a time is asked or shown, Esc takes the topmost away.

use crate::editor::Editor;
use crate::state::ArmSlot;
use crate::state::picker::Picker;

/// What a picker's choice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickFor {
    /// Run any command.
    Command,
    /// Open a prompt.
    Prompt,
    /// An arm's model.
    Model(ArmSlot),
    /// Whether the arm's model is written to fourfold.toml.
    KeepModel(ArmSlot),
    /// An arm's strategy.
    Strategy(ArmSlot),
    /// An arm's own prompt.
    ArmPrompt(ArmSlot),
    /// The theme.
    Theme,
    /// What to copy.
    Copy,
    /// Which of two texts stays: the one on the screen, or what somebody else put into the file.
    Outside,
    /// The left side of the diff.
    DiffLeft,
    /// The right side of the diff.
    DiffRight,
}

/// One recorded answer as the history lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// The trial's number.
    pub id: i64,
    /// When, in local words.
    pub when: String,
    /// The arm's name.
    pub arm: String,
    /// The model.
    pub model: String,
    /// The case.
    pub case: String,
    /// The outcome's name.
    pub outcome: String,
    /// The primary score, if there is one.
    pub score: Option<String>,
    /// The raw answer.
    pub answer: String,
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
}

/// Something over the screen.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a handful exist at a time, and none in a loop")]
pub enum Overlay {
    /// The keys, scrolled by this many lines.
    Help {
        /// First line shown.
        scroll: usize,
    },
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
    /// The messages each arm would send.
    Preview {
        /// Which arm's.
        slot: ArmSlot,
        /// First line shown.
        scroll: usize,
    },
    /// Recorded answers.
    History {
        /// The filter.
        query: String,
        /// What matches, newest first; `None` while it is being read.
        rows: Option<Vec<HistoryRow>>,
        /// Which line is selected.
        selected: usize,
        /// What went wrong.
        fault: Option<String>,
    },
    /// Notices since the start.
    Messages {
        /// First line shown.
        scroll: usize,
    },
    /// A case to be typed or pasted.
    PasteCase(Editor),
    /// Quit although work is in progress?
    ConfirmQuit(String),
    /// The votes so far.
    Tally,
    /// The Tune screen; what it shows is kept when it closes.
    Tune,
}
