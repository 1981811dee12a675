//! What is said where there is no run to show.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::state::State;
use crate::theme::{Role, Theme};
use crate::view::text::{sanitise_line, word_rows};

/// Says what to do.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let said: Vec<(Role, String)> = match (&state.matrix.fault, state.matrix.reading) {
        (Some(fault), _) => vec![(Role::Error, format!("{} {}", fault.what, fault.hint))],
        (None, true) => vec![(Role::Muted, "reading…".to_owned())],
        (None, false) => EMPTY.iter().map(|(role, text)| (*role, (*text).to_owned())).collect(),
    };
    let rows = said.into_iter().flat_map(|(role, text)| {
        word_rows(&sanitise_line(&text), usize::from(area.width)).into_iter().map(move |row| (role, row))
    });
    for (row, (role, text)) in rows.enumerate().take(usize::from(area.height)) {
        let line = Rect { y: area.y + row as u16, height: 1, ..area };
        Line::from(Span::styled(text, theme.style(role))).render(line, buffer);
    }
}

const EMPTY: [(Role, &str); 3] = [
    (Role::Title, "Nothing has been measured here yet."),
    (
        Role::Text,
        "A run asks every arm every case of a split, keeps each answer, and can be gone on with at any time. Press n to begin one: \
         what it will take is said first.",
    ),
    (Role::Muted, "Arms stand here as columns, cases as rows. Esc goes back to Compose."),
];
