//! Draws the visible rows of an answer into a buffer. Styles come in by role; colours are the theme's business.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_segmentation::UnicodeSegmentation;

use super::put::put;
use super::span::{Marks, Role, Row, Span, SpanKind};
use super::stream::StreamText;
use super::width::{display_width, grapheme_width, truncate_to_width};

/// The styles of all roles.
#[derive(Clone, Copy)]
pub struct TextStyles<'a> {
    style: &'a dyn Fn(Role) -> Style,
}

impl<'a> TextStyles<'a> {
    /// Styles by role, as the theme has them.
    pub fn new(style: &'a dyn Fn(Role) -> Style) -> Self {
        Self { style }
    }

    /// The style of a role.
    pub fn role(&self, role: Role) -> Style {
        (self.style)(role)
    }

    /// The style of a role with its marks.
    pub fn kind(&self, kind: SpanKind) -> Style {
        let marks = [
            (Marks::STRONG, Modifier::BOLD),
            (Marks::EMPHASIS, Modifier::ITALIC),
            (Marks::STRUCK, Modifier::CROSSED_OUT),
        ];
        marks
            .into_iter()
            .filter(|(mark, _)| kind.marks.has(*mark))
            .fold(self.role(kind.role), |style, (_, modifier)| style.add_modifier(modifier))
    }
}

/// Whether the note about unseen rows is drawn over the last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Badge {
    /// Drawn when there are any.
    #[default]
    Shown,
    /// Left to the caller.
    Hidden,
}

/// Draws the rows of the last layout. Never outside `area`, whatever its size.
pub fn draw(text: &StreamText, area: Rect, buffer: &mut Buffer, styles: TextStyles<'_>, badge: Badge) {
    let area = area.intersection(buffer.area);
    let selected = text.selected();
    for (row, y) in text.rows().iter().zip(area.top()..area.bottom()) {
        draw_row(row, area, y, buffer, styles);
        if let Some(selected) = &selected {
            overlay(row, selected, area, y, buffer, styles.role(Role::Selection));
        }
        for (found, is_current) in text.matches_in(&row.source) {
            let role = if is_current { Role::CurrentMatch } else { Role::Match };
            overlay(row, &found, area, y, buffer, styles.role(role));
        }
    }
    if badge == Badge::Shown && text.unseen_rows() > 0 {
        draw_badge(text.unseen_rows(), area, buffer, styles);
    }
}

/// Draws one row of runs at the left of `area`, in the line `y`.
pub fn draw_row(row: &Row, area: Rect, y: u16, buffer: &mut Buffer, styles: TextStyles<'_>) {
    let mut x = area.left();
    for span in &row.spans {
        if x >= area.right() {
            break;
        }
        let room = usize::from(area.right() - x);
        x = put(buffer, x, y, &span.text, room, styles.kind(span.kind));
    }
}

/// Lays a style over the cells of a row that show a part of `range`.
fn overlay(row: &Row, range: &Range<usize>, area: Rect, y: u16, buffer: &mut Buffer, style: Style) {
    let mut x = usize::from(area.left());
    for span in &row.spans {
        let width = span.width();
        if !span.source.is_empty() && span.source.start < range.end && range.start < span.source.end {
            overlay_span(span, range, x, area, y, buffer, style);
        }
        x += width;
    }
}

fn overlay_span(span: &Span, range: &Range<usize>, x: usize, area: Rect, y: u16, buffer: &mut Buffer, style: Style) {
    let mut x = x;
    for (at, grapheme) in span.text.grapheme_indices(true) {
        let width = grapheme_width(grapheme);
        let source = span.source_of(at..at + grapheme.len());
        if source.start < range.end && range.start < source.end {
            for cell in x..(x + width).min(usize::from(area.right())) {
                if let Some(cell) = buffer.cell_mut((cell as u16, y)) {
                    cell.set_style(style);
                }
            }
        }
        x += width;
    }
}

fn draw_badge(unseen: usize, area: Rect, buffer: &mut Buffer, styles: TextStyles<'_>) {
    let Some(y) = area.bottom().checked_sub(1).filter(|y| *y >= area.top()) else { return };
    let lines = if unseen == 1 { "line" } else { "lines" };
    let long = format!(" {unseen} new {lines}, End to follow ");
    // What it takes to see them is told as long as there is room for it.
    let short = format!(" {unseen} new: End ");
    let room = usize::from(area.width);
    let note = [long, short].into_iter().find(|note| display_width(note) <= room);
    let note = note.unwrap_or_else(|| truncate_to_width(&format!(" {unseen} new "), room).into_owned());
    let x = area.right().saturating_sub(display_width(&note) as u16);
    buffer.set_stringn(x.max(area.left()), y, &note, room, styles.role(Role::Badge));
}
