//! Everything one can ask of an editor, and what it answers. A key layer turns chords into commands and knows nothing else.

use super::find::Query;
use super::selection::Place;
use super::spans::Edited;

/// Where the caret goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Motion {
    /// One grapheme towards the start.
    Left,
    /// One grapheme towards the end.
    Right,
    /// To the start of the word.
    WordLeft,
    /// To the end of the word.
    WordRight,
    /// One row up, keeping the column.
    RowUp,
    /// One row down, keeping the column.
    RowDown,
    /// A view's height up.
    PageUp,
    /// A view's height down.
    PageDown,
    /// To the start of the row; from there to the start of the line.
    RowStart,
    /// To the end of the row; from there to the end of the line.
    RowEnd,
    /// To the start of the line.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// To the blank line before.
    ParagraphUp,
    /// To the blank line after.
    ParagraphDown,
    /// To the start of the text.
    DocumentStart,
    /// To the end of the text.
    DocumentEnd,
}

/// What an editor can be asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Types a character in the place of the selection. Control characters are ignored.
    InsertChar(char),
    /// Inserts a pasted text, cleaned, as one step.
    InsertText(String),
    /// Puts another text in the place of the whole one as one step, touching only what differs.
    SetText(String),
    /// Starts a new line, as deep as the present one.
    Newline,
    /// Deletes the selection, or the grapheme before the caret.
    Backspace,
    /// Deletes the selection, or the grapheme after the caret.
    DeleteForward,
    /// Deletes the selection, or to the start of the word.
    DeleteWordBack,
    /// Deletes the selection, or to the end of the word.
    DeleteWordForward,
    /// Deletes the selection, or to the start of the line.
    DeleteToLineStart,
    /// Deletes the selection, or to the end of the line.
    DeleteToLineEnd,
    /// Deletes the selected lines, or the caret's.
    DeleteLine,
    /// Deletes from the caret to where the motion leads.
    Delete(Motion),
    /// Deletes likewise and keeps the text for [`Command::Yank`]; kills in a row are kept together.
    Kill(Motion),
    /// Inserts what was killed last.
    Yank,
    /// Moves the caret and drops the selection.
    Move(Motion),
    /// Moves the caret and selects up to it.
    Select(Motion),
    /// Puts the caret somewhere, as a click does.
    MoveTo(Place),
    /// Selects up to somewhere, as dragging does.
    SelectTo(Place),
    /// Selects everything.
    SelectAll,
    /// Selects the word at the caret, as a double click does.
    SelectWord,
    /// Selects the caret's line; again, one line more.
    SelectLine,
    /// Drops the selection, keeps the caret.
    Unselect,
    /// Offers the selection to the clipboard.
    Copy,
    /// Offers the selection to the clipboard and deletes it.
    Cut,
    /// Takes the last step back.
    Undo,
    /// Does the last undone step again.
    Redo,
    /// Indents the selected lines; without a selection inserts spaces to the next stop.
    Indent,
    /// Takes one indent from the selected lines, or the caret's.
    Outdent,
    /// Exchanges the selected lines with the line above.
    MoveLineUp,
    /// Exchanges the selected lines with the line below.
    MoveLineDown,
    /// Repeats the selected lines below themselves.
    DuplicateLine,
    /// Looks for something from where the search began, as it is being typed.
    Find(Query),
    /// Goes to the next place found.
    FindNext,
    /// Goes to the place found before.
    FindPrevious,
    /// Ends the search.
    EndFind,
    /// Replaces the place the search stands at and goes to the next.
    ReplaceOne(String),
    /// Replaces every place found as one step.
    ReplaceAll(String),
}

/// What a command has to tell the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// There is no step to take back.
    NothingToUndo,
    /// There is no step to do again.
    NothingToRedo,
    /// The search finds nothing.
    NoMatch,
    /// The search went on from the other end.
    Wrapped,
    /// So many places were replaced.
    Replaced(usize),
    /// The pattern cannot be read; the text says why.
    InvalidPattern(String),
}

/// What a command did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The text's revision now; it grows with every edit.
    pub revision: u64,
    /// The smallest range that holds all that was edited, or nothing if the text is as before.
    pub edited: Option<Edited>,
    /// Whether caret or selection are elsewhere.
    pub selection_changed: bool,
    /// Text for the clipboard.
    pub copied: Option<String>,
    /// Something to tell.
    pub notice: Option<Notice>,
}
