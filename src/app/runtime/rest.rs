//! When the program comes to rest, freed memory goes back to the system.
//!
//! The allocator keeps what is freed for a second, in case it is wanted again, and gives it back when it next lets go of a
//! page after that. A program at rest frees nothing, so that what the start had left behind stayed (6 of 44 MB).

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Longer than other threads keep what they need no more (`colours::REST`).
const AFTER: Duration = Duration::from_millis(800);
/// So often that what is freed as the rest begins has been kept for its second by the last time.
const TIMES: u8 = 3;
/// A piece so large that the allocator lets go of its page at once. It is never written to, so it takes no memory.
const LARGE: usize = 16 << 20;

/// Whether the program rests.
#[derive(Debug, Default)]
pub(super) struct Rest {
    due: Option<Instant>,
    left: u8,
}

impl Rest {
    /// Something happened at `now`.
    pub(super) fn disturbed(&mut self, now: Instant) {
        (self.due, self.left) = (Some(now + AFTER), TIMES);
    }

    /// When memory is given back; `None` once it has been, until something happens.
    pub(super) const fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Gives memory back if that is due; whether it was.
    pub(super) fn settle(&mut self, now: Instant) -> bool {
        let is_due = self.due.is_some_and(|due| due <= now);
        if is_due {
            self.left = self.left.saturating_sub(1);
            self.due = (self.left > 0).then(|| now + AFTER);
            let mut piece = Vec::<u8>::new();
            // Where there is no room for it, there is nothing to give back either.
            let _ = black_box(&mut piece).try_reserve_exact(LARGE);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_back_some_times_after_each_disturbance() {
        let start = Instant::now();
        let mut rest = Rest::default();
        assert_eq!((rest.due(), rest.settle(start)), (None, false));
        rest.disturbed(start);
        rest.disturbed(start + AFTER / 2);
        assert!(!rest.settle(start + AFTER), "the later one counts");
        assert_eq!(rest.due(), Some(start + AFTER / 2 + AFTER));
        for time in 2..u32::from(TIMES) + 2 {
            assert!(rest.settle(start + AFTER * time));
            assert!(!rest.settle(start + AFTER * time), "once each");
        }
        assert_eq!((rest.due(), rest.settle(start + AFTER * 99)), (None, false), "an idle program is not woken again");
    }
}
