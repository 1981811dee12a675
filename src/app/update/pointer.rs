//! The mouse: a click focuses or chooses, dragging selects, the wheel scrolls what lies under it. Nothing needs it.

use super::{
    actions, data, give_key, keys, mapping, matrix, new_prompt, overlay, parameters, prompt, scores, strengths, tune,
};
use crate::app::effect::Effect;
use crate::app::event::Pointer;
use crate::editor::{Command, Editor, Motion, Place};
use crate::keys::{Chord, Key};
use crate::state::{FindPart, Overlay, Pane, Press, State};
use crate::view::screen::Target;
use crate::view::text::Scroll;

/// Presses on one cell within this time are a double click, then a triple one.
const CLICK_MS: u64 = 400;

/// The mouse did something on something.
pub(super) fn pointed(state: &mut State, pointer: Pointer) -> Vec<Effect> {
    match pointer {
        Pointer::Press { target, column, row } => {
            state.prefix = None;
            let clicks = count_clicks(state, target, column, row);
            pressed(state, target, column, row, clicks)
        }
        Pointer::Drag { target, column, row } => {
            dragged(state, target, column, row);
            Vec::new()
        }
        Pointer::Wheel { target, rows } => wheel(state, target, rows),
    }
}

/// How many presses in a row this is: one, two or three.
fn count_clicks(state: &mut State, target: Target, column: u16, row: u16) -> u8 {
    let cell = (target, column, row);
    let clicks = match state.press {
        Some(Press { cell: same, at_ms, clicks }) if same == cell && state.now_ms.saturating_sub(at_ms) <= CLICK_MS => {
            clicks % 3 + 1
        }
        _ => 1,
    };
    state.press = Some(Press { cell, at_ms: state.now_ms, clicks });
    clicks
}

fn pressed(state: &mut State, target: Target, column: u16, row: u16, clicks: u8) -> Vec<Effect> {
    match target {
        Target::Do(action) => return actions::act(state, action),
        Target::Press(chord) => return keys::pressed(state, chord),
        Target::Cell { place, column } if matches!(state.overlays.last(), Some(Overlay::Data)) => {
            state.data.go_to_column(column);
            return data::clicked(state, place as u64);
        }
        Target::Cell { place, column } if matches!(state.overlays.last(), Some(Overlay::Scores)) => {
            return scores::figure_clicked(state, (place, column), clicks);
        }
        Target::Cell { place, column } => return matrix::clicked(state, place, column, clicks),
        Target::Column(column) if matches!(state.overlays.last(), Some(Overlay::Data)) => {
            return data::head_clicked(state, column);
        }
        Target::Column(column) => {
            state.matrix.column = column;
            let next = state.matrix.order.sort.next_of(column as u32);
            return matrix::sort(state, next);
        }
        Target::View(view) => return matrix::show(state, view),
        Target::Rows | Target::Page => {}
        Target::Fault(fault) => return prompt::go_to_fault(state, fault),
        Target::Pane(pane) => state.focus = pane,
        Target::Text(pane) => {
            state.focus = pane;
            state.find.part = FindPart::Text;
            place_caret(state, column, row, clicks);
        }
        Target::Field(field) => {
            state.focus = Pane::Case;
            state.case.focused = field;
            state.find.part = FindPart::Text;
            place_caret(state, column, row, clicks);
        }
        Target::Answer(slot) => {
            state.focus = Pane::Arm(slot);
            let slot = state.shown_slot(slot);
            if let Some(arm) = state.arm_mut(slot) {
                arm.answer.begin_selection(column, row);
            }
        }
        Target::Find(part) => {
            let now = state.now_ms;
            state.find.part = part;
            if let Some(field) = state.find.field_mut() {
                if let Some(place) = place_in(field, column, 0) {
                    field.apply(Command::MoveTo(place), now);
                }
                select_around(field, clicks, now);
            }
        }
        Target::Tab(here) if matches!(state.overlays.last(), Some(Overlay::Scores)) => scores::show(state, here),
        Target::Tab(here) => return data::tab(state, here),
        Target::Line(line) => {
            match state.overlays.last_mut() {
                Some(Overlay::Pick(_, picker)) => picker.select(line),
                Some(Overlay::History(history)) => history.selected = line as u64,
                // A click steps through the line's choices, or puts the caret there.
                Some(Overlay::Tune) => return tune::step_choice(state, line, 1),
                Some(Overlay::Data) => return data::clicked(state, line as u64),
                Some(Overlay::Mapping(_)) => return mapping::clicked(state, line),
                Some(Overlay::Failures) => state.failures.selected = line,
                Some(Overlay::Scores) => return scores::clicked(state, line, clicks),
                Some(Overlay::Distil) => {
                    if state.distil.editing.is_none() {
                        state.distil.select(line);
                    }
                    return Vec::new();
                }
                Some(Overlay::StartRun(_)) => {
                    return matrix::form_focus(state, line);
                }
                Some(Overlay::NewPrompt(_)) => return new_prompt::clicked(state, line),
                Some(Overlay::Parameters { .. } | Overlay::Samples { .. }) => {
                    return parameters::focus(state, line);
                }
                Some(Overlay::Strengths) => {
                    strengths::select(state, line);
                    return Vec::new();
                }
                // What its keys do stands under the form.
                Some(Overlay::GiveKey(_)) if line > 0 => return give_key::start_again(state),
                Some(Overlay::GiveKey(_) | Overlay::ConfirmRecord(_)) => {}
                Some(Overlay::ConfirmQuit(_)) => return overlay::pressed(state, Chord::plain(Key::Char('y'))),
                _ => return Vec::new(),
            }
            return overlay::pressed(state, Chord::plain(Key::Enter));
        }
    }
    Vec::new()
}

/// The place under a cell of the frame that was clicked on.
fn place_in(editor: &Editor, column: u16, row: u16) -> Option<Place> {
    let (columns, height) = editor.viewport();
    let rows = editor.visible_rows(columns, height);
    rows.get(usize::from(row)).or(rows.last()).map(|row| row.place_at(usize::from(column)))
}

fn place_caret(state: &mut State, column: u16, row: u16, clicks: u8) {
    let now = state.now_ms;
    if let Some(editor) = state.text_mut()
        && let Some(place) = place_in(editor, column, row)
    {
        editor.apply(Command::MoveTo(place), now);
        select_around(editor, clicks, now);
    }
}

/// A second click takes the word, a third the line.
fn select_around(editor: &mut Editor, clicks: u8, now: u64) {
    match clicks {
        2 => drop(editor.apply(Command::SelectWord, now)),
        3 => drop(editor.apply(Command::SelectLine, now)),
        _ => {}
    }
}

/// The mouse moved with the button down, perhaps out of what it went down on: then that scrolls along.
fn dragged(state: &mut State, target: Target, column: i32, row: i32) {
    let now = state.now_ms;
    let inside = |at: i32| u16::try_from(at).unwrap_or(0);
    // A drag is no part of a double click.
    state.press = None;
    match target {
        Target::Text(_) | Target::Field(_) => {
            let Some(editor) = state.text_mut() else { return };
            let height = editor.viewport().1 as i32;
            let command = if row < 0 {
                Some(Command::Select(Motion::RowUp))
            } else if row >= height {
                Some(Command::Select(Motion::RowDown))
            } else {
                place_in(editor, inside(column), inside(row)).map(Command::SelectTo)
            };
            if let Some(command) = command {
                editor.apply(command, now);
            }
        }
        Target::Find(_) => {
            if let Some(field) = state.find.field_mut()
                && let Some(place) = place_in(field, inside(column), 0)
            {
                field.apply(Command::SelectTo(place), now);
            }
        }
        Target::Answer(slot) => {
            let slot = state.shown_slot(slot);
            let Some(arm) = state.arm_mut(slot) else { return };
            let height = arm.answer.scroll_position().height as i32;
            if row < 0 || row >= height {
                arm.answer.scroll(Scroll::Rows(if row < 0 { -1 } else { 1 }));
            }
            arm.answer.extend_selection(inside(column), inside(row.min(height - 1)));
        }
        Target::Pane(_)
        | Target::Fault(_)
        | Target::Do(_)
        | Target::Press(_)
        | Target::Line(_)
        | Target::Tab(_)
        | Target::Rows
        | Target::Page
        | Target::Cell { .. }
        | Target::Column(_)
        | Target::View(_) => {}
    }
}

fn wheel(state: &mut State, target: Target, rows: isize) -> Vec<Effect> {
    match target {
        Target::Column(_) | Target::Cell { .. } if matches!(state.overlays.last(), Some(Overlay::Data)) => {
            return data::wheel(state, rows);
        }
        Target::Cell { .. } if matches!(state.overlays.last(), Some(Overlay::Scores)) => scores::step(state, rows),
        Target::Rows | Target::Cell { .. } | Target::Column(_) => return matrix::wheel(state, rows),
        Target::Pane(Pane::Arm(slot)) | Target::Answer(slot) => {
            let slot = state.shown_slot(slot);
            if let Some(arm) = state.arm_mut(slot) {
                arm.answer.scroll(Scroll::Rows(rows));
            }
        }
        Target::Pane(Pane::Diff) => state.diff.scroll_by += rows,
        Target::Pane(Pane::Scores) => {
            state.fourfold.scroll = state.fourfold.scroll.saturating_add_signed(rows);
        }
        Target::Page => overlay::scrolled(state, rows),
        Target::Text(Pane::Prompt) | Target::Pane(Pane::Prompt) | Target::Fault(_) => {
            state.prompt.editor.scroll_by(rows);
        }
        Target::Field(field) => {
            if let Some(field) = state.case.fields.get_mut(field) {
                field.editor.scroll_by(rows);
            }
        }
        Target::Line(_) => match state.overlays.last_mut() {
            Some(Overlay::Pick(_, picker)) => picker.step(rows),
            Some(Overlay::History(history)) => {
                return history.step(rows as i64).map(Effect::ReadHistory).into_iter().collect();
            }
            Some(Overlay::Data) => return data::wheel(state, rows),
            Some(Overlay::Mapping(form)) => form.scroll = form.scroll.saturating_add_signed(rows),
            Some(Overlay::Failures) => state.failures.step(rows),
            Some(Overlay::Scores) => scores::step(state, rows),
            Some(Overlay::Distil) if state.distil.editing.is_none() => state.distil.step(rows),
            Some(Overlay::Strengths) => {
                if let Some(strip) = &mut state.strengths {
                    strip.scroll = strip.scroll.saturating_add_signed(rows);
                }
            }
            _ => {}
        },
        _ => {}
    }
    Vec::new()
}
