//! Pieces of screen that panes and overlays are made of.

pub mod text_area;
