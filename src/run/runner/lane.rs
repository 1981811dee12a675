//! One server, or the engine inside the program: the trials of all arms that share it, as many at a time as it takes.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::allowance::Allowances;
use super::asking::{Answered, ask, write};
use super::cells::CellSet;
use super::feed::{AHEAD, Asking, Item, feed};
use super::news::How;
use super::pace::Pace;
use super::recall::Scored;
use super::shared::{Halt, Origin, Shared};
use crate::model::Queue;
use crate::run::stopwatch;

/// Trials at a time on a server of which nothing is known.
const USUAL: usize = 16;
/// Answers that may wait to be written down, beside those under way.
const UNWRITTEN: usize = 256;
/// Answers that may wait for the commands that score them: enough to keep these busy, and few to have paid for where they fail.
const UNSCORED: usize = 16;

/// Arms that share a server and a key.
pub(super) struct Lane {
    pub(super) queue: Queue,
    /// The columns, those of one adapter beside each other.
    pub(super) arms: Vec<u32>,
    /// The allowances of each, in the same order; arms of one model share one.
    pub(super) allowances: Vec<(String, Allowances)>,
}

/// The lanes of a run.
pub(super) fn lanes(shared: &Shared) -> Vec<Lane> {
    let mut lanes: Vec<Lane> = Vec::new();
    for (number, column) in shared.columns.iter().enumerate() {
        let queue = column.ready.model().queue();
        let model = column.ready.question().model.clone();
        let limits = shared.session.spec(&model).map(|spec| spec.limits).unwrap_or_default();
        let place = lanes.iter().position(|lane| lane.queue.name == queue.name).unwrap_or_else(|| {
            lanes.push(Lane { queue, arms: Vec::new(), allowances: Vec::new() });
            lanes.len() - 1
        });
        if let Some(lane) = lanes.get_mut(place) {
            lane.arms.push(number as u32);
            if !lane.allowances.iter().any(|(known, _)| *known == model) {
                lane.allowances.push((model, Allowances::new(limits)));
            }
        }
    }
    for lane in &mut lanes {
        let model = |arm: &u32| shared.columns.get(*arm as usize).map(|column| column.ready.question().model.clone());
        lane.arms.sort_by_key(|arm| (model(arm), *arm));
    }
    lanes
}

/// Trials at a time on a lane, unless a person says otherwise as it runs.
pub(super) fn at_a_time(shared: &Shared, lane: &Lane) -> usize {
    let models = lane.allowances.iter().filter_map(|(model, _)| shared.session.spec(model)?.limits.concurrency);
    let said = models.min().or(shared.session.workbench.run.concurrency);
    lane.queue.suits.map_or(said.unwrap_or(USUAL), |suits| said.unwrap_or(suits)).max(1)
}

impl Lane {
    fn allowances_of(&mut self, shared: &Shared, arm: u32) -> Option<&mut Allowances> {
        let model = &shared.columns.get(arm as usize)?.ready.question().model;
        self.allowances.iter_mut().find(|(known, _)| known == model).map(|(_, allowances)| allowances)
    }
}

/// Asks what the feeder makes ready, until that is all or the run ends.
pub(super) async fn drive(shared: Arc<Shared>, number: usize, mut lane: Lane, todo: Arc<CellSet>) {
    let (sender, mut items) = mpsc::channel(AHEAD);
    let feeding = {
        let (shared, arms) = (Arc::clone(&shared), lane.arms.clone());
        tokio::task::spawn_blocking(move || feed(&shared, number, &arms, &todo, &sender))
    };
    // Held to a cost, a lane lets nothing go before what it let go is paid for, but for what may be under way.
    let held_to_money = shared.plan.limits.cost.is_some() || shared.session.spent().1.is_some();
    let unwritten = match (held_to_money, shared.scores_slowly) {
        (true, _) => 0,
        (false, true) => UNSCORED,
        (false, false) => UNWRITTEN,
    };
    let clock = stopwatch();
    let mut pace = Pace::new(at_a_time(&shared, &lane), lane.queue.refusals());
    let (free, mut freed) = mpsc::unbounded_channel::<Answered>();
    let mut tasks = JoinSet::new();
    let (mut orders, mut halt) = (shared.control.watch(), shared.halt.subscribe());
    let (mut under_way, mut fed, mut held) = (0_usize, false, None::<Box<Asking>>);
    loop {
        let now = orders.borrow_and_update().clone();
        if let Some(most) = now.concurrency {
            pace.set_most(most);
        }
        pace.hear(lane.queue.refusals());
        if now.stopped || halt.borrow_and_update().is_some() {
            break;
        }
        let mut wait = None;
        if let Some(asking) = held.take_if(|_| !now.paused) {
            let arm = asking.place.arm;
            let column = shared.columns.get(arm as usize);
            let (width, calls) = column.map_or((1, 1), |column| (column.width, column.calls));
            let fits = under_way == 0 || under_way + width <= pace.limit();
            if shared.is_closed(arm) {
                // The feeder passes over the rest of the column.
            } else if !fits || tasks.len() >= pace.limit() + unwritten {
                held = Some(asking);
            } else if let Err(left) =
                lane.allowances_of(&shared, arm).map_or(Ok(()), |one| one.take(clock(), calls, asking.tokens))
            {
                wait = Some(left);
                held = Some(asking);
            } else if let Err(used_up) = column.map_or(Ok(()), |column| shared.within_budget(column)) {
                // What is under way is paid for, so it may end.
                shared.end(How::Failed { what: used_up.what, hint: used_up.hint }, None);
            } else if shared.may_call(calls) {
                under_way += width;
                pace.begin();
                shared.books().under_way += 1;
                tasks.spawn(ask(Arc::clone(&shared), number, asking, width, free.clone()));
            }
        }
        if fed && held.is_none() && tasks.is_empty() {
            break;
        }
        let takes = held.is_none() && !fed && !now.paused && tasks.len() < pace.limit() + unwritten;
        tokio::select! {
            biased;
            Some(answered) = freed.recv() => {
                under_way = under_way.saturating_sub(answered.width);
                pace.end();
                shared.books().under_way -= 1;
                if let (guessed, Some(used)) = answered.tokens
                    && let Some(allowances) = lane.allowances_of(&shared, answered.arm)
                {
                    allowances.correct(guessed, used);
                }
            }
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
            _ = orders.changed() => {}
            _ = halt.changed() => {}
            () = sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            item = items.recv(), if takes => match item {
                None => fed = true,
                Some(Item::Ask(asking)) => held = Some(asking),
                Some(Item::Fill(record)) => {
                    tasks.spawn(fill(Arc::clone(&shared), record, Origin::Known));
                }
                Some(Item::Refuse(record)) => {
                    tasks.spawn(fill(Arc::clone(&shared), record, Origin::Refused));
                }
            },
        }
    }
    // The feeder sees that nobody listens.
    drop(items);
    let _ = feeding.await;
    drain(&shared, &mut tasks, halt).await;
    while freed.try_recv().is_ok() {
        shared.books().under_way -= 1;
    }
}

/// Writes a cell that nothing is asked for.
async fn fill(shared: Arc<Shared>, scored: Box<Scored>, origin: Origin) {
    write(&shared, *scored, origin).await;
}

/// Lets what is under way come to its end, or drops it once its time is up. What has been answered is always written down.
async fn drain(shared: &Shared, tasks: &mut JoinSet<()>, mut halt: watch::Receiver<Option<Halt>>) {
    if tasks.is_empty() {
        return;
    }
    // A person's stop becomes a halt a moment later.
    let grace = match halt.wait_for(Option::is_some).await {
        Ok(halt) => halt.as_ref().and_then(|halt| halt.grace),
        Err(_) => None,
    };
    if let Some(grace) = grace
        && timeout(grace, async { while tasks.join_next().await.is_some() {} }).await.is_err()
    {
        shared.drop_all.send_replace(true);
    }
    while tasks.join_next().await.is_some() {}
}

/// How long a person's stop leaves to what is under way.
pub(super) const GRACE: Duration = Duration::from_millis(1_500);
