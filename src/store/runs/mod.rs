//! Runs: arms x cases x repeats. A cell of a run points at the trial that fills it; the sums of a column are kept as its
//! cells are written, so that no screen adds up a million of them.

mod order;
mod read;
mod record;
mod window;
mod write;

pub use order::{RowCondition, RowKey};
pub use record::{Cell, CellRecord, Column, Fill, Identity, Place, RunArm, RunEnd, RunRecord, StoredRun};
pub use window::CellLine;
