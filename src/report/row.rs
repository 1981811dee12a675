//! One case of a run with every trial of it, as reports and exports read it.

use serde_json::{Map, Value};

use crate::score::Outcome;

/// A case.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CaseRow {
    /// The row of the split, from 0.
    pub row: u64,
    /// Its id.
    pub id: String,
    /// Its variables.
    pub variables: Map<String, Value>,
    /// Earlier turns of a conversation.
    pub turns: Vec<Said>,
    /// The answer that counts as right.
    pub reference: Option<String>,
    /// Its trials, by arm and repeat; a cell that is not filled has none.
    pub trials: Vec<Trial>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `system`, `user` or `assistant`.
    pub role: &'static str,
    /// What is said, raw.
    pub content: String,
}

/// A trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its number in the workbench's database.
    pub number: i64,
    /// Its arm, by the column.
    pub arm: usize,
    /// Which repeat, from 0.
    pub repeat: u32,
    /// Whether it was made before this run.
    pub known: bool,
    /// When it began, in milliseconds since 1970, UTC.
    pub time: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// The answer, raw.
    pub answer: String,
    /// What the strategy extracted from it, if it extracts.
    pub extracted: Option<String>,
    /// The reasoning, raw.
    pub reasoning: String,
    /// The primary score.
    pub score: Option<f64>,
    /// Every metric's score: a number, or why there is none, or both.
    pub scores: Vec<(String, Option<f64>, Option<String>)>,
    /// What went wrong, and what to do next.
    pub error: Option<(String, String)>,
    /// Remarks.
    pub notes: Vec<String>,
    /// The messages as they were sent.
    pub messages: Vec<Said>,
    /// Dollars, where the price is known.
    pub cost: Option<f64>,
    /// Tokens of the prompt, where known.
    pub tokens_in: Option<u64>,
    /// Tokens of the answer, where known.
    pub tokens_out: Option<u64>,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds to the end; nobody measured those of a batch.
    pub total_ms: Option<u64>,
    /// The seed, where one was used.
    pub seed: Option<u64>,
    /// Why the model stopped.
    pub stop: Option<String>,
    /// The strategy with its settings, as JSON.
    pub strategy: Value,
    /// The model's id.
    pub model: String,
    /// What decides the model's answers.
    pub fingerprint: String,
    /// How was sampled, as JSON.
    pub parameters: Value,
    /// The prompt's hash.
    pub prompt_hash: String,
}

impl Trial {
    /// A trial of which nothing is known.
    pub(super) fn nothing() -> Self {
        Self {
            number: 0,
            arm: 0,
            repeat: 0,
            known: false,
            time: 0,
            outcome: Outcome::Answer,
            answer: String::new(),
            extracted: None,
            reasoning: String::new(),
            score: None,
            scores: Vec::new(),
            error: None,
            notes: Vec::new(),
            messages: Vec::new(),
            cost: None,
            tokens_in: None,
            tokens_out: None,
            first_token_ms: None,
            total_ms: None,
            seed: None,
            stop: None,
            strategy: Value::Null,
            model: String::new(),
            fingerprint: String::new(),
            parameters: Value::Null,
            prompt_hash: String::new(),
        }
    }

    /// What is scored: what was extracted, else the answer.
    pub fn text(&self) -> &str {
        self.extracted.as_deref().unwrap_or(&self.answer)
    }
}

/// A case that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct RowFault {
    /// What happened.
    pub what: String,
    /// What to do next.
    pub hint: String,
}
