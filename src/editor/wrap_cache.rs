//! The rows of lines, remembered. As a row depends on nothing but where it starts, a table of rows can be cut at an edit and grown
//! again on demand.

use std::collections::BTreeMap;
use std::ops::Range;

use super::buffer::Buffer;
use super::wrap::{RowShape, Wrapping, row_end};

/// Row tables are kept for so many lines; beyond it the cache starts anew.
const REMEMBERED_LINES: usize = 1024;
/// An edit can move a word up by one row, and a wide character at the border one more.
const ROWS_BEFORE_AN_EDIT: usize = 2;

/// Where the rows of one line start, as far as anyone asked.
#[derive(Clone, Debug)]
struct LineRows {
    /// Offsets from the line's start, ascending, the first is 0.
    starts: Vec<usize>,
    /// Whether the line's last row is among them.
    complete: bool,
}

impl Default for LineRows {
    fn default() -> Self {
        Self { starts: vec![0], complete: false }
    }
}

/// The row tables of the lines lately asked for.
#[derive(Clone, Debug)]
pub(super) struct WrapCache {
    shape: RowShape,
    lines: BTreeMap<usize, LineRows>,
}

impl WrapCache {
    pub(super) fn new(shape: RowShape) -> Self {
        Self { shape, lines: BTreeMap::new() }
    }

    pub(super) fn shape(&self) -> RowShape {
        self.shape
    }

    /// Wraps by another shape from now on.
    pub(super) fn reshape(&mut self, shape: RowShape) {
        if shape != self.shape {
            self.shape = shape;
            self.lines.clear();
        }
    }

    /// Forgets what an edit made wrong: it began at byte `column` of `line`, `removed` and `inserted` count line feeds.
    pub(super) fn edited(&mut self, line: usize, column: usize, removed: usize, inserted: usize) {
        if let Some(rows) = self.lines.get_mut(&line) {
            let untouched = rows.starts.partition_point(|start| *start < column);
            rows.starts.truncate(untouched.saturating_sub(ROWS_BEFORE_AN_EDIT).max(1));
            rows.complete = false;
        }
        if removed == 0 && inserted == 0 {
            return;
        }
        let mut after = self.lines.split_off(&(line + 1));
        let shifted = after.split_off(&(line + removed + 1));
        self.lines.extend(shifted.into_iter().map(|(key, rows)| (key - removed + inserted, rows)));
    }

    /// The start of the row that holds `offset`. At the border of two rows that is the later one.
    pub(super) fn row_start(&mut self, buffer: &Buffer, offset: usize) -> usize {
        let line = buffer.line_of(offset);
        let (rows, range) = self.grown_to(buffer, line, offset);
        let index = rows.starts.partition_point(|start| range.start + start <= offset).saturating_sub(1);
        range.start + rows.starts.get(index).copied().unwrap_or_default()
    }

    /// The start of the row after the one that starts at `start`.
    pub(super) fn next_row(&mut self, buffer: &Buffer, start: usize) -> Option<usize> {
        let line = buffer.line_of(start);
        let (rows, range) = self.grown_to(buffer, line, start + 1);
        let next = rows.starts.partition_point(|row| range.start + row <= start);
        match rows.starts.get(next) {
            Some(row) => Some(range.start + row),
            None => (line + 1 < buffer.line_count()).then(|| buffer.line_start(line + 1)),
        }
    }

    /// The start of the row before the one that starts at `start`.
    pub(super) fn previous_row(&mut self, buffer: &Buffer, start: usize) -> Option<usize> {
        let before = start.checked_sub(1)?;
        Some(self.row_start(buffer, before))
    }

    /// The rows of a line, known at least until one starts after `offset`.
    fn grown_to(&mut self, buffer: &Buffer, line: usize, offset: usize) -> (&LineRows, Range<usize>) {
        if self.lines.len() >= REMEMBERED_LINES && !self.lines.contains_key(&line) {
            self.lines.clear();
        }
        let shape = self.shape;
        let range = buffer.line_range(line);
        let rows = self.lines.entry(line).or_default();
        if shape.wrapping == Wrapping::Off {
            rows.complete = true;
        }
        while !rows.complete {
            let last = range.start + rows.starts.last().copied().unwrap_or_default();
            if last > offset {
                break;
            }
            let end = row_end(buffer, last, range.end, shape);
            if end >= range.end || end <= last {
                rows.complete = true;
            } else {
                rows.starts.push(end - range.start);
            }
        }
        (rows, range)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::wrap::tests::{TEXT, rows, shape};
    use super::*;

    #[test]
    fn without_wrapping_a_line_is_one_row() {
        let buffer = Buffer::from_file("a long line of text\nb");
        let mut cache = WrapCache::new(RowShape { columns: 3, tab_width: 4, wrapping: Wrapping::Off });
        assert_eq!(cache.row_start(&buffer, 10), 0);
        assert_eq!(cache.next_row(&buffer, 0), Some(20));
        assert_eq!(cache.previous_row(&buffer, 20), Some(0));
    }

    proptest! {
        #[test]
        fn a_cache_kept_through_edits_equals_a_new_one(
            text in TEXT,
            edits in prop::collection::vec((0usize..200, 0usize..12, TEXT), 1..5),
            columns in 1usize..12,
        ) {
            let mut buffer = Buffer::from_file(&text);
            let mut cache = WrapCache::new(shape(columns));
            for (start, length, insert) in edits {
                for row in rows(&buffer, shape(columns)) {
                    cache.row_start(&buffer, row.range.end);
                }
                let start = buffer.floor_edge(start.min(buffer.len()));
                let end = buffer.ceil_edge((start + length).min(buffer.len()));
                let line = buffer.line_of(start);
                let column = start - buffer.line_start(line);
                let removed = buffer.replace(start..end, &insert);
                cache.edited(line, column, removed.matches('\n').count(), insert.matches('\n').count());
                let mut previous = None;
                for row in rows(&buffer, shape(columns)) {
                    prop_assert_eq!(cache.row_start(&buffer, row.range.start), row.range.start);
                    prop_assert_eq!(cache.previous_row(&buffer, row.range.start), previous);
                    if let Some(previous) = previous {
                        prop_assert_eq!(cache.next_row(&buffer, previous), Some(row.range.start));
                    }
                    previous = Some(row.range.start);
                }
            }
        }
    }
}
