//! For tests: a terminal that writes down everything that happens to it, raw mode included.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::guard::{Guard, RawMode};

/// What happened, in order; clones share it.
#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Vec<u8>>>);

impl Recorder {
    /// A recorder and a guard over it; nothing is entered.
    pub(super) fn with_guard() -> (Self, Arc<Guard>) {
        let recorder = Self::default();
        let guard = Guard::new(recorder.clone(), recorder.clone());
        (recorder, guard)
    }

    /// What happened since the last call.
    pub(super) fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl RawMode for Recorder {
    fn enable(&mut self) -> io::Result<()> {
        self.write_all(b"<raw>")
    }

    fn disable(&mut self) -> io::Result<()> {
        self.write_all(b"</raw>")
    }
}
