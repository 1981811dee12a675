//! The clock, for the rooms that may not look at one themselves: they take a number or a closure from here.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970, UTC: the time of a trial.
pub fn now_milliseconds() -> i64 {
    // A clock before 1970 is broken; zero sorts such trials first and loses nothing.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// A closure that says how much time has passed since this call.
pub fn stopwatch() -> impl Fn() -> Duration + Clone + Send + Sync + 'static {
    let start = Instant::now();
    move || start.elapsed()
}
