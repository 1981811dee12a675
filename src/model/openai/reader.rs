//! What one JSON frame of a chat completion says, read tolerantly: unknown fields are no concern, known ones may be
//! absent, null or of a cousin's shape.

use serde_json::Value;

use crate::model::{StopReason, Usage};

/// The parts of a frame that matter here. Everything is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    /// More answer text.
    pub(super) text: String,
    /// More reasoning text.
    pub(super) reasoning: String,
    /// The model declines, in these words.
    pub(super) refusal: String,
    /// Why the model stopped.
    pub(super) stop: Option<StopReason>,
    /// Tokens so far; later frames replace earlier ones.
    pub(super) usage: Option<Usage>,
    /// The provider reports a failure.
    pub(super) error: Option<Failure>,
}

/// A failure as the provider words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// Its own type or code.
    pub(super) kind: String,
    /// Its own message.
    pub(super) message: String,
}

/// Reads a streamed chunk or a whole completion.
pub(super) fn read_frame(value: &Value) -> Frame {
    // With n = 1 there is one choice; a server that sends several is read at index 0 only.
    let choice = value
        .get("choices")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|choice| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0);
    let empty = Value::Null;
    let choice = choice.unwrap_or(&empty);
    let said = [choice.get("delta"), choice.get("message")].into_iter().flatten().find(|part| part.is_object());
    let said = said.unwrap_or(&empty);

    let text = match said.get("content") {
        Some(content) => text_of(content),
        None => choice.get("text").map(text_of).unwrap_or_default(),
    };
    let reasoning = ["reasoning_content", "reasoning"]
        .into_iter()
        .find_map(|name| said.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()));
    let refusal = said.get("refusal").and_then(Value::as_str).unwrap_or_default().to_owned();
    let reason = choice.get("finish_reason").and_then(Value::as_str).filter(|reason| !reason.is_empty());
    let mut error = failure(value).or_else(|| failure(choice));
    if reason == Some("error") && error.is_none() {
        error =
            Some(Failure { kind: "error".to_owned(), message: "the server ended the answer with an error".to_owned() });
    }
    Frame {
        text,
        reasoning: reasoning.unwrap_or_default().to_owned(),
        refusal,
        stop: reason.filter(|reason| *reason != "error").map(stop_reason),
        usage: value.get("usage").and_then(usage),
        error,
    }
}

/// The failure a JSON body or frame reports, in any of the usual shapes.
pub(super) fn failure(value: &Value) -> Option<Failure> {
    let error = value.get("error").filter(|error| !error.is_null())?;
    if let Some(message) = error.as_str() {
        return Some(Failure { kind: "error".to_owned(), message: message.to_owned() });
    }
    let kind = ["type", "code", "status"].into_iter().find_map(|name| scalar(error.get(name)?));
    let message = message_of(error).unwrap_or_else(|| error.to_string());
    Some(Failure { kind: kind.unwrap_or_else(|| "error".to_owned()), message })
}

/// The sentence for people in a JSON error body, wherever the server put it.
pub(super) fn message_of(value: &Value) -> Option<String> {
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

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Content is a string, or a list of parts of which the text ones count.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect(),
        _ => String::new(),
    }
}

fn usage(value: &Value) -> Option<Usage> {
    let number = |names: [&str; 2]| names.into_iter().find_map(|name| value.get(name).and_then(Value::as_u64));
    let cached = ["prompt_tokens_details", "input_tokens_details"]
        .into_iter()
        .find_map(|name| value.get(name)?.get("cached_tokens")?.as_u64());
    let usage = Usage {
        input: number(["prompt_tokens", "input_tokens"]),
        cached,
        output: number(["completion_tokens", "output_tokens"]),
    };
    (usage != Usage::default()).then_some(usage)
}

fn stop_reason(reason: &str) -> StopReason {
    match reason {
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" => StopReason::Stop,
        "length" | "max_tokens" | "max_output_tokens" | "model_length" => StopReason::Length,
        "content_filter" => StopReason::ContentFilter,
        "refusal" => StopReason::Refusal,
        "tool_calls" | "function_call" => StopReason::ToolCalls,
        other => StopReason::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_arrives_in_every_shape() {
        for (frame, expected) in [
            (json!({"choices":[{"delta":{"content":"a"}}]}), "a"),
            (json!({"choices":[{"index":0,"delta":{"content":"a"}}]}), "a"),
            (json!({"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}), "a"),
            (json!({"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"image"}]}}]}), "a"),
            (json!({"choices":[{"message":{"role":"assistant","content":"a"}}]}), "a"),
            (json!({"choices":[{"text":"a"}]}), "a"),
            (json!({"choices":[{"delta":{"content":null}}]}), ""),
            (json!({"choices":[{"delta":{}}]}), ""),
            (json!({"choices":[{"delta":null}]}), ""),
            (json!({"choices":[null]}), ""),
            (json!({"choices":[]}), ""),
            (json!({"choices":"x"}), ""),
            (json!({}), ""),
            (json!([]), ""),
            (json!(7), ""),
        ] {
            assert_eq!(read_frame(&frame).text, expected, "{frame}");
        }
    }

    #[test]
    fn reasoning_is_kept_apart_and_not_doubled() {
        let both = json!({"choices":[{"delta":{"reasoning":"r","reasoning_content":"r"}}]});
        let frame = read_frame(&both);
        assert_eq!((frame.reasoning.as_str(), frame.text.as_str()), ("r", ""));
        let refusal = json!({"choices":[{"delta":{"refusal":"no"},"finish_reason":"stop"}]});
        assert_eq!(read_frame(&refusal).refusal, "no");
    }

    #[test]
    fn stop_reasons_are_known_or_verbatim() {
        for (reason, expected) in [
            (json!("stop"), Some(StopReason::Stop)),
            (json!("length"), Some(StopReason::Length)),
            (json!("max_tokens"), Some(StopReason::Length)),
            (json!("content_filter"), Some(StopReason::ContentFilter)),
            (json!("refusal"), Some(StopReason::Refusal)),
            (json!("tool_calls"), Some(StopReason::ToolCalls)),
            (json!("moon"), Some(StopReason::Other("moon".to_owned()))),
            (json!(""), None),
            (json!(null), None),
            (json!("error"), None),
        ] {
            let frame = read_frame(&json!({"choices":[{"delta":{},"finish_reason":reason}]}));
            assert_eq!(frame.stop, expected);
            assert_eq!(frame.error.is_some(), reason == json!("error"));
        }
    }

    #[test]
    fn usage_may_come_alone_or_null() {
        let tail = json!({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}});
        assert_eq!(read_frame(&tail).usage, Some(Usage { input: Some(9), cached: Some(4), output: Some(3) }));
        assert_eq!(read_frame(&json!({"usage":null})).usage, None);
        assert_eq!(read_frame(&json!({"usage":{}})).usage, None);
    }

    #[test]
    fn failures_are_found_in_every_shape() {
        for (frame, kind, message) in [
            (json!({"error":{"type":"overloaded","message":"busy"}}), "overloaded", "busy"),
            (json!({"choices":[],"error":{"code":502,"message":"upstream"}}), "502", "upstream"),
            (json!({"choices":[{"error":{"message":"inner"}}]}), "error", "inner"),
            (json!({"error":"plain"}), "error", "plain"),
            (json!({"error":{"odd":1}}), "error", "{\"odd\":1}"),
        ] {
            let failure = read_frame(&frame).error.unwrap();
            assert_eq!((failure.kind.as_str(), failure.message.as_str()), (kind, message), "{frame}");
        }
        assert_eq!(read_frame(&json!({"error":null})).error, None);
    }

    #[test]
    fn messages_are_found_in_error_bodies() {
        for (body, expected) in [
            (json!({"error":{"message":"a"}}), Some("a")),
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
