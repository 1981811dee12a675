//! How many cells text takes in a terminal, by grapheme, and cutting it to a width.

use std::borrow::Cow;

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use super::sanitise::is_plain_ascii;

/// The number of cells the text takes. Expects sanitised text: a control character counts as nothing.
pub fn display_width(text: &str) -> usize {
    if is_plain_ascii(text) { text.len() } else { text.graphemes(true).map(grapheme_width).sum() }
}

/// The number of cells one grapheme takes, as the terminal buffer counts it.
pub fn grapheme_width(grapheme: &str) -> usize {
    if grapheme.contains(char::is_control) { 0 } else { usize::from(grapheme.cell_width()) }
}

/// Cuts the text so that it takes at most `width` cells, with an ellipsis in place of what was cut.
pub fn truncate_to_width(text: &str, width: usize) -> Cow<'_, str> {
    if display_width(text) <= width {
        return Cow::Borrowed(text);
    }
    let Some(room) = width.checked_sub(1) else { return Cow::Borrowed("") };
    let mut used = 0;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += grapheme_width(grapheme);
        if used > room {
            break;
        }
        end = at + grapheme.len();
    }
    Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default()))
}

/// Between the parts of a line that is made of several facts.
pub const BETWEEN: &str = " · ";

/// The leading parts of "a · b · c" that fit whole; the first is cut only where not even it has room.
pub fn fit_parts(text: &str, width: usize) -> Cow<'_, str> {
    let mut kept = text;
    while display_width(kept) > width {
        match kept.rsplit_once(BETWEEN) {
            Some((fewer, _)) => kept = fewer,
            None => return truncate_to_width(kept, width),
        }
    }
    Cow::Borrowed(kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths_are_counted_by_grapheme() {
        for (text, width) in
            [("", 0), ("abc", 3), ("日本", 4), ("👨\u{200d}👩\u{200d}👧", 2), ("❤\u{fe0f}", 2), ("e\u{301}", 1)]
        {
            assert_eq!(display_width(text), width, "{text:?}");
        }
    }

    #[test]
    fn cutting_keeps_graphemes_whole() {
        let cases = [
            ("hello", 5, "hello"),
            ("hello", 4, "hel…"),
            ("hello", 1, "…"),
            ("hello", 0, ""),
            ("日本語", 4, "日…"),
            ("👨\u{200d}👩\u{200d}👧x", 2, "…"),
            ("👨\u{200d}👩\u{200d}👧xy", 3, "👨\u{200d}👩\u{200d}👧…"),
        ];
        for (text, width, expected) in cases {
            assert_eq!(truncate_to_width(text, width), expected, "{text:?} at {width}");
        }
    }

    #[test]
    fn parts_are_kept_whole_or_left_out() {
        let cases = [
            ("plain · base · x.md", 19, "plain · base · x.md"),
            ("plain · base · x.md", 18, "plain · base"),
            ("plain · base · x.md", 11, "plain"),
            ("plain · base · x.md", 4, "pla…"),
            ("plain · base · x.md", 0, ""),
        ];
        for (text, width, expected) in cases {
            assert_eq!(fit_parts(text, width), expected, "{text:?} at {width}");
        }
    }

    proptest! {
        #[test]
        fn the_cut_text_always_fits(text in "\\PC{0,30}", width in 0_usize..20) {
            prop_assert!(display_width(&truncate_to_width(&text, width)) <= width);
        }
    }
}
