//! Commands on whole lines. They touch what moves around a block rather than the block, so that its spans stay.

use std::ops::RangeInclusive;

use super::history::StepKind;
use super::selection::Selection;
use super::spans::Edited;
use super::state::{Editor, Mode};

impl Editor {
    /// The lines the selection touches. One that ends at a line's start does not touch that line.
    fn selected_lines(&self) -> RangeInclusive<usize> {
        let range = self.selection.range();
        let first = self.buffer.line_of(range.start);
        let last = self.buffer.line_of(range.end);
        let ends_before = last > first && range.end == self.buffer.line_start(last);
        first..=last - usize::from(ends_before)
    }

    pub(super) fn select_line(&mut self) {
        let lines = self.selected_lines();
        let line = self.buffer.line_start(*lines.start())..self.end_with_line_feed(*lines.end());
        let next = if self.selection.range() == line {
            self.end_with_line_feed(self.buffer.line_of(line.end))
        } else {
            line.end
        };
        self.set_selection(Selection::new(line.start, next));
    }

    fn end_with_line_feed(&self, line: usize) -> usize {
        (self.buffer.line_end_offset(line) + 1).min(self.buffer.len())
    }

    pub(super) fn delete_lines(&mut self, at_ms: u64) {
        let lines = self.selected_lines();
        let start = self.buffer.line_start(*lines.start());
        let end = self.end_with_line_feed(*lines.end());
        // The last line takes the line feed before it along.
        let takes_before = *lines.end() + 1 == self.buffer.line_count();
        self.delete(start - usize::from(takes_before && start > 0)..end, StepKind::Whole, at_ms);
    }

    pub(super) fn indent(&mut self, at_ms: u64) {
        if self.options.mode == Mode::SingleLine {
            return;
        }
        let lines = self.selected_lines();
        let unit = self.options.indent.max(1);
        if self.selection.is_empty() || lines.start() == lines.end() && !self.is_whole_line() {
            let start = self.selection.range().start;
            let column = start - self.buffer.line_start(self.buffer.line_of(start));
            self.insert(&" ".repeat(unit - column % unit), StepKind::Whole, at_ms);
            return;
        }
        let spaces = " ".repeat(unit);
        self.edit_line_starts(lines, at_ms, |line| (!line.is_empty()).then(|| (0, spaces.clone())));
    }

    pub(super) fn outdent(&mut self, at_ms: u64) {
        let unit = self.options.indent.max(1);
        self.edit_line_starts(self.selected_lines(), at_ms, |line| {
            let spaces = line.bytes().take(unit).take_while(|byte| *byte == b' ').count();
            let length = if line.starts_with('\t') { 1 } else { spaces };
            (length > 0).then(|| (length, String::new()))
        });
    }

    fn is_whole_line(&self) -> bool {
        let range = self.selection.range();
        let line = self.buffer.line_range(self.buffer.line_of(range.start));
        !range.is_empty() && range.start == line.start && range.end >= line.end
    }

    /// Replaces at the start of each line what `edit` says: so many bytes by that text.
    fn edit_line_starts(
        &mut self,
        lines: RangeInclusive<usize>,
        at_ms: u64,
        edit: impl Fn(&str) -> Option<(usize, String)>,
    ) {
        let mut after = self.selection;
        // Where a selection began at a line's start it goes on covering that line from there.
        let pinned = (!after.is_empty()).then(|| after.range().start);
        for line in lines {
            let range = self.buffer.line_range(line);
            let head = self.buffer.slice(range.start..range.end.min(range.start + 64)).into_owned();
            let Some((length, text)) = edit(&head) else { continue };
            let edited =
                Edited { start: range.start, old_end: range.start + length, new_end: range.start + text.len() };
            self.splice(range.start..edited.old_end, &text);
            let moved = |offset: usize| {
                if Some(offset) == pinned && offset == edited.start { offset } else { edited.moved(offset) }
            };
            after = Selection::new(moved(after.anchor), moved(after.head));
        }
        self.commit(StepKind::Whole, after, at_ms);
    }

    pub(super) fn move_lines_up(&mut self, at_ms: u64) {
        let lines = self.selected_lines();
        let Some(above) = lines.start().checked_sub(1) else { return };
        let neighbour = self.buffer.slice(self.buffer.line_range(above)).into_owned();
        let start = self.buffer.line_start(above);
        let block = self.buffer.line_start(*lines.start());
        let end = self.buffer.line_end_offset(*lines.end());
        let moved = |offset: usize| offset - (block - start);
        let after = Selection::new(moved(self.selection.anchor), moved(self.selection.head));
        self.splice(end..end, &format!("\n{neighbour}"));
        self.splice(start..block, "");
        self.commit(StepKind::Whole, after, at_ms);
    }

    pub(super) fn move_lines_down(&mut self, at_ms: u64) {
        let lines = self.selected_lines();
        let below = lines.end() + 1;
        if below >= self.buffer.line_count() {
            return;
        }
        let range = self.buffer.line_range(below);
        let neighbour = self.buffer.slice(range.clone()).into_owned();
        let block = self.buffer.line_start(*lines.start());
        let moved = |offset: usize| offset + neighbour.len() + 1;
        let after = Selection::new(moved(self.selection.anchor), moved(self.selection.head));
        self.splice(range.start - 1..range.end, "");
        self.splice(block..block, &format!("{neighbour}\n"));
        self.commit(StepKind::Whole, after, at_ms);
    }

    pub(super) fn duplicate_lines(&mut self, at_ms: u64) {
        if self.options.mode == Mode::SingleLine {
            return;
        }
        let lines = self.selected_lines();
        let start = self.buffer.line_start(*lines.start());
        let end = self.buffer.line_end_offset(*lines.end());
        let copy = format!("\n{}", self.buffer.slice(start..end));
        let moved = |offset: usize| offset + copy.len();
        let after = Selection::new(moved(self.selection.anchor), moved(self.selection.head));
        self.splice(end..end, &copy);
        self.commit(StepKind::Whole, after, at_ms);
    }
}
