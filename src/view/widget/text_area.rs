//! Draws an editor into an area: text with its overlays, marks of the checks, selection. It keeps nothing; the
//! editor knows where the view is, and [`fit`] tells it how large.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use crate::editor::{Editor, Row, SpanKind, display_grapheme, is_stand_in};

/// The looks of a text area.
#[derive(Clone, Copy)]
pub struct TextAreaStyles<'a> {
    /// The text and the ground.
    pub text: Style,
    /// Laid over a span of each kind.
    pub span: &'a dyn Fn(SpanKind) -> Style,
}

fn columns(text: Rect) -> usize {
    usize::from(text.width.saturating_sub(1)).max(1)
}

/// Tells the editor how much of it the area shows. To be called whenever the area or the text has changed, before drawing.
pub fn fit(editor: &mut Editor, area: Rect) {
    editor.set_viewport(columns(area), usize::from(area.height));
}

/// A text area, ready to draw.
pub struct TextArea<'a> {
    editor: &'a Editor,
    styles: TextAreaStyles<'a>,
}

/// A grapheme on the screen.
struct Cells {
    offset: usize,
    position: Position,
    width: u16,
}

impl<'a> TextArea<'a> {
    /// A text area of what the editor shows.
    pub fn new(editor: &'a Editor, styles: TextAreaStyles<'a>) -> Self {
        Self { editor, styles }
    }

    /// Draws, and says in which cell the caret is, if it is in sight.
    pub fn render(&self, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return None;
        }
        clear(area, self.styles.text, buffer);
        let rows = self.editor.visible_rows(columns(area), usize::from(area.height));
        let mut cells = Vec::with_capacity(rows.len() * 64);
        let mut line_ends = vec![];
        let mut caret = None;
        for (y, row) in (area.top()..area.bottom()).zip(&rows) {
            self.draw_row(Rect { y, height: 1, ..area }, row, buffer, &mut cells);
            if row.closes_line && row.range.end < self.editor.buffer().len() {
                line_ends.push((row.range.end, cell_at(area, y, row.columns())));
            }
            if let Some(column) = self.editor.caret_column(row) {
                caret = Some(cell_at(area, y, column));
            }
        }
        self.paint(&rows, &cells, &line_ends, buffer);
        caret
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
