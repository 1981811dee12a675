//! What one JSON frame of a chat completion says, read tolerantly: unknown fields are no concern, known ones may be
//! absent, null or of a cousin's shape.

use serde_json::Value;

use crate::model::server::{Failure, Frame, at, failure, logprobs_in, number_at, some_usage};
use crate::model::{StopReason, Usage};

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
    let reasoning = ["reasoning_content", "reasoning", "thinking"]
        .into_iter()
        .find_map(|name| said.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()));
    let reasoning = reasoning.map_or_else(|| said.get("content").map(thinking_of).unwrap_or_default(), str::to_owned);
    let refusal = said.get("refusal").and_then(Value::as_str).unwrap_or_default().to_owned();
    let reason = choice.get("finish_reason").and_then(Value::as_str).filter(|reason| !reason.is_empty());
    let mut error = failure(value).or_else(|| failure(choice));
    if reason == Some("error") && error.is_none() {
        error = Some(Failure::new("error", "the server ended the answer with an error"));
    }
    Frame {
        text,
        reasoning,
        refusal,
        stop: reason.filter(|reason| *reason != "error").map(stop_reason),
        usage: value.get("usage").or_else(|| at(value, "/x_groq/usage")).and_then(usage),
        error,
        logprobs: logprobs_in(at(choice, "/logprobs/content")),
        ..Frame::default()
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

/// Reasoning that comes as parts of the content.
fn thinking_of(content: &Value) -> String {
    let parts = content.as_array().into_iter().flatten();
    parts.filter_map(|part| part.get("thinking")).map(text_of).collect()
}

fn usage(value: &Value) -> Option<Usage> {
    let number = |pointers: &[&str]| pointers.iter().find_map(|pointer| number_at(value, pointer));
    some_usage(Usage {
        input: number(&["/prompt_tokens", "/input_tokens"]),
        cached: number(&[
            "/prompt_tokens_details/cached_tokens",
            "/input_tokens_details/cached_tokens",
            "/prompt_cache_hit_tokens",
        ]),
        output: number(&["/completion_tokens", "/output_tokens"]),
    })
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
            (
                json!({"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"r"}]},{"type":"text","text":"a"}]}}]}),
                "a",
            ),
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
        let parts =
            json!({"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"r"}]}]}}]});
        assert_eq!(read_frame(&parts).reasoning, "r");
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
        let other = json!({"usage":{"prompt_tokens":9,"completion_tokens":3,"prompt_cache_hit_tokens":4}});
        assert_eq!(read_frame(&other).usage, Some(Usage { input: Some(9), cached: Some(4), output: Some(3) }));
        assert_eq!(read_frame(&json!({"usage":null})).usage, None);
        assert_eq!(read_frame(&json!({"usage":{}})).usage, None);
    }

    #[test]
    fn failures_stand_beside_the_choices_or_in_one() {
        for frame in [
            json!({"error":{"type":"overloaded","message":"busy"}}),
            json!({"choices":[],"error":{"code":502,"message":"busy"}}),
            json!({"choices":[{"error":{"message":"busy"}}]}),
        ] {
            assert_eq!(read_frame(&frame).error.unwrap().message, "busy", "{frame}");
        }
        assert_eq!(read_frame(&json!({"error":null})).error, None);
    }

    #[test]
    fn the_probability_of_tokens_is_read_where_it_is_given() {
        let frame = json!({"choices":[{"delta":{"content":"a"},"logprobs":{"content":[{"token":"a","logprob":-0.5},{"token":"b"}]}}]});
        assert_eq!(read_frame(&frame).logprobs, [("a".to_owned(), -0.5)]);
    }
}
