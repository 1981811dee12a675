//! The `openai` dialect: chat completions over server-sent events, from any server that speaks it.

mod body;
mod reader;
mod schema;

use serde_json::Value;

pub(super) use self::schema::named as named_schema;
use super::dialect::{Call, KeyHeader, Protocol, Written};
use super::server::{Endpoint, Failure, Frame, Shape, failure};

/// See the module.
#[derive(Debug)]
pub(super) struct ChatCompletions;

/// How `OpenAI` and its like take a key, and how Azure does.
pub(super) fn key_header(endpoint: &Endpoint) -> KeyHeader {
    if endpoint.is_azure() {
        KeyHeader { name: "api-key", prefix: "" }
    } else {
        KeyHeader { name: "authorization", prefix: "Bearer " }
    }
}

impl Protocol for ChatCompletions {
    fn shape(&self) -> Shape {
        Shape { version: "/v1", always: false, ends: &["/chat/completions"] }
    }

    fn key_header(&self, endpoint: &Endpoint) -> KeyHeader {
        key_header(endpoint)
    }

    fn write(&self, call: &Call<'_>) -> Written {
        body::write(call)
    }

    fn read_event(&self, _kind: &str, event: &Value) -> Frame {
        reader::read_frame(event)
    }

    fn read_whole(&self, body: &Value) -> Option<Frame> {
        let answered = body.get("choices").and_then(Value::as_array).is_some_and(|choices| !choices.is_empty());
        answered.then(|| reader::read_frame(body))
    }

    fn read_error(&self, body: &Value) -> Option<Failure> {
        failure(body)
    }
}
