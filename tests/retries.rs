//! What is sent again, when, and what never is: cases 21 to 29 of the project's list of faults, and the deadlines.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail by panicking")]

mod support;

use std::time::{Duration, Instant};

use fourfold::model::{Dialect, Key, Limits, Model, ModelError, ServerModel, Servers, StreamEvent};
use futures_util::StreamExt;
use futures_util::future::join_all;
use support::fake_server::{Act, FakeServer, events, response, signal};
use support::heard::{listen, model_of, request};

const HALF: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n";
const WHOLE: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn model(server: &FakeServer, limits: Limits) -> ServerModel {
    model_of(Dialect::ChatCompletions, server, limits)
}

/// A model that shares gates with every other made from `servers`.
fn shared(server: &FakeServer, name: &str, key: &str, servers: &Servers) -> ServerModel {
    let key = Key::new(key, "K").unwrap();
    ServerModel::new(Dialect::ChatCompletions, &server.url(), name, Some(key), servers).unwrap()
}

fn limited(seconds: &str) -> Vec<u8> {
    response(429, &[&format!("retry-after: {seconds}")], "{\"error\":{\"message\":\"slow down\"}}")
}

#[tokio::test]
async fn case_21_the_wait_is_told_before_it_begins() {
    let server = FakeServer::answering(vec![limited("1"), events(WHOLE)]);
    let model = model(&server, Limits::default());
    let start = Instant::now();
    let mut stream = model.stream(request());
    let first = stream.next().await.unwrap().unwrap();
    let StreamEvent::Noted(note) = first else { panic!("{first:?}") };
    assert!(note.starts_with("429: sent again after 1.") && note.ends_with("(attempt 2 of 3)"), "{note}");
    let mut waits = Vec::new();
    let text = loop {
        match stream.next().await.unwrap().unwrap() {
            StreamEvent::Waiting { seconds } => waits.push(seconds),
            other => break other,
        }
    };
    assert_eq!(text, StreamEvent::Text("x".to_owned()));
    // Rounded up, and counted down while it lasts.
    assert!(waits[0] > 0 && waits.last() == Some(&0) && waits.is_sorted_by(|one, next| one >= next), "{waits:?}");
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn case_21_when_one_is_told_to_wait_the_others_with_its_key_wait_too() {
    let ((go, gate), (tell, told)) = (signal(), signal());
    // The first is refused; who comes while the gate is closed goes only after the first has got through.
    let slow_down = response(429, &["retry-after-ms: 800"], "");
    let mut connections = vec![vec![Act::Read, Act::Send(slow_down)]];
    connections.push(vec![Act::Read, Act::Tell(tell), Act::WaitFor(gate), Act::Send(events(WHOLE))]);
    connections.extend((0..4).map(|_| vec![Act::Read, Act::Send(events(WHOLE))]));
    let server = FakeServer::play(connections);
    let servers = Servers::default();
    let first = shared(&server, "a", "k", &servers);
    let mut refused = first.stream(request());
    assert!(matches!(refused.next().await, Some(Ok(StreamEvent::Noted(_)))));
    let others: Vec<_> = ["a", "b", "c"].map(|name| shared(&server, name, "k", &servers)).into_iter().collect();
    let others: Vec<_> = others.into_iter().map(|model| tokio::spawn(async move { listen(&model).await })).collect();
    let same = tokio::spawn(async move { refused.collect::<Vec<_>>().await.len() });
    tokio::task::spawn_blocking(move || told.recv()).await.unwrap().unwrap();
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.requests().len(), 2, "one goes first, the others wait for it");
    drop(go);
    for heard in join_all(others).await {
        let heard = heard.unwrap();
        assert_eq!(heard.text, "x");
        assert!(heard.notes().contains("waiting: the provider asked another call"), "{heard:?}");
    }
    assert!(same.await.unwrap() >= 2);
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn case_21_another_key_does_not_wait() {
    let server = FakeServer::answering(vec![limited("60"), events(WHOLE)]);
    let servers = Servers::default();
    let mut refused = shared(&server, "m", "one", &servers).stream(request());
    assert!(matches!(refused.next().await, Some(Ok(StreamEvent::Noted(_)))));
    let heard = listen(&shared(&server, "m", "two", &servers)).await;
    assert_eq!((heard.text.as_str(), heard.notes().as_str()), ("x", ""));
}

#[tokio::test]
async fn case_22_dates_are_read_and_nonsense_is_not() {
    let now = "date: Tue, 24 Nov 2026 10:00:00 GMT";
    for (after, sends) in [
        ("retry-after: Tue, 24 Nov 2026 09:00:00 GMT", 2),
        ("retry-after: Tue, 24 Nov 2026 10:00:00 GMT", 2),
        ("retry-after: Tue, 24 Nov 2026 11:00:00 GMT", 1),
        ("retry-after: 1000000000", 1),
        ("retry-after: -1", 2),
        ("retry-after: 1e9", 2),
        ("retry-after: \u{b2}", 2),
    ] {
        let server = FakeServer::answering(vec![response(503, &[now, after], ""), events(WHOLE)]);
        let heard = listen(&model(&server, Limits::default())).await;
        assert_eq!(server.requests().len(), sends, "{after}");
        assert_eq!(heard.end.is_ok(), sends == 2, "{after}");
    }
}

#[tokio::test]
async fn case_22_a_wait_in_the_body_counts() {
    let body = "{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"slow\",\"details\":[{\"retryDelay\":\"0.2s\"}]}}";
    let whole = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"x\"}]},\"finishReason\":\"STOP\"}]}\n\n";
    let server = FakeServer::answering(vec![response(429, &[], body), events(whole)]);
    let heard = listen(&model_of(Dialect::Gemini, &server, Limits::default())).await;
    assert_eq!(heard.text, "x");
    assert!(heard.notes().starts_with("429: sent again after 1."), "rounded up: {heard:?}");
}

#[tokio::test]
async fn case_23_an_empty_purse_stops_everyone_with_its_key_until_someone_asks_again() {
    let pay = "{\"error\":{\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\",\"message\":\"pay\"}}";
    let server = FakeServer::answering(vec![response(429, &["retry-after-ms: 0"], pay), events(WHOLE), events(WHOLE)]);
    let servers = Servers::default();
    let first = listen(&shared(&server, "m", "k", &servers)).await;
    assert!(matches!(first.error(), ModelError::Quota { .. }), "{first:?}");
    for name in ["m", "n"] {
        assert_eq!(listen(&shared(&server, name, "k", &servers)).await.error(), first.error(), "one message");
    }
    assert_eq!(server.requests().len(), 1, "nothing more was sent");
    assert_eq!(listen(&shared(&server, "m", "other", &servers)).await.text, "x");
    servers.resume();
    assert_eq!(listen(&shared(&server, "m", "k", &servers)).await.text, "x");
}

#[tokio::test]
async fn case_23_every_dialect_says_it_in_its_own_way() {
    for (dialect, status, body) in [
        (Dialect::ChatCompletions, 402, "{\"error\":{\"message\":\"Insufficient credits\"}}"),
        (
            Dialect::Anthropic,
            400,
            "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Your credit balance is too low\"}}",
        ),
        (
            Dialect::Gemini,
            429,
            "{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\",\"message\":\"quota\",\"details\":[{\"violations\":[{\"quotaId\":\"RequestsPerDay\"}]},{\"retryDelay\":\"9s\"}]}}",
        ),
    ] {
        let server = FakeServer::answering(vec![response(status, &[], body), events(WHOLE)]);
        let heard = listen(&model_of(dialect, &server, Limits::default())).await;
        assert!(matches!(heard.error(), ModelError::Quota { .. }), "{dialect:?}: {heard:?}");
        assert_eq!(server.requests().len(), 1);
    }
    // In an answer's place, under 200.
    let frame = "data: {\"type\":\"error\",\"code\":\"insufficient_quota\",\"message\":\"pay\"}\n\n";
    let server = FakeServer::answering(vec![events(frame), events(WHOLE)]);
    let heard = listen(&model_of(Dialect::Responses, &server, Limits::default())).await;
    assert!(matches!(heard.error(), ModelError::Quota { .. }), "{heard:?}");
}

#[tokio::test]
async fn cases_24_to_26_retries_0_sends_once() {
    for status in [408, 409, 429, 500, 503, 529] {
        let server = FakeServer::answering(vec![response(status, &["retry-after-ms: 0"], ""), events(WHOLE)]);
        let heard = listen(&model(&server, Limits { retries: 0, ..Limits::default() })).await;
        assert!(matches!(heard.error(), ModelError::Status { .. }), "{status}: {heard:?}");
        assert_eq!((server.requests().len(), heard.notes().as_str()), (1, ""), "{status}");
    }
    for acts in [vec![Act::Ignore], vec![Act::ReadAllButOne, Act::Send(events(""))]] {
        let server = FakeServer::play(vec![acts, vec![Act::Read, Act::Send(events(WHOLE))]]);
        let heard = listen(&model(&server, Limits { retries: 0, ..Limits::default() })).await;
        assert!(heard.end.is_err(), "{heard:?}");
    }
}

#[tokio::test]
async fn case_11_an_error_in_an_answers_place_is_sent_again_if_it_may_pass() {
    for (dialect, frame, passes) in [
        (
            Dialect::Anthropic,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            true,
        ),
        (
            Dialect::Anthropic,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no\"}}\n\n",
            false,
        ),
        (
            Dialect::ChatCompletions,
            "data: {\"choices\":[],\"error\":{\"code\":502,\"message\":\"upstream\"}}\n\n",
            true,
        ),
        (Dialect::ChatCompletions, "data: {\"error\":{\"code\":400,\"message\":\"no\"}}\n\n", false),
    ] {
        let again = if dialect == Dialect::Anthropic {
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}\n\n\
             event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n\
             event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
        } else {
            WHOLE
        };
        let server = FakeServer::answering(vec![events(frame), events(again)]);
        let heard = listen(&model_of(dialect, &server, Limits::default())).await;
        assert_eq!(heard.end.is_ok(), passes, "{frame}: {heard:?}");
        assert_eq!(server.requests().len(), if passes { 2 } else { 1 }, "{frame}");
    }
}

#[tokio::test]
async fn case_29_nothing_is_sent_again_once_text_has_arrived() {
    for tail in [
        String::new(),
        "data: {\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n".to_owned(),
        "data: [DONE]\n\n".to_owned(),
    ] {
        let server = FakeServer::answering(vec![events(HALF.to_owned() + &tail), events(WHOLE)]);
        let heard = listen(&model(&server, Limits::default())).await;
        assert_eq!(heard.text, "half");
        assert!(heard.end.is_err(), "{tail}: {heard:?}");
        assert_eq!(server.requests().len(), 1, "{tail}");
    }
}

#[tokio::test]
async fn case_28_a_reset_before_the_first_byte_is_sent_again() {
    // Headers have come, an answer has not: nothing could be glued. The connection ends inside a chunk.
    let head = response(200, &["content-type: text/event-stream", "transfer-encoding: chunked"], "ff\r\n: ping\n\n");
    let acts = vec![Act::Read, Act::Send(head)];
    let server = FakeServer::play(vec![acts, vec![Act::Read, Act::Send(events(WHOLE))]]);
    let heard = listen(&model(&server, Limits::default())).await;
    assert_eq!(heard.text, "x", "{heard:?}");
    assert!(heard.notes().contains("the connection broke") && heard.notes().contains("sent again"), "{heard:?}");
}

#[tokio::test]
async fn a_server_that_is_still_loading_its_model_is_waited_for() {
    let loading = || {
        response(503, &[], "{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}")
    };
    let server = FakeServer::answering(vec![loading(), events(WHOLE)]);
    let heard = listen(&model(&server, Limits::default())).await;
    assert_eq!((heard.text.as_str(), heard.notes().as_str()), ("x", "the server was still loading the model"));
    // No longer than headers may take, and not at all where nothing is to be sent again.
    for limits in [
        Limits { headers: Duration::from_secs(1), retries: 1, ..Limits::default() },
        Limits { retries: 0, ..Limits::default() },
    ] {
        let server = FakeServer::answering((0..9).map(|_| loading()).collect());
        let heard = listen(&model(&server, limits)).await;
        assert!(matches!(heard.error(), ModelError::Status { status: 503, .. }), "{heard:?}");
    }
}

#[tokio::test]
async fn a_call_may_have_a_limit_as_a_whole() {
    let limits = Limits { overall: Some(Duration::from_millis(80)), ..Limits::default() };
    // Alive all the time, and never done.
    let acts = vec![Act::Read, Act::Send(events(HALF)), Act::SendUntilClosed(b": ping\n\n".to_vec())];
    let heard = listen(&model(&FakeServer::play(vec![acts]), limits)).await;
    assert_eq!((heard.text.as_str(), heard.error()), ("half", &ModelError::Overdue { seconds: 0 }));
    // A wait between attempts counts.
    let server = FakeServer::answering(vec![limited("30"), events(WHOLE)]);
    assert!(matches!(listen(&model(&server, limits)).await.error(), ModelError::Overdue { .. }));
}
