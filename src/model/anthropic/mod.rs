//! The `anthropic` dialect: Messages over server-sent events, each with a type of its own.

mod body;
mod reader;

use serde_json::Value;

use super::dialect::{Call, KeyHeader, Protocol, Written};
use super::server::{Endpoint, Failure, Frame, Shape, failure};

/// See the module.
#[derive(Debug)]
pub(super) struct Messages;

impl Protocol for Messages {
    fn shape(&self) -> Shape {
        Shape { version: "/v1", always: true, ends: &["/messages", "/v1"] }
    }

    fn key_header(&self, _endpoint: &Endpoint) -> KeyHeader {
        KeyHeader { name: "x-api-key", prefix: "" }
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }

    fn knows(&self, kind: &str) -> bool {
        matches!(
            kind,
            "" | "message_start"
                | "content_block_start"
                | "content_block_delta"
                | "content_block_stop"
                | "message_delta"
                | "message_stop"
        )
    }

    fn write(&self, call: &Call<'_>) -> Written {
        body::write(call)
    }

    fn read_event(&self, kind: &str, event: &Value) -> Frame {
        reader::read_event(kind, event)
    }

    fn read_whole(&self, body: &Value) -> Option<Frame> {
        reader::read_whole(body)
    }

    fn read_error(&self, body: &Value) -> Option<Failure> {
        failure(body)
    }
}
