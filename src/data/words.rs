//! Numbers in a file, many at a time, with a sum over all of them that tells a whole file from a cut or changed one.

use std::io::{self, Read, Write};

/// Bytes that are read or written at a time.
const BLOCK: usize = 8 * 1024;

/// Reads or writes, and sums up what went through.
pub(super) struct Summed<T> {
    inner: T,
    hasher: blake3::Hasher,
}

impl<T> Summed<T> {
    pub(super) fn new(inner: T) -> Self {
        Self { inner, hasher: blake3::Hasher::new() }
    }
}

impl<T: Read> Summed<T> {
    /// Ends the reading: whether the sum follows that was written, and nothing behind it.
    pub(super) fn ends_whole(self) -> io::Result<bool> {
        let Self { mut inner, hasher } = self;
        let mut sum = Vec::new();
        inner.by_ref().take(blake3::OUT_LEN as u64 + 1).read_to_end(&mut sum)?;
        Ok(sum == hasher.finalize().as_bytes())
    }
}

impl<T: Write> Summed<T> {
    /// Ends the writing with the sum.
    pub(super) fn end(self) -> io::Result<T> {
        let Self { mut inner, hasher } = self;
        inner.write_all(hasher.finalize().as_bytes())?;
        Ok(inner)
    }
}

impl<T: Read> Read for Summed<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

impl<T: Write> Write for Summed<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes numbers, their count before them.
pub(super) fn put(out: &mut dyn Write, count: usize, words: impl Iterator<Item = u64>) -> io::Result<()> {
    out.write_all(&(count as u64).to_le_bytes())?;
    let mut block = Vec::with_capacity(BLOCK);
    for word in words {
        block.extend_from_slice(&word.to_le_bytes());
        if block.len() >= BLOCK {
            out.write_all(&block)?;
            block.clear();
        }
    }
    out.write_all(&block)
}

/// Hands on the numbers that [`put`] wrote, of which there are at most `most`.
pub(super) fn take(input: &mut dyn Read, most: usize, mut each: impl FnMut(u64)) -> io::Result<()> {
    let mut word = [0; 8];
    input.read_exact(&mut word)?;
    let count = u64::from_le_bytes(word);
    if count > most as u64 {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut left = count as usize * word.len();
    let mut block = vec![0; BLOCK];
    while left > 0 {
        let size = left.min(BLOCK);
        let part = block.get_mut(..size).unwrap_or_default();
        input.read_exact(part)?;
        for bytes in part.chunks_exact(word.len()) {
            word.copy_from_slice(bytes);
            each(u64::from_le_bytes(word));
        }
        left -= size;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(words: &[u64]) -> Vec<u8> {
        let mut out = Summed::new(Vec::new());
        put(&mut out, words.len(), words.iter().copied()).unwrap();
        out.end().unwrap()
    }

    fn read(bytes: &[u8]) -> Option<Vec<u64>> {
        let (mut input, mut words) = (Summed::new(bytes), Vec::new());
        take(&mut input, 5_000, |word| words.push(word)).ok()?;
        input.ends_whole().ok()?.then_some(words)
    }

    proptest! {
        #[test]
        fn what_is_cut_longer_or_changed_is_not_read(words in prop::collection::vec(any::<u64>(), 0..3_000), at in any::<prop::sample::Index>()) {
            let bytes = written(&words);
            prop_assert_eq!(read(&bytes), Some(words));
            let at = at.index(bytes.len());
            prop_assert_eq!(read(&bytes[..at]), None);
            prop_assert_eq!(read(&[bytes.as_slice(), b"x"].concat()), None);
            let mut changed = bytes;
            changed[at] ^= 1;
            prop_assert_eq!(read(&changed), None);
        }
    }

    #[test]
    fn a_count_beyond_what_can_be_asks_for_no_memory() {
        assert_eq!(read(&u64::MAX.to_le_bytes()), None);
    }
}
