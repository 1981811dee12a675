//! Cases and splits, read from files. No network, no terminal.

mod case;

pub use case::{Case, Split};
