//! Pasted text: between the terminal's marks, or, where it has none, known by coming faster than fingers type.

use crate::terminal::input::Input;

/// The mark that ends a bracketed paste.
const END: &[u8] = b"\x1b[201~";
/// A paste larger than this is delivered in pieces.
const LARGEST: usize = 64 << 20;
/// So many characters in one read, with a line end among them, are a paste.
const BURST: usize = 16;

/// A bracketed paste in progress.
#[derive(Debug, Default)]
pub(super) struct Pasting {
    content: Vec<u8>,
}

impl Pasting {
    /// Takes bytes; returns what follows the end mark once that has come.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        // The mark may be cut by the read: look again at the last bytes.
        let from = self.content.len().saturating_sub(END.len() - 1);
        self.content.extend_from_slice(bytes);
        let tail = self.content.get(from..).unwrap_or_default();
        if let Some(at) = tail.windows(END.len()).position(|window| window == END) {
            let rest = self.content.split_off(from + at + END.len());
            self.content.truncate(from + at);
            return Some(rest);
        }
        (self.content.len() > LARGEST).then(Vec::new)
    }

    /// The paste as input; nothing if it was empty.
    pub(super) fn finish(self) -> Option<Input> {
        paste(&self.content)
    }
}

/// Characters that came too fast, until a pause ends them.
#[derive(Debug, Default)]
pub(super) struct Burst {
    content: Vec<u8>,
}

impl Burst {
    pub(super) fn is_empty(&self) -> bool {
        self.content.is_empty()
    }

    /// Takes the read if it is a burst or goes on with one; returns the bytes that are left to decode as keys.
    pub(super) fn take<'a>(&mut self, bytes: &'a [u8], found: &mut Vec<Input>) -> &'a [u8] {
        let plain = bytes.iter().take_while(|byte| is_text(**byte)).count();
        let (text, rest) = bytes.split_at_checked(plain).unwrap_or((&[], bytes));
        let goes_on = !self.is_empty();
        let begins = text.len() >= BURST && text.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        if !goes_on && !begins {
            return bytes;
        }
        self.content.extend_from_slice(text);
        if !rest.is_empty() {
            self.end(found);
        }
        rest
    }

    /// Ends the burst.
    pub(super) fn end(&mut self, found: &mut Vec<Input>) {
        found.extend(paste(&std::mem::take(&mut self.content)));
    }
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | b'\t' | 0x20..=0x7E | 0x80..)
}

/// Pasted bytes as text.
fn paste(bytes: &[u8]) -> Option<Input> {
    Input::pasted(&String::from_utf8_lossy(bytes))
}
