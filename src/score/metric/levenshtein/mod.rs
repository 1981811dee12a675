//! Levenshtein ratio over code points: exact by bit-parallel columns up to a work limit, then a lower bound that says so.

use imara_diff::{Algorithm, Diff, InternedInput, sources};

use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

mod distance;
mod indel;
mod positions;

use distance::{distance, work};
pub(in crate::score) use indel::IndelRatio;
pub use indel::indel_ratio;
use positions::Unit;

/// 64-cell column steps spent on an exact distance: two texts of 20,000 characters, some 30 ms on one core.
const EXACT_WORK: usize = 6_500_000;

/// See the file's head.
pub(in crate::score) struct LevenshteinRatio;

impl Metric for LevenshteinRatio {
    fn id(&self) -> MetricId {
        MetricId("levenshtein")
    }

    fn title(&self) -> &'static str {
        "Levenshtein ratio"
    }

    fn description(&self) -> &'static str {
        "1 minus the fewest single-character insertions, deletions and replacements between the texts, divided by the longer \
         one's length, in Unicode code points. Very long texts are compared line by line and get a lower bound."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        ratio_within(answer.text, reference, EXACT_WORK)
    }
}

/// The Levenshtein distance in code points, and the ratio 1 - distance / longer length; `None` where the texts are too long for
/// an exact one.
pub fn levenshtein(a: &str, b: &str) -> Option<(usize, f64)> {
    let (distance, longer) = within(a, b, EXACT_WORK).ok()?;
    Some((distance, if longer == 0 { 1.0 } else { 1.0 - distance as f64 / longer as f64 }))
}

/// The exact distance and the longer length, or both lengths where the distance would take more than `budget` steps.
fn within(a: &str, b: &str, budget: usize) -> Result<(usize, usize), (usize, usize)> {
    fn of<T: Unit>(a: &[T], b: &[T], budget: usize) -> Result<(usize, usize), (usize, usize)> {
        if work(a, b) > budget {
            return Err((a.len(), b.len()));
        }
        Ok((distance(a, b), a.len().max(b.len())))
    }
    if a.is_ascii() && b.is_ascii() {
        return of(a.as_bytes(), b.as_bytes(), budget);
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    of(&a, &b, budget)
}

fn ratio_within(answer: &str, reference: &str, budget: usize) -> Score {
    let ratio = |distance: usize, longer: usize| {
        if longer == 0 { 1.0 } else { 1.0 - distance as f64 / longer as f64 }
    };
    match within(answer, reference, budget) {
        Ok((distance, longer)) => Score::value(ratio(distance, longer)),
        Err((a, b)) => Score::explained(
            ratio(distance_by_lines(answer, reference, budget), a.max(b)),
            format!(
                "at least this: {a} and {b} characters are too long for the exact distance, so equal lines were matched first"
            ),
        ),
    }
}

/// Keeps the lines that a line diff finds equal and adds up the distances of the stretches between. Every step is a valid edit,
/// so this never falls below the true distance.
fn distance_by_lines(a: &str, b: &str, mut budget: usize) -> usize {
    let input = InternedInput::new(sources::lines(a), sources::lines(b));
    let characters = |tokens: &[imara_diff::Token], range: std::ops::Range<u32>| -> Vec<char> {
        let tokens = tokens.get(range.start as usize..range.end as usize).unwrap_or_default();
        tokens.iter().flat_map(|token| input.interner[*token].chars()).collect()
    };
    let mut sum = 0;
    for hunk in Diff::compute(Algorithm::Myers, &input).hunks() {
        let old = characters(&input.before, hunk.before);
        let new = characters(&input.after, hunk.after);
        let cost = work(&old, &new);
        sum += if cost <= budget {
            budget -= cost;
            distance(&old, &new)
        } else {
            // Replace what can be replaced, insert or delete the rest.
            old.len().max(new.len())
        };
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratio(answer: &str, reference: &str) -> f64 {
        LevenshteinRatio.score(&Answer { text: answer }, reference).number().unwrap()
    }

    #[test]
    fn published_pairs() {
        for (a, b, expected) in [
            ("", "", 1.0),
            ("abc", "", 0.0),
            ("kitten", "sitting", 1.0 - 3.0 / 7.0),
            ("Saturday", "Sunday", 1.0 - 3.0 / 8.0),
            ("é", "e\u{301}", 0.0),
        ] {
            assert!((ratio(a, b) - expected).abs() < 1e-12, "{a} {b}");
        }
    }

    #[test]
    fn a_megabyte_is_bounded_and_says_so() {
        let line = |number: usize| format!("line {number} of a long answer about nothing in particular\n");
        let a: String = (0..20_000).map(line).collect();
        let b: String = (0..20_000)
            .map(|number| if number % 20 == 0 { line(number).to_uppercase() } else { line(number) })
            .collect();
        let score = LevenshteinRatio.score(&Answer { text: &a }, &b);
        assert!(score.reason().unwrap().starts_with("at least"));
        let value = score.number().unwrap();
        assert!((0.95..1.0).contains(&value), "{value}");
    }

    proptest! {
        #[test]
        fn the_bound_never_promises_too_much(a in "([ab]{0,3}\n?){0,8}", b in "([ab]{0,3}\n?){0,8}") {
            let exact = ratio(&a, &b);
            prop_assert!(ratio_within(&a, &b, 0).number().unwrap() <= exact + 1e-12);
        }
    }
}
