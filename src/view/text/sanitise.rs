//! The one sanitiser of the program: what text from outside becomes before it may reach a terminal.
//!
//! Nothing is dropped silently: a control becomes its Unicode picture (`␛`), an invisible character a marker with its code
//! point (`‹U+202E›`). It works on assembled text, so a sequence that arrives in two pieces is caught like any other.
//! The raw text stays in the store and in exports; this is for screens and for plain command line output.

use std::borrow::Cow;
use std::ops::Range;

use super::width::display_width;
use crate::characters::Context;

/// How wide a tab stop is.
pub const TAB_WIDTH: usize = 4;

/// What happens to tabs in plain output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tabs {
    /// Kept as they are, for output that another program may read.
    Keep,
    /// Replaced by spaces up to the next tab stop.
    Expand,
}

/// How a shown piece came out of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The characters themselves.
    AsIs,
    /// Spaces that stand for a tab.
    Tab,
    /// A visible stand-in for one invisible or dangerous character.
    Marker,
}

/// Makes one line fit to show: controls and invisible characters visible, tabs expanded, line ends as pictures.
pub fn sanitise_line(text: &str) -> Cow<'_, str> {
    if is_plain_ascii(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    each_piece(text, 0, |piece, _, _| out.push_str(piece));
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Makes text of many lines fit for plain output: as [`sanitise_line`], with line feeds kept and the carriage return of a
/// CRLF taken away.
pub fn sanitise_for_terminal(text: &str, tabs: Tabs) -> Cow<'_, str> {
    if text.split('\n').all(is_plain_ascii) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut lines = text.split('\n').peekable();
    while let Some(line) = lines.next() {
        // The last piece has no line feed after it, so a carriage return there is not part of a line end.
        let has_line_feed = lines.peek().is_some();
        let line = if has_line_feed { without_carriage_return(line) } else { line };
        each_piece(line, 0, |piece, shown, _| match (shown, tabs) {
            (Shown::Tab, Tabs::Keep) => out.push('\t'),
            _ => out.push_str(piece),
        });
        if has_line_feed {
            out.push('\n');
        }
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// The line without the carriage returns of its line end. All of them, so that a second pass finds nothing more.
pub(crate) fn without_carriage_return(line: &str) -> &str {
    line.trim_end_matches('\r')
}

/// Whether the text can be shown as it is, found at the speed of a byte scan.
pub(crate) fn is_plain_ascii(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Hands out the shown pieces of one line in order, each with the range of the source it stands for.
///
/// `column` is the display column at which the line begins; tab stops are counted from it.
pub fn each_piece(text: &str, column: usize, mut emit: impl FnMut(&str, Shown, Range<usize>)) {
    if is_plain_ascii(text) {
        if !text.is_empty() {
            emit(text, Shown::AsIs, 0..text.len());
        }
        return;
    }
    let has_tabs = text.contains('\t');
    let mut column = column;
    let mut start = 0;
    let mut context = Context::default();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        if context.keeps(character, next) {
            continue;
        }
        let end = at + character.len_utf8();
        if let Some(before) = text.get(start..at).filter(|before| !before.is_empty()) {
            emit(before, Shown::AsIs, start..at);
            if has_tabs {
                column += display_width(before);
            }
        }
        if character == '\t' {
            let spaces = TAB_WIDTH - column % TAB_WIDTH;
            emit("    ".get(..spaces).unwrap_or(" "), Shown::Tab, at..end);
            column += spaces;
            context.stands_for(' ');
        } else {
            let marker = marker(character);
            emit(&marker, Shown::Marker, at..end);
            if has_tabs {
                column += display_width(&marker);
            }
            context.stands_for('›');
        }
        start = end;
    }
    if let Some(rest) = text.get(start..).filter(|rest| !rest.is_empty()) {
        emit(rest, Shown::AsIs, start..text.len());
    }
}

fn marker(character: char) -> String {
    let code = u32::from(character);
    match code {
        0..=0x1f => char::from_u32(0x2400 + code).map(String::from).unwrap_or_default(),
        0x7f => String::from('\u{2421}'),
        _ => format!("‹U+{code:04X}›"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characters::all_invisible;
    use proptest::prelude::*;

    #[test]
    fn controls_and_invisible_characters_become_visible() {
        let cases = [
            ("plain text", "plain text"),
            ("a\u{1b}[2Jb", "a␛[2Jb"),
            ("\u{1b}]52;c;aGk=\u{7}", "␛]52;c;aGk=␇"),
            ("\u{9b}31m", "‹U+009B›31m"),
            ("a\u{8}b\rc\0\u{7f}", "a␈b␍c␀␡"),
            ("user\u{202e}gpj.exe", "user‹U+202E›gpj.exe"),
            ("a\u{200b}b\u{feff}", "a‹U+200B›b‹U+FEFF›"),
            ("\u{e0041}\u{e007f}", "‹U+E0041›‹U+E007F›"),
            ("a\tb\tc", "a   b   c"),
            ("日\tx", "日  x"),
            ("line\u{2028}separator", "line‹U+2028›separator"),
            // Emoji keep their joiners and selectors; letters do not get any.
            (
                "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
                "👨\u{200d}👩\u{200d}👧 ❤\u{fe0f} 1\u{fe0f}\u{20e3}",
            ),
            ("👩\u{1f3fd}\u{200d}🚀", "👩\u{1f3fd}\u{200d}🚀"),
            ("a\u{200d}b\u{fe0f}", "a‹U+200D›b‹U+FE0F›"),
            ("😀\u{e0100}", "😀‹U+E0100›"),
            // Persian spells with a zero-width non-joiner.
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("é = e\u{301}", "é = e\u{301}"),
        ];
        for (input, expected) in cases {
            assert_eq!(sanitise_line(input), expected, "{input:?}");
        }
    }

    #[test]
    fn nothing_invisible_comes_through_where_it_does_no_work() {
        for one in all_invisible() {
            assert_eq!(sanitise_line(&format!("a{one}b")), format!("a‹U+{:04X}›b", u32::from(one)));
        }
    }

    #[test]
    fn a_pile_of_combining_marks_is_cut_and_counted() {
        let piled = format!("a{}", "\u{301}".repeat(1000));
        let shown = sanitise_line(&piled);
        // Eight marks stay, the ninth becomes a visible marker that the next eight sit on.
        assert_eq!(shown.matches("‹U+0301›").count(), 1000 / 9);
        assert_eq!(shown.matches('\u{301}').count(), 1000 - 1000 / 9);
    }

    #[test]
    fn an_endless_emoji_is_cut() {
        let chain = ["👩"; 100].join("\u{200d}");
        let shown = sanitise_line(&chain);
        assert_eq!(shown.matches('\u{200d}').count(), 80);
        assert_eq!(display_width(&shown), 20 * 2 + 19 * "‹U+200D›".chars().count());
    }

    #[test]
    fn plain_output_keeps_lines_and_may_keep_tabs() {
        assert_eq!(sanitise_for_terminal("a\r\nb\n\tc\u{1b}c", Tabs::Keep), "a\nb\n\tc␛c");
        assert_eq!(sanitise_for_terminal("a\tb\nc", Tabs::Expand), "a   b\nc");
        assert_eq!(sanitise_for_terminal("over\rprint", Tabs::Keep), "over␍print");
        assert!(matches!(sanitise_for_terminal("one\ntwo\n", Tabs::Keep), Cow::Borrowed(_)));
    }

    /// Text rich in exactly what must not come through.
    fn hostile() -> impl Strategy<Value = String> {
        let special = prop::sample::select(vec![
            '\u{1b}',
            '\0',
            '\u{7}',
            '\r',
            '\n',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{ad}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{fe0f}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{301}',
            '❤',
            '👩',
            'ی',
            'म',
            '日',
            'a',
            '1',
            ' ',
        ]);
        prop::collection::vec(prop_oneof![3 => special, 1 => any::<char>()], 0..60)
            .prop_map(|characters| characters.into_iter().collect())
    }

    fn is_dangerous(character: char) -> bool {
        character.is_control()
            || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    }

    proptest! {
        #[test]
        fn no_control_or_bidi_character_ever_comes_through(text in hostile()) {
            prop_assert!(!sanitise_line(&text).chars().any(is_dangerous));
            prop_assert!(!sanitise_for_terminal(&text, Tabs::Expand).chars().any(|c| c != '\n' && is_dangerous(c)));
            prop_assert!(!sanitise_for_terminal(&text, Tabs::Keep).chars().any(|c| c != '\n' && c != '\t' && is_dangerous(c)));
        }

        #[test]
        fn sanitising_twice_changes_nothing_more(text in hostile()) {
            let once = sanitise_line(&text).into_owned();
            prop_assert_eq!(sanitise_line(&once), once.as_str());
            for tabs in [Tabs::Keep, Tabs::Expand] {
                let once = sanitise_for_terminal(&text, tabs).into_owned();
                prop_assert_eq!(sanitise_for_terminal(&once, tabs), once.as_str());
            }
        }

        #[test]
        fn the_pieces_cover_the_source_without_gaps(text in hostile()) {
            let mut end = 0;
            each_piece(&text, 0, |piece, shown, source| {
                assert_eq!(source.start, end);
                end = source.end;
                if shown == Shown::AsIs {
                    assert_eq!(piece, &text[source]);
                }
            });
            prop_assert_eq!(end, text.len());
        }
    }
}
