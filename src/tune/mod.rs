//! Tuning: training sets, training on this machine, adapters. Two fronts over it, the command line and the screen; nothing
//! here prints or draws.

mod error;
mod examples;
mod export;
mod held_out;
mod journal;
mod lock;
mod overfitting;
mod place;
mod progress;

pub use error::TuneError;
pub use examples::{ExampleSet, TuneExample, each_example, read_examples, write_examples};
pub use export::{ChatFormat, chat_line};
pub use held_out::{SHARE, held_out, held_out_count};
pub use journal::{Entry, JournalReader, JournalWriter, TuneEvent};
pub use lock::{Holder, Lock, holder};
pub use overfitting::{Overfitting, overfitting};
pub use place::{TrainingPlace, adapters_folder, check_name, trainings};
pub use progress::{EpochLosses, Phase, Progress, SampleAnswer};
