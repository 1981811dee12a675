//! What a watcher of a pull is told, and how often.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Where bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PullSource {
    /// The hub.
    Hub,
    /// A Python package, by the package client.
    Python,
}

impl fmt::Display for PullSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Hub => "the hub",
            Self::Python => "the Python package",
        })
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullEvent {
    /// A source is being asked.
    Asking {
        /// Which.
        source: PullSource,
    },
    /// Bytes have arrived.
    Bytes {
        /// From where.
        source: PullSource,
        /// How many, those of earlier pulls included.
        done: u64,
        /// Of how many, where known.
        total: Option<u64>,
        /// At the speed so far.
        seconds_left: Option<u64>,
    },
    /// All bytes are here; their hash is being computed.
    Checking,
    /// A source failed; the next is asked, if there is one.
    Failed {
        /// Which.
        source: PullSource,
        /// Why.
        reason: String,
    },
}

/// A step of progress that is worth telling.
const STEP: u64 = 256 * 1024;

/// Speaks to the watcher, and knows the speed.
pub(super) struct Meter<F> {
    tell: F,
    elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
    begun: (u64, Duration),
    told: Option<u64>,
}

impl<F: FnMut(PullEvent) + Send> Meter<F> {
    pub(super) fn new(tell: F, elapsed: Arc<dyn Fn() -> Duration + Send + Sync>) -> Self {
        Self { tell, elapsed, begun: (0, Duration::ZERO), told: None }
    }

    pub(super) fn asking(&mut self, source: PullSource) {
        (self.tell)(PullEvent::Asking { source });
    }

    pub(super) fn checking(&mut self) {
        (self.tell)(PullEvent::Checking);
    }

    pub(super) fn failed(&mut self, source: PullSource, reason: &str) {
        (self.tell)(PullEvent::Failed { source, reason: reason.to_owned() });
    }

    /// Transfer begins with `done` bytes already here.
    pub(super) fn begin(&mut self, source: PullSource, done: u64, total: Option<u64>) {
        self.begun = (done, (self.elapsed)());
        self.told = None;
        self.bytes(source, done, total);
    }

    /// `done` bytes are here now. Told in steps, and when it is the last.
    pub(super) fn bytes(&mut self, source: PullSource, done: u64, total: Option<u64>) {
        let worth =
            self.told.is_none_or(|told| done >= told + STEP) || (Some(done) == total && self.told != Some(done));
        if worth {
            self.told = Some(done);
            let (before, since) = self.begun;
            let seconds_left = seconds_left(
                done.saturating_sub(before),
                total.map(|total| total.saturating_sub(done)),
                (self.elapsed)().saturating_sub(since),
            );
            (self.tell)(PullEvent::Bytes { source, done, total, seconds_left });
        }
    }
}

/// The time for `left` bytes at the speed at which `arrived` came in `elapsed`; unknown before there is a speed.
fn seconds_left(arrived: u64, left: Option<u64>, elapsed: Duration) -> Option<u64> {
    if arrived == 0 || elapsed < Duration::from_millis(500) {
        return None;
    }
    Some((left? as f64 * elapsed.as_secs_f64() / arrived as f64).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn the_time_left_follows_from_the_speed_of_this_pull() {
        assert_eq!(seconds_left(100, Some(300), Duration::from_secs(2)), Some(6));
        assert_eq!(seconds_left(0, Some(300), Duration::from_secs(2)), None);
        assert_eq!(seconds_left(100, None, Duration::from_secs(2)), None);
        assert_eq!(seconds_left(100, Some(300), Duration::from_millis(1)), None);
        assert_eq!(seconds_left(100, Some(0), Duration::from_secs(2)), Some(0));
    }

    #[test]
    fn a_resumed_pull_is_told_in_steps_and_at_its_end() {
        let clock = Arc::new(AtomicU64::new(0));
        let shown = Arc::clone(&clock);
        let mut seen = Vec::new();
        let mut meter =
            Meter::new(|event| seen.push(event), Arc::new(move || Duration::from_secs(shown.load(Ordering::Relaxed))));
        let total = Some(4 * STEP);
        meter.begin(PullSource::Hub, STEP, total);
        clock.store(1, Ordering::Relaxed);
        meter.bytes(PullSource::Hub, STEP + 1, total);
        meter.bytes(PullSource::Hub, 2 * STEP, total);
        meter.bytes(PullSource::Hub, 4 * STEP, total);
        meter.bytes(PullSource::Hub, 4 * STEP, total);
        let told = |done, seconds_left| PullEvent::Bytes { source: PullSource::Hub, done, total, seconds_left };
        assert_eq!(seen, [told(STEP, None), told(2 * STEP, Some(2)), told(4 * STEP, Some(0))]);
    }
}
