//! One column's line: its parts turned into text that can be shown, wrapped, and drawn.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;

use ratatui::buffer::Buffer;
use unicode_segmentation::UnicodeSegmentation;

use super::visible::{Reveal, is_plain, stand_in};
use super::wrap::{Breaks, columns};
use super::{Column, DiffStyles, PartSigns};
use crate::characters::Context;
use crate::score::diff::{Diff, Piece, PieceKind, Row, Side, invisible};
use crate::view::text::put;

/// A grapheme longer than this many bytes is a heap of marks on one letter; its first character is drawn.
const GRAPHEME_BYTES: usize = 64;

/// What a stretch of the shown text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Equal,
    Removed,
    Added,
}

/// Whether a stretch is the text's own or a symbol for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Text,
    Symbol,
}

/// A line as it is shown in a column.
#[derive(Debug)]
pub(super) struct Line<'a> {
    text: Cow<'a, str>,
    plain: bool,
    /// Where each stretch ends.
    stretches: Vec<(usize, Part, Look)>,
    width: usize,
    /// Where each visual line ends, as far as anyone asked.
    ends: RefCell<Vec<usize>>,
}

/// One visual line: a stretch of text with its parts.
pub(super) struct Visual<'a> {
    text: &'a str,
    parts: Vec<(usize, Part, Look)>,
}

impl<'a> Line<'a> {
    /// The line of one side, or of both where a row holds them in one run.
    pub(super) fn of(diff: &'a Diff, row: &Row, side: Option<Side>, signs: PartSigns, width: usize) -> Self {
        let (text, stretches) = Self::shown(diff, row, side, signs);
        Self { plain: is_plain(&text), text, stretches, width, ends: RefCell::default() }
    }

    /// The same, for longer than the diff is borrowed.
    pub(super) fn into_owned(self) -> Line<'static> {
        let Self { text, plain, stretches, width, ends } = self;
        Line { text: Cow::Owned(text.into_owned()), plain, stretches, width, ends }
    }

    fn shown(
        diff: &'a Diff,
        row: &Row,
        side: Option<Side>,
        signs: PartSigns,
    ) -> (Cow<'a, str>, Vec<(usize, Part, Look)>) {
        let pieces = match side {
            Some(side) => diff.pieces(row, side),
            None => diff.merged_pieces(row),
        };
        let merged = side.is_none() && matches!(row, Row::Merged { .. });
        let paired = row.line_a().zip(row.line_b());
        let ends_differ =
            paired.is_some_and(|(a, b)| line_end(diff.line(Side::A, a)) != line_end(diff.line(Side::B, b)));
        let reveal = if diff.row_differs_only_invisibly(row) { Reveal::All } else { Reveal::Changed };
        let content = match (side, row) {
            _ if merged => None,
            (Some(Side::B), _) | (None, Row::Added { .. }) => row.line_b().map(|line| diff.line(Side::B, line)),
            _ => row.line_a().map(|line| diff.line(Side::A, line)),
        };
        // The common case: one side's line, nothing in it to replace. It is borrowed whole.
        if let Some(content) = content.filter(|_| !ends_differ) {
            let shown = content.strip_suffix(line_end(content)).unwrap_or(content);
            if is_plain(shown) {
                let mut end = 0;
                let stretch = |piece: &Piece<'_>| {
                    end = (end + piece.text.len()).min(shown.len());
                    (end, part(piece.kind), Look::Text)
                };
                let stretches: Vec<_> = pieces.iter().map(stretch).collect();
                let words_end = shown.trim_end_matches(' ').len();
                if stretches.iter().all(|(end, part, _)| *part == Part::Equal || *end <= words_end) {
                    return (Cow::Borrowed(shown), stretches);
                }
            }
        }
        let mut builder = Builder::default();
        // Everything behind the last piece that is more than blanks lies at the line's end.
        let is_blank = |piece: &Piece<'_>| piece.text.trim_matches([' ', '\r', '\n']).is_empty();
        let last_words = pieces.iter().rposition(|piece| !is_blank(piece)).unwrap_or(0);
        for (index, piece) in pieces.iter().enumerate() {
            let end = if ends_differ { "" } else { line_end(piece.text) };
            let text = piece.text.strip_suffix(end).unwrap_or(piece.text);
            let brackets = if merged && signs == PartSigns::Brackets { brackets(piece.kind) } else { ["", ""] };
            let reveal = if piece.kind == PieceKind::Equal { Reveal::Harmful } else { reveal };
            builder.push(brackets[0], part(piece.kind), Look::Symbol);
            builder.push_text(
                text,
                piece.kind,
                reveal,
                if index >= last_words { LineEnd::Here } else { LineEnd::Later },
            );
            builder.push(brackets[1], part(piece.kind), Look::Symbol);
        }
        (Cow::Owned(builder.text), builder.stretches)
    }

    /// How many visual lines it takes, or `most` if it takes more: a long line is looked at no further than that.
    pub(super) fn height(&self, most: usize) -> usize {
        let mut ends = self.ends.borrow_mut();
        let from = ends.last().copied().unwrap_or_default();
        if ends.len() < most && (ends.is_empty() || from < self.text.len()) {
            let missing = most - ends.len();
            let breaks = Breaks::new(self.text.get(from..).unwrap_or_default(), self.width, self.plain);
            ends.extend(breaks.take(missing).map(|range| from + range.end));
        }
        ends.len().min(most)
    }

    /// Visual lines `skip .. skip + count`.
    pub(super) fn rows(&self, skip: usize, count: usize) -> Vec<Visual<'_>> {
        let height = self.height(skip + count);
        let ends = self.ends.borrow();
        let end = |index: usize| ends.get(index).copied().unwrap_or_default();
        let start = |index: usize| index.checked_sub(1).map_or(0, end);
        (skip..height).map(|index| self.visual(start(index)..end(index))).collect()
    }

    fn visual(&self, range: Range<usize>) -> Visual<'_> {
        let first = self.stretches.partition_point(|(end, ..)| *end <= range.start);
        let mut parts = Vec::new();
        for (end, part, look) in self.stretches.iter().skip(first) {
            parts.push((end.min(&range.end) - range.start, *part, *look));
            if *end >= range.end {
                break;
            }
        }
        Visual { text: self.text.get(range).unwrap_or_default(), parts }
    }
}

/// Draws one visual line, grapheme by grapheme, within its column.
pub(super) fn render(
    visual: &Visual<'_>,
    x: u16,
    y: u16,
    column: &Column<'_>,
    styles: &DiffStyles,
    buffer: &mut Buffer,
) {
    let mut at = 0_usize;
    let mut parts = visual.parts.iter();
    let mut part = parts.next();
    for (index, grapheme) in visual.text.grapheme_indices(true) {
        while part.is_some_and(|(end, ..)| *end <= index) {
            part = parts.next();
        }
        let width = columns(grapheme);
        if width == 0 || at + width > column.text_width() {
            continue;
        }
        let mut style = part.map_or(styles.equal, |(_, part, _)| column.style_of(*part, styles));
        if part.is_some_and(|(_, _, look)| *look == Look::Symbol) {
            style = style.patch(styles.symbol);
        }
        let shown = if grapheme.len() > GRAPHEME_BYTES { first_character(grapheme) } else { grapheme };
        put(buffer, x + at as u16, y, shown, width, style);
        at += width;
    }
}

fn first_character(grapheme: &str) -> &str {
    grapheme.char_indices().nth(1).and_then(|(end, _)| grapheme.get(..end)).unwrap_or(grapheme)
}

const fn part(kind: PieceKind) -> Part {
    match kind {
        PieceKind::Equal => Part::Equal,
        PieceKind::Removed => Part::Removed,
        PieceKind::Added => Part::Added,
    }
}

const fn brackets(kind: PieceKind) -> [&'static str; 2] {
    match kind {
        PieceKind::Equal => ["", ""],
        PieceKind::Removed => ["[-", "-]"],
        PieceKind::Added => ["{+", "+}"],
    }
}

fn line_end(line: &str) -> &'static str {
    if line.ends_with("\r\n") {
        "\r\n"
    } else if line.ends_with('\n') {
        "\n"
    } else {
        ""
    }
}

/// Whether a part reaches the end of the line, where blanks count as blanks at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Here,
    Later,
}

#[derive(Default)]
struct Builder {
    text: String,
    stretches: Vec<(usize, Part, Look)>,
    /// What came before, as it was shown.
    context: Context,
    /// The display column at byte `measured` of the text.
    column: usize,
    measured: usize,
}

impl Builder {
    fn push(&mut self, text: &str, part: Part, look: Look) {
        if text.is_empty() {
            return;
        }
        self.text.push_str(text);
        match self.stretches.last_mut() {
            Some((end, last, last_look)) if *last == part && *last_look == look => *end = self.text.len(),
            _ => self.stretches.push((self.text.len(), part, look)),
        }
    }

    /// Brings the column up to the end of the text.
    fn measure(&mut self) {
        let new = self.text.get(self.measured..).unwrap_or_default();
        self.column += new.graphemes(true).map(columns).sum::<usize>();
        self.measured = self.text.len();
    }

    fn push_text(&mut self, text: &str, kind: PieceKind, reveal: Reveal, end: LineEnd) {
        let part = part(kind);
        // Blanks that changed are dots where one could not see them otherwise: at the line's end, or with nothing around.
        let blank_from = match (kind, end) {
            (PieceKind::Equal, _) => text.len(),
            (_, LineEnd::Here) => text.trim_end_matches([' ', '\r', '\n']).len(),
            (_, LineEnd::Later) if text.trim_matches(' ').is_empty() => 0,
            (_, LineEnd::Later) => text.len(),
        };
        let mut start = 0;
        let mut characters = text.char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            let in_place = self.context.keeps(character, characters.peek().map(|(_, next)| *next));
            let dot = character == ' ' && index >= blank_from;
            // A line may be a megabyte, so the many letters are let through first.
            if character.is_ascii_graphic() || !dot && character != '\n' && invisible(character).is_none() {
                continue;
            }
            if character == '\t' {
                // Only a tab asks for the column it stands in.
                self.push(text.get(start..index).unwrap_or_default(), part, Look::Text);
                self.measure();
                start = index;
            }
            let shown =
                if dot { Some(Cow::Borrowed("·")) } else { stand_in(character, in_place, self.column, reveal) };
            if let Some(shown) = shown {
                self.context.stands_for(shown.chars().next_back().unwrap_or(' '));
                self.push(text.get(start..index).unwrap_or_default(), part, Look::Text);
                self.push(&shown, part, Look::Symbol);
                start = index + character.len_utf8();
            }
        }
        self.push(text.get(start..).unwrap_or_default(), part, Look::Text);
    }
}
