//! One key press with its modifiers, and the way people write it: `ctrl+r`, `f5`, `alt+1`, `esc`, `?`.
//!
//! A chord is kept in one normal form, so that two spellings of what a terminal cannot tell apart compare equal.

use std::ops::BitOr;

use super::spelling::MODIFIER_NAMES;

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
pub struct Modifiers(pub(super) u8);

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

/// The one-character upper case of a character, or itself where upper case takes several.
pub(super) fn upper(character: char) -> char {
    let mut characters = character.to_uppercase();
    match (characters.next(), characters.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// The one-character lower case of a character, or itself where lower case takes several.
pub(super) fn lower(character: char) -> char {
    let mut characters = character.to_lowercase();
    match (characters.next(), characters.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}
