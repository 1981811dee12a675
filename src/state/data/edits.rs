//! What was changed in a data file and is not written yet: cells, rows taken out, rows added; each step can be undone.

use serde_json::{Map, Value};

use crate::data::{Changes, RowChange};

/// What undoing puts back.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// A row of the file is as it was: changed in this way, or not at all.
    Row(usize, Option<RowChange>),
    /// The last added row goes.
    Added,
    /// An added row has these values again.
    AddedRow(usize, Map<String, Value>),
}

/// The changes of one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edits {
    changes: Changes,
    steps: Vec<Step>,
}

impl Edits {
    /// What is to be written.
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.changes.rows.is_empty() && self.changes.added.is_empty()
    }

    /// How many rows are changed or taken out, and how many added.
    pub fn counts(&self) -> (usize, usize) {
        (self.changes.rows.len(), self.changes.added.len())
    }

    /// In words, such as `2 rows changed, 1 added`.
    pub fn in_words(&self) -> String {
        let removed = self.changes.rows.values().filter(|change| **change == RowChange::Removed).count();
        let changed = self.changes.rows.len() - removed;
        let parts = [(changed, "changed"), (removed, "taken out"), (self.changes.added.len(), "added")];
        let mut words = Vec::new();
        for (count, what) in parts {
            if count > 0 && words.is_empty() {
                words.push(format!("{count} {} {what}", if count == 1 { "row" } else { "rows" }));
            } else if count > 0 {
                words.push(format!("{count} {what}"));
            }
        }
        words.join(", ")
    }

    /// The change of a row of the file.
    pub fn of(&self, row: usize) -> Option<&RowChange> {
        self.changes.rows.get(&row)
    }

    fn change(&mut self, row: usize, change: Option<RowChange>) {
        let before = match change {
            Some(change) => self.changes.rows.insert(row, change),
            None => self.changes.rows.remove(&row),
        };
        self.steps.push(Step::Row(row, before));
    }

    /// Puts a value into a cell of the file.
    pub fn set_cell(&mut self, row: usize, column: &str, value: Value) {
        let mut cells = match self.of(row) {
            Some(RowChange::Cells(cells)) => cells.clone(),
            _ => Map::new(),
        };
        cells.insert(column.to_owned(), value);
        self.change(row, Some(RowChange::Cells(cells)));
    }

    /// Puts a text into the place of a row that is none.
    pub fn set_text(&mut self, row: usize, text: String) {
        self.change(row, Some(RowChange::Text(text)));
    }

    /// Takes a row out, or lets it stay after all.
    pub fn toggle_removed(&mut self, row: usize) {
        let removed = self.of(row) == Some(&RowChange::Removed);
        self.change(row, (!removed).then_some(RowChange::Removed));
    }

    /// Adds a row at the end.
    pub fn add(&mut self, row: Map<String, Value>) {
        self.changes.added.push(row);
        self.steps.push(Step::Added);
    }

    /// Puts a value into a cell of an added row.
    pub fn set_added(&mut self, index: usize, column: &str, value: Value) {
        let Some(row) = self.changes.added.get_mut(index) else { return };
        self.steps.push(Step::AddedRow(index, row.clone()));
        row.insert(column.to_owned(), value);
    }

    /// Takes the last step back; which row it was of, where there was one.
    pub fn undo(&mut self) -> Option<EditedRow> {
        Some(match self.steps.pop()? {
            Step::Row(row, Some(change)) => {
                self.changes.rows.insert(row, change);
                EditedRow::Of(row)
            }
            Step::Row(row, None) => {
                self.changes.rows.remove(&row);
                EditedRow::Of(row)
            }
            Step::Added => {
                self.changes.added.pop();
                EditedRow::Added(self.changes.added.len())
            }
            Step::AddedRow(index, values) => {
                if let Some(row) = self.changes.added.get_mut(index) {
                    *row = values;
                }
                EditedRow::Added(index)
            }
        })
    }
}

/// A value that is being typed.
#[derive(Debug)]
pub struct CellEdit {
    /// Of which row.
    pub row: EditedRow,
    /// Its column; `None` where the whole row is one text.
    pub column: Option<String>,
    /// Whether the value was a text, and stays one whatever is typed.
    pub is_text: bool,
    /// What is typed.
    pub editor: crate::editor::Editor,
    /// Why it cannot be taken.
    pub fault: Option<String>,
}

/// Which row is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditedRow {
    /// A 0-based row of the file.
    Of(usize),
    /// An added one, from 0.
    Added(usize),
}

impl CellEdit {
    /// The value that is typed, or why it is none.
    pub fn value(&self) -> Result<Value, String> {
        let text = self.editor.text();
        if self.is_text {
            return Ok(Value::String(text));
        }
        let reason = |error: serde_json::Error| {
            format!("This value is no text, so it is typed as JSON: {error}. A text goes in quotes.")
        };
        serde_json::from_str(&text).map_err(reason)
    }
}

/// What is asked before something is written.
#[derive(Clone, Debug, PartialEq)]
pub enum WriteAsk {
    /// A new version of a file.
    Version {
        /// The file that stays.
        from: std::path::PathBuf,
        /// The file that is written.
        to: std::path::PathBuf,
        /// Whether fourfold.toml names the file.
        used: bool,
        /// Columns of the file that the new one will not have: they hold bytes that are no text.
        left_out: Vec<String>,
    },
    /// `[data]` names the former file again.
    Back {
        /// The version.
        from: std::path::PathBuf,
        /// The former file.
        to: std::path::PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_taken_back_one_by_one() {
        let mut edits = Edits::default();
        edits.set_cell(4, "q", json!("x"));
        edits.set_cell(4, "n", json!(2));
        edits.toggle_removed(7);
        edits.add(Map::new());
        edits.set_added(0, "q", json!("new"));
        assert_eq!(edits.in_words(), "1 row changed, 1 taken out, 1 added");
        assert_eq!(edits.of(4), Some(&RowChange::Cells(json!({"q": "x", "n": 2}).as_object().unwrap().clone())));
        edits.undo();
        assert_eq!(edits.changes().added, [Map::new()]);
        edits.undo();
        edits.undo();
        assert_eq!(edits.in_words(), "1 row changed");
        edits.undo();
        assert_eq!(edits.of(4), Some(&RowChange::Cells(json!({"q": "x"}).as_object().unwrap().clone())));
        assert_eq!(edits.undo(), Some(EditedRow::Of(4)));
        assert!(edits.is_empty() && edits.undo().is_none());
    }

    proptest! {
        #[test]
        fn undoing_everything_leaves_nothing(steps in prop::collection::vec((0..5_usize, 0..4_u8), 0..30)) {
            let mut edits = Edits::default();
            for (row, what) in &steps {
                match what {
                    0 => edits.set_cell(*row, "q", json!("x")),
                    1 => edits.toggle_removed(*row),
                    2 => edits.add(Map::new()),
                    _ => edits.set_text(*row, "{}".to_owned()),
                }
            }
            while edits.undo().is_some() {}
            prop_assert_eq!(edits, Edits::default());
        }
    }

    #[test]
    fn a_text_stays_a_text_and_anything_else_is_json() {
        let edit = |text: &str, is_text| CellEdit {
            row: EditedRow::Of(0),
            column: Some("n".to_owned()),
            is_text,
            editor: crate::editor::Editor::lines(text),
            fault: None,
        };
        assert_eq!(edit("12", true).value(), Ok(json!("12")));
        assert_eq!(edit("12", false).value(), Ok(json!(12)));
        assert!(edit("twelve", false).value().unwrap_err().contains("in quotes"));
    }
}
