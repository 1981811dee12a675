//! How wide the columns are, and which of them there is room for.

use crate::state::MatrixState;
use crate::state::matrix::View;
use crate::view::text::display_width;

/// The narrowest column of words, in which a mean fits with its interval, and the widest that no name asks for.
const CELL: (u16, u16) = (13, 18);
/// So wide a column may be for the names to stand in full.
const NAMED: u16 = 40;
/// So wide a column may be for all of them to be in sight.
const ALL: u16 = 13;
/// A column of shades: room on both sides for the brackets around the selected one.
const SHADE: u16 = 4;
/// The narrowest and the widest column of case names.
const NAME: (u16, u16) = (11, 24);

/// The columns in sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::view) struct Columns {
    /// Columns of the terminal for the case's name, the mark of the selection with it.
    pub name: u16,
    /// Columns of the terminal for each arm.
    pub cell: u16,
    /// The first arm in sight.
    pub first: usize,
    /// How many arms are in sight.
    pub count: usize,
}

impl Columns {
    /// The columns of the matrix in so much room.
    pub(in crate::view) fn of(matrix: &MatrixState, width: u16) -> Self {
        let heads = matrix.run.as_ref().map_or(&[][..], |run| run.heads.as_slice());
        let name = (width / 5).clamp(NAME.0, NAME.1).min(width);
        let room = width - name;
        let widest = heads.iter().map(|head| display_width(&head.name) as u16 + 2).max().unwrap_or(0);
        let each = room / (heads.len() as u16).max(1);
        // All columns in sight are worth a name cut short.
        let words = if each >= ALL { each.min(widest.clamp(CELL.1, NAMED)) } else { widest.clamp(CELL.0, CELL.1) };
        let cell = if matrix.view == View::Heat { SHADE } else { words };
        let count = usize::from(room / cell.max(1)).clamp(1, heads.len().max(1));
        let first = matrix.left.min(matrix.column).max((matrix.column + 1).saturating_sub(count));
        let first = first.min(heads.len().saturating_sub(count));
        Self { name, cell, first, count: count.min(heads.len() - first.min(heads.len())) }
    }

    /// Where an arm's column begins, counted from the left edge of the matrix; with its number.
    pub(in crate::view) fn each(&self) -> impl Iterator<Item = (usize, u16)> + use<> {
        let Self { name, cell, first, count } = *self;
        (0..count).map(move |index| (first + index, name + index as u16 * cell))
    }
}
