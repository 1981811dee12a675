//! The prompt on the screen: its file, its text, what is wrong in it, and which of text and file is newer.

use std::path::PathBuf;

use crate::editor::{Command, Editor, Motion};
use crate::prompt::Problem;

/// The prompt pane.
#[derive(Debug)]
pub struct PromptState {
    /// The file.
    pub path: PathBuf,
    /// Its name as shown: relative to the workbench.
    pub name: String,
    /// The text.
    pub editor: Editor,
    /// What is wrong in it, as last read by the worker.
    pub problems: Vec<Problem>,
    /// The text as it is in the file; what differs from it is a draft.
    pub on_disk: String,
    /// The text of a file that changed outside while the draft differed: a question to be answered.
    pub changed_outside: Option<String>,
    /// The find bar, while it is open.
    pub find: Option<Find>,
}

/// The find bar.
#[derive(Debug)]
pub struct Find {
    /// What to find.
    pub query: String,
    /// What to put in its place, once replacing was asked for.
    pub replacement: Option<String>,
}

/// An editor on a prompt's text, with the caret where people begin: at the end, past the front matter.
pub fn opened(text: &str) -> Editor {
    let mut editor = Editor::lines(text);
    editor.apply(Command::Move(Motion::DocumentEnd), 0);
    editor
}

impl PromptState {
    /// Whether the text differs from the file.
    pub fn is_draft(&self) -> bool {
        self.editor.text() != self.on_disk
    }
}
