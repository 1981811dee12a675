//! Three lines for a first start: what stands on the screen, and what to press. Gone after the first run, or with Esc.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::hints::{self, Hint, place};
use super::screen::Drawn;
use super::text::truncate_to_width;
use crate::app::{Action, scopes};
use crate::state::{EngineState, Phase, State};
use crate::theme::{Role, Theme};

/// Draws the lines; a click on a key does what the key does.
pub(super) fn draw(state: &State, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    if area.is_empty() {
        return;
    }
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let line = |row: u16| Rect { y: inner.y + row, height: 1, ..inner };
    let date = state.arms.iter().find_map(|arm| match &arm.phase {
        Phase::Recorded { date, .. } => Some(date.as_str()),
        _ => None,
    });
    let said = date.map_or_else(
        || "Nothing has been run here yet.".to_owned(),
        |date| format!("Recorded answers of {date}; nothing has been run on this machine yet."),
    );
    let said = truncate_to_width(&said, usize::from(inner.width)).into_owned();
    Line::from(Span::styled(said, theme.style(Role::Info))).render(line(0), buffer);
    let fetches = state.arms.iter().any(|arm| state.engine_of(arm) == Some(&EngineState::Absent));
    let here = state.arms.iter().any(|arm| state.engine_of(arm).is_some());
    let live = if fetches {
        "answer live (fetches a 98 MB model, once)"
    } else if here {
        "answer live, here"
    } else {
        "answer live"
    };
    let first = [(Action::Run, live), (Action::NextCase, "next case"), (Action::NextPane, "next pane")];
    let second = [
        (Action::PickModel, "(on an answer) another model"),
        (Action::History, "history"),
        (Action::Help, "keys"),
        (Action::Leave, "hide these lines"),
    ];
    for (row, actions) in [first.as_slice(), second.as_slice()].into_iter().enumerate() {
        let hints: Vec<Hint> = actions
            .iter()
            .filter_map(|(action, words)| {
                // Keys of a pane that has not the focus are shown too: the words say where they work.
                let known = state.keys.chord_in(*action, &scopes(state));
                let chord = known.or_else(|| state.keys.all_chords_of(*action).first().copied())?;
                Some(Hint { action: *action, key: chord.short(), title: (*words).to_owned() })
            })
            .collect();
        let line = line(row as u16 + 1);
        hints::draw(place(&hints, &[], line.width), line, Role::Text, theme, buffer, drawn);
    }
}
