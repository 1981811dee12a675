//! The exact Levenshtein distance: Myers (1999) in the block form of Hyyrö (2003), 64 cells of a column at a time.

use super::positions::{CELLS, Positions, without_common_ends};

/// How many 64-cell column steps [`distance`] would take, common ends already left out.
pub(super) fn work(a: &[char], b: &[char]) -> usize {
    let (a, b) = without_common_ends(a, b);
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.len().div_ceil(CELLS).saturating_mul(long.len())
}

/// The fewest insertions, deletions and replacements that turn `a` into `b`.
pub(super) fn distance(a: &[char], b: &[char]) -> usize {
    let (a, b) = without_common_ends(a, b);
    let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if pattern.is_empty() {
        return text.len();
    }
    let positions = Positions::of(pattern);
    let mut column = vec![Block { positive: u64::MAX, negative: 0 }; pattern.len().div_ceil(CELLS)];
    let last_cell = (pattern.len() - 1) % CELLS;
    let mut distance = pattern.len();
    let mut ends = |(rise, fall): (u64, u64)| {
        distance = distance + (rise >> last_cell & 1) as usize - (fall >> last_cell & 1) as usize;
    };
    let (pairs, rest) = text.as_chunks::<2>();
    for [first, second] in pairs {
        let (first, second) = two_columns(&mut column, positions.matches(*first), positions.matches(*second));
        ends(first);
        ends(second);
    }
    for character in rest {
        let mut carry = Carry::TOP;
        let mut last = (0, 0);
        for (block, equal) in column.iter_mut().zip(positions.matches(*character)) {
            last = block.step(*equal, &mut carry);
        }
        ends(last);
    }
    distance
}

/// Moves over two columns at once, the second a block behind the first: neither then waits for the other's arithmetic. Gives the
/// horizontal differences of the last block in each.
fn two_columns(column: &mut [Block], first: &[u64], second: &[u64]) -> ((u64, u64), (u64, u64)) {
    let (Some((mut behind, blocks)), Some((first_top, first)), Some((second_bottom, second))) =
        (column.split_first_mut(), first.split_first(), second.split_last())
    else {
        return ((0, 0), (0, 0));
    };
    let (mut carry, mut carry_behind) = (Carry::TOP, Carry::TOP);
    let mut last = behind.step(*first_top, &mut carry);
    for ((block, equal), equal_behind) in blocks.iter_mut().zip(first).zip(second) {
        last = block.step(*equal, &mut carry);
        behind.step(*equal_behind, &mut carry_behind);
        behind = block;
    }
    (last, behind.step(*second_bottom, &mut carry_behind))
}

/// The horizontal difference handed from one block down to the next, as two bits rather than three cases: a branch here
/// would be guessed wrong half of the time.
#[derive(Clone, Copy)]
struct Carry {
    up: u64,
    down: u64,
}

impl Carry {
    /// The row above the table grows by one with every column.
    const TOP: Self = Self { up: 1, down: 0 };
}

/// The vertical differences of 64 neighbouring cells of a column, as two bit vectors.
#[derive(Clone, Copy)]
struct Block {
    positive: u64,
    negative: u64,
}

impl Block {
    /// Moves one column to the right; returns the horizontal differences and sets the carry for the block below.
    fn step(&mut self, equal: u64, carry: &mut Carry) -> (u64, u64) {
        let vertical = equal | self.negative;
        let equal = equal | carry.down;
        let horizontal = ((equal & self.positive).wrapping_add(self.positive) ^ self.positive) | equal;
        let rise = self.negative | !(horizontal | self.positive);
        let fall = self.positive & horizontal;
        let shifted_rise = (rise << 1) | carry.up;
        let shifted_fall = (fall << 1) | carry.down;
        self.positive = shifted_fall | !(vertical | shifted_rise);
        self.negative = shifted_rise & vertical;
        *carry = Carry { up: rise >> (CELLS - 1), down: fall >> (CELLS - 1) };
        (rise, fall)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook table of Wagner and Fischer.
    fn by_table(a: &[char], b: &[char]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, left) in a.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, right) in b.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = (diagonal + usize::from(left != right)).min(above + 1).min(row[j] + 1);
                diagonal = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn agrees_with_the_textbook_table(a in "[abcé]{0,300}", b in "[abcé]{0,300}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(distance(&a, &b), by_table(&a, &b));
        }

        #[test]
        fn agrees_around_whole_blocks(length in 60_usize..200, cut in 0_usize..60, extra in "[ab]{0,70}") {
            let a: Vec<char> = "abc".chars().cycle().take(length).collect();
            let b: Vec<char> = a[cut..].iter().copied().chain(extra.chars()).collect();
            prop_assert_eq!(distance(&a, &b), by_table(&a, &b));
        }
    }
}
