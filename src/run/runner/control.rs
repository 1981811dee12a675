//! A handle on a run that is under way. Cheap to clone; every clone steers the same run.

use std::collections::BTreeSet;

use tokio::sync::watch;

/// What was ordered so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// Nothing new is asked for now.
    pub paused: bool,
    /// Nothing new is asked any more.
    pub stopped: bool,
    /// Columns that are asked no further.
    pub cancelled: BTreeSet<u32>,
    /// How many trials may be under way at a time on each server, where a person said so.
    pub concurrency: Option<usize>,
}

/// See the file's head.
#[derive(Clone, Debug)]
pub struct Control {
    orders: watch::Sender<Orders>,
}

impl Default for Control {
    fn default() -> Self {
        Self { orders: watch::Sender::new(Orders::default()) }
    }
}

impl Control {
    /// Asks nothing new until [`Control::resume`]; what is under way goes on.
    pub fn pause(&self) {
        self.orders.send_modify(|orders| orders.paused = true);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.orders.send_modify(|orders| orders.paused = false);
    }

    /// Ends the run: what is under way may finish for a moment, then it is dropped.
    pub fn stop(&self) {
        self.orders.send_modify(|orders| orders.stopped = true);
    }

    /// Asks a column no further and drops what is under way of it.
    pub fn cancel_column(&self, arm: u32) {
        self.orders.send_modify(|orders| {
            orders.cancelled.insert(arm);
        });
    }

    /// Lets at most this many trials be under way at a time on each server; at least one.
    pub fn set_concurrency(&self, limit: usize) {
        self.orders.send_modify(|orders| orders.concurrency = Some(limit.max(1)));
    }

    /// What was ordered so far.
    pub fn orders(&self) -> Orders {
        self.orders.borrow().clone()
    }

    /// What holds of the orders so far.
    pub(super) fn orders_hold(&self, holds: impl FnOnce(&Orders) -> bool) -> bool {
        holds(&self.orders.borrow())
    }

    /// Hears of every order.
    pub fn watch(&self) -> watch::Receiver<Orders> {
        self.orders.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clone_steers_the_same_run() {
        let control = Control::default();
        let other = control.clone();
        let seen = control.watch();
        other.pause();
        other.cancel_column(2);
        other.set_concurrency(0);
        let expected = Orders { paused: true, stopped: false, cancelled: BTreeSet::from([2]), concurrency: Some(1) };
        assert_eq!(*seen.borrow(), expected);
        control.resume();
        control.stop();
        assert_eq!((other.orders().paused, other.orders().stopped), (false, true));
    }
}
