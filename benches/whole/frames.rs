//! Frames in the bytes a terminal receives: when each was complete, and where it left the cursor.

use std::time::Instant;

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// A whole frame.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// When its last byte arrived.
    pub at: Instant,
    /// Row and column of the cursor, from 1; nothing if it is hidden.
    pub cursor: Option<(u16, u16)>,
    /// Its bytes.
    pub bytes: usize,
}

/// Cuts the stream of bytes into frames.
#[derive(Default)]
pub struct Frames {
    pending: Vec<u8>,
}

impl Frames {
    /// Adds what arrived and gives back the frames it completed.
    pub fn feed(&mut self, at: Instant, bytes: &[u8]) -> Vec<Frame> {
        self.pending.extend_from_slice(bytes);
        let mut frames = Vec::new();
        while let Some(end) = find(&self.pending, END) {
            let frame: Vec<u8> = self.pending.drain(..end + END.len()).collect();
            let begin = find(&frame, BEGIN).unwrap_or(0);
            let frame = frame.get(begin..).unwrap_or_default();
            frames.push(Frame { at, cursor: cursor(frame), bytes: frame.len() });
        }
        frames
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Where a frame leaves the cursor: the last move before or after it is shown.
fn cursor(frame: &[u8]) -> Option<(u16, u16)> {
    find(frame, b"\x1b[?25h")?;
    let text = String::from_utf8_lossy(frame);
    text.rsplit("\x1b[").find_map(|part| {
        let (place, _) = part.split_once('H')?;
        let (row, column) = place.split_once(';')?;
        Some((row.parse().ok()?, column.parse().ok()?))
    })
}
