//! Bad input and faults on the wire, by the numbers of the project's list of faults: framing (1 to 20), HTTP and network
//! (21 to 38), and a key that must show up nowhere.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail by panicking")]

mod support;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fourfold::data::Case;
use fourfold::model::{
    Dialect, Key, Limits, Model, ModelError, Parameters, Request, ServerModel, Servers, StopReason, StreamEvent, Usage,
};
use fourfold::run::{TrialCall, trial};
use fourfold::store::{ArmRecord, Origin, Store, TrialRecord};
use futures_util::StreamExt;
use support::fake_server::{Act, FakeServer, events, events_by_byte, response, signal};
use support::heard::{self, Heard, listen, model_of, request};

fn model(server: &FakeServer, limits: Limits) -> ServerModel {
    model_of(Dialect::ChatCompletions, server, limits)
}

fn keyed(server: &FakeServer, key: Key) -> ServerModel {
    ServerModel::new(Dialect::ChatCompletions, &server.url(), "m", Some(key), &Servers::default()).unwrap()
}

async fn hear(response: Vec<u8>) -> Heard {
    heard::hear(Dialect::ChatCompletions, response).await
}

fn text(content: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({ "choices": [{ "index": 0, "delta": { "content": content } }] }))
}

fn stop(reason: &str) -> String {
    format!("data: {}\n\n", serde_json::json!({ "choices": [{ "delta": {}, "finish_reason": reason }] }))
}

const DONE: &str = "data: [DONE]\n\n";

/// A whole answer.
fn answer(content: &str) -> String {
    text(content) + &stop("stop") + DONE
}

#[tokio::test]
async fn a_request_says_what_it_must_and_an_answer_arrives() {
    let server = FakeServer::answering(vec![events(answer("hello"))]);
    let heard = listen(&model(&server, Limits::default())).await;
    assert_eq!((heard.text.as_str(), heard.stop()), ("hello", &StopReason::Stop));
    assert_eq!(heard.notes(), "");
    let sent = server.requests().remove(0);
    assert!(sent.starts_with("POST /v1/chat/completions HTTP/1.1"), "{sent}");
    assert!(sent.contains(r#""model":"m""#) && sent.contains(r#""stream":true"#), "{sent}");
    assert!(!sent.to_lowercase().contains("authorization"), "{sent}");
}

#[tokio::test]
async fn faults_01_and_02_splits_anywhere_change_nothing() {
    let body = format!("\u{feff}: hi\r\n\r\n{}{}{DONE}", text("é漢🦀 👨‍👩‍👧"), stop("stop"));
    let expected = hear(events(&body)).await;
    assert_eq!(expected.text, "é漢🦀 👨‍👩‍👧");
    assert_eq!(hear(events_by_byte(&body)).await, expected);
    let head = events("");
    for cut in (1..body.len()).step_by(7) {
        let (first, second) = body.as_bytes().split_at(cut);
        let acts = vec![Act::Read, Act::Send([head.as_slice(), first].concat()), Act::Send(second.to_vec())];
        let server = FakeServer::play(vec![acts]);
        assert_eq!(listen(&model(&server, Limits::default())).await, expected, "cut at {cut}");
    }
}

#[tokio::test]
async fn faults_03_to_16_by_example() {
    let plain = |content: &str| (content.to_owned(), StopReason::Stop, String::new());
    let unterminated = |content: &str| (content.to_owned(), StopReason::Stop, "no terminator".to_owned());
    let stopped = |reason: StopReason| ("x".to_owned(), reason, String::new());
    let usage_tail = "data: {\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\n";
    for (name, body, (content, reason, note)) in [
        ("03 line ends", answer("x").replace('\n', "\r\n"), plain("x")),
        ("03 line ends", answer("x").replace('\n', "\r"), plain("x")),
        ("04 byte order mark", format!("\u{feff}{}", answer("x")), plain("x")),
        (
            "05 comments",
            format!(": ping\n\n: OPENROUTER PROCESSING\n\nevent: ping\ndata: {{}}\n\n{}", answer("x")),
            plain("x"),
        ),
        (
            "06 several data lines",
            format!("data: {{\"choices\":[{{\ndata: \"delta\":{{\"content\":\"x\"}}}}]}}\n\n{}{DONE}", stop("stop")),
            plain("x"),
        ),
        (
            "07 no space, odd fields",
            format!("id: 1\nretry: 5\nmoon: 1\nevent: moon\ndata: full\n\n{}", answer("x").replace("data: ", "data:")),
            plain("x"),
        ),
        ("08 no terminator", text("x") + &stop("stop"), unterminated("x")),
        ("10 no last blank line", (text("x") + &stop("stop")).trim_end().to_owned(), unterminated("x")),
        ("13 usage alone", text("x") + &stop("stop") + usage_tail + DONE, plain("x")),
        (
            "13 usage beside no choices",
            text("x") + &stop("stop") + &usage_tail.replace("{\"usage\"", "{\"choices\":[],\"usage\"") + DONE,
            plain("x"),
        ),
        ("19 empty data lines", "data:\n".repeat(100_000) + "\n" + &answer("x"), plain("x")),
        (
            "14 preamble",
            format!(
                "data: {{\"choices\":[]}}\n\ndata: {{\"choices\":[{{\"delta\":{{\"content\":null}}}}]}}\n\n{}",
                answer("x")
            ),
            plain("x"),
        ),
        ("15 length", text("x") + &stop("length") + DONE, stopped(StopReason::Length)),
        ("15 filter", text("x") + &stop("content_filter") + DONE, stopped(StopReason::ContentFilter)),
        ("15 tools", text("x") + &stop("tool_calls") + DONE, stopped(StopReason::ToolCalls)),
        ("15 unknown", text("x") + &stop("moon") + DONE, stopped(StopReason::Other("moon".to_owned()))),
        (
            "15 refusal",
            format!("data: {{\"choices\":[{{\"delta\":{{\"refusal\":\"x\"}}}}]}}\n\n{}{DONE}", stop("stop")),
            stopped(StopReason::Refusal),
        ),
        ("16 empty", stop("stop") + DONE, plain("")),
    ] {
        let heard = hear(events(&body)).await;
        assert_eq!(heard.text, content, "{name}: {heard:?}");
        assert_eq!(heard.stop(), &reason, "{name}");
        assert_eq!(heard.notes(), note, "{name}");
        if name.starts_with("13") {
            assert_eq!(heard.usage(), Usage { input: Some(5), cached: None, output: Some(2) });
        }
    }
}

#[tokio::test]
async fn reasoning_streams_beside_the_answer() {
    let reasoning = "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n";
    let heard = hear(events(format!("{reasoning}{}", answer("x")))).await;
    assert_eq!((heard.reasoning.as_str(), heard.text.as_str()), ("hm", "x"));
}

#[tokio::test]
async fn faults_09_to_18_a_cut_or_an_error_is_never_an_answer() {
    let half = text("half");
    for (name, body, fault) in [
        ("09 cut", half.clone(), "cut off: the connection closed before"),
        ("09 a terminator and no finish reason", half.clone() + DONE, "cut off: the server ended the stream without"),
        ("09 cut in a line", format!("{half}data: {{\"choi"), "cut off: the frame at byte"),
        (
            "10 the rest holds the error",
            format!("{half}data: {{\"error\":{{\"message\":\"late\"}}}}"),
            "mid-stream: late",
        ),
        (
            "11 error event",
            format!(
                "{half}event: error\ndata: {{\"error\":{{\"type\":\"overloaded\",\"message\":\"busy\"}}}}\n\n{}",
                answer("x")
            ),
            "mid-stream: busy",
        ),
        (
            "11 error event, other shape",
            format!("{half}event: error\ndata: {{\"message\":\"busy\"}}\n\n"),
            "mid-stream: busy",
        ),
        ("11 error event, plain", format!("{half}event: error\ndata: busy\n\n"), "mid-stream: busy"),
        (
            "12 error beside no choices",
            format!("{half}data: {{\"choices\":[],\"error\":{{\"code\":502,\"message\":\"up\"}}}}\n\n{DONE}"),
            "mid-stream: up",
        ),
        ("12 finish reason error", half.clone() + &stop("error") + DONE, "mid-stream: the server ended"),
        ("17 malformed", format!("{half}data: {{\"a\":NaN}}\n\n{}", answer("x")), "bad frame at byte"),
        (
            "17 a name twice",
            format!(
                "{half}data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\",\"content\":\"b\"}}}}]}}\n\n{}",
                answer("x")
            ),
            "bad frame at byte",
        ),
        ("17 lone surrogate", format!("{half}data: {{\"a\":\"\\ud83d\"}}\n\n"), "bad frame at byte"),
        ("17 deep nesting", format!("{half}data: {}\n\n", "[".repeat(200) + "]"), "bad frame at byte"),
    ] {
        let heard = hear(events(&body)).await;
        let shown = heard.error().to_string();
        assert!(shown.contains(fault), "{name}: {shown}");
        assert_eq!(heard.text, "half", "{name}: what had arrived is kept");
        assert!(!heard.error().hint().is_empty());
    }
    for (name, body, fault) in [
        ("18 bare error body", "{\"error\":{\"message\":\"no such model\"}}", "mid-stream: no such model"),
        ("18 bare text", "upstream says no", "sent “upstream says no” instead of an answer"),
        ("nothing", "", "sent an empty body"),
        ("comments only", ": ping\n\n: ping\n\n", "cut off"),
    ] {
        let shown = hear(events(body)).await.error().to_string();
        assert!(shown.contains(fault), "{name}: {shown}");
    }
}

#[tokio::test]
async fn faults_19_and_20_caps_hold() {
    let endless = [Act::Read, Act::Send(events(text("half")))].into_iter();
    let line = endless.chain((0..40).map(|_| Act::Send(vec![b'x'; 64 * 1024]))).collect();
    let heard = listen(&model(&FakeServer::play(vec![line]), Limits::default())).await;
    assert_eq!(heard.text, "half");
    assert!(matches!(heard.error(), ModelError::TooLargePiece { .. }), "{heard:?}");

    let block = b"data: 0123456789\n".repeat(60_000);
    let event =
        [Act::Read, Act::Send(events(""))].into_iter().chain((0..16).map(|_| Act::Send(block.clone()))).collect();
    let heard = listen(&model(&FakeServer::play(vec![event]), Limits::default())).await;
    assert!(matches!(heard.error(), ModelError::TooLargePiece { .. }), "{heard:?}");

    let limits = Limits { text_bytes: 1000, ..Limits::default() };
    let server = FakeServer::answering(vec![events(text(&"y".repeat(99)).repeat(50) + &stop("stop") + DONE)]);
    let heard = listen(&model(&server, limits)).await;
    assert_eq!(heard.error(), &ModelError::TooLarge { limit: "1000 bytes of text".to_owned() });
    assert!(heard.text.len() <= 1000);
}

#[tokio::test]
async fn fault_20_a_long_answer_in_small_pieces_arrives_whole() {
    let pieces = 20_000;
    let server = FakeServer::answering(vec![events(text("é").repeat(pieces) + &stop("stop") + DONE)]);
    let heard = listen(&model(&server, Limits::default())).await;
    assert_eq!(heard.text.chars().count(), pieces);
}

#[tokio::test]
async fn faults_21_to_26_what_may_pass_is_tried_again() {
    let again = ["retry-after-ms: 0"];
    for status in [408, 409, 429, 500, 502, 503, 504, 529] {
        let server = FakeServer::answering(vec![
            response(status, &again, "{\"error\":{\"message\":\"later\"}}"),
            response(status, &again, ""),
            events(answer("x")),
        ]);
        let heard = listen(&model(&server, Limits::default())).await;
        assert_eq!(heard.text, "x", "{status}");
        assert_eq!(heard.notes().matches(&format!("{status}: sent again after")).count(), 2, "{status}: {heard:?}");
        assert_eq!(server.requests().len(), 3);
    }
}

#[tokio::test]
async fn faults_22_to_27_what_cannot_pass_is_not() {
    for (status, headers, body, shown) in [
        (429, vec!["retry-after: 1000000000"], "{\"error\":\"slow down\"}", "answered 429: slow down"),
        (
            429,
            vec!["retry-after-ms: 0"],
            "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"pay\"}}",
            "no quota left for this key: pay",
        ),
        (400, vec![], "{\"error\":{\"message\":\"bad\\u001b[2J\\nrequest\"}}", "answered 400: bad [2J request"),
        (401, vec![], "{\"detail\":\"who?\"}", "401: who? (no key was sent)"),
        (403, vec![], "<html><title>Forbidden here</title>", "403: Forbidden here (no key was sent)"),
        (404, vec![], "", "answered 404: Not Found"),
        (413, vec![], "too long", "413: too long"),
        (422, vec![], "{\"detail\":[{\"msg\":\"field required\"}]}", "422: field required"),
    ] {
        let server = FakeServer::answering(vec![response(status, &headers, body), events(answer("x"))]);
        let heard = listen(&model(&server, Limits::default())).await;
        assert!(heard.error().to_string().contains(shown), "{status}: {}", heard.error());
        assert_eq!(server.requests().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn fault_24_retries_end() {
    let failing = || response(503, &["retry-after-ms: 0"], "{\"error\":\"down\"}");
    let server = FakeServer::answering(vec![failing(), failing(), failing(), failing()]);
    let heard = listen(&model(&server, Limits::default())).await;
    assert!(matches!(heard.error(), ModelError::Status { status: 503, .. }));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_refused_parameter_name_is_said_in_the_other_way_once_and_remembered() {
    let refusal = "{\"error\":{\"message\":\"Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.\"}}";
    let server = FakeServer::answering(vec![response(400, &[], refusal), events(answer("x")), events(answer("y"))]);
    let model = model(&server, Limits::default());
    let request = Request { parameters: Parameters { max_tokens: Some(5), ..Parameters::default() }, ..request() };
    for _ in 0..2 {
        let last = model.stream(request.clone()).collect::<Vec<_>>().await.pop().unwrap();
        assert!(matches!(last, Ok(StreamEvent::Finished { .. })), "{last:?}");
    }
    let sent = server.requests();
    assert!(sent[0].contains(r#""max_tokens":5"#));
    assert!(sent[1].contains(r#""max_completion_tokens":5"#) && sent[2].contains(r#""max_completion_tokens":5"#));
}

#[tokio::test]
async fn fault_28_refused_fails_fast_and_a_reset_is_tried_again() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{nobody}");
    let model = ServerModel::new(Dialect::ChatCompletions, &nobody, "m", None, &Servers::default()).unwrap();
    let refused = listen(&model).await;
    assert!(refused.error().to_string().contains("connection refused"), "{refused:?}");
    assert!(refused.error().hint().contains("Start the server"));

    let server = FakeServer::play(vec![vec![Act::Ignore], vec![Act::Read, Act::Send(events(answer("x")))]]);
    let heard = listen(&self::model(&server, Limits::default())).await;
    assert_eq!(heard.text, "x");
    assert!(heard.notes().contains("sent again"), "{heard:?}");

    let server = FakeServer::play(vec![vec![Act::Ignore]]);
    let heard = listen(&self::model(&server, Limits { retries: 0, ..Limits::default() })).await;
    assert!(matches!(heard.error(), ModelError::Unreachable { .. }), "{heard:?}");
}

#[tokio::test]
async fn fault_29_a_reset_after_half_the_text_is_a_cut() {
    let (go, gate) = signal();
    let acts = vec![Act::ReadAllButOne, Act::Send(events(text("half"))), Act::WaitFor(gate)];
    let server = FakeServer::play(vec![acts, vec![Act::Read, Act::Send(events(answer("again")))]]);
    let mut stream = model(&server, Limits::default()).stream(request());
    assert_eq!(stream.next().await, Some(Ok(StreamEvent::Text("half".to_owned()))));
    drop(go);
    let end = stream.next().await;
    assert!(matches!(end, Some(Err(ModelError::Truncated { .. }))), "{end:?}");
    assert_eq!(stream.next().await, None);
    assert_eq!(server.requests().len(), 1, "never sent again after the first text");
}

#[tokio::test]
async fn fault_30_a_stall_is_noticed_and_the_text_kept() {
    let (_never, gate) = signal();
    let server = FakeServer::play(vec![vec![Act::Read, Act::Send(events(text("half"))), Act::WaitFor(gate)]]);
    let heard = listen(&model(&server, Limits { idle: Duration::from_millis(50), ..Limits::default() })).await;
    assert_eq!(heard.text, "half");
    assert!(matches!(heard.error(), ModelError::Stalled { .. }), "{heard:?}");
}

#[tokio::test]
async fn fault_30_silence_after_the_finish_is_the_end_of_the_answer() {
    let (_never, gate) = signal();
    let body = text("x") + &stop("stop");
    let server = FakeServer::play(vec![vec![Act::Read, Act::Send(events(body)), Act::WaitFor(gate)]]);
    let heard = listen(&model(&server, Limits { idle: Duration::from_millis(50), ..Limits::default() })).await;
    assert_eq!((heard.text.as_str(), heard.notes().as_str()), ("x", "no terminator"));
}

#[tokio::test]
async fn fault_31_slow_but_alive_is_not_cut() {
    let limits = Limits { idle: Duration::from_millis(900), ..Limits::default() };
    let (go, gate) = signal();
    let (mut acts, mut gates) = (vec![Act::Read, Act::Send(events(text("x")))], vec![]);
    for _ in 0..4 {
        let (go, gate) = signal();
        acts.extend([Act::WaitFor(gate), Act::Send(text("x").into_bytes())]);
        gates.push(go);
    }
    acts.extend([Act::WaitFor(gate), Act::Send((stop("stop") + DONE).into_bytes())]);
    let server = FakeServer::play(vec![acts]);
    let mut stream = model(&server, limits).stream(request());
    // The whole takes longer than the idle limit, no single wait does: every text asks for the next after two thirds of it.
    let start = Instant::now();
    for (number, go) in gates.into_iter().enumerate() {
        assert_eq!(stream.next().await, Some(Ok(StreamEvent::Text("x".to_owned()))), "text {number}");
        let until = start + limits.idle * (number as u32 + 1) / 3;
        let waiting = tokio::time::timeout_at(until.into(), stream.next()).await;
        assert!(waiting.is_err(), "nothing arrives before it is sent: {waiting:?}");
        drop(go);
    }
    assert_eq!(stream.next().await, Some(Ok(StreamEvent::Text("x".to_owned()))));
    drop(go);
    assert!(matches!(stream.next().await, Some(Ok(StreamEvent::Finished { .. }))));
    assert!(start.elapsed() > limits.idle);
}

#[tokio::test]
async fn fault_32_headers_have_a_deadline_and_so_has_the_first_text() {
    let (_never, gate) = signal();
    let server = FakeServer::play(vec![vec![Act::Read, Act::Send(b"HTTP/1.1 2".to_vec()), Act::WaitFor(gate)]]);
    let heard = listen(&model(&server, Limits { headers: Duration::from_millis(50), ..Limits::default() })).await;
    assert!(heard.error().to_string().contains("no response within 0.05 s"), "{heard:?}");

    // Comments are signs of life; they do not make a first token.
    let acts = vec![Act::Read, Act::Send(events("")), Act::SendUntilClosed(b": ping\n\n".to_vec())];
    let server = FakeServer::play(vec![acts]);
    let heard = listen(&model(&server, Limits { first_token: Duration::from_millis(50), ..Limits::default() })).await;
    assert!(matches!(heard.error(), ModelError::Stalled { .. }), "{heard:?}");
}

#[tokio::test]
async fn fault_05_comments_are_signs_of_life_and_no_first_token() {
    // The idle limit is far below the first token's: a stream that says nothing but comments ends by the latter.
    let limits =
        Limits { idle: Duration::from_millis(150), first_token: Duration::from_millis(600), ..Limits::default() };
    let acts = vec![Act::Read, Act::Send(events("")), Act::SendUntilClosed(b": OPENROUTER PROCESSING\n\n".to_vec())];
    let start = Instant::now();
    let heard = listen(&model(&FakeServer::play(vec![acts]), limits)).await;
    assert!(matches!(heard.error(), ModelError::Stalled { .. }), "{heard:?}");
    assert!(start.elapsed() >= limits.first_token, "comments count as life until then");
}

#[tokio::test]
async fn a_server_that_says_nothing_was_used_has_not_counted() {
    let none = "data: {\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0}}\n\n";
    let heard = hear(events(text("x") + &stop("stop") + none + DONE)).await;
    assert_eq!(heard.usage(), Usage::default());
    let empty = hear(events(stop("stop") + &none.replace("prompt_tokens\":0", "prompt_tokens\":4") + DONE)).await;
    assert_eq!(empty.usage(), Usage { input: Some(4), cached: None, output: Some(0) });
}

#[tokio::test]
async fn fault_33_a_connection_closed_while_idle_costs_nothing() {
    let body = answer("x");
    let keep =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let server = FakeServer::answering(vec![keep.clone().into_bytes(), keep.into_bytes()]);
    let model = model(&server, Limits::default());
    for _ in 0..2 {
        assert_eq!(listen(&model).await.text, "x");
    }
}

#[tokio::test]
async fn fault_34_bodies_that_are_no_stream() {
    let whole = "{\"choices\":[{\"message\":{\"content\":\"whole\"},\"finish_reason\":\"length\"}],\"usage\":{\"completion_tokens\":2}}";
    for label in [vec!["content-type: application/json"], vec![], vec!["content-type: text/plain"]] {
        let heard = hear(response(200, &label, whole)).await;
        assert_eq!((heard.text.as_str(), heard.stop()), ("whole", &StopReason::Length), "{label:?}");
        assert_eq!(heard.notes(), "the server did not stream");
    }
    let heard = hear(response(200, &[], answer("x"))).await;
    assert_eq!(heard.text, "x", "without a label the first byte decides");
    let heard = hear(response(200, &["content-type: application/json"], answer("x"))).await;
    assert_eq!(heard.text, "x", "a stream under the wrong label is a stream");
    for (label, body, shown) in [
        ("content-type: text/html", "<!doctype html><title>Sign in</title>", "a web page titled “Sign in”"),
        ("content-type: application/json", "{\"error\":{\"message\":\"no\"}}", "error mid-stream: no"),
        ("content-type: application/json", "{\"status\":\"ok\"}", "“{\"status\":\"ok\"}” instead of an answer"),
        ("content-type: application/json", "{\"choices\":[]}", "instead of an answer"),
        (
            "content-type: application/json",
            "{\"choices\":[{\"message\":{\"con",
            "cut off: the JSON answer is not whole",
        ),
        ("content-type: application/json", "", "an empty body"),
    ] {
        let heard = hear(response(200, &[label], body)).await;
        assert!(heard.error().to_string().contains(shown), "{body}: {}", heard.error());
    }
}

#[tokio::test]
async fn fault_35_gzip_is_read_and_a_bomb_is_not() {
    let labels = ["content-type: text/event-stream", "content-encoding: gzip"];
    let whole = include_bytes!("data/answer.sse.gz");
    assert_eq!(hear(response(200, &labels, whole)).await.text, "zipped 🦀");
    let cut = hear(response(200, &labels, &whole[..whole.len() - 20])).await;
    assert!(cut.end.is_err(), "{cut:?}");
    let bomb = hear(response(200, &labels, include_bytes!("data/one_long_line.gz"))).await;
    assert!(matches!(bomb.error(), ModelError::TooLargePiece { .. }), "{bomb:?}");
}

#[tokio::test]
async fn fault_35_a_zipped_stream_is_read_as_it_comes() {
    let labels = ["content-type: text/event-stream", "content-encoding: gzip"];
    let (go, gate) = signal();
    let first = response(200, &labels, include_bytes!("data/zipped_begin.gz"));
    let rest = include_bytes!("data/zipped_rest.gz").to_vec();
    let server = FakeServer::play(vec![vec![Act::Read, Act::Send(first), Act::WaitFor(gate), Act::Send(rest)]]);
    let mut stream = model(&server, Limits::default()).stream(request());
    assert_eq!(stream.next().await, Some(Ok(StreamEvent::Text("first".to_owned()))), "before the rest was sent");
    drop(go);
    assert_eq!(stream.next().await, Some(Ok(StreamEvent::Text(" rest".to_owned()))));
    assert!(matches!(stream.next().await, Some(Ok(StreamEvent::Finished { .. }))));
}

#[tokio::test]
async fn fault_36_redirects_are_not_followed() {
    for status in [301, 302, 307, 308] {
        let elsewhere = FakeServer::answering(vec![events(answer("stolen"))]);
        let location = format!("location: {}/v1/chat/completions", elsewhere.url());
        let server = FakeServer::answering(vec![response(status, &[&location], "")]);
        let key = Key::new("sk-canary", "K").unwrap();
        let heard = listen(&keyed(&server, key)).await;
        assert!(heard.error().to_string().contains("the server moved to http://127.0.0.1"), "{}", heard.error());
        assert!(heard.error().hint().contains("base_url"));
        assert_eq!(elsewhere.requests(), [""; 0]);
    }
}

#[test]
fn fault_37_no_proxy_stands_before_this_machine() {
    // Proxies are read from the environment, and a test must not change its own: the check runs in a child.
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_request_says_what_it_must_and_an_answer_arrives"])
        .envs([
            ("HTTP_PROXY", "http://127.0.0.1:9"),
            ("http_proxy", "http://127.0.0.1:9"),
            ("ALL_PROXY", "http://127.0.0.1:9"),
        ])
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && shown.contains("1 passed"), "{shown}");
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let (tell, closed) = signal();
    let server = FakeServer::play(vec![vec![Act::Read, Act::Send(events(text("half"))), Act::WaitForClose(tell)]]);
    let mut stream = model(&server, Limits::default()).stream(request());
    assert_eq!(stream.next().await, Some(Ok(StreamEvent::Text("half".to_owned()))));
    drop(stream);
    let told = tokio::task::spawn_blocking(move || closed.recv_timeout(Duration::from_secs(10))).await.unwrap();
    assert_eq!(told, Ok(()));
}

#[tokio::test]
async fn fault_47_a_key_is_sent_once_and_shown_nowhere() {
    const CANARY: &str = "sk-canary-7f3a91";
    let key = || Key::new(CANARY, "the environment variable MY_KEY").unwrap();
    let echo = format!("{{\"error\":{{\"type\":\"{CANARY}\",\"message\":\"Incorrect API key provided: {CANARY}\"}}}}");
    let mut shown = String::new();
    for bytes in [
        response(401, &[], &echo),
        response(403, &[], CANARY),
        response(400, &[], format!("<title>{CANARY}</title>")),
        response(307, &[&format!("location: http://example.org/{CANARY}")], ""),
        response(200, &["content-type: text/html"], format!("<title>{CANARY}</title>")),
        response(200, &["content-type: application/json"], &echo),
        events(&echo),
        events(format!("data: {echo}\n\n")),
        events(format!("data: {CANARY}\n\n")),
        events(format!("event: error\ndata: {CANARY}\n\n")),
        events(format!("data: {{\"choices\":[],\"error\":\"{CANARY}\"}}\n\n")),
        events(CANARY),
    ] {
        let server = FakeServer::answering(vec![bytes]);
        let model = keyed(&server, key()).with_limits(Limits { retries: 0, ..Limits::default() });
        let heard = listen(&model).await;
        let error = heard.error();
        writeln!(shown, "{error} {} {error:?} {model:?} {}", error.hint(), model.fingerprint()).unwrap();
        let sent = server.requests().remove(0);
        assert_eq!(sent.matches(CANARY).count(), 1, "{sent}");
        assert!(sent.contains(&format!("authorization: Bearer {CANARY}")), "{sent}");
    }
    assert!(!shown.contains("canary"), "{shown}");
    assert!(shown.contains("the key came from the environment variable MY_KEY"), "{shown}");
}

#[tokio::test]
async fn fault_47_a_key_is_in_no_byte_of_the_database() {
    const CANARY: &str = "sk-canary+7f3a91";
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let echo = format!("{{\"error\":{{\"type\":\"{CANARY}\",\"message\":\"Incorrect API key: {CANARY}\"}}}}");
    for bytes in [response(401, &[], &echo), events(format!("data: {echo}\n\n")), events(answer("x"))] {
        let server = FakeServer::answering(vec![bytes]);
        let key = Key::new(CANARY, "the environment variable MY_KEY").unwrap();
        let model: Arc<dyn Model> = Arc::new(keyed(&server, key));
        let (sender, mut receiver) = tokio::sync::mpsc::channel(8);
        let call = TrialCall::one(Arc::clone(&model), request().messages, Parameters::default());
        let trial = tokio::spawn(trial(call, sender));
        while receiver.recv().await.is_some() {}
        let done = trial.await.unwrap().unwrap();
        let record = TrialRecord {
            time: 1,
            origin: Origin::Run,
            arm: ArmRecord {
                prompt_path: "a.prompty".to_owned(),
                prompt_text: "hi".to_owned(),
                name: "A".to_owned(),
                strategy: serde_json::json!({ "name": "zero-shot" }),
                model: "m".to_owned(),
                fingerprint: model.fingerprint(),
                parameters: Parameters::default(),
            }
            .into(),
            case: Case::default().into(),
            split: None,
            messages: request().messages,
            answer: done.text,
            extracted: None,
            reasoning: done.reasoning,
            outcome: done.outcome,
            stop: done.stop,
            error: done.error.map(|error| (error.message, error.hint)),
            notes: done.notes,
            scores: None,
            usage: done.usage,
            first_token_ms: done.first_token_ms,
            total_ms: done.total_ms,
            seed: None,
            sample: 0,
            cost: None,
            calls: None,
        };
        store.record_trial(record).await.unwrap();
    }
    let written: Vec<u8> = std::fs::read_dir(folder.path())
        .unwrap()
        .flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap())
        .collect();
    let holds = |needle: &str| written.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(holds("Incorrect API key: [key]"), "the errors were recorded");
    // Plain, percent-encoded, and the middle of its base64 at each of the three alignments.
    for needle in [CANARY, "sk-canary%2B7f3a91", "stY2FuYXJ5KzdmM2E5", "LWNhbmFyeSs3ZjNhOT", "zay1jYW5hcnkrN2YzYTkx"] {
        assert!(!holds(needle), "{needle}");
    }
}
