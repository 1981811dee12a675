//! The case on the screen: a small form. Earlier turns of a conversation first, as they are sent first; then one field
//! per variable; the reference last.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::{Case, Split};
use crate::editor::{Command, Editor};
use crate::prompt::{Message, Role};

/// What a field of the form holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// An earlier turn of the conversation, and who speaks.
    Turn(Role),
    /// A variable of the prompt.
    Variable,
    /// The answer that counts as right.
    Reference,
}

/// A part of the case being shown and edited.
#[derive(Clone, Debug)]
pub struct Field {
    /// The variable's name; `reference` and `turn` for the others.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Its text; values that are not text are shown as JSON.
    pub editor: Editor,
}

impl Field {
    fn new(name: impl Into<String>, kind: FieldKind, text: &str) -> Self {
        Self { name: name.into(), kind, editor: Editor::lines(text) }
    }

    fn turn(role: Role, text: &str) -> Self {
        Self::new(TURN, FieldKind::Turn(role), text)
    }
}

/// Where a case comes from that was taken out of the data pane, and is no dev case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The split that has it.
    pub split: Option<Split>,
    /// Split or file and its row in words.
    pub origin: String,
    /// How many different rows of this test split have been opened by hand, this one with them; 0 for other rows.
    pub opened: u64,
}

/// A case that something was typed into, while another is on the screen.
#[derive(Clone, Debug)]
pub struct EditedCase {
    /// Its place among the dev cases, or `None` for one from elsewhere.
    index: Option<usize>,
    original: Case,
    fields: Vec<Field>,
    focused: usize,
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
        let CaseState { mut fields, focused, .. } = CaseState::new(now, index, 0);
        for field in &mut fields {
            let before = match field.kind {
                FieldKind::Variable => original.variables.get(&field.name).map(shown),
                FieldKind::Reference => original.reference.clone(),
                FieldKind::Turn(_) => None,
            };
            if let Some(before) = before {
                let now = std::mem::replace(&mut field.editor, Editor::lines(&before)).text();
                if now != before {
                    field.editor.apply(Command::SetText(now), 0);
                }
            }
        }
        Self { index, original, fields, focused, taken: false }
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

/// The case pane.
#[derive(Debug)]
pub struct CaseState {
    /// Where the case comes from: its place among the dev cases, or `None` for one typed by hand.
    pub index: Option<usize>,
    /// How many dev cases there are.
    pub count: usize,
    /// The case as it was read; fields hold what is on the screen now.
    pub original: Case,
    /// Turns, then variables, then the reference.
    pub fields: Vec<Field>,
    /// Which field has the caret.
    pub focused: usize,
    /// The reference is an answer that was pinned by hand.
    pub pinned: bool,
    /// What is wrong with the row in the file.
    pub fault: Option<String>,
    /// Where it was taken from in the data pane, where it is no dev case.
    pub taken: Option<Taken>,
    /// What is kept while cases come and go.
    pub desk: CaseDesk,
}

/// The name of the field that holds the reference.
pub const REFERENCE: &str = "reference";
/// The name of a field that holds a turn.
const TURN: &str = "turn";

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
            let EditedCase { fields, focused, .. } = self.desk.edited.remove(at);
            (self.fields, self.focused) = (fields, focused);
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
        let (original, taken) = (self.original.clone(), self.taken.is_some());
        Some(EditedCase { index: self.index, original, fields, focused: self.focused, taken })
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

    /// Shows `case`.
    pub fn new(case: Case, index: Option<usize>, count: usize) -> Self {
        let mut fields: Vec<Field> = case.turns.iter().map(|turn| Field::turn(turn.role, &turn.content)).collect();
        let focused = fields.len();
        fields.extend(
            case.variables.iter().map(|(name, value)| Field::new(name.clone(), FieldKind::Variable, &shown(value))),
        );
        let reference = case.reference.clone().unwrap_or_default();
        fields.push(Field::new(REFERENCE, FieldKind::Reference, &reference));
        Self {
            index,
            count,
            original: case,
            fields,
            focused,
            pinned: false,
            fault: None,
            taken: None,
            desk: CaseDesk::default(),
        }
    }

    /// The split the case is of; `None` for one typed by hand or taken from elsewhere.
    pub fn split(&self) -> Option<Split> {
        self.index.map(|_| Split::Dev).or_else(|| self.taken.as_ref()?.split)
    }

    /// The case as it is on the screen: fields that were not touched keep their value and type.
    pub fn case(&self) -> Case {
        filled(&self.original, &self.fields)
    }

    /// Offers a field for each variable of the prompt, where the case is typed by hand; offered fields that the prompt
    /// no longer asks for go again while they are empty.
    pub fn offer(&mut self, variables: &[String]) {
        if self.index.is_some() || self.taken.is_some() {
            return;
        }
        let had_caret = self.fields.get(self.focused).map(|field| (field.kind, field.name.clone()));
        let original = &self.original.variables;
        self.fields.retain(|field| {
            field.kind != FieldKind::Variable
                || variables.contains(&field.name)
                || original.contains_key(&field.name)
                || !field.editor.text().is_empty()
        });
        let last = self.fields.len().saturating_sub(1);
        let missing = variables
            .iter()
            .filter(|name| !self.fields.iter().any(|field| field.kind == FieldKind::Variable && field.name == **name));
        let new: Vec<Field> = missing.map(|name| Field::new(name.clone(), FieldKind::Variable, "")).collect();
        self.fields.splice(last..last, new);
        let again = self.fields.iter().position(|field| Some((field.kind, field.name.clone())) == had_caret);
        let first = self.fields.iter().position(|field| field.kind == FieldKind::Variable);
        // An untouched form begins at the first variable, not at the reference it had alone.
        let untouched = self.fields.iter().all(|field| field.editor.text().is_empty());
        self.focused = if untouched { first.or(again) } else { again }.unwrap_or(0);
    }

    /// Whether nothing at all has been typed.
    pub fn is_blank(&self) -> bool {
        self.index.is_none() && self.taken.is_none() && self.fields.iter().all(|field| field.editor.text().is_empty())
    }

    /// Adds a turn after the one that has the caret, or after the last; the speakers alternate.
    pub fn add_turn(&mut self) {
        let turns = self.turns();
        let at = if self.focused < turns { self.focused + 1 } else { turns };
        let before = at.checked_sub(1).and_then(|before| self.fields.get(before)).map(|field| field.kind);
        let role = if before == Some(FieldKind::Turn(Role::User)) { Role::Assistant } else { Role::User };
        self.fields.insert(at, Field::turn(role, ""));
        self.focused = at;
    }

    /// Takes the turn that has the caret away; whether there was one.
    pub fn remove_turn(&mut self) -> bool {
        let is_turn = self.focused < self.turns();
        if is_turn {
            self.fields.remove(self.focused);
        }
        is_turn
    }

    /// Moves the turn that has the caret by one place; whether it could.
    pub fn move_turn(&mut self, step: isize) -> bool {
        let turns = self.turns();
        let to = self.focused.checked_add_signed(step).filter(|to| *to < turns && self.focused < turns);
        if let Some(to) = to {
            self.fields.swap(self.focused, to);
            self.focused = to;
        }
        to.is_some()
    }

    /// Gives the turn that has the caret to the next speaker; whether there was one.
    pub fn next_role(&mut self) -> bool {
        let Some(Field { kind: FieldKind::Turn(role), .. }) = self.fields.get_mut(self.focused) else { return false };
        *role = match role {
            Role::User => Role::Assistant,
            Role::Assistant => Role::System,
            Role::System => Role::User,
        };
        true
    }

    /// How many turns there are; they are the first fields.
    pub fn turns(&self) -> usize {
        self.fields.iter().take_while(|field| matches!(field.kind, FieldKind::Turn(_))).count()
    }

    /// Takes an answer as the reference until the case changes.
    pub fn pin(&mut self, text: &str) {
        if let Some(field) = self.fields.last_mut() {
            field.editor = Editor::lines(text);
        }
        self.pinned = true;
    }

    /// The reference on the screen, if there is one.
    pub fn reference(&self) -> Option<String> {
        self.fields.last().map(|field| field.editor.text()).filter(|text| !text.is_empty())
    }
}

/// `original` with what the fields say.
fn filled(original: &Case, fields: &[Field]) -> Case {
    let mut case = original.clone();
    case.turns.clear();
    for field in fields {
        let text = field.editor.text();
        match field.kind {
            FieldKind::Turn(role) => case.turns.push(Message::new(role, text)),
            FieldKind::Reference => case.reference = (!text.is_empty()).then_some(text),
            FieldKind::Variable => match case.variables.get(&field.name).map(shown) {
                Some(before) if before == text => {}
                // A field offered for a variable of the prompt has no value until something is typed into it.
                None if text.is_empty() => {}
                _ => {
                    case.variables.insert(field.name.clone(), Value::String(text));
                }
            },
        }
    }
    case
}

/// A value as text: strings as they are, everything else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn conversation() -> CaseState {
        let case = Case {
            id: "c".to_owned(),
            variables: json!({"message": "And now?", "n": 3}).as_object().unwrap().clone(),
            turns: vec![Message::new(Role::User, "Hi"), Message::new(Role::Assistant, "Hello")],
            reference: Some("Later".to_owned()),
        };
        CaseState::new(case, Some(0), 1)
    }

    fn said(case: &CaseState) -> Vec<(Role, String)> {
        case.case().turns.into_iter().map(|turn| (turn.role, turn.content)).collect()
    }

    #[test]
    fn what_is_not_touched_stays_as_it_was_read() {
        let state = conversation();
        assert_eq!(state.case(), state.original);
        assert_eq!(state.fields[state.focused].name, "message");
    }

    #[test]
    fn turns_are_added_moved_given_away_and_removed() {
        let mut state = conversation();
        state.add_turn();
        state.fields[state.focused].editor.apply(Command::InsertText("Who?".to_owned()), 0);
        assert_eq!(said(&state)[2], (Role::User, "Who?".to_owned()));
        assert!(state.move_turn(-1) && state.move_turn(-1) && !state.move_turn(-1));
        assert_eq!(said(&state)[0], (Role::User, "Who?".to_owned()));
        assert!(state.next_role());
        assert_eq!(said(&state)[0].0, Role::Assistant);
        assert!(state.remove_turn());
        assert_eq!(said(&state), [(Role::User, "Hi".to_owned()), (Role::Assistant, "Hello".to_owned())]);
        state.focused = 3;
        assert!(!state.remove_turn() && !state.move_turn(1) && !state.next_role(), "a variable is no turn");
    }

    #[test]
    fn a_case_typed_by_hand_has_a_field_for_each_variable_of_the_prompt() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let mut state = CaseState::new(Case::default(), None, 0);
        assert!(state.is_blank());
        state.offer(&names(&["subject", "body"]));
        assert_eq!(
            state.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(),
            ["subject", "body", REFERENCE]
        );
        assert_eq!(state.focused, 0);
        assert!(state.case().variables.is_empty(), "an empty field is no value");
        state.focused = 1;
        state.fields[1].editor.apply(Command::InsertText("late".to_owned()), 0);
        state.offer(&names(&["text"]));
        assert_eq!(
            state.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>(),
            ["body", "text", REFERENCE]
        );
        assert_eq!(state.focused, 0, "the caret stays in its field");
        let mut read = conversation();
        read.offer(&names(&["other"]));
        assert_eq!(read.fields.len(), 5, "a case from the data set is as it is");
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
        state.add_turn();
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
