//! Newline-delimited JSON from bytes, decoded linearly and with caps: one event a line.
//!
//! Two deliberate tolerances: the first document may be spread over several lines (error bodies often are), and lines
//! before it that are no JSON at all are kept, shortened, for the error message.

use std::collections::VecDeque;

use super::lines::{FrameError, LINE_LIMIT, LineSplitter};
use super::sse::{EVENT_LIMIT, STRAY_LIMIT, ServerEvent};

/// The decoder. Feed it reads with [`NdjsonDecoder::push`], take events with [`NdjsonDecoder::next_event`].
#[derive(Clone, Debug)]
pub struct NdjsonDecoder {
    lines: LineSplitter,
    state: State,
}

#[derive(Clone, Debug)]
struct State {
    event_limit: usize,
    pending: Vec<u8>,
    nesting: Nesting,
    begun: bool,
    ready: VecDeque<ServerEvent>,
    stray: Vec<u8>,
}

impl Default for NdjsonDecoder {
    fn default() -> Self {
        Self::with_limits(LINE_LIMIT, EVENT_LIMIT)
    }
}

impl NdjsonDecoder {
    /// A decoder that refuses longer lines and larger documents than these.
    pub fn with_limits(line_limit: usize, event_limit: usize) -> Self {
        let state = State {
            event_limit,
            pending: Vec::new(),
            nesting: Nesting::default(),
            begun: false,
            ready: VecDeque::new(),
            stray: Vec::new(),
        };
        Self { lines: LineSplitter::with_limit(line_limit), state }
    }

    /// Takes one read, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        let Self { lines, state } = self;
        lines.push(bytes, |line, at| state.take_line(line, at))
    }

    /// Delivers what the end of the stream left unfinished.
    pub fn finish(&mut self) -> Result<(), FrameError> {
        let Self { lines, state } = self;
        let at = lines.position();
        lines.finish(|line, at| state.take_line(line, at))?;
        state.dispatch(at);
        Ok(())
    }

    /// The next whole event, if there is one.
    pub fn next_event(&mut self) -> Option<ServerEvent> {
        self.state.ready.pop_front()
    }

    /// Bytes seen so far.
    pub fn position(&self) -> u64 {
        self.lines.position()
    }

    /// The beginning of whatever arrived that was no JSON.
    pub fn stray(&self) -> String {
        String::from_utf8_lossy(&self.state.stray).into_owned()
    }
}

impl State {
    fn take_line(&mut self, line: &[u8], at: u64) -> Result<(), FrameError> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        if !self.begun && self.pending.is_empty() && !matches!(line.first(), Some(b'{' | b'[')) {
            let room = STRAY_LIMIT.saturating_sub(self.stray.len());
            self.stray.extend_from_slice(line.get(..room.min(line.len())).unwrap_or_default());
            if room > line.len() {
                self.stray.push(b'\n');
            }
            return Ok(());
        }
        if self.pending.len() + line.len() >= self.event_limit {
            return Err(FrameError::EventTooLarge { limit: self.event_limit, at });
        }
        if !self.pending.is_empty() {
            self.pending.push(b'\n');
        }
        self.pending.extend_from_slice(line);
        // Only the first document may go on in the next line: a later one that is broken must not swallow what follows.
        if self.begun || self.nesting.after(line) {
            self.dispatch(at);
        }
        Ok(())
    }

    fn dispatch(&mut self, at: u64) {
        let data = std::mem::take(&mut self.pending);
        if data.is_empty() {
            return;
        }
        self.begun = true;
        // Decoded only now, when the document is whole: no character can be cut in two.
        let data =
            String::from_utf8(data).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        self.ready.push_back(ServerEvent { kind: String::new(), data, at });
    }
}

/// How deep in a JSON document the bytes so far end.
#[derive(Clone, Copy, Debug, Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Takes a line; whether the document may be whole after it.
    fn after(&mut self, line: &[u8]) -> bool {
        for byte in line {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        // A string never goes on in the next line: whoever parses it will say so.
        self.depth == 0 || self.in_string
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(reads: &[&[u8]]) -> Result<(Vec<String>, String), FrameError> {
        let mut decoder = NdjsonDecoder::with_limits(64, 100);
        let mut events = Vec::new();
        for read in reads {
            decoder.push(read)?;
            events.extend(std::iter::from_fn(|| decoder.next_event()).map(|event| event.data));
        }
        decoder.finish()?;
        events.extend(std::iter::from_fn(|| decoder.next_event()).map(|event| event.data));
        Ok((events, decoder.stray()))
    }

    #[test]
    fn a_line_is_an_event() {
        let table: &[(&[u8], &[&str], &str)] = &[
            (b"{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"], ""),
            (b"{\"a\":1}\r\n\r\n{\"b\":2}", &["{\"a\":1}", "{\"b\":2}"], ""),
            (b"\xEF\xBB\xBF{\"a\":1}\n", &["{\"a\":1}"], ""),
            (b"{\n  \"error\": \"a } {\"\n}\n", &["{\n\"error\": \"a } {\"\n}"], ""),
            (b"{\"a\":\"\\\"{\"}\n{\"b\":2}\n", &["{\"a\":\"\\\"{\"}", "{\"b\":2}"], ""),
            (b"{\"a\":1}\n{\"b\"\n{\"c\":3}\n", &["{\"a\":1}", "{\"b\"", "{\"c\":3}"], ""),
            (b"{\"a\":1}\n{\"b", &["{\"a\":1}", "{\"b"], ""),
            (b"{\"a\":\"cut\n{\"b\":2}\n", &["{\"a\":\"cut", "{\"b\":2}"], ""),
            (b"no such model\n", &[], "no such model\n"),
            (b"", &[], ""),
        ];
        for (bytes, events, stray) in table {
            let (found, rest) = decode(&[bytes]).unwrap();
            assert_eq!(&found, events, "{:?}", String::from_utf8_lossy(bytes));
            assert_eq!(rest, *stray, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn caps_hold() {
        assert!(matches!(decode(&[&[b'{'; 65]]), Err(FrameError::LineTooLong { limit: 64, .. })));
        let long = b"[[[0123456789012345678901234567890123456789,\n".repeat(3);
        assert!(matches!(decode(&[&long]), Err(FrameError::EventTooLarge { limit: 100, .. })));
    }

    proptest! {
        #[test]
        fn any_bytes_and_any_cuts_agree(
            parts in prop::collection::vec(prop::sample::select(vec!["{", "}", "\"", "\\", "\n", "\r\n", "\r", "é", " ", "x", "{}"]), 0..20),
            cuts in prop::collection::vec(0_usize..60, 0..6),
        ) {
            let bytes = parts.concat().into_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.push(0);
            cuts.push(bytes.len());
            cuts.sort_unstable();
            let reads: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(decode(&reads), decode(&[&bytes]));
        }
    }
}
