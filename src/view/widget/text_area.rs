//! Draws an editor into an area: text with its overlays, marks of the checks, line numbers, selection. It keeps nothing; the
//! editor knows where the view is, and [`fit`] tells it how large.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::editor::{Editor, Row, SpanKind, display_grapheme, is_stand_in};

/// Below this width of text, line numbers give way.
const NUMBERS_NEED: u16 = 30;
/// Below this width of text, the marks give way too.
const MARKS_NEED: u16 = 12;
/// Columns of the marks: a sign and a space.
const MARKS_WIDTH: u16 = 2;

/// What is drawn left of the text, room permitting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gutter {
    /// Nothing.
    #[default]
    Bare,
    /// A sign at rows the checks have something to say about.
    Marks,
    /// The signs and the line numbers.
    MarksAndNumbers,
}

/// The looks of a text area.
#[derive(Clone, Copy)]
pub struct TextAreaStyles<'a> {
    /// The text and the ground.
    pub text: Style,
    /// Line numbers.
    pub number: Style,
    /// The number of the caret's line.
    pub current_number: Style,
    /// Laid over the rows of the caret's line.
    pub current_line: Style,
    /// The example in an empty editor.
    pub placeholder: Style,
    /// Laid over a span of each kind.
    pub span: &'a dyn Fn(SpanKind) -> Style,
}

/// Where the parts of a text area are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    marks: u16,
    numbers: u16,
    /// The text, with the spare column at its right.
    text: Rect,
}

fn parts(editor: &Editor, area: Rect, gutter: Gutter) -> Parts {
    let digits = editor.buffer().line_count().max(10).ilog10() as u16 + 1;
    let marks = match gutter {
        Gutter::Marks | Gutter::MarksAndNumbers if area.width >= MARKS_NEED + MARKS_WIDTH => MARKS_WIDTH,
        _ => 0,
    };
    let numbers = match gutter {
        Gutter::MarksAndNumbers if area.width > NUMBERS_NEED + marks + digits => digits + 1,
        _ => 0,
    };
    let text = Rect { x: area.x + marks + numbers, width: area.width - marks - numbers, ..area };
    Parts { marks, numbers, text }
}

fn columns(text: Rect) -> usize {
    usize::from(text.width.saturating_sub(1)).max(1)
}

/// Tells the editor how much of it the area shows. To be called whenever the area or the text has changed, before drawing.
pub fn fit(editor: &mut Editor, area: Rect, gutter: Gutter) {
    let text = parts(editor, area, gutter).text;
    editor.set_viewport(columns(text), usize::from(text.height));
}

/// A text area, ready to draw.
pub struct TextArea<'a> {
    editor: &'a Editor,
    styles: TextAreaStyles<'a>,
    gutter: Gutter,
    placeholder: &'a str,
}

/// A grapheme on the screen.
struct Cells {
    offset: usize,
    position: Position,
    width: u16,
}

impl<'a> TextArea<'a> {
    /// A text area without gutter and placeholder.
    pub fn new(editor: &'a Editor, styles: TextAreaStyles<'a>) -> Self {
        Self { editor, styles, gutter: Gutter::Bare, placeholder: "" }
    }

    /// With something left of the text.
    #[must_use]
    pub fn gutter(self, gutter: Gutter) -> Self {
        Self { gutter, ..self }
    }

    /// With an example to show while there is no text.
    #[must_use]
    pub fn placeholder(self, placeholder: &'a str) -> Self {
        Self { placeholder, ..self }
    }

    /// Draws, and says in which cell the caret is, if it is in sight.
    pub fn render(&self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return None;
        }
        clear(area, self.styles.text, buffer);
        let parts = parts(self.editor, area, self.gutter);
        let text = parts.text;
        let rows = self.editor.visible_rows(columns(text), usize::from(text.height));
        let caret_line = self.editor.buffer().line_of(self.editor.selection().head);
        let mut cells = Vec::with_capacity(rows.len() * 64);
        let mut line_ends = vec![];
        let mut caret = None;
        for (y, row) in (text.top()..text.bottom()).zip(&rows) {
            if row.line == caret_line {
                buffer.set_style(Rect { y, height: 1, ..area }, self.styles.current_line);
            }
            self.draw_gutter(Rect { y, height: 1, ..area }, parts, row, row.line == caret_line, buffer);
            self.draw_row(Rect { y, height: 1, ..text }, row, buffer, &mut cells);
            if row.closes_line && row.range.end < self.editor.buffer().len() {
                line_ends.push((row.range.end, cell_at(text, y, row.columns())));
            }
            if let Some(column) = self.editor.caret_column(row) {
                caret = Some(cell_at(text, y, column));
            }
        }
        if self.editor.buffer().is_empty() {
            let width = usize::from(text.width);
            buffer.set_stringn(text.x, text.y, self.placeholder, width, self.styles.placeholder);
        }
        self.paint(&rows, &cells, &line_ends, buffer);
        caret
    }

    fn draw_gutter(&self, line: Rect, parts: Parts, row: &Row, is_current: bool, buffer: &mut Buffer) {
        if parts.marks > 0
            && let Some(kind) = self.worst(row)
        {
            buffer.set_stringn(line.x, line.y, sign(kind), 1, (self.styles.span)(kind));
        }
        if parts.numbers > 0 && row.opens_line {
            let width = usize::from(parts.numbers - 1);
            let style = if is_current { self.styles.current_number } else { self.styles.number };
            buffer.set_stringn(line.x + parts.marks, line.y, format!("{:>width$}", row.line + 1), width, style);
        }
    }

    /// The gravest thing the checks have to say about a row.
    fn worst(&self, row: &Row) -> Option<SpanKind> {
        let spans = self.editor.diagnostics_within(row.range.start..row.range.end.max(row.range.start + 1));
        spans.map(|span| span.kind).max()
    }

    fn draw_row(&self, line: Rect, row: &Row, buffer: &mut Buffer, cells: &mut Vec<Cells>) {
        for glyph in &row.glyphs {
            let Ok(column) = u16::try_from(glyph.column) else { break };
            if column >= line.width {
                break;
            }
            let room = line.width - column;
            let position = Position { x: line.x + column, y: line.y };
            let width = (glyph.width as u16).min(room);
            let grapheme = row.grapheme(glyph);
            if grapheme != "\t" {
                let (shown, natural) = display_grapheme(grapheme);
                draw_grapheme(position, &shown, natural, room, buffer);
                if is_stand_in(grapheme) {
                    buffer.set_style(cells_rect(position, width, line), (self.styles.span)(SpanKind::Marker));
                }
            }
            cells.push(Cells { offset: row.range.start + glyph.offset, position, width });
        }
    }

    /// Lays spans, search and selection over the drawn text.
    fn paint(&self, rows: &[Row], cells: &[Cells], line_ends: &[(usize, Position)], buffer: &mut Buffer) {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return };
        let window = first.range.start..last.range.end + 1;
        let selected = self.editor.selection().range();
        let mut paint = |range: std::ops::Range<usize>, kind| {
            let from = cells.partition_point(|cell| cell.offset < range.start);
            let style = (self.styles.span)(kind);
            for cell in cells.iter().skip(from).take_while(|cell| cell.offset < range.end) {
                buffer.set_style(cells_rect(cell.position, cell.width, buffer.area), style);
            }
        };
        for span in self.editor.spans_within(window.clone()) {
            paint(span.range.clone(), span.kind);
        }
        for found in self.editor.matches_within(window) {
            let kind = if found == selected { SpanKind::CurrentMatch } else { SpanKind::SearchMatch };
            paint(found, kind);
        }
        let is_match = self.editor.find_status().is_some_and(|status| status.current.is_some());
        if !is_match {
            paint(selected.clone(), SpanKind::Selection);
        }
        for (offset, position) in line_ends {
            if selected.contains(offset) {
                buffer.set_style(cells_rect(*position, 1, buffer.area), (self.styles.span)(SpanKind::Selection));
            }
        }
    }
}

/// Signs that tell the kinds apart without colour.
fn sign(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::ErrorMark => "!",
        SpanKind::UnknownVariable => "?",
        SpanKind::UnusedVariable => "~",
        _ => "*",
    }
}

/// Blanks an area; the ground that lies under it stays.
fn clear(area: Rect, style: Style, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        let first = buffer.index_of(area.x, y);
        let row = buffer.content.get_mut(first..first + usize::from(area.width)).unwrap_or_default();
        for cell in row {
            let ground = cell.bg;
            cell.reset();
            cell.set_bg(ground).set_style(style);
        }
    }
}

/// A cell of a row; a column beyond the area is brought to its last.
fn cell_at(text: Rect, y: u16, column: usize) -> Position {
    let last = text.width.saturating_sub(1);
    Position { x: text.x + u16::try_from(column).map_or(last, |column| column.min(last)), y }
}

fn cells_rect(position: Position, width: u16, within: Rect) -> Rect {
    Rect { x: position.x, y: position.y, width, height: 1 }.intersection(within)
}

fn draw_grapheme(position: Position, shown: &str, width: usize, room: u16, buffer: &mut Buffer) {
    // Most graphemes are one cell; only a stand-in is several.
    if width <= 2 && width <= usize::from(room) {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.set_symbol(shown);
        }
        if width == 2
            && let Some(cell) = buffer.cell_mut(Position { x: position.x + 1, ..position })
        {
            cell.set_symbol(" ");
        }
    } else {
        let (end, _) = buffer.set_stringn(position.x, position.y, shown, usize::from(room), Style::new());
        if end == position.x
            && let Some(cell) = buffer.cell_mut(position)
        {
            // A wide character in a single column.
            cell.set_symbol(">");
        }
    }
}

#[cfg(test)]
#[path = "text_area_tests.rs"]
mod tests;
