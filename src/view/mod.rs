//! What is seen: pure functions of state and theme.

mod footer;
pub mod hints;
pub mod layout;
mod overlay;
pub mod pane;
pub mod screen;
mod styles;
pub mod text;
mod welcome;
pub mod widget;

#[cfg(test)]
pub(crate) use overlay::chords_of as own_chords;
