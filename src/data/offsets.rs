//! Where rows begin in a file, in bounded memory: every row of a small file, every 2nd, 4th, 8th... of a larger one. The
//! rows between are found by reading on.

use std::io::{self, Read, Write};

use super::words::{put, take};

/// How many places are kept at most: 2 MiB of them.
const MOST: usize = 1 << 18;

/// The places kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offsets {
    every: usize,
    kept: Vec<u64>,
    count: usize,
    most: usize,
}

impl Default for Offsets {
    fn default() -> Self {
        Self::keeping(MOST)
    }
}

impl Offsets {
    /// Keeps at most `most` places.
    pub(crate) const fn keeping(most: usize) -> Self {
        Self { every: 1, kept: Vec::new(), count: 0, most }
    }

    /// Adds the next row.
    pub(crate) fn push(&mut self, offset: u64) {
        if self.count.is_multiple_of(self.every) {
            if self.kept.len() >= self.most.max(2) {
                let mut index = 0;
                self.kept.retain(|_| {
                    index += 1;
                    index % 2 == 1
                });
                self.every *= 2;
            }
            if self.count.is_multiple_of(self.every) {
                self.kept.push(offset);
            }
        }
        self.count += 1;
    }

    /// Writes them for [`Offsets::read`].
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        put(out, 2, [self.every as u64, self.count as u64].into_iter())?;
        put(out, self.kept.len(), self.kept.iter().copied())
    }

    /// Reads what was written, as far as it can be: the places of as many rows as are said to be there.
    pub(super) fn read(input: &mut dyn Read) -> io::Result<Self> {
        let (mut shape, mut kept) = (Vec::new(), Vec::new());
        take(input, 2, |word| shape.push(word as usize))?;
        take(input, MOST, |word| kept.push(word))?;
        let [every, count] = shape.as_slice() else { return Err(io::ErrorKind::InvalidData.into()) };
        if *every == 0 || kept.len() != count.div_ceil(*every) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Self { every: *every, kept, count: *count, most: MOST })
    }

    /// How many rows there are.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// The last kept row not behind `index`, and where it begins.
    pub(crate) fn before(&self, index: usize) -> Option<(usize, u64)> {
        if index >= self.count {
            return None;
        }
        let place = index / self.every;
        Some((place * self.every, *self.kept.get(place)?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_kept_row_is_never_far_and_never_behind(rows in 0_usize..500, most in 2_usize..40) {
            let mut offsets = Offsets::keeping(most);
            for row in 0..rows {
                offsets.push(row as u64 * 10);
            }
            prop_assert_eq!(offsets.count(), rows);
            prop_assert!(offsets.kept.len() <= most);
            for row in 0..rows {
                let (kept, offset) = offsets.before(row).unwrap();
                prop_assert_eq!(offset, kept as u64 * 10);
                prop_assert!(kept <= row && row - kept < offsets.every);
            }
            prop_assert!(rows <= most || offsets.every <= 2 * rows.div_ceil(most).next_power_of_two());
            prop_assert_eq!(offsets.before(rows), None);
            let mut written = Vec::new();
            offsets.write(&mut written).unwrap();
            prop_assert_eq!(Offsets::read(&mut written.as_slice()).unwrap(), Offsets { most: MOST, ..offsets });
        }
    }
}
