//! The loop: events in, pure updates, effects out.

mod action;
pub mod pacer;

pub use action::{Action, Row, Scope, TABLE};
