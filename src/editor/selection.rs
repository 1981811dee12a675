//! Where the caret is and what is selected. Both ends always stand on grapheme edges.

use std::ops::Range;

/// At a soft wrap one offset has two places on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Affinity {
    /// At the start of the later row.
    #[default]
    Downstream,
    /// At the end of the earlier row.
    Upstream,
}

/// A place a caret can be drawn at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Byte offset in the text.
    pub offset: usize,
    /// Which side of a soft wrap.
    pub affinity: Affinity,
}

impl From<usize> for Place {
    fn from(offset: usize) -> Self {
        Self { offset, affinity: Affinity::Downstream }
    }
}

/// A selection from `anchor` to `head`; the caret is at the head.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection {
    /// Where the selection began.
    pub anchor: usize,
    /// Where the caret is.
    pub head: usize,
    /// Which side of a soft wrap the caret is drawn at.
    pub affinity: Affinity,
    /// The column that moves up and down aim for.
    pub(super) goal_column: Option<usize>,
}

/// Two selections are the same when they cover the same text in the same direction; how they are drawn is not compared.
impl PartialEq for Selection {
    fn eq(&self, other: &Self) -> bool {
        self.anchor == other.anchor && self.head == other.head
    }
}

impl Eq for Selection {}

impl Selection {
    /// A caret with nothing selected.
    pub fn caret(place: impl Into<Place>) -> Self {
        let place = place.into();
        Self { anchor: place.offset, head: place.offset, affinity: place.affinity, goal_column: None }
    }

    /// From `anchor` to `head`.
    pub fn new(anchor: usize, head: impl Into<Place>) -> Self {
        Self { anchor, ..Self::caret(head) }
    }

    /// The selected bytes; empty when nothing is selected.
    pub fn range(&self) -> Range<usize> {
        self.anchor.min(self.head)..self.anchor.max(self.head)
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.anchor == self.head
    }

    /// The place of the caret.
    pub fn place(&self) -> Place {
        Place { offset: self.head, affinity: self.affinity }
    }
}
