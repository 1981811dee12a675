//! Characters that a reader cannot see, and whether two texts differ in nothing else.

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::characters::is_invisible;

/// A character that leaves no mark of its own on the screen, or one that looks like another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Invisible {
    /// A tab.
    Tab,
    /// A carriage return.
    CarriageReturn,
    /// A space that is not U+0020.
    OtherSpace,
    /// Zero-width characters, joiners, the byte order mark, the soft hyphen.
    ZeroWidth,
    /// Marks that turn the direction of writing.
    Direction,
    /// Any other control character.
    Control,
    /// A variation selector or a tag character.
    Selector,
    /// A combining mark: `e` with one looks like `é`.
    Combining,
}

/// What is invisible about `character`; `None` for all that can be seen, the plain space and the line feed.
pub const fn invisible(character: char) -> Option<Invisible> {
    Some(match character {
        '\t' => Invisible::Tab,
        '\r' => Invisible::CarriageReturn,
        '\n' | ' ' => return None,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Invisible::OtherSpace,
        '\u{ad}' | '\u{34f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' => {
            Invisible::ZeroWidth
        }
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => Invisible::Direction,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' => Invisible::Control,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{e0000}'..='\u{e007f}' => Invisible::Selector,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' => {
            Invisible::Combining
        }
        // Fillers, format marks of single scripts, and what Unicode keeps free for more of them.
        other if is_invisible(other) => Invisible::ZeroWidth,
        _ => return None,
    })
}

/// Whether two different texts look the same: equal once invisible characters and blanks at line ends are dropped, every other
/// space is a plain one, and characters are composed (NFC). Stops at the first visible difference.
pub(super) fn differ_only_invisibly(a: &str, b: &str) -> bool {
    let normaliser = ComposingNormalizerBorrowed::new_nfc();
    a != b && normaliser.normalize_iter(visible(a)).eq(normaliser.normalize_iter(visible(b)))
}

fn visible(text: &str) -> impl Iterator<Item = char> {
    let without = |character: char| match invisible(character) {
        None | Some(Invisible::Combining) => Some(character),
        Some(Invisible::Tab | Invisible::OtherSpace) => Some(' '),
        Some(_) => None,
    };
    let blank = move |character: char| without(character).is_none_or(|seen| seen == ' ');
    text.trim_end_matches(move |character| character == '\n' || blank(character))
        .split('\n')
        .flat_map(move |line| line.trim_end_matches(blank).chars().filter_map(without).chain(['\n']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characters::all_invisible;

    #[test]
    fn everything_invisible_is_named() {
        assert_eq!(all_invisible().find(|one| invisible(*one).is_none()), None);
    }

    #[test]
    fn looks_alike_or_not() {
        let table = [
            ("a\r\nb\r\n", "a\nb\n", true),
            ("a  \nb", "a\nb", true),
            ("a\tb", "a b", true),
            ("a\u{a0}b", "a b", true),
            ("a\u{200b}b", "ab", true),
            ("\u{feff}ab\u{202e}", "ab", true),
            ("caf\u{e9}", "cafe\u{301}", true),
            ("a\u{34f}b\u{3164}\u{1d173}", "ab", true),
            ("a\n", "a", true),
            ("a", "a", false),
            ("a b", "ab", false),
            ("a  b", "a b", false),
            ("caf\u{e9}", "cafe", false),
            ("a\n\nb", "a\nb", false),
        ];
        for (a, b, expected) in table {
            assert_eq!(differ_only_invisibly(a, b), expected, "{a:?} {b:?}");
            assert_eq!(differ_only_invisibly(b, a), expected, "{b:?} {a:?}");
        }
    }
}
