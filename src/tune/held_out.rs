//! Which train rows are held out for validation: the same ones for the same rows and seed, on every machine. Pure.

/// The share that is held out unless said otherwise.
pub const SHARE: f64 = 0.1;
/// With fewer rows than this nothing is held out unless it is asked for.
const FEWEST_ROWS: usize = 20;
/// No fewer are held out, where any are: a mean over one or two rows says nothing.
const LEAST: usize = 4;
/// No more are held out: each validation looks at all of them.
const MOST: usize = 200;

/// How many of `rows` a share holds out.
pub fn held_out_count(rows: usize, share: f64) -> usize {
    if share <= 0.0 || rows < FEWEST_ROWS {
        return 0;
    }
    ((rows as f64 * share).round() as usize).clamp(LEAST, MOST).min(rows / 2)
}

/// For each row whether it is held out. Ranks rows by a hash, as the drawn dev split is.
pub fn held_out(rows: usize, share: f64, seed: u64) -> Vec<bool> {
    let take = held_out_count(rows, share);
    let mut ranked: Vec<([u8; 32], usize)> = (0..rows)
        .map(|row| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(b"held out").update(&seed.to_le_bytes()).update(&(row as u64).to_le_bytes());
            (*hasher.finalize().as_bytes(), row)
        })
        .collect();
    ranked.sort_unstable();
    let mut held = vec![false; rows];
    for (_, row) in ranked.into_iter().take(take) {
        if let Some(held) = held.get_mut(row) {
            *held = true;
        }
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_rows_and_share() {
        for (rows, share, expected) in [
            (0, 0.1, 0),
            (19, 0.1, 0),
            (20, 0.1, 4),
            (120, 0.1, 12),
            (120, 0.0, 0),
            (120, 0.9, 60),
            (100_000, 0.1, 200),
        ] {
            assert_eq!(held_out_count(rows, share), expected, "{rows} {share}");
            assert_eq!(held_out(rows, share, 1).iter().filter(|held| **held).count(), expected);
        }
    }

    #[test]
    fn the_seed_decides_which() {
        assert_eq!(held_out(120, 0.1, 7), held_out(120, 0.1, 7));
        assert_ne!(held_out(120, 0.1, 7), held_out(120, 0.1, 8));
    }
}
