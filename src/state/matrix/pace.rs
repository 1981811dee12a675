//! How fast trials come in, and how long the rest will take: counted over the last while, and said only once that is long
//! enough to mean something.

use std::collections::VecDeque;

/// Trials further back do not count: the pace of now is asked for.
const WHILE_MS: u64 = 60_000;
/// With less than this seen, nothing is said.
const LEAST_MS: u64 = 3_000;
/// With fewer trials seen, nothing is said.
const LEAST: u64 = 5;
/// Marks are kept this far apart, so that a fast run does not fill the memory.
const APART_MS: u64 = 250;

/// When how many were done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    marks: VecDeque<(u64, u64)>,
    done: u64,
}

impl Pace {
    /// One more is done.
    pub fn add(&mut self, now_ms: u64) {
        if self.marks.is_empty() {
            self.marks.push_back((now_ms, self.done));
        }
        self.done += 1;
        let mark = (now_ms, self.done);
        match self.marks.back() {
            Some((last, _)) if now_ms.saturating_sub(*last) < APART_MS => {}
            _ => self.marks.push_back(mark),
        }
        while self.marks.len() > 2 && self.marks.front().is_some_and(|(ms, _)| now_ms.saturating_sub(*ms) > WHILE_MS) {
            self.marks.pop_front();
        }
    }

    /// Forgets the pace: nothing was asked for a while.
    pub fn forget(&mut self) {
        self.marks.clear();
    }

    /// Seconds until `rest` more are done; `None` while that cannot be said.
    pub fn seconds_left(&self, rest: u64, now_ms: u64) -> Option<u64> {
        if rest == 0 {
            return Some(0);
        }
        let (since, before) = self.marks.front()?;
        let (ms, seen) = (now_ms.saturating_sub(*since), self.done - before);
        (ms >= LEAST_MS && seen >= LEAST).then(|| (rest as f64 * ms as f64 / seen as f64 / 1_000.0).ceil() as u64)
    }
}

/// Seconds as people say them, rounded to what can be known.
pub fn in_words(seconds: u64) -> String {
    match seconds {
        0..=9 => format!("{seconds} s"),
        10..=89 => format!("{} s", seconds.div_ceil(5) * 5),
        90..=5_399 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{:.1} h", seconds as f64 / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_too_early_and_the_pace_of_now_counts() {
        let mut pace = Pace::default();
        assert_eq!(pace.seconds_left(10, 0), None);
        for second in 0..4 {
            pace.add(second * 1_000);
        }
        assert_eq!(pace.seconds_left(10, 3_500), None, "too few");
        for second in 4..100 {
            pace.add(second * 1_000);
        }
        let left = pace.seconds_left(10, 99_000).unwrap();
        assert!((9..=11).contains(&left), "{left}");
        // Ten times faster from now on: after a while only that counts.
        for tenth in 0..900 {
            pace.add(99_000 + tenth * 100);
        }
        let left = pace.seconds_left(100, 189_000).unwrap();
        assert!((9..=11).contains(&left), "{left}");
        assert_eq!(pace.seconds_left(0, 189_000), Some(0));
        pace.forget();
        assert_eq!(pace.seconds_left(10, 190_000), None);
    }

    #[test]
    fn seconds_are_said_as_roughly_as_they_are_known() {
        let said: Vec<String> = [3, 12, 89, 90, 600, 5_400].into_iter().map(in_words).collect();
        assert_eq!(said, ["3 s", "15 s", "90 s", "2 min", "10 min", "1.5 h"]);
    }
}
