//! The rows in sight: the case's name and its cells; the selected one by a mark as well as by its style.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::cell::{self, Going, Said};
use super::columns::Columns;
use crate::state::matrix::View;
use crate::state::{MatrixState, State};
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width};

/// What goes on in a cell.
pub(super) fn going(matrix: &MatrixState, row: u32, arm: u32) -> Going {
    let live = matrix.live_here();
    let here = live.and_then(|live| live.under_way.iter().find(|((of, column, _), _)| *of == row && *column == arm));
    // What was stopped stays marked when the run has come to its end without it.
    let head = matrix.run.as_ref().and_then(|run| run.heads.get(arm as usize));
    let closed = live.is_some_and(|live| live.closed.contains(&arm)) || head.is_some_and(|head| head.closed.is_some());
    match here {
        Some((_, Some(bytes))) => Going::Streaming(*bytes),
        Some((_, None)) => Going::Asked,
        None if closed => Going::Closed,
        None => Going::Still,
    }
}

/// A shade; brackets mark the selected one, whose shade stays what it is.
fn shade(said: &Said, selected: bool, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let [open, close] = if selected { ["[", "]"] } else { [" ", " "] };
    let marks = theme.style(Role::TitleFocused);
    let spans = vec![
        Span::styled(open, marks),
        Span::styled(format!("{:<2}", said.text), theme.style(said.role)),
        Span::styled(close, marks),
    ];
    Line::from(spans).render(area, buffer);
}

/// Draws them.
pub(super) fn draw(
    state: &State,
    columns: &Columns,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let matrix = &state.matrix;
    drawn.targets.push((area, Target::Rows));
    if matrix.is_empty() {
        let words = if matrix.order.share.is_some() {
            "looking…"
        } else if matrix.order.is_set() {
            "No case passes this filter. Esc shows all again."
        } else {
            "This run has no case."
        };
        Line::from(Span::styled(words, theme.style(Role::Muted))).render(Rect { height: 1, ..area }, buffer);
        return;
    }
    for line in 0..area.height {
        let place = matrix.top + usize::from(line);
        let Some(number) = matrix.row_at(place).filter(|_| place < matrix.len()) else { break };
        let line = Rect { y: area.y + line, height: 1, ..area };
        let here = place == matrix.line;
        let row = matrix.at(place);
        let mark = if here { "▸" } else { " " };
        let name = row.map_or_else(|| format!("{}", number + 1), |row| row.case.clone());
        let name = sanitise_line(&format!("{mark}{name}")).into_owned();
        let name = truncate_to_width(&name, usize::from(columns.name).saturating_sub(1)).into_owned();
        let role = if here { Role::Title } else { Role::Text };
        let named = Rect { width: columns.name, ..line }.intersection(line);
        Line::from(Span::styled(name, theme.style(role))).render(named, buffer);
        drawn.targets.push((named, Target::Cell { place, column: matrix.column }));
        for (arm, offset) in columns.each() {
            let area = Rect { x: line.x + offset, width: columns.cell, ..line }.intersection(line);
            let cell = row.and_then(|row| row.cells.get(arm)?.as_ref());
            let going = going(matrix, number, arm as u32);
            let said = match (matrix.view, row) {
                (_, None) => cell::Said { text: " ".to_owned(), role: Role::Muted },
                (View::Heat, _) => cell::shade(cell, matches!(going, Going::Asked | Going::Streaming(_))),
                _ => cell::words(cell, going),
            };
            let selected = here && arm == matrix.column;
            drawn.targets.push((area, Target::Cell { place, column: arm }));
            if matrix.view == View::Heat {
                shade(&said, selected, area, buffer, theme);
                continue;
            }
            let room = usize::from(area.width).saturating_sub(1);
            let lead = if selected { "▸" } else { " " };
            let text = truncate_to_width(&format!("{lead}{}", said.text), room).into_owned();
            let style = theme.style(if selected { Role::Selection } else { said.role });
            if selected {
                let width = (display_width(&text).max(2) as u16).min(area.width);
                buffer.set_style(Rect { width, ..area }, style);
            }
            Line::from(Span::styled(text, style)).render(area, buffer);
        }
    }
}
