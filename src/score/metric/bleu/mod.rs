//! BLEU (Papineni et al. 2002) as sacreBLEU 2.6 computes it: mixed case, orders 1 to 4, exponential smoothing of zero counts
//! (Chen and Cherry 2014, method 3), one reference. Of one pair, orders the answer is too short for are left out ("effective
//! order"); of a corpus, all four count, and it is not the mean of its pairs.

use super::ngrams::{ORDERS, overlap};
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

mod characters;
mod tokens;

pub use tokens::BleuTokenizer;

/// What BLEU is computed from; adds up over the pairs of a corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BleuCounts {
    /// n-grams that both texts have, for 1 to 4 tokens.
    pub shared: [usize; ORDERS],
    /// n-grams of the hypothesis.
    pub total: [usize; ORDERS],
    /// Tokens of the hypothesis.
    pub hypothesis_length: usize,
    /// Tokens of the reference.
    pub reference_length: usize,
}

impl BleuCounts {
    /// Counts one pair.
    pub fn of(tokenizer: BleuTokenizer, reference: &str, hypothesis: &str) -> Self {
        tokenizer.tokens(reference, |reference| {
            tokenizer.tokens(hypothesis, |hypothesis| {
                let counts = overlap(reference, hypothesis, ORDERS);
                Self {
                    shared: counts.shared,
                    total: counts.hypothesis,
                    hypothesis_length: hypothesis.len(),
                    reference_length: reference.len(),
                }
            })
        })
    }

    /// Adds another pair's counts.
    pub fn add(&mut self, other: &Self) {
        for (sum, one) in self.shared.iter_mut().zip(other.shared) {
            *sum += one;
        }
        for (sum, one) in self.total.iter_mut().zip(other.total) {
            *sum += one;
        }
        self.hypothesis_length += other.hypothesis_length;
        self.reference_length += other.reference_length;
    }

    /// exp(1 - r / h) where the hypothesis is shorter than the reference, else 1; 0 for an empty hypothesis.
    pub fn brevity_penalty(&self) -> f64 {
        if self.hypothesis_length >= self.reference_length {
            1.0
        } else if self.hypothesis_length == 0 {
            0.0
        } else {
            (1.0 - self.reference_length as f64 / self.hypothesis_length as f64).exp()
        }
    }

    /// Sentence BLEU, 0 to 100: orders that the hypothesis is too short for do not count.
    pub fn sentence(&self) -> f64 {
        let orders = self.total.iter().take_while(|total| **total > 0).count();
        self.score(orders)
    }

    /// Corpus BLEU of added counts, 0 to 100: all four orders count.
    pub fn corpus(&self) -> f64 {
        if self.total.contains(&0) { 0.0 } else { self.score(ORDERS) }
    }

    fn score(&self, orders: usize) -> f64 {
        if self.shared.iter().all(|shared| *shared == 0) {
            return 0.0;
        }
        let mut smoothing = 1.0;
        let logarithms: f64 = self
            .shared
            .iter()
            .zip(self.total)
            .take(orders)
            .map(|(shared, total)| {
                if *shared > 0 {
                    (100.0 * *shared as f64 / total as f64).ln()
                } else {
                    smoothing *= 2.0;
                    (100.0 / (smoothing * total as f64)).ln()
                }
            })
            .sum();
        self.brevity_penalty() * (logarithms / orders as f64).exp()
    }
}

/// Sentence BLEU as a score between 0 and 1.
pub(in crate::score) struct Bleu {
    /// How tokens are cut.
    pub(in crate::score) tokenizer: BleuTokenizer,
}

impl Metric for Bleu {
    fn id(&self) -> MetricId {
        MetricId("bleu")
    }

    fn title(&self) -> &'static str {
        "BLEU"
    }

    fn description(&self) -> &'static str {
        "Sentence BLEU / 100: the geometric mean of the shares of the answer's n-grams of 1 to 4 tokens that the reference has, \
         times a penalty for brevity, as sacreBLEU computes it (tokenizer 13a unless set, exponential smoothing, effective order). \
         The mean over cases is not corpus BLEU."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        Score::value(BleuCounts::of(self.tokenizer, reference, answer.text).sentence() / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(reference: &str, hypothesis: &str) -> BleuCounts {
        BleuCounts::of(BleuTokenizer::Mteval13a, reference, hypothesis)
    }

    #[test]
    fn by_hand() {
        // Precisions 3/4, 1/3, then nothing of 2 and of 1: halved, and halved again.
        let counts = counts("a b c d", "a b x d");
        assert_eq!((counts.shared, counts.total), ([3, 1, 0, 0], [4, 3, 2, 1]));
        let expected = 100.0 * (0.75_f64 * (1.0 / 3.0) * (1.0 / 4.0) * (1.0 / 4.0)).powf(0.25);
        assert!((counts.sentence() - expected).abs() < 1e-9);
    }

    #[test]
    fn a_short_pair_has_fewer_orders_and_a_corpus_has_four() {
        let short = counts("two words", "two words");
        assert!((short.sentence() - 100.0).abs() < 1e-9);
        assert!(short.corpus().abs() < 1e-12);
        let mut both = short;
        both.add(&counts("a b c d e", "a b c d e"));
        assert!((both.corpus() - 100.0).abs() < 1e-9);
        assert_eq!(both.hypothesis_length, 7);
    }

    #[test]
    fn nothing_shared_or_nothing_there_is_zero() {
        for (reference, hypothesis) in [("", ""), ("a", ""), ("", "a"), ("a b", "c d"), (" \n", "\t")] {
            assert!(counts(reference, hypothesis).sentence().abs() < 1e-12, "{reference:?} {hypothesis:?}");
        }
    }
}
