//! The turns of a case: added, moved, given away, removed; each is an undo step beside those of the texts.

use super::case::{CaseState, Field, FieldKind};
use crate::prompt::Role;

/// A change of the turns, as it can be done.
#[derive(Clone, Debug)]
enum Change {
    /// This field becomes the turn with this number.
    Insert(usize, Box<Field>),
    /// This turn goes.
    Remove(usize),
    /// One turn goes to another one's place.
    Move(usize, usize),
    /// A turn is given to somebody.
    Give(usize, Role),
    /// These are the turns, in place of all others.
    Replace(Vec<Field>),
}

/// A change that leads back, or on again.
#[derive(Clone, Debug)]
struct Step {
    change: Change,
    /// The field that had the caret on that side.
    focused: usize,
    /// When it was first done.
    at_ms: u64,
}

/// What was done to the turns of a case, and undone.
#[derive(Clone, Debug, Default)]
pub struct TurnSteps {
    done: Vec<Step>,
    undone: Vec<Step>,
}

impl TurnSteps {
    /// The steps of a case whose turns were `before` when it was read.
    pub(super) fn since(before: Vec<Field>, focused: usize) -> Self {
        Self { done: vec![Step { change: Change::Replace(before), focused, at_ms: 0 }], undone: Vec::new() }
    }
}

impl CaseState {
    /// Adds a turn after the one that has the caret, or after the last; the speakers alternate.
    pub fn add_turn(&mut self, at_ms: u64) {
        let turns = self.turns();
        let at = if self.focused < turns { self.focused + 1 } else { turns };
        let before = at.checked_sub(1).and_then(|before| self.fields.get(before)).map(|field| field.kind);
        let role = if before == Some(FieldKind::Turn(Role::User)) { Role::Assistant } else { Role::User };
        self.take_step(Change::Insert(at, Box::new(Field::turn(role, ""))), at_ms);
        self.focused = at;
    }

    /// Takes the turn that has the caret away; whether there was one.
    pub fn remove_turn(&mut self, at_ms: u64) -> bool {
        let is_turn = self.focused < self.turns();
        if is_turn {
            self.take_step(Change::Remove(self.focused), at_ms);
        }
        is_turn
    }

    /// Moves the turn that has the caret by one place; whether it could.
    pub fn move_turn(&mut self, step: isize, at_ms: u64) -> bool {
        let turns = self.turns();
        let to = self.focused.checked_add_signed(step).filter(|to| *to < turns && self.focused < turns);
        if let Some(to) = to {
            self.take_step(Change::Move(self.focused, to), at_ms);
            self.focused = to;
        }
        to.is_some()
    }

    /// Gives the turn that has the caret to the next speaker; whether there was one.
    pub fn next_role(&mut self, at_ms: u64) -> bool {
        let Some(Field { kind: FieldKind::Turn(role), .. }) = self.fields.get(self.focused) else { return false };
        let next = match role {
            Role::User => Role::Assistant,
            Role::Assistant => Role::System,
            Role::System => Role::User,
        };
        self.take_step(Change::Give(self.focused, next), at_ms);
        true
    }

    /// How many turns there are; they are the first fields.
    pub fn turns(&self) -> usize {
        self.fields.iter().take_while(|field| matches!(field.kind, FieldKind::Turn(_))).count()
    }

    /// Undoes the last change of the turns, unless the field with the caret was typed into since: then that is undone first.
    pub fn undo_turns(&mut self) -> bool {
        let typed = self.fields.get(self.focused).and_then(|field| field.editor.newest_step_ms());
        let is_newest = |step: &Step| typed.is_none_or(|typed| typed < step.at_ms);
        let Some(step) = self.steps.done.pop_if(|step| is_newest(step)) else { return false };
        let again = self.back(step);
        self.steps.undone.push(again);
        true
    }

    /// Does what was undone last again, once the field with the caret has nothing of its own to do again.
    pub fn redo_turns(&mut self) -> bool {
        if self.fields.get(self.focused).is_some_and(|field| field.editor.can_redo()) {
            return false;
        }
        let Some(step) = self.steps.undone.pop() else { return false };
        let back = self.back(step);
        self.steps.done.push(back);
        true
    }

    /// Something was typed: what was undone before is gone.
    pub fn was_typed_into(&mut self) {
        self.steps.undone.clear();
    }

    fn take_step(&mut self, change: Change, at_ms: u64) {
        let focused = self.focused;
        let change = self.changed(change);
        self.steps.done.push(Step { change, focused, at_ms });
        self.steps.undone.clear();
    }

    /// Goes to the other side of a step; the way back from there.
    fn back(&mut self, step: Step) -> Step {
        let focused = self.focused;
        let change = self.changed(step.change);
        self.focused = step.focused.min(self.fields.len().saturating_sub(1));
        Step { change, focused, at_ms: step.at_ms }
    }

    /// Does a change, and gives the one that leads back.
    fn changed(&mut self, change: Change) -> Change {
        match change {
            Change::Insert(at, field) => {
                let at = at.min(self.turns());
                self.fields.insert(at, *field);
                Change::Remove(at)
            }
            Change::Remove(at) => {
                let field = self.fields.remove(at);
                Change::Insert(at, Box::new(field))
            }
            Change::Move(from, to) => {
                self.fields.swap(from, to);
                Change::Move(to, from)
            }
            Change::Give(at, role) => {
                let before = match self.fields.get_mut(at).map(|field| &mut field.kind) {
                    Some(FieldKind::Turn(now)) => std::mem::replace(now, role),
                    _ => role,
                };
                Change::Give(at, before)
            }
            Change::Replace(turns) => {
                let count = self.turns();
                Change::Replace(self.fields.splice(..count, turns).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::data::Case;
    use crate::editor::Command;
    use crate::prompt::Message;

    fn conversation() -> CaseState {
        let case = Case {
            id: "c".to_owned(),
            variables: json!({"message": "And now?"}).as_object().unwrap().clone(),
            turns: vec![Message::new(Role::User, "Hi"), Message::new(Role::Assistant, "Hello")],
            reference: Some("Later".to_owned()),
        };
        CaseState::new(case, Some(0), 1)
    }

    fn said(case: &CaseState) -> Vec<(Role, String)> {
        case.case().turns.into_iter().map(|turn| (turn.role, turn.content)).collect()
    }

    fn types(case: &mut CaseState, text: &str, at_ms: u64) {
        case.fields[case.focused].editor.apply(Command::InsertText(text.to_owned()), at_ms);
        case.was_typed_into();
    }

    #[test]
    fn turns_are_added_moved_given_away_and_removed() {
        let mut state = conversation();
        state.add_turn(1);
        types(&mut state, "Who?", 2);
        assert_eq!(said(&state)[2], (Role::User, "Who?".to_owned()));
        assert!(state.move_turn(-1, 3) && state.move_turn(-1, 4) && !state.move_turn(-1, 5));
        assert_eq!(said(&state)[0], (Role::User, "Who?".to_owned()));
        assert!(state.next_role(6));
        assert_eq!(said(&state)[0].0, Role::Assistant);
        assert!(state.remove_turn(7));
        assert_eq!(said(&state), [(Role::User, "Hi".to_owned()), (Role::Assistant, "Hello".to_owned())]);
        state.focused = 3;
        assert!(!state.remove_turn(8) && !state.move_turn(1, 8) && !state.next_role(8), "a variable is no turn");
    }

    #[test]
    fn every_change_of_the_turns_is_a_step_back_and_on_again() {
        let mut state = conversation();
        let mut seen = vec![said(&state)];
        state.add_turn(10);
        seen.push(said(&state));
        state.move_turn(-1, 20);
        seen.push(said(&state));
        state.next_role(30);
        seen.push(said(&state));
        state.focused = 0;
        state.remove_turn(40);
        seen.push(said(&state));
        for expected in seen.iter().rev().skip(1) {
            assert!(state.undo_turns());
            assert_eq!(said(&state), *expected);
        }
        assert!(!state.undo_turns());
        assert_eq!((state.focused, state.case()), (2, state.original.clone()), "the caret is where it was");
        for expected in seen.iter().skip(1) {
            assert!(state.redo_turns());
            assert_eq!(said(&state), *expected);
        }
        assert!(!state.redo_turns());
    }

    #[test]
    fn what_was_typed_since_is_undone_first_and_a_removed_turn_comes_back_with_its_text() {
        let mut state = conversation();
        state.add_turn(10);
        types(&mut state, "Who?", 20);
        assert!(!state.undo_turns(), "the text was typed later");
        state.fields[state.focused].editor.apply(Command::Undo, 30);
        assert!(state.undo_turns());
        assert_eq!(said(&state).len(), 2);
        assert!(state.redo_turns() && !state.redo_turns(), "then the text is done again");
        state.fields[state.focused].editor.apply(Command::Redo, 40);
        assert_eq!(said(&state)[2].1, "Who?");
        state.remove_turn(50);
        assert!(state.undo_turns());
        assert_eq!(said(&state)[2].1, "Who?");
        assert!(!state.undo_turns(), "typed after the turn was added");
        state.focused = 3;
        assert!(state.undo_turns(), "this field was not typed into");
        types(&mut state, "x", 60);
        assert!(!state.redo_turns(), "typing makes another way on");
    }
}
