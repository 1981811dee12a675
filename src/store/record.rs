//! What is recorded of a trial, and the keys by which equal things are found again.

use serde_json::Value;

use crate::data::{Case, Split};
use crate::model::{Parameters, StopReason, Usage};
use crate::prompt::Message;
use crate::score::Outcome;

/// What a note of a trial begins with that was made although rows had leaked. The database finds such trials by it.
pub const LEAK_ALLOWED: &str = "leak allowed: ";

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A run on this machine.
    Run,
    /// An example answer that ships with a sample.
    Shipped,
}

impl Origin {
    /// The stable name used in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Shipped => "shipped",
        }
    }

    /// The origin that [`Origin::as_str`] names.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Run, Self::Shipped].into_iter().find(|origin| origin.as_str() == name)
    }
}

/// Everything about one trial. Written once, never changed.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialRecord {
    /// When it began, in milliseconds since 1970, UTC.
    pub time: i64,
    /// Where the answer comes from.
    pub origin: Origin,
    /// The prompt file, relative to the workbench.
    pub prompt_path: String,
    /// The prompt file's whole text as it was.
    pub prompt_text: String,
    /// The arm's name on the screen.
    pub arm: String,
    /// The strategy with its settings.
    pub strategy: Value,
    /// The model's id in the workbench.
    pub model: String,
    /// What decides the model's answers.
    pub fingerprint: String,
    /// How was sampled.
    pub parameters: Parameters,
    /// The case as it was.
    pub case: Case,
    /// The split it belongs to, where it belongs to one.
    pub split: Option<Split>,
    /// The messages as they were sent.
    pub messages: Vec<Message>,
    /// The answer, raw.
    pub answer: String,
    /// What the strategy extracted from it, if it extracts.
    pub extracted: Option<String>,
    /// The reasoning, raw.
    pub reasoning: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why the model stopped.
    pub stop: Option<StopReason>,
    /// What went wrong, and what to do next.
    pub error: Option<(String, String)>,
    /// Remarks of the provider's dialect.
    pub notes: Vec<String>,
    /// Scores known when it was recorded; later ones are added with `record_scores`.
    pub scores: Option<Value>,
    /// Tokens, where known.
    pub usage: Usage,
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds to the end.
    pub total_ms: u64,
    /// The seed that was used, where one was.
    pub seed: Option<u64>,
    /// Which of several samples of one arm, from 0.
    pub sample: u32,
    /// What it cost in dollars, where the price is known.
    pub cost: Option<f64>,
    /// The calls behind the answer, where there were several: a list, one entry a call, as the run wrote it.
    pub calls: Option<Value>,
}

impl TrialRecord {
    /// The key of this trial's arm; see [`arm_key`].
    pub fn arm_key(&self) -> String {
        arm_key(&self.prompt_text, &self.strategy, &self.fingerprint, &self.parameters)
    }
}

/// A recorded trial, read back.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTrial {
    /// Its number.
    pub id: i64,
    /// What was recorded, with the newest scores.
    pub record: TrialRecord,
}

/// One line of the history: what a list needs, and no more.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialSummary {
    /// Its number.
    pub id: i64,
    /// When it began, in milliseconds since 1970, UTC.
    pub time: i64,
    /// Where the answer comes from.
    pub origin: Origin,
    /// The prompt file, relative to the workbench.
    pub prompt_path: String,
    /// The prompt's hash, to tell versions apart.
    pub prompt_hash: String,
    /// The arm's name.
    pub arm: String,
    /// The strategy with its settings.
    pub strategy: Value,
    /// The model's id.
    pub model: String,
    /// The case's id.
    pub case_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// The answer's first characters.
    pub excerpt: String,
    /// What it cost in dollars, where the price was known.
    pub cost: Option<f64>,
    /// Tokens of the answer, where known.
    pub output_tokens: Option<u64>,
    /// Milliseconds to the end.
    pub total_ms: u64,
    /// The newest scores.
    pub scores: Option<Value>,
}

/// The hash of a prompt's text.
pub fn prompt_hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// The key of an arm: equal for trials of the same prompt text, strategy, model and parameters. The seed does not
/// count: another seed is another repeat of the same arm.
pub fn arm_key(prompt_text: &str, strategy: &Value, fingerprint: &str, parameters: &Parameters) -> String {
    let parameters = Parameters { seed: None, ..parameters.clone() };
    let parts = serde_json::json!([prompt_text, strategy, fingerprint, parameters]);
    blake3::hash(parts.to_string().as_bytes()).to_hex().to_string()
}

/// The key of a case: what is asked, whatever its row number and its reference.
pub fn case_key(case: &Case) -> String {
    let parts = serde_json::json!([case.variables, case.turns]);
    blake3::hash(parts.to_string().as_bytes()).to_hex().to_string()
}
