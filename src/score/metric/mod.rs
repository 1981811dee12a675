//! What a metric is; one file for each.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::Score;

pub(super) mod bleu;
pub(super) mod choice;
pub(super) mod chrf;
pub(super) mod code_bleu;
pub(super) mod exact_match;
pub(super) mod facts;
pub(super) mod fast_hash;
pub(super) mod json_fields;
mod json_leaves;
pub(super) mod json_schema;
pub(super) mod json_shape;
mod json_text;
pub(super) mod json_validity;
pub(super) mod layout;
pub(super) mod length;
pub(super) mod levenshtein;
pub(super) mod looser_match;
pub(super) mod ngrams;
pub(super) mod normalised_exact_match;
pub(super) mod numeric;
pub(super) mod pattern;
pub(super) mod refusal;
pub(super) mod rouge;
pub(super) mod squad;
pub(super) mod token_f1;
pub(super) mod whitespace;

/// The JSON value in an answer, the strictest reading first.
pub(super) fn json_of(text: &str) -> Option<serde_json::Value> {
    json_text::read(text).ok().map(|(value, _)| value)
}

/// Whether a reference has fields: a JSON object or list.
pub(super) fn has_fields(reference: &str) -> bool {
    json_text::structured(reference).is_some()
}

/// A metric's stable name, as in `fourfold.toml`, in the database and in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct MetricId(&'static str);

impl MetricId {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for MetricId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Names that are not built in: given in a `fourfold.toml` for the whole of the program's life, so that they are few and kept.
static OWN_NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

impl MetricId {
    /// A metric of this name, which need not be a built-in one.
    pub fn named(name: &str) -> Self {
        if let Some(known) = Self::known(name) {
            return known;
        }
        let kept: &'static str = Box::leak(name.into());
        OWN_NAMES.lock().unwrap_or_else(PoisonError::into_inner).insert(kept);
        Self(kept)
    }

    /// The metric of this name, if it is built in or was named before.
    pub fn known(name: &str) -> Option<Self> {
        let own = || OWN_NAMES.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().map(Self);
        super::find(name).map(Metric::id).or_else(own)
    }
}

impl<'de> Deserialize<'de> for MetricId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::known(&name).ok_or_else(|| {
            let known: Vec<&str> = super::ALL.iter().map(|metric| metric.id().as_str()).collect();
            serde::de::Error::custom(format!("unknown metric {name:?}; known are {}", known.join(", ")))
        })
    }
}

/// What a metric speaks of. Tuning tends to teach form, prompting to supply content, so screens keep the two apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aspect {
    /// Whether the answer is shaped as asked.
    Form,
    /// Whether it says the right thing.
    Content,
}

impl Aspect {
    /// The lower-case name for screens and files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Content => "content",
        }
    }
}

/// The answer to score: after the strategy's extraction, otherwise as the model gave it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The text.
    pub text: &'a str,
}

/// One way to score an answer. Scores lie in [0, 1] and 1 is best, for every metric.
pub trait Metric: Send + Sync {
    /// The stable name.
    fn id(&self) -> MetricId;

    /// A short name for screens.
    fn title(&self) -> &'static str;

    /// What it does, in full sentences.
    fn description(&self) -> &'static str;

    /// Form or content.
    fn aspect(&self) -> Aspect;

    /// The lowest and the highest value it can give.
    fn range(&self) -> (f64, f64) {
        (0.0, 1.0)
    }

    /// Whether it compares with a reference; those that do are not applicable to a case without one.
    fn needs_reference(&self) -> bool {
        true
    }

    /// Scores `answer`. `reference` is empty for a metric that does not need one.
    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score;

    /// As [`Metric::score`], with the case's variables for a metric that looks at them: a command of the user's own.
    fn score_with(&self, answer: &Answer<'_>, reference: &str, variables: &Map<String, Value>) -> Score {
        let _ = variables;
        self.score(answer, reference)
    }
}

/// A metric at one remove is the same metric.
macro_rules! at_one_remove {
    ($pointer:ty) => {
        impl<M: Metric + ?Sized> Metric for $pointer {
            fn id(&self) -> MetricId {
                (**self).id()
            }

            fn title(&self) -> &'static str {
                (**self).title()
            }

            fn description(&self) -> &'static str {
                (**self).description()
            }

            fn aspect(&self) -> Aspect {
                (**self).aspect()
            }

            fn range(&self) -> (f64, f64) {
                (**self).range()
            }

            fn needs_reference(&self) -> bool {
                (**self).needs_reference()
            }

            fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
                (**self).score(answer, reference)
            }

            fn score_with(&self, answer: &Answer<'_>, reference: &str, variables: &Map<String, Value>) -> Score {
                (**self).score_with(answer, reference, variables)
            }
        }
    };
}

at_one_remove!(&M);
at_one_remove!(Arc<M>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_json_and_an_unknown_one_names_the_known() {
        for metric in super::super::ALL {
            let text = serde_json::to_string(&metric.id()).unwrap();
            assert_eq!(serde_json::from_str::<MetricId>(&text).unwrap(), metric.id());
        }
        let error = serde_json::from_str::<MetricId>("\"vibes\"").unwrap_err().to_string();
        assert!(error.contains("vibes") && error.contains("exact-match"), "{error}");
    }
}
