//! What was typed into cases: kept while others are on the screen, and as a draft for another day.

use serde::{Deserialize, Serialize};

use super::case::{CaseState, Field, FieldKind, filled, shown};
use super::turns::TurnSteps;
use crate::data::Case;
use crate::editor::{Command, Editor};

/// A case that something was typed into, while another is on the screen.
#[derive(Clone, Debug)]
pub struct EditedCase {
    /// Its place among the dev cases, or `None` for one from elsewhere.
    index: Option<usize>,
    original: Case,
    fields: Vec<Field>,
    focused: usize,
    steps: TurnSteps,
    /// It was taken out of the data pane.
    taken: bool,
}

impl EditedCase {
    fn case(&self) -> Case {
        filled(&self.original, &self.fields)
    }

    /// As it was kept; undo leads back to what the file says.
    fn recalled(draft: CaseDraft) -> Self {
        let CaseDraft { index, original, now } = draft;
        let roles = |case: &Case| case.turns.iter().map(|turn| turn.role).collect::<Vec<_>>();
        let same_turns = roles(&original) == roles(&now);
        let CaseState { mut fields, focused, .. } = CaseState::new(now, index, 0);
        for (at, field) in fields.iter_mut().enumerate() {
            let before = match field.kind {
                FieldKind::Variable => original.variables.get(&field.name).map(shown),
                FieldKind::Reference => original.reference.clone(),
                FieldKind::Turn(_) => original.turns.get(at).filter(|_| same_turns).map(|turn| turn.content.clone()),
            };
            if let Some(before) = before {
                let now = std::mem::replace(&mut field.editor, Editor::lines(&before)).text();
                if now != before {
                    field.editor.apply(Command::SetText(now), 0);
                }
            }
        }
        let steps = if same_turns {
            TurnSteps::default()
        } else {
            let before = CaseState::new(original.clone(), index, 0);
            TurnSteps::since(before.fields.into_iter().take(original.turns.len()).collect(), before.focused)
        };
        Self { index, original, fields, focused, steps, taken: false }
    }
}

/// An edited case in a draft.
#[derive(Serialize, Deserialize)]
struct CaseDraft {
    index: Option<usize>,
    original: Case,
    now: Case,
}

/// What outlives the case on the screen.
#[derive(Clone, Debug, Default)]
pub struct CaseDesk {
    /// Cases that something was typed into, and that make room for another at the moment.
    pub edited: Vec<EditedCase>,
    /// What the draft of them says that was written or opened here.
    pub kept: Option<String>,
    /// What stands in the box where a case is pasted.
    pub pasting: String,
}

impl CaseState {
    /// Puts another case in the place of this one. What was typed into this stays, and so does what was typed into that before.
    pub fn turn_to(&mut self, case: Case, index: Option<usize>) {
        self.put_aside();
        let fresh = Self::new(case, index, self.count);
        let before = std::mem::replace(self, fresh);
        self.desk = before.desk;
        // A new case may just be what was typed into the last one, now in a file.
        let shown = self.case();
        let is_shown = |aside: &EditedCase| Case { id: shown.id.clone(), ..aside.case() } == shown;
        if self.index.is_some() && before.fault.is_none() && self.desk.edited.last().is_some_and(is_shown) {
            self.desk.edited.pop();
        }
        self.take_up();
    }

    /// Shows again what was typed into this case, if something was.
    pub fn take_up(&mut self) {
        let is_this = |aside: &EditedCase| aside.index == self.index && aside.original == self.original;
        if let Some(at) = self.desk.edited.iter().position(is_this) {
            let EditedCase { fields, focused, steps, .. } = self.desk.edited.remove(at);
            (self.fields, self.focused, self.steps) = (fields, focused, steps);
        }
    }

    /// Keeps what was typed into the case on the screen.
    pub fn put_aside(&mut self) {
        let Some(aside) = self.aside() else { return };
        let is_same =
            |one: &EditedCase| one.index == aside.index && (one.index.is_none() || one.original == aside.original);
        self.desk.edited.retain(|one| !is_same(one));
        self.desk.edited.push(aside);
    }

    /// What was typed into the case on the screen.
    fn aside(&self) -> Option<EditedCase> {
        let by_hand = self.index.is_none() && self.taken.is_none() && !self.is_blank() && self.fault.is_none();
        if !by_hand && !self.is_edited() {
            return None;
        }
        let mut fields = self.fields.clone();
        if let Some(reference) = fields.last_mut().filter(|_| self.pinned) {
            reference.editor = Editor::lines(&self.original.reference.clone().unwrap_or_default());
        }
        let (original, taken, steps) = (self.original.clone(), self.taken.is_some(), self.steps.clone());
        Some(EditedCase { index: self.index, original, fields, focused: self.focused, steps, taken })
    }

    /// Whether something was typed into a case that came from a file. A row that could not be read has the fields of the one
    /// before, and an answer that was pinned is its reference only as long as the case is shown.
    pub fn is_edited(&self) -> bool {
        let mut case = self.case();
        if self.pinned {
            case.reference.clone_from(&self.original.reference);
        }
        (self.index.is_some() || self.taken.is_some()) && self.fault.is_none() && case != self.original
    }

    /// The case that was typed by hand and has made room for another.
    pub fn typed(&self) -> Option<Case> {
        let by_hand = |aside: &&EditedCase| aside.index.is_none() && !aside.taken;
        self.desk.edited.iter().find(by_hand).map(|aside| aside.original.clone())
    }

    /// Everything that was typed into cases, as it goes into a draft; `None` where nothing was.
    pub fn draft(&self) -> Option<String> {
        let aside = self.aside();
        let all = self.desk.edited.iter().filter(|one| {
            aside.as_ref().is_none_or(|aside| one.index != aside.index || one.original != aside.original)
        });
        let all = all.chain(&aside).filter(|one| !one.taken);
        let all = all.map(|one| CaseDraft { index: one.index, original: one.original.clone(), now: one.case() });
        let all: Vec<CaseDraft> = all.collect();
        if all.is_empty() { None } else { serde_json::to_string_pretty(&all).ok() }
    }

    /// Takes the draft of another day: the case on the screen has what was typed into it, the others when they are shown. How
    /// many cases there are in it.
    pub fn recall(&mut self, draft: String) -> usize {
        let drafts: Vec<CaseDraft> = serde_json::from_str(&draft).unwrap_or_default();
        self.desk.edited = drafts.into_iter().map(EditedCase::recalled).collect();
        self.desk.kept = Some(draft);
        let count = self.desk.edited.len();
        if let Some(typed) = self.typed().filter(|_| self.is_blank()) {
            self.original = typed;
        }
        self.take_up();
        count
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::prompt::Role;

    fn said(case: &CaseState) -> Vec<(Role, String)> {
        case.case().turns.into_iter().map(|turn| (turn.role, turn.content)).collect()
    }

    fn typed(state: &mut CaseState, text: &str) {
        state.fields[state.focused].editor.apply(Command::InsertText(text.to_owned()), 0);
    }

    fn row(name: &str) -> Case {
        Case {
            id: name.to_owned(),
            variables: json!({"message": name, "n": 3}).as_object().unwrap().clone(),
            ..Case::default()
        }
    }

    #[test]
    fn what_was_typed_into_a_case_is_there_when_it_comes_back() {
        let mut state = CaseState::new(row("one"), Some(0), 2);
        assert_eq!((state.is_edited(), state.draft()), (false, None));
        typed(&mut state, "EDITED ");
        assert!(state.is_edited());
        state.turn_to(row("two"), Some(1));
        assert_eq!((state.is_edited(), state.case()), (false, row("two")));
        state.turn_to(row("one"), Some(0));
        assert_eq!(state.case().variables["message"], "EDITED one");
        assert_eq!(state.case().variables["n"], 3, "what was not touched keeps its type");
        state.fields[state.focused].editor.apply(Command::Undo, 1);
        assert_eq!((state.is_edited(), state.draft()), (false, None), "undo ends it");
        state.turn_to(row("two"), Some(1));
        state.turn_to(row("one"), Some(0));
        assert_eq!(state.case(), row("one"));
        state.pin("an answer");
        assert!(!state.is_edited(), "a pinned answer is a reference only while the case is shown");
    }

    #[test]
    fn a_draft_of_cases_brings_each_back_with_undo_to_its_row() {
        let mut state = CaseState::new(row("one"), Some(0), 2);
        typed(&mut state, "EDITED ");
        state.turn_to(row("two"), Some(1));
        state.add_turn(1);
        typed(&mut state, "Hi");
        let draft = state.draft().unwrap();
        let mut later = CaseState::new(row("one"), Some(0), 2);
        assert_eq!(later.recall(draft.clone()), 2);
        assert_eq!(later.case().variables["message"], "EDITED one");
        let mut again: Vec<Value> = serde_json::from_str(&later.draft().unwrap()).unwrap();
        again.sort_by_key(|one| one["index"].as_u64());
        assert_eq!(Value::Array(again), serde_json::from_str::<Value>(&draft).unwrap(), "nothing is lost on the way");
        later.fields[later.focused].editor.apply(Command::Undo, 1);
        assert_eq!(later.case(), row("one"));
        later.turn_to(row("two"), Some(1));
        assert_eq!(said(&later), [(Role::User, "Hi".to_owned())]);
        assert!(later.undo_turns());
        assert_eq!(later.case(), row("two"), "turns as well");
        let mut changed = CaseState::new(row("another"), Some(0), 1);
        changed.recall(draft);
        assert!(!changed.is_edited(), "another row in its place is another case");
        assert_eq!(CaseState::new(row("one"), Some(0), 1).recall("no JSON".to_owned()), 0);
    }

    #[test]
    fn a_case_typed_by_hand_is_kept_and_one_that_was_added_is_its_row() {
        let mut state = CaseState::new(Case::default(), None, 1);
        state.offer(&["message".to_owned()]);
        typed(&mut state, "by hand");
        state.turn_to(row("one"), Some(0));
        let back = state.typed().unwrap();
        let draft = state.draft().unwrap();
        state.turn_to(back, None);
        assert_eq!(state.case().variables["message"], "by hand");
        let mut later = CaseState::new(Case::default(), None, 0);
        later.recall(draft);
        assert_eq!(later.case().variables["message"], "by hand", "without a data set it is there at once");
        let added = Case { id: "2".to_owned(), ..later.case() };
        later.turn_to(added, Some(1));
        assert_eq!((later.is_edited(), later.draft()), (false, None), "what is in the file now is no draft");
    }
}
