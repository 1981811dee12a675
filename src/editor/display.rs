//! What a grapheme looks like in terminal cells. Nothing in a prompt may be invisible or move the cursor of the terminal:
//! controls become their Unicode pictures, characters without ink become a marker with their code point, as everywhere in the program.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::characters::is_invisible;

/// Longer clusters (stacked marks, endless conjuncts) are cut in the display, never in the text.
const CLUSTER_CHARS: usize = 16;

/// The cells a grapheme is drawn with, and how many columns they take. The width is at least 1.
///
/// A tab has no fixed width; see [`tab_columns`].
pub fn display_grapheme(grapheme: &str) -> (Cow<'_, str>, usize) {
    let bytes = grapheme.as_bytes();
    if let [byte @ b' '..=b'~'] = bytes {
        debug_assert!(byte.is_ascii());
        return (Cow::Borrowed(grapheme), 1);
    }
    if is_plain(grapheme) {
        let width = grapheme.width();
        if width > 0 {
            return (Cow::Borrowed(grapheme), width);
        }
    }
    let shown = spell_out(grapheme);
    let width = shown.width().max(1);
    (Cow::Owned(shown), width)
}

/// How many columns a tab takes that starts in `column`.
pub fn tab_columns(column: usize, tab_width: usize) -> usize {
    let tab_width = tab_width.max(1);
    tab_width - column % tab_width
}

/// Whether a grapheme is drawn as something that stands for it.
pub fn is_stand_in(grapheme: &str) -> bool {
    matches!(display_grapheme(grapheme).0, Cow::Owned(_)) && grapheme != "\t"
}

fn is_control(character: char) -> bool {
    character.is_control()
}

/// A cluster may be handed to the terminal as it is when everything invisible in it does honest work: a joiner between two
/// pictures, one variation selector, a flag's tag sequence, the non-joiner of a joining script.
fn is_plain(grapheme: &str) -> bool {
    let mut characters = grapheme.chars();
    let Some(first) = characters.next() else { return false };
    if is_control(first) || is_invisible(first) {
        return false;
    }
    let mut previous = first;
    let mut count = 1;
    for character in characters {
        count += 1;
        if count > CLUSTER_CHARS || is_control(character) {
            return false;
        }
        if is_invisible(character) && !is_working(first, previous, character) {
            return false;
        }
        previous = character;
    }
    // A joiner with nothing after it joins nothing.
    previous != '\u{200d}' || count == 1
}

fn is_working(first: char, previous: char, character: char) -> bool {
    match character {
        '\u{200d}' => !first.is_ascii(),
        '\u{200c}' => !previous.is_ascii(),
        '\u{fe00}'..='\u{fe0f}' => !is_invisible(previous),
        '\u{e0020}'..='\u{e007f}' => first == '\u{1f3f4}',
        '\u{e0100}'..='\u{e01ef}' => is_ideograph(previous),
        _ => false,
    }
}

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{2fdf}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn spell_out(grapheme: &str) -> String {
    let mut shown = String::new();
    let mut hidden: Option<(char, usize)> = None;
    let mut inked = 0;
    for (index, character) in grapheme.chars().enumerate() {
        if is_invisible(character) {
            hidden = Some(hidden.map_or((character, 1), |(first, count)| (first, count + 1)));
        } else if is_control(character) {
            shown.push_str(&control_picture(character));
        } else if inked < CLUSTER_CHARS {
            if index == 0 && character.to_string().width() == 0 {
                shown.push('\u{25cc}');
            }
            shown.push(character);
            inked += 1;
        }
    }
    if let Some((first, count)) = hidden {
        let code = u32::from(first);
        // Writing to a String cannot fail.
        let _ = if count == 1 {
            write!(shown, "‹U+{code:04X}›")
        } else {
            write!(shown, "‹U+{code:04X}+{}›", count - 1)
        };
    }
    shown
}

fn control_picture(character: char) -> Cow<'static, str> {
    match u32::from(character) {
        code @ 0..=0x1f => {
            char::from_u32(0x2400 + code).map_or(Cow::Borrowed("?"), |picture| picture.to_string().into())
        }
        0x7f => Cow::Borrowed("\u{2421}"),
        code => Cow::Owned(format!("‹U+{code:04X}›")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characters::all_invisible;

    #[test]
    fn every_grapheme_has_a_visible_form() {
        let table = [
            ("a", "a", 1),
            (" ", " ", 1),
            ("é", "é", 1),
            ("e\u{301}", "e\u{301}", 1),
            ("日", "日", 2),
            ("👨\u{200d}👩\u{200d}👧", "👨\u{200d}👩\u{200d}👧", 2),
            ("❤\u{fe0f}", "❤\u{fe0f}", 2),
            ("\u{1b}", "␛", 1),
            ("\r", "␍", 1),
            ("\0", "␀", 1),
            ("\u{7f}", "␡", 1),
            ("\u{85}", "‹U+0085›", 8),
            ("\u{202e}", "‹U+202E›", 8),
            ("\u{200b}", "‹U+200B›", 8),
            ("\u{feff}", "‹U+FEFF›", 8),
            ("a\u{200d}", "a‹U+200D›", 9),
            ("a\u{e0041}\u{e0042}", "a‹U+E0041+1›", 12),
            ("\u{301}", "\u{25cc}\u{301}", 1),
        ];
        for (grapheme, shown, width) in table {
            let (text, columns) = display_grapheme(grapheme);
            assert_eq!((text.as_ref(), columns), (shown, width), "{grapheme:?}");
        }
    }

    #[test]
    fn nothing_invisible_is_drawn_as_it_is() {
        for one in all_invisible() {
            assert_eq!(display_grapheme(&one.to_string()).0, format!("‹U+{:04X}›", u32::from(one)));
        }
    }

    #[test]
    fn a_scottish_flag_is_not_smuggled_text() {
        let flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        assert_eq!(display_grapheme(flag), (Cow::Borrowed(flag), 2));
    }

    #[test]
    fn an_endless_cluster_stays_short() {
        let stacked = format!("e{}", "\u{301}".repeat(5000));
        let (shown, width) = display_grapheme(&stacked);
        assert!(shown.chars().count() <= CLUSTER_CHARS + 1);
        assert_eq!(width, 1);
    }

    #[test]
    fn tabs_reach_the_next_stop() {
        assert_eq!([0, 1, 3, 4].map(|column| tab_columns(column, 4)), [4, 3, 1, 4]);
        assert_eq!(tab_columns(5, 0), 1);
    }
}
