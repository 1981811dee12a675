//! Which chords reach the program in every terminal people use, and the bytes they arrive as.
//!
//! The knowledge behind `docs/keys.md`. A default chord passes [`unportable`] with no finding, or has one beside it that does; the
//! test of the table of actions names those that do neither.

use std::fmt;

use super::chord::{Chord, Key, Modifiers};

/// A terminal, as its users leave it after installing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emulator {
    /// Any terminal that speaks only the classic encoding, without the kitty keyboard protocol.
    Classic,
    /// Terminal.app of macOS.
    TerminalApp,
    /// GNOME Terminal.
    GnomeTerminal,
    /// Windows Terminal.
    WindowsTerminal,
    /// Inside tmux.
    Tmux,
}

impl fmt::Display for Emulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Classic => "a terminal without the kitty protocol",
            Self::TerminalApp => "Terminal.app",
            Self::GnomeTerminal => "GNOME Terminal",
            Self::WindowsTerminal => "Windows Terminal",
            Self::Tmux => "tmux",
        })
    }
}

/// Why a chord does not arrive in a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unportable {
    /// Where.
    pub(crate) terminal: Emulator,
    /// Why.
    pub(crate) reason: &'static str,
}

/// The bytes of a chord in the classic encoding; nothing where it has no form of its own.
pub(crate) fn legacy_bytes(chord: Chord) -> Option<Vec<u8>> {
    let Chord { key, modifiers } = chord;
    let control = modifiers.contains(Modifiers::CONTROL);
    let shift = modifiers.contains(Modifiers::SHIFT);
    let mut bytes = if modifiers.contains(Modifiers::ALT) && is_single_byte(key) { vec![0x1B] } else { Vec::new() };
    match key {
        Key::Char(_) | Key::Enter | Key::Escape | Key::Backspace if shift && key_keeps_shift(chord) => return None,
        Key::Char(character) if control => bytes.push(control_byte(character)?),
        Key::Char(character) => {
            let character = if shift { character.to_ascii_uppercase() } else { character };
            bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Key::Enter | Key::Escape | Key::Backspace | Key::Tab if control => return None,
        Key::Enter => bytes.push(0x0D),
        Key::Escape => bytes.push(0x1B),
        Key::Backspace => bytes.push(0x7F),
        Key::Tab if shift => bytes.extend_from_slice(b"\x1B[Z"),
        Key::Tab => bytes.push(0x09),
        Key::Up => return Some(letter_form(b'A', modifiers)),
        Key::Down => return Some(letter_form(b'B', modifiers)),
        Key::Right => return Some(letter_form(b'C', modifiers)),
        Key::Left => return Some(letter_form(b'D', modifiers)),
        Key::Home => return Some(letter_form(b'H', modifiers)),
        Key::End => return Some(letter_form(b'F', modifiers)),
        Key::Insert => return Some(number_form(2, modifiers)),
        Key::Delete => return Some(number_form(3, modifiers)),
        Key::PageUp => return Some(number_form(5, modifiers)),
        Key::PageDown => return Some(number_form(6, modifiers)),
        Key::Function(number) => return function_bytes(number, modifiers),
    }
    Some(bytes)
}

/// Where a chord does not arrive, and why. Empty for a chord that is safe as a default.
pub(crate) fn unportable(chord: Chord) -> Vec<Unportable> {
    let Chord { key, modifiers } = chord;
    let (control, alt, shift) = (
        modifiers.contains(Modifiers::CONTROL),
        modifiers.contains(Modifiers::ALT),
        modifiers.contains(Modifiers::SHIFT),
    );
    let mut found = Vec::new();
    let mut say = |terminal, reason| found.push(Unportable { terminal, reason });
    if legacy_bytes(chord).is_none() {
        say(Emulator::Classic, "the chord has no byte form of its own");
    }
    if alt {
        say(Emulator::TerminalApp, "Option types special characters until \"Use Option as Meta key\" is set");
    }
    if alt && matches!(key, Key::Char('0'..='9')) {
        say(Emulator::GnomeTerminal, "Alt and a digit switches tabs");
    }
    if alt && matches!(key, Key::Up | Key::Down | Key::Left | Key::Right) {
        say(Emulator::WindowsTerminal, "Alt and an arrow moves between panes");
    }
    if control && matches!(key, Key::Up | Key::Down | Key::Left | Key::Right) {
        say(Emulator::TerminalApp, "macOS takes Control and an arrow for Mission Control");
    }
    if control && key == Key::Char(' ') {
        say(Emulator::TerminalApp, "macOS takes Control+Space to switch the input source");
    }
    if control && matches!(key, Key::PageUp | Key::PageDown) {
        say(Emulator::GnomeTerminal, "Control and Page Up or Page Down switches tabs");
    }
    if shift && matches!(key, Key::PageUp | Key::PageDown | Key::Home | Key::End) {
        say(Emulator::TerminalApp, "Shift with it scrolls the window");
        say(Emulator::GnomeTerminal, "Shift with it scrolls the window");
    }
    match (key, modifiers == Modifiers::CONTROL, modifiers.is_empty()) {
        (Key::Function(1), _, true) => say(Emulator::GnomeTerminal, "F1 opens the terminal's own help"),
        (Key::Function(10), _, true) => say(Emulator::GnomeTerminal, "F10 opens the menu"),
        (Key::Function(11), _, true) => {
            say(Emulator::GnomeTerminal, "F11 is full screen");
            say(Emulator::WindowsTerminal, "F11 is full screen");
            say(Emulator::TerminalApp, "macOS takes F11 to show the desktop");
        }
        (Key::Function(13..), ..) => say(Emulator::Classic, "keyboards end at F12"),
        (Key::Char('b'), true, _) => say(Emulator::Tmux, "Control+B is its prefix"),
        (Key::Char('v'), true, _) => say(Emulator::WindowsTerminal, "Control+V pastes"),
        (Key::Char('h'), true, _) => say(Emulator::Classic, "some terminals send this byte for Backspace"),
        (Key::Insert, ..) => say(Emulator::TerminalApp, "Mac keyboards have no Insert"),
        _ => {}
    }
    found
}

fn is_single_byte(key: Key) -> bool {
    matches!(key, Key::Char(_) | Key::Enter | Key::Escape | Key::Backspace | Key::Tab)
}

/// Shift is lost on these keys, except with Alt and a letter, where the capital says it.
fn key_keeps_shift(chord: Chord) -> bool {
    match chord.key {
        Key::Char(character) => chord.modifiers.contains(Modifiers::CONTROL) || !character.is_ascii_lowercase(),
        _ => true,
    }
}

fn control_byte(character: char) -> Option<u8> {
    match character {
        'a'..='z' => u8::try_from(character).ok().map(|byte| byte - b'a' + 1),
        ' ' => Some(0x00),
        '\\' => Some(0x1C),
        ']' => Some(0x1D),
        '^' => Some(0x1E),
        '/' => Some(0x1F),
        _ => None,
    }
}

/// The number xterm adds for held modifiers: one more than the sum of shift 1, alt 2, control 4.
fn modifier_number(modifiers: Modifiers) -> u8 {
    [(Modifiers::SHIFT, 1), (Modifiers::ALT, 2), (Modifiers::CONTROL, 4)]
        .into_iter()
        .filter(|(modifier, _)| modifiers.contains(*modifier))
        .fold(1, |sum, (_, value)| sum + value)
}

fn letter_form(letter: u8, modifiers: Modifiers) -> Vec<u8> {
    let mut bytes = match modifier_number(modifiers) {
        1 => b"\x1B[".to_vec(),
        number => format!("\x1B[1;{number}").into_bytes(),
    };
    bytes.push(letter);
    bytes
}

fn number_form(code: u8, modifiers: Modifiers) -> Vec<u8> {
    match modifier_number(modifiers) {
        1 => format!("\x1B[{code}~").into_bytes(),
        number => format!("\x1B[{code};{number}~").into_bytes(),
    }
}

fn function_bytes(number: u8, modifiers: Modifiers) -> Option<Vec<u8>> {
    let letter = match number {
        1 => b'P',
        2 => b'Q',
        3 => b'R',
        4 => b'S',
        5 => return Some(number_form(15, modifiers)),
        6..=10 => return Some(number_form(number + 11, modifiers)),
        11..=12 => return Some(number_form(number + 12, modifiers)),
        _ => return None,
    };
    if modifiers.is_empty() { Some(vec![0x1B, b'O', letter]) } else { Some(letter_form(letter, modifiers)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_known_chords() {
        let table: [(&str, Option<&[u8]>); 22] = [
            ("ctrl+r", Some(b"\x12")),
            ("ctrl+j", Some(b"\n")),
            ("enter", Some(b"\r")),
            ("ctrl+space", Some(b"\0")),
            ("ctrl+/", Some(b"\x1f")),
            ("f1", Some(b"\x1bOP")),
            ("f5", Some(b"\x1b[15~")),
            ("f10", Some(b"\x1b[21~")),
            ("f12", Some(b"\x1b[24~")),
            ("shift+f5", Some(b"\x1b[15;2~")),
            ("alt+1", Some(b"\x1b1")),
            ("alt+shift+r", Some(b"\x1bR")),
            ("shift+tab", Some(b"\x1b[Z")),
            ("up", Some(b"\x1b[A")),
            ("shift+left", Some(b"\x1b[1;2D")),
            ("ctrl+right", Some(b"\x1b[1;5C")),
            ("pagedown", Some(b"\x1b[6~")),
            ("é", Some("é".as_bytes())),
            ("esc", Some(b"\x1b")),
            ("ctrl+enter", None),
            ("shift+enter", None),
            ("ctrl+shift+z", None),
        ];
        for (spelling, bytes) in table {
            assert_eq!(legacy_bytes(spelling.parse().unwrap()).as_deref(), bytes, "{spelling}");
        }
    }

    #[test]
    fn safe_and_unsafe_defaults() {
        for safe in ["ctrl+r", "f5", "ctrl+q", "tab", "shift+tab", "?", "esc", "ctrl+p", "pageup", "f2", "ctrl+\\"] {
            assert_eq!(unportable(safe.parse().unwrap()), [], "{safe}");
        }
        let lost =
            [("ctrl+enter", Emulator::Classic), ("alt+1", Emulator::TerminalApp), ("f11", Emulator::WindowsTerminal)];
        for (spelling, terminal) in
            lost.into_iter().chain([("ctrl+b", Emulator::Tmux), ("f1", Emulator::GnomeTerminal)])
        {
            assert!(unportable(spelling.parse().unwrap()).iter().any(|found| found.terminal == terminal), "{spelling}");
        }
    }
}
