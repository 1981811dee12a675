//! What a strategy works on and what it gives back.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::data::{Case, Cases};
use crate::prompt::{Limits, Message, Permissions, Prompt, Reach, RenderOptions};

/// One case to be turned into calls.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The prompt.
    pub prompt: &'a Prompt,
    /// The case.
    pub case: &'a Case,
    /// Where exemplars come from; `None` in a workbench without train rows.
    pub train: Option<&'a dyn Cases>,
    /// The prompt's folder.
    pub reach: Option<&'a Reach>,
    /// What the prompt may read.
    pub permissions: &'a Permissions,
}

impl<'a> Task<'a> {
    /// Options to render the prompt for this case.
    pub(crate) fn options(&self) -> RenderOptions<'a> {
        RenderOptions {
            reach: self.reach.cloned(),
            permissions: self.permissions.clone(),
            limits: Limits::default(),
            turns: &self.case.turns,
            examples: None,
        }
    }
}

/// A train row that was shown to the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExemplarUse {
    /// Its id.
    pub id: String,
    /// Its 0-based row among the train rows.
    pub row: usize,
}

/// One call to a model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// What is sent.
    pub messages: Vec<Message>,
    /// The train rows in it.
    pub exemplars: Vec<ExemplarUse>,
    /// Remarks the person should see ("exemplar 4 is the case itself and was left out").
    pub notes: Vec<String>,
}

/// A call that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The whole answer, as the model gave it.
    pub text: String,
}

/// What comes next for a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make these calls, at once if there are several, and ask again with all answers so far.
    Calls(Vec<Call>),
    /// The case is answered.
    Done(Extraction),
}

/// Which part of the model's text is the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extraction {
    /// All of it.
    Whole(String),
    /// A part.
    Part {
        /// The answer.
        text: String,
        /// Where it stands in the last answer, in bytes.
        range: Range<usize>,
        /// How it was found, in words.
        how: String,
    },
    /// There is none: a model non-answer.
    Unparsed {
        /// Why, in words.
        why: String,
    },
}

impl Extraction {
    /// The answer to score, if there is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Whole(text) | Self::Part { text, .. } => Some(text),
            Self::Unparsed { .. } => None,
        }
    }
}

/// How many calls a strategy makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    /// For each case.
    pub per_case: u32,
    /// Once per train row, before the first case; cached.
    pub per_train_row: u32,
}

impl Calls {
    /// One call a case and nothing before.
    pub const ONE: Self = Self { per_case: 1, per_train_row: 0 };

    /// What it costs, as a picker says it.
    pub fn in_words(self) -> String {
        let noun = |count| if count == 1 { "call" } else { "calls" };
        let case = format!("{} {} per case", self.per_case, noun(self.per_case));
        match self.per_train_row {
            0 => case,
            rows => format!("{case}, {rows} per train row once"),
        }
    }
}
