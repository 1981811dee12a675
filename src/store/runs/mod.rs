//! Runs: arms x cases x repeats. A cell of a run points at the trial that fills it; the sums of a column are kept as its
//! cells are written, so that no screen adds up a million of them.

mod known;
mod merge;
mod merge_shared;
mod order;
mod read;
mod record;
mod unscored;
mod window;
mod write;

pub use known::{KnownArm, KnownFilter};
pub use merge::Merged;
pub use order::{RowCondition, RowKey};
pub use read::Taken;
pub use record::{
    Cell, CellRecord, Column, FINISHED, Fill, Identity, Known, Place, RunArm, RunEnd, RunLimits, RunRecord, StoredRun,
};
pub use unscored::UnscoredCell;
pub use window::CellLine;
