//! What is seen: pure functions of state and theme.

pub mod hints;
pub mod layout;
pub mod pane;
pub mod text;
pub mod widget;
