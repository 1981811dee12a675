//! What a metric says about one trial: a number between 0 and 1, or why there is none.

use serde::{Deserialize, Serialize};

/// The result of one metric on one trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Score {
    /// A number.
    Value {
        /// Between 0 and 1, 1 is best.
        value: f64,
        /// What a reader must know besides the number, in one sentence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// This metric has nothing to say here.
    NotApplicable {
        /// Why not.
        reason: String,
    },
    /// It would have something to say, and could not be computed: a command of the user's own failed, say. Not a zero, and left out
    /// of what is compared.
    Missing {
        /// What went wrong.
        reason: String,
    },
}

impl Score {
    /// A plain value, kept within [0, 1].
    pub fn value(value: f64) -> Self {
        Self::Value { value: value.clamp(0.0, 1.0), reason: None }
    }

    /// A value that needs a word beside it.
    pub fn explained(value: f64, reason: impl Into<String>) -> Self {
        Self::Value { value: value.clamp(0.0, 1.0), reason: Some(reason.into()) }
    }

    /// 1 for yes, 0 for no.
    pub fn hit(hit: bool) -> Self {
        Self::value(if hit { 1.0 } else { 0.0 })
    }

    /// No value, and why.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self::NotApplicable { reason: reason.into() }
    }

    /// No value, because computing it failed.
    pub fn missing(reason: impl Into<String>) -> Self {
        Self::Missing { reason: reason.into() }
    }

    /// The number, where there is one.
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Value { value, .. } => Some(*value),
            Self::NotApplicable { .. } | Self::Missing { .. } => None,
        }
    }

    /// The word beside the number, or why there is none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Value { reason, .. } => reason.as_deref(),
            Self::NotApplicable { reason } | Self::Missing { reason } => Some(reason),
        }
    }
}
