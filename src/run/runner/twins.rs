//! Trials of a run that are equal: two rows alike, two arms that come to the same messages. While one is asked the others wait for
//! it, and find it known; one that fails leaves the next to be asked.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::store::{CellPlace, TrialIdentity};

/// How long a wait for the end of a trial goes on before it is looked whether the run has ended.
const MOMENT: Duration = Duration::from_millis(50);

/// The trials under way, from the moment they are made ready until they are written down or dropped.
#[derive(Debug, Default)]
pub(super) struct Twins {
    under_way: Mutex<HashSet<TrialIdentity>>,
    ended: Condvar,
}

/// A trial that is under way; dropping it says that it is no more.
#[derive(Debug)]
pub(super) struct UnderWay {
    twins: Arc<Twins>,
    identity: TrialIdentity,
}

impl Twins {
    fn held(&self) -> MutexGuard<'_, HashSet<TrialIdentity>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a trial under way; `None` where an equal one is.
    pub(super) fn begin(self: &Arc<Self>, identity: TrialIdentity) -> Option<UnderWay> {
        self.held().insert(identity).then(|| UnderWay { twins: Arc::clone(self), identity })
    }

    fn is_under_way(&self, identity: TrialIdentity) -> bool {
        self.held().contains(&identity)
    }

    /// Waits for the end of a trial, for a moment; whether it has ended.
    fn wait_for(&self, identity: TrialIdentity) -> bool {
        let held = self.held();
        if !held.contains(&identity) {
            return true;
        }
        let (held, _) = self.ended.wait_timeout(held, MOMENT).unwrap_or_else(PoisonError::into_inner);
        !held.contains(&identity)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.twins.held().remove(&self.identity);
        self.twins.ended.notify_all();
    }
}

/// Cells that wait for an equal trial, the first that came first.
#[derive(Debug, Default)]
pub(super) struct Waiting(VecDeque<(CellPlace, TrialIdentity)>);

impl Waiting {
    pub(super) fn push(&mut self, place: CellPlace, identity: TrialIdentity) {
        self.0.push_back((place, identity));
    }

    /// The next cell whose wait is over; `None` where the first of them still waits.
    pub(super) fn ready(&mut self, twins: &Twins) -> Option<CellPlace> {
        self.0.pop_front_if(|(_, identity)| !twins.is_under_way(*identity)).map(|(place, _)| place)
    }

    /// The next cell, once its wait is over; `None` where none waits any more, or `ended` says so.
    pub(super) fn next(&mut self, twins: &Twins, ended: impl Fn() -> bool) -> Option<CellPlace> {
        let (place, identity) = self.0.pop_front()?;
        while !twins.wait_for(identity) {
            if ended() {
                return None;
            }
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(row: u64) -> CellPlace {
        CellPlace { row, arm: 0, repeat: 0 }
    }

    #[test]
    fn an_equal_trial_waits_until_the_first_is_over() {
        let twins = Arc::new(Twins::default());
        let (one, two) = (TrialIdentity::of(&json!(1)), TrialIdentity::of(&json!(2)));
        let first = twins.begin(one).unwrap();
        assert!(twins.begin(one).is_none() && twins.begin(two).is_some());
        let mut waiting = Waiting::default();
        waiting.push(place(1), one);
        waiting.push(place(2), one);
        assert_eq!(waiting.ready(&twins), None);
        drop(first);
        assert_eq!(waiting.ready(&twins), Some(place(1)));
        let first = twins.begin(one).unwrap();
        let other = {
            let twins = Arc::clone(&twins);
            std::thread::spawn(move || waiting.next(&twins, || false))
        };
        drop(first);
        assert_eq!(other.join().unwrap(), Some(place(2)));
        let mut waiting = Waiting::default();
        let _first = twins.begin(one).unwrap();
        waiting.push(place(3), one);
        assert_eq!(waiting.next(&twins, || true), None, "the run has ended");
    }
}
