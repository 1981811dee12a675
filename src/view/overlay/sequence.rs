//! What may follow the first chord of a sequence, listed over the foot of the screen once the person has hesitated.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::open_box;
use crate::app::follows;
use crate::state::State;
use crate::theme::{Role, Theme};
use crate::view::text::{display_width, truncate_to_width};

/// The least columns and rows of a box with a frame.
const LEAST: (u16, u16) = (30, 5);

/// Draws the list at the lower left corner of `area`, as many lines as there is room for.
pub(in crate::view) fn draw(state: &State, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let Some(prefix) = state.prefix.filter(|prefix| prefix.listed) else { return };
    let rows: Vec<(String, &str)> = follows(state, prefix.first)
        .into_iter()
        .map(|(chord, action)| (format!("{} {}", prefix.first.short(), chord.short()), action.row().title))
        .collect();
    let keys = rows.iter().map(|(keys, _)| display_width(keys)).max().unwrap_or(0);
    let titles = rows.iter().map(|(_, title)| display_width(title)).max().unwrap_or(0);
    let width = ((keys + titles + 6) as u16).max(LEAST.0).min(area.width);
    let height = (rows.len() as u16 + 2).max(LEAST.1).min(area.height);
    let place = Rect { y: area.bottom() - height, width, height, ..area };
    let inside = open_box(place, buffer, theme, &format!("{} …", prefix.first.short()), "Esc");
    for (line, (chords, title)) in inside.rows().zip(rows) {
        let pad = keys - display_width(&chords) + 2;
        let title = truncate_to_width(title, usize::from(line.width).saturating_sub(keys + 3)).into_owned();
        Line::from(vec![
            Span::styled(format!(" {chords}"), theme.style(Role::Key)),
            Span::styled(format!("{}{title}", " ".repeat(pad)), theme.style(Role::Text)),
        ])
        .render(line, buffer);
    }
}
