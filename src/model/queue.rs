//! Which models share a server and a key, or the engine inside the program: whoever asks many times sets one pace for all of
//! them, and hears here when it is too fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What models share. Cheap to clone; clones share.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Equal for models that share it.
    pub name: String,
    /// How many calls at a time suit it, where that is known.
    pub suits: Option<usize>,
    pressure: Arc<Pressure>,
}

#[derive(Debug, Default)]
struct Pressure {
    refusals: AtomicU64,
    stopped: AtomicBool,
}

impl Queue {
    /// A queue of that name.
    pub(super) fn named(name: String, suits: Option<usize>) -> Self {
        Self { name, suits, pressure: Arc::default() }
    }

    /// How often a call was refused because there were too many.
    pub fn refusals(&self) -> u64 {
        self.pressure.refusals.load(Ordering::Relaxed)
    }

    /// A call was refused because there were too many.
    pub(super) fn refuse(&self) {
        self.pressure.refusals.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether nothing goes through any more, because the account is empty.
    pub fn is_stopped(&self) -> bool {
        self.pressure.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn set_stopped(&self, stopped: bool) {
        self.pressure.stopped.store(stopped, Ordering::Relaxed);
    }
}
