//! Where the bytes of a parsed text lie in the answer they came from.

use std::ops::Range;

/// Maps positions of a parsed text to positions of the whole answer.
///
/// Most text is a slice of the answer. The later parts of a very long table are parsed with the table's head put before them,
/// so their first bytes lie elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    start: usize,
    head: Range<usize>,
}

impl Origin {
    /// The text is the slice of the answer that begins at `start`.
    pub fn slice(start: usize) -> Self {
        Self { start, head: start..start }
    }

    /// The text is the slice `head` of the answer, followed by the slice that begins at `start`.
    pub fn after_head(head: Range<usize>, start: usize) -> Self {
        Self { start, head }
    }

    /// The position in the answer of a position in the text.
    pub fn position(&self, at: usize) -> usize {
        match at.checked_sub(self.head.len()) {
            Some(rest) => self.start + rest,
            None => self.head.start + at,
        }
    }

    /// The range in the answer of a range in the text.
    pub fn range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.position(range.start);
        start..start + range.len()
    }
}
