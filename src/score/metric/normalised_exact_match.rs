//! Exact match after the normalisation of `squad.rs`.

use super::squad::exact_match;
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct NormalisedExactMatch;

impl Metric for NormalisedExactMatch {
    fn id(&self) -> MetricId {
        MetricId("normalised-exact-match")
    }

    fn title(&self) -> &'static str {
        "Normalised match"
    }

    fn description(&self) -> &'static str {
        "1 when both texts are equal after lower-casing, dropping ASCII punctuation and the words a, an, the, and folding \
         white space (the SQuAD rule)."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        Score::hit(exact_match(answer.text, reference))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_articles_punctuation_and_blanks_do_not_count() {
        for (answer, reference, value) in [
            ("a blue  kettle!\n", "The Blue Kettle", 1.0),
            ("...", "", 1.0),
            ("blue kettles", "blue kettle", 0.0),
            ("kettle blue", "blue kettle", 0.0),
        ] {
            assert_eq!(NormalisedExactMatch.score(&Answer { text: answer }, reference).number(), Some(value));
        }
    }
}
