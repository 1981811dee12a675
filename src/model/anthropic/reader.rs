//! What an event of a message says, read tolerantly: unknown types of events, blocks and deltas are no concern.

use serde_json::Value;

use crate::model::server::{Frame, failure, number_at, some_usage, text_at};
use crate::model::{StopReason, Usage};

/// Reads an event; its type is in the document, and in the `event:` field where a server leaves it out there.
pub(super) fn read_event(kind: &str, event: &Value) -> Frame {
    let kind = Some(text_at(event, "/type")).filter(|kind| !kind.is_empty()).unwrap_or(kind);
    match kind {
        "message_start" => {
            Frame { usage: event.pointer("/message/usage").and_then(usage), error: failure(event), ..Frame::default() }
        }
        "content_block_start" => event.get("content_block").map(block).unwrap_or_default(),
        "content_block_delta" => event.get("delta").map(block).unwrap_or_default(),
        "message_delta" => Frame {
            stop: stop_reason(text_at(event, "/delta/stop_reason")),
            usage: event.get("usage").and_then(usage),
            error: failure(event),
            ..Frame::default()
        },
        "message_stop" => Frame { end: true, ..Frame::default() },
        _ => Frame { error: failure(event), ..Frame::default() },
    }
}

/// Reads a message in one piece; `None` where this is none.
pub(super) fn read_whole(body: &Value) -> Option<Frame> {
    let blocks = body.get("content").and_then(Value::as_array)?;
    let mut frame = Frame {
        stop: stop_reason(text_at(body, "/stop_reason")),
        usage: body.get("usage").and_then(usage),
        ..Frame::default()
    };
    for block in blocks.iter().map(block) {
        frame.text.push_str(&block.text);
        frame.reasoning.push_str(&block.reasoning);
    }
    Some(frame)
}

/// A block of content, or more of one.
fn block(part: &Value) -> Frame {
    let text = |pointer| text_at(part, pointer).to_owned();
    match text_at(part, "/type") {
        "text" | "text_delta" => Frame { text: text("/text"), ..Frame::default() },
        "thinking" | "thinking_delta" => Frame { reasoning: text("/thinking"), ..Frame::default() },
        _ => Frame::default(),
    }
}

/// Tokens of the prompt are counted in three parts, according to what came from the cache.
fn usage(value: &Value) -> Option<Usage> {
    let cached = number_at(value, "/cache_read_input_tokens");
    let input = number_at(value, "/input_tokens")
        .map(|input| input + cached.unwrap_or(0) + number_at(value, "/cache_creation_input_tokens").unwrap_or(0));
    some_usage(Usage { input, cached: cached.filter(|_| input.is_some()), output: number_at(value, "/output_tokens") })
}

fn stop_reason(reason: &str) -> Option<StopReason> {
    Some(match reason {
        "" => return None,
        "end_turn" | "stop_sequence" => StopReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => StopReason::Length,
        "refusal" => StopReason::Refusal,
        "tool_use" => StopReason::ToolCalls,
        other => StopReason::Other(other.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn blocks_and_deltas_go_where_they_belong() {
        for (event, text, reasoning) in [
            (json!({"type":"content_block_start","content_block":{"type":"text","text":""}}), "", ""),
            (json!({"type":"content_block_start","content_block":{"type":"text","text":"a"}}), "a", ""),
            (json!({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}), "a", ""),
            (json!({"type":"content_block_delta","delta":{"type":"thinking_delta","thinking":"r"}}), "", "r"),
            (json!({"type":"content_block_delta","delta":{"type":"signature_delta","signature":"x"}}), "", ""),
            (json!({"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"x"}}), "", ""),
            (json!({"type":"content_block_delta","delta":null}), "", ""),
            (json!({"type":"content_block_start","content_block":{"type":"redacted_thinking","data":"x"}}), "", ""),
            (json!({"type":"ping"}), "", ""),
            (json!({"type":"moon","delta":{"type":"text_delta","text":"a"}}), "", ""),
            (json!([]), "", ""),
        ] {
            let frame = read_event("", &event);
            assert_eq!((frame.text.as_str(), frame.reasoning.as_str()), (text, reasoning), "{event}");
        }
        let delta = json!({"delta":{"type":"text_delta","text":"a"}});
        assert_eq!(read_event("content_block_delta", &delta).text, "a", "the type may be outside");
    }

    #[test]
    fn the_end_says_why() {
        for (reason, expected) in [
            (json!("end_turn"), Some(StopReason::Stop)),
            (json!("stop_sequence"), Some(StopReason::Stop)),
            (json!("max_tokens"), Some(StopReason::Length)),
            (json!("model_context_window_exceeded"), Some(StopReason::Length)),
            (json!("refusal"), Some(StopReason::Refusal)),
            (json!("tool_use"), Some(StopReason::ToolCalls)),
            (json!("pause_turn"), Some(StopReason::Other("pause_turn".to_owned()))),
            (json!(null), None),
        ] {
            let frame = read_event("", &json!({"type":"message_delta","delta":{"stop_reason":reason}}));
            assert_eq!((frame.stop, frame.end), (expected, false));
        }
        assert!(read_event("", &json!({"type":"message_stop"})).end);
    }

    #[test]
    fn usage_counts_the_cache_as_part_of_the_prompt() {
        let start = json!({"type":"message_start","message":{"usage":{"input_tokens":5,"cache_read_input_tokens":3,"cache_creation_input_tokens":2,"output_tokens":1}}});
        assert_eq!(read_event("", &start).usage, Some(Usage { input: Some(10), cached: Some(3), output: Some(1) }));
        let delta = json!({"type":"message_delta","delta":{},"usage":{"output_tokens":7}});
        assert_eq!(read_event("", &delta).usage, Some(Usage { input: None, cached: None, output: Some(7) }));
    }

    #[test]
    fn failures_and_whole_messages_are_read() {
        let error = json!({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}});
        let failure = read_event("error", &error).error.unwrap();
        assert_eq!((failure.message.as_str(), failure.may_pass()), ("Overloaded", true));
        let whole = json!({"type":"message","content":[{"type":"thinking","thinking":"r"},{"type":"text","text":"a"}],"stop_reason":"end_turn"});
        let frame = read_whole(&whole).unwrap();
        assert_eq!((frame.text.as_str(), frame.reasoning.as_str(), frame.stop), ("a", "r", Some(StopReason::Stop)));
        assert_eq!(read_whole(&error), None);
    }
}
