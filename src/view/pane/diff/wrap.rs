//! Where a shown line breaks: after the last blank that fits, else in the middle of a word.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The byte ranges of a line's visual lines, lazily; at least one, and each at most `width` columns wide (one character at
/// least, so that it always ends).
pub(super) struct Breaks<'a> {
    text: &'a str,
    width: usize,
    /// One byte is one column, so a break is found without looking at every character.
    plain: bool,
    start: usize,
    done: bool,
}

impl<'a> Breaks<'a> {
    pub(super) fn new(text: &'a str, width: usize, plain: bool) -> Self {
        Self { text, width: width.max(1), plain, start: 0, done: false }
    }

    fn end_plain(&self, rest: &str) -> usize {
        if rest.len() <= self.width {
            return rest.len();
        }
        // The blank may lie just outside the window: it is not drawn there, and the next line begins with a word.
        let window = rest.as_bytes().get(..=self.width).unwrap_or_default();
        window.iter().rposition(|byte| *byte == b' ').map_or(self.width, |blank| blank + 1)
    }

    fn end_wide(&self, rest: &str) -> usize {
        let mut column = 0;
        let mut after_blank = None;
        for (index, grapheme) in rest.grapheme_indices(true) {
            let blank = grapheme == " ";
            let next = column + columns(grapheme);
            if next > self.width && index > 0 {
                return if blank { index + 1 } else { after_blank.unwrap_or(index) };
            }
            column = next;
            if blank {
                after_blank = Some(index + 1);
            }
        }
        rest.len()
    }
}

impl Iterator for Breaks<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let rest = self.text.get(self.start..).unwrap_or_default();
        let end = self.start + if self.plain { self.end_plain(rest) } else { self.end_wide(rest) };
        let range = self.start..end;
        self.start = end;
        self.done = end >= self.text.len();
        Some(range)
    }
}

/// The columns of one grapheme: a wide one takes two even where its parts add up to more.
pub(super) fn columns(grapheme: &str) -> usize {
    grapheme.width().min(2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn broken(text: &str, width: usize, plain: bool) -> Vec<&str> {
        Breaks::new(text, width, plain).map(|range| &text[range]).collect()
    }

    #[test]
    fn breaks_after_blanks_and_inside_long_words() {
        assert_eq!(broken("one two three", 7, true), ["one two ", "three"]);
        assert_eq!(broken("one two three", 7, false), ["one two ", "three"]);
        assert_eq!(broken("abcdefgh", 3, true), ["abc", "def", "gh"]);
        assert_eq!(broken("日本語", 3, false), ["日", "本", "語"]);
        assert_eq!(broken("日本", 1, false), ["日", "本"]);
        assert_eq!(broken("", 5, true), [""]);
        assert_eq!(broken("ab", 0, true), ["a", "b"]);
    }

    proptest! {
        #[test]
        fn both_ways_agree_on_plain_text_and_lose_nothing(text in "[a-c ]{0,60}", width in 1_usize..12) {
            prop_assert_eq!(broken(&text, width, true), broken(&text, width, false));
            prop_assert_eq!(broken(&text, width, true).concat(), text.clone());
            for part in broken(&text, width, true) {
                prop_assert!(part.trim_end().len() <= width);
            }
        }
    }
}
