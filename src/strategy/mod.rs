//! How a prompt becomes one or more model calls: one file per strategy, one registry. A strategy is a recipe (`recipe`), and
//! one engine follows every recipe (`engine`): it is asked what comes next, and asks nobody itself.

mod chain_of_draft;
mod chain_of_thought;
mod choices;
mod common;
mod config;
mod draw;
mod engine;
mod error;
mod extract;
mod few_shot;
mod few_shot_chain_of_thought;
mod finish;
mod forecast;
mod medprompt;
mod own;
mod persona;
mod place;
mod plan_and_solve;
mod preset;
mod recipe;
mod registry;
mod select;
mod self_consistency;
mod self_refine;
mod set_up;
mod setting;
mod settings;
mod step_back;
mod structured_output;
mod task;
mod universal_self_consistency;
mod vote;
mod zero_shot;

pub use config::StrategyConfig;
pub use engine::ORDER;
pub use error::StrategyError;
pub use forecast::{Ahead, Lengths, look_ahead};
pub use own::{OWN, USE, own};
pub use place::case_text;
pub use preset::{PRESETS, Preset, preset};
pub use recipe::{Calls, Count, Recipe};
pub use registry::{Caution, Strategy, Variant, all, find, named};
pub use set_up::{Rationale, SetUp, SetUpCall, says_short};
pub use setting::{Setting, SettingDefault, SettingKind, SettingValue, Thousandths};
pub use settings::Settings;
pub use task::{Call, CallRecord, Done, ExemplarUse, Expects, Extraction, Likeness, Retrieval, Step, Task};

#[cfg(test)]
mod tests;
