//! What is seen: pure functions of state and theme.

pub mod widget;
