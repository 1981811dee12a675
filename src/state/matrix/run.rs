//! The run that the matrix shows, and the one that is under way.

use std::collections::HashMap;
use std::sync::Arc;

use super::cell::Head;
use super::pace::Pace;
use crate::data::Split;
use crate::run::runner::{Ended, lacks_scores};
use crate::stats::Looks;

/// A run as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunLine {
    /// Its number.
    pub id: i64,
    /// When it began, in local words.
    pub when: String,
    /// The split it measures.
    pub split: Split,
    /// Names the split by its content.
    pub data_hash: String,
    /// Its arms' names.
    pub arms: Vec<String>,
    /// Cases of the plan.
    pub cases: u64,
    /// Trials that are done.
    pub done: u64,
    /// Of how many.
    pub planned: u64,
    /// How its asking ended last; `None` while it goes on, or where the program was killed.
    pub end: Option<String>,
    /// The other process that asks it now; 0 where its number is not known.
    pub asked_by: Option<u32>,
}

impl RunLine {
    /// Whether something of it is still to be asked.
    pub const fn is_unfinished(&self) -> bool {
        self.done < self.planned
    }

    /// Whether what is open of it is not to be asked: a clear verdict makes it needless.
    pub fn is_settled(&self) -> bool {
        self.asked_by.is_none() && self.end.as_deref().is_some_and(Ended::is_settled)
    }

    /// Whether it ended with answers that are to be scored again.
    pub fn lacks_scores(&self) -> bool {
        self.end.as_deref().is_some_and(lacks_scores)
    }

    /// Who else asks it now, in words.
    pub fn asker(&self) -> Option<String> {
        self.asked_by.map(|pid| match pid {
            0 => "asked by another process".to_owned(),
            pid => format!("asked by process {pid}"),
        })
    }
}

/// The run that this one is compared with, cell by cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its number.
    pub id: i64,
    /// When it began, in local words.
    pub when: String,
    /// Columns of the run that is open with the same arms' columns of that one.
    pub arms: Vec<(u32, u32)>,
    /// Cells that are right now and were not, and the other way; `None` until they are counted, and in a run of too many cases.
    pub flips: Option<(u64, u64)>,
}

/// The run that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenRun {
    /// What a list says of it.
    pub line: RunLine,
    /// The rows of the split that are in the plan, ascending; `None` for all of them.
    pub planned: Option<Arc<[u32]>>,
    /// Rows of the split.
    pub rows: u32,
    /// Trials of one arm on one case.
    pub repeats: u32,
    /// The metric that decides.
    pub primary: String,
    /// The column that all others are compared with.
    pub baseline: u32,
    /// Whether the arms are the four cells of the table.
    pub fourfold: bool,
    /// How often its figures may be looked at: a run declared sequential after every case.
    pub looks: Looks,
    /// The columns.
    pub heads: Vec<Head>,
}

impl OpenRun {
    /// Marks the columns whose rest is not to be asked.
    pub fn close_settled(&mut self) {
        if self.line.is_settled() {
            for head in self.heads.iter_mut().filter(|head| head.done < head.planned && head.closed.is_none()) {
                head.closed = Some("clear verdict".to_owned());
            }
        }
    }

    /// Cases of the plan.
    pub fn cases(&self) -> usize {
        self.planned.as_ref().map_or(self.rows as usize, |rows| rows.len())
    }

    /// Trials that are done, and of how many.
    pub fn progress(&self) -> (u64, u64) {
        let sum = |value: fn(&Head) -> u64| self.heads.iter().map(value).sum();
        (sum(|head| head.done), sum(|head| head.planned))
    }
}

/// What is under way: a place and the bytes that have come.
pub type Place = (u32, u32, u32);

/// The run that is being asked. It goes on whatever is on the screen.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Its number, once it has one.
    pub run: Option<i64>,
    /// Cells to be filled now.
    pub total: u64,
    /// Cells filled now.
    pub done: u64,
    /// Nothing new is asked.
    pub paused: bool,
    /// It was told to stop, and ends what is under way.
    pub stopping: bool,
    /// How many trials may be under way, and how many are, as the runner said last.
    pub pace: Option<(usize, usize)>,
    /// How many may be under way, where a person said so.
    pub concurrency: Option<usize>,
    /// Cells that are being asked (row, column, repeat), with the bytes that have come where that is told.
    pub under_way: HashMap<Place, Option<u64>>,
    /// How fast trials come in.
    pub overall: Pace,
    /// The same for each column.
    pub columns: Vec<Pace>,
    /// Set-up calls: the column, answered, in all.
    pub set_up: Option<(u32, u64, u64)>,
    /// Which column waits for its server, and for how many seconds more.
    pub waiting: Option<(u32, u64)>,
    /// Columns that are asked no further.
    pub closed: Vec<u32>,
    /// Cells of these that are not waited for.
    pub left_out: u64,
    /// Something has come in since the window was read.
    pub dirty: bool,
}

impl Live {
    /// Seconds left in all; `None` while that cannot be said.
    pub fn seconds_left(&self, now_ms: u64) -> Option<u64> {
        if self.paused || self.stopping {
            return None;
        }
        self.overall.seconds_left(self.total.saturating_sub(self.done + self.left_out), now_ms)
    }

    /// Seconds left of a column with so many cells to go. Once another is stopped it goes faster than it went: it takes no longer
    /// than the whole.
    pub fn seconds_left_of(&self, arm: usize, rest: u64, now_ms: u64) -> Option<u64> {
        let own = self.columns.get(arm)?.seconds_left(rest, now_ms)?;
        Some(self.seconds_left(now_ms).map_or(own, |all| own.min(all)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_takes_no_longer_than_the_whole() {
        let mut live = Live { total: 200, columns: vec![Pace::default(); 2], ..Live::default() };
        for second in 0..=10 {
            let ms = second * 1_000;
            live.overall.add(ms);
            live.overall.add(ms);
            live.columns.iter_mut().for_each(|column| column.add(ms));
            live.done += 2;
        }
        let rest = 100 - live.done / 2;
        assert_eq!(live.seconds_left_of(0, rest, 10_000), live.seconds_left(10_000));
        // The other column is stopped.
        live.left_out = rest;
        let (own, all) = (live.seconds_left_of(0, rest, 10_000).unwrap(), live.seconds_left(10_000).unwrap());
        assert!(own == all && own < 50, "{own} of {all}");
    }
}
