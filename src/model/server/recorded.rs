//! A response as bytes, read the way a call reads it, for tests and for the fuzzers. No network here.

use super::answer::{Answer, Reader};
use super::decoder::{Body, Decoder};
use super::failure::{Fault, in_body, unexpected};
use super::refusal::lessons;
use super::retry::after_status;
use super::{Capabilities, Framing};
use crate::model::{Dialect, ModelError, Request, StreamEvent};

/// The longest answer that is read here, in bytes.
const TEXT_LIMIT: usize = 1 << 20;

/// What came out: neighbouring texts as one, since where they are cut is no one's concern.
#[derive(Debug, Default, PartialEq)]
pub struct Heard {
    /// What was handed on, in order.
    pub events: Vec<StreamEvent>,
    /// What ended it, if it failed.
    pub error: Option<ModelError>,
}

impl Heard {
    fn take(&mut self, answer: &mut Answer) {
        while let Some(event) = answer.pop() {
            match (self.events.last_mut(), event) {
                (Some(StreamEvent::Text(so_far)), StreamEvent::Text(more))
                | (Some(StreamEvent::Reasoning(so_far)), StreamEvent::Reasoning(more)) => so_far.push_str(&more),
                (_, event) => self.events.push(event),
            }
        }
        self.error = self.error.take().or(answer.take_fault().map(|fault| fault.error));
    }

    /// Whether the answer counts as whole.
    pub fn finished(&self) -> bool {
        self.events.iter().any(|event| matches!(event, StreamEvent::Finished { .. }))
    }
}

/// Reads a stream that arrives in these reads, under the label of `dialect`'s streams.
pub fn read_stream(dialect: Dialect, reads: &[&[u8]]) -> Heard {
    let decoder = match dialect.protocol().framing() {
        Framing::Events => Decoder::Events(Box::default()),
        Framing::Lines => Decoder::Lines(Box::default()),
    };
    read(dialect, decoder, reads)
}

/// Reads a body without a label, all of it at once: a stream or one document, as its beginning says.
pub fn read_body(dialect: Dialect, body: &[u8]) -> Heard {
    let reader = reader(dialect);
    let (mut answer, mut heard) = (Answer::default(), Heard::default());
    match dialect.protocol().framing().by_beginning(body) {
        Some(Body::Stream(decoder)) => return read(dialect, decoder, &[body]),
        Some(Body::Whole) => {
            if let Err(fault) = answer.take_whole(body, reader) {
                answer.fail(fault);
            }
        }
        None => answer.fail(unexpected("", reader.endpoint, None)),
    }
    heard.take(&mut answer);
    heard
}

/// Reads the body of a response that is no success: what failed, whether it may pass, what the model refuses.
pub fn read_refusal(dialect: Dialect, status: u16, body: &str, request: &Request) -> ModelError {
    let code = reqwest::StatusCode::from_u16(status).unwrap_or(reqwest::StatusCode::BAD_REQUEST);
    let failure = in_body(code, body, |value| dialect.protocol().read_error(value));
    let _ = after_status(status, &reqwest::header::HeaderMap::new(), &failure);
    let known = Capabilities::default();
    let learned = known.with(&lessons(status, body, request, &known));
    let _ = learned.fit(request);
    Fault::of_provider(&failure, "here", None).error
}

fn reader(dialect: Dialect) -> Reader<'static> {
    Reader { protocol: dialect.protocol(), endpoint: "here", key: None, text_limit: TEXT_LIMIT }
}

fn read(dialect: Dialect, mut decoder: Decoder, reads: &[&[u8]]) -> Heard {
    let reader = reader(dialect);
    let (mut answer, mut heard) = (Answer::default(), Heard::default());
    for read in reads {
        let pushed = decoder.push(read);
        while let Some(event) = decoder.next_event() {
            answer.take_event(&event, reader);
            heard.take(&mut answer);
        }
        if let Err(error) = pushed {
            answer.fail(ModelError::TooLargePiece { limit: error.to_string() });
        }
        if answer.is_over() {
            break;
        }
    }
    if !answer.is_over() {
        let finished = decoder.finish();
        while let Some(event) = decoder.next_event() {
            answer.take_event(&event, reader);
        }
        match finished {
            Ok(()) => answer.end(&decoder, reader),
            Err(error) => answer.fail(ModelError::TooLargePiece { limit: error.to_string() }),
        }
    }
    heard.take(&mut answer);
    heard
}
