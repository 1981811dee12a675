//! Rows in order, wherever they come from: a file, a part of a file, or memory.

use super::case::Case;
use super::error::DataError;

/// Cases that can be asked for one at a time.
pub trait Cases: Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// The case at a 0-based index.
    fn case(&self, index: usize) -> Result<Case, DataError>;

    /// The index of the case with that id.
    fn find(&self, id: &str) -> Result<Option<usize>, DataError>;
}

impl Cases for [Case] {
    fn count(&self) -> usize {
        self.len()
    }

    fn case(&self, index: usize) -> Result<Case, DataError> {
        self.get(index).cloned().ok_or_else(|| DataError::NoRow {
            path: "the rows in memory".into(),
            rows: self.len(),
            asked: index + 1,
        })
    }

    fn find(&self, id: &str) -> Result<Option<usize>, DataError> {
        Ok(self.iter().position(|case| case.id == id))
    }
}

impl Cases for Vec<Case> {
    fn count(&self) -> usize {
        self.as_slice().count()
    }

    fn case(&self, index: usize) -> Result<Case, DataError> {
        self.as_slice().case(index)
    }

    fn find(&self, id: &str) -> Result<Option<usize>, DataError> {
        self.as_slice().find(id)
    }
}
