//! The `responses` dialect: `OpenAI`'s Responses over server-sent events, each with a type of its own.

mod body;
mod reader;

use serde_json::Value;

use super::dialect::{Call, KeyHeader, Protocol, Written};
use super::openai;
use super::server::{Endpoint, Failure, Frame, Shape};

/// See the module.
#[derive(Debug)]
pub(super) struct Responses;

impl Protocol for Responses {
    fn shape(&self) -> Shape {
        Shape { version: "/v1", always: false, ends: &["/responses", "/chat/completions"] }
    }

    fn key_header(&self, endpoint: &Endpoint) -> KeyHeader {
        openai::key_header(endpoint)
    }

    fn knows(&self, kind: &str) -> bool {
        matches!(kind, "" | "message") || kind.starts_with("response.")
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
        reader::read_error(body)
    }
}
