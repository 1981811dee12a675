//! Soft wrap: greedy by word, by grapheme where a word is longer than the row. A row depends on nothing but where it starts,
//! so any part of a line can be wrapped alone.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::buffer::Buffer;
use super::display::{display_grapheme, tab_columns};
use super::selection::{Affinity, Place};

/// Whether lines longer than the view go on in the next row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wrapping {
    /// By word.
    #[default]
    Words,
    /// Each line is one row.
    Off,
}

/// What rows are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowShape {
    /// Columns of text in a row. One more column to the right must be free for the caret.
    pub columns: usize,
    /// Distance of tab stops, counted from the row's start.
    pub tab_width: usize,
    /// Whether rows end at `columns`.
    pub wrapping: Wrapping,
}

/// One grapheme in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyph {
    /// Byte offset from the row's start.
    pub offset: usize,
    /// Length in bytes.
    pub length: usize,
    /// The first column it is drawn in.
    pub column: usize,
    /// The columns it takes.
    pub width: usize,
}

/// A row as it is drawn: its place in the text and its graphemes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line it belongs to, counted from 0.
    pub line: usize,
    /// Its bytes in the text, without a line feed.
    pub range: Range<usize>,
    /// The text of `range`.
    pub text: String,
    /// Its graphemes in order.
    pub glyphs: Vec<Glyph>,
    /// Whether it is the first row of its line.
    pub opens_line: bool,
    /// Whether it is the last row of its line.
    pub closes_line: bool,
}

impl Row {
    /// Columns the row's text takes.
    pub fn columns(&self) -> usize {
        self.glyphs.last().map_or(0, |glyph| glyph.column + glyph.width)
    }

    /// The text of a glyph.
    pub fn grapheme(&self, glyph: &Glyph) -> &str {
        self.text.get(glyph.offset..glyph.offset + glyph.length).unwrap_or_default()
    }

    /// The place nearest to a column.
    pub fn place_at(&self, column: usize) -> Place {
        let hit = self.glyphs.iter().find(|glyph| column < glyph.column + glyph.width);
        hit.map_or_else(|| self.end_place(), |glyph| Place::from(self.range.start + glyph.offset))
    }

    /// The last place in the row. At a soft wrap that is before the space there, or, where a word was cut, this side of the cut.
    pub fn end_place(&self) -> Place {
        if self.closes_line {
            return Place::from(self.range.end);
        }
        match self.glyphs.last() {
            Some(last) if self.grapheme(last) == " " && last.offset > 0 => Place::from(self.range.start + last.offset),
            _ => Place { offset: self.range.end, affinity: Affinity::Upstream },
        }
    }

    /// The column an offset of the text stands in, if the caret can be drawn in this row there.
    pub fn column_of(&self, offset: usize) -> Option<usize> {
        if offset == self.range.end {
            return Some(self.columns());
        }
        let inside = offset.checked_sub(self.range.start)?;
        let index = self.glyphs.binary_search_by_key(&inside, |glyph| glyph.offset).ok()?;
        self.glyphs.get(index).map(|glyph| glyph.column)
    }
}

/// How much of a text fills a row.
#[derive(Clone, Copy)]
struct Filled {
    bytes: usize,
    glyphs: usize,
}

/// Fills a row from the start of `text`, or says `None` if more text is needed to tell where the row ends. `take` is given
/// every glyph on the way; those beyond the number returned belong to the next row.
fn fill(text: &str, reaches_line_end: bool, shape: RowShape, mut take: impl FnMut(Glyph)) -> Option<Filled> {
    let limit = shape.columns.max(1);
    let mut column = 0;
    let mut filled = Filled { bytes: 0, glyphs: 0 };
    // The last place where the row may end.
    let mut opportunity = filled;
    let mut breaks = BreakFinder::default();
    while let Some(grapheme) = grapheme_at(text, filled.bytes) {
        let offset = filled.bytes;
        let next = offset + grapheme.len();
        if !reaches_line_end && next == text.len() {
            return None;
        }
        let mut width = match grapheme {
            "\t" => tab_columns(column, shape.tab_width).min(limit.saturating_sub(column).max(1)),
            _ => display_grapheme(grapheme).1,
        };
        if shape.wrapping == Wrapping::Words {
            width = width.min(limit);
            if breaks.may_break_before(grapheme, width) {
                opportunity = filled;
            }
            // One space may hang in the spare column, so that the next row starts with a word. At the line's end it does
            // not, because the caret behind it would have no column.
            let ends_line = reaches_line_end && next == text.len();
            let hangs = grapheme == " " && column == limit && !ends_line;
            if column + width > limit && !hangs && offset > 0 {
                return Some(if opportunity.bytes > 0 && grapheme != " " { opportunity } else { filled });
            }
        }
        take(Glyph { offset, length: grapheme.len(), column, width });
        column += width;
        filled = Filled { bytes: next, glyphs: filled.glyphs + 1 };
        // The rest of a plain word has no place to break and one column for each byte.
        let room = if shape.wrapping == Wrapping::Words { limit.saturating_sub(column) } else { 0 };
        for letter in word_after(text, offset, next).iter().take(room) {
            take(Glyph { offset: filled.bytes, length: 1, column, width: 1 });
            column += 1;
            filled = Filled { bytes: filled.bytes + 1, glyphs: filled.glyphs + 1 };
            breaks.skip(char::from(*letter));
        }
        if shape.wrapping == Wrapping::Off && column > limit {
            return Some(filled);
        }
    }
    reaches_line_end.then_some(filled)
}

/// The grapheme at an edge. Between two ASCII characters there always is an edge, which spares most of the segmentation.
fn grapheme_at(text: &str, offset: usize) -> Option<&str> {
    match text.as_bytes().get(offset..)? {
        [b' '..=b'~', 0..=0x7f, ..] | [b' '..=b'~'] => text.get(offset..=offset),
        _ => text.get(offset..)?.graphemes(true).next(),
    }
}

/// The letters that go on with the word of the ASCII letter at `offset..next`: single graphemes, because each has an ASCII
/// character after it.
fn word_after(text: &str, offset: usize, next: usize) -> &[u8] {
    let bytes = text.as_bytes();
    if next != offset + 1 || !bytes.get(offset).is_some_and(u8::is_ascii_alphanumeric) {
        return &[];
    }
    let rest = bytes.get(next..).unwrap_or_default();
    let letters = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let certain = match rest.get(letters) {
        Some(0..=0x7f) => letters,
        _ => letters.saturating_sub(1),
    };
    rest.get(..certain).unwrap_or_default()
}

/// Finds the places where a row may end, from the graphemes in order.
#[derive(Default)]
struct BreakFinder {
    previous: Option<char>,
    previous_width: usize,
    before_previous: Option<char>,
}

impl BreakFinder {
    /// Goes past a letter that is known to continue a word.
    fn skip(&mut self, letter: char) {
        self.before_previous = self.previous.replace(letter);
        self.previous_width = 1;
    }

    fn may_break_before(&mut self, grapheme: &str, width: usize) -> bool {
        let current = grapheme.chars().next().unwrap_or(' ');
        let answer = self.previous.is_some_and(|previous| match (previous, current) {
            (' ' | '\t', _) | (_, '\t') => true,
            (_, ' ') => false,
            ('-' | '/', _) => current.is_alphanumeric() && self.before_previous.is_some_and(char::is_alphanumeric),
            _ => (self.previous_width == 2 || width == 2) && !is_opening(previous) && !is_closing(current),
        });
        self.before_previous = self.previous.replace(current);
        self.previous_width = width;
        answer
    }
}

fn is_opening(character: char) -> bool {
    "([{（［｛「『【〔〈《“‘".contains(character)
}

fn is_closing(character: char) -> bool {
    ")]}.,;:!?）］｝」』】〕〉》、。，．：；！？ー々”’…".contains(character)
}

/// Fills the row that starts at `start`, a grapheme edge, with as much text as that takes.
fn fill_from<T: Default>(
    buffer: &Buffer,
    start: usize,
    line_end: usize,
    shape: RowShape,
    mut attempt: impl FnMut(&str, bool) -> Option<T>,
) -> T {
    let mut window = shape.columns.clamp(1, 4096) * 2 + 32;
    loop {
        let end = start.saturating_add(window).min(line_end);
        if let Some(done) = attempt(&buffer.slice(start..end), end >= line_end) {
            return done;
        }
        if end >= line_end {
            return T::default();
        }
        window = window.saturating_mul(2);
    }
}

/// The row that starts at `start`.
pub(super) fn row_at(buffer: &Buffer, start: usize, shape: RowShape) -> Row {
    let line = buffer.line_of(start);
    row_of(buffer, line, &buffer.line_range(line), start, shape)
}

/// The row that starts at `start`, inside `range`, the bytes of line `line`.
pub(super) fn row_of(buffer: &Buffer, line: usize, range: &Range<usize>, start: usize, shape: RowShape) -> Row {
    let (text, glyphs) = fill_from(buffer, start, range.end, shape, |text, reaches_line_end| {
        let mut glyphs = Vec::with_capacity(text.len().min(shape.columns));
        let filled = fill(text, reaches_line_end, shape, |glyph| glyphs.push(glyph))?;
        glyphs.truncate(filled.glyphs);
        Some((text.get(..filled.bytes).unwrap_or_default().to_owned(), glyphs))
    });
    let end = start + text.len();
    Row { line, range: start..end, text, glyphs, opens_line: start == range.start, closes_line: end >= range.end }
}

/// Where the row that starts at `start` ends.
pub(super) fn row_end(buffer: &Buffer, start: usize, line_end: usize, shape: RowShape) -> usize {
    let bytes = fill_from(buffer, start, line_end, shape, |text, reaches_line_end| {
        fill(text, reaches_line_end, shape, |_| ()).map(|filled| filled.bytes)
    });
    start + bytes
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(in crate::editor) fn shape(columns: usize) -> RowShape {
        RowShape { columns, tab_width: 4, wrapping: Wrapping::Words }
    }

    pub(in crate::editor) fn rows(buffer: &Buffer, shape: RowShape) -> Vec<Row> {
        let mut rows = vec![];
        let mut start = 0;
        loop {
            let row = row_at(buffer, start, shape);
            start = row.range.end + usize::from(row.closes_line);
            let last = row.closes_line && row.line + 1 == buffer.line_count();
            rows.push(row);
            if last {
                return rows;
            }
        }
    }

    fn wrapped(text: &str, columns: usize) -> Vec<String> {
        rows(&Buffer::from_file(text), shape(columns)).into_iter().map(|row| row.text).collect()
    }

    #[test]
    fn lines_wrap_by_word_then_by_grapheme() {
        let table: [(&str, usize, &[&str]); 14] = [
            ("", 5, &[""]),
            ("hello", 5, &["hello"]),
            ("hello world", 5, &["hello ", "world"]),
            ("hello ", 5, &["hello", " "]),
            ("a hello ", 7, &["a hello", " "]),
            ("hello world", 7, &["hello ", "world"]),
            ("hello  world", 5, &["hello ", " ", "world"]),
            ("incomprehensible", 6, &["incomp", "rehens", "ible"]),
            ("an incomprehensible", 6, &["an ", "incomp", "rehens", "ible"]),
            ("well-known --flag", 6, &["well-", "known ", "--flag"]),
            ("日本語です。次", 6, &["日本語", "です。", "次"]),
            ("日本語す。次", 8, &["日本語", "す。次"]),
            ("a\tb\tc", 6, &["a\tb\t", "c"]),
            ("👨\u{200d}👩\u{200d}👧👨\u{200d}👩\u{200d}👧", 1, &["👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"]),
        ];
        for (text, columns, expected) in table {
            assert_eq!(wrapped(text, columns), expected, "{text:?} at {columns}");
        }
    }

    pub(in crate::editor) const TEXT: &str = "([a-c ]|\n|\t|-|日|。|👨\u{200d}👩|e\u{301}|🇩🇪|🇩|\u{200b}|\u{301}){0,60}";

    proptest! {
        #[test]
        fn rows_put_together_are_the_text(text in TEXT, columns in 1usize..20) {
            let buffer = Buffer::from_file(&text);
            let mut joined = String::new();
            for row in rows(&buffer, shape(columns)) {
                prop_assert!(row.columns() <= columns + 1, "{row:?}");
                prop_assert!(buffer.is_edge(row.range.start));
                joined.push_str(&row.text);
                if row.closes_line && row.line + 1 < buffer.line_count() {
                    joined.push('\n');
                }
            }
            prop_assert_eq!(joined, text);
        }
    }
}
