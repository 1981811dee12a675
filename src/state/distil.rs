//! A bigger model's answers to the train rows, and what a person thinks of each.

use super::Fault;
use crate::editor::Editor;
use crate::tune::distil::{DistilCounts, DistilRow, Review};

/// The page on which answers are reviewed.
#[derive(Debug, Default)]
pub struct DistilState {
    /// Counts askings; news of others is dropped.
    pub generation: u64,
    /// The arm that answers.
    pub arm: String,
    /// The name of the collection.
    pub name: String,
    /// Whether rows are being read, or asked.
    pub running: bool,
    /// Rows asked in this go: done, and in all.
    pub progress: (usize, usize),
    /// What asking takes, in words.
    pub ahead: Vec<String>,
    /// The train rows.
    pub rows: Vec<DistilRow>,
    /// Which row is looked at.
    pub selected: usize,
    /// First row of its text that is shown.
    pub scroll: usize,
    /// The answer being rewritten.
    pub editing: Option<Editor>,
    /// What went wrong last.
    pub fault: Option<Fault>,
}

impl DistilState {
    /// The row that is looked at.
    pub fn row(&self) -> Option<&DistilRow> {
        self.rows.get(self.selected)
    }

    /// How far the review is.
    pub fn counts(&self) -> DistilCounts {
        DistilCounts::of(&self.rows)
    }

    /// Looks at another row, by so many places.
    pub fn step(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.select(self.selected.saturating_add_signed(by).min(last));
    }

    /// Looks at a row.
    pub fn select(&mut self, index: usize) {
        if index < self.rows.len() {
            self.selected = index;
            self.scroll = 0;
        }
    }

    /// Looks at the next row with an answer about which nothing was decided, around the end. `false` where there is none.
    pub fn next_undecided(&mut self) -> bool {
        let waits = |row: &DistilRow| row.answer.is_some() && row.review == Review::Undecided;
        let count = self.rows.len();
        let mut order = (1..=count).map(|step| (self.selected + step) % count.max(1));
        let found = order.find(|index| self.rows.get(*index).is_some_and(waits));
        if let Some(index) = found {
            self.select(index);
        }
        found.is_some()
    }
}
