//! The commands: inserting, deleting, killing, the clipboard, undo.

use std::ops::Range;

use super::buffer::Buffer;
use super::command::{Change, Command, Motion, Notice};
use super::history::{Edit, StepKind};
use super::motion;
use super::sanitize::sanitize;
use super::selection::Selection;
use super::state::{Editor, Mode, Previous, one_line};

impl Editor {
    pub(super) fn dispatch(&mut self, command: Command, at_ms: u64) -> Change {
        let previous = std::mem::take(&mut self.previous);
        match command {
            Command::InsertChar('\n') | Command::Newline => self.newline(at_ms),
            Command::InsertChar(character) => self.insert_char(character, at_ms),
            Command::InsertText(text) => self.insert_text(&text, at_ms),
            Command::SetText(text) => self.set_text(&text, at_ms),
            Command::Backspace => self.delete_to(Motion::Left, StepKind::DeletingBack, at_ms),
            Command::DeleteForward => self.delete_to(Motion::Right, StepKind::DeletingForward, at_ms),
            Command::DeleteWordBack => self.delete_to(Motion::WordLeft, StepKind::Whole, at_ms),
            Command::DeleteWordForward => self.delete_to(Motion::WordRight, StepKind::Whole, at_ms),
            Command::DeleteToLineStart => self.delete_to(Motion::LineStart, StepKind::Whole, at_ms),
            Command::DeleteToLineEnd => self.delete_to(Motion::LineEnd, StepKind::Whole, at_ms),
            Command::Delete(motion) => {
                let range = self.range_to(motion);
                self.delete(range, StepKind::Whole, at_ms);
            }
            Command::Kill(motion) => self.kill(motion, previous, at_ms),
            Command::Yank => {
                let killed = self.killed.clone();
                self.insert(&killed, StepKind::Whole, at_ms);
            }
            Command::Move(motion) => self.move_caret(motion),
            Command::Select(motion) => self.select_to(motion),
            Command::MoveTo(place) => self.place_caret(place),
            Command::SelectTo(place) => self.extend_to(place),
            Command::SelectAll => self.set_selection(Selection::new(0, self.buffer.len())),
            Command::SelectWord => {
                let word = motion::word_around(&self.buffer, self.selection.head);
                self.set_selection(Selection::new(word.start, word.end));
            }
            Command::SelectLine => self.select_line(),
            Command::Unselect => self.set_selection(Selection::caret(self.selection.place())),
            Command::Copy => return self.copy(),
            Command::Cut => {
                let change = self.copy();
                self.delete(self.selection.range(), StepKind::Whole, at_ms);
                return change;
            }
            Command::Undo => return self.undo(),
            Command::Redo => return self.redo(),
            Command::DeleteLine => self.delete_lines(at_ms),
            Command::Indent => self.indent(at_ms),
            Command::Outdent => self.outdent(at_ms),
            Command::MoveLineUp => self.move_lines_up(at_ms),
            Command::MoveLineDown => self.move_lines_down(at_ms),
            Command::DuplicateLine => self.duplicate_lines(at_ms),
            Command::Find(query) => return self.start_find(query),
            Command::FindNext => return self.find_next(),
            Command::FindPrevious => return self.find_previous(),
            Command::EndFind => self.find = None,
            Command::ReplaceOne(replacement) => return self.replace_one(&replacement, at_ms),
            Command::ReplaceAll(replacement) => return self.replace_all(&replacement, at_ms),
        }
        Change::default()
    }

    /// Puts text in the place of the selection and the caret behind it.
    pub(super) fn insert(&mut self, text: &str, kind: StepKind, at_ms: u64) {
        let range = self.selection.range();
        let end = range.start + text.len();
        self.splice(range, text);
        self.commit(kind, Selection::caret(end), at_ms);
    }

    fn insert_char(&mut self, character: char, at_ms: u64) {
        if character == '\t' || !character.is_control() {
            self.insert(character.encode_utf8(&mut [0; 4]), StepKind::Typing, at_ms);
        }
    }

    fn insert_text(&mut self, text: &str, at_ms: u64) {
        let text = match self.options.mode {
            Mode::Lines => sanitize(text),
            Mode::SingleLine => one_line(text),
        };
        self.insert(&text, StepKind::Whole, at_ms);
        self.history.seal();
    }

    fn newline(&mut self, at_ms: u64) {
        if self.options.mode == Mode::SingleLine {
            return;
        }
        let start = self.selection.range().start;
        let line_start = self.buffer.line_start(self.buffer.line_of(start));
        let before = self.buffer.slice(line_start..start);
        let depth = before.len() - before.trim_start_matches([' ', '\t']).len();
        let text = format!("\n{}", before.get(..depth).unwrap_or_default());
        self.insert(&text, StepKind::Typing, at_ms);
        // A line is a step, so that undoing a long uninterrupted run does not take everything.
        self.history.seal();
    }

    /// Replaces only what differs between the texts, so that caret, view and spans stay where they can.
    fn set_text(&mut self, text: &str, at_ms: u64) {
        let new = match self.options.mode {
            Mode::Lines => Buffer::from_file(text).text(),
            Mode::SingleLine => one_line(text),
        };
        let old = self.buffer.text();
        let same = |pair: &(char, char)| pair.0 == pair.1;
        let prefix: usize =
            old.chars().zip(new.chars()).take_while(same).map(|(character, _)| character.len_utf8()).sum();
        let old_rest = old.get(prefix..).unwrap_or_default();
        let new_rest = new.get(prefix..).unwrap_or_default();
        let both_from_end = old_rest.chars().rev().zip(new_rest.chars().rev());
        let suffix: usize = both_from_end.take_while(same).map(|(character, _)| character.len_utf8()).sum();
        let middle = new_rest.get(..new_rest.len() - suffix).unwrap_or_default();
        let old_end = old.len() - suffix;
        let shifted = |offset: usize| match offset {
            offset if offset <= prefix => offset,
            offset if offset >= old_end => offset - old_end + prefix + middle.len(),
            _ => prefix + middle.len(),
        };
        let after = Selection::new(shifted(self.selection.anchor), shifted(self.selection.head));
        self.splice(prefix..old_end, middle);
        self.commit(StepKind::Whole, after, at_ms);
        self.history.seal();
    }

    pub(super) fn delete(&mut self, range: Range<usize>, kind: StepKind, at_ms: u64) {
        if range.is_empty() {
            return;
        }
        let start = range.start;
        self.splice(range, "");
        self.commit(kind, Selection::caret(start), at_ms);
    }

    /// The selection, or what lies between the caret and where the motion leads.
    fn delete_to(&mut self, motion: Motion, kind: StepKind, at_ms: u64) {
        if self.selection.is_empty() {
            let range = self.range_to(motion);
            self.delete(range, kind, at_ms);
        } else {
            self.delete(self.selection.range(), StepKind::Whole, at_ms);
        }
    }

    fn range_to(&mut self, motion: Motion) -> Range<usize> {
        let head = self.selection.head;
        let target = self.target(motion).0.offset;
        // At the border of a line, deleting up to that border means to join the lines.
        let target = match motion {
            Motion::LineStart if target == head => self.buffer.previous_edge(head),
            Motion::LineEnd if target == head => self.buffer.next_edge(head),
            _ => target,
        };
        head.min(target)..head.max(target)
    }

    fn kill(&mut self, motion: Motion, previous: Previous, at_ms: u64) {
        let range = if self.selection.is_empty() { self.range_to(motion) } else { self.selection.range() };
        let backwards = range.start < self.selection.head;
        let text = self.buffer.slice(range.clone()).into_owned();
        if previous != Previous::Kill {
            self.killed.clear();
        }
        if backwards {
            self.killed.insert_str(0, &text);
        } else {
            self.killed.push_str(&text);
        }
        self.delete(range, StepKind::Whole, at_ms);
        self.previous = Previous::Kill;
    }

    fn copy(&self) -> Change {
        let copied = (!self.selection.is_empty()).then(|| self.selected_text());
        Change { copied, ..Change::default() }
    }

    fn undo(&mut self) -> Change {
        let Some(step) = self.history.undo() else {
            return Change { notice: Some(Notice::NothingToUndo), ..Change::default() };
        };
        let inverse: Vec<Edit> = step.edits.iter().rev().map(Edit::inverse).collect();
        let selection = step.before;
        self.replay(&inverse, selection);
        Change::default()
    }

    fn redo(&mut self) -> Change {
        let Some(step) = self.history.redo() else {
            return Change { notice: Some(Notice::NothingToRedo), ..Change::default() };
        };
        let (edits, selection) = (step.edits.clone(), step.after);
        self.replay(&edits, selection);
        Change::default()
    }
}
