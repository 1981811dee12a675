//! Widgets that several panes share.

pub mod panel;
pub mod text_area;
