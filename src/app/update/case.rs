//! The case form: going from field to field, turns of a conversation, stepping through the data set, pasting.

use super::keys::{Lines, command_of, edit};
use super::{actions, arms, blind, compare, prompt, toast};
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::data::{Case, Mapping, parse_case};
use crate::editor::{Command, Editor, Motion};
use crate::keys::{Chord, Key};
use crate::state::{CaseState, FieldKind, Overlay, State, Toast, Tone};

/// Something was typed into the form: what it sends is reckoned and its draft kept, each a moment later.
pub(super) fn touched() -> Vec<Effect> {
    prompt::touched()
}

/// Keeps what was typed into cases, or drops the draft where that is undone.
pub(super) fn keep_draft(state: &mut State) -> Vec<Effect> {
    let text = state.case.draft();
    let was = std::mem::replace(&mut state.case.desk.kept, text.clone());
    if was == text { Vec::new() } else { vec![Effect::KeepCases { was, text }] }
}

/// What is said of cases that were edited on another day.
pub(in crate::app) fn recalled(case: &CaseState, count: usize) -> Option<Toast> {
    let here = if case.is_edited() { "this one" } else { "F8 and F7 step to it" };
    let text = match count {
        0 => return None,
        1 => format!("A case you edited is kept as you left it: {here}. Undo restores its row."),
        _ => {
            format!("{count} cases you edited are kept as you left them; F8 and F7 step through. Undo restores a row.")
        }
    };
    Some(Toast { tone: Tone::Note, text })
}

/// A key in the form that is no action.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let Some(command) = command_of(chord, Lines::Many) else { return Vec::new() };
    let step = match (chord.key, chord.modifiers.is_empty()) {
        (Key::Up, true) => -1,
        (Key::Down, true) => 1,
        _ => return edit(state, command),
    };
    let place = |state: &mut State| state.text_mut().map(|editor| editor.selection().place());
    let before = place(state);
    let effects = edit(state, command);
    // An arrow that moves nothing is at the field's end: it goes on into the next field.
    if place(state) == before && go(state, step) {
        let motion = if step > 0 { Motion::DocumentStart } else { Motion::DocumentEnd };
        edit(state, Command::Move(motion));
    }
    effects
}

fn go(state: &mut State, step: isize) -> bool {
    let next = state.case.focused.checked_add_signed(step).filter(|next| *next < state.case.fields.len());
    if let Some(next) = next {
        state.case.focused = next;
    }
    next.is_some()
}

/// Does one of the form's own actions.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let (case, now) = (&mut state.case, state.now_ms);
    let done = match action {
        Action::NextField | Action::PreviousField => {
            go(state, if action == Action::NextField { 1 } else { -1 });
            return Vec::new();
        }
        Action::AddTurn => {
            case.add_turn(now);
            state.focus = crate::state::Pane::Case;
            true
        }
        Action::RemoveTurn => case.remove_turn(now),
        Action::TurnRole => case.next_role(now),
        Action::TurnUp => case.move_turn(-1, now),
        Action::TurnDown => case.move_turn(1, now),
        _ => true,
    };
    if done {
        return touched();
    }
    let on_turn = matches!(state.case.fields.get(state.case.focused).map(|field| field.kind), Some(FieldKind::Turn(_)));
    if on_turn { Vec::new() } else { toast(state, Tone::Note, "Put the caret into a turn first; Alt+N adds one.") }
}

/// Undoes or does again the last change of the turns, where that comes before what was typed. `None`: the text's turn.
pub(super) fn undo(state: &mut State, back: bool) -> Option<Vec<Effect>> {
    let done = if back { state.case.undo_turns() } else { state.case.redo_turns() };
    done.then(touched)
}

/// Steps through the cases of the data set, around the ends.
pub(super) fn step(state: &mut State, step: isize) -> Vec<Effect> {
    if state.case.count == 0 {
        if let Some((_, fault)) = &state.place.faulty_dev {
            let words = format!("There are no dev cases: {fault}");
            return toast(state, Tone::Bad, words);
        }
        let words =
            "This workbench has no dev cases: type one into the case pane, or name a data file in fourfold.toml.";
        return toast(state, Tone::Note, words);
    }
    let here = state.case.index.map_or(-1, |index| index as isize);
    // From a case that was typed by hand, back means the last one and on the first.
    let next = if step < 0 && here < 0 { -1 } else { here + step };
    let is_around = here >= 0 && !(0..state.case.count as isize).contains(&next);
    if let Some(typed) = state.case.typed().filter(|_| is_around) {
        return show(state, typed, None);
    }
    vec![Effect::LoadCase(next.rem_euclid(state.case.count as isize) as usize)]
}

/// A case of the data set was read.
pub(super) fn loaded(state: &mut State, index: usize, result: Result<Box<Case>, String>) -> Vec<Effect> {
    match result {
        Ok(case) => show(state, *case, Some(index)),
        Err(reason) => {
            state.case.put_aside();
            // The row's number is known even where the row is not: stepping goes on from here.
            state.case.index = Some(index);
            state.case.fault = Some(reason);
            Vec::new()
        }
    }
}

/// Puts another case on the screen. What was answered to the last one is in the history.
pub(super) fn show(state: &mut State, case: Case, index: Option<usize>) -> Vec<Effect> {
    state.case.turn_to(case, index);
    state.case.offer(&state.prompt.variables);
    let mut effects = arms::forget_answers(state);
    effects.extend(blind::next_pair(state));
    effects.extend(compare::ask(state));
    // At once: an answer that came with the workbench for this case is looked up by it.
    effects.extend(prompt::analyse(state));
    effects
}

/// Opens the place where a case is typed or pasted.
pub(super) fn open_paste(state: &mut State) -> Vec<Effect> {
    let mut editor = Editor::lines(&state.case.desk.pasting);
    editor.apply(Command::Move(Motion::DocumentEnd), state.now_ms);
    actions::open(state, Overlay::PasteCase(editor, None))
}

/// Does `command` in the box; its text stays for when it is opened again.
pub(super) fn write_in_box(state: &mut State, command: Command) {
    if let Some(Overlay::PasteCase(editor, fault)) = state.overlays.last_mut() {
        *fault = None;
        editor.apply(command, state.now_ms);
        state.case.desk.pasting = editor.text();
    }
}

/// Takes the case that was typed; what cannot be read stays, with the reason under it.
pub(super) fn take(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::PasteCase(editor, fault)) = state.overlays.last_mut() else { return Vec::new() };
    let mut expected = state.prompt.variables.clone();
    expected
        .extend(state.case.original.variables.keys().filter(|name| !state.prompt.variables.contains(name)).cloned());
    match parse_case(&editor.text(), &expected, &Mapping::default()) {
        Ok(case) => {
            state.overlays.pop();
            state.case.desk.pasting.clear();
            let mut effects = show(state, case, None);
            effects.extend(keep_draft(state));
            effects
        }
        Err(error) => {
            *fault = Some(format!("{error}. {}", error.hint()));
            Vec::new()
        }
    }
}
