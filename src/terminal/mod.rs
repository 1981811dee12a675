//! The terminal as a device: its modes and how they are always undone, what it can show, what it sends, what it is sent.

pub mod environment;
pub mod guard;
mod input;
pub mod mode;
pub mod screen;

pub use input::{Direction, Focus, Input, Mouse, MouseAction, MouseButton};
