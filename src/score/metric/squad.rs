//! The answer normalisation of the `SQuAD` 2 evaluation (Rajpurkar, Jia and Liang 2018), which the two metrics after it share.

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

/// Replaces each whole word a, an, the by a blank. A word is a run of letters and digits, so `the` is dropped from `the”`.
fn without_articles(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word_end = rest.find(|character: char| !character.is_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        kept.push_str(if matches!(word, "a" | "an" | "the") { " " } else { word });
        let gap_end = after.find(char::is_alphanumeric).unwrap_or(after.len());
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
        let table: [(&str, &[&str]); 6] = [
            ("The Blue Kettle!", &["blue", "kettle"]),
            ("  a\tthe an ", &[]),
            ("theatre an-other Anna", &["theatre", "another", "anna"]),
            ("re-\nsult", &["re", "sult"]),
            ("“the”", &["“", "”"]),
            ("don't", &["dont"]),
        ];
        for (text, tokens) in table {
            assert_eq!(normalised_tokens(text), tokens, "{text:?}");
        }
    }
}
