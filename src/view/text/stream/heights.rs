//! How many rows each closed piece takes: measured, or guessed until somebody looks.

/// The rows of one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Height {
    /// Laid out and counted.
    Measured(usize),
    /// From its length, or from its height at another width.
    Guessed(usize),
}

impl Height {
    fn rows(self) -> usize {
        match self {
            Self::Measured(rows) | Self::Guessed(rows) => rows,
        }
    }
}

/// The heights of all closed pieces and where each ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Heights {
    pieces: Vec<Height>,
    /// The row behind each piece.
    ends: Vec<usize>,
    /// Up to which piece none is guessed.
    settled: usize,
}

impl Heights {
    pub(super) fn count(&self) -> usize {
        self.pieces.len()
    }

    pub(super) fn total(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    pub(super) fn push(&mut self, height: Height) {
        self.ends.push(self.total() + height.rows());
        self.pieces.push(height);
    }

    pub(super) fn is_guessed(&self, piece: usize) -> bool {
        matches!(self.pieces.get(piece), Some(Height::Guessed(_)))
    }

    /// Takes a measured height over; what lies below moves.
    pub(super) fn set(&mut self, piece: usize, rows: usize) {
        let Some(height) = self.pieces.get_mut(piece) else { return };
        let before = height.rows();
        *height = Height::Measured(rows);
        if rows != before {
            for end in self.ends.iter_mut().skip(piece) {
                *end = (*end + rows).saturating_sub(before);
            }
        }
    }

    /// Takes many measured heights over, in the order of their pieces. Returns the row that `top` has become.
    pub(super) fn set_all(&mut self, measured: &[(usize, usize)], top: usize) -> usize {
        let Some((first, _)) = measured.first() else { return top };
        let (mut grown, mut shrunk) = (0, 0);
        for (piece, rows) in measured {
            let is_above = self.end(*piece) <= top;
            if let Some(height) = self.pieces.get_mut(*piece) {
                if is_above {
                    grown += rows;
                    shrunk += height.rows();
                }
                *height = Height::Measured(*rows);
            }
        }
        let mut end = self.first_row(*first);
        for (height, place) in self.pieces.iter().zip(&mut self.ends).skip(*first) {
            end += height.rows();
            *place = end;
        }
        (top + grown).saturating_sub(shrunk)
    }

    /// The first piece whose height is guessed; the number of pieces if none is.
    pub(super) fn first_guessed(&mut self) -> usize {
        while matches!(self.pieces.get(self.settled), Some(Height::Measured(_))) {
            self.settled += 1;
        }
        self.settled
    }

    /// Keeps the heights as guesses for another width. Without an old width there is nothing to go by.
    pub(super) fn guess_again(&mut self, old_width: usize, width: usize) {
        let mut end = 0;
        for (height, place) in self.pieces.iter_mut().zip(&mut self.ends) {
            let rows = (height.rows() * old_width).div_ceil(width.max(1)).max(1);
            *height = Height::Guessed(rows);
            end += rows;
            *place = end;
        }
        self.settled = 0;
    }

    /// The piece that shows a row; the number of pieces if it lies behind them.
    pub(super) fn piece_at(&self, row: usize) -> usize {
        self.ends.partition_point(|end| *end <= row)
    }

    pub(super) fn first_row(&self, piece: usize) -> usize {
        piece.checked_sub(1).map_or(0, |before| self.end(before))
    }

    /// The row behind a piece, or behind the last.
    pub(super) fn end(&self, piece: usize) -> usize {
        self.ends.get(piece).copied().unwrap_or_else(|| self.total())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_give_way_to_measures() {
        let mut heights = Heights::default();
        for rows in [2, 3, 4] {
            heights.push(Height::Guessed(rows));
        }
        assert_eq!((heights.total(), heights.piece_at(4), heights.first_row(2)), (9, 1, 5));
        heights.set(1, 10);
        heights.set(0, 1);
        assert_eq!((heights.total(), heights.first_row(1), heights.first_row(2)), (15, 1, 11));
        assert_eq!(heights.first_guessed(), 2);
        heights.set(2, 4);
        assert_eq!(heights.first_guessed(), 3);
        heights.guess_again(40, 20);
        assert_eq!((heights.total(), heights.first_guessed()), (30, 0));
        assert_eq!((heights.piece_at(30), heights.end(7)), (3, 30));
        // The third piece begins at row 22; the two above it shrink by 12 rows together.
        assert_eq!(heights.set_all(&[(0, 1), (1, 9), (2, 5)], 22), 10);
        assert_eq!((heights.total(), heights.first_row(2)), (15, 10));
    }
}
