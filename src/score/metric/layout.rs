//! Layout: whether the answer is laid out as the reference is, whatever its words and numbers.

use super::levenshtein::LevenshteinRatio;
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct Layout;

impl Metric for Layout {
    fn id(&self) -> MetricId {
        MetricId("layout")
    }

    fn title(&self) -> &'static str {
        "Layout"
    }

    fn description(&self) -> &'static str {
        "Both texts without their words: each stretch of words with single spaces between becomes `w`, each number `9`, and \
         punctuation, quotes, brackets and line ends stay. The value is the Levenshtein ratio of what is left."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Form
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let (answer, reference) = (skeleton(answer.text), skeleton(reference));
        LevenshteinRatio.score(&Answer { text: &answer }, &reference)
    }
}

/// What stands between the words. How many words a stretch has is length, not layout.
fn skeleton(text: &str) -> String {
    let mut bones = String::new();
    let mut rest = text.chars().peekable();
    while let Some(one) = rest.next() {
        if one.is_numeric() {
            while rest.next_if(|next| next.is_numeric()).is_some() {}
            bones.push('9');
        } else if one.is_alphabetic() {
            while rest.next_if(|next| next.is_alphanumeric()).is_some() {}
            // `w w` is one stretch.
            if bones.ends_with("w ") {
                bones.pop();
            } else {
                bones.push('w');
            }
        } else {
            bones.push(one);
        }
    }
    bones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_do_not_count() {
        for (text, bones) in [
            ("", ""),
            ("{\"city\":\"New York\",\"qty\":12}", "{\"w\":\"w\",\"w\":9}"),
            ("- one two three\n- four", "- w\n- w"),
            ("1. First, second.", "9. w, w."),
            ("a  b", "w  w"),
            ("東京 x1y", "w"),
        ] {
            assert_eq!(skeleton(text), bones);
        }
    }

    #[test]
    fn form_is_told_from_content() {
        let score = |answer, reference| Layout.score(&Answer { text: answer }, reference).number().unwrap();
        assert!((score("{\"who\":\"Ann\",\"qty\":3}", "{\"who\":\"Felix Born\",\"qty\":40}") - 1.0).abs() < 1e-9);
        assert!(score("The order is for Ann.", "{\"who\":\"Ann\",\"qty\":3}") < 0.3);
        assert!(score("{ \"who\": \"Ann\" }", "{\"who\":\"Ann\"}") < 1.0);
    }
}
