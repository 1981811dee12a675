//! Exact match: the same text, character by character.

use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct ExactMatch;

impl Metric for ExactMatch {
    fn id(&self) -> MetricId {
        MetricId("exact-match")
    }

    fn title(&self) -> &'static str {
        "Exact match"
    }

    fn description(&self) -> &'static str {
        "1 when answer and reference are the same text, character by character; nothing is trimmed or folded."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let hit = answer.text == reference;
        if !hit && answer.text.trim() == reference.trim() {
            return Score::explained(0.0, "equal but for white space at the ends");
        }
        Score::hit(hit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_text_matches() {
        for (answer, reference, value) in
            [("yes", "yes", 1.0), ("", "", 1.0), ("yes", "Yes", 0.0), ("yes\n", "yes", 0.0), ("é", "e\u{301}", 0.0)]
        {
            assert_eq!(ExactMatch.score(&Answer { text: answer }, reference).number(), Some(value), "{answer:?}");
        }
        assert!(ExactMatch.score(&Answer { text: " yes" }, "yes").reason().unwrap().contains("white space"));
    }
}
