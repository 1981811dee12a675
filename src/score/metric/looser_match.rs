//! Exact match where white space counts less: at the ends not at all, between words only as such, or nowhere, as a paper on code
//! review has it.

use super::whitespace::{inked, is_space, trimmed, words};
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// How white space counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooserMatch {
    /// The same but for white space at the ends.
    Trimmed,
    /// The same words, however they are parted.
    Words,
    /// The reference occurs, all white space left out, from the start of one of the answer's lines on. "Exact match without
    /// space" of the scripts to Pornprasit and Tantithamthavorn (2024): lines before and anything after are forgiven, and an empty
    /// reference always matches.
    ContainedWithoutSpace,
}

impl LooserMatch {
    /// Whether the texts match.
    pub fn matches(self, answer: &str, reference: &str) -> bool {
        match self {
            Self::Trimmed => trimmed(answer) == trimmed(reference),
            Self::Words => words(answer).eq(words(reference)),
            Self::ContainedWithoutSpace => contained(answer, reference),
        }
    }
}

fn contained(answer: &str, reference: &str) -> bool {
    let reference: String = inked(reference).collect();
    let mut bare = String::with_capacity(answer.len());
    let mut starts = vec![0];
    for line in answer.split('\n') {
        bare.extend(line.chars().filter(|one| !is_space(*one)));
        starts.push(bare.len());
    }
    starts.dedup();
    starts.into_iter().any(|start| bare.get(start..).is_some_and(|rest| rest.starts_with(&reference)))
}

impl Metric for LooserMatch {
    fn id(&self) -> MetricId {
        MetricId(match self {
            Self::Trimmed => "exact-match-trimmed",
            Self::Words => "exact-match-words",
            Self::ContainedWithoutSpace => "contained-without-space",
        })
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Trimmed => "Trimmed match",
            Self::Words => "Word match",
            Self::ContainedWithoutSpace => "Contained, no space",
        }
    }

    fn description(&self) -> &'static str {
        match self {
            Self::Trimmed => "1 when answer and reference are the same text, white space at their ends aside.",
            Self::Words => {
                "1 when answer and reference have the same words in the same order, however they are parted."
            }
            Self::ContainedWithoutSpace => {
                "1 when the reference, all white space left out, occurs from the start of one of the answer's lines on: the \
                 \"exact match\" of Pornprasit and Tantithamthavorn (2024). Lines before it and anything after it are forgiven, and \
                 an empty reference always matches."
            }
        }
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        Score::hit(self.matches(answer.text, reference))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_forgives_its_own() {
        for (answer, reference, expected) in [
            ("a b", "a b", [true, true, true]),
            (" a b\n", "a b", [true, true, true]),
            ("a\n  b", "a b", [false, true, true]),
            ("ab", "a b", [false, false, true]),
            ("Sure:\na b\nDone.", "a b", [false, false, true]),
            ("Sure: a b", "a b", [false, false, false]),
            ("x", "", [false, false, true]),
            ("", "x", [false, false, false]),
            ("", "", [true, true, true]),
            ("\n\né x", "é\u{3000}x", [false, true, true]),
        ] {
            let found = [LooserMatch::Trimmed, LooserMatch::Words, LooserMatch::ContainedWithoutSpace]
                .map(|kind| kind.matches(answer, reference));
            assert_eq!(found, expected, "{answer:?} {reference:?}");
        }
    }
}
