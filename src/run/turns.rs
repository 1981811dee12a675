//! Turns for what keeps a processor busy: commands that score answers are started as many at a time as there are processors, however
//! many answers wait for one.

use std::sync::{Condvar, Mutex, OnceLock, PoisonError};

/// So many at a time.
pub(super) struct Turns {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A turn; it is over when this is dropped.
pub(super) struct Turn<'a>(&'a Turns);

/// Those of this process.
pub(super) fn turns() -> &'static Turns {
    static TURNS: OnceLock<Turns> = OnceLock::new();
    TURNS.get_or_init(|| Turns::of(std::thread::available_parallelism().map_or(2, |all| all.get().max(2))))
}

impl Turns {
    /// At most `most` at a time.
    pub(super) const fn of(most: usize) -> Self {
        Self { free: Mutex::new(most), freed: Condvar::new() }
    }

    /// Waits for a turn, on this thread.
    pub(super) fn take(&self) -> Turn<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_than_said_have_a_turn_and_all_get_one() {
        let (turns, now, most, had) = (Turns::of(3), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..24 {
                scope.spawn(|| {
                    let turn = turns.take();
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    had.fetch_add(1, Ordering::SeqCst);
                    std::thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                    drop(turn);
                });
            }
        });
        assert!((1..=3).contains(&most.load(Ordering::SeqCst)), "{most:?}");
        assert_eq!(had.load(Ordering::SeqCst), 24);
    }

    #[test]
    fn who_finds_none_free_waits_until_one_is() {
        let turns = Turns::of(1);
        let first = turns.take();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| drop(turns.take()));
            drop(first);
            second.join().unwrap();
        });
        assert_eq!(*turns.free.lock().unwrap(), 1);
    }
}
