//! What a server refuses is left out from then on, and said: a lesson for one model at one place, for the session.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail by panicking")]

mod support;

use fourfold::model::{Dialect, Parameters, Request, ServerModel, Servers};
use fourfold::prompt::{Message, Role};
use support::fake_server::{FakeServer, events, lines, response};
use support::heard::{Heard, listen_to};

const WHOLE: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn whole() -> Vec<u8> {
    events(WHOLE)
}

fn refusal(status: u16, message: &str) -> Vec<u8> {
    response(status, &[], serde_json::json!({ "error": { "message": message } }).to_string())
}

fn model(server: &FakeServer, name: &str, servers: &Servers) -> ServerModel {
    ServerModel::new(Dialect::ChatCompletions, &server.url(), name, None, servers).unwrap()
}

fn request(parameters: Parameters) -> Request {
    let messages = [(Role::System, "be brief"), (Role::User, "one"), (Role::User, "two")];
    Request { messages: messages.into_iter().map(|(role, text)| Message::new(role, text)).collect(), parameters }
}

fn sampling() -> Parameters {
    Parameters { temperature: Some(0.0), seed: Some(7), max_tokens: Some(5), ..Parameters::default() }
}

async fn ask(model: &ServerModel) -> Heard {
    listen_to(model, request(sampling())).await
}

const NO_TEMPERATURE: &str =
    "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.";

#[tokio::test]
async fn a_refused_temperature_is_left_out_once_for_all_and_said_every_time() {
    let server = FakeServer::answering(vec![refusal(400, NO_TEMPERATURE), whole(), whole(), whole()]);
    let servers = Servers::default();
    let first = model(&server, "m", &servers);
    for _ in 0..2 {
        let heard = ask(&first).await;
        assert_eq!((heard.text.as_str(), heard.notes().as_str()), ("x", "temperature left out: this model refuses it"));
    }
    let sent = server.requests();
    assert!(sent[0].contains("temperature") && sent[0].contains("seed"));
    assert!(sent[1..].iter().all(|sent| !sent.contains("temperature") && sent.contains("\"seed\":7")));
    // Known to every arm with this model, and to no other model.
    assert!(!ask(&model(&server, "m", &servers)).await.notes().is_empty());
    let other = FakeServer::answering(vec![whole()]);
    assert_eq!(ask(&model(&other, "n", &servers)).await.notes(), "");
    assert!(other.requests()[0].contains("temperature"));
}

#[tokio::test]
async fn several_refusals_in_turn_are_met_each_once() {
    let server = FakeServer::answering(vec![
        refusal(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        ),
        refusal(400, NO_TEMPERATURE),
        refusal(400, "Unknown parameter: 'seed'."),
        whole(),
    ]);
    let heard = ask(&model(&server, "m", &Servers::default())).await;
    assert_eq!(heard.text, "x");
    assert!(heard.notes().contains("max tokens was sent as max_completion_tokens"), "{heard:?}");
    let last = server.requests().pop().unwrap();
    assert!(last.contains("\"max_completion_tokens\":5"), "{last}");
    assert!(
        !last.contains("\"temperature\"") && !last.contains("\"seed\"") && !last.contains("\"max_tokens\""),
        "{last}"
    );
}

#[tokio::test]
async fn the_same_refusal_twice_is_an_error() {
    let server = FakeServer::answering(vec![refusal(400, NO_TEMPERATURE), refusal(400, NO_TEMPERATURE), whole()]);
    let heard = ask(&model(&server, "m", &Servers::default())).await;
    assert!(heard.error().to_string().contains("does not support 0"), "{heard:?}");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_value_out_of_range_is_an_error_at_once() {
    let server = FakeServer::answering(vec![refusal(400, "Invalid 'temperature': expected a value <= 2"), whole()]);
    let heard = ask(&model(&server, "m", &Servers::default())).await;
    assert!(heard.end.is_err(), "{heard:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_template_without_a_system_role_gets_its_text_in_the_first_user_message() {
    let server = FakeServer::answering(vec![refusal(400, "System role not supported"), whole()]);
    let heard = ask(&model(&server, "m", &Servers::default())).await;
    assert!(heard.notes().contains("no system role"), "{heard:?}");
    let sent = server.requests().pop().unwrap();
    assert!(
        sent.contains("{\"role\":\"user\",\"content\":\"be brief\\n\\none\"}") && !sent.contains("\"system\""),
        "{sent}"
    );
}

#[tokio::test]
async fn strict_alternation_is_met_even_where_a_template_raises_it_as_500() {
    let raised = "Error: Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/...";
    let server = FakeServer::answering(vec![refusal(500, raised), whole()]);
    let heard = ask(&model(&server, "m", &Servers::default())).await;
    assert!(heard.notes().contains("wants user and assistant in turn"), "{heard:?}");
    let sent = server.requests().pop().unwrap();
    assert!(sent.contains("{\"role\":\"user\",\"content\":\"one\\n\\ntwo\"}"), "{sent}");
    // A template that has no system role either raises the same words again.
    let server = FakeServer::answering(vec![refusal(500, raised), refusal(500, raised), whole()]);
    let heard = ask(&model(&server, "m", &Servers::default())).await;
    assert_eq!(heard.text, "x", "{heard:?}");
    let sent = server.requests().pop().unwrap();
    assert!(sent.contains("[{\"role\":\"user\",\"content\":\"be brief\\n\\none\\n\\ntwo\"}]"), "{sent}");
}

#[tokio::test]
async fn a_system_message_before_roles_that_alternate_is_what_a_template_means() {
    let raised = "Conversation roles must alternate user/assistant/user/assistant/...";
    let server = FakeServer::answering(vec![refusal(500, raised), whole()]);
    let messages = vec![Message::new(Role::System, "be brief"), Message::new(Role::User, "one")];
    let request = Request { messages, parameters: sampling() };
    let heard = listen_to(&model(&server, "m", &Servers::default()), request).await;
    assert_eq!(heard.text, "x", "{heard:?}");
    assert!(heard.notes().contains("no system role"), "{heard:?}");
    assert!(server.requests()[1].contains("{\"role\":\"user\",\"content\":\"be brief\\n\\none\"}"));
}

#[tokio::test]
async fn a_model_that_may_not_stream_answers_in_one_piece() {
    let refused = serde_json::json!({ "error": { "message": "Your organization must be verified to stream this model.",
        "param": "stream", "code": "unsupported_value" } });
    let answer = serde_json::json!({ "choices": [{ "message": { "content": "x" }, "finish_reason": "stop" }] });
    let whole = || response(200, &["Content-Type: application/json"], answer.to_string());
    let server = FakeServer::answering(vec![response(400, &[], refused.to_string()), whole(), whole()]);
    let model = model(&server, "m", &Servers::default());
    let heard = ask(&model).await;
    assert_eq!(heard.text, "x", "{heard:?}");
    assert!(heard.notes().contains("answers come in one piece"), "{heard:?}");
    assert_eq!(ask(&model).await.text, "x");
    let sent = server.requests();
    assert!(sent[0].contains("\"stream\":true") && sent[1..].iter().all(|sent| !sent.contains("\"stream")), "{sent:?}");
}

#[tokio::test]
async fn every_dialect_learns() {
    let anthropic = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n\
                     event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let gemini = "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n";
    let responses = "data: {\"type\":\"response.completed\",\"response\":{}}\n\n";
    let ollama = "{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n";
    for (dialect, message, good) in [
        (Dialect::Anthropic, "`temperature` is deprecated for this model.", events(anthropic)),
        (Dialect::Gemini, "Unknown name \"temperature\" at 'generation_config': Cannot find field.", events(gemini)),
        (
            Dialect::Responses,
            "Unsupported parameter: 'temperature' is not supported with this model.",
            events(responses),
        ),
        (Dialect::Ollama, "option temperature is not supported", lines(ollama)),
    ] {
        let server = FakeServer::answering(vec![refusal(400, message), good]);
        let model = ServerModel::new(dialect, &server.url(), "m", None, &Servers::default()).unwrap();
        let heard = ask(&model).await;
        assert!(heard.end.is_ok(), "{dialect:?}: {heard:?}");
        assert!(heard.notes().contains("temperature left out: this model refuses it"), "{dialect:?}: {heard:?}");
        assert!(!server.requests()[1].contains("temperature"), "{dialect:?}");
    }
}
