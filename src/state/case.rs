//! The case on the screen: a small form. Earlier turns of a conversation first, as they are sent first; then one field
//! per variable; the reference last.

use serde_json::Value;

use super::edited::CaseDesk;
use super::turns::TurnSteps;
use crate::data::{Case, Split};
use crate::editor::Editor;
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

    pub(super) fn turn(role: Role, text: &str) -> Self {
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
    /// What was done to the turns, and how it is undone.
    pub steps: TurnSteps,
    /// What is kept while cases come and go.
    pub desk: CaseDesk,
}

/// The name of the field that holds the reference.
pub const REFERENCE: &str = "reference";
/// The name of a field that holds a turn.
const TURN: &str = "turn";

impl CaseState {
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
            steps: TurnSteps::default(),
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
pub(super) fn filled(original: &Case, fields: &[Field]) -> Case {
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
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::editor::Command;

    fn conversation() -> CaseState {
        let case = Case {
            id: "c".to_owned(),
            variables: json!({"message": "And now?", "n": 3}).as_object().unwrap().clone(),
            turns: vec![Message::new(Role::User, "Hi"), Message::new(Role::Assistant, "Hello")],
            reference: Some("Later".to_owned()),
        };
        CaseState::new(case, Some(0), 1)
    }

    #[test]
    fn what_is_not_touched_stays_as_it_was_read() {
        let state = conversation();
        assert_eq!(state.case(), state.original);
        assert_eq!(state.fields[state.focused].name, "message");
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
}
