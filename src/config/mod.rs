//! Room `config`.

pub mod settings;
