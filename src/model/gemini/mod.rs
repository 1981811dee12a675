//! The `gemini` dialect: `streamGenerateContent` over server-sent events without types and without a mark of the end.

mod body;
mod reader;

use serde_json::Value;

use super::dialect::{Call, KeyHeader, Protocol, Written};
use super::server::{Endpoint, Failure, Frame, Shape};

/// See the module.
#[derive(Debug)]
pub(super) struct GenerateContent;

impl Protocol for GenerateContent {
    fn shape(&self) -> Shape {
        Shape { version: "/v1beta", always: false, ends: &[] }
    }

    fn key_header(&self, _endpoint: &Endpoint) -> KeyHeader {
        KeyHeader { name: "x-goog-api-key", prefix: "" }
    }

    fn has_terminator(&self) -> bool {
        false
    }

    fn write(&self, call: &Call<'_>) -> Written {
        body::write(call)
    }

    fn read_event(&self, _kind: &str, event: &Value) -> Frame {
        reader::read_frame(event)
    }

    fn read_whole(&self, body: &Value) -> Option<Frame> {
        reader::read_whole(body)
    }

    fn read_error(&self, body: &Value) -> Option<Failure> {
        reader::read_error(body)
    }
}
