//! One key press with its modifiers, and the way people write it: `ctrl+r`, `f5`, `alt+1`, `esc`, `?`.
//!
//! A chord is kept in one normal form, so that two spellings of what a terminal cannot tell apart compare equal.

use std::fmt;
use std::ops::BitOr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A printable character; a capital letter stands for itself and carries no shift.
    Char(char),
    /// Enter or Return.
    Enter,
    /// Escape.
    Escape,
    /// Tab; Shift+Tab is this key with [`Modifiers::SHIFT`].
    Tab,
    /// Backspace.
    Backspace,
    /// Delete, forward.
    Delete,
    /// Insert.
    Insert,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// A function key, 1 to 24.
    Function(u8),
}

/// The modifiers held while a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Modifiers(u8);

impl Modifiers {
    /// No modifier.
    pub const NONE: Self = Self(0);
    /// Shift.
    pub const SHIFT: Self = Self(1);
    /// Alt, or Option on a Mac keyboard.
    pub const ALT: Self = Self(2);
    /// Control.
    pub const CONTROL: Self = Self(4);

    /// Whether every modifier of `other` is held.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These modifiers without those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether nothing is held.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Modifiers {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One key press in its normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// What is held with it.
    pub modifiers: Modifiers,
}

impl Chord {
    /// The chord of `key` with `modifiers`, in the normal form.
    ///
    /// A shifted character alone is just that character. With Control or Alt the letter is lower case and Shift is kept.
    /// The control codes 0x1C to 0x1F have several names on keyboards; each is known by one.
    pub fn new(key: Key, modifiers: Modifiers) -> Self {
        let Key::Char(character) = key else { return Self { key, modifiers } };
        if modifiers.without(Modifiers::SHIFT).is_empty() {
            let character = if modifiers.contains(Modifiers::SHIFT) { upper(character) } else { character };
            return Self { key: Key::Char(character), modifiers: Modifiers::NONE };
        }
        let mut modifiers = modifiers;
        let mut character = character;
        // Not only capitals: titlecase letters (`Dž`, `ᾭ`) have a lower case too.
        if lower(character) != character {
            character = lower(character);
            modifiers = modifiers | Modifiers::SHIFT;
        }
        if modifiers.contains(Modifiers::CONTROL) {
            let named = match character {
                '4' | '\\' => Some('\\'),
                '5' | ']' => Some(']'),
                '6' | '^' => Some('^'),
                '7' | '/' | '_' => Some('/'),
                '2' | '@' | ' ' => Some(' '),
                _ => None,
            };
            if let Some(named) = named {
                character = named;
                modifiers = modifiers.without(Modifiers::SHIFT);
            }
        }
        Self { key: Key::Char(character), modifiers }
    }

    /// A key pressed alone.
    pub fn plain(key: Key) -> Self {
        Self::new(key, Modifiers::NONE)
    }

    /// A character pressed with Control.
    pub fn control(character: char) -> Self {
        Self::new(Key::Char(character), Modifiers::CONTROL)
    }

    /// The character this chord types into a text field, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.key {
            Key::Char(character) if self.modifiers.is_empty() => Some(character),
            _ => None,
        }
    }

    /// The short spelling for footers: `^R`, `F5`, `Alt+1`, `Esc`.
    pub fn short(self) -> String {
        match self.key {
            Key::Char(character) if self.modifiers == Modifiers::CONTROL && character.is_ascii_graphic() => {
                format!("^{}", character.to_ascii_uppercase())
            }
            _ => self.title(),
        }
    }

    /// The full spelling for help pages: `Ctrl+R`, `Shift+Tab`, `Page Up`.
    pub fn title(self) -> String {
        let mut text = String::new();
        for (modifier, name) in MODIFIER_NAMES {
            if self.modifiers.contains(modifier) {
                text.push_str(match name {
                    "ctrl" => "Ctrl+",
                    "alt" => "Alt+",
                    _ => "Shift+",
                });
            }
        }
        match self.key {
            Key::Char(' ') => text.push_str("Space"),
            Key::Char(character) if !self.modifiers.is_empty() => text.push(upper(character)),
            Key::Char(character) => text.push(character),
            Key::Enter => text.push_str("Enter"),
            Key::Escape => text.push_str("Esc"),
            Key::Tab => text.push_str("Tab"),
            Key::Backspace => text.push_str("Backspace"),
            Key::Delete => text.push_str("Delete"),
            Key::Insert => text.push_str("Insert"),
            Key::Home => text.push_str("Home"),
            Key::End => text.push_str("End"),
            Key::PageUp => text.push_str("PgUp"),
            Key::PageDown => text.push_str("PgDn"),
            Key::Up => text.push('↑'),
            Key::Down => text.push('↓'),
            Key::Left => text.push('←'),
            Key::Right => text.push('→'),
            Key::Function(number) => {
                text.push('F');
                text.push_str(&number.to_string());
            }
        }
        text
    }
}

const MODIFIER_NAMES: [(Modifiers, &str); 3] =
    [(Modifiers::CONTROL, "ctrl"), (Modifiers::ALT, "alt"), (Modifiers::SHIFT, "shift")];

const KEY_NAMES: [(&str, Key); 16] = [
    ("enter", Key::Enter),
    ("esc", Key::Escape),
    ("tab", Key::Tab),
    ("backspace", Key::Backspace),
    ("delete", Key::Delete),
    ("insert", Key::Insert),
    ("home", Key::Home),
    ("end", Key::End),
    ("pageup", Key::PageUp),
    ("pagedown", Key::PageDown),
    ("up", Key::Up),
    ("down", Key::Down),
    ("left", Key::Left),
    ("right", Key::Right),
    ("space", Key::Char(' ')),
    ("plus", Key::Char('+')),
];

/// Other spellings that people try; each is read, none is written.
const KEY_ALIASES: [(&str, Key); 8] = [
    ("return", Key::Enter),
    ("escape", Key::Escape),
    ("del", Key::Delete),
    ("ins", Key::Insert),
    ("pgup", Key::PageUp),
    ("pgdn", Key::PageDown),
    ("pgdown", Key::PageDown),
    ("bs", Key::Backspace),
];

/// A spelling that names no chord.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChordError {
    /// Nothing was written.
    #[error("the chord is empty")]
    Empty,
    /// The part after the last `+` is no key.
    #[error("`{0}` is not the name of a key")]
    UnknownKey(String),
    /// A part before the last `+` is no modifier.
    #[error("`{0}` is not a modifier")]
    UnknownModifier(String),
    /// The chord sends the very byte another key sends.
    #[error("a terminal cannot tell `{written}` from `{same}`")]
    Indistinct {
        /// What was written.
        written: String,
        /// The key that sends the same byte.
        same: &'static str,
    },
    /// More chords than a sequence can hold.
    #[error("`{0}` is a sequence of more than two chords")]
    TooLong(String),
}

impl ChordError {
    /// What to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::Empty => "write a chord like \"ctrl+r\", or [] to unbind the action".into(),
            Self::UnknownKey(_) => {
                "keys are single characters, f1 to f24, enter, esc, tab, space, plus, backspace, delete, insert, home, end, \
                 pageup, pagedown, up, down, left, right"
                    .into()
            }
            Self::UnknownModifier(_) => "modifiers are ctrl, alt and shift".into(),
            Self::Indistinct { same, .. } => format!("bind `{same}` or choose another letter"),
            Self::TooLong(_) => "write at most two chords with a space between, like \"g g\"".into(),
        }
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(written: &str) -> Result<Self, ChordError> {
        let written = written.trim();
        if written.is_empty() {
            return Err(ChordError::Empty);
        }
        // The key itself may be a plus sign: "+" and "ctrl++".
        let (modifiers_text, key_text) = match written.strip_suffix('+') {
            Some("") => ("", "+"),
            Some(before) if before.ends_with('+') => (before.trim_end_matches('+'), "+"),
            Some(_) => return Err(ChordError::UnknownKey(String::new())),
            None => written.rsplit_once('+').unwrap_or(("", written)),
        };
        let mut modifiers = Modifiers::NONE;
        for name in modifiers_text.split('+').filter(|name| !name.is_empty()) {
            modifiers = modifiers
                | match name.to_lowercase().as_str() {
                    "ctrl" | "control" | "c" => Modifiers::CONTROL,
                    "alt" | "option" | "meta" | "a" => Modifiers::ALT,
                    "shift" | "s" => Modifiers::SHIFT,
                    _ => return Err(ChordError::UnknownModifier(name.into())),
                };
        }
        let key = parse_key(key_text)?;
        if modifiers.contains(Modifiers::CONTROL) && !modifiers.contains(Modifiers::SHIFT) {
            let same = match key {
                Key::Char('i' | 'I') => Some("tab"),
                Key::Char('m' | 'M') => Some("enter"),
                Key::Char('[') => Some("esc"),
                _ => None,
            };
            if let Some(same) = same {
                return Err(ChordError::Indistinct { written: written.into(), same });
            }
        }
        // "ctrl+R" means the same chord as "ctrl+r": only a written shift asks for shift.
        let key = match key {
            Key::Char(character) if modifiers.contains(Modifiers::CONTROL) || modifiers.contains(Modifiers::ALT) => {
                Key::Char(lower(character))
            }
            other => other,
        };
        Ok(Self::new(key, modifiers))
    }
}

fn parse_key(text: &str) -> Result<Key, ChordError> {
    let mut characters = text.chars();
    if let (Some(character), None) = (characters.next(), characters.next()) {
        return if character.is_control() {
            Err(ChordError::UnknownKey(text.into()))
        } else {
            Ok(Key::Char(character))
        };
    }
    let name = text.to_lowercase();
    if let Some((_, key)) = KEY_NAMES.iter().chain(&KEY_ALIASES).find(|(known, _)| *known == name) {
        return Ok(*key);
    }
    match name.strip_prefix('f').and_then(|number| number.parse::<u8>().ok()) {
        Some(number @ 1..=24) => Ok(Key::Function(number)),
        _ => Err(ChordError::UnknownKey(text.into())),
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in MODIFIER_NAMES {
            if self.modifiers.contains(modifier) {
                write!(formatter, "{name}+")?;
            }
        }
        if let Some((name, _)) = KEY_NAMES.iter().find(|(_, key)| *key == self.key) {
            return formatter.write_str(name);
        }
        match self.key {
            Key::Function(number) => write!(formatter, "f{number}"),
            Key::Char(character) => write!(formatter, "{character}"),
            _ => Ok(()),
        }
    }
}

impl Serialize for Chord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Chord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The one-character upper case of a character, or itself where upper case takes several.
fn upper(character: char) -> char {
    let mut characters = character.to_uppercase();
    match (characters.next(), characters.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// The one-character lower case of a character, or itself where lower case takes several.
fn lower(character: char) -> char {
    let mut characters = character.to_lowercase();
    match (characters.next(), characters.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_and_their_normal_form() {
        let table = [
            ("ctrl+r", "ctrl+r", "^R", "Ctrl+R"),
            ("Ctrl+R", "ctrl+r", "^R", "Ctrl+R"),
            ("control+R", "ctrl+r", "^R", "Ctrl+R"),
            ("f5", "f5", "F5", "F5"),
            ("F12", "f12", "F12", "F12"),
            ("alt+1", "alt+1", "Alt+1", "Alt+1"),
            ("esc", "esc", "Esc", "Esc"),
            ("escape", "esc", "Esc", "Esc"),
            ("?", "?", "?", "?"),
            ("G", "G", "G", "G"),
            ("shift+g", "G", "G", "G"),
            ("shift+tab", "shift+tab", "Shift+Tab", "Shift+Tab"),
            ("ctrl+shift+z", "ctrl+shift+z", "Ctrl+Shift+Z", "Ctrl+Shift+Z"),
            ("space", "space", "Space", "Space"),
            ("ctrl+space", "ctrl+space", "Ctrl+Space", "Ctrl+Space"),
            ("ctrl+2", "ctrl+space", "Ctrl+Space", "Ctrl+Space"),
            ("+", "plus", "+", "+"),
            ("ctrl++", "ctrl+plus", "^+", "Ctrl++"),
            ("ctrl+_", "ctrl+/", "^/", "Ctrl+/"),
            ("ctrl+7", "ctrl+/", "^/", "Ctrl+/"),
            ("pgdn", "pagedown", "PgDn", "PgDn"),
            ("é", "é", "é", "é"),
        ];
        for (written, normal, short, title) in table {
            let chord: Chord = written.parse().unwrap();
            assert_eq!((chord.to_string(), chord.short(), chord.title()), (normal.into(), short.into(), title.into()));
        }
    }

    #[test]
    fn spellings_that_name_no_chord() {
        let table = [
            ("", ChordError::Empty),
            ("ctrl+", ChordError::UnknownKey(String::new())),
            ("f25", ChordError::UnknownKey("f25".into())),
            ("hyperspace", ChordError::UnknownKey("hyperspace".into())),
            ("super+x", ChordError::UnknownModifier("super".into())),
            ("ctrl+m", ChordError::Indistinct { written: "ctrl+m".into(), same: "enter" }),
            ("ctrl+i", ChordError::Indistinct { written: "ctrl+i".into(), same: "tab" }),
            ("ctrl+[", ChordError::Indistinct { written: "ctrl+[".into(), same: "esc" }),
        ];
        for (written, error) in table {
            assert_eq!(written.parse::<Chord>(), Err(error), "{written:?}");
        }
    }

    #[test]
    fn a_titlecase_letter_is_a_shifted_one() {
        let chord = Chord::new(Key::Char('\u{1fad}'), Modifiers::CONTROL);
        assert_eq!(chord.to_string(), "ctrl+shift+\u{1fa5}");
        assert_eq!(chord.to_string().parse(), Ok(chord));
    }

    #[test]
    fn every_letter_that_has_a_case_is_read_back() {
        // Of the plain ones a few are other keys with Ctrl, and cannot be written.
        let cased = ('\u{80}'..=char::MAX).filter(|letter| lower(*letter) != *letter || upper(*letter) != *letter);
        for letter in cased {
            for bits in 0..8 {
                let chord = Chord::new(Key::Char(letter), Modifiers(bits));
                assert_eq!(chord.to_string().parse(), Ok(chord), "{letter:?} with {bits}");
            }
        }
    }

    fn any_chord() -> impl Strategy<Value = Chord> {
        let named: Vec<Key> = KEY_NAMES.iter().map(|(_, key)| *key).collect();
        let key = prop_oneof![
            proptest::sample::select(named),
            (1_u8..=24).prop_map(Key::Function),
            any::<char>()
                .prop_filter("printable", |character| !character.is_control() && !character.is_whitespace())
                .prop_map(Key::Char),
        ];
        (key, 0_u8..8).prop_map(|(key, bits)| Chord::new(key, Modifiers(bits)))
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(chord in any_chord()) {
            match chord.to_string().parse::<Chord>() {
                Ok(read) => prop_assert_eq!(read, chord),
                // The three chords that equal another key are refused on purpose.
                Err(error) => prop_assert!(matches!(error, ChordError::Indistinct { .. }), "{}", error),
            }
        }

        #[test]
        fn the_normal_form_is_stable(chord in any_chord()) {
            prop_assert_eq!(Chord::new(chord.key, chord.modifiers), chord);
        }
    }
}
