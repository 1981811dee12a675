//! What a check finds, and where.

use serde::Serialize;

use crate::data::Split;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A measurement or a training on this data would be wrong.
    Error,
    /// Worth a look.
    Warning,
}

/// What kind of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The row cannot be read: not JSON, ragged, not UTF-8, a second row of that id.
    Unreadable,
    /// The turns of a conversation have roles that no model is asked with.
    Roles,
    /// There is no input.
    Empty,
    /// There is no answer to learn from or to score against.
    NoReference,
    /// More tokens than the model's context.
    TooLong,
    /// The same input with another answer.
    Contradiction,
    /// The same input in two splits.
    Overlap,
    /// Almost the same input in train and test, near enough that a run refuses the test split.
    Leaked,
    /// Almost the same input in two splits.
    NearOverlap,
    /// The same input and the same answer again.
    Duplicate,
    /// One answer, or one value of a field, is on almost every row.
    Imbalance,
}

impl Kind {
    /// Every kind, the gravest first.
    pub const ALL: [Self; 11] = [
        Self::Unreadable,
        Self::Roles,
        Self::Empty,
        Self::NoReference,
        Self::TooLong,
        Self::Contradiction,
        Self::Overlap,
        Self::Leaked,
        Self::NearOverlap,
        Self::Duplicate,
        Self::Imbalance,
    ];

    /// The name in JSON and in lists.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Roles => "roles",
            Self::Empty => "empty",
            Self::NoReference => "no-reference",
            Self::TooLong => "too-long",
            Self::Contradiction => "contradiction",
            Self::Overlap => "overlap",
            Self::Leaked => "leaked",
            Self::NearOverlap => "near-overlap",
            Self::Duplicate => "duplicate",
            Self::Imbalance => "imbalance",
        }
    }
}

/// A row of a split's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RowPlace {
    /// The split.
    pub split: Split,
    /// 1-based row, the header of a table not counted.
    pub row: u64,
    /// 1-based line of the file on which it begins.
    pub line: u64,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What.
    pub kind: Kind,
    /// The row; `None` where it is about a whole split.
    pub at: Option<RowPlace>,
    /// The split it is about.
    pub split: Split,
    /// The other row, where two are concerned.
    pub other: Option<RowPlace>,
    /// In words.
    pub message: String,
}
