//! The Indel distance, insertions and deletions alone: both lengths less twice the longest common subsequence, which is found 64
//! cells at a time (Hyyrö 2004). Its ratio is what rapidfuzz and difflib-like tools call a ratio; Levenshtein's is another.

use super::super::{Answer, Aspect, Metric, MetricId};
use super::EXACT_WORK;
use super::positions::{CELLS, Positions, Unit, without_common_ends};
use crate::score::Score;

/// The Indel ratio as a metric.
pub(in crate::score) struct IndelRatio;

impl Metric for IndelRatio {
    fn id(&self) -> MetricId {
        MetricId("indel")
    }

    fn title(&self) -> &'static str {
        "Indel ratio"
    }

    fn description(&self) -> &'static str {
        "1 minus the fewest single-character insertions and deletions between the texts, divided by the sum of their lengths, in \
         Unicode code points; 1 when both are empty. What rapidfuzz calls `ratio`; a replacement costs two."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        match indel_ratio(answer.text, reference) {
            Some(ratio) => Score::value(ratio),
            None => Score::not_applicable("the texts are too long for an exact distance"),
        }
    }
}

/// The Indel ratio, 0 to 1; `None` where the texts are too long for an exact distance.
pub fn indel_ratio(a: &str, b: &str) -> Option<f64> {
    if a.is_ascii() && b.is_ascii() {
        return ratio(a.as_bytes(), b.as_bytes());
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    ratio(&a, &b)
}

fn ratio<T: Unit>(a: &[T], b: &[T]) -> Option<f64> {
    let sum = a.len() + b.len();
    if sum == 0 {
        return Some(1.0);
    }
    let (a, b) = without_common_ends(a, b);
    let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if pattern.len().div_ceil(CELLS).saturating_mul(text.len()) > EXACT_WORK {
        return None;
    }
    let distance = pattern.len() + text.len() - 2 * common(pattern, text);
    Some(1.0 - distance as f64 / sum as f64)
}

fn common<T: Unit>(pattern: &[T], text: &[T]) -> usize {
    let positions = Positions::of(pattern);
    // 0 where the length grows; bits beyond the end stay 1.
    let mut row = vec![u64::MAX; positions.blocks];
    for character in text {
        let mut carry = false;
        for (block, equal) in row.iter_mut().zip(positions.matches(*character)) {
            let both = *block & equal;
            let (sum, over) = block.overflowing_add(both);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            carry = over || again;
            *block = sum | (*block - both);
        }
    }
    row.iter().map(|block| block.count_zeros() as usize).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_table(a: &[char], b: &[char]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for left in a {
            let mut diagonal = 0;
            for (j, right) in b.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = if left == right { diagonal + 1 } else { above.max(row[j]) };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn agrees_with_the_textbook_table(a in "[abcé]{0,200}", b in "[abcé]{0,200}") {
            let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let sum = left.len() + right.len();
            let expected = if sum == 0 { 1.0 } else { 2.0 * by_table(&left, &right) as f64 / sum as f64 };
            prop_assert!((indel_ratio(&a, &b).unwrap() - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn a_replacement_costs_two() {
        assert!((indel_ratio("abcd", "abxd").unwrap() - 0.75).abs() < 1e-12);
        assert_eq!(indel_ratio(&"a".repeat(200_000), &"b".repeat(200_000)), None);
    }
}
