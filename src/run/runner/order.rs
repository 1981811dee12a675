//! The order of the trials: cases shuffled and taken a few at a time, every arm asked all of these before the next few. So
//! a run that is stopped early has asked its arms nearly the same cases, and a server that changes adapters does so seldom.

use crate::stats::shuffled;

/// Cases that are taken together.
pub const BLOCK: usize = 8;

/// The cases of a plan in the order they are asked in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    rows: Vec<u32>,
}

impl Order {
    /// `count` of `rows` rows, drawn and ordered by `seed`. More of them begin with the same ones.
    pub fn new(rows: u64, count: u64, seed: u64) -> Self {
        let mut order: Vec<u32> = shuffled(rows as usize, seed).into_iter().map(|row| row as u32).collect();
        order.truncate(count as usize);
        order.shrink_to_fit();
        Self { rows: order }
    }

    /// How many cases there are.
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no case.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row of the split at a place of the order.
    pub fn row(&self, place: usize) -> Option<u64> {
        self.rows.get(place).map(|row| u64::from(*row))
    }

    /// All rows, in order.
    pub fn rows(&self) -> impl Iterator<Item = u64> + '_ {
        self.rows.iter().map(|row| u64::from(*row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_the_beginning_of_the_whole_and_no_row_comes_twice() {
        let whole = Order::new(50, 50, 7);
        let part = Order::new(50, 20, 7);
        assert!(part.rows().eq(whole.rows().take(20)));
        let mut rows: Vec<u64> = whole.rows().collect();
        rows.sort_unstable();
        assert!(rows.into_iter().eq(0..50));
        assert_ne!(Order::new(50, 50, 8), whole);
    }
}
