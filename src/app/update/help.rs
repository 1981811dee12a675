//! The page of keys: over everything else, about what lies under it. That stays as it was, and hears its own news meanwhile.

use super::actions;
use super::keys::{rows, scroll_of};
use crate::app::action::{Action, Scope};
use crate::app::effect::Effect;
use crate::keys::{Chord, Resolved};
use crate::state::tune::Control;
use crate::state::{Overlay, State};

/// Shows the page, from its first line.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    state.help = Some(0);
    Vec::new()
}

/// A key while the page is shown: what opened it takes it away as well as Esc does.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    if let Resolved::Action(action) = state.keys.resolve(&[Scope::Global], None, chord) {
        match action {
            Action::Help => state.help = None,
            Action::Leave | Action::Quit | Action::Suspend | Action::Redraw | Action::CopyOrQuit => {
                return actions::act(state, action);
            }
            _ => {}
        }
        return Vec::new();
    }
    if chord.typed() == Some('?') {
        state.help = None;
    } else if let Some(scroll) = scroll_of(chord) {
        scrolled(state, rows(scroll, state.page_rows));
    }
    Vec::new()
}

/// Scrolls the page.
pub(super) fn scrolled(state: &mut State, rows: isize) {
    state.help = state.help.map(|scroll| scroll.saturating_add_signed(rows));
}

/// Whether letters are text in what lies over the screen, so that `?` is one.
pub(super) fn types_text(state: &State) -> bool {
    match state.overlays.last() {
        Some(
            Overlay::Pick(..)
            | Overlay::NewPrompt(_)
            | Overlay::Parameters { .. }
            | Overlay::Samples { .. }
            | Overlay::StartRun(_)
            | Overlay::RaiseLimit(_)
            | Overlay::MatrixSearch(_)
            | Overlay::History(_)
            | Overlay::GiveKey(_)
            | Overlay::PasteCase(..)
            // It has a key of its own for this, and fields in which it is text.
            | Overlay::Data,
        ) => true,
        Some(Overlay::Distil) => state.distil.editing.is_some(),
        Some(Overlay::Tune) if state.tune.watched.is_none() => {
            let field = state.tune.fields.get(state.tune.focused);
            field.is_some_and(|field| matches!(field.control, Control::Text(_)))
        }
        _ => false,
    }
}
