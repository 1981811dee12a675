//! The find bar: opening it on the focused text or answer, looking while one types, going round the places, replacing.

use super::{keys, prompt, toast};
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::editor::{Case, Command, PatternKind};
use crate::keys::Chord;
use crate::state::{FindPart, FindPlace, Pane, State, Tone};
use crate::view::text::Direction;

/// The text a search would be in now, if the focused pane has one.
fn here(state: &State) -> Option<FindPlace> {
    match state.focus {
        pane @ (Pane::Prompt | Pane::Arm(_)) => Some(FindPlace { pane, field: 0 }),
        Pane::Case => Some(FindPlace { pane: Pane::Case, field: state.case.focused }),
        Pane::Diff | Pane::Scores => None,
    }
}

/// Opens the bar; a selection within a line is what is looked for.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let Some(place) = here(state) else {
        return toast(state, Tone::Note, "Find works in the prompt, the case and the answers.");
    };
    let selected = keys::selected_text(state).filter(|text| !text.contains('\n') && text.len() < 1_000);
    // A place found is selected as well: then the pattern stays what it is.
    let selected = selected.filter(|_| state.find.open != Some(place));
    if let Some(old) = state.find.open.filter(|old| *old != place) {
        forget(state, old);
    }
    state.find.open_on(place, selected);
    search(state)
}

/// Closes the bar and takes its marks away. `false` if it was not open.
pub(super) fn close(state: &mut State) -> bool {
    let Some(place) = state.find.open.take() else { return false };
    forget(state, place);
    state.find.notice = None;
    true
}

fn forget(state: &mut State, place: FindPlace) {
    let now = state.now_ms;
    match place.pane {
        Pane::Prompt => drop(state.prompt.editor.apply(Command::EndFind, now)),
        Pane::Case => {
            if let Some(field) = state.case.fields.get_mut(place.field) {
                field.editor.apply(Command::EndFind, now);
            }
        }
        Pane::Arm(slot) => {
            let slot = state.shown_slot(slot);
            if let Some(arm) = state.arm_mut(slot) {
                arm.answer.end_find();
            }
        }
        Pane::Diff | Pane::Scores => {}
    }
}

/// After every event: a bar whose text has lost the focus closes, and a text that took another's place is searched too.
pub(super) fn settle(state: &mut State) {
    let Some(place) = state.find.open else { return };
    if here(state) != Some(place) {
        close(state);
        return;
    }
    let unsearched = match place.pane {
        Pane::Arm(slot) => state.arm(state.shown_slot(slot)).is_some_and(|arm| arm.answer.found().is_none()),
        _ => state.text_mut().is_some_and(|editor| editor.find_status().is_none()),
    };
    if unsearched && !state.find.pattern.buffer().is_empty() {
        search(state);
    }
}

/// A key while a field of the bar has the keys, that is no action.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    keys::command_of(chord, keys::Lines::One).map_or_else(Vec::new, |command| type_into(state, command))
}

/// Edits the field that has the keys; another pattern is looked for at once.
pub(super) fn type_into(state: &mut State, command: Command) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(field) = state.find.field_mut() else { return Vec::new() };
    let before = field.revision();
    field.apply(command, now);
    let changed = field.revision() != before;
    if changed && state.find.part == FindPart::Pattern { search(state) } else { Vec::new() }
}

fn search(state: &mut State) -> Vec<Effect> {
    let Some(place) = state.find.open else { return Vec::new() };
    let query = state.find.query();
    if let Pane::Arm(slot) = place.pane {
        let slot = state.shown_slot(slot);
        if let Some(arm) = state.arm_mut(slot) {
            arm.answer.find(&query.pattern);
        }
        return Vec::new();
    }
    ask(state, Command::Find(query))
}

/// What a key of the bar does.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let Some(place) = state.find.open else { return Vec::new() };
    match action {
        Action::FindNext | Action::FindPrevious => {
            let back = action == Action::FindPrevious;
            if let Pane::Arm(slot) = place.pane {
                let slot = state.shown_slot(slot);
                if let Some(arm) = state.arm_mut(slot) {
                    arm.answer.find_next(if back { Direction::Previous } else { Direction::Next });
                }
                return Vec::new();
            }
            ask(state, if back { Command::FindPrevious } else { Command::FindNext })
        }
        Action::FindField => {
            state.find.part = match state.find.part {
                FindPart::Pattern => FindPart::Replacement,
                FindPart::Replacement | FindPart::Text => FindPart::Pattern,
            };
            Vec::new()
        }
        Action::FindCase => {
            state.find.case = match state.find.case {
                Case::Smart => Case::Sensitive,
                Case::Sensitive => Case::Insensitive,
                Case::Insensitive => Case::Smart,
            };
            search(state)
        }
        Action::FindRegex => {
            state.find.kind = match state.find.kind {
                PatternKind::Literal => PatternKind::Regex,
                PatternKind::Regex => PatternKind::Literal,
            };
            search(state)
        }
        Action::ReplaceOne => {
            let replacement = state.find.replacement.text();
            ask(state, Command::ReplaceOne(replacement))
        }
        Action::ReplaceAll => {
            let replacement = state.find.replacement.text();
            ask(state, Command::ReplaceAll(replacement))
        }
        _ => Vec::new(),
    }
}

/// Has the searched text do something, and keeps what it has to tell.
fn ask(state: &mut State, command: Command) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(editor) = state.text_mut() else { return Vec::new() };
    let before = editor.revision();
    let change = editor.apply(command, now);
    let changed = editor.revision() != before;
    state.find.notice = change.notice;
    match (changed, state.focus) {
        (false, _) => Vec::new(),
        (true, Pane::Prompt) => prompt::touched(),
        (true, _) => super::case::touched(),
    }
}
