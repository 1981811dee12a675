//! Why a prompt could not be read, rendered or saved.

use std::path::PathBuf;

use thiserror::Error;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name as the person knows it.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in characters.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

/// A fault of a prompt. `Display` says what and where; [`PromptError::hint`] what to do next.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PromptError {
    /// The file cannot be read.
    #[error("cannot read {path}: {reason}", path = path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The cause in words.
        reason: String,
    },
    /// The file cannot be written.
    #[error("cannot write {path}: {reason}", path = path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// The cause in words.
        reason: String,
    },
    /// Somebody else wrote the file since it was read.
    #[error("{path} was changed by another program", path = path.display())]
    Changed {
        /// Which file.
        path: PathBuf,
    },
    /// A variable that neither the case nor the prompt's defaults give a value.
    #[error("{place}: the variable `{name}` has no value")]
    UnknownVariable {
        /// Where it is used first.
        place: Place,
        /// The variable.
        name: String,
        /// The known name it looks like.
        nearest: Option<String>,
        /// Every name that has a value.
        known: Vec<String>,
    },
    /// The prompt's text has a fault that [`super::Prompt::problems`] marks.
    #[error("{place}: {message}")]
    Faulty {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
        /// What to do next.
        hint: String,
    },
    /// A template stopped while it was rendered.
    #[error("{place}: {message}")]
    Template {
        /// Where.
        place: Place,
        /// What is wrong.
        message: String,
        /// What to do next.
        hint: String,
    },
    /// A template ran into a limit.
    #[error("{place}: the template went over the limit of {limit}")]
    Limit {
        /// Where.
        place: Place,
        /// Which limit, in words.
        limit: String,
    },
    /// A path that leads out of the folder, or that is no plain file.
    #[error("{place}: `{path}` is refused: {reason}")]
    Path {
        /// Where it is named.
        place: Place,
        /// As written.
        path: String,
        /// Why.
        reason: String,
    },
    /// An environment variable that may not be read, or is not set.
    #[error("{place}: the environment variable `{name}` {reason}")]
    Environment {
        /// Where it is named.
        place: Place,
        /// The variable.
        name: String,
        /// Why it has no value.
        reason: String,
    },
}

impl PromptError {
    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Read { .. } => "Check the path, and that it is a text file in UTF-8.".to_owned(),
            Self::Write { .. } => "Check the folder's permissions and free space; the draft is kept.".to_owned(),
            Self::Changed { .. } => "Look at both versions, then reload the file or overwrite it.".to_owned(),
            Self::UnknownVariable { name, nearest: Some(nearest), .. } => {
                format!("Did you mean `{nearest}`? Or give `{name}` a default under `inputs`.")
            }
            Self::UnknownVariable { name, known, .. } if known.is_empty() => {
                format!("Give the case a value for `{name}`, or give it a default under `inputs`.")
            }
            Self::UnknownVariable { known, .. } => format!("Variables with a value: {}.", known.join(", ")),
            Self::Faulty { hint, .. } | Self::Template { hint, .. } => hint.clone(),
            Self::Limit { .. } => "Make the template shorter, or loop over less.".to_owned(),
            Self::Path { reason, .. } if reason.contains("no such file") => {
                "Check its name: it is looked for beside the prompt.".to_owned()
            }
            Self::Path { .. } => "Keep the file inside the workbench folder.".to_owned(),
            Self::Environment { name, .. } => {
                format!("Set it, write a default as ${{env:{name}:default}}, or allow it in fourfold.toml.")
            }
        }
    }

    /// Where in a prompt's text the fault is, where it has a place.
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::Read { .. } | Self::Write { .. } | Self::Changed { .. } => None,
            Self::UnknownVariable { place, .. }
            | Self::Faulty { place, .. }
            | Self::Template { place, .. }
            | Self::Limit { place, .. }
            | Self::Path { place, .. }
            | Self::Environment { place, .. } => Some(place),
        }
    }
}
