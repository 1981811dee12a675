//! From the bytes a terminal sends to [`Input`]. Pure: no clock, no file, so every byte table is a test.
//!
//! An own decoder, because the library's waits for ever for the end of a paste that never ends, takes a slow line's `ESC`
//! `[` `A` for three keys, and types a terminal's late answers into the text. The caller feeds bytes, and calls
//! [`Decoder::expire`] when nothing came for [`Decoder::patience`].

mod csi;
mod paste;

use std::time::Duration;

use crate::keys::{Chord, Key, Modifiers};

use self::paste::{Burst, Pasting};
use super::input::Input;

/// How long the rest of a key's bytes may take; a lone Escape is known for one after this.
const ESCAPE_PATIENCE: Duration = Duration::from_millis(40);
/// How long an answer of the terminal or a paste may pause.
const LONG_PATIENCE: Duration = Duration::from_secs(2);
/// How long after a burst of characters more of it may come.
const BURST_PATIENCE: Duration = Duration::from_millis(10);
/// An answer of the terminal longer than this is no answer.
const LONGEST_ANSWER: usize = 64 * 1024;

/// The decoder's memory between two reads.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Bytes that do not make a whole input yet.
    held: Vec<u8>,
    /// A bracketed paste in progress.
    pasting: Option<Pasting>,
    /// Characters that came too fast for fingers.
    burst: Burst,
}

/// What the first bytes of the held ones are.
enum Step {
    /// `length` bytes make this input, or none that matters.
    Done { length: usize, input: Option<Input> },
    /// A bracketed paste begins after `length` bytes.
    PasteBegins { length: usize },
    /// More bytes are needed.
    Wait,
}

impl Decoder {
    /// Takes the bytes of one read and returns what they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Input> {
        let mut found = Vec::new();
        let mut bytes = bytes;
        if self.pasting.is_none() && self.held.is_empty() {
            bytes = self.burst.take(bytes, &mut found);
        }
        self.held.extend_from_slice(bytes);
        self.work(&mut found);
        found
    }

    /// How long to wait for more bytes before calling [`Decoder::expire`]; nothing when nothing is pending.
    pub fn patience(&self) -> Option<Duration> {
        if self.pasting.is_some() {
            Some(LONG_PATIENCE)
        } else if !self.burst.is_empty() {
            Some(BURST_PATIENCE)
        } else if self.held.is_empty() {
            None
        } else if self.held.len() > 2 && matches!(self.held.get(1), Some(b']' | b'P' | b'_' | b'^' | b'X')) {
            Some(LONG_PATIENCE)
        } else {
            Some(ESCAPE_PATIENCE)
        }
    }

    /// Settles what is pending, because no more bytes came in time.
    pub fn expire(&mut self) -> Vec<Input> {
        let mut found = Vec::new();
        self.burst.end(&mut found);
        if let Some(pasting) = self.pasting.take() {
            // The end marker was lost. What came is the paste; keys work again.
            found.extend(pasting.finish());
        }
        let held = std::mem::take(&mut self.held);
        match held.as_slice() {
            [0x1B] => found.push(Input::Key(Chord::plain(Key::Escape))),
            [0x1B, 0x1B] => found.extend([Chord::plain(Key::Escape); 2].map(Input::Key)),
            // Alt and a key whose byte also begins a sequence: [ ] O P X ^ _
            [0x1B, byte] => {
                found.push(Input::Key(Chord::new(Key::Char(char::from(*byte)), Modifiers::ALT)));
            }
            // Nothing, or the head of a sequence whose tail was lost, which no person meant.
            _ => {}
        }
        found
    }

    fn work(&mut self, found: &mut Vec<Input>) {
        loop {
            if let Some(pasting) = &mut self.pasting {
                let held = std::mem::take(&mut self.held);
                let Some(rest) = pasting.take(&held) else { return };
                self.held = rest;
                found.extend(self.pasting.take().and_then(Pasting::finish));
            }
            let mut done = 0;
            let begins = loop {
                match step(self.held.get(done..).unwrap_or_default()) {
                    Step::Done { length, input } => {
                        done += length;
                        found.extend(input);
                    }
                    Step::PasteBegins { length } => {
                        done += length;
                        break true;
                    }
                    Step::Wait => break false,
                }
            };
            self.held.drain(..done);
            if !begins {
                return;
            }
            self.pasting = Some(Pasting::default());
        }
    }
}

/// Reads the first input of `bytes`.
fn step(bytes: &[u8]) -> Step {
    match bytes {
        [] => Step::Wait,
        [0x1B, rest @ ..] => escape(rest),
        [first, ..] => match character(bytes) {
            Character::Control => Step::Done { length: 1, input: control(*first).map(Input::Key) },
            Character::Printable(character, length) => {
                Step::Done { length, input: Some(Input::Key(Chord::plain(Key::Char(character)))) }
            }
            Character::Broken(length) => Step::Done { length, input: None },
            Character::Cut => Step::Wait,
        },
    }
}

/// What follows an escape byte.
fn escape(rest: &[u8]) -> Step {
    match rest {
        [] | [0x1B] => Step::Wait,
        [b'[', ..] => csi::read(rest, Modifiers::NONE, 1),
        [b'O', ..] => csi::read_function(rest, Modifiers::NONE, 1),
        [b']' | b'P' | b'_' | b'^' | b'X', tail @ ..] => answer(tail),
        // Alt with a key that is itself a sequence.
        [0x1B, b'[', ..] => csi::read(rest.get(1..).unwrap_or_default(), Modifiers::ALT, 2),
        [0x1B, b'O', ..] => csi::read_function(rest.get(1..).unwrap_or_default(), Modifiers::ALT, 2),
        [0x1B, ..] => Step::Done { length: 1, input: Some(Input::Key(Chord::plain(Key::Escape))) },
        _ => match step(rest) {
            Step::Done { length, input } => Step::Done { length: length + 1, input: input.map(with_alt) },
            other => other,
        },
    }
}

/// Skips an answer of the terminal (OSC, DCS, APC, PM, SOS) up to BEL or ST. `tail` begins after the two opening bytes.
fn answer(tail: &[u8]) -> Step {
    for (index, byte) in tail.iter().enumerate() {
        match byte {
            0x07 => return Step::Done { length: index + 3, input: None },
            0x1B => {
                return match tail.get(index + 1) {
                    Some(b'\\') => Step::Done { length: index + 4, input: None },
                    Some(_) => Step::Done { length: index + 2, input: None },
                    None => Step::Wait,
                };
            }
            _ => {}
        }
    }
    if tail.len() > LONGEST_ANSWER { Step::Done { length: tail.len() + 2, input: None } } else { Step::Wait }
}

fn with_alt(input: Input) -> Input {
    match input {
        Input::Key(chord) => Input::Key(Chord::new(chord.key, chord.modifiers | Modifiers::ALT)),
        other => other,
    }
}

/// The key of a single control byte.
fn control(byte: u8) -> Option<Chord> {
    Some(match byte {
        b'\r' => Chord::plain(Key::Enter),
        b'\t' => Chord::plain(Key::Tab),
        0x7F => Chord::plain(Key::Backspace),
        // Ctrl+J is 0x0A and stays Ctrl+J: raw mode turns off the translation that would make it Enter.
        0x01..=0x1A => Chord::control(char::from(byte - 1 + b'a')),
        0x1C..=0x1F => Chord::control(char::from(byte - 0x1C + b'4')),
        0x00 => Chord::control(' '),
        _ => return None,
    })
}

enum Character {
    Control,
    Printable(char, usize),
    Broken(usize),
    Cut,
}

/// The first character of `bytes`.
fn character(bytes: &[u8]) -> Character {
    let window = bytes.get(..4).unwrap_or(bytes);
    let valid = match std::str::from_utf8(window) {
        Ok(text) => text,
        Err(error) if error.valid_up_to() == 0 => {
            return error.error_len().map_or(Character::Cut, Character::Broken);
        }
        Err(error) => window.get(..error.valid_up_to()).map_or("", |valid| std::str::from_utf8(valid).unwrap_or("")),
    };
    match valid.chars().next() {
        Some(character) if character.is_ascii_control() => Character::Control,
        Some(character) if character.is_control() => Character::Broken(character.len_utf8()),
        Some(character) => Character::Printable(character, character.len_utf8()),
        None => Character::Cut,
    }
}

#[cfg(test)]
mod tests;
