//! Why a strategy cannot be applied: always before a call is made.

use thiserror::Error;

use crate::data::DataError;
use crate::prompt::PromptError;

/// A fault of a strategy. `Display` says what and where; [`StrategyError::hint`] what to do next.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StrategyError {
    /// No strategy has that name.
    #[error("there is no strategy `{name}`")]
    UnknownStrategy {
        /// As written.
        name: String,
        /// The one it looks like.
        nearest: Option<String>,
        /// Those there are.
        known: Vec<String>,
    },
    /// The strategy has no such setting.
    #[error("the strategy {strategy} has no setting `{setting}`")]
    UnknownSetting {
        /// Which strategy.
        strategy: String,
        /// As written.
        setting: String,
        /// The one it looks like.
        nearest: Option<String>,
        /// Those there are.
        known: Vec<String>,
    },
    /// A setting's value is of the wrong kind or out of range.
    #[error("{strategy}: `{setting}` must be {expected}")]
    BadSetting {
        /// Which strategy.
        strategy: String,
        /// Which setting.
        setting: String,
        /// What it must be, in words.
        expected: String,
    },
    /// A wording is no template.
    #[error("{strategy}: `{setting}`, line {line}: {reason}")]
    BadTemplate {
        /// Which strategy.
        strategy: String,
        /// Which setting.
        setting: String,
        /// 1-based line of the text.
        line: usize,
        /// Why.
        reason: String,
        /// What to do next.
        hint: String,
    },
    /// The value is neither a name nor a table with a name.
    #[error("a strategy is a name or a table with a `name`")]
    NoName,
    /// The prompt cannot be rendered for this case.
    #[error("{0}")]
    Prompt(#[from] PromptError),
    /// The prompt cannot be rendered for an exemplar.
    #[error("exemplar `{id}`: {reason}")]
    Exemplar {
        /// The train row.
        id: String,
        /// Why.
        reason: String,
        /// What to do next.
        hint: String,
    },
    /// Train rows cannot be read.
    #[error("{0}")]
    Data(#[from] DataError),
    /// What the strategy needs is not there.
    #[error("{strategy} cannot be applied: {reason}")]
    CannotApply {
        /// Which strategy.
        strategy: String,
        /// Why.
        reason: String,
        /// What to do next.
        hint: String,
    },
    /// The way to read the answer is not well said.
    #[error("{reason}")]
    BadWay {
        /// Why.
        reason: String,
        /// What to do next.
        hint: String,
    },
    /// A stage of a person's own strategy is not well said.
    #[error("stage {number}: {reason}")]
    Stage {
        /// Which, from 1.
        number: usize,
        /// The key that is wrong, where it is one of them.
        key: Option<String>,
        /// The line of the key's text that is wrong, from 1, where it is a text of lines.
        line: Option<usize>,
        /// Why.
        reason: String,
        /// What to do next.
        hint: String,
    },
    /// Set-up calls have to be made before this can be asked.
    #[error("the set-up calls of this strategy have not been made yet")]
    NeedsSetUp,
}

impl StrategyError {
    /// The same fault with the strategy named, where it did not know whose it was.
    #[must_use]
    pub(crate) fn of(self, name: &str) -> Self {
        match self {
            Self::CannotApply { strategy, reason, hint } if strategy.is_empty() => {
                Self::CannotApply { strategy: name.to_owned(), reason, hint }
            }
            other => other,
        }
    }

    /// The setting that is wrong, where it is one of them.
    pub fn setting(&self) -> Option<&str> {
        match self {
            Self::UnknownSetting { setting, .. }
            | Self::BadSetting { setting, .. }
            | Self::BadTemplate { setting, .. } => Some(setting),
            Self::Stage { key, .. } => key.as_deref(),
            _ => None,
        }
    }

    /// The line of the setting's text that is wrong, where it is a text of lines.
    pub const fn line(&self) -> Option<usize> {
        match self {
            Self::BadTemplate { line, .. } => Some(*line),
            Self::Stage { line, .. } => *line,
            _ => None,
        }
    }

    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::UnknownStrategy { nearest: Some(nearest), .. }
            | Self::UnknownSetting { nearest: Some(nearest), .. } => {
                format!("Did you mean `{nearest}`?")
            }
            Self::UnknownStrategy { known, .. } => format!("There are: {}.", known.join(", ")),
            Self::UnknownSetting { known, .. } if known.is_empty() => "It has no settings.".to_owned(),
            Self::UnknownSetting { known, .. } => format!("Its settings: {}.", known.join(", ")),
            Self::BadSetting { setting, .. } => format!("Change `{setting}`, or leave it out for the default."),
            Self::NoName => "Write strategy = \"zero-shot\", or { name = \"few-shot\", k = 3 }.".to_owned(),
            Self::Prompt(error) => error.hint(),
            Self::Data(error) => error.hint(),
            Self::Exemplar { hint, .. }
            | Self::CannotApply { hint, .. }
            | Self::BadWay { hint, .. }
            | Self::BadTemplate { hint, .. }
            | Self::Stage { hint, .. } => hint.clone(),
            Self::NeedsSetUp => "They are made, and kept, when the arm is run.".to_owned(),
        }
    }
}
