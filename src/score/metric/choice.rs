//! Multiple choice: the letter that the answer settles on against the reference's.

use std::sync::LazyLock;

use regex::Regex;

use super::whitespace::trimmed;
use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;

/// See the file's head.
pub(in crate::score) struct MultipleChoice;

/// Ways to name a choice, the clearest first. Of several matches of one way the last counts: reasoning comes before the answer.
static WAYS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // "the answer is (B)", "Answer: B", "**Answer:** [B]", "\boxed{B}"
        r"(?i:answer|choice|option)\W{0,4}(?i:is|would be|should be)?\W{0,6}(?i:option|choice)?\W{0,4}\b([A-Z])\b(?:[^\w']|$)",
        r"\\boxed\{\W*(?:\\text\{)?([A-Z])\W",
        // "[B]", "(B)" alone on a line or anywhere
        r"(?m)^\W*([A-Z])\W*$",
        r"[\[(]([A-Z])[\])]",
        // "B. Because", "B) because", "B: because"
        r"(?m)^\W*([A-Z])[.):]",
    ]
    .iter()
    .filter_map(|way| Regex::new(way).ok())
    .collect()
});

/// The letter a text settles on.
pub(in crate::score) fn choice(text: &str) -> Option<char> {
    let text = trimmed(text);
    let mut letters = text.chars().filter(|one| one.is_alphanumeric());
    if let (Some(only), None) = (letters.next(), letters.next())
        && only.is_ascii_alphabetic()
    {
        return Some(only.to_ascii_uppercase());
    }
    WAYS.iter().find_map(|way| {
        let last = way.captures_iter(text).last()?;
        last.get(1)?.as_str().chars().next()
    })
}

impl Metric for MultipleChoice {
    fn id(&self) -> MetricId {
        MetricId("multiple-choice")
    }

    fn title(&self) -> &'static str {
        "Multiple choice"
    }

    fn description(&self) -> &'static str {
        "1 when the letter that the answer settles on is the reference's: a letter alone, after \"answer is\" or \"Answer:\", in \
         brackets, or before a full stop at a line's start. An answer without a letter counts as wrong, and the reason says so."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let Some(right) = choice(reference) else {
            return Score::not_applicable("the reference names no choice: write a letter such as B");
        };
        match choice(answer.text) {
            Some(chosen) if chosen == right => Score::value(1.0),
            Some(chosen) => Score::explained(0.0, format!("{chosen} instead of {right}")),
            None => Score::explained(0.0, "no choice could be read from it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_settled_on() {
        for (text, letter) in [
            ("B", Some('B')),
            ("b", Some('B')),
            (" (C).\n", Some('C')),
            ("The answer is (B).", Some('B')),
            ("A is tempting. B fits better. The answer is C", Some('C')),
            ("**Answer:** [D]", Some('D')),
            ("Answer: A\nOn second thought, the correct answer is B.", Some('B')),
            ("so \\boxed{C} it is", Some('C')),
            ("B. Because the heart is a muscle", Some('B')),
            ("Therefore, the answer is [A].", Some('A')),
            ("Both (A) and (D) hold, I take (D)", Some('D')),
            ("It is a muscle", None),
            ("I do not know", None),
            ("", None),
        ] {
            assert_eq!(choice(text), letter, "{text:?}");
        }
    }

    #[test]
    fn unread_is_wrong_and_told_apart() {
        let score = |answer, reference| MultipleChoice.score(&Answer { text: answer }, reference);
        assert_eq!(score("The answer is B.", "B").number(), Some(1.0));
        assert_eq!(score("The answer is A.", "B) heart").reason(), Some("A instead of B"));
        assert_eq!(score("maybe", "B").number(), Some(0.0));
        assert_eq!(score("B", "the heart").number(), None);
    }
}
