//! The rows that the leak guard found, as the data pane marks them.

use std::collections::BTreeMap;

use crate::data::{LeakPlace, Split};

/// What the leak guard found, by the places of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeakMarks {
    /// Test row to train row, both from 0, and how alike.
    pub test: BTreeMap<usize, (usize, f64)>,
    /// Train row to test row.
    pub train: BTreeMap<usize, (usize, f64)>,
}

impl LeakMarks {
    /// The marks of these places; a train row that several test rows are like points to the first.
    pub fn new(places: &[LeakPlace]) -> Self {
        let mut marks = Self::default();
        for leak in places {
            marks.test.insert(leak.test, (leak.train, leak.alike));
            marks.train.entry(leak.train).or_insert((leak.test, leak.alike));
        }
        marks
    }

    /// The row that a row of a split has leaked to or from: its split, its place there, how alike.
    pub fn of(&self, (split, place): (Split, usize)) -> Option<(Split, usize, f64)> {
        let (other, marks) = match split {
            Split::Test => (Split::Train, &self.test),
            Split::Train => (Split::Test, &self.train),
            Split::Dev => return None,
        };
        marks.get(&place).map(|(place, alike)| (other, *place, *alike))
    }
}
