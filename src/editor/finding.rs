//! The search commands of the editor.

use std::ops::Range;

use super::command::{Change, Notice};
use super::find::{Find, Query};
use super::history::StepKind;
use super::sanitize::sanitize;
use super::selection::Selection;
use super::state::{Editor, Mode, one_line};

impl Editor {
    /// Begins a search, or goes on with a changed pattern from where it began.
    pub(super) fn start_find(&mut self, query: Query) -> Change {
        let origin = self.find.as_ref().map_or(self.selection.range().start, |find| find.origin);
        let mut find = Find::new(query, origin);
        find.refresh(&self.buffer);
        let error = find.error().map(str::to_owned);
        let empty = find.query.pattern.is_empty();
        self.find = Some(find);
        match error {
            Some(error) => notice(Notice::InvalidPattern(error)),
            None if empty => Change::default(),
            None => self.go_to_match_from(origin),
        }
    }

    pub(super) fn find_next(&mut self) -> Change {
        let range = self.selection.range();
        self.go_to_match_from(if range.is_empty() { range.start } else { range.start + 1 })
    }

    fn go_to_match_from(&mut self, offset: usize) -> Change {
        let Some(find) = &self.find else { return Change::default() };
        if let Some(found) = find.first_from(&self.buffer, offset) {
            return self.select_match(found);
        }
        let first = find.first_from(&self.buffer, 0);
        self.select_wrapped(first)
    }

    pub(super) fn find_previous(&mut self) -> Change {
        let Some(find) = &self.find else { return Change::default() };
        if let Some(found) = find.last_before(&self.buffer, self.selection.range().start) {
            return self.select_match(found);
        }
        let last = find.last_before(&self.buffer, self.buffer.len());
        self.select_wrapped(last)
    }

    fn select_match(&mut self, found: Range<usize>) -> Change {
        if let Some(find) = &mut self.find {
            find.origin = find.origin.min(self.buffer.len());
        }
        self.set_selection(Selection::new(found.start, found.end));
        Change::default()
    }

    fn select_wrapped(&mut self, found: Option<Range<usize>>) -> Change {
        let Some(found) = found else { return notice(Notice::NoMatch) };
        self.select_match(found);
        notice(Notice::Wrapped)
    }

    fn clean(&self, replacement: &str) -> String {
        match self.options.mode {
            Mode::Lines => sanitize(replacement),
            Mode::SingleLine => one_line(replacement),
        }
    }

    /// Replaces if the selection is a place found, and goes to the next either way.
    pub(super) fn replace_one(&mut self, replacement: &str, at_ms: u64) -> Change {
        let replacement = self.clean(replacement);
        let selected = self.selection.range();
        let Some(find) = &self.find else { return Change::default() };
        if !selected.is_empty() && find.first_from(&self.buffer, selected.start) == Some(selected.clone()) {
            let text = find.expand(&self.buffer.text(), &selected, &replacement);
            let end = selected.start + text.len();
            self.splice(selected, &text);
            self.commit(StepKind::Whole, Selection::caret(end), at_ms);
            self.history.seal();
            self.search_edited();
        }
        self.go_to_match_from(self.selection.range().end)
    }

    /// Replaces every place as one step, and the caret stays at what it was at.
    pub(super) fn replace_all(&mut self, replacement: &str, at_ms: u64) -> Change {
        let replacement = self.clean(replacement);
        let Some(find) = &self.find else { return Change::default() };
        let text = self.buffer.text();
        let found = find.every(&self.buffer, &text);
        let (Some(first), Some(last)) = (found.first(), found.last()) else { return notice(Notice::NoMatch) };
        let whole = first.start..last.end;
        let mut replaced = String::with_capacity(whole.len());
        let mut kept_from = whole.start;
        let mut caret = self.selection.head;
        for range in &found {
            replaced.push_str(text.get(kept_from..range.start).unwrap_or_default());
            let start = replaced.len();
            replaced.push_str(&find.expand(&text, range, &replacement));
            kept_from = range.end;
            let (old, new) = (range.len(), replaced.len() - start);
            if self.selection.head >= range.end {
                caret = caret + new - old;
            } else if self.selection.head > range.start {
                caret = whole.start + replaced.len();
            }
        }
        self.splice(whole, &replaced);
        self.commit(StepKind::Whole, Selection::caret(caret), at_ms);
        self.history.seal();
        notice(Notice::Replaced(found.len()))
    }
}

fn notice(notice: Notice) -> Change {
    Change { notice: Some(notice), ..Change::default() }
}
