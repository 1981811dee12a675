//! How a prompt becomes one or more model calls: one file per strategy, one registry.

mod chain_of_thought;
mod config;
mod error;
mod few_shot;
mod persona;
mod registry;
mod setting;
mod task;
mod zero_shot;

pub use config::StrategyConfig;
pub use error::StrategyError;
pub use registry::{Strategy, all, find};
pub use setting::{Setting, SettingDefault, SettingKind, SettingValue};
pub use task::{Call, CallRecord, Calls, ExemplarUse, Extraction, Step, Task};

#[cfg(test)]
mod tests;
