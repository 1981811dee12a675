//! The two n-gram parts of CodeBLEU, over tokens between white space: BLEU with 0.1 in place of a zero count (Chen and Cherry 2014,
//! method 1), and a recall in which a keyword weighs five times as much as another word.

use super::super::metric::fast_hash::FastMap;
use super::super::metric::ngrams::{ORDERS, overlap};
use super::CodeLanguage;
use super::keywords::keywords;

/// What a word that is no keyword weighs.
const PLAIN: f64 = 0.2;

/// Put in place of a zero count.
const EPSILON: f64 = 0.1;

/// The reference's length in the weighted match, whatever it is: the reference implementation measures a pair of tokens and weights
/// there, so that brevity costs only an answer of one word.
const WEIGHTED_LENGTH: usize = 2;

/// The n-gram match and the weighted n-gram match.
pub(super) fn matches(language: CodeLanguage, reference: &[&str], hypothesis: &[&str]) -> (f64, f64) {
    let counts = overlap(reference, hypothesis, ORDERS);
    if counts.shared[0] == 0 {
        return (0.0, 0.0);
    }
    let brevity = |reference: usize| {
        let shorter = hypothesis.len() <= reference;
        if shorter { (1.0 - reference as f64 / hypothesis.len() as f64).exp() } else { 1.0 }
    };
    let mean = |shares: [(f64, f64); ORDERS]| {
        let logarithms: f64 = shares
            .iter()
            .map(|(part, whole)| (if *part > 0.0 { part } else { &EPSILON } / whole).ln() / ORDERS as f64)
            .sum();
        logarithms.exp()
    };
    let precision = std::array::from_fn(|order| (counts.shared[order] as f64, counts.hypothesis[order].max(1) as f64));
    let mut recall = std::array::from_fn(|order| (counts.shared[order] as f64, counts.reference[order].max(1) as f64));
    recall[0] = weighted(language, reference, hypothesis);
    (brevity(reference.len()) * mean(precision), brevity(WEIGHTED_LENGTH) * mean(recall))
}

/// Shared words and all words of the reference, weighted.
fn weighted(language: CodeLanguage, reference: &[&str], hypothesis: &[&str]) -> (f64, f64) {
    let mut left: FastMap<&str, usize> = FastMap::default();
    left.reserve(hypothesis.len());
    for word in hypothesis {
        *left.entry(word).or_default() += 1;
    }
    let list = keywords(language);
    let (mut shared, mut all) = (0.0, 0.0);
    for word in reference {
        let weight = if list.contains(word) { 1.0 } else { PLAIN };
        all += weight;
        if let Some(count @ 1..) = left.get_mut(word) {
            *count -= 1;
            shared += weight;
        }
    }
    (shared, f64::max(1.0, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_weighs_five_words() {
        let (shared, all) = weighted(CodeLanguage::Python, &["if", "x", "x"], &["x", "if", "y"]);
        assert!((shared - 1.2).abs() < 1e-12 && (all - 1.4).abs() < 1e-12);
    }

    #[test]
    fn an_order_without_a_match_counts_a_tenth() {
        let (plain, _) = matches(CodeLanguage::Python, &["a", "b"], &["a", "c"]);
        // 1/2, then 0.1 of 1, 0.1 of 1 and 0.1 of 1.
        assert!((plain - (0.5_f64 * 0.1 * 0.1 * 0.1).powf(0.25)).abs() < 1e-12);
        assert_eq!(matches(CodeLanguage::Python, &["a"], &["b"]), (0.0, 0.0));
        assert_eq!(matches(CodeLanguage::Python, &[], &[]), (0.0, 0.0));
    }
}
