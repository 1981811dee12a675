//! Vectors by counting words and letters: what is there when no embedding model is.
//!
//! Each word, and each sequence of three characters of a word with its borders, adds 1 or -1 to one of [`WIDTH`] places
//! that its hash names (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009). It finds shared
//! words and spellings, not meanings: a paraphrase without a common word is far away. Screens label it so.

use super::embedder::{EmbedError, Embedder, normalise};
use super::tokens::{Tokenisation, each_term};

/// Values in a vector.
const WIDTH: usize = 1024;
/// What a whole word counts for, against 1 for three characters of it.
const WORD: f32 = 2.0;

/// See the module's first lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashedNgrams;

impl HashedNgrams {
    /// The vector of one text: zeros for a text without a word, else of length 1.
    pub fn vector(text: &str) -> Vec<f32> {
        let mut vector = vec![0.0; WIDTH];
        let mut add = |hash: u64, value: f32| {
            if let Some(slot) = vector.get_mut(hash as usize % WIDTH) {
                *slot += if hash >> 63 == 0 { value } else { -value };
            }
        };
        let mut letters: Vec<char> = Vec::new();
        each_term(text, Tokenisation::Words, |term| {
            add(hash(1, term.chars()), WORD);
            letters.clear();
            letters.push(' ');
            letters.extend(term.chars());
            letters.push(' ');
            for three in letters.windows(3) {
                add(hash(2, three.iter().copied()), 1.0);
            }
        });
        normalise(&mut vector);
        vector
    }
}

impl Embedder for HashedNgrams {
    fn fingerprint(&self) -> String {
        format!("hashed-ngrams/1/{WIDTH}")
    }

    fn label(&self) -> String {
        "hashed words and letters (no model)".to_owned()
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        Ok(texts.iter().map(|text| Self::vector(text)).collect())
    }
}

/// FNV-1a over the characters, its bits spread by the finaliser of `SplitMix64`.
fn hash(kind: u64, letters: impl Iterator<Item = char>) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ kind;
    let number = letters.fold(start, |hash, letter| (hash ^ u64::from(letter)).wrapping_mul(0x0100_0000_01b3));
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::super::Vectors;
    use super::*;

    #[test]
    fn shared_words_and_spellings_are_near() {
        let texts = ["my card was charged twice", "the parcel never came", "how do I change my password?"];
        let vectors = HashedNgrams.embed(&texts.map(str::to_owned)).unwrap();
        for vector in &vectors {
            let length: f32 = vector.iter().map(|value| value * value).sum();
            assert!((length - 1.0).abs() < 1e-5);
        }
        let index = Vectors::new(&vectors).unwrap();
        for (query, nearest) in [("Charging my card", 0), ("where is my parcel", 1), ("passwords changed", 2)] {
            assert_eq!(index.top(&HashedNgrams::vector(query), 1)[0].0, nearest, "{query}");
        }
        assert!(HashedNgrams::vector(" . ").iter().all(|value| *value == 0.0));
    }
}
