//! From a chord to what it means here: an overlay's own keys, an action, or text.

use super::{actions, find, overlay, prompt, sequence};
use crate::app::action::Scope;
use crate::app::effect::Effect;
use crate::editor::{Command, Editor, Motion};
use crate::keys::{Chord, Key, Modifiers, Resolved};
use crate::state::{FindPart, Overlay, Pane, State};
use crate::view::text::Scroll;

/// The scopes of the focused pane, outermost first: the innermost that knows a chord decides.
pub fn scopes(state: &State) -> Vec<Scope> {
    let mut scopes = vec![Scope::Global];
    let over = state.overlays.iter().rev().find(|over| !matches!(over, Overlay::Pick(..)));
    if matches!(over, Some(Overlay::Data)) {
        scopes.push(Scope::Data);
        return scopes;
    }
    if state.matrix.shown {
        scopes.push(Scope::Matrix);
        return scopes;
    }
    let text = state.focus.is_text();
    if text {
        scopes.push(Scope::Text);
    }
    if state.finds() {
        scopes.push(Scope::Find);
        if text {
            scopes.push(Scope::FindText);
        }
        if state.find.part == FindPart::Replacement {
            scopes.push(Scope::Replace);
        }
        return scopes;
    }
    if text {
        if state.focus == Pane::Case {
            scopes.push(Scope::Case);
        }
        return scopes;
    }
    scopes.push(Scope::Pane);
    match state.focus {
        Pane::Arm(_) => scopes.push(Scope::Arm),
        Pane::Diff => scopes.push(Scope::Diff),
        _ => {}
    }
    if state.blind.is_some() {
        scopes.push(Scope::Blind);
    }
    scopes
}

/// A key was pressed.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    if state.help.is_some() {
        return super::help::pressed(state, chord);
    }
    if let Some(effects) = sequence::pressed(state, chord) {
        return effects;
    }
    if !state.overlays.is_empty() {
        return overlay::pressed(state, chord);
    }
    let scopes = scopes(state);
    if let Resolved::Action(action) = state.keys.resolve(&scopes, None, chord) {
        return actions::act(state, action);
    }
    if state.matrix.shown {
        return super::matrix::pressed(state, chord);
    }
    if state.finds() {
        return find::pressed(state, chord);
    }
    match state.focus {
        Pane::Prompt => command_of(chord, Lines::Many).map_or_else(Vec::new, |command| edit(state, command)),
        Pane::Case => super::case::pressed(state, chord),
        Pane::Arm(slot) => {
            let slot = state.shown_slot(slot);
            if let (Some(arm), Some(scroll)) = (state.arm_mut(slot), scroll_of(chord)) {
                arm.answer.scroll(scroll);
            }
            Vec::new()
        }
        Pane::Diff => {
            if let Some(scroll) = scroll_of(chord) {
                state.diff.scroll_by += rows(scroll, state.page_rows);
            }
            Vec::new()
        }
        Pane::Scores => {
            if let Some(scroll) = scroll_of(chord).filter(|_| state.fourfold.shown) {
                let rows = rows(scroll, state.page_rows);
                state.fourfold.scroll = state.fourfold.scroll.saturating_add_signed(rows);
            }
            Vec::new()
        }
    }
}

/// Text was pasted: it is text wherever text is taken, and never keys.
pub(super) fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    state.prefix = None;
    if state.help.is_some() {
        return Vec::new();
    }
    if !state.overlays.is_empty() {
        return overlay::pasted(state, text);
    }
    if state.matrix.shown {
        return Vec::new();
    }
    if state.finds() {
        return find::type_into(state, Command::InsertText(text.to_owned()));
    }
    if state.focus.is_text() { edit(state, Command::InsertText(text.to_owned())) } else { Vec::new() }
}

/// Applies a command to the text that has the caret.
pub(super) fn edit(state: &mut State, command: Command) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(editor) = state.text_mut() else { return Vec::new() };
    let before = editor.revision();
    let is_new = !matches!(command, Command::Undo | Command::Redo);
    editor.apply(command, now);
    if editor.revision() == before {
        return Vec::new();
    }
    if state.focus == Pane::Prompt {
        return prompt::touched();
    }
    if is_new {
        state.case.was_typed_into();
    }
    super::case::touched()
}

/// What is selected in the focused pane, raw.
pub(super) fn selected_text(state: &State) -> Option<String> {
    let editor: &Editor = match state.focus {
        Pane::Prompt => &state.prompt.editor,
        Pane::Case => &state.case.fields.get(state.case.focused)?.editor,
        Pane::Arm(slot) => return state.arm(state.shown_slot(slot))?.answer.selected_text().map(str::to_owned),
        Pane::Diff | Pane::Scores => return None,
    };
    Some(editor.selected_text()).filter(|text| !text.is_empty())
}

/// Drops what is selected in the focused pane. `false` if nothing was.
pub(super) fn unselect(state: &mut State) -> bool {
    let now = state.now_ms;
    if let Pane::Arm(slot) = state.focus {
        let slot = state.shown_slot(slot);
        return state.arm_mut(slot).is_some_and(|arm| arm.answer.clear_selection());
    }
    let Some(editor) = state.text_mut().filter(|editor| !editor.selection().range().is_empty()) else { return false };
    editor.apply(Command::Unselect, now);
    true
}

/// Whether a field holds several lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Enter is a new line.
    Many,
    /// Enter belongs to the overlay.
    One,
}

/// The editing command of a chord that is no action: typing, motion, and readline's keys.
pub(super) fn command_of(chord: Chord, lines: Lines) -> Option<Command> {
    let select = chord.modifiers.contains(Modifiers::SHIFT);
    let control = chord.modifiers.contains(Modifiers::CONTROL);
    if let Some(letter) = chord.typed() {
        return Some(Command::InsertChar(letter));
    }
    let step = |motion| if select { Command::Select(motion) } else { Command::Move(motion) };
    Some(match (chord.key, control) {
        (Key::Enter, false) | (Key::Char('j'), true) if lines == Lines::Many => Command::Newline,
        (Key::Backspace, false) | (Key::Char('h'), true) => Command::Backspace,
        (Key::Backspace | Key::Char('w'), true) => Command::DeleteWordBack,
        (Key::Delete, false) | (Key::Char('d'), true) => Command::DeleteForward,
        (Key::Delete, true) => Command::DeleteWordForward,
        (Key::Char('u'), true) => Command::DeleteToLineStart,
        (Key::Char('k'), true) => Command::DeleteToLineEnd,
        (Key::Left, false) => step(Motion::Left),
        (Key::Right, false) => step(Motion::Right),
        (Key::Left, true) => step(Motion::WordLeft),
        (Key::Right, true) => step(Motion::WordRight),
        (Key::Up, false) => step(Motion::RowUp),
        (Key::Down, false) => step(Motion::RowDown),
        (Key::PageUp, false) => step(Motion::PageUp),
        (Key::PageDown, false) => step(Motion::PageDown),
        (Key::Home, false) | (Key::Char('a'), true) => step(Motion::LineStart),
        (Key::End, false) | (Key::Char('e'), true) => step(Motion::LineEnd),
        (Key::Home, true) => step(Motion::DocumentStart),
        (Key::End, true) => step(Motion::DocumentEnd),
        _ => return None,
    })
}

/// A scrolling step in rows, for a pane of `page` rows.
pub(super) const fn rows(scroll: Scroll, page: usize) -> isize {
    match scroll {
        Scroll::Rows(rows) => rows,
        Scroll::Pages(pages) => pages * (if page > 1 { page - 1 } else { 1 }) as isize,
        Scroll::Home => -1_000_000,
        Scroll::End => 1_000_000,
    }
}

/// The scrolling meant by a chord.
pub(super) fn scroll_of(chord: Chord) -> Option<Scroll> {
    Some(match chord.key {
        Key::Up | Key::Char('k') => Scroll::Rows(-1),
        Key::Down | Key::Char('j') => Scroll::Rows(1),
        Key::PageUp => Scroll::Pages(-1),
        Key::PageDown | Key::Char(' ') => Scroll::Pages(1),
        Key::Home => Scroll::Home,
        Key::End | Key::Char('G') => Scroll::End,
        _ => return None,
    })
}
