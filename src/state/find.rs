//! The find bar: what is looked for, in which pane, and which of its fields has the keys. What it last looked for stays.

use super::Pane;
use crate::editor::{Case, Command, Editor, Notice, PatternKind, Query};

/// Where keys go while the bar is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindPart {
    /// To what is looked for.
    Pattern,
    /// To what is put in its place.
    Replacement,
    /// To the text that is searched, below the bar.
    Text,
}

/// The text that is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FindPlace {
    /// Its pane.
    pub pane: Pane,
    /// In the case: which field.
    pub field: usize,
}

/// The find bar.
#[derive(Debug)]
pub struct FindBar {
    /// What it searches, while it is open.
    pub open: Option<FindPlace>,
    /// Where keys go.
    pub part: FindPart,
    /// What is looked for.
    pub pattern: Editor,
    /// What is put in its place.
    pub replacement: Editor,
    /// Whether the pattern is an expression.
    pub kind: PatternKind,
    /// Whether capitals count.
    pub case: Case,
    /// What the last step had to tell.
    pub notice: Option<Notice>,
}

impl Default for FindBar {
    fn default() -> Self {
        Self {
            open: None,
            part: FindPart::Pattern,
            pattern: Editor::single_line(""),
            replacement: Editor::single_line(""),
            kind: PatternKind::default(),
            case: Case::default(),
            notice: None,
        }
    }
}

impl FindBar {
    /// What the bar asks for.
    pub fn query(&self) -> Query {
        Query { pattern: self.pattern.text(), kind: self.kind, case: self.case }
    }

    /// The field that has the keys; none while they go to the text.
    pub fn field_mut(&mut self) -> Option<&mut Editor> {
        match self.part {
            FindPart::Pattern => Some(&mut self.pattern),
            FindPart::Replacement => Some(&mut self.replacement),
            FindPart::Text => None,
        }
    }

    /// Opens the bar on a place, looking for `pattern` where one is given; typing replaces it.
    pub fn open_on(&mut self, place: FindPlace, pattern: Option<String>) {
        if let Some(pattern) = pattern {
            self.pattern = Editor::single_line(&pattern);
        }
        self.pattern.apply(Command::SelectAll, 0);
        self.open = Some(place);
        self.part = FindPart::Pattern;
        self.notice = None;
    }
}
