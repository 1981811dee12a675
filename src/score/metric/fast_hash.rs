//! A quick hash for the short keys of n-gram counting: each 8 bytes are mixed in by one wide multiplication. The standard
//! library's hash, made to withstand chosen keys, would take half of the time that a pair's scores may take.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map with this hash.
pub(in crate::score) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<Folding>>;
/// A set with this hash.
pub(in crate::score) type FastSet<K> = HashSet<K, BuildHasherDefault<Folding>>;

/// See the file's head.
#[derive(Clone, Copy, Default)]
pub(in crate::score) struct Folding(u64);

impl Folding {
    fn mix(&mut self, word: u64) {
        // The digits of pi, as odd numbers without a pattern.
        const A: u64 = 0x243f_6a88_85a3_08d3;
        const B: u64 = 0x1319_8a2e_0370_7345;
        let product = u128::from(self.0 ^ word ^ A) * u128::from(B);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            for (into, byte) in last.iter_mut().zip(rest) {
                *into = *byte;
            }
            self.mix(u64::from_le_bytes(last) ^ (rest.len() as u64) << 56);
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.mix(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.mix(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.mix(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.mix(value as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hash;

    use super::*;

    fn hash(value: impl Hash) -> u64 {
        let mut hasher = Folding::default();
        value.hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn near_keys_fall_apart() {
        let hashes: HashSet<u64> = (0..10_000_u64).map(hash).collect();
        assert_eq!(hashes.len(), 10_000);
        let lowest: HashSet<u64> = (0..256_u64).map(|key| hash(key) & 0xff).collect();
        assert!(lowest.len() > 100, "{}", lowest.len());
        assert_ne!(hash("ab"), hash("ab\0"));
        assert_ne!(hash(("a", "bc")), hash(("ab", "c")));
    }
}
