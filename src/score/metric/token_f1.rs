//! Token F1: the overlap of words as multisets, after the normalisation of `squad.rs`.

use std::collections::HashMap;

use super::squad::normalised_tokens;
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct TokenF1;

impl Metric for TokenF1 {
    fn id(&self) -> MetricId {
        MetricId("token-f1")
    }

    fn title(&self) -> &'static str {
        "Token F1"
    }

    fn description(&self) -> &'static str {
        "Harmonic mean of precision and recall over the words of both texts, order ignored, after the SQuAD normalisation. \
         If either side has no words, 1 when both have none, else 0."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        Score::value(token_f1(answer.text, reference))
    }
}

/// Token F1, 0 to 1.
pub(in crate::score) fn token_f1(answer: &str, reference: &str) -> f64 {
    let answer = normalised_tokens(answer);
    let reference = normalised_tokens(reference);
    if answer.is_empty() || reference.is_empty() {
        return if answer == reference { 1.0 } else { 0.0 };
    }
    let mut left: HashMap<&str, usize> = HashMap::with_capacity(reference.len());
    for token in &reference {
        *left.entry(token).or_default() += 1;
    }
    let mut common = 0_usize;
    for token in &answer {
        if let Some(count @ 1..) = left.get_mut(token.as_str()) {
            *count -= 1;
            common += 1;
        }
    }
    // 2 P R / (P + R) with P = common / |answer| and R = common / |reference|.
    2.0 * common as f64 / (answer.len() + reference.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multisets_by_hand() {
        for (answer, reference, value) in [
            ("red green blue", "blue red green", 1.0),
            ("gate gate is is open open", "gate is open", 2.0 * 3.0 / 9.0),
            ("", "", 1.0),
            ("the", "", 1.0),
            ("word", "", 0.0),
            ("one two", "three", 0.0),
        ] {
            let score = TokenF1.score(&Answer { text: answer }, reference).number().unwrap();
            assert!((score - value).abs() < 1e-12, "{answer:?} {score}");
        }
    }
}
