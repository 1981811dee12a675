//! What the bit-parallel distances share: where each character of a text stands, as bits, and leaving out common ends.

use super::super::fast_hash::FastMap;

/// Cells to a block.
pub(super) const CELLS: usize = 64;

const ASCII: usize = 128;

/// For every character of the pattern, the bits of the positions where it stands.
pub(super) struct Positions {
    /// Blocks to a character.
    pub(super) blocks: usize,
    /// Where an ASCII character's blocks begin; 0 for those that do not occur.
    ascii: [u32; ASCII],
    others: FastMap<char, u32>,
    bits: Vec<u64>,
}

impl Positions {
    /// Finds the places of each character.
    pub(super) fn of(pattern: &[char]) -> Self {
        let blocks = pattern.len().div_ceil(CELLS);
        // The first blocks stay zero, for all characters that do not occur.
        let mut positions = Self { blocks, ascii: [0; ASCII], others: FastMap::default(), bits: Vec::new() };
        positions.bits.reserve(blocks * 32);
        positions.bits.resize(blocks, 0);
        for (index, character) in pattern.iter().enumerate() {
            let next = positions.bits.len();
            let start = match positions.ascii.get_mut(*character as usize) {
                Some(start) => start,
                None => positions.others.entry(*character).or_default(),
            };
            if *start == 0 {
                *start = next as u32;
                positions.bits.resize(next + blocks, 0);
            }
            let start = *start as usize;
            if let Some(block) = positions.bits.get_mut(start + index / CELLS) {
                *block |= 1 << (index % CELLS);
            }
        }
        positions
    }

    /// One word per block; all zero for a character the pattern does not have.
    pub(super) fn matches(&self, character: char) -> &[u64] {
        let start = match self.ascii.get(character as usize) {
            Some(start) => *start,
            None => self.others.get(&character).copied().unwrap_or(0),
        } as usize;
        self.bits.get(start..start + self.blocks).unwrap_or_default()
    }
}

/// Both texts without what they begin and end with alike, which no edit distance counts.
pub(super) fn without_common_ends<'a>(a: &'a [char], b: &'a [char]) -> (&'a [char], &'a [char]) {
    let front = a.iter().zip(b).take_while(|(left, right)| left == right).count();
    let (a, b) = (a.get(front..).unwrap_or_default(), b.get(front..).unwrap_or_default());
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(left, right)| left == right).count();
    (a.get(..a.len() - back).unwrap_or_default(), b.get(..b.len() - back).unwrap_or_default())
}
