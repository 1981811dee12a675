//! The terminal as a device: its modes and how they are always undone, what it can show, what it sends, what it is sent.

pub mod crash;
pub mod decode;
pub mod environment;
pub mod guard;
pub mod input;
pub mod mode;
pub mod screen;
