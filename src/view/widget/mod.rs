//! Pieces of screen that panes and overlays are made of.

pub mod field;
pub mod find_bar;
pub mod panel;
pub mod steps;
pub mod text_area;
