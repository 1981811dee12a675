//! The one place where stop reasons and errors become outcomes: what counts as an answer, as a non-answer, as missing.

use crate::model::{ModelError, StopReason};
use crate::score::{Missing, NonAnswer, Outcome};

/// The outcome of a stream that ended by itself with `text`.
pub fn outcome_of_stop(stop: &StopReason, text: &str) -> Outcome {
    match stop {
        StopReason::Length => Outcome::NonAnswer(NonAnswer::Length),
        StopReason::ContentFilter | StopReason::Refusal => Outcome::NonAnswer(NonAnswer::Refused),
        // No tools are offered, so a call for one leaves nothing but what was said beside it.
        StopReason::Stop | StopReason::ToolCalls | StopReason::Other(_) => {
            if text.trim().is_empty() {
                Outcome::NonAnswer(NonAnswer::Empty)
            } else {
                Outcome::Answer
            }
        }
    }
}

/// The outcome of a call that failed: always missing, whatever text had arrived.
pub fn outcome_of_error(error: &ModelError) -> Outcome {
    Outcome::Missing(match error {
        ModelError::Unreachable { .. }
        | ModelError::Proxy { .. }
        | ModelError::Stalled { .. }
        | ModelError::Overdue { .. } => Missing::Network,
        ModelError::Truncated { .. } => Missing::Truncated,
        ModelError::Status { status: 429, .. } | ModelError::Quota { .. } => Missing::RateLimited,
        ModelError::Provider { kind, .. } if kind.contains("rate_limit") || kind == "429" => Missing::RateLimited,
        ModelError::Status { .. }
        | ModelError::Provider { .. }
        | ModelError::BadFrame { .. }
        | ModelError::Unexpected { .. }
        | ModelError::TooLarge { .. }
        | ModelError::TooLargePiece { .. }
        | ModelError::Invalid { .. }
        | ModelError::Engine { .. } => Missing::Failed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_become_outcomes() {
        let other = || StopReason::Other("moon".to_owned());
        for (stop, text, expected) in [
            (StopReason::Stop, "a", "answer"),
            (StopReason::Stop, "", "non-answer:empty"),
            (StopReason::Stop, " \n\t", "non-answer:empty"),
            (StopReason::Length, "a", "non-answer:length"),
            (StopReason::Length, "", "non-answer:length"),
            (StopReason::ContentFilter, "a", "non-answer:refused"),
            (StopReason::Refusal, "I cannot", "non-answer:refused"),
            (StopReason::ToolCalls, "", "non-answer:empty"),
            (StopReason::ToolCalls, "a", "answer"),
            (other(), "a", "answer"),
            (other(), "", "non-answer:empty"),
        ] {
            assert_eq!(outcome_of_stop(&stop, text).as_str(), expected, "{stop:?} {text:?}");
        }
    }

    #[test]
    fn errors_become_missing_trials() {
        let text = String::new;
        let status = |status| ModelError::Status { endpoint: text(), status, message: text(), retry_after: None };
        let provider = |kind: &str| ModelError::Provider { kind: kind.to_owned(), message: text() };
        for (error, expected) in [
            (ModelError::Unreachable { endpoint: text(), reason: text() }, "missing:network"),
            (ModelError::Stalled { seconds: 1 }, "missing:network"),
            (ModelError::Overdue { seconds: 1 }, "missing:network"),
            (ModelError::Quota { endpoint: text(), message: text() }, "missing:rate-limited"),
            (ModelError::Truncated { reason: text() }, "missing:truncated"),
            (status(429), "missing:rate-limited"),
            (provider("rate_limit_error"), "missing:rate-limited"),
            (provider("429"), "missing:rate-limited"),
            (provider("overloaded"), "missing:failed"),
            (status(500), "missing:failed"),
            (status(401), "missing:failed"),
            (ModelError::BadFrame { reason: text() }, "missing:failed"),
            (ModelError::Unexpected { endpoint: text(), found: text() }, "missing:failed"),
            (ModelError::TooLarge { limit: text() }, "missing:failed"),
            (ModelError::TooLargePiece { limit: text() }, "missing:failed"),
            (ModelError::Invalid { reason: text(), hint: text() }, "missing:failed"),
            (ModelError::Engine { reason: text(), hint: text() }, "missing:failed"),
        ] {
            assert_eq!(outcome_of_error(&error).as_str(), expected, "{error:?}");
        }
    }
}
