//! When to draw: what a key causes at once, what tokens cause at most once per frame, and nothing while nothing changes.

use std::time::{Duration, Instant};

/// The shortest time between two frames that only tokens ask for.
const FRAME: Duration = Duration::from_millis(16);

/// Decides when the next frame is due.
#[derive(Debug, Default)]
pub struct Pacer {
    last: Option<Instant>,
    wanted: bool,
    urgent: bool,
}

impl Pacer {
    /// Something on the screen has changed.
    pub const fn request(&mut self) {
        self.wanted = true;
    }

    /// A person did something: the next frame does not wait.
    pub const fn request_now(&mut self) {
        self.wanted = true;
        self.urgent = true;
    }

    /// When the next frame is due; `None` while nothing has changed.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        match self.last {
            _ if !self.wanted => None,
            Some(last) if !self.urgent => Some((last + FRAME).max(now)),
            _ => Some(now),
        }
    }

    /// Whether the frame due at `now` comes for a key alone, between two frames of tokens.
    pub fn is_between(&self, now: Instant) -> bool {
        self.urgent && self.last.is_some_and(|last| now < last + FRAME)
    }

    /// A whole frame was drawn at `now`.
    pub const fn drawn(&mut self, now: Instant) {
        self.last = Some(now);
        self.wanted = false;
        self.urgent = false;
    }

    /// A frame was drawn for a key alone; whether tokens still wait for theirs.
    pub const fn drawn_between(&mut self, tokens_wait: bool) {
        self.wanted = tokens_wait;
        self.urgent = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_never_draws_tokens_wait_for_the_frame_and_keys_do_not() {
        let start = Instant::now();
        let mut pacer = Pacer::default();
        assert_eq!(pacer.due(start), None);
        pacer.request();
        assert_eq!(pacer.due(start), Some(start), "the first frame is due at once");
        pacer.drawn(start);
        assert_eq!(pacer.due(start), None);
        pacer.request();
        assert_eq!(pacer.due(start), Some(start + FRAME));
        pacer.request_now();
        assert_eq!(pacer.due(start), Some(start));
        pacer.drawn(start);
        pacer.request();
        let late = start + FRAME * 3;
        assert_eq!(pacer.due(late), Some(late), "a late frame is due now, not in the past");
    }
    #[test]
    fn tokens_keep_their_frame_while_keys_are_drawn_between() {
        let start = Instant::now();
        let mut pacer = Pacer::default();
        pacer.request_now();
        assert!(!pacer.is_between(start), "the first frame is whole");
        pacer.drawn(start);
        pacer.request();
        let key = start + FRAME / 2;
        assert!(!pacer.is_between(key), "tokens alone are no key");
        pacer.request_now();
        assert!(pacer.is_between(key));
        pacer.drawn_between(true);
        assert_eq!(pacer.due(key), Some(start + FRAME), "tokens are drawn when they would have been");
        pacer.request_now();
        pacer.drawn_between(false);
        assert_eq!(pacer.due(key), None, "all of it was shown");
        pacer.request_now();
        assert!(!pacer.is_between(start + FRAME));
    }
}
