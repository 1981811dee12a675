//! From cells of the window to the source and back: selecting by drag gives what the model wrote, not what was wrapped.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::StreamText;
use crate::view::text::span::Row;
use crate::view::text::width::grapheme_width;

/// A selection under way: where it began and where it has come to, each the range of one character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    from: Range<usize>,
    to: Range<usize>,
}

impl StreamText {
    /// The source behind a cell of the window: the range of one character, or an empty range where the cell shows none.
    pub fn source_at(&self, column: u16, row: u16) -> Option<Range<usize>> {
        let rows = &self.window.rows;
        match rows.get(usize::from(row)) {
            Some(row) => Some(cell_source(row, usize::from(column))),
            // Below the text is behind its end.
            None => rows.last().map(|last| last.source.end..last.source.end),
        }
    }

    /// Begins a selection at a cell of the window.
    pub fn begin_selection(&mut self, column: u16, row: u16) {
        self.selection = self.source_at(column, row).map(|from| Selection { to: from.clone(), from });
    }

    /// Draws the selection on to a cell of the window.
    pub fn extend_selection(&mut self, column: u16, row: u16) {
        if let (Some(to), Some(selection)) = (self.source_at(column, row), &mut self.selection) {
            selection.to = to;
        }
    }

    /// Selects everything.
    #[cfg(test)]
    pub(super) fn select_all(&mut self) {
        let end = self.text.len();
        self.selection = Some(Selection { from: 0..0, to: end..end });
    }

    /// Ends the selection. False if there was none.
    pub fn clear_selection(&mut self) -> bool {
        self.selection.take().is_some_and(|selection| !range(&selection).is_empty())
    }

    /// The selected range of the source, if anything is selected.
    pub fn selected(&self) -> Option<Range<usize>> {
        self.selection.as_ref().map(range).filter(|range| !range.is_empty())
    }

    /// The selected text as the model wrote it.
    pub fn selected_text(&self) -> Option<&str> {
        self.text.get(self.selected()?)
    }
}

fn range(selection: &Selection) -> Range<usize> {
    // A press that did not move selects nothing.
    if selection.from == selection.to && !selection.from.is_empty() {
        return selection.from.start..selection.from.start;
    }
    selection.from.start.min(selection.to.start)..selection.from.end.max(selection.to.end)
}

fn cell_source(row: &Row, column: usize) -> Range<usize> {
    let mut at = 0;
    for span in &row.spans {
        let width = span.width();
        if column >= at + width {
            at += width;
            continue;
        }
        if span.source.is_empty() || !span.is_exact() {
            return span.source.clone();
        }
        for (index, grapheme) in span.text.grapheme_indices(true) {
            at += grapheme_width(grapheme);
            if column < at {
                return span.source_of(index..index + grapheme.len());
            }
        }
    }
    row.source.end..row.source.end
}
