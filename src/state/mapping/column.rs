//! A column of a data file, and what it is to prompts and scores.

use crate::data::{AnswerAs, variable_for};

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnRole {
    /// A variable of the prompt: of the column's own name, or of another.
    Variable(Option<String>),
    /// The answer that counts as right.
    Reference,
    /// The row's name.
    Id,
    /// Earlier turns of a conversation.
    Turns,
    /// A choice of a question, or all of them in a list.
    Choices,
    /// Which choice is right; said in this way, or in the one that the rows show.
    Answer(Option<AnswerAs>),
    /// Kept from the prompt.
    Hidden,
}

impl ColumnRole {
    /// In words, for the column `name`.
    pub fn in_words(&self, name: &str) -> String {
        match self {
            Self::Variable(other) => format!("variable {{{{ {} }}}}", other.as_deref().unwrap_or(name)),
            Self::Reference => "reference: the right answer".to_owned(),
            Self::Id => "id: the row's name".to_owned(),
            Self::Turns => "turns of a conversation".to_owned(),
            Self::Choices => "choices".to_owned(),
            Self::Answer(None) => "which choice is right".to_owned(),
            Self::Answer(Some(way)) => format!("which choice is right, {}", way.in_words()),
            Self::Hidden => "hidden from the prompt".to_owned(),
        }
    }

    /// Whether only one column can be it.
    pub(super) const fn is_single(&self) -> bool {
        matches!(self, Self::Reference | Self::Id | Self::Turns | Self::Answer(_))
    }

    /// Whether it is what `other` is, in whichever way that is said.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        self == other || matches!((self, other), (Self::Answer(_), Self::Answer(_)))
    }
}

impl ColumnChoice {
    /// A variable of its own name, or of one that a prompt can say where its own is none.
    pub(super) fn own_variable(&self) -> ColumnRole {
        ColumnRole::Variable(variable_for(&self.name).filter(|name| *name != self.name))
    }
}

/// A column and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnChoice {
    /// Its name in the file.
    pub name: String,
    /// The beginning of its value in the first row that has one.
    pub sample: String,
    /// Whether it holds turns of a conversation.
    pub is_turns: bool,
    /// What it is.
    pub role: ColumnRole,
}
