//! The loop: events in, pure updates, effects out.

mod ablation;
mod action;
mod cells;
mod colours;
mod copies;
pub mod data;
mod distil;
mod drafts;
pub mod effect;
pub mod event;
mod failures;
mod forgetting;
mod front;
mod golden;
mod judge;
mod keep_arms;
mod mapping;
pub mod matrix;
mod other_words;
mod outside;
pub mod pacer;
mod pointer;
mod presets;
mod recall;
mod runtime;
mod scores;
#[cfg(test)]
mod screens;
mod start;
#[cfg(test)]
mod tests;
mod together;
mod trials;
mod tuning;
mod update;
mod watch;
mod weights;
mod workers;

pub use action::{Action, Row, Scope, TABLE};
pub use outside::keep_tuned;
pub use presets::{add_preset, lacking};
pub use runtime::Left;
pub use start::{StartError, keys_of_user, open_session, open_workbench, prompts, start};
pub use tuning::tuned_model;
pub use update::{follows, reaches, scopes, update};

/// The keys of a program whose settings say nothing.
#[cfg(test)]
pub(crate) fn default_keys() -> crate::state::Keys {
    start::key_map(&crate::config::settings::Settings::default(), std::path::Path::new("settings.toml")).unwrap()
}
