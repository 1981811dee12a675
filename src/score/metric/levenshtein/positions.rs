//! What the bit-parallel distances share: where each character of a text stands, as bits, and leaving out common ends.

use super::super::fast_hash::FastMap;

/// Cells to a block.
pub(super) const CELLS: usize = 64;

const ASCII: usize = 128;

/// A text as the distances take it: bytes where both texts are ASCII, which are code points then, else characters.
pub(super) trait Unit: Copy + Eq + Into<u32> {}

impl Unit for u8 {}
impl Unit for char {}

/// For every character of the pattern, the bits of the positions where it stands.
pub(super) struct Positions {
    /// Blocks to a character.
    pub(super) blocks: usize,
    /// Beyond ASCII, the row of a character's blocks.
    others: FastMap<u32, u32>,
    /// A row of blocks for each ASCII character, one of zeros for what does not occur, then the others'.
    bits: Vec<u64>,
}

impl Positions {
    /// Finds the places of each character.
    pub(super) fn of<T: Unit>(pattern: &[T]) -> Self {
        let blocks = pattern.len().div_ceil(CELLS);
        let mut positions = Self { blocks, others: FastMap::default(), bits: vec![0; (ASCII + 1) * blocks] };
        for (index, unit) in pattern.iter().enumerate() {
            let unit: u32 = (*unit).into();
            let row = if (unit as usize) < ASCII {
                unit as usize
            } else {
                let next = (positions.bits.len() / blocks) as u32;
                let row = *positions.others.entry(unit).or_insert(next);
                if row == next {
                    positions.bits.resize(positions.bits.len() + blocks, 0);
                }
                row as usize
            };
            if let Some(block) = positions.bits.get_mut(row * blocks + index / CELLS) {
                *block |= 1 << (index % CELLS);
            }
        }
        positions
    }

    /// One word per block; all zero for a character the pattern does not have.
    pub(super) fn matches<T: Unit>(&self, unit: T) -> &[u64] {
        let unit: u32 = unit.into();
        let row = if (unit as usize) < ASCII {
            unit as usize
        } else {
            self.others.get(&unit).map_or(ASCII, |row| *row as usize)
        };
        self.bits.get(row * self.blocks..(row + 1) * self.blocks).unwrap_or_default()
    }
}

/// Both texts without what they begin and end with alike, which no edit distance counts.
pub(super) fn without_common_ends<'a, T: Unit>(a: &'a [T], b: &'a [T]) -> (&'a [T], &'a [T]) {
    let front = a.iter().zip(b).take_while(|(left, right)| left == right).count();
    let (a, b) = (a.get(front..).unwrap_or_default(), b.get(front..).unwrap_or_default());
    let back = a.iter().rev().zip(b.iter().rev()).take_while(|(left, right)| left == right).count();
    (a.get(..a.len() - back).unwrap_or_default(), b.get(..b.len() - back).unwrap_or_default())
}
