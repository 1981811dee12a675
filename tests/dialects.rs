//! Every dialect on the wire: what is sent, recorded streams byte by byte, and the faults of streams by the numbers of the
//! project's list.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail by panicking")]

mod support;

use std::time::Duration;

use fourfold::model::{Dialect, Key, Limits, ModelError, Parameters, Request, ServerModel, Servers, StopReason, Usage};
use fourfold::prompt::{Message, Role};
use support::fake_server::{Act, FakeServer, events, events_by_byte, lines, response, signal};
use support::heard::{Heard, hear, listen, listen_to, model_of};

fn recorded(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::ChatCompletions => include_str!("data/streams/openai.sse"),
        Dialect::Responses => include_str!("data/streams/responses.sse"),
        Dialect::Anthropic => include_str!("data/streams/anthropic.sse"),
        Dialect::Gemini => include_str!("data/streams/gemini.sse"),
        Dialect::Ollama => include_str!("data/streams/ollama.ndjson"),
    }
}

/// A stream of a dialect: half an answer, and ways to go on.
struct Shapes {
    /// One event with this text.
    text: fn(&str) -> String,
    /// The finish reason, in the dialect's own word.
    stop: fn(&str) -> String,
    /// What follows it.
    end: &'static str,
    /// (own word, what it means)
    reasons: &'static [(&'static str, &'static str)],
    /// An error in a stream that began well.
    error: &'static str,
}

fn sse(kind: &str, data: &serde_json::Value) -> String {
    if kind.is_empty() { format!("data: {data}\n\n") } else { format!("event: {kind}\ndata: {data}\n\n") }
}

fn shapes(dialect: Dialect) -> Shapes {
    use serde_json::json;
    match dialect {
        Dialect::ChatCompletions => Shapes {
            text: |text| sse("", &json!({ "choices": [{ "delta": { "content": text } }] })),
            stop: |reason| sse("", &json!({ "choices": [{ "delta": {}, "finish_reason": reason }] })),
            end: "data: [DONE]\n\n",
            reasons: &[("stop", "stop"), ("length", "length"), ("content_filter", "filter")],
            error: "data: {\"error\":{\"type\":\"server_error\",\"message\":\"late\"}}\n\n",
        },
        Dialect::Responses => Shapes {
            text: |text| {
                sse("response.output_text.delta", &json!({ "type": "response.output_text.delta", "delta": text }))
            },
            stop: |reason| {
                if reason == "completed" {
                    return sse(
                        "response.completed",
                        &json!({ "type": "response.completed", "response": { "output": [] } }),
                    );
                }
                let response = json!({ "incomplete_details": { "reason": reason } });
                sse("response.incomplete", &json!({ "type": "response.incomplete", "response": response }))
            },
            end: "",
            reasons: &[("completed", "stop"), ("max_output_tokens", "length"), ("content_filter", "filter")],
            error: "event: error\ndata: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"late\"}\n\n",
        },
        Dialect::Anthropic => Shapes {
            text: |text| {
                let delta = json!({ "type": "text_delta", "text": text });
                sse("content_block_delta", &json!({ "type": "content_block_delta", "delta": delta }))
            },
            stop: |reason| {
                sse("message_delta", &json!({ "type": "message_delta", "delta": { "stop_reason": reason } }))
            },
            end: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            reasons: &[("end_turn", "stop"), ("max_tokens", "length"), ("refusal", "refusal")],
            error: "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"late\"}}\n\n",
        },
        Dialect::Gemini => Shapes {
            text: |text| sse("", &json!({ "candidates": [{ "content": { "parts": [{ "text": text }] } }] })),
            stop: |reason| sse("", &json!({ "candidates": [{ "finishReason": reason }] })),
            end: "",
            reasons: &[("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "filter")],
            error: "data: {\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\",\"message\":\"late\"}}\n\n",
        },
        Dialect::Ollama => Shapes {
            text: |text| format!("{}\n", json!({ "message": { "content": text }, "done": false })),
            stop: |reason| {
                format!("{}\n", json!({ "message": { "content": "" }, "done": true, "done_reason": reason }))
            },
            end: "",
            reasons: &[("stop", "stop"), ("length", "length")],
            error: "{\"error\":\"late\"}\n",
        },
    }
}

fn meaning(word: &str) -> StopReason {
    match word {
        "stop" => StopReason::Stop,
        "length" => StopReason::Length,
        "filter" => StopReason::ContentFilter,
        "refusal" => StopReason::Refusal,
        other => StopReason::Other(other.to_owned()),
    }
}

/// A response with the label of the dialect's streams.
fn stream(dialect: Dialect, body: &str) -> Vec<u8> {
    if dialect == Dialect::Ollama { lines(body) } else { events(body) }
}

fn whole(dialect: Dialect) -> String {
    let shapes = shapes(dialect);
    (shapes.text)("x") + &(shapes.stop)(shapes.reasons[0].0) + shapes.end
}

/// The word that only this dialect's streams say, put in front: no concern of the reader.
fn odd_event(dialect: Dialect) -> &'static str {
    if dialect == Dialect::Ollama {
        "{\"moon\":1}\n\n"
    } else {
        ": ping\n\nevent: moon\ndata: full\n\nid: 7\nretry: 1\n\n"
    }
}

#[tokio::test]
async fn requests_go_where_they_should_with_the_key_in_its_header() {
    for (dialect, line, header, other) in [
        (Dialect::ChatCompletions, "POST /v1/chat/completions HTTP/1.1", "authorization: Bearer sk-1", ""),
        (Dialect::Responses, "POST /v1/responses HTTP/1.1", "authorization: Bearer sk-1", "\"store\":false"),
        (Dialect::Anthropic, "POST /v1/messages HTTP/1.1", "x-api-key: sk-1", "anthropic-version: 2023-06-01"),
        (Dialect::Gemini, "POST /v1beta/models/m:streamGenerateContent?alt=sse HTTP/1.1", "x-goog-api-key: sk-1", ""),
        (Dialect::Ollama, "POST /api/chat HTTP/1.1", "authorization: Bearer sk-1", "\"stream\":true"),
    ] {
        let server = FakeServer::answering(vec![stream(dialect, recorded(dialect))]);
        let key = Key::new("sk-1", "K").unwrap();
        let model = ServerModel::new(dialect, &server.url(), "m", Some(key), &Servers::default()).unwrap();
        let heard = listen(&model).await;
        assert_eq!(heard.stop(), &StopReason::Stop, "{dialect:?}");
        let sent = server.requests().remove(0);
        assert!(sent.starts_with(line), "{sent}");
        assert!(sent.contains(header) && sent.contains(other), "{sent}");
        assert_eq!(sent.matches("sk-1").count(), 1, "{sent}");
    }
}

#[tokio::test]
async fn azure_gets_its_own_header_path_and_version() {
    let dialect = Dialect::ChatCompletions;
    let server = FakeServer::answering(vec![stream(dialect, recorded(dialect))]);
    let base = format!("{}/openai/deployments/d/chat/completions?api-version=2024-10-21", server.url());
    let key = Key::new("sk-1", "K").unwrap();
    let model = ServerModel::new(dialect, &base, "m", Some(key), &Servers::default()).unwrap();
    assert_eq!(listen(&model).await.stop(), &StopReason::Stop);
    let sent = server.requests().remove(0);
    assert!(sent.starts_with("POST /openai/deployments/d/chat/completions?api-version=2024-10-21 HTTP/1.1"), "{sent}");
    assert!(sent.contains("api-key: sk-1") && !sent.contains("authorization"), "{sent}");
}

#[tokio::test]
async fn cases_01_and_02_recorded_streams_byte_by_byte_and_cut_in_two() {
    for dialect in Dialect::ALL {
        let body = recorded(dialect);
        let expected = hear(dialect, stream(dialect, body)).await;
        assert_eq!(expected.text, "Das é漢🦀 👨‍👩‍👧 ist \"gut\".\n", "{dialect:?}");
        assert_eq!(expected.reasoning, "Erst denken.", "{dialect:?}");
        let cached = Some(4).filter(|_| dialect != Dialect::Ollama);
        assert_eq!(expected.usage(), Usage { input: Some(19), cached, output: Some(10) }, "{dialect:?}");
        assert_eq!(expected.notes(), "", "{dialect:?}");
        // Without a label of its own: the first byte tells.
        assert_eq!(hear(dialect, response(200, &[], body)).await, expected, "{dialect:?} without a label");
        assert_eq!(hear(dialect, events_by_byte_as(dialect, body)).await, expected, "{dialect:?} byte by byte");
        let head = stream(dialect, "");
        for cut in (1..body.len()).step_by(97) {
            let (first, second) = body.as_bytes().split_at(cut);
            let acts = vec![Act::Read, Act::Send([head.as_slice(), first].concat()), Act::Send(second.to_vec())];
            let server = FakeServer::play(vec![acts]);
            let heard = listen(&model_of(dialect, &server, Limits::default())).await;
            assert_eq!(heard, expected, "{dialect:?} cut at {cut}");
        }
    }
}

fn events_by_byte_as(dialect: Dialect, body: &str) -> Vec<u8> {
    let bytes = events_by_byte(body);
    if dialect != Dialect::Ollama {
        return bytes;
    }
    replace(&bytes, b"text/event-stream", b"application/x-ndjson")
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[tokio::test]
async fn cases_03_to_16_by_dialect() {
    for dialect in Dialect::ALL {
        let Shapes { text, stop, end, reasons, .. } = shapes(dialect);
        let good = whole(dialect);
        for (name, body) in [
            ("03 CRLF", good.replace('\n', "\r\n")),
            ("03 CR", good.replace('\n', "\r")),
            ("04 byte order mark", format!("\u{feff}{good}")),
            ("05 and 07 comments, odd events and fields", format!("{}{good}", odd_event(dialect))),
            ("14 an empty delta", text("") + &good),
            ("10 no last line end", good.trim_end().to_owned()),
        ] {
            let heard = hear(dialect, stream(dialect, &body)).await;
            assert_eq!((heard.text.as_str(), heard.stop()), ("x", &StopReason::Stop), "{dialect:?} {name}");
            assert_eq!(heard.notes(), "", "{dialect:?} {name}");
        }
        let unterminated = hear(dialect, stream(dialect, &(text("x") + &stop(reasons[0].0)))).await;
        assert_eq!((unterminated.text.as_str(), unterminated.stop()), ("x", &StopReason::Stop), "{dialect:?}");
        assert_eq!(unterminated.notes(), if end.is_empty() { "" } else { "no terminator" }, "{dialect:?} case 8");
        // A response that is incomplete is no whole answer, whatever the reason.
        let unknown = ("moon", if dialect == Dialect::Responses { "length" } else { "moon" });
        for (own, expected) in reasons.iter().copied().chain([unknown]) {
            let heard = hear(dialect, stream(dialect, &(text("x") + &stop(own) + end))).await;
            assert_eq!(heard.stop(), &meaning(expected), "{dialect:?} case 15 {own}");
        }
        let empty = hear(dialect, stream(dialect, &(stop(reasons[0].0) + end))).await;
        assert_eq!((empty.text.as_str(), empty.stop()), ("", &StopReason::Stop), "{dialect:?} case 16");
    }
}

#[tokio::test]
async fn cases_09_to_18_a_cut_or_an_error_is_never_an_answer() {
    for dialect in Dialect::ALL {
        let Shapes { text, error, .. } = shapes(dialect);
        let half = text("half");
        let broken = if dialect == Dialect::Ollama { "{\"a\":NaN}\n" } else { "data: {\"a\":NaN}\n\n" };
        for (name, body, fault) in [
            ("09 cut", half.clone(), "cut off: the connection closed before"),
            (
                "09 cut in a frame",
                half.clone() + text("more").trim_end().trim_end_matches('}'),
                "cut off: the frame at byte",
            ),
            ("09 only a mark of the end", half.clone() + "data: [DONE]\n\n", "cut off"),
            ("11 error frame", half.clone() + error + &whole(dialect), "mid-stream: late"),
            ("10 the rest holds the error", half.clone() + error.trim_end(), "mid-stream: late"),
            ("17 malformed", half.clone() + broken + &whole(dialect), "bad frame at byte"),
        ] {
            if dialect == Dialect::Ollama && name == "09 only a mark of the end" {
                continue;
            }
            let heard = hear(dialect, stream(dialect, &body)).await;
            let shown = heard.error().to_string();
            assert!(shown.contains(fault), "{dialect:?} {name}: {shown}");
            assert_eq!(heard.text, "half", "{dialect:?} {name}: what had arrived is kept");
        }
        for (name, label, body, fault) in [
            (
                "18 bare error body",
                true,
                "{\n  \"error\": {\n    \"message\": \"no such model\"\n  }\n}",
                "no such model",
            ),
            ("18 bare text", true, "upstream says no", "“upstream says no” instead of an answer"),
            ("34 a page", false, "<!doctype html><title>Sign in</title>", "a web page titled “Sign in”"),
            ("34 nothing", false, "", "an empty body"),
            ("34 white space", false, "\n\n", "an empty body"),
        ] {
            let bytes = if label { stream(dialect, body) } else { response(200, &[], body) };
            let shown = hear(dialect, bytes).await.error().to_string();
            assert!(shown.contains(fault), "{dialect:?} {name}: {shown}");
        }
    }
}

#[tokio::test]
async fn case_19_a_line_without_an_end_meets_its_cap() {
    for dialect in Dialect::ALL {
        let begun = [Act::Read, Act::Send(stream(dialect, &(shapes(dialect).text)("half")))].into_iter();
        let acts = begun.chain((0..40).map(|_| Act::Send(vec![b'x'; 64 * 1024]))).collect();
        let heard = listen(&model_of(dialect, &FakeServer::play(vec![acts]), Limits::default())).await;
        assert_eq!(heard.text, "half");
        assert!(matches!(heard.error(), ModelError::TooLargePiece { .. }), "{dialect:?}: {heard:?}");
    }
}

#[tokio::test]
async fn cases_20_and_30_caps_and_stalls_keep_what_had_arrived() {
    for dialect in Dialect::ALL {
        let text = (shapes(dialect).text)(&"y".repeat(99));
        let server = FakeServer::answering(vec![stream(dialect, &text.repeat(50))]);
        let heard = listen(&model_of(dialect, &server, Limits { text_bytes: 1000, ..Limits::default() })).await;
        assert_eq!(heard.error(), &ModelError::TooLarge { limit: "1000 bytes of text".to_owned() }, "{dialect:?}");

        let (_never, gate) = signal();
        let server = FakeServer::play(vec![vec![Act::Read, Act::Send(stream(dialect, &text)), Act::WaitFor(gate)]]);
        let limits = Limits { idle: Duration::from_millis(50), ..Limits::default() };
        let heard = listen(&model_of(dialect, &server, limits)).await;
        assert_eq!(heard.text.len(), 99);
        assert!(matches!(heard.error(), ModelError::Stalled { .. }), "{dialect:?}: {heard:?}");
    }
}

#[tokio::test]
async fn case_34_an_answer_in_one_piece_is_one() {
    for (dialect, body) in [
        (Dialect::ChatCompletions, "{\"choices\":[{\"message\":{\"content\":\"whole\"},\"finish_reason\":\"stop\"}]}"),
        (
            Dialect::Responses,
            "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"whole\"}]}]}",
        ),
        (Dialect::Anthropic, "{\"content\":[{\"type\":\"text\",\"text\":\"whole\"}],\"stop_reason\":\"end_turn\"}"),
        (
            Dialect::Gemini,
            "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"who\"}]}}]},\n{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"le\"}]},\"finishReason\":\"STOP\"}]}]",
        ),
        (Dialect::Ollama, "{\"message\":{\"content\":\"whole\"},\"done\":true,\"done_reason\":\"stop\"}"),
    ] {
        let heard = hear(dialect, response(200, &["content-type: application/json"], body)).await;
        assert_eq!((heard.text.as_str(), heard.stop()), ("whole", &StopReason::Stop), "{dialect:?}");
        let cut = hear(dialect, response(200, &["content-type: application/json"], &body[..body.len() / 2])).await;
        assert!(matches!(cut.error(), ModelError::Truncated { .. }), "{dialect:?}: {cut:?}");
    }
}

#[tokio::test]
async fn case_27_error_bodies_are_read_in_every_dialect() {
    for (dialect, status, body, shown) in [
        (Dialect::ChatCompletions, 404, "{\"error\":{\"message\":\"no such model\"}}", "404: no such model"),
        (Dialect::Responses, 404, "{\"error\":{\"message\":\"no such model\"}}", "404: no such model"),
        (
            Dialect::Anthropic,
            404,
            "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"model: m\"}}",
            "404: model: m",
        ),
        (
            Dialect::Gemini,
            400,
            "[{\"error\":{\"code\":400,\"message\":\"API key not valid.\",\"status\":\"INVALID_ARGUMENT\"}}]",
            "400: API key not valid (no key was sent)",
        ),
        (Dialect::Ollama, 404, "{\"error\":\"model 'm' not found\"}", "404: model 'm' not found"),
    ] {
        let heard = hear(dialect, response(status, &[], body)).await;
        assert!(heard.error().to_string().contains(shown), "{dialect:?}: {}", heard.error());
    }
}

#[tokio::test]
async fn a_response_that_was_not_streamed_is_taken_from_its_end() {
    let body = "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\
                \"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"whole\"}]}]}}\n\n";
    assert_eq!(hear(Dialect::Responses, events(body)).await.text, "whole");
}

#[tokio::test]
async fn what_a_dialect_cannot_say_is_said_in_the_details() {
    let dialect = Dialect::Anthropic;
    let server = FakeServer::answering(vec![stream(dialect, recorded(dialect))]);
    let parameters = Parameters { seed: Some(1), max_tokens: Some(9), ..Parameters::default() };
    let request = Request { messages: vec![Message::new(Role::User, "hi")], parameters };
    let heard: Heard = listen_to(&model_of(dialect, &server, Limits::default()), request).await;
    assert_eq!(heard.notes(), "seed left out: the Anthropic API has no such setting");
}

#[tokio::test]
async fn token_probabilities_are_summed_up() {
    let token = |text: &str, logprob: f64| {
        let logprobs = serde_json::json!({ "content": [{ "token": text, "logprob": logprob }] });
        sse("", &serde_json::json!({ "choices": [{ "delta": { "content": text }, "logprobs": logprobs }] }))
    };
    let Shapes { stop, end, .. } = shapes(Dialect::ChatCompletions);
    let heard = hear(Dialect::ChatCompletions, events(token("a", 0.0) + &token("b", -1.0) + &stop("stop") + end)).await;
    assert_eq!(heard.notes(), "token probability 0.61 on average; least sure of “b” (0.37)");
}

#[tokio::test]
async fn case_36_a_key_follows_no_redirect_in_any_header() {
    for dialect in Dialect::ALL {
        let elsewhere = FakeServer::answering(vec![stream(dialect, recorded(dialect))]);
        let location = format!("location: {}/elsewhere", elsewhere.url());
        let server = FakeServer::answering(vec![response(307, &[&location], "")]);
        let key = Key::new("sk-canary", "K").unwrap();
        let model = ServerModel::new(dialect, &server.url(), "m", Some(key), &Servers::default()).unwrap();
        let heard = listen(&model).await;
        assert!(heard.error().to_string().contains("the server moved to"), "{dialect:?}: {heard:?}");
        assert_eq!(elsewhere.requests(), [""; 0], "{dialect:?}");
    }
}

#[tokio::test]
async fn cases_39_to_45_no_error_and_no_remark_holds_an_escape() {
    let evil = "\\u001b]52;c;x\\u0007\\u001b[2J\\r\\b\\u009b31m";
    let bodies = [
        (Dialect::ChatCompletions, format!("{{\"error\":{{\"type\":\"{evil}\",\"message\":\"no {evil}\"}}}}")),
        (
            Dialect::Anthropic,
            format!("{{\"type\":\"error\",\"error\":{{\"type\":\"{evil}\",\"message\":\"no {evil}\"}}}}"),
        ),
        (Dialect::Responses, format!("{{\"type\":\"error\",\"code\":\"{evil}\",\"message\":\"no {evil}\"}}")),
        (Dialect::Gemini, format!("{{\"promptFeedback\":{{\"blockReason\":\"no {evil}\"}}}}")),
        (Dialect::Ollama, format!("{{\"error\":\"no {evil}\"}}")),
    ];
    for (dialect, body) in bodies {
        let frame = if dialect == Dialect::Ollama { format!("{body}\n") } else { format!("data: {body}\n\n") };
        for bytes in [stream(dialect, &frame), response(400, &[], &body), response(503, &[], &body)] {
            let heard = hear(dialect, bytes).await;
            let ended = heard.end.as_ref().map_or_else(|error| format!("{error} {}", error.hint()), |_| String::new());
            let shown = format!("{}{ended}", heard.notes());
            assert!(shown.contains("no "), "{dialect:?}: {heard:?}");
            assert!(!shown.chars().any(char::is_control), "{dialect:?}: {shown:?}");
        }
    }
}

#[tokio::test]
async fn models_are_listed_in_each_dialects_own_way() {
    for (dialect, path, header, body, expected) in [
        (Dialect::ChatCompletions, "/v1/models", "authorization: bearer k-1", r#"{"data":[{"id":"a"}]}"#, "a"),
        (Dialect::Anthropic, "/v1/models?limit=1000", "x-api-key: k-1", r#"{"data":[{"type":"model","id":"b"}]}"#, "b"),
        (
            Dialect::Gemini,
            "/v1beta/models?pageSize=1000",
            "x-goog-api-key: k-1",
            r#"{"models":[{"name":"models/c"}]}"#,
            "c",
        ),
        (Dialect::Ollama, "/api/tags", "authorization: bearer k-1", r#"{"models":[{"name":"d:1b"}]}"#, "d:1b"),
    ] {
        let server = FakeServer::answering(vec![response(200, &["Content-Type: application/json"], body)]);
        let base_url = server.url();
        let base_url = if dialect == Dialect::ChatCompletions { format!("{base_url}/v1") } else { base_url };
        let key = Key::new("k-1", "K").unwrap();
        let models =
            fourfold::model::list_models(dialect, &base_url, Some(&key), Duration::from_secs(20)).await.unwrap();
        assert_eq!(models, [expected], "{dialect:?}");
        let asked = server.requests().remove(0);
        assert!(asked.starts_with(&format!("GET {path} ")), "{asked}");
        assert!(asked.to_lowercase().contains(header), "{asked}");
    }
}
