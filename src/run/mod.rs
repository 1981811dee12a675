//! One trial: execute it, watch it, and say what became of it. Recording is the caller's next step (room `store`); `known`
//! and what stands on it ask only what was not asked before.

mod accumulator;
mod clock;
pub mod compare;
mod connect;
mod embedding;
pub mod failures;
mod first_use;
mod follow;
#[cfg(test)]
mod follow_tests;
mod forecast;
pub mod fourfold;
pub mod golden;
pub mod judge;
mod known;
mod leaks;
mod likeness;
mod lineage;
mod metrics;
mod outcome;
mod own_metric;
mod plan;
mod prepare;
mod prices;
mod recorded;
pub mod report;
mod retrieval;
pub mod runner;
mod sampling;
mod session;
mod set_up;
mod spending;
mod tape;
mod trial;

pub use accumulator::TrialAccumulator;
pub use clock::{local_time, now_milliseconds, stopwatch, today};
pub use embedding::Embedding;
pub use follow::{CallDone, Inner};
pub use forecast::{Applies, Forecast, forecast, measured};
pub use known::{Answered, Seeds, ask_or_recall};
pub use metrics::{OWN, metric_names, metric_problem};
pub use outcome::{outcome_of_error, outcome_of_stop};
pub use plan::Plan;
pub use prepare::{Prepared, ReadyArm};
pub use prices::priced;
pub use recorded::{RECORDED, Recorded, Recording, Shipped};
pub use retrieval::{Index, IndexOf, Indexes};
pub use sampling::equal_samples;
pub use session::{EmbeddedFactory, Judged, NotAsked, Question, Session};
pub use set_up::{SetUpNews, SetUpReport};
pub use spending::{Charged, Spent};
pub use tape::TapeChoice;
pub use trial::{TrialCall, TrialDone, TrialError, TrialEvent, trial, trial_alone};
