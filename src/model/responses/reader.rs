//! What an event of a response says, read tolerantly: unknown types are no concern.

use serde_json::Value;

use crate::model::server::{
    Failure, Frame, failure, logprobs_in, message_of, number_at, some_usage, text_at, with_spent,
};
use crate::model::{StopReason, Usage};

/// What a response may be instead of complete.
const UNFINISHED: [&str; 3] = ["incomplete", "failed", "cancelled"];

/// Reads an event; its type is in the document, and in the `event:` field where a server leaves it out there.
pub(super) fn read_event(kind: &str, event: &Value) -> Frame {
    let kind = Some(text_at(event, "/type")).filter(|kind| !kind.is_empty()).unwrap_or(kind);
    let delta = || text_at(event, "/delta").to_owned();
    match kind {
        "response.output_text.delta" => {
            Frame { text: delta(), logprobs: logprobs_in(event.get("logprobs")), ..Frame::default() }
        }
        "response.refusal.delta" => Frame { refusal: delta(), ..Frame::default() },
        "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
            Frame { reasoning: delta(), ..Frame::default() }
        }
        // Between two parts of a summary stands nothing else.
        "response.reasoning_summary_part.added"
            if number_at(event, "/summary_index").is_some_and(|index| index > 0) =>
        {
            Frame { reasoning: "\n\n".to_owned(), ..Frame::default() }
        }
        "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" => {
            let response = event.get("response").unwrap_or(event);
            let named = kind.strip_prefix("response.").unwrap_or_default();
            // Where event and response do not agree, whichever says that the answer is not whole is believed.
            let status =
                Some(text_at(response, "/status")).filter(|own| named == "completed" && UNFINISHED.contains(own));
            let ended = read_response(response, status.unwrap_or(named));
            // The text has been streamed, as a rule; it is taken from here only where it has not.
            Frame { whole: ended.text, text: String::new(), refusal: String::new(), reasoning: String::new(), ..ended }
        }
        "error" => Frame {
            error: read_error(event).or_else(|| Some(Failure::new("error", event.to_string()))),
            ..Frame::default()
        },
        _ => Frame { error: failure(event), ..Frame::default() },
    }
}

/// Reads a response in one piece; `None` where this is none.
pub(super) fn read_whole(body: &Value) -> Option<Frame> {
    body.get("output").and_then(Value::as_array)?;
    let status = Some(text_at(body, "/status")).filter(|status| !status.is_empty()).unwrap_or("completed");
    Some(Frame { end: false, ..read_response(body, status) })
}

/// The failure of an error body, an `error` event or a failed response.
pub(super) fn read_error(body: &Value) -> Option<Failure> {
    let flat = || {
        let (code, message) = (text_at(body, "/code"), message_of(body)?);
        let kind = if code.is_empty() { "error" } else { code };
        (text_at(body, "/type") == "error").then(|| with_spent(Failure::new(kind, message), &[code.to_owned()]))
    };
    failure(body).map(with_code(body)).or_else(flat)
}

/// Prefers the code, which says more than the type does here (`rate_limit_exceeded`, `server_error`).
fn with_code(body: &Value) -> impl FnOnce(Failure) -> Failure {
    let code = text_at(body, "/error/code").to_owned();
    move |failure| if code.is_empty() { failure } else { Failure { kind: code, ..failure } }
}

/// A response at its end, with the status it has.
fn read_response(response: &Value, status: &str) -> Frame {
    let items = || response.get("output").and_then(Value::as_array).into_iter().flatten();
    let parts = |list: &'static str, kind: &'static str, text: &'static str| {
        let of_item = move |item: &Value| -> Vec<String> {
            let parts = item.get(list).and_then(Value::as_array).into_iter().flatten();
            parts.filter(|part| text_at(part, "/type") == kind).map(|part| text_at(part, text).to_owned()).collect()
        };
        items().flat_map(of_item).collect::<Vec<_>>()
    };
    let mut frame = Frame {
        text: parts("content", "output_text", "/text").concat(),
        refusal: parts("content", "refusal", "/refusal").concat(),
        reasoning: parts("summary", "summary_text", "/text").join("\n\n"),
        usage: response.get("usage").and_then(usage),
        end: true,
        ..Frame::default()
    };
    match status {
        "completed" => {
            let asked = items().any(|item| text_at(item, "/type") == "function_call");
            frame.stop = Some(if asked && frame.text.is_empty() { StopReason::ToolCalls } else { StopReason::Stop });
        }
        "incomplete" => {
            let reason = text_at(response, "/incomplete_details/reason");
            // Whatever the reason, it is no whole answer.
            frame.stop = Some(if reason == "content_filter" { StopReason::ContentFilter } else { StopReason::Length });
            if !matches!(reason, "max_output_tokens" | "max_tokens" | "content_filter") {
                let reason = if reason.is_empty() { "no reason given" } else { reason };
                frame.notes.push(format!("the response is incomplete: {reason}"));
            }
        }
        other => {
            let reported = read_error(response);
            frame.error = reported.or_else(|| Some(Failure::new(other, format!("the response is {other}"))));
        }
    }
    frame
}

fn usage(value: &Value) -> Option<Usage> {
    some_usage(Usage {
        input: number_at(value, "/input_tokens"),
        cached: number_at(value, "/input_tokens_details/cached_tokens"),
        output: number_at(value, "/output_tokens"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn deltas_go_where_they_belong() {
        let read = |event: Value| {
            let frame = read_event("", &event);
            (frame.text, frame.reasoning, frame.refusal)
        };
        let of =
            |text: &str, reasoning: &str, refusal: &str| (text.to_owned(), reasoning.to_owned(), refusal.to_owned());
        for (event, expected) in [
            (json!({"type":"response.output_text.delta","delta":"a"}), of("a", "", "")),
            (json!({"type":"response.reasoning_summary_text.delta","delta":"r"}), of("", "r", "")),
            (json!({"type":"response.reasoning_text.delta","delta":"r"}), of("", "r", "")),
            (json!({"type":"response.reasoning_summary_part.added","summary_index":0}), of("", "", "")),
            (json!({"type":"response.reasoning_summary_part.added","summary_index":1}), of("", "\n\n", "")),
            (json!({"type":"response.refusal.delta","delta":"no"}), of("", "", "no")),
            (json!({"type":"response.output_text.done","text":"a"}), of("", "", "")),
            (json!({"type":"response.created","response":{"error":null}}), of("", "", "")),
            (json!({"type":"response.moon.delta","delta":"a"}), of("", "", "")),
            (json!({"type":"response.output_text.delta","delta":null}), of("", "", "")),
            (json!(7), of("", "", "")),
        ] {
            assert_eq!(read(event.clone()), expected, "{event}");
        }
        assert_eq!(
            read_event("response.output_text.delta", &json!({"delta":"a"})).text,
            "a",
            "the type may be outside"
        );
    }

    #[test]
    fn the_end_says_why_and_what_it_cost() {
        let ended = |kind: &str, response: Value| read_event("", &json!({ "type": kind, "response": response }));
        let output = json!([{"type":"reasoning","summary":[{"type":"summary_text","text":"r"}]},
            {"type":"message","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"}]}]);
        let usage = json!({"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":1}});
        let frame = ended("response.completed", json!({"status":"completed","output":output,"usage":usage}));
        assert_eq!(
            (frame.stop, frame.end, frame.whole.as_str(), frame.text.as_str()),
            (Some(StopReason::Stop), true, "ab", "")
        );
        assert_eq!(frame.usage, Some(Usage { input: Some(9), cached: Some(4), output: Some(3) }));
        for (details, expected) in [
            (json!({"reason":"max_output_tokens"}), StopReason::Length),
            (json!({"reason":"content_filter"}), StopReason::ContentFilter),
            (json!({"reason":"moon"}), StopReason::Length),
            (json!(null), StopReason::Length),
        ] {
            let frame = ended("response.incomplete", json!({ "incomplete_details": details }));
            assert_eq!((frame.stop, frame.end), (Some(expected), true));
        }
        let contradicted = ended("response.completed", json!({"status":"incomplete"}));
        assert_eq!(contradicted.stop, Some(StopReason::Length));
        assert_eq!(contradicted.notes, ["the response is incomplete: no reason given"]);
        assert!(ended("response.completed", json!({"status":"failed"})).error.is_some());
        let called = ended("response.completed", json!({"output":[{"type":"function_call"}]}));
        assert_eq!(called.stop, Some(StopReason::ToolCalls));
        let failed = ended("response.failed", json!({"error":{"code":"server_error","message":"sorry"}}));
        assert_eq!(
            failed.error.as_ref().map(|error| (error.kind.as_str(), error.may_pass())),
            Some(("server_error", true))
        );
        assert_eq!(ended("response.cancelled", json!({})).error.unwrap().message, "the response is cancelled");
    }

    #[test]
    fn failures_are_found_in_every_shape() {
        for (body, kind, message) in [
            (
                json!({"type":"error","code":"rate_limit_exceeded","message":"slow","param":null}),
                "rate_limit_exceeded",
                "slow",
            ),
            (
                json!({"type":"error","error":{"type":"invalid_request_error","code":"","message":"no"}}),
                "invalid_request_error",
                "no",
            ),
            (
                json!({"error":{"type":"tokens","code":"rate_limit_exceeded","message":"slow"}}),
                "rate_limit_exceeded",
                "slow",
            ),
            (json!({"type":"error","message":"odd"}), "error", "odd"),
        ] {
            let failure = read_error(&body).unwrap();
            assert_eq!((failure.kind.as_str(), failure.message.as_str()), (kind, message), "{body}");
        }
        assert!(read_error(&json!({"type":"error","code":"insufficient_quota","message":"pay"})).unwrap().spent);
        assert_eq!(read_error(&json!({"type":"response.created"})), None);
    }

    #[test]
    fn a_response_in_one_piece_is_read() {
        let body = json!({"object":"response","status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]});
        let frame = read_whole(&body).unwrap();
        assert_eq!((frame.refusal.as_str(), frame.stop, frame.end), ("no", Some(StopReason::Stop), false));
        assert_eq!(read_whole(&json!({"choices":[]})), None);
    }
}
