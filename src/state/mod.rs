//! What is: plain data. No ratatui, no tokio, no clock.

mod pane;
pub mod picker;

pub use pane::{ArmSlot, Pane};
