//! The one decoder of streams: server-sent events or newline-delimited JSON, chosen by what a server sends.

use crate::model::lines::FrameError;
use crate::model::ndjson::NdjsonDecoder;
use crate::model::sse::{ServerEvent, SseDecoder};

/// How a dialect cuts its stream into events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Framing {
    /// Server-sent events.
    Events,
    /// One JSON document a line.
    Lines,
}

/// What a body turns out to be.
#[derive(Debug)]
pub(super) enum Body {
    /// A stream of events.
    Stream(Decoder),
    /// One document, or a page: read as a whole before it is understood.
    Whole,
}

/// A decoder of either kind.
#[derive(Debug)]
pub(super) enum Decoder {
    Events(Box<SseDecoder>),
    Lines(Box<NdjsonDecoder>),
}

impl Framing {
    /// What a body labelled `content_type` is, where the label settles it.
    pub(super) fn by_label(content_type: &str) -> Option<Body> {
        let label = content_type.to_ascii_lowercase();
        let label = label.split(';').next().unwrap_or_default().trim();
        match label {
            "text/event-stream" => Some(Body::Stream(Decoder::Events(Box::default()))),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => {
                Some(Body::Stream(Decoder::Lines(Box::default())))
            }
            _ => None,
        }
    }

    /// What a body that begins with `bytes` is; `None` as long as they do not tell.
    pub(super) fn by_beginning(self, bytes: &[u8]) -> Option<Body> {
        let bytes = match bytes {
            // A byte order mark, or the beginning of one.
            [] | [0xEF] | [0xEF, 0xBB] => return None,
            [0xEF, 0xBB, 0xBF, rest @ ..] => rest,
            bytes => bytes,
        };
        let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace())?;
        Some(match (first, self) {
            (b'{', Self::Lines) => Body::Stream(Decoder::Lines(Box::default())),
            (b'{' | b'[' | b'<', _) => Body::Whole,
            _ => Body::Stream(Decoder::Events(Box::default())),
        })
    }
}

impl Decoder {
    /// Takes one read, cut anywhere.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        match self {
            Self::Events(decoder) => decoder.push(bytes),
            Self::Lines(decoder) => decoder.push(bytes),
        }
    }

    /// Delivers what the end of the stream left unfinished.
    pub(super) fn finish(&mut self) -> Result<(), FrameError> {
        match self {
            Self::Events(decoder) => decoder.finish(),
            Self::Lines(decoder) => decoder.finish(),
        }
    }

    /// The next whole event, if there is one.
    pub(super) fn next_event(&mut self) -> Option<ServerEvent> {
        match self {
            Self::Events(decoder) => decoder.next_event(),
            Self::Lines(decoder) => decoder.next_event(),
        }
    }

    /// Bytes seen so far.
    pub(super) fn position(&self) -> u64 {
        match self {
            Self::Events(decoder) => decoder.position(),
            Self::Lines(decoder) => decoder.position(),
        }
    }

    /// The beginning of whatever arrived that was no event.
    pub(super) fn stray(&self) -> String {
        match self {
            Self::Events(decoder) => decoder.stray(),
            Self::Lines(decoder) => decoder.stray(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(body: Option<&Body>) -> &'static str {
        match body {
            None => "open",
            Some(Body::Whole) => "whole",
            Some(Body::Stream(Decoder::Events(_))) => "events",
            Some(Body::Stream(Decoder::Lines(_))) => "lines",
        }
    }

    #[test]
    fn labels_and_first_bytes_decide() {
        for (label, expected) in [
            ("text/event-stream", "events"),
            ("Text/Event-Stream; charset=utf-8", "events"),
            ("application/x-ndjson", "lines"),
            ("application/json", "open"),
            ("text/html", "open"),
            ("", "open"),
        ] {
            assert_eq!(kind(Framing::by_label(label).as_ref()), expected, "{label}");
        }
        for (bytes, events, lines) in [
            (b"".as_slice(), "open", "open"),
            (b"\n \r\n", "open", "open"),
            (b"\xEF\xBB", "open", "open"),
            (b"\xEF\xBB\xBF", "open", "open"),
            (b"\xEF\xBB\xBFdata: x", "events", "events"),
            (b"\n{", "whole", "lines"),
            (b"[{", "whole", "whole"),
            (b"<!doctype", "whole", "whole"),
            (b": ping", "events", "events"),
            (b"upstream", "events", "events"),
        ] {
            assert_eq!(kind(Framing::Events.by_beginning(bytes).as_ref()), events, "{bytes:?}");
            assert_eq!(kind(Framing::Lines.by_beginning(bytes).as_ref()), lines, "{bytes:?}");
        }
    }
}
