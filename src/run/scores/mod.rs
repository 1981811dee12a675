//! Recorded answers as a table, arms x metrics: figures with their intervals, how scores lie, what changed case by case, slices by a
//! column, prices. What the table is made of is a [`Source`], wherever that is kept; everything made of it is pure.

mod column;
mod flips;
mod of_run;
mod page;
mod slices;
mod source;
mod table;
mod worth;

pub use column::{Aim, Column, ColumnKind};
pub use flips::{Flip, flips};
pub use page::{ScoresPage, arms, tuned, tuned_in_run};
pub use slices::{Slice, SliceAgainst, SliceCell, Sliced, sliceable, slices};
pub use source::{ArmAnswers, CaseRow, Measured, Sampled, Source, measured};
pub use table::{Against, Cell, Figures, ScoreTable, Spread};
pub use worth::{BreakEven, TuningCost, Worth, break_even, pays_in_words, worths};

#[cfg(test)]
mod tests;
