//! The exact Levenshtein distance: Myers (1999) in the block form of Hyyrö (2003), 64 cells of a column at a time.

use std::collections::HashMap;

const CELLS: usize = 64;

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
    let last_cell = 1_u64 << ((pattern.len() - 1) % CELLS);
    let mut distance = pattern.len();
    for character in text {
        // The row above the table grows by one with every column.
        let mut carry = Carry { up: 1, down: 0 };
        let mut last = (0, 0);
        for (block, equal) in column.iter_mut().zip(positions.matches(*character)) {
            last = block.step(*equal, &mut carry);
        }
        distance = distance + usize::from(last.0 & last_cell != 0) - usize::from(last.1 & last_cell != 0);
    }
    distance
}

fn without_common_ends<'a>(a: &'a [char], b: &'a [char]) -> (&'a [char], &'a [char]) {
    let front = a.iter().zip(b).take_while(|(left, right)| left == right).count();
    let (a, b) = (a.get(front..).unwrap_or_default(), b.get(front..).unwrap_or_default());
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(left, right)| left == right).count();
    (a.get(..a.len() - back).unwrap_or_default(), b.get(..b.len() - back).unwrap_or_default())
}

/// For every character of the pattern, the bits of the positions where it stands.
struct Positions {
    blocks: usize,
    of_character: HashMap<char, usize>,
    bits: Vec<u64>,
}

impl Positions {
    fn of(pattern: &[char]) -> Self {
        let blocks = pattern.len().div_ceil(CELLS);
        // The first words stay zero, for all characters that do not occur.
        let mut positions = Self { blocks, of_character: HashMap::new(), bits: vec![0; blocks] };
        for (index, character) in pattern.iter().enumerate() {
            let next = positions.bits.len();
            let start = *positions.of_character.entry(*character).or_insert(next);
            if start == next {
                positions.bits.resize(next + blocks, 0);
            }
            if let Some(word) = positions.bits.get_mut(start + index / CELLS) {
                *word |= 1 << (index % CELLS);
            }
        }
        positions
    }

    /// One word per block; all zero for a character the pattern does not have.
    fn matches(&self, character: char) -> &[u64] {
        let start = self.of_character.get(&character).copied().unwrap_or(0);
        self.bits.get(start..start + self.blocks).unwrap_or_default()
    }
}

/// The horizontal difference handed from one block down to the next, as two bits rather than three cases: a branch here
/// would be guessed wrong half of the time.
#[derive(Clone, Copy)]
struct Carry {
    up: u64,
    down: u64,
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
