//! ROUGE (Lin 2004) as rouge-score 0.1.2 computes it: ROUGE-1 and ROUGE-2 from shared n-grams, ROUGE-L from the longest common
//! subsequence of words, ROUGE-Lsum from the union of such subsequences over lines. Precision, recall and their harmonic mean.

use super::ngrams::overlap;
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

mod porter;
mod subsequence;
mod words;

pub use words::RougeWords;
use words::{Words, numbered};

/// A ROUGE score; 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rouge {
    /// What share of the hypothesis the reference has.
    pub precision: f64,
    /// What share of the reference the hypothesis has.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

impl Rouge {
    fn of(shared: usize, reference: usize, hypothesis: usize) -> Self {
        let precision = shared as f64 / hypothesis.max(1) as f64;
        let recall = shared as f64 / reference.max(1) as f64;
        let sum = precision + recall;
        Self { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

/// Two texts as words, for the scores that share them.
#[derive(Clone, Debug)]
pub struct RougePair {
    reference: Words,
    hypothesis: Words,
}

impl RougePair {
    /// Cuts both texts into words, line by line.
    pub fn new(kind: RougeWords, reference: &str, hypothesis: &str) -> Self {
        let (reference, hypothesis) = numbered(kind, reference, hypothesis);
        Self { reference, hypothesis }
    }

    /// ROUGE-1 and ROUGE-2.
    pub fn ngrams(&self) -> [Rouge; 2] {
        let found = overlap(&self.reference.numbers, &self.hypothesis.numbers, 2);
        [0, 1].map(|order| Rouge::of(found.shared[order], found.reference[order], found.hypothesis[order]))
    }

    /// ROUGE-L; `None` where the texts are too long for it (a product of word counts beyond some 10¹¹).
    pub fn longest(&self) -> Option<Rouge> {
        let (reference, hypothesis) = (&self.reference.numbers, &self.hypothesis.numbers);
        let shared = subsequence::length(reference, hypothesis)?;
        Some(Rouge::of(shared, reference.len(), hypothesis.len()))
    }

    /// ROUGE-Lsum: each line of the reference against all lines of the hypothesis. `None` where that is too much work.
    pub fn longest_by_line(&self) -> Option<Rouge> {
        let shared = subsequence::union(&self.reference, &self.hypothesis)?;
        Some(Rouge::of(shared, self.reference.numbers.len(), self.hypothesis.numbers.len()))
    }
}

/// Which of the ROUGE scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::score) enum RougeKind {
    /// Single words.
    One,
    /// Pairs of words.
    Two,
    /// The longest common subsequence.
    L,
    /// The longest common subsequences of lines.
    Lsum,
}

/// One ROUGE F1 as a metric.
pub(in crate::score) struct RougeMetric {
    /// Which.
    pub(in crate::score) kind: RougeKind,
    /// What a word is.
    pub(in crate::score) words: RougeWords,
}

impl RougeMetric {
    /// ROUGE-1 over ASCII words.
    pub(in crate::score) const ONE: Self = Self { kind: RougeKind::One, words: RougeWords::Ascii };

    /// The score of that name.
    pub(in crate::score) fn named(name: &str, words: RougeWords) -> Option<Self> {
        [RougeKind::One, RougeKind::Two, RougeKind::L, RougeKind::Lsum]
            .into_iter()
            .map(|kind| Self { kind, words })
            .find(|metric| metric.id().as_str() == name)
    }
}

impl Metric for RougeMetric {
    fn id(&self) -> MetricId {
        MetricId(match self.kind {
            RougeKind::One => "rouge-1",
            RougeKind::Two => "rouge-2",
            RougeKind::L => "rouge-l",
            RougeKind::Lsum => "rouge-lsum",
        })
    }

    fn title(&self) -> &'static str {
        match self.kind {
            RougeKind::One => "ROUGE-1",
            RougeKind::Two => "ROUGE-2",
            RougeKind::L => "ROUGE-L",
            RougeKind::Lsum => "ROUGE-Lsum",
        }
    }

    fn description(&self) -> &'static str {
        match self.kind {
            RougeKind::One => {
                "F1 over shared words. A word is a run of a to z and 0 to 9, as rouge-score has it, so that a text in another \
                 script scores 0; with words = \"unicode\" it is a word of any script."
            }
            RougeKind::Two => "F1 over shared pairs of neighbouring words; words as in rouge-1.",
            RougeKind::L => "F1 over the longest common subsequence of words, lines ignored; words as in rouge-1.",
            RougeKind::Lsum => {
                "F1 over the union of the longest common subsequences between each line of the reference and all lines of the \
                 answer; words as in rouge-1."
            }
        }
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let pair = RougePair::new(self.words, reference, answer.text);
        let rouge = match self.kind {
            RougeKind::One => Some(pair.ngrams()[0]),
            RougeKind::Two => Some(pair.ngrams()[1]),
            RougeKind::L => pair.longest(),
            RougeKind::Lsum => pair.longest_by_line(),
        };
        match rouge {
            Some(rouge) => Score::value(rouge.f1),
            None => Score::not_applicable("the texts are too long for a longest common subsequence"),
        }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "nothing and everything are exact")]
mod tests {
    use super::*;

    fn f1s(kind: RougeWords, reference: &str, hypothesis: &str) -> [f64; 4] {
        let pair = RougePair::new(kind, reference, hypothesis);
        let [one, two] = pair.ngrams();
        [one.f1, two.f1, pair.longest().unwrap().f1, pair.longest_by_line().unwrap().f1]
    }

    /// What rouge-score 0.1.2 gives.
    #[test]
    fn published_pairs() {
        let found = f1s(
            RougeWords::Ascii,
            "the quick brown fox\njumps over the lazy dog",
            "The quick dog jumps\nthe lazy brown fox sleeps",
        );
        let expected = [16.0 / 18.0, 6.0 / 16.0, 10.0 / 18.0, 14.0 / 18.0];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn other_scripts_have_words_where_asked() {
        let text = "Кот спит. 猫が寝る";
        assert_eq!(f1s(RougeWords::Ascii, text, text), [0.0; 4]);
        assert_eq!(f1s(RougeWords::Unicode, text, text), [1.0; 4]);
    }

    #[test]
    fn nothing_is_zero() {
        for (reference, hypothesis) in [("", ""), ("a", ""), ("", "a"), ("...", "\n\n")] {
            assert_eq!(f1s(RougeWords::Ascii, reference, hypothesis), [0.0; 4]);
        }
    }
}
