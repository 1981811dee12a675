//! Text shown line by line as it was written: code blocks with a bar at the left, and verbatim text.

use crate::view::text::highlight::{HighlightedLines, SyntaxKind};
use crate::view::text::sanitise::{Shown, each_piece, without_carriage_return};
use crate::view::text::span::{Role, Row, Span, SpanKind};
use crate::view::text::wrap::{Wrap, wrap};

use super::origin::Origin;

/// The bar before a line of code, and before a row that continues one: so a wrapped line is never taken for two.
pub(super) const CODE_BAR: (&str, &str) = ("│ ", "┆ ");

/// Rows of text that is shown verbatim, wrapped at words below their own indent. `start` is where `text` begins in the origin.
pub(super) fn verbatim_rows(text: &str, start: usize, origin: &Origin, role: Role, width: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, line) in lines(text) {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let mut spans = Vec::new();
        push_sanitised(&mut spans, line, start + at, origin, role.into(), 0);
        rows.extend(wrap(&spans, width, indent, Wrap::Words, origin.position(start + at)));
    }
    rows
}

/// Rows of JSON as it was written, wrapped as other text is, coloured where colours are known.
pub(super) fn json_rows(text: &str, origin: &Origin, colours: Option<&HighlightedLines>, width: usize) -> Vec<Row> {
    lines(text)
        .enumerate()
        .flat_map(|(index, (at, line))| {
            let indent = line.len() - line.trim_start_matches(' ').len();
            let colours = colours.and_then(|lines| lines.get(index)).map(Vec::as_slice);
            let spans = coloured(line, at, origin, colours, Role::Text);
            wrap(&spans, width, indent, Wrap::Words, origin.position(at))
        })
        .collect()
}

/// Rows of one line of code, cut at columns, coloured where colours are known.
pub(super) fn code_line(
    line: &str,
    start: usize,
    origin: &Origin,
    colours: Option<&[(std::ops::Range<usize>, SyntaxKind)]>,
    width: usize,
) -> Vec<Row> {
    let spans = coloured(line, start, origin, colours, Role::CodeBlock);
    let at = origin.position(start);
    let mut rows = wrap(&spans, width.saturating_sub(2), 0, Wrap::Columns, at);
    for (index, row) in rows.iter_mut().enumerate() {
        let bar = if index == 0 { CODE_BAR.0 } else { CODE_BAR.1 };
        row.spans.insert(0, Span::decoration(bar, Role::CodeBar, row.source.start));
    }
    rows
}

/// One line as runs: `plain` where no colour is known.
fn coloured(
    line: &str,
    start: usize,
    origin: &Origin,
    colours: Option<&[(std::ops::Range<usize>, SyntaxKind)]>,
    plain: Role,
) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut column = 0;
    let mut plain_from = 0;
    let mut push = |from: usize, to: usize, role: Role| {
        if let Some(part) = line.get(from..to).filter(|part| !part.is_empty()) {
            push_sanitised(&mut spans, part, start + from, origin, role.into(), column);
            column = spans.iter().map(Span::width).sum();
        }
    };
    for (range, kind) in colours.unwrap_or_default() {
        push(plain_from, range.start, plain);
        push(range.start.max(plain_from), range.end, Role::Syntax(*kind));
        plain_from = range.end.max(plain_from);
    }
    push(plain_from, line.len(), plain);
    spans
}

/// Rows of whole lines of code.
pub(super) fn code_rows(
    code: &str,
    start: usize,
    origin: &Origin,
    colours: Option<&HighlightedLines>,
    width: usize,
) -> Vec<Row> {
    lines(code)
        .enumerate()
        .flat_map(|(index, (at, line))| {
            let colours = colours.and_then(|lines| lines.get(index)).map(Vec::as_slice);
            code_line(line, start + at, origin, colours, width)
        })
        .collect()
}

/// The lines of a text with their positions, without their line ends; no empty line after the last line end.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let line = line.strip_suffix('\n').map_or(line, without_carriage_return);
        (start, line)
    })
}

/// Appends text to a line of runs, sanitised and mapped to its source; joins it to the run before where nothing differs.
pub(super) fn push_sanitised(
    spans: &mut Vec<Span>,
    text: &str,
    start: usize,
    origin: &Origin,
    kind: SpanKind,
    column: usize,
) {
    each_piece(text, column, |piece, shown, part| {
        let source = origin.range(start + part.start..start + part.end);
        let kind = if shown == Shown::Marker { Role::Marker.into() } else { kind };
        if let Some(last) = spans.last_mut()
            && shown == Shown::AsIs
            && last.kind == kind
            && last.is_exact()
            && last.source.end == source.start
        {
            last.text.push_str(piece);
            last.source.end = source.end;
        } else {
            spans.push(Span::new(piece, kind, source));
        }
    });
}
