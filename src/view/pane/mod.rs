//! The panes of Compose: each a pure function of the state.

mod arm;
mod case;
mod comparison;
pub mod diff;
mod fourfold;
pub mod matrix;
mod prompt;
mod samples;
mod scores;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::layout::Frame;
use super::screen::Drawn;
use crate::state::{Pane, State};
use crate::theme::Theme;

/// Draws one pane and gives back the area of its content.
#[expect(clippy::too_many_arguments, reason = "one dispatcher for all panes; each pane takes only what it needs")]
pub fn draw(
    state: &mut State,
    which: Pane,
    area: Rect,
    frame: Frame,
    focused: bool,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) -> Rect {
    match which {
        Pane::Prompt => prompt::draw(state, area, frame, focused, buffer, theme, drawn),
        Pane::Case => case::draw(state, area, frame, focused, buffer, theme, drawn),
        Pane::Arm(slot) => arm::draw(state, slot, area, frame, focused, buffer, theme, drawn),
        Pane::Diff => comparison::draw(state, area, frame, focused, buffer, theme),
        Pane::Scores if state.fourfold.shown => fourfold::draw(state, area, frame, focused, buffer, theme),
        Pane::Scores => scores::draw(state, area, frame, focused, buffer, theme),
    }
}
