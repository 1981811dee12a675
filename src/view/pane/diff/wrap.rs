//! Where a shown line breaks: after the last blank that fits, else in the middle of a word.

use std::ops::Range;

use unicode_segmentation::{Graphemes, UnicodeSegmentation};
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
        let mut index = 0;
        for (grapheme, width) in Columned::new(rest) {
            let blank = grapheme == " ";
            if column + width > self.width && index > 0 {
                return if blank { index + 1 } else { after_blank.unwrap_or(index) };
            }
            column += width;
            index += grapheme.len();
            if blank {
                after_blank = Some(index);
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

/// The graphemes of a text with their columns. Two neighbouring characters of known scripts never join, which spares the
/// tables of Unicode for most text; a line of a megabyte is looked at as a whole to find its end.
struct Columned<'a> {
    rest: &'a str,
    /// What walks through text of other scripts, and stands where `rest` begins.
    walker: Option<Graphemes<'a>>,
}

impl<'a> Columned<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text, walker: None }
    }
}

impl<'a> Iterator for Columned<'a> {
    type Item = (&'a str, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let mut characters = self.rest.chars();
        let first = characters.next()?;
        let second = characters.next();
        let (grapheme, width) = match alone(first) {
            Some(width) if second.is_none_or(|second| alone(second).is_some()) => {
                self.walker = None;
                (self.rest.get(..first.len_utf8())?, width)
            }
            _ => {
                let grapheme = self.walker.get_or_insert_with(|| self.rest.graphemes(true)).next()?;
                (grapheme, columns(grapheme))
            }
        };
        self.rest = self.rest.get(grapheme.len()..).unwrap_or_default();
        Some((grapheme, width))
    }
}

/// The columns of a character that never joins one of its kind; `None` for all others: marks, joiners, flags and more.
const fn alone(character: char) -> Option<usize> {
    match character {
        ' '..='~'
        | '\u{a1}'..='\u{a8}'
        | '\u{aa}'..='\u{ac}'
        | '\u{af}'..='\u{2ff}'
        | '\u{391}'..='\u{3ff}'
        | '\u{400}'..='\u{481}' => Some(1),
        '\u{3001}'..='\u{3029}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{1f442}'..='\u{1f4fc}'
        | '\u{1f600}'..='\u{1f64f}' => Some(2),
        _ => None,
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

    #[test]
    fn who_stands_alone_has_the_columns_that_unicode_gives() {
        let alone_ones = (' '..=char::MAX).filter_map(|character| alone(character).map(|width| (character, width)));
        for (character, width) in alone_ones {
            let text = character.to_string();
            assert_eq!(columns(&text), width, "{character:?}");
            assert_eq!((text.clone() + &text).graphemes(true).count(), 2, "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_to_a_grapheme_is_the_right_one(text in "(\\PC|[a-zé日ア한\u{1100}\u{1161}\u{11a8}\u{301}\u{200d}\u{fe0f}\u{1f3fd}👩😀🇩€—“]){0,20}") {
            let expected: Vec<_> = text.graphemes(true).map(|grapheme| (grapheme, columns(grapheme))).collect();
            prop_assert_eq!(Columned::new(&text).collect::<Vec<_>>(), expected);
        }

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
