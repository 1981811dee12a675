//! What a strategy works on and what it gives back.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::error::StrategyError;
use super::set_up::SetUp;
use crate::data::{Case, Cases};
use crate::model::Parameters;
use crate::prompt::{Limits, Message, Permissions, Prompt, Reach, RenderOptions};
use crate::score::Outcome;

/// How likeness between a case and a train row is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Likeness {
    /// By the words they share, weighted by how rare these are (BM25).
    Words,
    /// The same for code: names also count in their parts, and operators count.
    Code,
    /// By the cosine of their embeddings.
    Meaning,
}

/// Finds train rows that are like a case. Made by whoever owns the train rows and knows how to embed.
pub trait Retrieval: Send + Sync {
    /// The `k` train rows most like `case`, the most similar first, with how similar. Fewer where train has fewer.
    fn nearest(&self, by: Likeness, case: &Case, k: usize) -> Result<Vec<(usize, f32)>, StrategyError>;

    /// Where the likeness to `case` comes from, for the remark beside an exemplar: "MiniLM-L6-v2", "hashed n-grams". Where another way
    /// stands in for the one that was asked for, it says so.
    fn source(&self, by: Likeness, case: &Case) -> String;
}

/// One case to be turned into calls.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The prompt.
    pub prompt: &'a Prompt,
    /// The case.
    pub case: &'a Case,
    /// Where exemplars come from; `None` in a workbench without train rows.
    pub train: Option<&'a dyn Cases>,
    /// Finds train rows like the case; `None` where nobody can.
    pub retrieval: Option<&'a dyn Retrieval>,
    /// What the strategy's set-up calls brought; `None` before they were made.
    pub set_up: Option<&'a SetUp>,
    /// The prompt's folder.
    pub reach: Option<&'a Reach>,
    /// What the prompt may read.
    pub permissions: &'a Permissions,
    /// From which resemblance on a train row is the case, or almost, and no exemplar: the leak guard's.
    pub alike: f64,
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
    /// Why this one: "first", "by id", "random", "bm25 7.31".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What a call is answered with, as far as that can be known before: for a forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expects {
    /// The bare answer.
    #[default]
    Answer,
    /// Reasoning, then the answer.
    Reasoning,
    /// A few words of reasoning, then the answer.
    Draft,
    /// A short text on the way to the answer.
    Note,
    /// A number or a word.
    Word,
}

/// One call to a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// What it is for, in a few words ("answer 2 of 5"); empty where there is but one.
    #[serde(default)]
    pub purpose: String,
    /// What is sent.
    pub messages: Vec<Message>,
    /// Sampling of its own, over the arm's.
    #[serde(default)]
    pub parameters: Parameters,
    /// Added to the arm's seed (0 where it has none), so that several answers differ and can be repeated. `None` leaves the
    /// arm's seed as it is.
    #[serde(default)]
    pub seed_shift: Option<u64>,
    /// The train rows in it.
    pub exemplars: Vec<ExemplarUse>,
    /// Remarks the person should see ("exemplar 4 is the case itself and was left out").
    pub notes: Vec<String>,
    /// What kind of text will come back.
    #[serde(default)]
    pub expects: Expects,
}

/// A call that has come to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// The call.
    pub call: Call,
    /// The whole answer, as the model gave it.
    pub text: String,
    /// What became of it. Never missing: a trial whose call failed is over.
    pub outcome: Outcome,
}

/// What comes next for a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Make these calls, at once if there are several, and ask again with all answers so far.
    Calls(Vec<Call>),
    /// The case is answered.
    Done(Done),
}

/// How a case was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The answer.
    pub extraction: Extraction,
    /// The call, counted from 0, whose text stands as the answer's own.
    pub from: usize,
    /// What was read out of calls that had something to be read: the call, and what it said.
    pub readings: Vec<(usize, Extraction)>,
    /// How it came about: the vote, the tie, why refining stopped.
    pub notes: Vec<String>,
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
        /// Where it stands in the text, in bytes.
        range: Range<usize>,
        /// How it was found, in words.
        how: String,
    },
    /// Made from the text, but no part of it: a letter mapped back from a shuffled order, a vote.
    Made {
        /// The answer.
        text: String,
        /// How it was made, in words.
        how: String,
    },
    /// There is none: a model non-answer.
    Unparsed {
        /// Why, in words.
        why: String,
    },
    /// There is one and it is not valid, where validity was asked: a model non-answer.
    Invalid {
        /// Why, in words.
        why: String,
    },
}

impl Extraction {
    /// The answer to score, if there is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Whole(text) | Self::Part { text, .. } | Self::Made { text, .. } => Some(text),
            Self::Unparsed { .. } | Self::Invalid { .. } => None,
        }
    }

    /// How it was found, or why there is none; `None` where the whole text is the answer.
    pub fn in_words(&self) -> Option<&str> {
        match self {
            Self::Whole(_) => None,
            Self::Part { how, .. } | Self::Made { how, .. } => Some(how),
            Self::Unparsed { why } | Self::Invalid { why } => Some(why),
        }
    }
}
