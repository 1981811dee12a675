//! The Tune screen: the form with what it would take, or the training that runs.

mod curve;
mod form;
mod progress;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::list::centred;
use super::press::{self, open_box};
use crate::state::TuneState;
use crate::theme::Theme;
use crate::tune::Phase;
use crate::view::screen::Drawn;

/// Draws it over the screen.
pub(super) fn draw(tune: &mut TuneState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    if let Some(watched) = &tune.watched {
        let outer = centred(area, 140, area.height);
        let is_tuned = watched.progress.phase == Phase::Finished;
        let title = format!("{} {}", if is_tuned { "Tuned" } else { "Tuning" }, watched.name);
        let goes_on = if watched.progress.phase.is_over() { "" } else { ", it goes on" };
        let inside = open_box(outer, buffer, theme, &title, &format!("Esc: back to Compose{goes_on}"), drawn);
        progress::draw(watched, inside, buffer, theme, drawn);
        return;
    }
    let height = tune.shown().len() as u16 + form::ROWS_BELOW;
    let outer = centred(area, 100, height.min(area.height).max(8));
    let inside = open_box(outer, buffer, theme, "Tune on this machine", "Enter: start · Esc", drawn);
    form::draw(tune, inside, buffer, theme, drawn);
}
