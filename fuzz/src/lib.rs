//! What the targets share.

/// The bytes of an input and a way to cut them into reads. The first byte says how many cuts there are, that many more say
/// where, as lengths; no cut leaves the bytes whole.
pub fn cut(input: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let Some((&count, rest)) = input.split_first() else { return (&[], Vec::new()) };
    let (lengths, bytes) = rest.split_at(usize::from(count % 16).min(rest.len()));
    let mut reads = Vec::new();
    let mut left = bytes;
    for length in lengths {
        let (read, after) = left.split_at(usize::from(*length).min(left.len()));
        reads.push(read);
        left = after;
    }
    reads.push(left);
    (bytes, reads)
}
