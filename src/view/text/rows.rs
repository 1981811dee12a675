//! Plain text as rows of a width, for pages that must know how many rows they have. Wraps at white space; a word wider than a
//! row is cut where it has to be.

use unicode_segmentation::UnicodeSegmentation;

use super::sanitise::{Tabs, sanitise_for_terminal};
use super::width::{display_width, grapheme_width};

/// The rows of a text from anywhere, sanitised; an empty line is an empty row.
pub fn word_rows(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let text = sanitise_for_terminal(text, Tabs::Expand);
    let mut rows = Vec::new();
    for line in text.split('\n') {
        let mut row = String::new();
        let mut used = 0;
        for word in line.split_inclusive(' ') {
            let bare = display_width(word.trim_end_matches(' '));
            if used > 0 && used + bare > width {
                rows.push(std::mem::take(&mut row).trim_end().to_owned());
                used = 0;
            }
            for grapheme in word.graphemes(true) {
                let columns = grapheme_width(grapheme);
                // What no row can hold (a wide letter with a spacing mark has three cells) leaves a sign that it was there.
                let (grapheme, columns) = if columns > width { ("…", 1) } else { (grapheme, columns) };
                if used + columns > width {
                    // White space at a row's end takes no row of its own.
                    if grapheme == " " {
                        continue;
                    }
                    rows.push(std::mem::take(&mut row));
                    used = 0;
                }
                row.push_str(grapheme);
                used += columns;
            }
        }
        rows.push(row.trim_end().to_owned());
    }
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_stay_whole_where_they_fit() {
        assert_eq!(word_rows("one two three", 8), ["one two", "three"]);
        assert_eq!(word_rows("a\n\nb", 8), ["a", "", "b"]);
        assert_eq!(word_rows("abcdefgh ij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(word_rows("", 4), [""]);
        assert_eq!(word_rows("a￠𑤷b", 2), ["a…", "b"]);
    }

    proptest! {
        #[test]
        fn no_row_is_wider_than_asked(text in any::<String>(), width in 2_usize..40) {
            for row in word_rows(&text, width) {
                prop_assert!(display_width(&row) <= width, "{row:?}");
            }
        }
    }
}
