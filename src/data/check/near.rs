//! How alike two texts are, and finding alike ones among many without comparing all pairs.
//!
//! The measure is resemblance (Broder, "On the resemblance and containment of documents", 1997): the part of the
//! three-word sequences of both texts together that both have. Each text is kept as its smallest hashes, so a long one
//! takes no more room than a short one; up to [`SKETCH`] sequences the number is exact, beyond that an estimate. Large
//! sets are searched through buckets of minimum hashes (banding, as in Leskovec, Rajaraman and Ullman, "Mining of
//! Massive Datasets", chapter 3).

use std::collections::{HashMap, HashSet};

use unicode_segmentation::UnicodeSegmentation;

/// From this resemblance on two rows count as near.
pub const NEAR: f64 = 0.6;
/// Words in a sequence.
const WORDS: usize = 3;
/// Hashes kept of a text.
const SKETCH: usize = 128;
/// Buckets a text is put in. With [`ROWS`] hashes each, a pair of resemblance 0.6 shares one with probability 0.992, one
/// of 0.7 with 0.9997.
const BANDS: usize = 20;
const ROWS: usize = 3;
/// Up to so many rows every pair is compared: nothing is missed.
const ALL_PAIRS: usize = 2_000;
/// Rows looked at in one bucket: what many rows share tells nothing, and time must not grow with its square.
const PER_BUCKET: usize = 8;

/// What is kept of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sketch {
    /// The smallest hashes, ascending.
    hashes: Vec<u32>,
    bands: [u64; BANDS],
}

impl Sketch {
    /// `None` for a text too short to say anything about.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower.unicode_words().collect();
        if words.len() < WORDS {
            return None;
        }
        let mut least = [u64::MAX; BANDS * ROWS];
        let mut hashes = Vec::with_capacity(words.len());
        for sequence in words.windows(WORDS) {
            let hash = hash_of(sequence);
            hashes.push(mixed(hash) as u32);
            for (index, least) in least.iter_mut().enumerate() {
                *least = (*least).min(mixed(hash ^ mixed(index as u64 + 1)));
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        hashes.truncate(SKETCH);
        hashes.shrink_to_fit();
        let mut bands = [0; BANDS];
        for (index, (band, rows)) in bands.iter_mut().zip(least.chunks_exact(ROWS)).enumerate() {
            *band = rows.iter().fold(index as u64, |sum, row| mixed(sum ^ row));
        }
        Some(Self { hashes, bands })
    }

    /// How alike, between 0 and 1.
    pub(crate) fn resemblance(&self, other: &Self) -> f64 {
        let (mut left, mut right) = (self.hashes.iter().peekable(), other.hashes.iter().peekable());
        let (mut together, mut both) = (0_u32, 0_u32);
        // The smallest of the union are a fair sample of it, as far as neither list was cut before them.
        let most = if self.hashes.len() < SKETCH && other.hashes.len() < SKETCH { usize::MAX } else { SKETCH };
        while (together as usize) < most {
            match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(a), Some(b)) if a == b => {
                    both += 1;
                    left.next();
                    right.next();
                }
                (Some(a), Some(b)) if a < b => drop(left.next()),
                (Some(_), None) => drop(left.next()),
                _ => drop(right.next()),
            }
            together += 1;
        }
        f64::from(both) / f64::from(together.max(1))
    }
}

fn hash_of(words: &[&str]) -> u64 {
    // FNV-1a: the same on every machine, and spread by `mixed` afterwards.
    let bytes = words.iter().flat_map(|word| word.bytes().chain(std::iter::once(0xff)));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Spreads the bits of a number (the finaliser of `SplitMix64`).
const fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Texts that others are held against.
#[derive(Debug)]
pub(crate) struct Index {
    sketches: Vec<Sketch>,
    buckets: HashMap<u64, Vec<u32>>,
    near: f64,
    all_pairs: usize,
    per_bucket: usize,
}

impl Default for Index {
    fn default() -> Self {
        Self { sketches: Vec::new(), buckets: HashMap::new(), near: NEAR, all_pairs: ALL_PAIRS, per_bucket: PER_BUCKET }
    }
}

impl Index {
    /// For many texts held against it: buckets alone, deeper ones, and a resemblance of one's own from which on texts are
    /// near.
    pub(crate) fn for_many(near: f64) -> Self {
        Self { near, all_pairs: 0, per_bucket: PER_BUCKET * 8, ..Self::default() }
    }

    /// Adds a text; it is known from now on by its place, counted from 0.
    pub(crate) fn add(&mut self, sketch: Sketch) {
        let place = self.sketches.len() as u32;
        for band in sketch.bands {
            let bucket = self.buckets.entry(band).or_default();
            if bucket.len() < self.per_bucket {
                bucket.push(place);
            }
        }
        self.sketches.push(sketch);
    }

    /// Every text near to this one that shares a bucket with it.
    pub(crate) fn near(&self, sketch: &Sketch) -> Vec<(usize, f64)> {
        let mut places: Vec<u32> =
            sketch.bands.iter().filter_map(|band| self.buckets.get(band)).flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        let alike = |place: u32| Some((place as usize, self.sketches.get(place as usize)?.resemblance(sketch)));
        places.into_iter().filter_map(alike).filter(|(_, alike)| *alike >= self.near).collect()
    }

    /// The text most like this one, if one is near.
    pub(crate) fn nearest(&self, sketch: &Sketch) -> Option<(usize, f64)> {
        let found = |place: usize| Some((place, self.sketches.get(place)?.resemblance(sketch)));
        let better = |best: Option<(usize, f64)>, (place, alike): (usize, f64)| {
            let beats = alike >= self.near && best.is_none_or(|(_, known)| alike > known);
            if beats { Some((place, alike)) } else { best }
        };
        if self.sketches.len() <= self.all_pairs {
            return (0..self.sketches.len()).filter_map(found).fold(None, better);
        }
        let candidates: HashSet<u32> =
            sketch.bands.iter().filter_map(|band| self.buckets.get(band)).flatten().copied().collect();
        let mut candidates: Vec<u32> = candidates.into_iter().collect();
        candidates.sort_unstable();
        candidates.into_iter().filter_map(|place| found(place as usize)).fold(None, better)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(left: &str, right: &str) -> f64 {
        Sketch::new(left).unwrap().resemblance(&Sketch::new(right).unwrap())
    }

    #[test]
    fn resemblance_is_the_shared_part_of_three_word_sequences() {
        let text = "the order is for Felix and goes to Oslo";
        assert!((alike(text, text) - 1.0).abs() < 1e-9);
        assert!((alike(text, "The order is for FELIX, and goes to Oslo!") - 1.0).abs() < 1e-9);
        // Nine words make seven sequences; another last word changes one on each side: 6 of 8.
        assert!((alike(text, "the order is for Felix and goes to Leeds") - 0.75).abs() < 1e-9);
        assert!(alike(text, "something else entirely was said here today") < 1e-9);
        assert!(Sketch::new("two words").is_none());
        // Without spaces each character is a word.
        assert!(alike("東京都に住んでいます", "東京都に住んでいました") > 0.4);
    }

    #[test]
    fn long_texts_are_estimated_within_the_sketch() {
        let words = |from: usize, to: usize| (from..to).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
        let estimate = alike(&words(0, 1000), &words(250, 1250));
        // 748 of 1248 sequences are shared.
        assert!((estimate - 0.6).abs() < 0.13, "{estimate}");
    }

    #[test]
    fn near_texts_are_found_among_thousands() {
        let text = |n: usize| {
            (0..20).map(|word| format!("w{}", (n * 7919 + word * word * 31) % 5000)).collect::<Vec<_>>().join(" ")
        };
        let mut index = Index::default();
        for n in 0..ALL_PAIRS + 500 {
            index.add(Sketch::new(&text(n)).unwrap());
        }
        let changed = format!("{} extra", text(1234));
        let (place, alike) = index.nearest(&Sketch::new(&changed).unwrap()).unwrap();
        assert_eq!(place, 1234);
        assert!(alike > 0.9, "{alike}");
        assert_eq!(index.nearest(&Sketch::new("nothing of the kind was ever in there").unwrap()), None);
    }
}
