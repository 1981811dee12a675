//! The text itself: a rope addressed by byte offsets, where a caret may stand, and what of the file's shape must survive a save.
//! Offsets beyond the end or inside a character are brought to the nearest place before, never an error.

use std::borrow::Cow;
use std::ops::Range;

use ropey::{Rope, RopeSlice};
use unicode_segmentation::{GraphemeCursor, GraphemeIncomplete};

/// From this size on, building a second rope and joining is faster than inserting.
const JOIN_BYTES: usize = 32 * 1024;

/// How the lines of the file end. A file that mixes both keeps its carriage returns as visible characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineEnd {
    /// `\n`
    #[default]
    LineFeed,
    /// `\r\n`
    CarriageReturnLineFeed,
}

/// Whether the file opens with a byte order mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrderMark {
    /// It does not.
    #[default]
    Absent,
    /// It does, and gets it back when saved.
    Present,
}

/// A text, its lines and its grapheme edges.
#[derive(Clone, Debug)]
pub struct Buffer {
    rope: Rope,
    /// Kept, because a rope of a single leaf counts its lines anew each time it is asked.
    lines: usize,
    line_end: LineEnd,
    byte_order_mark: ByteOrderMark,
}

impl Default for Buffer {
    fn default() -> Self {
        Self::of(Rope::new(), LineEnd::default(), ByteOrderMark::default())
    }
}

impl Buffer {
    fn of(rope: Rope, line_end: LineEnd, byte_order_mark: ByteOrderMark) -> Self {
        Self { lines: rope.len_lines(), rope, line_end, byte_order_mark }
    }

    /// Takes a file's text; [`Buffer::file_text`] gives exactly these bytes back.
    pub fn from_file(text: &str) -> Self {
        let (byte_order_mark, text) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (ByteOrderMark::Present, rest),
            None => (ByteOrderMark::Absent, text),
        };
        let pairs = text.matches("\r\n").count();
        if pairs > 0 && pairs == text.matches('\n').count() {
            let rope = Rope::from_str(&text.replace("\r\n", "\n"));
            Self::of(rope, LineEnd::CarriageReturnLineFeed, byte_order_mark)
        } else {
            Self::of(Rope::from_str(text), LineEnd::LineFeed, byte_order_mark)
        }
    }

    /// The text as the file holds it: its own line ends, its byte order mark.
    pub fn file_text(&self) -> String {
        let mark = match self.byte_order_mark {
            ByteOrderMark::Present => "\u{feff}",
            ByteOrderMark::Absent => "",
        };
        match self.line_end {
            LineEnd::LineFeed => format!("{mark}{}", self.rope),
            LineEnd::CarriageReturnLineFeed => format!("{mark}{}", self.text().replace('\n', "\r\n")),
        }
    }

    /// Whether [`Buffer::file_text`] is `text`, without making it.
    pub fn says(&self, text: &str) -> bool {
        let rest = match self.byte_order_mark {
            ByteOrderMark::Present => text.strip_prefix('\u{feff}'),
            ByteOrderMark::Absent => Some(text),
        };
        match (rest, self.line_end) {
            (None, _) => false,
            (Some(rest), LineEnd::LineFeed) => self.rope == rest,
            (Some(_), LineEnd::CarriageReturnLineFeed) => self.file_text() == text,
        }
    }

    /// The text with `\n` as line end.
    pub fn text(&self) -> String {
        self.rope.to_string()
    }

    /// How the file's lines end.
    pub fn line_end(&self) -> LineEnd {
        self.line_end
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.rope.len_bytes()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of lines; an empty text has one, and so has the nothing after a final line feed.
    pub fn line_count(&self) -> usize {
        self.lines
    }

    /// The line an offset is in, counted from 0.
    pub fn line_of(&self, offset: usize) -> usize {
        self.rope.byte_to_line(offset.min(self.len()))
    }

    /// Where a line starts.
    pub fn line_start(&self, line: usize) -> usize {
        self.rope.line_to_byte(line.min(self.line_count()))
    }

    /// Where a line ends, before its line feed.
    pub fn line_end_offset(&self, line: usize) -> usize {
        if line + 1 >= self.line_count() { self.len() } else { self.line_start(line + 1) - 1 }
    }

    /// A line's bytes without its line feed.
    pub fn line_range(&self, line: usize) -> Range<usize> {
        self.line_start(line.min(self.line_count() - 1))..self.line_end_offset(line)
    }

    /// A part of the text, borrowed where it lies in one piece.
    pub fn slice(&self, range: Range<usize>) -> Cow<'_, str> {
        let range = self.whole_characters(range);
        // Making a slice of a rope counts its characters and lines; a part of one chunk needs none of that.
        let (chunk, chunk_start, _, _) = self.rope.chunk_at_byte(range.start);
        match chunk.get(range.start - chunk_start..range.end - chunk_start) {
            Some(part) => Cow::Borrowed(part),
            None => self.rope.byte_slice(range).into(),
        }
    }

    /// The text's pieces, for hashing and searching without a copy of the whole.
    pub fn chunks(&self) -> impl Iterator<Item = &str> {
        self.rope.chunks()
    }

    fn rope_slice(&self, range: Range<usize>) -> RopeSlice<'_> {
        let range = self.whole_characters(range);
        self.rope.byte_slice(range)
    }

    fn whole_characters(&self, range: Range<usize>) -> Range<usize> {
        let start = self.floor_character(range.start);
        let end = self.floor_character(range.end).max(start);
        start..end
    }

    fn floor_character(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.len());
        while self.byte(offset).is_some_and(|byte| byte & 0xc0 == 0x80) {
            offset -= 1;
        }
        offset
    }

    /// The byte at an offset.
    pub(super) fn byte(&self, offset: usize) -> Option<u8> {
        self.rope.get_byte(offset)
    }

    /// The characters from an offset on.
    pub(super) fn characters_from(&self, offset: usize) -> ropey::iter::Chars<'_> {
        self.rope.chars_at(self.rope.byte_to_char(offset.min(self.len())))
    }

    /// The characters before an offset, nearest first.
    pub(super) fn characters_before(&self, offset: usize) -> ropey::iter::Chars<'_> {
        self.characters_from(offset).reversed()
    }

    /// Puts `text` in the place of `range` and returns what stood there.
    pub(super) fn replace(&mut self, range: Range<usize>, text: &str) -> String {
        let range = self.whole_characters(range);
        let removed = self.rope.byte_slice(range.clone()).to_string();
        let start = self.rope.byte_to_char(range.start);
        let end = self.rope.byte_to_char(range.end);
        if start < end {
            self.rope.remove(start..end);
        }
        if text.len() >= JOIN_BYTES {
            let tail = self.rope.split_off(start);
            self.rope.append(Rope::from_str(text));
            self.rope.append(tail);
        } else if !text.is_empty() {
            self.rope.insert(start, text);
        }
        self.lines = self.rope.len_lines();
        removed
    }

    /// The next place after `offset` where a caret may stand. A line feed is a stop of its own.
    pub fn next_edge(&self, offset: usize) -> usize {
        if offset >= self.len() {
            return self.len();
        }
        // Two ASCII characters side by side never form a cluster, except CR LF, which here are two.
        if let (Some(0..=0x7f), None | Some(0..=0x7f)) = (self.byte(offset), self.byte(offset + 1)) {
            return offset + 1;
        }
        let line = self.line_range(self.line_of(offset));
        if offset >= line.end {
            return offset + 1;
        }
        line.start + next_in(self.rope_slice(line.clone()), offset - line.start)
    }

    /// The last place before `offset` where a caret may stand.
    pub fn previous_edge(&self, offset: usize) -> usize {
        let offset = offset.min(self.len());
        let Some(before) = offset.checked_sub(1) else { return 0 };
        let line = self.line_range(self.line_of(offset));
        if offset <= line.start {
            return before;
        }
        let second = before.checked_sub(1).filter(|second| *second >= line.start).and_then(|second| self.byte(second));
        if let (None | Some(0..=0x7f), Some(0..=0x7f)) = (second, self.byte(before)) {
            return before;
        }
        line.start + previous_in(self.rope_slice(line.clone()), offset - line.start)
    }

    /// Whether a caret may stand at `offset`.
    pub fn is_edge(&self, offset: usize) -> bool {
        if offset == 0 || offset == self.len() {
            return true;
        }
        if offset > self.len() {
            return false;
        }
        if let (Some(0..=0x7f), Some(0..=0x7f)) = (self.byte(offset - 1), self.byte(offset)) {
            return true;
        }
        let line = self.line_range(self.line_of(offset));
        if offset <= line.start || offset >= line.end {
            return true;
        }
        is_edge_in(self.rope_slice(line.clone()), offset - line.start)
    }

    /// `offset` itself where a caret may stand there, else the next place after it.
    pub fn ceil_edge(&self, offset: usize) -> usize {
        let offset = self.floor_character(offset);
        if self.is_edge(offset) { offset } else { self.next_edge(offset) }
    }

    /// `offset` itself where a caret may stand there, else the last place before it.
    pub fn floor_edge(&self, offset: usize) -> usize {
        let offset = self.floor_character(offset);
        if self.is_edge(offset) { offset } else { self.previous_edge(offset) }
    }
}

/// The chunk that holds a byte, and where it starts.
fn chunk(slice: RopeSlice<'_>, offset: usize) -> (&str, usize) {
    let (text, start, _, _) = slice.chunk_at_byte(offset.min(slice.len_bytes()));
    (text, start)
}

/// Asks `question` of a grapheme cursor and hands it the chunks it needs until it answers.
fn ask<T>(
    slice: RopeSlice<'_>,
    offset: usize,
    otherwise: T,
    mut question: impl FnMut(&mut GraphemeCursor, &str, usize) -> Result<T, GraphemeIncomplete>,
) -> T {
    let mut cursor = GraphemeCursor::new(offset, slice.len_bytes(), true);
    let (mut text, mut start) = chunk(slice, offset);
    loop {
        match question(&mut cursor, text, start) {
            Ok(answer) => return answer,
            Err(GraphemeIncomplete::NextChunk) => (text, start) = chunk(slice, start + text.len()),
            Err(GraphemeIncomplete::PrevChunk) => (text, start) = chunk(slice, start.saturating_sub(1)),
            Err(GraphemeIncomplete::PreContext(end)) => {
                let (context, context_start) = chunk(slice, end.saturating_sub(1));
                let context = context.get(..end - context_start).unwrap_or(context);
                cursor.provide_context(context, context_start);
            }
            Err(GraphemeIncomplete::InvalidOffset) => return otherwise,
        }
    }
}

fn next_in(slice: RopeSlice<'_>, offset: usize) -> usize {
    let end = slice.len_bytes();
    ask(slice, offset, end, |cursor, text, start| Ok(cursor.next_boundary(text, start)?.unwrap_or(end)))
}

fn previous_in(slice: RopeSlice<'_>, offset: usize) -> usize {
    ask(slice, offset, 0, |cursor, text, start| Ok(cursor.prev_boundary(text, start)?.unwrap_or(0)))
}

fn is_edge_in(slice: RopeSlice<'_>, offset: usize) -> bool {
    ask(slice, offset, true, GraphemeCursor::is_boundary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    /// The edges by the segmentation library on each whole line.
    fn reference_edges(text: &str) -> Vec<usize> {
        let mut edges = vec![];
        let mut start = 0;
        for line in text.split('\n') {
            edges.extend(line.grapheme_indices(true).map(|(index, _)| start + index));
            start += line.len();
            edges.push(start);
            start += 1;
        }
        edges.dedup();
        edges
    }

    #[test]
    fn a_family_is_one_stop_and_line_ends_are_stops() {
        let buffer = Buffer::from_file("a👨\u{200d}👩\u{200d}👧\ne\u{301}x");
        let mut stops = vec![0];
        while let Some(last) = stops.last().copied().filter(|last| *last < buffer.len()) {
            stops.push(buffer.next_edge(last));
        }
        assert_eq!(stops, [0, 1, 19, 20, 23, 24]);
    }

    #[test]
    fn a_file_comes_back_byte_for_byte() {
        let files = [
            "",
            "a\nb",
            "a\nb\n",
            "a\r\nb\r\n",
            "a\r\nb\nc\r\n",
            "\u{feff}a\r\n",
            "a\rb",
            "a\r\r\nb\r\n",
            "\r",
            "\n\r",
        ];
        for file in files {
            assert_eq!(Buffer::from_file(file).file_text(), file, "{file:?}");
        }
        assert_eq!(Buffer::from_file("a\r\nb\r\n").text(), "a\nb\n");
    }

    #[test]
    fn only_line_feeds_end_lines() {
        let buffer = Buffer::from_file("a\u{2028}b\u{85}c\u{c}d\re\nf");
        assert_eq!(buffer.line_count(), 2);
        assert_eq!(buffer.line_range(1), 13..14);
    }

    #[test]
    fn a_large_insert_equals_a_small_one() {
        let large = "0123456789\n".repeat(10_000);
        let mut buffer = Buffer::from_file("before after");
        buffer.replace(7..7, &large);
        assert_eq!(buffer.text(), format!("before {large}after"));
        assert_eq!(buffer.replace(7..7 + large.len(), ""), large);
        assert_eq!(buffer.text(), "before after");
    }

    proptest! {
        #[test]
        fn edges_equal_those_of_the_library(
            text in "([a-z \n\r]|é|e\u{301}|日|👨\u{200d}👩|🇩🇪|🇩|\u{200d}|\u{301}){0,80}",
            repeat in 1usize..12,
        ) {
            // Repetition makes the rope split clusters over its chunks.
            let text = text.repeat(repeat);
            let buffer = Buffer::from_file(&text);
            let text = buffer.text();
            let edges = reference_edges(&text);
            for pair in edges.windows(2) {
                prop_assert_eq!(buffer.next_edge(pair[0]), pair[1]);
                prop_assert_eq!(buffer.previous_edge(pair[1]), pair[0]);
            }
            for (index, _) in text.char_indices() {
                prop_assert_eq!(buffer.is_edge(index), edges.binary_search(&index).is_ok());
            }
        }

        #[test]
        fn any_file_comes_back(text in "(\\PC|\r|\n|\r\n|\u{feff}){0,40}") {
            prop_assert_eq!(Buffer::from_file(&text).file_text(), text);
        }

        #[test]
        fn any_offset_is_accepted(text in "\\PC{0,20}", offset in 0usize..100, length in 0usize..50) {
            let mut buffer = Buffer::from_file(&text);
            prop_assert!(buffer.is_edge(buffer.ceil_edge(offset)));
            prop_assert!(buffer.is_edge(buffer.floor_edge(offset)));
            buffer.slice(offset..offset + length);
            buffer.replace(offset..offset + length, "é");
        }
    }
}
