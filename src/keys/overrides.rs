//! The user's `[keys]` table as data, and what can be wrong with it, with file and line.

use std::path::PathBuf;

use super::sequence::Sequence;
use super::spelling::ChordError;

/// One line of the `[keys]` table: `"action-id" = ["ctrl+r", "f5"]`, or `[]` to unbind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOverride {
    /// The id of the action, or its title.
    pub action: String,
    /// The chords that replace the defaults.
    pub chords: Vec<Spelling>,
    /// The line of the action's id, from 1.
    pub line: usize,
}

/// A chord as it was written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    /// The text between the quotes.
    pub text: String,
    /// The line, from 1.
    pub line: usize,
}

/// What is wrong with a line of the `[keys]` table. The rest of the table still applies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// No action has this id or title.
    #[error("{}:{line}: no action is called `{action}`", path.display())]
    UnknownAction {
        /// The settings file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What was written.
        action: String,
        /// The nearest known id or title.
        nearest: Option<&'static str>,
    },
    /// A chord cannot be read.
    #[error("{}:{line}: {error} (keys of `{action}`)", path.display())]
    Unreadable {
        /// The settings file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The action being bound.
        action: &'static str,
        /// What is wrong with the chord.
        error: ChordError,
    },
    /// A plain character bound where characters are text.
    #[error("{}:{line}: `{chord}` types text in {scope}, it cannot run `{action}` there", path.display())]
    TypesText {
        /// The settings file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The chord as written.
        chord: Sequence,
        /// The action being bound.
        action: &'static str,
        /// The scope's name.
        scope: &'static str,
    },
    /// Two actions of one scope want the same chord.
    #[error("{}:{line}: `{chord}` for `{action}` is taken by `{other}` in {scope}", path.display())]
    Conflict {
        /// The settings file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The chord, or the one of which this is the prefix.
        chord: Sequence,
        /// The action being bound.
        action: &'static str,
        /// The action that has the chord.
        other: &'static str,
        /// The scope's name.
        scope: &'static str,
        /// Which of the two keeps it.
        outcome: ConflictOutcome,
    },
}

/// Who keeps a contested chord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictOutcome {
    /// The other action had it by default: the user's line wins.
    DefaultGivesWay,
    /// The other action got it from an earlier line of the same file: that line wins.
    EarlierLineStays,
}

impl KeyProblem {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownAction { nearest: Some(nearest), .. } => {
                format!("did you mean `{nearest}`? the palette lists every action by its name")
            }
            Self::UnknownAction { .. } => "the palette lists every action by its name".into(),
            Self::Unreadable { error, .. } => error.hint(),
            Self::TypesText { .. } => "add ctrl or alt, or use a function key".into(),
            Self::Conflict { other, .. } => {
                format!("give `{other}` another chord in the same table, or [] to unbind it")
            }
        }
    }

    /// The line in the settings file, from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::UnknownAction { line, .. }
            | Self::Unreadable { line, .. }
            | Self::TypesText { line, .. }
            | Self::Conflict { line, .. } => *line,
        }
    }
}
