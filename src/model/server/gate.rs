//! The one gate before a provider and key: where a call is told to wait, the others wait with it, and an empty purse stops
//! them all.
//!
//! After a wait one call goes first; the others follow once it got through. So thirty calls that were refused do not come
//! back as thirty at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, sleep_until};

use crate::model::{ModelError, Queue};

/// See the module.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    turn: Arc<Semaphore>,
    queue: Queue,
}

#[derive(Debug, Default)]
struct State {
    /// Closed until then, and until a call has got through.
    closed: Option<Instant>,
    /// Nothing goes through at all.
    stopped: Option<ModelError>,
}

impl Default for Gate {
    fn default() -> Self {
        Self::of(String::new())
    }
}

/// The right to go first after a wait. Dropping it lets the next one try.
#[derive(Debug)]
pub(super) struct Turn {
    gate: Arc<Gate>,
    _permit: OwnedSemaphorePermit,
}

impl Turn {
    /// The call got through: the gate is open to all.
    pub(super) fn open(self) {
        self.gate.with(|state| state.closed = None);
    }
}

impl Gate {
    /// The gate before a queue of this name.
    pub(super) fn of(name: String) -> Self {
        Self { state: Mutex::default(), turn: Arc::new(Semaphore::new(1)), queue: Queue::named(name, None) }
    }

    /// What the calls behind it share.
    pub(super) const fn queue(&self) -> &Queue {
        &self.queue
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether a call would have to wait.
    pub(super) fn is_closed(&self) -> bool {
        self.with(|state| state.closed.is_some())
    }

    /// How long it stays closed at least; nothing once the wait is over, though the first call may not be through yet.
    pub(super) fn left(&self) -> Duration {
        let now = sleep(Duration::ZERO).deadline();
        self.with(|state| state.closed.map_or(Duration::ZERO, |until| until.saturating_duration_since(now)))
    }

    /// Closes it for `wait` from now, unless it is closed for longer already.
    pub(super) fn close(&self, wait: Duration) {
        let until = sleep(wait).deadline();
        self.with(|state| state.closed = Some(state.closed.map_or(until, |before| before.max(until))));
    }

    /// Lets nothing through any more, for this reason.
    pub(super) fn stop(&self, reason: &ModelError) {
        self.with(|state| state.stopped = Some(reason.clone()));
        self.queue.set_stopped(true);
    }

    /// Forgets why it was stopped: someone asks again on purpose.
    pub(super) fn resume(&self) {
        self.with(|state| state.stopped = None);
        self.queue.set_stopped(false);
    }

    /// Waits as long as it is closed. Whoever was first to come through after a wait gets the turn.
    pub(super) async fn pass(self: &Arc<Self>) -> Result<Option<Turn>, ModelError> {
        let closed = |state: &mut State| match &state.stopped {
            Some(reason) => Err(reason.clone()),
            None => Ok(state.closed),
        };
        if self.with(closed)?.is_none() {
            return Ok(None);
        }
        // The semaphore is never closed; if it were, nobody would be held back.
        let Ok(permit) = Arc::clone(&self.turn).acquire_owned().await else { return Ok(None) };
        loop {
            let Some(until) = self.with(closed)? else { return Ok(None) };
            sleep_until(until).await;
            if self.with(closed)? == Some(until) {
                return Ok(Some(Turn { gate: Arc::clone(self), _permit: permit }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::join_all;
    use tokio::task::{JoinHandle, yield_now};

    use super::*;

    type Passed = Result<Option<Turn>, ModelError>;

    fn stopped() -> ModelError {
        ModelError::Quota { endpoint: "e".to_owned(), message: "pay".to_owned() }
    }

    fn waiting(gate: &Arc<Gate>) -> JoinHandle<Passed> {
        let gate = Arc::clone(gate);
        tokio::spawn(async move { gate.pass().await })
    }

    #[tokio::test]
    async fn an_open_gate_holds_nobody() {
        let gate = Arc::new(Gate::default());
        assert!(gate.pass().now_or_never().unwrap().unwrap().is_none());
        gate.close(Duration::from_secs(7));
        assert!(gate.is_closed() && gate.left() > Duration::from_secs(6));
        assert!(gate.pass().now_or_never().is_none());
    }

    #[tokio::test]
    async fn one_goes_first_and_the_others_follow() {
        let gate = Arc::new(Gate::default());
        let start = Instant::now();
        for milliseconds in [20, 60, 1] {
            gate.close(Duration::from_millis(milliseconds));
        }
        let first = gate.pass().await.unwrap().unwrap();
        assert!(start.elapsed() >= Duration::from_millis(60), "the longest wait counts");
        let others: Vec<_> = (0..30).map(|_| waiting(&gate)).collect();
        for _ in 0..100 {
            yield_now().await;
        }
        assert!(others.iter().all(|other| !other.is_finished()), "nobody overtakes the first");
        first.open();
        for turn in join_all(others).await {
            assert!(turn.unwrap().unwrap().is_none());
        }
    }

    #[tokio::test]
    async fn who_is_refused_again_closes_it_again_and_who_leaves_lets_the_next_try() {
        let gate = Arc::new(Gate::default());
        gate.close(Duration::ZERO);
        let first = gate.pass().await.unwrap().unwrap();
        let start = Instant::now();
        gate.close(Duration::from_millis(30));
        drop(first);
        let second = gate.pass().await.unwrap().unwrap();
        assert!(start.elapsed() >= Duration::from_millis(30));
        drop(second);
        assert!(gate.pass().await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_stop_reaches_those_who_wait_and_ends_on_request() {
        let gate = Arc::new(Gate::default());
        gate.close(Duration::from_millis(20));
        let others: Vec<_> = (0..3).map(|_| waiting(&gate)).collect();
        yield_now().await;
        gate.stop(&stopped());
        for other in join_all(others).await {
            assert_eq!(other.unwrap().unwrap_err(), stopped());
        }
        assert_eq!(gate.pass().await.unwrap_err(), stopped());
        gate.resume();
        assert!(gate.pass().await.is_ok());
    }
}
