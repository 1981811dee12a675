//! What the mouse means on the screen.

use crate::view::screen::Target;

/// What the mouse did, and to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointer {
    /// The left button went down on something, at a place inside of it.
    Press {
        /// On what.
        target: Target,
        /// Columns from its left edge.
        column: u16,
        /// Rows from its top edge.
        row: u16,
    },
    /// The mouse moved with the left button down; the place may lie outside of what it went down on.
    Drag {
        /// On what the button went down.
        target: Target,
        /// Columns from its left edge, negative to the left of it.
        column: i32,
        /// Rows from its top edge, negative above it.
        row: i32,
    },
    /// The wheel turned over something.
    Wheel {
        /// Over what.
        target: Target,
        /// Rows, down if positive.
        rows: isize,
    },
}
