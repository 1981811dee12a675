//! What became of a trial, and how it counts: an answer is scored, a model non-answer scores 0, a missing one does not count.

use serde::{Deserialize, Serialize};

/// The model had its say and it is no usable answer. Scores 0 in the primary metric, shown apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NonAnswer {
    /// Stopped at the token limit.
    Length,
    /// Declined, or filtered.
    Refused,
    /// Nothing but white space.
    Empty,
    /// The strategy's answer extraction found nothing.
    Unparsed,
    /// Not valid where validity is asked.
    Invalid,
}

/// The call failed; nothing is known about the model. Retried, then left out of paired comparisons and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Connection trouble.
    Network,
    /// 429.
    RateLimited,
    /// Any other refusal or failure of the server or the engine.
    Failed,
    /// The stream was cut.
    Truncated,
    /// The person stopped it.
    Cancelled,
}

/// One recorded outcome of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A whole answer.
    Answer,
    /// See [`NonAnswer`].
    NonAnswer(NonAnswer),
    /// See [`Missing`].
    Missing(Missing),
}

impl Outcome {
    /// Every outcome there is, in the order screens list them.
    pub const ALL: [Self; 11] = [
        Self::Answer,
        Self::NonAnswer(NonAnswer::Length),
        Self::NonAnswer(NonAnswer::Refused),
        Self::NonAnswer(NonAnswer::Empty),
        Self::NonAnswer(NonAnswer::Unparsed),
        Self::NonAnswer(NonAnswer::Invalid),
        Self::Missing(Missing::Network),
        Self::Missing(Missing::RateLimited),
        Self::Missing(Missing::Failed),
        Self::Missing(Missing::Truncated),
        Self::Missing(Missing::Cancelled),
    ];

    /// In a word or two, as every screen says it.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::NonAnswer(NonAnswer::Length) => "token limit",
            Self::NonAnswer(NonAnswer::Refused) => "refused",
            Self::NonAnswer(NonAnswer::Empty) => "empty",
            Self::NonAnswer(NonAnswer::Unparsed) => "unparsed",
            Self::NonAnswer(NonAnswer::Invalid) => "invalid",
            Self::Missing(Missing::Network) => "network",
            Self::Missing(Missing::RateLimited) => "rate limit",
            Self::Missing(Missing::Failed) => "failed",
            Self::Missing(Missing::Truncated) => "cut off",
            Self::Missing(Missing::Cancelled) => "cancelled",
        }
    }

    /// The stable name used in the database and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::NonAnswer(NonAnswer::Length) => "non-answer:length",
            Self::NonAnswer(NonAnswer::Refused) => "non-answer:refused",
            Self::NonAnswer(NonAnswer::Empty) => "non-answer:empty",
            Self::NonAnswer(NonAnswer::Unparsed) => "non-answer:unparsed",
            Self::NonAnswer(NonAnswer::Invalid) => "non-answer:invalid",
            Self::Missing(Missing::Network) => "missing:network",
            Self::Missing(Missing::RateLimited) => "missing:rate-limited",
            Self::Missing(Missing::Failed) => "missing:failed",
            Self::Missing(Missing::Truncated) => "missing:truncated",
            Self::Missing(Missing::Cancelled) => "missing:cancelled",
        }
    }

    /// The outcome that [`Outcome::as_str`] names.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_survives_its_name() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
        }
        assert_eq!(Outcome::parse("answered"), None);
    }
}
