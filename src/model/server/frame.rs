//! What one JSON document of a stream says, whatever the dialect; and the reading that dialects share.

use std::time::Duration;

use serde_json::Value;

use crate::model::{StopReason, Usage};

/// The parts of a document that matter here. Everything is optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::model) struct Frame {
    /// More answer text.
    pub(in crate::model) text: String,
    /// More reasoning text.
    pub(in crate::model) reasoning: String,
    /// The model declines, in these words.
    pub(in crate::model) refusal: String,
    /// The whole answer again, for a server that has not streamed it.
    pub(in crate::model) whole: String,
    /// Why the model stopped.
    pub(in crate::model) stop: Option<StopReason>,
    /// Tokens so far; later documents replace earlier ones, field by field.
    pub(in crate::model) usage: Option<Usage>,
    /// The provider reports a failure.
    pub(in crate::model) error: Option<Failure>,
    /// The dialect's own mark of the end.
    pub(in crate::model) end: bool,
    /// Tokens of the answer with the logarithm of their probability, where asked for.
    pub(in crate::model) logprobs: Vec<(String, f64)>,
    /// Remarks for the trial's details.
    pub(in crate::model) notes: Vec<String>,
}

/// A failure as the provider words it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct Failure {
    /// Its own type or code.
    pub(in crate::model) kind: String,
    /// Its own message.
    pub(in crate::model) message: String,
    /// How long the body asks to wait, where it does.
    pub(in crate::model) wait: Option<Duration>,
    /// Money or a quota that no waiting brings back.
    pub(in crate::model) spent: bool,
}

impl Failure {
    /// A failure of this kind with this message.
    pub(in crate::model) fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), wait: None, spent: false }
    }

    /// Whether the same request may do better a little later.
    pub(in crate::model) fn may_pass(&self) -> bool {
        let kind = self.kind.to_ascii_lowercase();
        let number = kind.parse::<u16>().is_ok_and(|code| matches!(code, 408 | 409 | 429 | 500..=599));
        let words = [
            "overloaded",
            "rate_limit",
            "too_many_requests",
            "server_error",
            "internal",
            "api_error",
            "unavailable",
            "timeout",
            "resource_exhausted",
            "deadline_exceeded",
        ];
        !self.spent && (number || words.iter().any(|word| kind.contains(word)))
    }
}

/// Types and codes that stand for an empty purse.
const SPENT: [&str; 7] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "billing_error",
    "insufficient_balance",
    "insufficient_credits",
    "access_terminated",
];

/// Messages that say so where the type does not.
const SPENT_WORDS: [&str; 3] = ["credit balance is too low", "insufficient balance", "insufficient credits"];

/// The failure a JSON body or frame reports, in any of the usual shapes.
pub(in crate::model) fn failure(value: &Value) -> Option<Failure> {
    let error = value.get("error").filter(|error| !error.is_null())?;
    if let Some(message) = error.as_str() {
        return Some(with_spent(Failure::new("error", message), &[]));
    }
    let kinds: Vec<String> =
        ["type", "code", "status"].into_iter().filter_map(|name| scalar(error.get(name)?)).collect();
    let message = message_of(error).unwrap_or_else(|| error.to_string());
    let kind = kinds.first().map_or("error", String::as_str);
    Some(with_spent(Failure::new(kind, message), &kinds))
}

/// `failure`, marked where one of `kinds` or its message speaks of an empty purse.
pub(in crate::model) fn with_spent(failure: Failure, kinds: &[String]) -> Failure {
    let message = failure.message.to_ascii_lowercase();
    let spent = kinds.iter().any(|kind| SPENT.contains(&kind.as_str()) || kind == "402")
        || SPENT_WORDS.iter().any(|words| message.contains(words));
    Failure { spent: failure.spent || spent, ..failure }
}

/// The sentence for people in a JSON error body, wherever the server put it.
pub(in crate::model) fn message_of(value: &Value) -> Option<String> {
    // Some servers wrap the whole in a list.
    if let Some(first) = value.as_array().and_then(|list| list.first()) {
        return message_of(first);
    }
    if let Some(error) = value.get("error") {
        if let Some(text) = error.as_str() {
            return Some(text.to_owned());
        }
        if let Some(text) = message_of(error) {
            return Some(text);
        }
    }
    let direct =
        ["message", "detail", "error_description", "msg"].into_iter().find_map(|name| value.get(name)?.as_str());
    if let Some(text) = direct {
        return Some(text.to_owned());
    }
    // Validation errors come as a list of objects, each with its own message.
    value.get("detail").and_then(Value::as_array).and_then(|list| message_of(list.first()?))
}

/// A text or a number as text.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The text at `pointer`, empty where there is none.
pub(in crate::model) fn text_at<'a>(value: &'a Value, pointer: &str) -> &'a str {
    at(value, pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at `pointer`.
pub(in crate::model) fn number_at(value: &Value, pointer: &str) -> Option<u64> {
    at(value, pointer).and_then(Value::as_u64)
}

/// The value at `pointer`, which names members of objects. [`Value::pointer`] makes two texts of each name on the way, and a
/// stream's every event asks for a dozen.
pub(in crate::model) fn at<'a>(value: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(value, |value, name| value.get(name))
}

/// Tokens with the logarithm of their probability, as the `OpenAI` dialects list them.
pub(in crate::model) fn logprobs_in(list: Option<&Value>) -> Vec<(String, f64)> {
    let tokens = list.and_then(Value::as_array).into_iter().flatten();
    tokens
        .filter_map(|token| Some((text_at(token, "/token").to_owned(), token.get("logprob").and_then(Value::as_f64)?)))
        .collect()
}

/// Usage, unless it says nothing.
pub(in crate::model) fn some_usage(usage: Usage) -> Option<Usage> {
    (usage != Usage::default()).then_some(usage)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn failures_are_found_in_every_shape() {
        for (frame, kind, message) in [
            (json!({"error":{"type":"overloaded","message":"busy"}}), "overloaded", "busy"),
            (json!({"choices":[],"error":{"code":502,"message":"upstream"}}), "502", "upstream"),
            (json!({"error":"plain"}), "error", "plain"),
            (json!({"error":{"odd":1}}), "error", "{\"odd\":1}"),
            (json!({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"slow"}}), "429", "slow"),
        ] {
            let failure = failure(&frame).unwrap();
            assert_eq!((failure.kind.as_str(), failure.message.as_str()), (kind, message), "{frame}");
            assert!(!failure.spent, "{frame}");
        }
        assert_eq!(failure(&json!({"error":null})), None);
    }

    #[test]
    fn an_empty_purse_is_no_rate_limit() {
        for body in [
            json!({"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"pay"}}),
            json!({"error":{"type":"requests","code":"billing_not_active","message":"pay"}}),
            json!({"error":{"type":"invalid_request_error","message":"Your credit balance is too low to access"}}),
            json!({"error":{"code":402,"message":"no credits"}}),
            json!({"error":"Insufficient Balance"}),
        ] {
            let failure = failure(&body).unwrap();
            assert!(failure.spent && !failure.may_pass(), "{body}");
        }
        let limited = json!({"error":{"type":"rate_limit_error","message":"see your plan and billing details"}});
        assert!(!failure(&limited).unwrap().spent);
    }

    #[test]
    fn what_may_pass_is_known_by_its_kind() {
        for (kind, expected) in [
            ("overloaded_error", true),
            ("api_error", true),
            ("rate_limit_exceeded", true),
            ("UNAVAILABLE", true),
            ("529", true),
            ("503", true),
            ("400", false),
            ("invalid_request_error", false),
            ("authentication_error", false),
            ("error", false),
        ] {
            assert_eq!(Failure::new(kind, "").may_pass(), expected, "{kind}");
        }
    }

    #[test]
    fn messages_are_found_in_error_bodies() {
        for (body, expected) in [
            (json!({"error":{"message":"a"}}), Some("a")),
            (json!([{"error":{"message":"a"}}]), Some("a")),
            (json!({"error":"a"}), Some("a")),
            (json!({"message":"a"}), Some("a")),
            (json!({"detail":"a"}), Some("a")),
            (json!({"detail":[{"msg":"a"}]}), Some("a")),
            (json!({"x":1}), None),
        ] {
            assert_eq!(message_of(&body).as_deref(), expected, "{body}");
        }
    }
}
