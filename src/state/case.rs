//! The case on the screen: a small form, one text field per variable, and the reference.

use serde_json::Value;

use crate::data::Case;
use crate::editor::Editor;

/// A variable, or the reference, being shown and edited.
#[derive(Debug)]
pub struct Field {
    /// The variable's name, or `reference`.
    pub name: String,
    /// Its text; values that are not text are shown as JSON.
    pub editor: Editor,
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
    /// One per variable, the reference last.
    pub fields: Vec<Field>,
    /// Which field has the caret.
    pub focused: usize,
    /// The reference is an answer that was pinned by hand.
    pub pinned: bool,
    /// What is wrong with the row in the file.
    pub fault: Option<String>,
}

/// The name of the field that holds the reference.
pub const REFERENCE: &str = "reference";

impl CaseState {
    /// Shows `case`.
    pub fn new(case: Case, index: Option<usize>, count: usize) -> Self {
        let mut fields: Vec<Field> = case
            .variables
            .iter()
            .map(|(name, value)| Field { name: name.clone(), editor: Editor::lines(&shown(value)) })
            .collect();
        let reference = case.reference.clone().unwrap_or_default();
        fields.push(Field { name: REFERENCE.to_owned(), editor: Editor::lines(&reference) });
        Self { index, count, original: case, fields, focused: 0, pinned: false, fault: None }
    }

    /// The case as it is on the screen: fields that were not touched keep their value and type.
    pub fn case(&self) -> Case {
        let mut case = self.original.clone();
        for field in &self.fields {
            let text = field.editor.text();
            if field.name == REFERENCE {
                case.reference = (!text.is_empty()).then_some(text);
            } else if case.variables.get(&field.name).map(shown).as_deref() != Some(text.as_str()) {
                case.variables.insert(field.name.clone(), Value::String(text));
            }
        }
        case
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

/// A value as text: strings as they are, everything else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
