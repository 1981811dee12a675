//! The first bytes of a hash as a number: short enough to keep one for every row.

/// The first eight bytes.
pub(super) fn short(hash: &blake3::Hash) -> u64 {
    (long(hash) >> 64) as u64
}

/// The first sixteen bytes.
pub(super) fn long(hash: &blake3::Hash) -> u128 {
    hash.as_bytes().iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}
