//! The editor: one text with caret, history, overlays, search and view, changed by commands only.

use std::ops::Range;

use super::buffer::Buffer;
use super::command::{Change, Command};
use super::find::{Find, FindStatus};
use super::history::{Edit, History, StepKind};
use super::sanitize::sanitize;
use super::selection::Selection;
use super::spans::{Edited, Layer, Overlays, Span};
use super::wrap::{RowShape, Wrapping};
use super::wrap_cache::WrapCache;

/// Whether the text may have more than one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A prompt: soft wrap, any number of lines.
    #[default]
    Lines,
    /// A field: one line that scrolls sideways; pasted line ends become spaces.
    SingleLine,
}

/// How an editor behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditorOptions {
    /// One line or many.
    pub mode: Mode,
    /// Columns between tab stops.
    pub tab_width: usize,
    /// Spaces per indent.
    pub indent: usize,
}

impl Default for EditorOptions {
    fn default() -> Self {
        Self { mode: Mode::Lines, tab_width: 4, indent: 2 }
    }
}

/// What the last command was, for those that join with their like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Previous {
    Kill,
    #[default]
    Other,
}

/// A text being edited.
#[derive(Clone, Debug)]
pub struct Editor {
    pub(super) buffer: Buffer,
    pub(super) selection: Selection,
    pub(super) history: History,
    pub(super) overlays: Overlays,
    pub(super) find: Option<Find>,
    pub(super) wrap: WrapCache,
    pub(super) options: EditorOptions,
    /// Rows in the view.
    pub(super) height: usize,
    /// Where the top row starts.
    pub(super) top: usize,
    /// The first byte seen of a single line.
    pub(super) left: usize,
    pub(super) killed: String,
    pub(super) previous: Previous,
    /// Edits of the command at work.
    pending: Vec<Edit>,
    edited: Option<Edited>,
    /// What was edited since the search last looked.
    unsearched: Option<Edited>,
    revision: u64,
    saved_state: Option<u64>,
}

impl Editor {
    /// Opens a file's text.
    pub fn new(text: &str, options: EditorOptions) -> Self {
        let (buffer, wrapping) = match options.mode {
            Mode::Lines => (Buffer::from_file(text), Wrapping::Words),
            Mode::SingleLine => (Buffer::from_file(&one_line(text)), Wrapping::Off),
        };
        let shape = RowShape { columns: 80, tab_width: options.tab_width.max(1), wrapping };
        let mut editor = Self {
            buffer,
            selection: Selection::default(),
            history: History::default(),
            overlays: Overlays::default(),
            find: None,
            wrap: WrapCache::new(shape),
            options,
            height: 24,
            top: 0,
            left: 0,
            killed: String::new(),
            previous: Previous::Other,
            pending: vec![],
            edited: None,
            unsearched: None,
            revision: 0,
            saved_state: Some(0),
        };
        if options.mode == Mode::SingleLine {
            editor.selection = Selection::caret(editor.buffer.len());
            editor.reveal_caret();
        }
        editor
    }

    /// A prompt.
    pub fn lines(text: &str) -> Self {
        Self::new(text, EditorOptions::default())
    }

    /// A text field; the caret is at its end.
    pub fn single_line(text: &str) -> Self {
        Self::new(text, EditorOptions { mode: Mode::SingleLine, ..EditorOptions::default() })
    }

    /// The text, its lines and its edges.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }

    /// The text with `\n` as line end; what spans count their bytes in.
    pub fn text(&self) -> String {
        self.buffer.text()
    }

    /// The text as it goes to the file, with the line ends and the byte order mark it came with.
    pub fn file_text(&self) -> String {
        self.buffer.file_text()
    }

    /// The line the caret is in, from 1.
    pub fn caret_line(&self) -> usize {
        self.buffer.line_of(self.selection.head) + 1
    }

    /// Line and column of the caret, both from 1; columns are counted in characters.
    pub fn caret_line_and_column(&self) -> (usize, usize) {
        let head = self.selection.head;
        let line = self.buffer.line_of(head);
        (line + 1, self.buffer.slice(self.buffer.line_start(line)..head).chars().count() + 1)
    }

    /// When the step was done that undo would take back next; `None` without one.
    pub fn newest_step_ms(&self) -> Option<u64> {
        self.history.newest_ms()
    }

    /// Whether something was undone that can be done again.
    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// Whether [`Editor::file_text`] is `text`.
    pub fn says(&self, text: &str) -> bool {
        self.buffer.says(text)
    }

    /// A hash of [`Editor::file_text`].
    pub fn hash(&self) -> blake3::Hash {
        blake3::hash(self.file_text().as_bytes())
    }

    /// Grows with every edit, undo included; a worker's answer is for one revision.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The caret and what is selected.
    pub fn selection(&self) -> Selection {
        self.selection
    }

    /// The selected text.
    pub fn selected_text(&self) -> String {
        self.buffer.slice(self.selection.range()).into_owned()
    }

    /// Line and column of the caret in graphemes, counted from 1.
    pub fn caret_position(&self) -> (usize, usize) {
        use unicode_segmentation::UnicodeSegmentation;
        let head = self.selection.head;
        let line = self.buffer.line_of(head);
        let before = self.buffer.slice(self.buffer.line_start(line)..head);
        let column = if before.is_ascii() { before.len() } else { before.graphemes(true).count() };
        (line + 1, column + 1)
    }

    /// One line or many.
    pub fn mode(&self) -> Mode {
        self.options.mode
    }

    /// Whether the text differs from the one last marked as saved. Undoing back to it counts as the same.
    pub fn is_modified(&self) -> bool {
        Some(self.history.state()) != self.saved_state
    }

    /// Says that the present text is what the file holds.
    pub fn mark_saved(&mut self) {
        self.history.seal();
        self.saved_state = Some(self.history.state());
    }

    /// Says that the file holds a text that is none of this history's, or not the present one.
    pub fn mark_unsaved(&mut self) {
        self.saved_state = None;
    }

    /// Takes the spans a worker found in the text of `revision`; `false` if they come too late to be of use.
    pub fn set_spans(&mut self, layer: Layer, revision: u64, spans: Vec<Span>) -> bool {
        self.overlays.set(layer, revision, spans)
    }

    /// The spans that touch `window`, in the order they are drawn over each other.
    pub fn spans_within(&self, window: Range<usize>) -> impl Iterator<Item = &Span> {
        self.overlays.within(window)
    }

    /// The state of the search, if there is one.
    pub fn find_status(&self) -> Option<FindStatus> {
        self.find.as_ref().map(|find| find.status(&self.selection.range()))
    }

    /// The places found that touch `window`.
    pub fn matches_within(&self, window: Range<usize>) -> Vec<Range<usize>> {
        self.find.as_ref().map_or_else(Vec::new, |find| find.within(&self.buffer, &window))
    }

    /// Does what is asked. `at_ms` is the time of the event, on any clock that does not run backwards.
    pub fn apply(&mut self, command: Command, at_ms: u64) -> Change {
        let before = self.selection;
        let reveal = command != Command::SelectAll;
        let mut change = self.dispatch(command, at_ms);
        change.revision = self.revision;
        change.edited = self.edited.take();
        let place = |selection: Selection| (selection.anchor, selection.place());
        change.selection_changed = place(before) != place(self.selection);
        if change.edited.is_some() {
            self.top = self.wrap.row_start(&self.buffer, self.top);
            // The text may have become shorter than what the view began with.
            self.fill_view();
            self.search_edited();
        }
        if reveal && (change.edited.is_some() || change.selection_changed) {
            self.reveal_caret();
        }
        change
    }

    /// Replaces a part of the text; the step is open until [`Editor::commit`].
    pub(super) fn splice(&mut self, range: Range<usize>, text: &str) {
        let line = self.buffer.line_of(range.start);
        let column = range.start - self.buffer.line_start(line);
        let start = range.start;
        let removed = self.buffer.replace(range, text);
        if removed.is_empty() && text.is_empty() {
            return;
        }
        let edited = Edited { start, old_end: start + removed.len(), new_end: start + text.len() };
        self.revision += 1;
        self.wrap.edited(line, column, removed.matches('\n').count(), text.matches('\n').count());
        self.overlays.edited(self.revision, edited);
        for anchor in [&mut self.top, &mut self.left] {
            if *anchor >= edited.old_end && *anchor > start {
                *anchor = *anchor - edited.old_end + edited.new_end;
            } else {
                *anchor = start.min(*anchor);
            }
        }
        for so_far in [&mut self.edited, &mut self.unsearched] {
            *so_far = Some(so_far.map_or(edited, |earlier| earlier.then(edited)));
        }
        self.pending.push(Edit { start, removed, inserted: text.to_owned() });
    }

    /// Brings the search up to date with the text.
    pub(super) fn search_edited(&mut self) {
        if let (Some(edited), Some(find)) = (self.unsearched.take(), &mut self.find) {
            find.edited(&self.buffer, edited);
        }
    }

    /// Ends the step begun by splices, with the caret or selection it leaves.
    pub(super) fn commit(&mut self, kind: StepKind, after: Selection, at_ms: u64) {
        let before = self.selection;
        self.selection = self.on_edges(after);
        self.history.record(std::mem::take(&mut self.pending), kind, before, self.selection, at_ms);
    }

    fn on_edges(&self, selection: Selection) -> Selection {
        Selection {
            anchor: self.buffer.ceil_edge(selection.anchor),
            head: self.buffer.ceil_edge(selection.head),
            ..selection
        }
    }

    /// Applies edits of the history, which are not recorded again.
    pub(super) fn replay(&mut self, edits: &[Edit], selection: Selection) {
        for edit in edits {
            self.splice(edit.start..edit.start + edit.removed.len(), &edit.inserted);
        }
        self.pending.clear();
        self.selection = self.on_edges(selection);
    }
}

/// A text fit for a single-line field.
pub(super) fn one_line(text: &str) -> String {
    sanitize(text).trim_end_matches('\n').replace('\n', " ")
}
