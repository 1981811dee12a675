//! White space as the reference implementations see it: Python's `str.isspace`, which has four control characters more than Unicode's
//! `White_Space` (U+001C to U+001F).

/// Whether Python's `str.split()` parts words here.
pub(in crate::score) fn is_space(one: char) -> bool {
    one.is_whitespace() || matches!(one, '\u{1c}'..='\u{1f}')
}

/// The words between white space, as `str.split()` gives them.
pub(in crate::score) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// The text without white space at its ends, as `str.strip()` gives it.
pub(in crate::score) fn trimmed(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The characters that are no white space.
pub(in crate::score) fn inked(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|one| !is_space(*one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_separators_part_words_and_zero_width_characters_do_not() {
        let text = " a\u{1c}b\u{1f}\u{85}c\u{a0}d\u{3000}e\u{200b}f\n";
        assert_eq!(words(text).collect::<Vec<_>>(), ["a", "b", "c", "d", "e\u{200b}f"]);
        assert_eq!(trimmed("\u{1d} x y\u{2003}"), "x y");
        assert_eq!(inked(" a b ").collect::<String>(), "ab");
    }
}
