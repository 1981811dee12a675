//! What a chunk of generated content says, read tolerantly; and what an error body says, whose details hold the wait.

use serde_json::Value;

use crate::model::server::{Failure, Frame, failure, message_of, number_at, some_usage, text_at, whole_seconds};
use crate::model::{StopReason, Usage};

/// Reads a chunk.
pub(super) fn read_frame(value: &Value) -> Frame {
    let mut frame =
        Frame { usage: value.get("usageMetadata").and_then(usage), error: read_error(value), ..Frame::default() };
    let blocked = text_at(value, "/promptFeedback/blockReason");
    if !blocked.is_empty() {
        frame.stop = Some(StopReason::ContentFilter);
        frame.notes.push(format!("the prompt was blocked: {blocked}"));
    }
    // With one candidate asked for there is one; a server that sends several is read at index 0 only.
    let mut candidates = value.get("candidates").and_then(Value::as_array).into_iter().flatten();
    let Some(candidate) = candidates.find(|candidate| number_at(candidate, "/index").unwrap_or(0) == 0) else {
        return frame;
    };
    for part in candidate.pointer("/content/parts").and_then(Value::as_array).into_iter().flatten() {
        let thought = part.get("thought").and_then(Value::as_bool).unwrap_or(false);
        let into = if thought { &mut frame.reasoning } else { &mut frame.text };
        into.push_str(text_at(part, "/text"));
    }
    let reason = text_at(candidate, "/finishReason");
    if let Some(stop) = stop_reason(reason) {
        let message = text_at(candidate, "/finishMessage");
        if !message.is_empty() {
            frame.notes.push(format!("{reason}: {message}"));
        }
        frame.stop = Some(stop);
    }
    let chosen = candidate.pointer("/logprobsResult/chosenCandidates").and_then(Value::as_array);
    frame.logprobs = chosen
        .into_iter()
        .flatten()
        .filter_map(|token| Some((text_at(token, "/token").to_owned(), token.get("logProbability")?.as_f64()?)))
        .collect();
    frame
}

/// Reads content in one piece, or the list of chunks that comes where nobody asked for events. `None` where this is
/// neither.
pub(super) fn read_whole(body: &Value) -> Option<Frame> {
    let chunks = match body {
        Value::Array(chunks) => chunks.as_slice(),
        one => std::slice::from_ref(one),
    };
    let known = |chunk: &Value| chunk.get("candidates").is_some() || chunk.get("promptFeedback").is_some();
    if !chunks.iter().any(known) {
        return None;
    }
    let mut whole = Frame::default();
    for chunk in chunks.iter().map(read_frame) {
        whole.text.push_str(&chunk.text);
        whole.reasoning.push_str(&chunk.reasoning);
        whole.stop = chunk.stop.or(whole.stop);
        whole.usage = chunk.usage.or(whole.usage);
        whole.error = whole.error.or(chunk.error);
        whole.logprobs.extend(chunk.logprobs);
        whole.notes.extend(chunk.notes);
    }
    Some(whole)
}

/// The failure of an error body, which may come in a list. A quota by the day is spent; one by the minute names a wait.
pub(super) fn read_error(body: &Value) -> Option<Failure> {
    let body = body.as_array().and_then(|list| list.first()).unwrap_or(body);
    let failure = failure(body)?;
    let status = text_at(body, "/error/status");
    let kind = if status.is_empty() { failure.kind } else { status.to_owned() };
    let details = || body.pointer("/error/details").and_then(Value::as_array).into_iter().flatten();
    let wait =
        details().filter_map(|detail| detail.get("retryDelay")?.as_str()?.strip_suffix('s')).find_map(whole_seconds);
    let by_day = |text: &str| text.contains("PerDay") || text.to_ascii_lowercase().contains("per day");
    let daily = details().any(|detail| {
        let violations = detail.get("violations").and_then(Value::as_array).into_iter().flatten();
        violations.map(|one| text_at(one, "/quotaId")).any(by_day) || by_day(text_at(detail, "/metadata/quota_limit"))
    });
    let daily = daily || message_of(body).is_some_and(|message| by_day(&message));
    let exhausted = kind == "RESOURCE_EXHAUSTED" || kind == "429";
    Some(Failure { kind, wait, spent: failure.spent || (daily && exhausted), ..failure })
}

/// Thoughts are part of the answer's cost.
fn usage(value: &Value) -> Option<Usage> {
    let (said, thought) = (number_at(value, "/candidatesTokenCount"), number_at(value, "/thoughtsTokenCount"));
    let output = match (said, thought) {
        (None, None) => None,
        _ => Some(said.unwrap_or(0) + thought.unwrap_or(0)),
    };
    some_usage(Usage {
        input: number_at(value, "/promptTokenCount"),
        cached: number_at(value, "/cachedContentTokenCount"),
        output,
    })
}

fn stop_reason(reason: &str) -> Option<StopReason> {
    Some(match reason {
        "" | "FINISH_REASON_UNSPECIFIED" => return None,
        "STOP" => StopReason::Stop,
        "MAX_TOKENS" => StopReason::Length,
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "IMAGE_SAFETY" | "MODEL_ARMOR" => {
            StopReason::ContentFilter
        }
        other => StopReason::Other(other.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    #[test]
    fn parts_go_where_they_belong() {
        for (chunk, text, reasoning) in [
            (json!({"candidates":[{"content":{"role":"model","parts":[{"text":"a"},{"text":"b"}]}}]}), "ab", ""),
            (
                json!({"candidates":[{"content":{"parts":[{"text":"r","thought":true},{"text":"a"}]},"index":0}]}),
                "a",
                "r",
            ),
            (json!({"candidates":[{"index":1,"content":{"parts":[{"text":"b"}]}}]}), "", ""),
            (json!({"candidates":[{"content":{"parts":[{"executableCode":{}}]}}]}), "", ""),
            (json!({"candidates":[{"content":{},"finishReason":"STOP"}]}), "", ""),
            (json!({"candidates":[null]}), "", ""),
            (json!({"candidates":[]}), "", ""),
            (json!({"usageMetadata":{}}), "", ""),
            (json!("x"), "", ""),
        ] {
            let frame = read_frame(&chunk);
            assert_eq!((frame.text.as_str(), frame.reasoning.as_str()), (text, reasoning), "{chunk}");
        }
    }

    #[test]
    fn the_end_says_why_and_what_it_cost() {
        for (reason, expected) in [
            ("STOP", Some(StopReason::Stop)),
            ("MAX_TOKENS", Some(StopReason::Length)),
            ("SAFETY", Some(StopReason::ContentFilter)),
            ("RECITATION", Some(StopReason::ContentFilter)),
            ("MALFORMED_FUNCTION_CALL", Some(StopReason::Other("MALFORMED_FUNCTION_CALL".to_owned()))),
            ("", None),
        ] {
            assert_eq!(read_frame(&json!({"candidates":[{"finishReason":reason}]})).stop, expected, "{reason}");
        }
        let usage = json!({"usageMetadata":{"promptTokenCount":9,"cachedContentTokenCount":4,"candidatesTokenCount":3,"thoughtsTokenCount":5,"totalTokenCount":17}});
        assert_eq!(read_frame(&usage).usage, Some(Usage { input: Some(9), cached: Some(4), output: Some(8) }));
        let blocked = read_frame(&json!({"promptFeedback":{"blockReason":"SAFETY"}}));
        assert_eq!((blocked.stop, blocked.notes.len()), (Some(StopReason::ContentFilter), 1));
    }

    #[test]
    fn an_error_body_names_the_wait_or_the_day() {
        let minute = json!({"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"You exceeded your current quota, please check your plan and billing details.","details":[
            {"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},
            {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.07s"}]}});
        let failure = read_error(&minute).unwrap();
        assert_eq!((failure.wait, failure.spent), (Some(Duration::from_secs(35)), false));
        assert!(failure.may_pass());
        let day = json!([{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"quota","details":[
            {"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"retryDelay":"14s"}]}}]);
        assert!(read_error(&day).unwrap().spent);
        assert_eq!(read_error(&json!({"candidates":[]})), None);
    }

    #[test]
    fn a_list_of_chunks_is_one_answer() {
        let list = json!([{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},
            {"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}],"usageMetadata":{"candidatesTokenCount":2}}]);
        let frame = read_whole(&list).unwrap();
        assert_eq!((frame.text.as_str(), frame.stop), ("ab", Some(StopReason::Stop)));
        assert_eq!(read_whole(&json!({"choices":[]})), None);
        assert_eq!(read_whole(&json!([])), None);
    }
}
