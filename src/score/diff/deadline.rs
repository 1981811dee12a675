//! A point in time to stop at. The clock is handed in, because this room has none.

use std::time::Instant;

/// When to stop, and how to know the time.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    at: Instant,
    now: fn() -> Instant,
}

impl Deadline {
    /// Stop at `at`; `now` tells the time, as `Instant::now` does.
    pub const fn new(at: Instant, now: fn() -> Instant) -> Self {
        Self { at, now }
    }

    pub(super) fn passed(self) -> bool {
        (self.now)() >= self.at
    }

    /// When half of what is left will be gone, so that a coarser second try still has time.
    pub(super) fn halfway(self) -> Self {
        let now = (self.now)();
        Self { at: now + self.at.saturating_duration_since(now) / 2, now: self.now }
    }

    pub(super) const fn at(self) -> Instant {
        self.at
    }
}
