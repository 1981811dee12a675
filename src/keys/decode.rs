//! From crossterm's key events to chords: the only place where crossterm's own naming of keys is known.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::chord::{Chord, Key, Modifiers};

/// The chord of a key event; nothing for releases, lone modifiers and keys this program has no name for.
///
/// Chords with Super, Hyper or Meta belong to the desktop and are never the program's.
pub fn chord_of(event: &KeyEvent) -> Option<Chord> {
    if event.kind == KeyEventKind::Release
        || event.modifiers.intersects(KeyModifiers::SUPER | KeyModifiers::HYPER | KeyModifiers::META)
    {
        return None;
    }
    let mut modifiers = modifiers_of(event.modifiers);
    let key = match event.code {
        KeyCode::Char(character) => Key::Char(character),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => {
            modifiers = modifiers | Modifiers::SHIFT;
            Key::Tab
        }
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Insert => Key::Insert,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::F(number) => Key::Function(number),
        _ => return None,
    };
    Some(Chord::new(key, modifiers))
}

/// What was held, of the modifiers this program knows.
pub fn modifiers_of(held: KeyModifiers) -> Modifiers {
    let known = [
        (KeyModifiers::SHIFT, Modifiers::SHIFT),
        (KeyModifiers::ALT, Modifiers::ALT),
        (KeyModifiers::CONTROL, Modifiers::CONTROL),
    ];
    let held = known.into_iter().filter(|(theirs, _)| held.contains(*theirs));
    held.fold(Modifiers::NONE, |modifiers, (_, ours)| modifiers | ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_legacy_and_kitty_terminals_report_becomes_one_chord() {
        let control_shift = KeyModifiers::CONTROL | KeyModifiers::SHIFT;
        let table = [
            (KeyCode::Char('R'), KeyModifiers::SHIFT, "R"),
            (KeyCode::Char('r'), KeyModifiers::SHIFT, "R"),
            (KeyCode::Char('r'), KeyModifiers::CONTROL, "ctrl+r"),
            (KeyCode::Char('R'), KeyModifiers::ALT | KeyModifiers::SHIFT, "alt+shift+r"),
            (KeyCode::Char('z'), control_shift, "ctrl+shift+z"),
            (KeyCode::Char('Z'), KeyModifiers::CONTROL, "ctrl+shift+z"),
            // crossterm calls the bytes 0x1C..0x1F ctrl+4..ctrl+7; a kitty terminal names the key itself.
            (KeyCode::Char('7'), KeyModifiers::CONTROL, "ctrl+/"),
            (KeyCode::Char('_'), control_shift, "ctrl+/"),
            (KeyCode::Char('\\'), KeyModifiers::CONTROL, "ctrl+\\"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "shift+tab"),
            (KeyCode::Char('j'), KeyModifiers::CONTROL, "ctrl+j"),
            (KeyCode::Enter, KeyModifiers::CONTROL, "ctrl+enter"),
            (KeyCode::F(5), KeyModifiers::NONE, "f5"),
        ];
        for (code, modifiers, spelling) in table {
            assert_eq!(chord_of(&KeyEvent::new(code, modifiers)).unwrap().to_string(), spelling);
        }
    }

    #[test]
    fn releases_and_desktop_chords_are_nobodys() {
        let release = KeyEvent::new_with_kind(KeyCode::Char('a'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(chord_of(&release), None);
        assert_eq!(chord_of(&KeyEvent::new(KeyCode::Char('c'), KeyModifiers::SUPER)), None);
        assert_eq!(chord_of(&KeyEvent::new(KeyCode::CapsLock, KeyModifiers::NONE)), None);
    }
}
