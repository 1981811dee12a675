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
    /// What the draft says that was written or opened here; other drafts belong to other programs.
    pub kept: Option<String>,
}

/// A prompt as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptRead {
    /// What its file says; `None` where that is gone, and only a draft is left.
    pub text: Option<String>,
    /// A draft that says something else.
    pub draft: Option<String>,
    /// How many more drafts there are.
    pub others: usize,
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
    /// The prompt at `path`, as it was read.
    pub fn new(path: PathBuf, name: String, read: PromptRead) -> Self {
        let PromptRead { text, draft, .. } = read;
        let (editor, outside) = match (&text, &draft) {
            (Some(text), draft) => (opened(text, draft.as_deref()), None),
            // Nothing to undo to: the draft is all there is.
            (None, draft) => (opened(draft.as_deref().unwrap_or_default(), None), Some(Outside::Gone)),
        };
        let on_disk = text.unwrap_or_default();
        Self { path, name, editor, variables: Vec::new(), problems: Vec::new(), on_disk, outside, kept: draft }
    }

    /// Whether the text differs from the file.
    pub fn is_draft(&self) -> bool {
        self.outside == Some(Outside::Gone) || self.editor.is_modified() && !self.editor.says(&self.on_disk)
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

    #[test]
    fn what_says_the_same_as_the_file_is_no_draft_however_it_came_about() {
        let read = |text: Option<&str>, draft: Option<&str>| {
            let read = PromptRead { text: text.map(str::to_owned), draft: draft.map(str::to_owned), others: 0 };
            PromptState::new(PathBuf::from("a.prompty"), "a.prompty".to_owned(), read)
        };
        let mut prompt = read(Some("a\r\nb\r\n"), None);
        prompt.editor.apply(Command::InsertText("x".to_owned()), 0);
        assert!(prompt.is_draft());
        prompt.editor.apply(Command::Backspace, 2_000);
        assert!(prompt.editor.is_modified() && !prompt.is_draft());
        let gone = read(None, Some("all there is"));
        assert!(gone.is_draft());
        assert_eq!((gone.editor.file_text().as_str(), gone.outside), ("all there is", Some(Outside::Gone)));
    }
}
