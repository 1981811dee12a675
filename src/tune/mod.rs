//! Tuning: training sets, training on this machine, adapters. Two fronts over it, the command line and the screen; nothing
//! here prints or draws.

mod adapters;
mod control;
pub mod distil;
mod duration;
mod error;
mod estimate;
mod examples;
mod export;
mod forgetting;
mod held_out;
mod job;
mod journal;
mod lock;
mod overfitting;
mod place;
mod progress;
mod reckon;
mod rows;
mod sampler;
mod settings;
mod sink;
mod worker;

pub use adapters::{
    AdapterEntry, IMPORTED, Imported, adapter, adapter_of, adapters, base_path, check_forgetting, export,
    gained_in_words, import, is_hidden, other_weights, remove,
};
pub use control::{WORKER, Watch, Wish, cancel, start, step_back, wish};
pub use duration::duration;
pub use error::TuneError;
pub use estimate::{Estimate, Shape, estimate};
pub use examples::{ExampleSet, TuneExample, each_example, read_examples, write_examples};
pub use export::{ChatFormat, chat_line};
pub use forgetting::{Found, ItemKind, ItemResult, KindResult, forgetting, forgetting_served, summary};
pub use held_out::{SHARE, held_out, held_out_count};
pub use job::{Job, TuneRequest, base_file, is_over, prepare, usual_arm, usual_base};
pub use journal::{Entry, JournalReader, JournalWriter, TuneEvent};
pub use lock::{Holder, Lock, holder};
pub use overfitting::{Overfitting, diverged, overfitting};
pub use place::{TrainingPlace, adapters_folder, check_name, trainings};
pub use progress::{EpochLosses, Phase, Progress, SampleAnswer};
pub use reckon::{Reckoned, job_estimate, reckon};
pub use rows::TuneRows;
pub use settings::TuneSettings;
pub use worker::work;

pub use fourfold_engine::train::Preset;
