//! Where motions lead, with the view's rows at hand, and what becomes of the selection on the way.

use super::command::Motion;
use super::motion;
use super::selection::{Place, Selection};
use super::state::Editor;
use super::wrap::{Row, Wrapping, row_at};

impl Editor {
    /// Where a motion leads from the caret, and the column that further moves up and down aim for.
    pub(super) fn target(&mut self, motion: Motion) -> (Place, Option<usize>) {
        let head = self.selection.head;
        let buffer = &self.buffer;
        let line = buffer.line_range(buffer.line_of(head));
        let offset = match motion {
            Motion::Left => buffer.previous_edge(head),
            Motion::Right => buffer.next_edge(head),
            Motion::WordLeft => motion::word_left(buffer, head),
            Motion::WordRight => motion::word_right(buffer, head),
            Motion::LineStart => line.start,
            Motion::LineEnd => line.end,
            Motion::ParagraphUp => motion::paragraph_up(buffer, head),
            Motion::ParagraphDown => motion::paragraph_down(buffer, head),
            Motion::DocumentStart => 0,
            Motion::DocumentEnd => buffer.len(),
            Motion::RowUp => return self.rows_up(1),
            Motion::RowDown => return self.rows_down(1),
            Motion::PageUp => return self.rows_up(self.page()),
            Motion::PageDown => return self.rows_down(self.page()),
            Motion::RowStart => match self.caret_row() {
                row if row == head => line.start,
                row => row,
            },
            Motion::RowEnd if self.wrap.shape().wrapping == Wrapping::Off => line.end,
            Motion::RowEnd => {
                let end = self.row(self.selection.place()).end_place();
                return (if end == self.selection.place() { Place::from(line.end) } else { end }, None);
            }
        };
        (Place::from(offset), None)
    }

    /// A page leaves one row of what was seen before.
    fn page(&self) -> usize {
        self.height.saturating_sub(1).max(1)
    }

    fn row(&mut self, place: Place) -> Row {
        debug_assert_eq!(place, self.selection.place());
        let start = self.caret_row();
        row_at(&self.buffer, start, self.wrap.shape())
    }

    fn goal(&mut self) -> usize {
        let row = self.row(self.selection.place());
        self.selection.goal_column.or_else(|| row.column_of(self.selection.head)).unwrap_or_default()
    }

    fn rows_up(&mut self, rows: usize) -> (Place, Option<usize>) {
        let goal = self.goal();
        let row = self.caret_row();
        let target = self.up_from(row, rows);
        if target == row {
            return (Place::from(0), Some(goal));
        }
        (row_at(&self.buffer, target, self.wrap.shape()).place_at(goal), Some(goal))
    }

    fn rows_down(&mut self, rows: usize) -> (Place, Option<usize>) {
        let goal = self.goal();
        let row = self.caret_row();
        let (target, walked) = self.down_from(row, rows);
        if walked == 0 {
            return (Place::from(self.buffer.len()), Some(goal));
        }
        (row_at(&self.buffer, target, self.wrap.shape()).place_at(goal), Some(goal))
    }

    pub(super) fn move_caret(&mut self, motion: Motion) {
        let range = self.selection.range();
        // Leaving a selection sideways goes to its edge.
        let (place, goal) = match motion {
            Motion::Left if !range.is_empty() => (Place::from(range.start), None),
            Motion::Right if !range.is_empty() => (Place::from(range.end), None),
            _ => self.target(motion),
        };
        self.set_selection(Selection { goal_column: goal, ..Selection::caret(place) });
    }

    pub(super) fn select_to(&mut self, motion: Motion) {
        let (place, goal) = self.target(motion);
        self.set_selection(Selection { goal_column: goal, ..Selection::new(self.selection.anchor, place) });
    }

    pub(super) fn place_caret(&mut self, place: Place) {
        self.set_selection(Selection::caret(self.on_edge(place)));
    }

    pub(super) fn extend_to(&mut self, place: Place) {
        self.set_selection(Selection::new(self.selection.anchor, self.on_edge(place)));
    }

    fn on_edge(&self, place: Place) -> Place {
        Place { offset: self.buffer.floor_edge(place.offset), ..place }
    }

    /// Sets the selection by other means than an edit, which ends a run of typing.
    pub(super) fn set_selection(&mut self, selection: Selection) {
        self.history.seal();
        self.selection = selection;
    }
}
