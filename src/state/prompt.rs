//! The prompt on the screen: its file, its text, what is wrong in it, and which of text and file is newer.

use std::path::PathBuf;

use crate::editor::{Command, Editor, Motion};
use crate::prompt::Problem;

/// What became of the file while its text was being edited here. Nothing has been decided yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Somebody else wrote it; it says this.
    Changed(String),
    /// It is gone.
    Gone,
}

/// The prompt pane.
#[derive(Debug)]
pub struct PromptState {
    /// The file.
    pub path: PathBuf,
    /// Its name as shown: relative to the workbench.
    pub name: String,
    /// The text.
    pub editor: Editor,
    /// The variables it asks for, as last read by the worker.
    pub variables: Vec<String>,
    /// What is wrong in it, as last read by the worker.
    pub problems: Vec<Problem>,
    /// The bytes of the file as last read or written; what differs from them is a draft.
    pub on_disk: String,
    /// What somebody else did to the file, until the person has decided.
    pub outside: Option<Outside>,
}

/// An editor on a file's text, with the draft over it as one undo step, and the caret where people begin: at the end,
/// past the front matter.
pub fn opened(on_disk: &str, draft: Option<&str>) -> Editor {
    let mut editor = Editor::lines(on_disk);
    if let Some(draft) = draft {
        editor.apply(Command::SetText(draft.to_owned()), 0);
    }
    editor.apply(Command::Move(Motion::DocumentEnd), 0);
    editor
}

impl PromptState {
    /// Whether the text differs from the file.
    pub fn is_draft(&self) -> bool {
        self.editor.is_modified() || self.outside == Some(Outside::Gone)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_one_undo_step_away_from_the_file_and_line_ends_stay_the_files_own() {
        let mut editor = opened("a\r\nb\r\n", Some("a\r\nc\r\n"));
        assert!(editor.is_modified());
        assert_eq!(editor.file_text(), "a\r\nc\r\n");
        editor.apply(Command::Undo, 1);
        assert!(!editor.is_modified());
        assert_eq!(editor.file_text(), "a\r\nb\r\n");
    }
}
