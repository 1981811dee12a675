//! One trial: execute it, watch it, and say what became of it. Recording is the caller's next step (room `store`); `known`
//! and what stands on it ask only what was not asked before.

mod accumulator;
mod clock;
pub mod compare;
mod connect;
mod embedding;
pub mod failures;
mod first_use;
pub mod fourfold;
pub mod golden;
mod known;
mod leaks;
mod lineage;
mod metrics;
mod outcome;
mod own_metric;
mod prices;
mod recorded;
mod sampling;
mod session;
mod spending;
mod tape;
mod trial;

pub use accumulator::TrialAccumulator;
pub use clock::{local_time, now_milliseconds, stopwatch, today};
pub use embedding::Embedding;
pub use known::{Answered, Seeds, ask_or_recall};
pub use metrics::{OWN, metric_names, metric_problem};
pub use outcome::{outcome_of_error, outcome_of_stop};
pub use prices::priced;
pub use recorded::{RECORDED, Recorded, Recording, Shipped};
pub use sampling::equal_samples;
pub use session::{EmbeddedFactory, Judged, NotAsked, Prepared, Question, Session};
pub use spending::{Charged, Spent};
pub use tape::TapeChoice;
pub use trial::{TrialCall, TrialDone, TrialError, TrialEvent, trial, trial_alone};
