//! What a workbench folder says: finding it, reading `fourfold.toml` with line-true errors, making one from a sample.

mod append;
mod arms;
mod check;
mod data;
mod file;
mod files;
mod find;
mod folder;
mod judge;
mod key;
mod key_commands;
mod limits;
mod location;
mod metric;
mod models;
mod nearest;
mod origin;
mod pin;
mod problem;
mod provider;
mod read;
mod rewrite;
mod sample;
mod schema;
mod scores;
pub mod settings;
mod strategy;
mod strength;
mod theme;
mod workbench;

use append::quoted;
pub use append::{model_block, portable, with_model, with_tuned};
pub use arms::{ArmChange, with_arms};
pub use find::{find, sample_home};
pub use folder::{FOLDER, MANIFEST, prepare_program_folder, program_folder};
pub use judge::{JudgeSpec, RUBRIC};
pub use limits::CallLimits;
pub use metric::MetricSpec;
pub use nearest::did_you_mean;
pub use origin::{Origin, origins};
pub use pin::{short_pin, with_pin};
pub(crate) use problem::line_of;
pub use problem::{ConfigError, Problem};
pub use provider::Provider;
pub use rewrite::{DataChange, SplitChange, with_data};
pub use sample::{Opened, SAMPLES, Sample, SampleError, copy_sample, open_sample, sample};
pub use schema::schema;
pub use strategy::{OwnStrategy, StrategyFault, StrategySpec};
pub use strength::{STRONGEST, USUAL_STRENGTHS, adjustable, is_strength, split_strength, strength_id};
pub use theme::{keep_theme, theme_place, themes_named};
pub use workbench::{
    Adapter, Arm, Data, DataFiles, Fourfold, HASHED, Known, LeakRule, MetricProblem, ModelSpec, PromptAndStrategy, Run,
    Scoring, ServedAdapter, Workbench,
};
