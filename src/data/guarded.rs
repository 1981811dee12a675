//! Work of a library that panics on damaged bytes: its panic is an answer, not a crash of this program.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is awaited: whoever hears of panics has nothing to say of it.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// What the work gives; nothing where it panicked. What it was working on is not to be used again then.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    /// Puts back what held before, whatever becomes of the work.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            GUARDED.set(self.0);
        }
    }
    let _before = Before(GUARDED.replace(true));
    panic::catch_unwind(AssertUnwindSafe(work)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_awaited_inside_and_nowhere_else() {
        assert!(!is_guarded());
        assert_eq!(guarded(|| (is_guarded(), guarded(is_guarded), is_guarded())), Some((true, Some(true), true)));
        assert_eq!(guarded(|| -> u8 { panic!("damaged") }), None);
        assert!(!is_guarded(), "and after it a panic is a panic again");
    }
}
