//! Room `view`.

pub mod text;
