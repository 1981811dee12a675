//! Some invisible characters are right in one place and a trick in every other: a joiner inside an emoji, a variant's selector
//! behind its ideograph, a mark on its letter.

use unicode_width::UnicodeWidthChar;

use super::is_invisible;

/// How many zero-width marks may follow one base character. Every living script needs fewer; a thousand on one cell are an attack.
const MARKS_PER_CHARACTER: usize = 8;

/// How many joiners may hold one emoji together. Families need three; terminals disagree about longer chains.
const JOINERS_PER_EMOJI: usize = 4;

/// What came before, as it was shown.
#[derive(Debug, Default)]
pub struct Context {
    previous: Option<char>,
    marks: usize,
    joiners: usize,
}

impl Context {
    /// Whether the character is shown as it is; remembers it if so. One that is not is told by [`Context::stands_for`].
    pub fn keeps(&mut self, character: char, next: Option<char>) -> bool {
        if matches!(character, ' '..='~') {
            *self = Self { previous: Some(character), marks: 0, joiners: 0 };
            return true;
        }
        let keep = match character {
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => false,
            // Variation selectors: text or emoji style behind a symbol, a glyph variant behind an ideograph.
            '\u{fe0e}' | '\u{fe0f}' => {
                self.previous.is_some_and(|previous| is_pictograph(previous) || is_keycap(previous))
            }
            '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => self.previous.is_some_and(is_ideograph),
            // Joiners: inside an emoji sequence, or between letters of a script that spells with them.
            '\u{200d}' => self.inside_emoji(next) || self.between_joining_letters(next),
            '\u{200c}' => self.between_joining_letters(next),
            _ if is_invisible(character) => false,
            _ => character.width() != Some(0) || self.marks < MARKS_PER_CHARACTER,
        };
        if keep {
            self.marks = if character.width() == Some(0) { self.marks + 1 } else { 0 };
            match character {
                '\u{200d}' => self.joiners += 1,
                _ if is_emoji_modifier(character) || self.previous == Some('\u{200d}') => {}
                _ => self.joiners = 0,
            }
            self.previous = Some(character);
        }
        keep
    }

    /// Something was shown in a character's place, and ended so.
    pub fn stands_for(&mut self, end: char) {
        self.previous = Some(end);
        self.marks = 0;
    }

    fn inside_emoji(&self, next: Option<char>) -> bool {
        self.joiners < JOINERS_PER_EMOJI
            && self.previous.is_some_and(|previous| is_pictograph(previous) || is_emoji_modifier(previous))
            && next.is_some_and(is_pictograph)
    }

    fn between_joining_letters(&self, next: Option<char>) -> bool {
        self.previous.is_some_and(is_joining_script) && next.is_some_and(is_joining_script)
    }
}

fn is_pictograph(character: char) -> bool {
    matches!(character,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '〰' | '〽' | '㊗' | '㊙' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}'
        | '\u{24c2}' | '\u{25a0}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

fn is_emoji_modifier(character: char) -> bool {
    matches!(character, '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_keycap(character: char) -> bool {
    matches!(character, '0'..='9' | '#' | '*')
}

fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Arabic, Syriac, the Indic scripts, Myanmar, Khmer and Mongolian use joiners in plain spelling.
fn is_joining_script(character: char) -> bool {
    matches!(character,
        '\u{620}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17b3}'
        | '\u{17b6}'..='\u{17ff}' | '\u{1820}'..='\u{18af}')
}
