//! Length: how near the answer comes to the reference's, whatever it says.

use unicode_segmentation::UnicodeSegmentation;

use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct Length;

impl Metric for Length {
    fn id(&self) -> MetricId {
        MetricId("length")
    }

    fn title(&self) -> &'static str {
        "Length"
    }

    fn description(&self) -> &'static str {
        "The shorter of answer and reference divided by the longer, in characters as people count them; 1 when both are \
         empty."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Form
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let (answer, reference) = (answer.text.graphemes(true).count(), reference.graphemes(true).count());
        let longer = answer.max(reference);
        if longer == 0 {
            return Score::value(1.0);
        }
        let value = answer.min(reference) as f64 / longer as f64;
        if answer == reference {
            return Score::value(value);
        }
        Score::explained(value, format!("{answer} characters where the reference has {reference}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_how_much_counts() {
        for (answer, reference, value) in [
            ("", "", 1.0),
            ("ab", "xy", 1.0),
            ("ab", "wxyz", 0.5),
            ("wxyz", "ab", 0.5),
            ("", "a", 0.0),
            ("é", "e\u{301}", 1.0),
        ] {
            let score = Length.score(&Answer { text: answer }, reference).number().unwrap();
            assert!((score - value).abs() < 1e-9, "{answer:?} {reference:?}: {score}");
        }
    }
}
