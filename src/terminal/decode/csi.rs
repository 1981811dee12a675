//! Sequences that begin with `ESC [` or `ESC O`: keys with modifiers, the kitty protocol, the mouse, focus, paste marks.

use crate::keys::{Chord, Key, Modifiers};

use super::Step;
use crate::terminal::input::{Direction, Focus, Input, Mouse, MouseAction, MouseButton};

/// Longer than any sequence that means something.
const LONGEST: usize = 64;

/// Reads a sequence at its `[`; `before` bytes came ahead of it and `held` is added to its modifiers.
pub(super) fn read(bytes: &[u8], held: Modifiers, before: usize) -> Step {
    let body = bytes.get(1..).unwrap_or_default();
    // The Linux console's F1 to F5: ESC [ [ A
    if let [b'[', rest @ ..] = body {
        return match rest {
            [] => Step::Wait,
            [letter @ b'A'..=b'E', ..] => key(Key::Function(letter - b'A' + 1), held, before + 3),
            [_, ..] => Step::Done { length: before + 3, input: None },
        };
    }
    // The mouse in its oldest form, three raw bytes, from terminals without the form asked for.
    if body.first() == Some(&b'M') {
        return if body.len() < 4 { Step::Wait } else { Step::Done { length: before + 5, input: None } };
    }
    let Some(end) = body.iter().position(|byte| !(0x20..=0x3F).contains(byte)) else {
        return if body.len() > LONGEST {
            Step::Done { length: before + 1 + body.len(), input: None }
        } else {
            Step::Wait
        };
    };
    let Some((parameters, rest)) = body.split_at_checked(end) else { return Step::Wait };
    let Some(last) = rest.first().copied() else { return Step::Wait };
    if !(0x40..=0x7E).contains(&last) {
        // A control byte broke the sequence off; it is a key of its own.
        return Step::Done { length: before + 1 + end, input: None };
    }
    let length = before + 2 + end;
    let text = std::str::from_utf8(parameters).unwrap_or_default();
    if last == b'~' && text == "200" {
        return Step::PasteBegins { length };
    }
    Step::Done { length, input: meaning(text, last, held) }
}

/// Reads `ESC O` and a letter, which may have a modifier's number between; `before` bytes came ahead of the `O`.
pub(super) fn read_function(bytes: &[u8], held: Modifiers, before: usize) -> Step {
    let body = bytes.get(1..).unwrap_or_default();
    let digits = body.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some(letter) = body.get(digits) else {
        return if digits > 3 { Step::Done { length: before + 1 + digits, input: None } } else { Step::Wait };
    };
    let number = number(body.get(..digits).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default());
    let modifiers = held | modifiers(number.unwrap_or(1));
    let found = match letter {
        b'j'..=b'y' => keypad(*letter),
        // Alt+Shift+O and a key right behind it, or something unknown.
        _ => letter_key(*letter),
    };
    match found {
        Some(found) => key(found, modifiers, before + 2 + digits),
        None if letter.is_ascii_graphic() => Step::Done { length: before + 2 + digits, input: None },
        // A control byte behind Alt+Shift+O is a key of its own.
        None => Step::Done { length: before + 1 + digits, input: None },
    }
}

fn key(key: Key, modifiers: Modifiers, length: usize) -> Step {
    Step::Done { length, input: Some(Input::Key(Chord::new(key, modifiers))) }
}

/// What parameters and a last letter mean; nothing for answers and for what is unknown.
fn meaning(text: &str, last: u8, held: Modifiers) -> Option<Input> {
    match (text.as_bytes().first(), last) {
        (Some(b'<'), b'M' | b'm') => return mouse(text.get(1..)?, last),
        (Some(b'?'), b'u') => return Some(Input::KittyKeyboard),
        (Some(b'<'..=b'?'), _) => return None,
        (None, b'I') => return Some(Input::Focus(Focus::Gained)),
        (None, b'O') => return Some(Input::Focus(Focus::Lost)),
        (None, b'Z') => return Some(Input::Key(Chord::new(Key::Tab, held | Modifiers::SHIFT))),
        _ => {}
    }
    let mut fields = text.split(';');
    let (first, second, third) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""), fields.next());
    let mut second = second.split(':');
    let modifiers_number = second.next().and_then(number).unwrap_or(1);
    if second.next() == Some("3") {
        // A key came up.
        return None;
    }
    let belongs_to_the_desktop = modifiers_number.saturating_sub(1) & 0b0011_1000 != 0;
    if belongs_to_the_desktop {
        return None;
    }
    let modifiers = held | modifiers(modifiers_number);
    let found = match last {
        b'u' => return kitty(first, modifiers),
        // xterm's modifyOtherKeys: 27 ; modifiers ; code ~
        b'~' if first == "27" => return kitty(third?, modifiers),
        b'~' => number_key(number(first)?)?,
        _ => letter_key(last)?,
    };
    Some(Input::Key(Chord::new(found, modifiers)))
}

/// A key by its code point: `code:shifted:base`.
fn kitty(codes: &str, modifiers: Modifiers) -> Option<Input> {
    let mut codes = codes.split(':');
    let code = number(codes.next()?)?;
    let shifted = codes.next().and_then(number);
    let base = codes.next().and_then(number);
    let found = match code {
        27 => Key::Escape,
        13 | 57414 => Key::Enter,
        9 => Key::Tab,
        8 | 127 => Key::Backspace,
        57399..=57408 => Key::Char(char::from_u32(code - 57399 + u32::from('0'))?),
        57409 => Key::Char('.'),
        57410 => Key::Char('/'),
        57411 => Key::Char('*'),
        57412 => Key::Char('-'),
        57413 => Key::Char('+'),
        57415 => Key::Char('='),
        57417 => Key::Left,
        57418 => Key::Right,
        57419 => Key::Up,
        57420 => Key::Down,
        57421 => Key::PageUp,
        57422 => Key::PageDown,
        57423 => Key::Home,
        57424 => Key::End,
        57425 => Key::Insert,
        57426 => Key::Delete,
        57376..=57387 => Key::Function(u8::try_from(code - 57376 + 13).ok()?),
        // Lone modifiers, locks, media keys.
        57344..=63743 => return None,
        _ => {
            let command = modifiers.contains(Modifiers::CONTROL) || modifiers.contains(Modifiers::ALT);
            // On a Cyrillic or Greek layout Ctrl and a letter means the letter printed on the key's Latin side.
            let code = match base {
                Some(base) if command && code > 127 => base,
                _ if modifiers == Modifiers::SHIFT => shifted.unwrap_or(code),
                _ => code,
            };
            Key::Char(char::from_u32(code).filter(|character| !character.is_control())?)
        }
    };
    Some(Input::Key(as_everywhere(found, modifiers)))
}

/// Ctrl+I, Ctrl+M and Ctrl+[ are Tab, Enter and Escape in every terminal that cannot tell them apart; where one can, they stay what
/// hands know them for, since nothing can be bound to them.
fn as_everywhere(key: Key, modifiers: Modifiers) -> Chord {
    let same = match key {
        _ if !modifiers.contains(Modifiers::CONTROL) || modifiers.contains(Modifiers::SHIFT) => None,
        Key::Char('i') => Some(Key::Tab),
        Key::Char('m') => Some(Key::Enter),
        Key::Char('[') => Some(Key::Escape),
        _ => None,
    };
    same.map_or(Chord::new(key, modifiers), |same| Chord::new(same, modifiers.without(Modifiers::CONTROL)))
}

fn letter_key(letter: u8) -> Option<Key> {
    Some(match letter {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        b'P'..=b'S' => Key::Function(letter - b'P' + 1),
        _ => return None,
    })
}

/// The number pad in application mode: `ESC O` and a letter.
fn keypad(letter: u8) -> Option<Key> {
    Some(match letter {
        b'M' => Key::Enter,
        b'j' => Key::Char('*'),
        b'k' => Key::Char('+'),
        b'l' => Key::Char(','),
        b'm' => Key::Char('-'),
        b'n' => Key::Char('.'),
        b'o' => Key::Char('/'),
        b'p'..=b'y' => Key::Char(char::from(letter - b'p' + b'0')),
        _ => return None,
    })
}

fn number_key(code: u32) -> Option<Key> {
    Some(match code {
        1 | 7 => Key::Home,
        2 => Key::Insert,
        3 => Key::Delete,
        4 | 8 => Key::End,
        5 => Key::PageUp,
        6 => Key::PageDown,
        11..=15 => Key::Function(u8::try_from(code - 10).ok()?),
        17..=21 => Key::Function(u8::try_from(code - 11).ok()?),
        23..=26 => Key::Function(u8::try_from(code - 12).ok()?),
        28 | 29 => Key::Function(u8::try_from(code - 13).ok()?),
        31..=34 => Key::Function(u8::try_from(code - 14).ok()?),
        _ => return None,
    })
}

/// The mouse as `button ; column ; row`, `M` for down and `m` for up.
fn mouse(text: &str, last: u8) -> Option<Input> {
    let mut fields = text.split(';').map(number);
    let (code, column, row) = (fields.next()??, fields.next()??, fields.next()??);
    let button = match code & 0b11 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let action = match (code & 0b1100_0000, code & 0b0010_0000 != 0, last) {
        (0b0100_0000, ..) => MouseAction::Scroll(match code & 0b11 {
            0 => Direction::Up,
            1 => Direction::Down,
            2 => Direction::Left,
            _ => Direction::Right,
        }),
        (0, true, _) => button.map_or(MouseAction::Move, MouseAction::Drag),
        (0, false, b'm') => MouseAction::Release(button?),
        (0, false, _) => MouseAction::Press(button?),
        _ => return None,
    };
    let mut held = Modifiers::NONE;
    for (bit, modifier) in [(4, Modifiers::SHIFT), (8, Modifiers::ALT), (16, Modifiers::CONTROL)] {
        if code & bit != 0 {
            held = held | modifier;
        }
    }
    let cell = |number: u32| u16::try_from(number.saturating_sub(1)).unwrap_or(u16::MAX);
    Some(Input::Mouse(Mouse { action, column: cell(column), row: cell(row), modifiers: held }))
}

/// The modifiers behind xterm's number, one more than the sum of shift 1, alt 2, control 4.
fn modifiers(number: u32) -> Modifiers {
    let bits = number.saturating_sub(1);
    [(1, Modifiers::SHIFT), (2, Modifiers::ALT), (4, Modifiers::CONTROL)]
        .into_iter()
        .filter(|(bit, _)| bits & bit != 0)
        .fold(Modifiers::NONE, |sum, (_, modifier)| sum | modifier)
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}
