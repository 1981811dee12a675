//! How a run is begun: anew or gone on with, which of its cells, and what a watcher wants to see.

use super::plan::Plan;

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Start {
    /// What is planned.
    pub plan: Plan,
    /// Which run it is.
    pub which: Which,
    /// Whether a trial that was asked before fills its cell without being asked again.
    pub use_known: bool,
    /// Which cells are asked; those that are not filled, unless said.
    pub cells: Cells,
    /// Whether [`super::News::Streaming`] is told.
    pub streaming: bool,
}

impl Start {
    /// The plan, gone on with where it was begun and not finished.
    pub const fn new(plan: Plan) -> Self {
        Self { plan, which: Which::Unfinished, use_known: true, cells: Cells::REST, streaming: false }
    }
}

/// Which run a plan goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The newest of the same plan where that was not finished, else a new one.
    Unfinished,
    /// A new one.
    New,
    /// The one with this number.
    Run(i64),
}

/// Which cells of a plan are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// By what fills them.
    pub filled: Filled,
    /// Of one column only.
    pub arm: Option<u32>,
    /// Of one row of the split only.
    pub row: Option<u64>,
}

impl Cells {
    /// Those that are not filled yet.
    pub const REST: Self = Self { filled: Filled::Rest, arm: None, row: None };
}

/// Which cells, by what fills them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// Those that nothing fills; at the end those whose trial is missing, once more.
    Rest,
    /// Those whose trial is missing.
    Missing,
    /// All, asked anew whether they are known or not.
    All,
}
