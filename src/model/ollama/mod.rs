//! The `ollama` dialect: Ollama's own chat, one JSON document a line.

mod body;
mod reader;

use serde_json::Value;

use super::dialect::{Call, KeyHeader, Protocol, Written};
use super::server::{Endpoint, Failure, Frame, Framing, Shape, failure};

/// See the module.
#[derive(Debug)]
pub(super) struct Chat;

impl Protocol for Chat {
    fn shape(&self) -> Shape {
        // People know Ollama by the address of its other dialect as well.
        Shape { version: "/api", always: true, ends: &["/chat", "/api", "/v1"] }
    }

    fn key_header(&self, _endpoint: &Endpoint) -> KeyHeader {
        KeyHeader { name: "authorization", prefix: "Bearer " }
    }

    fn framing(&self) -> Framing {
        Framing::Lines
    }

    fn write(&self, call: &Call<'_>) -> Written {
        body::write(call)
    }

    fn read_event(&self, _kind: &str, event: &Value) -> Frame {
        reader::read_frame(event)
    }

    fn read_whole(&self, body: &Value) -> Option<Frame> {
        body.get("message")?;
        Some(Frame { end: false, ..reader::read_frame(body) })
    }

    fn read_error(&self, body: &Value) -> Option<Failure> {
        failure(body)
    }
}
