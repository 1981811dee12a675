//! The mouse: a click focuses or chooses, the wheel scrolls what lies under it. Nothing needs it.

use super::{actions, overlay};
use crate::app::effect::Effect;
use crate::app::event::Pointer;
use crate::editor::Command;
use crate::keys::{Chord, Key};
use crate::state::{Overlay, Pane, State};
use crate::view::screen::Target;
use crate::view::text::Scroll;

/// The mouse did something on something.
pub(super) fn pointed(state: &mut State, pointer: Pointer) -> Vec<Effect> {
    match pointer {
        Pointer::Press { target, column, row } => pressed(state, target, column, row),
        Pointer::Wheel { target, rows } => {
            wheel(state, target, rows);
            Vec::new()
        }
    }
}

fn pressed(state: &mut State, target: Target, column: u16, row: u16) -> Vec<Effect> {
    match target {
        Target::Do(action) => actions::act(state, action),
        Target::Pane(pane) => {
            state.focus = pane;
            Vec::new()
        }
        Target::Text(pane) => {
            state.focus = pane;
            place_caret(state, column, row);
            Vec::new()
        }
        Target::Field(field) => {
            state.focus = Pane::Case;
            state.case.focused = field;
            place_caret(state, column, row);
            Vec::new()
        }
        Target::Line(line) => {
            match state.overlays.last_mut() {
                Some(Overlay::Pick(_, picker)) => picker.select(line),
                Some(Overlay::History { selected, .. }) => *selected = line,
                _ => return Vec::new(),
            }
            overlay::pressed(state, Chord::plain(Key::Enter))
        }
    }
}

fn place_caret(state: &mut State, column: u16, row: u16) {
    let now = state.now_ms;
    if let Some(editor) = state.text_mut() {
        // The frame that was clicked on drew these rows.
        let (columns, height) = editor.viewport();
        let rows = editor.visible_rows(columns, height);
        let Some(place) = rows.get(usize::from(row)).or(rows.last()).map(|row| row.place_at(usize::from(column)))
        else {
            return;
        };
        editor.apply(Command::MoveTo(place), now);
    }
}

fn wheel(state: &mut State, target: Target, rows: isize) {
    match target {
        Target::Pane(Pane::Arm(slot)) => {
            let slot = state.shown_slot(slot);
            if let Some(arm) = state.arm_mut(slot) {
                arm.answer.scroll(Scroll::Rows(rows));
            }
        }
        Target::Pane(Pane::Diff) => state.diff.scroll_by += rows,
        Target::Text(Pane::Prompt) | Target::Pane(Pane::Prompt) => state.prompt.editor.scroll_by(rows),
        Target::Field(field) => {
            if let Some(field) = state.case.fields.get_mut(field) {
                field.editor.scroll_by(rows);
            }
        }
        Target::Line(_) => {
            if let Some(Overlay::Pick(_, picker)) = state.overlays.last_mut() {
                picker.step(rows);
            }
        }
        _ => {}
    }
}
