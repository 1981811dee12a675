//! What the parts of a run under way share: what it asks, its books, and the one place that ends it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::cells::CellSet;
use super::control::Control;
use super::identity::ArmIdentity;
use super::limit::Reached;
use super::news::{How, News};
use super::order::Order;
use super::plan::Plan;
use super::start::{Filled, Start};
use super::twins::Twins;
use crate::data::Case;
use crate::run::{NotAsked, Prepared, ReadyArm, Session};
use crate::score::Outcome;
use crate::store::{CellPlace, Store, TrialIdentity};

/// Blocks of cases that one server may be ahead of another.
const LEAD: u64 = 8;
/// Calls in a row that bring nothing before a server is given up, or an arm whose failures last.
pub(super) const MOST_FAILED: u32 = 25;

/// An arm of the run.
pub(super) struct Column {
    pub(super) ready: ReadyArm,
    pub(super) identity: ArmIdentity,
    /// Calls that a trial makes at a time.
    pub(super) width: usize,
    /// Calls that a trial makes at most.
    pub(super) calls: u64,
}

impl Column {
    /// A case of it made ready, the repeat with a seed of its own.
    pub(super) fn prepare(&self, case: Arc<Case>, repeat: u32) -> Result<Prepared, NotAsked> {
        prepare(&self.ready, case, repeat)
    }
}

/// A case of an arm made ready, the repeat with a seed of its own.
pub(super) fn prepare(ready: &ReadyArm, case: Arc<Case>, repeat: u32) -> Result<Prepared, NotAsked> {
    let seed = ready.question().parameters.seed.map(|seed| seed.wrapping_add(u64::from(repeat)));
    ready.prepare(case, repeat, seed)
}

/// See the file's head.
pub(super) struct Shared {
    pub(super) session: Arc<Session>,
    pub(super) store: Store,
    pub(super) run: i64,
    pub(super) start: Start,
    pub(super) plan: Arc<Plan>,
    pub(super) order: Order,
    pub(super) columns: Vec<Column>,
    pub(super) control: Control,
    pub(super) news: mpsc::Sender<News>,
    pub(super) books: Mutex<Books>,
    /// Why it ends, once it does.
    pub(super) halt: watch::Sender<Option<Halt>>,
    /// Whatever is still being asked is dropped.
    pub(super) drop_all: watch::Sender<bool>,
    pub(super) twins: Arc<Twins>,
    /// Questions that are under way in a batch: what was paid for is waited for, not asked a second time.
    pub(super) in_batches: HashSet<TrialIdentity>,
    blocks: Mutex<Vec<u64>>,
    moved: Condvar,
    /// Whether answers are scored by commands, which may take seconds.
    pub(super) scores_slowly: bool,
}

/// Why a run ends before all is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Halt {
    pub(super) how: How,
    /// How long what is under way may take to end by itself; until it does, where nothing is said.
    pub(super) grace: Option<Duration>,
}

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Cells that were to be asked here, in all the times that it was gone on with.
    pub(super) planned: CellSet,
    pub(super) filled: CellSet,
    pub(super) missing: CellSet,
    /// Of these, those that failed now and would fail again as things are.
    pub(super) lasting: CellSet,
    /// Cells with an answer whose deciding score could not be made.
    pub(super) unscored: CellSet,
    /// Answers in a row of which that holds.
    pub(super) unscored_in_a_row: u32,
    pub(super) asked: u64,
    pub(super) known: u64,
    /// Cells whose question is under way in a batch.
    pub(super) in_batches: u64,
    /// Calls of models, those under way included.
    pub(super) calls: u64,
    /// Calls before this start.
    pub(super) calls_before: u64,
    pub(super) cost: f64,
    pub(super) cost_before: f64,
    pub(super) under_way: usize,
    /// Trials let go whose cost is not in `cost` yet: under way, or not written down.
    pub(super) uncounted: usize,
    pub(super) limit: usize,
    /// Trials in a row that a lane asked and that brought nothing.
    pub(super) failed_in_a_row: BTreeMap<usize, u32>,
    /// Trials in a row of an arm that failed and would fail again.
    pub(super) refused_in_a_row: BTreeMap<u32, u32>,
    /// Columns that are asked no further: their verdict is clear, or they are given up.
    pub(super) closed: BTreeSet<u32>,
    /// Of these, those whose verdict is clear.
    pub(super) clear: BTreeSet<u32>,
    /// Whether the sums of the columns have changed since they were told.
    pub(super) changed: bool,
}

impl Shared {
    #[expect(clippy::too_many_arguments, reason = "each is one of its fields")]
    pub(super) fn new(
        session: Arc<Session>,
        store: Store,
        run: i64,
        start: Start,
        columns: Vec<Column>,
        order: Order,
        books: Books,
        control: Control,
        news: mpsc::Sender<News>,
    ) -> Self {
        let plan = Arc::new(start.plan.clone());
        let scores_slowly = session.scores_by_commands();
        Self {
            order,
            session,
            store,
            run,
            start,
            plan,
            columns,
            control,
            news,
            books: Mutex::new(books),
            halt: watch::Sender::new(None),
            drop_all: watch::Sender::new(false),
            twins: Arc::default(),
            in_batches: HashSet::new(),
            blocks: Mutex::default(),
            moved: Condvar::new(),
            scores_slowly,
        }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the watcher, if there still is one.
    pub(super) async fn tell(&self, news: News) {
        let _ = self.news.send(news).await;
    }

    /// Ends the run for this reason, unless it has another one already.
    pub(super) fn end(&self, how: How, grace: Option<Duration>) {
        self.halt.send_if_modified(|halt| {
            let first = halt.is_none();
            if first {
                *halt = Some(Halt { how, grace });
            }
            first
        });
        self.moved.notify_all();
    }

    pub(super) fn fail(&self, error: NotAsked) {
        self.end(How::Failed { what: error.what, hint: error.hint }, Some(super::lane::GRACE));
    }

    pub(super) fn has_ended(&self) -> bool {
        self.halt.borrow().is_some()
    }

    /// Whether a trial that was asked before fills its cell, here as elsewhere.
    pub(super) fn uses_known(&self) -> bool {
        self.start.use_known && self.start.cells.filled != Filled::All
    }

    /// Where in the order each server is; all at the beginning.
    pub(super) fn begin_blocks(&self, lanes: usize) {
        *self.blocks.lock().unwrap_or_else(PoisonError::into_inner) = vec![0; lanes];
    }

    /// A server has come to this block of cases. Blocks while it is too far ahead of another; `false` once the run ends.
    pub(super) fn reach(&self, lane: usize, block: u64) -> bool {
        let mut blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = blocks.get_mut(lane) {
            *mine = block;
        }
        self.moved.notify_all();
        while !self.has_ended() && blocks.iter().any(|other| other.saturating_add(LEAD) < block) {
            // Looked at again now and then: the end of a run is no change of these.
            let (again, _) =
                self.moved.wait_timeout(blocks, Duration::from_millis(50)).unwrap_or_else(PoisonError::into_inner);
            blocks = again;
        }
        !self.has_ended()
    }

    /// A server has nothing more to ask and holds nobody up.
    pub(super) fn leave(&self, lane: usize) {
        if let Some(mine) = self.blocks.lock().unwrap_or_else(PoisonError::into_inner).get_mut(lane) {
            *mine = u64::MAX;
        }
        self.moved.notify_all();
    }

    /// Takes calls out of what the limits leave; `false` where they leave none, and the run ends.
    pub(super) fn may_call(&self, calls: u64) -> bool {
        let limits = self.plan.limits;
        let mut books = self.books();
        let reached = match limits {
            super::Limits { calls: Some(most), .. } if books.calls_before + books.calls + calls > most => {
                Some(Reached::Calls { most })
            }
            super::Limits { cost: Some(most), .. } => {
                let spent = books.cost_before + books.cost;
                // What is under way will cost about what those before did.
                let each = match (books.asked, books.calls_before) {
                    (0, 0) => 0.0,
                    (0, before) => books.cost_before / before as f64,
                    (asked, _) => books.cost / asked as f64,
                };
                let ahead = each * (books.uncounted as f64 + 1.0);
                let reached = spent >= most || (each > 0.0 && spent + ahead > most);
                reached.then_some(Reached::Cost { most, spent, under_way: books.uncounted as u64 })
            }
            _ => None,
        };
        if let Some(reached) = reached {
            drop(books);
            self.end(How::Limit(reached), None);
            return false;
        }
        books.calls += calls;
        books.uncounted += 1;
        true
    }

    /// Refuses a trial of this column that the session's budget does not allow any more. Asked as each trial is let go: others
    /// may have spent since it was made ready.
    pub(super) fn within_budget(&self, column: &Column) -> Result<(), NotAsked> {
        self.session.within_budget(column.ready.priced()).map(|_| ())
    }

    /// An arm is asked no further; what is under way of it may end.
    pub(super) fn close(&self, arm: u32) {
        self.books().closed.insert(arm);
    }

    /// The verdict of an arm is clear: it is asked no further.
    pub(super) fn settle(&self, arm: u32) {
        self.books().clear.insert(arm);
        self.close(arm);
    }

    /// Closes those of these arms that are still asked, and names them.
    pub(super) fn close_all(&self, arms: &[u32]) -> Vec<u32> {
        let open: Vec<u32> = arms.iter().copied().filter(|arm| !self.is_closed(*arm)).collect();
        for arm in &open {
            self.close(*arm);
        }
        open
    }

    /// Whether an arm is asked no further.
    pub(super) fn is_closed(&self, arm: u32) -> bool {
        self.books().closed.contains(&arm) || self.control.orders_hold(|orders| orders.cancelled.contains(&arm))
    }

    /// Whether no arm is asked any further.
    pub(super) fn are_all_closed(&self) -> bool {
        (0..self.columns.len()).all(|arm| self.is_closed(arm as u32))
    }

    /// The arms that ask the server of this one, itself among them.
    pub(super) fn arms_beside(&self, arm: u32) -> Vec<u32> {
        let queue = |column: &Column| column.ready.model().queue().name;
        let Some(asked) = self.columns.get(arm as usize).map(queue) else { return Vec::new() };
        (0_u32..).zip(&self.columns).filter(|(_, column)| queue(column) == asked).map(|(arm, _)| arm).collect()
    }

    /// Whether all repeats of a row are filled, of a column and of the baseline.
    pub(super) fn is_row_filled(&self, row: u64, arm: u32) -> bool {
        let books = self.books();
        [arm, self.plan.baseline]
            .into_iter()
            .all(|arm| (0..self.plan.repeats).all(|repeat| books.filled.has(CellPlace { row, arm, repeat })))
    }

    /// Counts a cell that is durable, and says what follows.
    pub(super) fn count(&self, place: CellPlace, record: &Counted) -> Follows {
        let mut books = self.books();
        books.filled.insert(place);
        let missing = matches!(record.outcome, Outcome::Missing(_));
        if missing {
            books.missing.insert(place);
        } else {
            books.missing.remove(place);
        }
        let lasting = missing && matches!(record.origin, Origin::Refused | Origin::Asked { lasting: true, .. });
        if lasting {
            books.lasting.insert(place);
        } else {
            books.lasting.remove(place);
        }
        books.changed = true;
        let fails = books.scored(place, record.unscored, record.has_score && record.outcome == Outcome::Answer);
        let scores = if fails { Follows::RunEnds } else { Follows::Nothing };
        let lane = match record.origin {
            Origin::Known => {
                books.known += 1;
                return scores;
            }
            Origin::Refused => return scores,
            Origin::Asked { lane, .. } => lane,
        };
        books.asked += 1;
        books.cost += record.cost.unwrap_or(0.0);
        let failed = one_more(&mut books.failed_in_a_row, lane, missing);
        let refused = one_more(&mut books.refused_in_a_row, place.arm, lasting);
        match (failed, refused) {
            (MOST_FAILED.., _) => Follows::LaneEnds,
            (_, MOST_FAILED) => Follows::ArmEnds,
            _ => scores,
        }
    }
}

impl Books {
    /// Counts whether the deciding score of a cell's answer could be made; `true` where it is so many in a row that could not that no
    /// more are to be paid for.
    pub(super) fn scored(&mut self, place: CellPlace, failed: bool, made: bool) -> bool {
        if failed {
            self.unscored.insert(place);
            self.unscored_in_a_row += 1;
        } else {
            self.unscored.remove(place);
            // What was not scored by a command says nothing about it.
            if made {
                self.unscored_in_a_row = 0;
            }
        }
        failed && self.unscored_in_a_row >= MOST_FAILED
    }
}

/// Counts one more in a row, or none any more.
fn one_more<K: Ord>(rows: &mut BTreeMap<K, u32>, key: K, more: bool) -> u32 {
    if !more {
        rows.remove(&key);
        return 0;
    }
    let row = rows.entry(key).or_default();
    *row += 1;
    *row
}

/// What is counted of a cell.
pub(super) struct Counted {
    pub(super) outcome: Outcome,
    pub(super) cost: Option<f64>,
    pub(super) origin: Origin,
    /// Whether it is answered and its deciding score could not be made.
    pub(super) unscored: bool,
    pub(super) has_score: bool,
}

/// Where what fills a cell comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A trial known before.
    Known,
    /// Nothing was sent: the arm does not apply to the case.
    Refused,
    /// Asked now.
    Asked {
        /// By which lane.
        lane: usize,
        /// Whether, failed, it would fail again.
        lasting: bool,
    },
}

/// What follows from a cell that was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// Nothing.
    Nothing,
    /// Its arm is given up.
    ArmEnds,
    /// Its server is given up.
    LaneEnds,
    /// No answer can be scored: the run ends.
    RunEnds,
}
