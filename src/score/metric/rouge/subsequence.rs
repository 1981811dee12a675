//! Longest common subsequences of words, 64 at a time (Crochemore et al. 2001, Hyyrö 2004): a row of the table is a row of bits,
//! 0 where the length grows.

use super::super::fast_hash::{FastMap, FastSet};
use super::words::Words;

const CELLS: usize = 64;

/// Steps of 64 cells after which a subsequence is not looked for: half a second or so.
const MOST_WORK: usize = 500_000_000;

/// Where each word stands in a text, as bits.
struct Positions {
    blocks: usize,
    bits: FastMap<u32, Vec<u64>>,
}

impl Positions {
    fn of(text: &[u32]) -> Self {
        let blocks = text.len().div_ceil(CELLS);
        let mut bits: FastMap<u32, Vec<u64>> = FastMap::default();
        for (index, word) in text.iter().enumerate() {
            let row = bits.entry(*word).or_insert_with(|| vec![0; blocks]);
            if let Some(block) = row.get_mut(index / CELLS) {
                *block |= 1 << (index % CELLS);
            }
        }
        Self { blocks, bits }
    }

    /// Moves `row` over `word`.
    fn step(&self, row: &mut [u64], word: u32) {
        let Some(equal) = self.bits.get(&word) else { return };
        let mut carry = false;
        for (block, equal) in row.iter_mut().zip(equal) {
            let both = *block & equal;
            let (sum, over) = block.overflowing_add(both);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            carry = over || again;
            *block = sum | (*block - both);
        }
    }
}

fn zeros(row: &[u64], length: usize) -> usize {
    let whole: usize = row.iter().map(|block| block.count_zeros() as usize).sum();
    // Bits beyond the end stay 1.
    whole.min(length)
}

/// The length of the longest common subsequence; `None` where finding it takes too much work.
pub(super) fn length(a: &[u32], b: &[u32]) -> Option<usize> {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len().div_ceil(CELLS).checked_mul(long.len())? > MOST_WORK {
        return None;
    }
    // A table of a row for each word of a long text would not fit into memory: only one row is kept, and words that occur once
    // need no row of their own because a row is made of what is there.
    if short.len() > 1 << 14 {
        return Some(length_by_blocks(short, long));
    }
    let positions = Positions::of(short);
    let mut row = vec![u64::MAX; positions.blocks];
    for word in long {
        positions.step(&mut row, *word);
    }
    Some(zeros(&row, short.len()))
}

/// The same with the positions of a word as a list of blocks, for texts of so many words that bit rows would be mostly empty.
fn length_by_blocks(short: &[u32], long: &[u32]) -> usize {
    let mut places: FastMap<u32, Vec<(usize, u64)>> = FastMap::default();
    for (index, word) in short.iter().enumerate() {
        let blocks = places.entry(*word).or_default();
        let bit = 1 << (index % CELLS);
        match blocks.last_mut() {
            Some((block, bits)) if *block == index / CELLS => *bits |= bit,
            _ => blocks.push((index / CELLS, bit)),
        }
    }
    let mut row = vec![u64::MAX; short.len().div_ceil(CELLS)];
    for word in long {
        let Some(blocks) = places.get(word) else { continue };
        let mut carry = false;
        let mut next = 0;
        for (block, equal) in blocks {
            // A carry runs on through blocks without this word until it is taken up.
            while carry && next < *block {
                carry = add(&mut row, next, 0, true);
                next += 1;
            }
            carry = add(&mut row, *block, *equal, carry && next == *block);
            next = block + 1;
        }
        while carry && next < row.len() {
            carry = add(&mut row, next, 0, true);
            next += 1;
        }
    }
    zeros(&row, short.len())
}

fn add(row: &mut [u64], block: usize, equal: u64, carry: bool) -> bool {
    let Some(cell) = row.get_mut(block) else { return false };
    let both = *cell & equal;
    let (sum, over) = cell.overflowing_add(both);
    let (sum, again) = sum.overflowing_add(u64::from(carry));
    *cell = sum | (*cell - both);
    over || again
}

/// How many words of the reference are in the union of its lines' longest common subsequences with the hypothesis's lines, each
/// word counted at most as often as either text has it. `None` where finding them takes too much work.
pub(super) fn union(reference: &Words, hypothesis: &Words) -> Option<usize> {
    let mut left: FastMap<u32, [usize; 2]> = FastMap::default();
    for word in &reference.numbers {
        left.entry(*word).or_default()[0] += 1;
    }
    for word in &hypothesis.numbers {
        left.entry(*word).or_default()[1] += 1;
    }
    let work: usize = hypothesis.lines().map(|line| line.len() / CELLS + 1).sum();
    // Keeping the rows and walking back over them costs some ten times as much as a length alone.
    if work.checked_mul(reference.numbers.len() + reference.line_ends.len())? > MOST_WORK / 10 {
        return None;
    }
    let lines: Vec<(Positions, &[u32])> = hypothesis.lines().map(|line| (Positions::of(line), line)).collect();
    let mut hits = 0;
    for line in reference.lines() {
        let mut in_union: FastSet<usize> = FastSet::default();
        for (positions, other) in &lines {
            matched(line, other, positions, &mut in_union);
        }
        let mut places: Vec<usize> = in_union.into_iter().collect();
        places.sort_unstable();
        for word in places.into_iter().filter_map(|place| line.get(place)) {
            if let Some([ours, theirs]) = left.get_mut(word)
                && *ours > 0
                && *theirs > 0
            {
                *ours -= 1;
                *theirs -= 1;
                hits += 1;
            }
        }
    }
    Some(hits)
}

/// Adds the places in `line` of one longest common subsequence with `other`: the one that rouge-score's way back through the table
/// finds, which prefers a match, then the hypothesis's earlier word only where that is strictly better.
fn matched(line: &[u32], other: &[u32], positions: &Positions, into: &mut FastSet<usize>) {
    let blocks = positions.blocks;
    let mut row = vec![u64::MAX; blocks];
    let mut rows: Vec<u64> = Vec::with_capacity(blocks * line.len());
    for word in line {
        positions.step(&mut row, *word);
        rows.extend_from_slice(&row);
    }
    // The length after `i` words of the line and `j` of the other.
    let length = |i: usize, j: usize| -> usize {
        let Some(before) = i.checked_sub(1) else { return 0 };
        let row = rows.get(before * blocks..i * blocks).unwrap_or_default();
        let whole: u32 = row.iter().take(j / CELLS).map(|block| block.count_zeros()).sum();
        let part = row.get(j / CELLS).map_or(0, |block| (!block & ((1 << (j % CELLS)) - 1)).count_ones());
        (whole + part) as usize
    };
    let (mut i, mut j) = (line.len(), other.len());
    while i > 0 && j > 0 {
        if line.get(i - 1) == other.get(j - 1) {
            into.insert(i - 1);
            i -= 1;
            j -= 1;
        } else if length(i, j - 1) > length(i - 1, j) {
            j -= 1;
        } else {
            i -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(a: &[u32], b: &[u32]) -> Vec<Vec<usize>> {
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 1..=a.len() {
            for j in 1..=b.len() {
                table[i][j] =
                    if a[i - 1] == b[j - 1] { table[i - 1][j - 1] + 1 } else { table[i - 1][j].max(table[i][j - 1]) };
            }
        }
        table
    }

    fn walked_back(a: &[u32], b: &[u32]) -> FastSet<usize> {
        let table = table(a, b);
        let (mut i, mut j) = (a.len(), b.len());
        let mut places = FastSet::default();
        while i > 0 && j > 0 {
            if a[i - 1] == b[j - 1] {
                places.insert(i - 1);
                i -= 1;
                j -= 1;
            } else if table[i][j - 1] > table[i - 1][j] {
                j -= 1;
            } else {
                i -= 1;
            }
        }
        places
    }

    fn words() -> impl Strategy<Value = Vec<u32>> {
        prop::collection::vec(0_u32..6, 0..150)
    }

    proptest! {
        #[test]
        fn lengths_agree_with_the_table(a in words(), b in words()) {
            let expected = table(&a, &b)[a.len()][b.len()];
            prop_assert_eq!(length(&a, &b), Some(expected));
            prop_assert_eq!(length_by_blocks(&a, &b), expected);
        }

        #[test]
        fn the_same_subsequence_is_found_as_by_the_table(a in words(), b in words()) {
            let mut found = FastSet::default();
            matched(&a, &b, &Positions::of(&b), &mut found);
            prop_assert_eq!(found, walked_back(&a, &b));
        }
    }
}
