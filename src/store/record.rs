//! What is recorded of a trial, and the keys by which equal things are found again.

use std::fmt;
use std::io::{BufWriter, Write as _};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::measured;
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
    /// The arm that was asked.
    pub arm: SharedArm,
    /// The case as it was.
    pub case: Arc<Case>,
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
    /// Milliseconds to the end; see [`TrialRecord::measured_ms`].
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
    /// How was sampled, with the seed.
    pub fn parameters(&self) -> Parameters {
        Parameters { seed: self.seed, ..self.arm.parameters.clone() }
    }

    /// Milliseconds to the end, where they were measured.
    pub const fn measured_ms(&self) -> Option<u64> {
        measured(self.total_ms, self.first_token_ms)
    }
}

/// What is recorded of an arm: the same for all of its trials.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmRecord {
    /// The prompt file, relative to the workbench.
    pub prompt_path: String,
    /// The prompt file's whole text as it was.
    pub prompt_text: String,
    /// The arm's name on the screen.
    pub name: String,
    /// The strategy with its settings.
    pub strategy: Value,
    /// The model's id in the workbench.
    pub model: String,
    /// What decides the model's answers.
    pub fingerprint: String,
    /// How is sampled; the seed is each trial's own.
    pub parameters: Parameters,
}

/// An arm that its trials share, and what is stored of each of them though it is the arm's: made once. Cheap to clone.
#[derive(Clone)]
pub struct SharedArm(Arc<(ArmRecord, OnceLock<ArmColumns>)>);

/// What the database keeps of an arm beside its own words.
pub(super) struct ArmColumns {
    pub(super) prompt_hash: String,
    pub(super) key: String,
    pub(super) strategy: String,
    pub(super) parameters: String,
}

impl SharedArm {
    /// Equal for trials of the same arm; see [`arm_key`].
    pub fn key(&self) -> &str {
        &self.columns().key
    }

    pub(super) fn columns(&self) -> &ArmColumns {
        let (arm, columns) = &*self.0;
        columns.get_or_init(|| ArmColumns {
            prompt_hash: prompt_hash(&arm.prompt_text),
            key: arm_key(&arm.prompt_text, &arm.strategy, &arm.fingerprint, &arm.parameters),
            strategy: arm.strategy.to_string(),
            parameters: serde_json::to_string(&arm.parameters).unwrap_or_default(),
        })
    }
}

impl From<ArmRecord> for SharedArm {
    fn from(mut arm: ArmRecord) -> Self {
        arm.parameters.seed = None;
        Self(Arc::new((arm, OnceLock::new())))
    }
}

impl Deref for SharedArm {
    type Target = ArmRecord;

    fn deref(&self) -> &ArmRecord {
        &self.0.0
    }
}

impl PartialEq for SharedArm {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl fmt::Debug for SharedArm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(formatter)
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
    /// Milliseconds to the end, where they were measured.
    pub total_ms: Option<u64>,
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
    hash_of_json(&(prompt_text, strategy, fingerprint, parameters)).to_hex().to_string()
}

/// The key of a case: what is asked, whatever its row number and its reference.
pub fn case_key(case: &Case) -> String {
    hash_of_json(&(&case.variables, &case.turns)).to_hex().to_string()
}

/// The key of what an answer to a case is scored by: what is asked, and the reference. Cases that ask the same in the same words may
/// want different answers.
pub fn scoring_key(case: &Case) -> String {
    hash_of_json(&(&case.variables, &case.turns, &case.reference)).to_hex().to_string()
}

/// The hash of a value's JSON, which is never whole in memory; JSON is written in pieces of a few bytes, and hashed in larger ones.
pub(super) fn hash_of_json(value: &impl serde::Serialize) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    let mut pieces = BufWriter::with_capacity(1024, &mut hasher);
    // A hasher takes everything in, and what is hashed here has nothing that JSON could not say.
    let _ = serde_json::to_writer(&mut pieces, value);
    let _ = pieces.flush();
    drop(pieces);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_text_of_the_json() {
        // Databases hold keys made in this way: another text would find nothing again.
        let parameters = Parameters { temperature: Some(0.7), seed: Some(3), ..Parameters::default() };
        let strategy = serde_json::json!({ "name": "few-shot", "k": 3, "a": 1.0 });
        let text = r#"["say \"hi\"\n",{"name":"few-shot","k":3,"a":1.0},"m",{"temperature":0.7}]"#;
        let key = arm_key("say \"hi\"\n", &strategy, "m", &parameters);
        assert_eq!(key, blake3::hash(text.as_bytes()).to_hex().to_string());
        let arm = ArmRecord {
            prompt_text: "say \"hi\"\n".to_owned(),
            strategy,
            fingerprint: "m".to_owned(),
            parameters,
            ..ArmRecord::default()
        };
        assert_eq!(SharedArm::from(arm).key(), key);
        let mut case = Case::default();
        case.variables.insert("order".to_owned(), "two".into());
        assert_eq!(case_key(&case), blake3::hash(br#"[{"order":"two"},[]]"#).to_hex().to_string());
    }
}
