//! What one line of Ollama's answer says, read tolerantly.

use serde_json::Value;

use crate::model::server::{Frame, failure, logprobs_in, number_at, some_usage, text_at};
use crate::model::{StopReason, Usage};

/// Reads a line.
pub(super) fn read_frame(value: &Value) -> Frame {
    let done = value.get("done").and_then(Value::as_bool).unwrap_or(false);
    Frame {
        text: text_at(value, "/message/content").to_owned(),
        // The first is Ollama's own word; servers that imitate it have brought others along.
        reasoning: ["/message/thinking", "/message/reasoning_content", "/message/reasoning"]
            .into_iter()
            .map(|place| text_at(value, place))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
            .to_owned(),
        stop: done.then(|| stop_reason(text_at(value, "/done_reason"))),
        usage: some_usage(Usage {
            input: number_at(value, "/prompt_eval_count"),
            cached: None,
            output: number_at(value, "/eval_count"),
        }),
        error: failure(value),
        end: done,
        logprobs: logprobs_in(value.get("logprobs")),
        ..Frame::default()
    }
}

/// Early versions give no reason: there `done` alone says that the answer is whole.
fn stop_reason(reason: &str) -> StopReason {
    match reason {
        "" | "stop" => StopReason::Stop,
        "length" => StopReason::Length,
        other => StopReason::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_are_read() {
        for (line, text, reasoning, stop) in [
            (json!({"message":{"role":"assistant","content":"a"},"done":false}), "a", "", None),
            (json!({"message":{"role":"assistant","content":"","thinking":"r"},"done":false}), "", "r", None),
            (json!({"message":{"content":"","reasoning_content":"r"},"done":false}), "", "r", None),
            (json!({"message":{"content":""},"done":true,"done_reason":"stop"}), "", "", Some(StopReason::Stop)),
            (json!({"message":{"content":""},"done":true}), "", "", Some(StopReason::Stop)),
            (json!({"done":true,"done_reason":"length"}), "", "", Some(StopReason::Length)),
            (json!({"done":true,"done_reason":"load"}), "", "", Some(StopReason::Other("load".to_owned()))),
            (json!({"message":null}), "", "", None),
            (json!(null), "", "", None),
        ] {
            let frame = read_frame(&line);
            assert_eq!((frame.text.as_str(), frame.reasoning.as_str()), (text, reasoning), "{line}");
            assert_eq!((frame.end, frame.stop), (stop.is_some(), stop), "{line}");
        }
        let last = json!({"done":true,"prompt_eval_count":9,"eval_count":3});
        assert_eq!(read_frame(&last).usage, Some(Usage { input: Some(9), cached: None, output: Some(3) }));
        assert_eq!(read_frame(&json!({"error":"model 'x' not found"})).error.unwrap().message, "model 'x' not found");
    }
}
