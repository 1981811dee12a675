//! Cuts a stream of bytes into lines, linearly and with a cap: LF, CRLF and CR end a line, wherever the reads fall.
//!
//! Shared by server-sent events and by newline-delimited JSON. It knows nothing of either.

use thiserror::Error;

/// The longest line that is kept in memory.
pub(super) const LINE_LIMIT: usize = 1024 * 1024;

/// A line or an event outgrew what a well-behaved server sends.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum FrameError {
    /// One line without an end.
    #[error("a line longer than {}, at byte {at}", in_words(*limit))]
    LineTooLong {
        /// The cap.
        limit: usize,
        /// Where in the stream the line outgrew it.
        at: u64,
    },
    /// Data lines without an end of event.
    #[error("an event larger than {}, at byte {at}", in_words(*limit))]
    EventTooLarge {
        /// The cap.
        limit: usize,
        /// Where in the stream the event outgrew it.
        at: u64,
    },
}

/// So many bytes, for people.
pub(super) fn in_words(bytes: usize) -> String {
    const MEBIBYTE: usize = 1024 * 1024;
    if bytes.is_multiple_of(MEBIBYTE) { format!("{} MiB", bytes / MEBIBYTE) } else { format!("{bytes} bytes") }
}

/// The line cutter. Feed it reads with [`LineSplitter::push`]; call [`LineSplitter::finish`] at the end of the stream.
#[derive(Clone, Debug)]
pub struct LineSplitter {
    limit: usize,
    pending: Vec<u8>,
    after_carriage_return: bool,
    first_line: bool,
    position: u64,
}

impl Default for LineSplitter {
    fn default() -> Self {
        Self::with_limit(LINE_LIMIT)
    }
}

impl LineSplitter {
    /// A splitter that refuses lines of more than `limit` bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self { limit, pending: Vec::new(), after_carriage_return: false, first_line: true, position: 0 }
    }

    /// Bytes seen so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Takes one read and hands every line that is now whole to `line`, without its end,
    /// together with the byte at which it ended.
    pub fn push<E: From<FrameError>>(
        &mut self,
        bytes: &[u8],
        mut line: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = bytes;
        loop {
            // The LF of a CRLF may arrive in a later read than its CR.
            if self.after_carriage_return
                && let Some((&first, after)) = rest.split_first()
            {
                self.after_carriage_return = false;
                if first == b'\n' {
                    self.position += 1;
                    rest = after;
                }
            }
            let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
                self.position += rest.len() as u64;
                return self.keep(rest).map_err(E::from);
            };
            let (head, tail) = rest.split_at(end);
            self.position += head.len() as u64;
            self.keep(head)?;
            self.emit(&mut line)?;
            self.position += 1;
            self.after_carriage_return = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
        }
    }

    /// Hands over what follows the last line end, if anything does.
    pub fn finish<E>(&mut self, mut line: impl FnMut(&[u8], u64) -> Result<(), E>) -> Result<(), E> {
        if self.pending.is_empty() { Ok(()) } else { self.emit(&mut line) }
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        if self.pending.len() + bytes.len() > self.limit {
            let start = self.position - (self.pending.len() + bytes.len()) as u64;
            return Err(FrameError::LineTooLong { limit: self.limit, at: start + self.limit as u64 });
        }
        self.pending.extend_from_slice(bytes);
        Ok(())
    }

    fn emit<E>(&mut self, line: &mut impl FnMut(&[u8], u64) -> Result<(), E>) -> Result<(), E> {
        let whole = self.pending.as_slice();
        // A byte order mark is skipped once, at the very start of the stream only.
        let shown = if self.first_line { whole.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(whole) } else { whole };
        let result = line(shown, self.position);
        self.first_line = false;
        self.pending.clear();
        result
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(reads: &[&[u8]], limit: usize) -> Result<Vec<String>, FrameError> {
        let mut splitter = LineSplitter::with_limit(limit);
        let mut seen = Vec::new();
        for read in reads {
            splitter.push(read, |line, _| {
                seen.push(String::from_utf8_lossy(line).into_owned());
                Ok::<_, FrameError>(())
            })?;
        }
        splitter.finish(|line, _| {
            seen.push(String::from_utf8_lossy(line).into_owned());
            Ok::<_, FrameError>(())
        })?;
        Ok(seen)
    }

    #[test]
    fn all_three_line_ends_count_once() {
        assert_eq!(lines(&[b"a\nb\r\nc\rd"], 9).unwrap(), ["a", "b", "c", "d"]);
        assert_eq!(lines(&[b"a\r", b"\nb\r", b"\rc"], 9).unwrap(), ["a", "b", "", "c"]);
        assert_eq!(lines(&[b"\n\r\n\r"], 9).unwrap(), ["", "", ""]);
    }

    #[test]
    fn a_byte_order_mark_is_skipped_at_the_start_only() {
        assert_eq!(lines(&[b"\xEF", b"\xBB\xBFa\n\xEF\xBB\xBFb"], 9).unwrap(), ["a", "\u{feff}b"]);
    }

    #[test]
    fn a_line_over_the_limit_is_an_error_where_it_happens() {
        assert_eq!(lines(&[b"abc\nde", b"fgh"], 4), Err(FrameError::LineTooLong { limit: 4, at: 8 }));
        assert_eq!(lines(&[b"abcd\nefgh\n"], 4).unwrap(), ["abcd", "efgh"]);
    }

    proptest! {
        #[test]
        fn where_the_reads_fall_changes_nothing(
            bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'x'), Just(0xEF)], 0..40),
            cuts in prop::collection::vec(0_usize..40, 0..6),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.push(0);
            cuts.push(bytes.len());
            cuts.sort_unstable();
            let reads: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(lines(&reads, 100).unwrap(), lines(&[&bytes], 100).unwrap());
        }
    }
}
