//! Word wrap of styled runs, by grapheme: a word too long for a row is cut between graphemes, never inside one.

use unicode_segmentation::UnicodeSegmentation;

use super::sanitise::is_plain_ascii;
use super::span::{Row, Span};
use super::width::grapheme_width;

/// Where rows may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrap {
    /// After spaces and between wide characters; inside a word only when it is wider than a row.
    Words,
    /// At the last column that fits, as code is wrapped: every space counts.
    Columns,
}

/// One grapheme of the line to wrap.
#[derive(Clone, Copy)]
struct Cell {
    span: u32,
    start: u32,
    end: u32,
    width: u8,
    is_space: bool,
}

/// Wraps one line of runs into rows of at most `width` cells; `hanging` cells are left free in all rows but the first.
///
/// An empty line is one empty row. A grapheme wider than the whole row gets a row of its own. `at` is the source position of
/// rows that show no source.
pub fn wrap(line: &[Span], width: usize, hanging: usize, mode: Wrap, at: usize) -> Vec<Row> {
    let width = width.max(1);
    if line.iter().map(Span::width).sum::<usize>() <= width {
        return vec![Row::new(line.to_vec(), at)];
    }
    let cells = cells(line);
    let hanging = hanging.min(width.saturating_sub(1) / 2);
    let mut rows = Vec::new();
    let mut start = 0;
    while start < cells.len() {
        let room = if rows.is_empty() { width } else { width - hanging };
        let (end, next) = row_end(&cells, start, room, mode);
        let mut spans = slice(line, cells.get(start..end).unwrap_or_default());
        if !rows.is_empty() && hanging > 0 {
            let at = spans.first().map_or(at, |span| span.source.start);
            spans.insert(0, Span::decoration(" ".repeat(hanging), super::span::Role::Text, at));
        }
        rows.push(Row::new(spans, at));
        start = next;
    }
    rows
}

fn cells(line: &[Span]) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(line.iter().map(|span| span.text.len()).sum());
    for (index, span) in line.iter().enumerate() {
        let index = index as u32;
        if is_plain_ascii(&span.text) {
            cells.extend(span.text.bytes().enumerate().map(|(at, byte)| Cell {
                span: index,
                start: at as u32,
                end: at as u32 + 1,
                width: 1,
                is_space: byte == b' ',
            }));
        } else {
            cells.extend(span.text.grapheme_indices(true).map(|(at, grapheme)| Cell {
                span: index,
                start: at as u32,
                end: (at + grapheme.len()) as u32,
                width: grapheme_width(grapheme).min(255) as u8,
                is_space: grapheme == " ",
            }));
        }
    }
    cells
}

/// Where the row that begins at `start` ends, and where the next one begins (spaces at a word break are in neither).
fn row_end(cells: &[Cell], start: usize, room: usize, mode: Wrap) -> (usize, usize) {
    let mut used = 0;
    let mut break_at = None;
    let mut text_seen = false;
    let mut previous: Option<Cell> = None;
    for (index, cell) in cells.iter().enumerate().skip(start) {
        if mode == Wrap::Words && text_seen && may_break(previous, *cell) {
            break_at = Some(index);
        }
        used += usize::from(cell.width);
        if used > room {
            if mode == Wrap::Words && cell.is_space && text_seen {
                let next =
                    cells.iter().skip(index).position(|cell| !cell.is_space).map_or(cells.len(), |skip| index + skip);
                return (trimmed(cells, start, index), next);
            }
            return match break_at {
                Some(at) => (trimmed(cells, start, at), at),
                None if index == start => (index + 1, index + 1),
                None => (index, index),
            };
        }
        text_seen |= !cell.is_space;
        previous = Some(*cell);
    }
    (cells.len(), cells.len())
}

fn may_break(previous: Option<Cell>, cell: Cell) -> bool {
    !cell.is_space && previous.is_some_and(|previous| previous.is_space || previous.width > 1 || cell.width > 1)
}

/// The end of a row without the spaces before its break.
fn trimmed(cells: &[Cell], start: usize, end: usize) -> usize {
    let row = cells.get(start..end).unwrap_or_default();
    row.iter().rposition(|cell| !cell.is_space).map_or(end, |last| start + last + 1)
}

fn slice(line: &[Span], cells: &[Cell]) -> Vec<Span> {
    let mut spans = Vec::new();
    for run in cells.chunk_by(|left, right| left.span == right.span) {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
        let Some(span) = line.get(first.span as usize) else { continue };
        let part = first.start as usize..last.end as usize;
        spans.push(Span {
            text: span.text.get(part.clone()).unwrap_or_default().to_owned(),
            kind: span.kind,
            source: span.source_of(part),
        });
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::text::span::{Marks, Role, SpanKind};
    use proptest::prelude::*;

    fn line(text: &str) -> Vec<Span> {
        vec![Span::new(text, Role::Text, 0..text.len())]
    }

    fn wrapped(text: &str, width: usize, mode: Wrap) -> Vec<String> {
        wrap(&line(text), width, 0, mode, 0).iter().map(Row::text).collect()
    }

    #[test]
    fn words_move_down_whole() {
        let cases: [(&str, usize, &[&str]); 9] = [
            ("", 5, &[""]),
            ("one two three", 20, &["one two three"]),
            ("one two three", 7, &["one two", "three"]),
            ("one two   three", 8, &["one two", "three"]),
            ("abcdefghij", 4, &["abcd", "efgh", "ij"]),
            ("ab abcdefghij", 4, &["ab", "abcd", "efgh", "ij"]),
            ("    indented text", 12, &["    indented", "text"]),
            ("日本語の文章", 5, &["日本", "語の", "文章"]),
            ("👨\u{200d}👩\u{200d}👧👨\u{200d}👩\u{200d}👧", 3, &["👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧"]),
        ];
        for (text, width, expected) in cases {
            assert_eq!(wrapped(text, width, Wrap::Words), expected, "{text:?} at {width}");
        }
    }

    #[test]
    fn code_is_cut_at_columns_and_keeps_its_spaces() {
        assert_eq!(wrapped("let x  = 1;", 6, Wrap::Columns), ["let x ", " = 1;"]);
        assert_eq!(wrapped("      a", 4, Wrap::Columns), ["    ", "  a"]);
    }

    #[test]
    fn rows_know_their_source() {
        let rows = wrap(&line("one two three"), 7, 0, Wrap::Words, 0);
        assert_eq!(rows.iter().map(|row| row.source.clone()).collect::<Vec<_>>(), [0..7, 8..13]);
    }

    #[test]
    fn runs_keep_their_kind_across_rows() {
        let strong = SpanKind { role: Role::Text, marks: Marks::STRONG };
        let spans = [Span::new("one tw", Role::Text, 0..6), Span::new("o three", strong, 8..15)];
        let rows = wrap(&spans, 7, 2, Wrap::Words, 0);
        assert_eq!(rows.iter().map(Row::text).collect::<Vec<_>>(), ["one two", "  three"]);
        assert_eq!(rows[1].spans[1].kind, strong);
        assert_eq!(rows[1].spans[1].source, 10..15);
    }

    proptest! {
        #[test]
        fn nothing_but_spaces_is_lost_and_rows_fit(text in "[ a-e日é👩]{0,60}", width in 2_usize..12) {
            let rows = wrapped(&text, width, Wrap::Words);
            prop_assert!(rows.iter().all(|row| crate::view::text::width::display_width(row) <= width));
            let kept: String = rows.concat().split(' ').collect();
            let all: String = text.split(' ').collect();
            prop_assert_eq!(kept, all);
            prop_assert_eq!(wrapped(&text, width, Wrap::Columns).concat(), text);
        }
    }
}
