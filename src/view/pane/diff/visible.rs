//! What characters look like: controls and characters that turn the writing always as symbols, other invisible ones where they
//! may be what changed.

use std::borrow::Cow;

use crate::score::diff::{Invisible, invisible};

/// How wide a tab stop is.
const TAB_WIDTH: usize = 4;

/// How much to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reveal {
    /// Equal text: only what could harm or mislead.
    Harmful,
    /// Changed text: also tabs, unusual spaces, zero-width characters and blanks at the line's end.
    Changed,
    /// Lines that differ in nothing one can see: everything.
    All,
}

/// Whether `text` is shown as it is, one cell per byte.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// What stands for `character` at display column `column`; `None` when it is shown as it is. `in_place` is whether it does honest
/// work where it stands, as [`Context`](crate::characters::Context) tells: a joiner inside an emoji, a selector behind its sign.
pub(super) fn stand_in(character: char, in_place: bool, column: usize, reveal: Reveal) -> Option<Cow<'static, str>> {
    let kind = match invisible(character) {
        None if character == '\n' => return Some("↵".into()),
        None => return None,
        Some(kind) => kind,
    };
    match (kind, reveal) {
        (Invisible::Tab, _) => {
            let spaces = TAB_WIDTH - column % TAB_WIDTH;
            let shown = if reveal == Reveal::Harmful { "    " } else { "→   " };
            Some(shown.chars().take(spaces).collect::<String>().into())
        }
        (Invisible::CarriageReturn | Invisible::Control, _) => Some(picture(character)),
        (Invisible::Direction, _) | (Invisible::OtherSpace, Reveal::Changed | Reveal::All) => {
            Some(code_point(character))
        }
        (Invisible::ZeroWidth, _) if !matches!(character, '\u{200c}' | '\u{200d}') => Some(code_point(character)),
        (Invisible::ZeroWidth | Invisible::Selector, Reveal::Harmful | Reveal::Changed) => {
            (!in_place).then(|| code_point(character))
        }
        (Invisible::ZeroWidth | Invisible::Selector, Reveal::All) => Some(code_point(character)),
        (Invisible::Combining, Reveal::All) => Some(format!("\u{25cc}{character}").into()),
        (Invisible::OtherSpace | Invisible::Combining, _) => None,
    }
}

/// Unicode has pictures for the old controls; the others get their code point.
fn picture(character: char) -> Cow<'static, str> {
    match u32::from(character) {
        code @ 0..=0x1f => {
            char::from_u32(0x2400 + code).map_or_else(|| code_point(character), |c| c.to_string().into())
        }
        0x7f => "\u{2421}".into(),
        _ => code_point(character),
    }
}

fn code_point(character: char) -> Cow<'static, str> {
    format!("‹U+{:04X}›", u32::from(character)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_reaches_the_screen() {
        for code in (0..0xa0).chain([0x2028, 0x202e, 0x2066, 0xfeff, 0x200b]) {
            let character = char::from_u32(code).unwrap();
            if (' '..='~').contains(&character) {
                continue;
            }
            for reveal in [Reveal::Harmful, Reveal::Changed, Reveal::All] {
                let shown = stand_in(character, false, 0, reveal).unwrap();
                assert!(shown.chars().all(|c| !c.is_control() && !matches!(c, '\u{200b}'..='\u{202e}')), "{code:x}");
            }
        }
    }

    #[test]
    fn joiners_stay_in_emoji_and_show_in_words() {
        for selector in ['\u{200d}', '\u{fe0f}'] {
            assert_eq!(stand_in(selector, true, 0, Reveal::Changed), None);
            assert!(stand_in(selector, true, 0, Reveal::All).is_some());
        }
        assert_eq!(stand_in('\u{200d}', false, 0, Reveal::Harmful).as_deref(), Some("‹U+200D›"));
        assert_eq!(stand_in('\u{e0041}', false, 0, Reveal::Changed).as_deref(), Some("‹U+E0041›"));
        assert_eq!(stand_in('\u{301}', true, 0, Reveal::Changed), None);
        assert_eq!(stand_in('\u{301}', true, 0, Reveal::All).as_deref(), Some("\u{25cc}\u{301}"));
        assert_eq!(stand_in('\u{a0}', true, 0, Reveal::Harmful), None);
        assert_eq!(stand_in('\u{a0}', true, 0, Reveal::Changed).as_deref(), Some("‹U+00A0›"));
        assert_eq!(stand_in('\t', false, 2, Reveal::Changed).as_deref(), Some("→ "));
    }
}
