//! chrF and chrF++ (Popović 2015, 2017) as sacreBLEU 2.6 computes them: character n-grams of 1 to 6 without white space, for
//! chrF++ also words and pairs of words; precision and recall averaged over the orders that both texts are long enough for, then
//! F with beta 2.

use super::ngrams::overlap;
use super::whitespace::{is_space, words};
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// Characters in the longest n-gram.
const CHARACTERS: usize = 6;
/// Words in the longest n-gram of chrF++.
const WORDS: usize = 2;

/// What chrF is computed from, by order: 1 to 6 characters, then 1 and 2 words. Adds up over the pairs of a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChrfCounts {
    hypothesis: [usize; CHARACTERS + WORDS],
    reference: [usize; CHARACTERS + WORDS],
    shared: [usize; CHARACTERS + WORDS],
}

impl ChrfCounts {
    /// Counts one pair; words too where `with_words`, which makes it chrF++.
    pub fn of(reference: &str, hypothesis: &str, with_words: bool) -> Self {
        let mut counts = Self::default();
        // Six characters of up to 10 bits fit into one machine word: Latin and Greek do, with room for the side.
        let narrow = |text: &str| text.chars().all(|one| (one as u32) < (1 << 10) - 1);
        if narrow(reference) && narrow(hypothesis) {
            counts.characters(reference, hypothesis, &Packing::<u64>::default());
        } else {
            counts.characters(reference, hypothesis, &Packing::<u128>::default());
        }
        if with_words {
            let found = overlap(&parted(reference), &parted(hypothesis), WORDS);
            for order in 0..WORDS {
                counts.put(CHARACTERS + order, found.reference[order], found.hypothesis[order], found.shared[order]);
            }
        }
        counts
    }

    /// sacreBLEU counts no n-grams of the hypothesis where the reference has none of that order.
    fn put(&mut self, order: usize, reference: usize, hypothesis: usize, shared: usize) {
        if let (Some(r), Some(h), Some(s)) =
            (self.reference.get_mut(order), self.hypothesis.get_mut(order), self.shared.get_mut(order))
        {
            (*r, *h, *s) = (reference, if reference > 0 { hypothesis } else { 0 }, shared);
        }
    }

    fn characters<P: Pack>(&mut self, reference: &str, hypothesis: &str, packing: &P) {
        let mut grams = Vec::with_capacity(reference.len() + hypothesis.len());
        let ours = packing.add(&mut grams, reference, Side::Reference);
        let theirs = packing.add(&mut grams, hypothesis, Side::Hypothesis);
        grams.sort_unstable();
        let shared = packing.shared(&grams);
        let number = |length: usize, order: usize| (length + 1).saturating_sub(order);
        for (index, shared) in shared.into_iter().enumerate() {
            self.put(index, number(ours, index + 1), number(theirs, index + 1), shared);
        }
    }

    /// Adds another pair's counts.
    pub fn add(&mut self, other: &Self) {
        for (sums, ones) in [
            (&mut self.hypothesis, &other.hypothesis),
            (&mut self.reference, &other.reference),
            (&mut self.shared, &other.shared),
        ] {
            for (sum, one) in sums.iter_mut().zip(ones) {
                *sum += one;
            }
        }
    }

    /// chrF or chrF++ of the counts, 0 to 100; 0 where no order is long enough.
    pub fn score(&self) -> f64 {
        const BETA_SQUARED: f64 = 4.0;
        let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0_usize);
        for ((hypothesis, reference), shared) in self.hypothesis.iter().zip(self.reference).zip(self.shared) {
            if *hypothesis > 0 && reference > 0 {
                precision += shared as f64 / *hypothesis as f64;
                recall += shared as f64 / reference as f64;
                orders += 1;
            }
        }
        if orders == 0 || precision + recall <= 0.0 {
            return 0.0;
        }
        let (precision, recall) = (precision / orders as f64, recall / orders as f64);
        100.0 * (1.0 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall)
    }
}

/// Which of the two texts an n-gram is of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Reference,
    Hypothesis,
}

/// Six characters and their side in one integer, the first character highest and the side lowest: sorted, all n-grams of every
/// order stand together, and how many leading characters two neighbours share is a count of leading zeros.
trait Pack {
    type Gram: Ord + Copy;

    /// Adds the six characters from each place on, fewer at the end; gives how many characters there are.
    fn add(&self, into: &mut Vec<Self::Gram>, text: &str, side: Side) -> usize;

    /// Shared n-grams by order less one.
    fn shared(&self, sorted: &[Self::Gram]) -> [usize; CHARACTERS];
}

#[derive(Default)]
struct Packing<G>(std::marker::PhantomData<G>);

/// The two widths differ in nothing but the integer and the bits of a character.
macro_rules! pack {
    ($gram:ty, $bits:expr) => {
        impl Pack for Packing<$gram> {
            type Gram = $gram;

            fn add(&self, into: &mut Vec<$gram>, text: &str, side: Side) -> usize {
                const WHOLE: $gram = (1 << ($bits * CHARACTERS)) - 1;
                let start = into.len();
                let side = <$gram>::from(side == Side::Hypothesis);
                let mut gram: $gram = 0;
                // 0 is no character; so a gram with fewer than six has zeros at its end.
                let inked = text.chars().filter(|one| !is_space(*one)).map(|one| <$gram>::from(one as u32) + 1);
                let mut read = 0_usize;
                for one in inked.chain(std::iter::repeat_n(0, CHARACTERS - 1)) {
                    gram = (gram << $bits | one) & WHOLE;
                    read += 1;
                    if read >= CHARACTERS {
                        into.push(gram << 1 | side);
                    }
                }
                into.len() - start
            }

            fn shared(&self, sorted: &[$gram]) -> [usize; CHARACTERS] {
                let mut shared = [0; CHARACTERS];
                // What had been seen of each side when the present group of each order began.
                let mut begun = [(0_usize, 0_usize); CHARACTERS];
                let mut seen = (0_usize, 0_usize);
                let mut previous: $gram = 0;
                for gram in sorted.iter().copied().chain(std::iter::once(0)) {
                    // The lowest bit is the side; above it, $bits to a character, below unused bits.
                    let unlike = (gram ^ previous) >> 1;
                    let unused = <$gram>::BITS as usize - $bits * CHARACTERS;
                    let alike = (unlike.leading_zeros() as usize - unused) / $bits;
                    for order in alike..CHARACTERS {
                        let lowest = $bits * (CHARACTERS - 1 - order) + 1;
                        let is_long_enough = (previous >> lowest) & ((1 << $bits) - 1) != 0;
                        if is_long_enough {
                            shared[order] += (seen.0 - begun[order].0).min(seen.1 - begun[order].1);
                        }
                        begun[order] = seen;
                    }
                    if gram & 1 == 0 {
                        seen.0 += 1
                    } else {
                        seen.1 += 1
                    }
                    previous = gram;
                }
                shared
            }
        }
    };
}

pack!(u64, 10);
pack!(u128, 21);

/// The words, punctuation at one end of a word apart: at its last character, else at its first.
fn parted(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for word in words(text) {
        let (mut ends, first) = (word.char_indices(), word.chars().next());
        let last = ends.next_back();
        match (first, last) {
            (_, Some((at, last))) if at > 0 && last.is_ascii_punctuation() => parts.extend([&word[..at], &word[at..]]),
            (Some(first), Some((at, _))) if at > 0 && first.is_ascii_punctuation() => {
                parts.extend([&word[..1], &word[1..]]);
            }
            _ => parts.push(word),
        }
    }
    parts
}

/// chrF as a score between 0 and 1.
pub(in crate::score) struct Chrf;

impl Metric for Chrf {
    fn id(&self) -> MetricId {
        MetricId("chrf")
    }

    fn title(&self) -> &'static str {
        "chrF"
    }

    fn description(&self) -> &'static str {
        "Character n-gram F-score / 100: n-grams of 1 to 6 characters, white space left out, case kept, recall weighted twice, as \
         sacreBLEU computes it. It needs no tokenizer, so it fits any script."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        Score::value(ChrfCounts::of(reference, answer.text, false).score() / 100.0)
    }
}

/// chrF++ as a score between 0 and 1.
pub(in crate::score) struct ChrfPlusPlus;

impl Metric for ChrfPlusPlus {
    fn id(&self) -> MetricId {
        MetricId("chrf++")
    }

    fn title(&self) -> &'static str {
        "chrF++"
    }

    fn description(&self) -> &'static str {
        "chrF with words and pairs of words counted as well, / 100, as sacreBLEU computes it."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        Score::value(ChrfCounts::of(reference, answer.text, true).score() / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn by_counting(reference: &str, hypothesis: &str) -> ChrfCounts {
        let mut counts = ChrfCounts::default();
        let characters = |text: &str| text.chars().filter(|one| !is_space(*one)).collect::<Vec<char>>();
        let (ours, theirs) = (characters(reference), characters(hypothesis));
        for order in 1..=CHARACTERS {
            let count = |text: &[char]| {
                let mut counts: HashMap<String, usize> = HashMap::new();
                for gram in text.windows(order) {
                    *counts.entry(gram.iter().collect()).or_default() += 1;
                }
                counts
            };
            let (ours, theirs) = (count(&ours), count(&theirs));
            let shared = ours.iter().map(|(gram, count)| *count.min(theirs.get(gram).unwrap_or(&0))).sum();
            counts.put(order - 1, ours.values().sum(), theirs.values().sum(), shared);
        }
        counts
    }

    proptest! {
        #[test]
        fn agrees_with_plain_counting(a in "[ab c]{0,40}", b in "[ab c]{0,40}") {
            prop_assert_eq!(ChrfCounts::of(&a, &b, false), by_counting(&a, &b));
        }

        #[test]
        fn agrees_in_any_script(a in "[a\0\u{3fd}\u{3fe}\u{3ff}中\u{10ffff}]{0,20}", b in "[a\0\u{3fd}\u{3fe}\u{3ff}中\u{10ffff}]{0,20}") {
            prop_assert_eq!(ChrfCounts::of(&a, &b, false), by_counting(&a, &b));
        }
    }

    #[test]
    fn punctuation_is_parted_at_one_end() {
        assert_eq!(parted("(hi) a, b - «x» 'q ..."), ["(hi", ")", "a", ",", "b", "-", "«x»", "'", "q", "..", "."]);
    }

    #[test]
    fn the_same_is_a_hundred_and_nothing_is_nothing() {
        for (reference, hypothesis, expected) in
            [("a", "a", 100.0), ("", "", 0.0), ("a", "", 0.0), (" ", "\n", 0.0), ("abc", "xyz", 0.0)]
        {
            for words in [false, true] {
                let score = ChrfCounts::of(reference, hypothesis, words).score();
                assert!((score - expected).abs() < 1e-9, "{reference:?} {hypothesis:?} {score}");
            }
        }
    }
}
