//! What a watcher of a run sees, on a bounded channel: a watcher that does not listen holds the run up, and one that has gone
//! stops it.

use std::sync::Arc;

use super::limit::Reached;
use super::plan::Plan;
use crate::stats::wording::grouped;
use crate::store::{Cell, CellPlace, Column, FINISHED};

/// How a run ended of which everything was asked that was to be asked here, and something is left.
const IN_PART: &str = "finished in part";

/// How the words of a run end whose answers are all there, and of some no score.
const WITHOUT_SCORE: &str = "without a score";

/// Whether a run that ended in these words has answers that are to be scored again.
pub fn lacks_scores(end: &str) -> bool {
    end.ends_with(WITHOUT_SCORE) || end.contains(NO_SCORE)
}

/// What a run says that was stopped because no answer could be scored.
pub(super) const NO_SCORE: &str = "answers in a row have no score by";

/// How a sequential run ended that asked some of its arms no further because their verdict is clear, and the others to the end.
const SETTLED: &str = "finished, the rest is clear";

/// Something that happened. `Begun` comes first and `Ended` last; a cell that is asked comes as `Started`, perhaps `Streaming`, then
/// `Done` or `Dropped`; one that is filled by a trial known before comes as `Done` alone.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The run has its number.
    Begun(Box<Begun>),
    /// Something a person should read once: what is sent where for the first time, a remark about an arm.
    Told(String),
    /// A strategy's set-up calls, before its first case.
    SetUp {
        /// The column.
        arm: u32,
        /// Calls answered.
        done: u64,
        /// Calls in all.
        of: u64,
    },
    /// A cell is being asked.
    Started(CellPlace),
    /// A cell's answer has grown; only where it was asked for, and not for every token.
    Streaming {
        /// The cell.
        place: CellPlace,
        /// Bytes of the answer and its reasoning so far.
        bytes: u64,
    },
    /// A cell is filled: durable in the store before this is told.
    Done(Cell),
    /// A cell that was being asked is not any more, and nothing of it was kept: the run stops, or its column was cancelled.
    Dropped(CellPlace),
    /// A server asked for a wait, or an attempt failed; 0 when it is over.
    Waiting {
        /// The column that waits.
        arm: u32,
        /// Seconds left.
        seconds: u64,
    },
    /// How many trials may be under way at a time by now, over all servers, and how many are.
    Pace {
        /// May be.
        limit: usize,
        /// Are.
        under_way: usize,
    },
    /// The sums of the columns, at most twice a second and once at the end.
    Columns(Vec<Column>),
    /// An arm is asked no further, and why.
    Closed {
        /// The column.
        arm: u32,
        /// Why, in words.
        why: String,
    },
    /// Cells whose trial is missing are asked once more.
    Again {
        /// How many.
        cells: u64,
    },
    /// It is over.
    Ended(Box<Ended>),
}

/// What is known as a run begins or goes on.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// The run's number.
    pub run: i64,
    /// Whether it was begun before.
    pub goes_on: bool,
    /// What is planned.
    pub plan: Arc<Plan>,
    /// Cells that are to be asked or filled now.
    pub total: u64,
    /// Cells of the plan that are filled already.
    pub done: u64,
    /// The sums of the columns so far.
    pub columns: Vec<Column>,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The run's number.
    pub run: i64,
    /// How.
    pub how: How,
    /// Trials of the plan, or of the part of it that was to be asked here.
    pub planned: u64,
    /// Cells of these that are filled.
    pub done: u64,
    /// Cells of these whose trial is missing.
    pub missing: u64,
    /// Of the missing ones, those that failed now for a reason that asking again does not change.
    pub lasting: u64,
    /// Cells of these that are answered and whose deciding score could not be made: going on makes it, and asks nothing for it.
    pub unscored: u64,
    /// Cells of a sequential run that are left open because the verdict of their arm is clear.
    pub settled: u64,
    /// Cells that are left open because their question is under way in a batch.
    pub in_batches: u64,
    /// Trials asked now.
    pub asked: u64,
    /// Cells filled now by trials known before.
    pub known: u64,
    /// Calls of models made now.
    pub calls: u64,
    /// Dollars spent now, as far as prices are known.
    pub cost: f64,
    /// Milliseconds it took now.
    pub ms: u64,
    /// The sums of the columns.
    pub columns: Vec<Column>,
}

impl Ended {
    /// As it is recorded with a run of so many trials: a shard that is through leaves it open for the others, and so does a column
    /// that was stopped.
    pub fn as_recorded(&self, trials: u64) -> String {
        match &self.how {
            How::Finished if self.missing > 0 => format!("{FINISHED}, {} missing", grouped(self.missing)),
            How::Finished if self.done + self.settled < trials => IN_PART.to_owned(),
            How::Finished if self.unscored > 0 => format!("{FINISHED}, {} {WITHOUT_SCORE}", self.unscored),
            How::Finished if self.settled > 0 => SETTLED.to_owned(),
            other => other.in_words(),
        }
    }

    /// Whether a run that ended in these words has nothing to ask although cells of it are open: the verdict of their arms is clear.
    pub fn is_settled(recorded: &str) -> bool {
        recorded == SETTLED || recorded == How::Clear.in_words()
    }

    /// Cells that are open and that going on would ask.
    pub const fn open(&self) -> u64 {
        self.planned.saturating_sub(self.done + self.settled)
    }

    /// Whether everything that was to be asked has an outcome of the model, and every answer its score. What a clear verdict makes needless is not to be asked.
    pub const fn is_complete(&self) -> bool {
        match self.how {
            How::Finished => self.missing == 0 && self.open() == 0 && self.unscored == 0,
            How::Clear => self.missing == 0 && self.unscored == 0,
            How::Interrupted | How::Limit(_) | How::Failed { .. } => false,
        }
    }
}

/// Why asking came to an end.
#[derive(Clone, Debug, PartialEq)]
pub enum How {
    /// Everything was asked.
    Finished,
    /// Every verdict is clear, in a run declared sequential.
    Clear,
    /// A person stopped it.
    Interrupted,
    /// A limit was reached.
    Limit(Reached),
    /// It cannot go on.
    Failed {
        /// What happened.
        what: String,
        /// What to do next.
        hint: String,
    },
}

impl How {
    /// As it is recorded with the run.
    pub fn in_words(&self) -> String {
        match self {
            Self::Finished => FINISHED.to_owned(),
            Self::Clear => "the verdicts are clear".to_owned(),
            Self::Interrupted => "interrupted".to_owned(),
            Self::Limit(reached) => reached.in_words(),
            Self::Failed { what, .. } => format!("stopped: {what}"),
        }
    }
}
