//! Server-sent events from bytes: the WHATWG event-stream format, decoded linearly and with caps.
//!
//! Two deliberate differences from a browser: an event without its closing blank line is delivered at the end of the
//! stream (it may hold the error), and lines that are no field at all are kept, shortened, for the error message.

use std::collections::VecDeque;

use super::lines::{FrameError, LINE_LIMIT, LineSplitter};

/// The largest event, all its data lines together.
pub(super) const EVENT_LIMIT: usize = 8 * 1024 * 1024;

/// How much of a body that is no event stream is kept to be shown.
pub(super) const STRAY_LIMIT: usize = 1024;

/// One event of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerEvent {
    /// The `event:` field, empty when absent.
    pub kind: String,
    /// The `data:` lines, joined by line feeds.
    pub data: String,
    /// The byte of the stream at which the event was complete.
    pub at: u64,
}

/// The decoder. Feed it reads with [`SseDecoder::push`], take events with [`SseDecoder::next_event`].
#[derive(Clone, Debug)]
pub struct SseDecoder {
    lines: LineSplitter,
    event: Event,
    event_limit: usize,
    ready: VecDeque<ServerEvent>,
    stray: Vec<u8>,
}

/// The event being read.
#[derive(Clone, Debug, Default)]
struct Event {
    kind: String,
    data: Vec<u8>,
    has_data: bool,
}

impl Default for SseDecoder {
    fn default() -> Self {
        Self::with_limits(LINE_LIMIT, EVENT_LIMIT)
    }
}

impl SseDecoder {
    /// A decoder that refuses longer lines and larger events than these.
    pub fn with_limits(line_limit: usize, event_limit: usize) -> Self {
        Self {
            lines: LineSplitter::with_limit(line_limit),
            event: Event::default(),
            event_limit,
            ready: VecDeque::new(),
            stray: Vec::new(),
        }
    }

    /// Takes one read, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        let Self { lines, event, event_limit, ready, stray } = self;
        lines.push(bytes, |line, at| take_line(line, event, *event_limit, ready, stray, at))
    }

    /// Delivers what the end of the stream left unfinished.
    pub fn finish(&mut self) -> Result<(), FrameError> {
        let Self { lines, event, event_limit, ready, stray } = self;
        let at = lines.position();
        lines.finish(|line, at| take_line(line, event, *event_limit, ready, stray, at))?;
        dispatch(event, ready, at);
        Ok(())
    }

    /// The next whole event, if there is one.
    pub fn next_event(&mut self) -> Option<ServerEvent> {
        self.ready.pop_front()
    }

    /// Bytes seen so far.
    pub fn position(&self) -> u64 {
        self.lines.position()
    }

    /// The beginning of whatever arrived that was not in the event-stream format.
    pub fn stray(&self) -> String {
        String::from_utf8_lossy(&self.stray).into_owned()
    }
}

fn take_line(
    line: &[u8],
    event: &mut Event,
    event_limit: usize,
    ready: &mut VecDeque<ServerEvent>,
    stray: &mut Vec<u8>,
    at: u64,
) -> Result<(), FrameError> {
    if line.is_empty() {
        dispatch(event, ready, at);
        return Ok(());
    }
    let colon = line.iter().position(|byte| *byte == b':');
    let (field, value) = match colon {
        Some(end) => (line.get(..end).unwrap_or_default(), line.get(end + 1..).unwrap_or_default()),
        None => (line, [].as_slice()),
    };
    let value = value.strip_prefix(b" ").unwrap_or(value);
    match field {
        // A comment: a sign of life, no more.
        b"" | b"id" | b"retry" => {}
        b"event" => event.kind = String::from_utf8_lossy(value).into_owned(),
        b"data" => {
            if event.has_data {
                event.data.push(b'\n');
            }
            if event.data.len() + value.len() > event_limit {
                return Err(FrameError::EventTooLarge { limit: event_limit, at });
            }
            event.data.extend_from_slice(value);
            event.has_data = true;
        }
        _ => {
            let room = STRAY_LIMIT.saturating_sub(stray.len());
            stray.extend_from_slice(line.get(..room.min(line.len())).unwrap_or_default());
            if room > line.len() {
                stray.push(b'\n');
            }
        }
    }
    Ok(())
}

fn dispatch(event: &mut Event, ready: &mut VecDeque<ServerEvent>, at: u64) {
    let Event { kind, data, has_data } = std::mem::take(event);
    if has_data {
        // Decoded only now, when the event is whole: no character can be cut in two.
        let data =
            String::from_utf8(data).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        ready.push_back(ServerEvent { kind, data, at });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Pairs = Vec<(String, String)>;

    fn decode(reads: &[&[u8]]) -> Result<(Pairs, String), FrameError> {
        let mut decoder = SseDecoder::with_limits(64, 100);
        let mut events = Vec::new();
        let mut drain = |decoder: &mut SseDecoder| {
            while let Some(event) = decoder.next_event() {
                events.push((event.kind, event.data));
            }
        };
        for read in reads {
            decoder.push(read)?;
            drain(&mut decoder);
        }
        decoder.finish()?;
        drain(&mut decoder);
        Ok((events, decoder.stray()))
    }

    fn data(bytes: &[u8]) -> Vec<String> {
        decode(&[bytes]).unwrap().0.into_iter().map(|(_, data)| data).collect()
    }

    #[test]
    fn the_format_by_example() {
        let table: &[(&[u8], &[&str])] = &[
            (b"data: a\n\n", &["a"]),
            (b"data:a\n\n", &["a"]),
            (b"data:  a \n\n", &[" a "]),
            (b"data: a\ndata: b\n\n", &["a\nb"]),
            (b"data\n\n", &[""]),
            (b"data\ndata\n\n", &["\n"]),
            (b": ping\n\n: pong\n\n", &[]),
            (b"\n\n\n", &[]),
            (b"id: 1\nretry: 9\nunknown: x\ndata: a\n\n", &["a"]),
            (b"event: ping\n\ndata: a\n\n", &["a"]),
            (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", &["a", "b", "c"]),
            (b"\xEF\xBB\xBFdata: a\n\n", &["a"]),
            (b"data: a\n\ndata: b", &["a", "b"]),
            (b"data: a\n\ndata: b\n", &["a", "b"]),
        ];
        for (bytes, expected) in table {
            assert_eq!(&data(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn an_event_kind_belongs_to_its_event_only() {
        let (events, _) = decode(&[b"event: error\ndata: a\n\ndata: b\n\n"]).unwrap();
        assert_eq!(events, [("error".to_owned(), "a".to_owned()), (String::new(), "b".to_owned())]);
    }

    #[test]
    fn a_bare_body_is_kept_for_the_message() {
        let (events, stray) = decode(&[b"{\"error\":{\"message\":\"no\"}}"]).unwrap();
        assert!(events.is_empty());
        assert_eq!(stray, "{\"error\":{\"message\":\"no\"}}\n");
    }

    #[test]
    fn caps_hold_for_lines_events_and_empty_data_lines() {
        assert_eq!(decode(&[&[b'x'; 65]]), Err(FrameError::LineTooLong { limit: 64, at: 64 }));
        let long = b"data: 0123456789012345678901234567890123456789\n".repeat(3);
        assert!(matches!(decode(&[&long]), Err(FrameError::EventTooLarge { limit: 100, .. })));
        assert!(matches!(decode(&[&b"data\n".repeat(110)]), Err(FrameError::EventTooLarge { limit: 100, .. })));
    }

    #[test]
    fn every_split_point_gives_the_same_events() {
        let whole =
            "\u{feff}: hi\r\nevent: note\r\ndata: {\"a\":\"🦀é漢\"}\r\n\r\ndata:b\ndata\rdata: c\r\rdata: [DONE]\n\n"
                .as_bytes();
        let expected = decode(&[whole]).unwrap();
        assert_eq!(expected.0.len(), 3);
        for cut in 0..=whole.len() {
            assert_eq!(decode(&[&whole[..cut], &whole[cut..]]).unwrap(), expected, "cut at {cut}");
        }
        let single: Vec<&[u8]> = whole.chunks(1).collect();
        assert_eq!(decode(&single).unwrap(), expected);
    }

    proptest! {
        #[test]
        fn any_bytes_and_any_cuts_agree(
            parts in prop::collection::vec(prop::sample::select(vec![
                "data: ", "data", "event: e", ":", "\n", "\r", "\r\n", "\n\n", "x", "é", "{}", " ",
            ]), 0..24),
            cuts in prop::collection::vec(0_usize..80, 0..6),
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
