//! What may follow the first chord of a sequence, listed over the foot of the screen once the person has hesitated.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

use super::text::{display_width, truncate_to_width};
use crate::app::follows;
use crate::state::State;
use crate::theme::{Role, Theme};

/// Draws the list at the lower left corner of `area`, as many lines as there is room for.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let Some(prefix) = state.prefix.filter(|prefix| prefix.listed) else { return };
    let rows: Vec<(String, &str)> = follows(state, prefix.first)
        .into_iter()
        .map(|(chord, action)| (format!("{} {}", prefix.first.short(), chord.short()), action.row().title))
        .collect();
    let keys = rows.iter().map(|(keys, _)| display_width(keys)).max().unwrap_or(0);
    let titles = rows.iter().map(|(_, title)| display_width(title)).max().unwrap_or(0);
    let width = ((keys + titles + 4) as u16).min(area.width);
    let height = (rows.len() as u16).min(area.height);
    let place = Rect { y: area.bottom() - height, width, height, ..area };
    Clear.render(place, buffer);
    buffer.set_style(place, theme.style(Role::Overlay));
    for (line, (chords, title)) in place.rows().zip(rows) {
        let title = truncate_to_width(title, usize::from(width).saturating_sub(keys + 4)).into_owned();
        let pad = keys - display_width(&chords) + 2;
        Line::from(vec![
            Span::styled(format!(" {chords}"), theme.style(Role::Key)),
            Span::styled(format!("{}{title}", " ".repeat(pad)), theme.style(Role::Text)),
        ])
        .render(line, buffer);
    }
}
