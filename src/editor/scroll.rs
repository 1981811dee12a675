//! What part of the text is seen. The view hangs on its top row, a byte offset; the height of the whole text is never asked for.

use super::selection::{Affinity, Place};
use super::state::Editor;
use super::wrap::{Row, RowShape, Wrapping, row_at, row_of};

impl Editor {
    /// Tells how much of the text the view can show. The top row stays, and so does the caret if it was in sight.
    pub fn set_viewport(&mut self, columns: usize, height: usize) {
        let shape = RowShape { columns: columns.max(1), ..self.wrap.shape() };
        let height = height.max(1);
        if shape == self.wrap.shape() && height == self.height {
            return;
        }
        let in_sight = self.is_caret_in_sight();
        self.wrap.reshape(shape);
        self.height = height;
        self.top = self.wrap.row_start(&self.buffer, self.top);
        self.fill_view();
        if in_sight {
            self.reveal_caret();
        }
    }

    /// Columns and rows of the view.
    pub fn viewport(&self) -> (usize, usize) {
        (self.wrap.shape().columns, self.height)
    }

    /// Where the top row starts.
    pub fn top(&self) -> usize {
        match self.wrap.shape().wrapping {
            Wrapping::Words => self.top,
            Wrapping::Off => self.left,
        }
    }

    /// Moves the view and leaves the caret where it is, as the wheel does. Positive is down.
    pub fn scroll_by(&mut self, rows: isize) {
        if rows < 0 {
            self.top = self.up_from(self.top, rows.unsigned_abs());
            return;
        }
        let mut bottom = self.down_from(self.top, self.height - 1).0;
        for _ in 0..rows {
            let (Some(top), Some(below)) =
                (self.wrap.next_row(&self.buffer, self.top), self.wrap.next_row(&self.buffer, bottom))
            else {
                break;
            };
            (self.top, bottom) = (top, below);
        }
    }

    /// Scrolls as little as needed to show the caret; to the middle when it is far away.
    pub fn reveal_caret(&mut self) {
        if self.wrap.shape().wrapping == Wrapping::Off {
            self.reveal_column();
            return;
        }
        let caret = self.caret_row();
        if caret < self.top {
            let near = self.up_from(self.top, self.height) <= caret;
            self.top = if near { caret } else { self.up_from(caret, self.height / 2) };
        } else if self.down_from(self.top, self.height - 1).0 < caret {
            let near = self.down_from(self.top, self.height * 2 - 1).0 >= caret;
            self.top = self.up_from(caret, if near { self.height - 1 } else { self.height / 2 });
            if !near {
                self.fill_view();
            }
        }
    }

    fn reveal_column(&mut self) {
        let columns = self.wrap.shape().columns;
        let head = self.selection.head;
        if head <= self.left {
            // A little of what is before stays in sight.
            self.left = (0..columns / 4).fold(head, |left, _| self.buffer.previous_edge(left));
        }
        self.left = self.buffer.floor_edge(self.left);
        // Nothing further back than this fits, because no grapheme is narrower than a column.
        let nearest =
            (0..columns).fold(head, |left, _| if left > self.left { self.buffer.previous_edge(left) } else { left });
        self.left = self.left.max(nearest);
        while self.left < head
            && row_at(&self.buffer, self.left, self.wrap.shape()).column_of(head).is_none_or(|at| at > columns)
        {
            self.left = self.buffer.next_edge(self.left);
        }
    }

    fn is_caret_in_sight(&mut self) -> bool {
        let caret = self.caret_row();
        self.top <= caret && caret <= self.down_from(self.top, self.height - 1).0
    }

    /// Leaves no rows empty below the text while there is text above the view.
    pub(super) fn fill_view(&mut self) {
        let missing = self.height - 1 - self.down_from(self.top, self.height - 1).1;
        self.top = self.up_from(self.top, missing);
    }

    /// Up to `rows` rows up from the row that starts at `start`.
    pub(super) fn up_from(&mut self, start: usize, rows: usize) -> usize {
        let mut start = start;
        for _ in 0..rows {
            let Some(above) = self.wrap.previous_row(&self.buffer, start) else { break };
            start = above;
        }
        start
    }

    /// Up to `rows` rows down from the row that starts at `start`, and how many there were.
    pub(super) fn down_from(&mut self, start: usize, rows: usize) -> (usize, usize) {
        let mut start = start;
        for walked in 0..rows {
            let Some(below) = self.wrap.next_row(&self.buffer, start) else { return (start, walked) };
            start = below;
        }
        (start, rows)
    }

    /// The start of the row the caret is drawn in.
    pub(super) fn caret_row(&mut self) -> usize {
        let Place { offset, affinity } = self.selection.place();
        let row = self.wrap.row_start(&self.buffer, offset);
        let line = self.buffer.line_start(self.buffer.line_of(offset));
        match affinity {
            Affinity::Upstream if row == offset && offset > line => {
                self.wrap.previous_row(&self.buffer, row).unwrap_or(row)
            }
            _ => row,
        }
    }

    /// The rows from the top of the view on, wrapped at `columns`. At the viewport's own width they are exactly what is seen.
    pub fn visible_rows(&self, columns: usize, height: usize) -> Vec<Row> {
        self.rows_from(self.top(), columns, height)
    }

    /// How many rows the whole text takes, wrapped at `columns`, counted up to `most`.
    pub fn rows_in_all(&self, columns: usize, most: usize) -> usize {
        self.rows_from(0, columns, most).len()
    }

    fn rows_from(&self, start: usize, columns: usize, height: usize) -> Vec<Row> {
        let shape = RowShape { columns: columns.max(1), ..self.wrap.shape() };
        let mut rows = Vec::with_capacity(height.min(512));
        let mut start = self.buffer.floor_edge(start);
        let mut line = self.buffer.line_of(start);
        let mut range = self.buffer.line_range(line);
        while rows.len() < height {
            let row = row_of(&self.buffer, line, &range, start, shape);
            start = row.range.end;
            if row.closes_line || shape.wrapping == Wrapping::Off {
                line += 1;
                start = range.end + 1;
                range = start..self.buffer.line_end_offset(line);
            }
            rows.push(row);
            if line >= self.buffer.line_count() {
                break;
            }
        }
        rows
    }

    /// The column the caret is drawn in, if it belongs into this row.
    pub fn caret_column(&self, row: &Row) -> Option<usize> {
        let Place { offset, affinity } = self.selection.place();
        if offset < row.range.start || offset > row.range.end {
            return None;
        }
        let at_wrap = offset == row.range.end && !row.closes_line;
        let belongs = match affinity {
            Affinity::Downstream => !at_wrap,
            Affinity::Upstream => at_wrap || offset > row.range.start || row.opens_line,
        };
        if belongs { row.column_of(offset) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use crate::editor::{Command, Editor, Motion};

    /// Forty lines in a view of ten rows, the caret at the end.
    fn forty() -> Editor {
        let mut editor = Editor::lines("one\ntwo\n");
        editor.set_viewport(40, 10);
        editor.apply(Command::Move(Motion::DocumentEnd), 0);
        let lines = "a line\n".repeat(40);
        editor.apply(Command::InsertText(lines), 0);
        editor
    }

    fn seen(editor: &Editor) -> Vec<String> {
        editor.visible_rows(40, 10).iter().map(|row| editor.text()[row.range.clone()].to_owned()).collect()
    }

    #[test]
    fn a_text_that_shrinks_leaves_no_empty_view() {
        let mut editor = forty();
        assert_eq!(seen(&editor).len(), 10);
        editor.apply(Command::Undo, 1);
        assert_eq!(seen(&editor), ["one", "two", ""], "pasted and undone");
        let mut editor = forty();
        for _ in 0..40 {
            editor.apply(Command::Select(Motion::RowUp), 0);
        }
        editor.apply(Command::Backspace, 0);
        assert_eq!(seen(&editor), ["one", "two", ""], "selected and cut");
        let mut editor = forty();
        editor.apply(Command::SetText("short".to_owned()), 0);
        assert_eq!(seen(&editor), ["short"], "cut by somebody else");
        let mut editor = forty();
        editor.apply(Command::Backspace, 0);
        assert_eq!(seen(&editor).len(), 10, "and scrolls no further than it must");
    }
}
