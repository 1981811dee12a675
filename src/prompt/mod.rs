//! Prompt files: reading them, finding their variables, rendering them to messages. No network, no terminal.

mod message;

pub use message::{Message, Role};
