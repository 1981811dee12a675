//! Runs: arms x cases x repeats, asked a few at a time, each trial durable before it is counted, to be gone on with at any
//! moment after any end. The terminal and the command line watch one by its [`News`] and steer it by its [`Control`].

mod control;
mod news;
mod order;
mod plan;
mod start;

pub use control::{Control, Orders};
pub use news::{Begun, Ended, FINISHED, How, News};
pub use order::{BLOCK, Order};
pub use plan::{Limits, Plan, PlannedArm, Shard};
pub use start::{Cells, Filled, Start, Which};
