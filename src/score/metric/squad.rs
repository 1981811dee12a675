//! The answer normalisation of the `SQuAD` 2 evaluation (Rajpurkar, Jia and Liang 2018), which the two metrics after it share.

use std::sync::LazyLock;

use regex::Regex;

use super::whitespace::words;

/// Whether both texts are the same after the normalisation.
pub(in crate::score) fn exact_match(answer: &str, reference: &str) -> bool {
    normalised_tokens(answer) == normalised_tokens(reference)
}

/// Lower case; ASCII punctuation dropped; the words a, an, the dropped; split at white space. Other punctuation stays.
pub(super) fn normalised_tokens(text: &str) -> Vec<String> {
    let bare: String = text.to_lowercase().chars().filter(|character| !character.is_ascii_punctuation()).collect();
    words(&without_articles(&bare)).map(str::to_owned).collect()
}

/// Whether Python's `\b` sees a character of a word: a letter or a number. A mark, which Unicode counts as alphabetic where it is a
/// vowel's sign, is none.
fn is_of_a_word(character: char) -> bool {
    static MARKS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{M}\p{S}]$").ok());
    character.is_alphanumeric()
        && (character.is_ascii()
            || !MARKS.as_ref().is_some_and(|marks| marks.is_match(character.encode_utf8(&mut [0; 4]))))
}

/// Replaces each whole word a, an, the by a blank. A word is a run of letters and digits, so `the` is dropped from `the”`.
fn without_articles(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word_end = rest.find(|character: char| !is_of_a_word(character)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        kept.push_str(if matches!(word, "a" | "an" | "the") { " " } else { word });
        let gap_end = after.find(is_of_a_word).unwrap_or(after.len());
        let (gap, next) = after.split_at(gap_end);
        kept.push_str(gap);
        rest = next;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_as_stated() {
        let table: [(&str, &[&str]); 8] = [
            ("The Blue Kettle!", &["blue", "kettle"]),
            ("  a\tthe an ", &[]),
            ("theatre an-other Anna", &["theatre", "another", "anna"]),
            ("re-\nsult", &["re", "sult"]),
            ("“the”", &["“", "”"]),
            ("don't", &["dont"]),
            // A sign of a vowel, and a letter in a circle: neither is of a word by Python's rule.
            ("a\u{93e} the\u{24d0}", &["\u{93e}", "\u{24d0}"]),
            ("का the का", &["का", "का"]),
        ];
        for (text, tokens) in table {
            assert_eq!(normalised_tokens(text), tokens, "{text:?}");
        }
    }
}
