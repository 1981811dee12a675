//! How chords are written in settings and on the command line, how that is read back, and what is wrong with a spelling.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::chord::{Chord, Key, Modifiers, lower};

pub(super) const MODIFIER_NAMES: [(Modifiers, &str); 3] =
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::chord::upper;
    use super::*;

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
