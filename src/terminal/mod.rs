//! The terminal as a device: its modes and how they are always undone, what it can show, what it sends, what it is sent.

pub mod clipboard;
pub mod crash;
pub mod decode;
pub mod environment;
pub mod external_editor;
pub mod guard;
pub mod input;
pub mod mode;
pub mod reader;
#[cfg(test)]
mod recorder;
pub mod screen;
pub mod session;
pub mod signals;
pub mod unseen;

pub use input::{Direction, Focus, Input, Mouse, MouseAction, MouseButton};
