//! The panes of Compose, one file or folder each.

pub mod diff;
