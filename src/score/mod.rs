//! Metrics, one file each; outcomes; diffs. Pure: text in, numbers out.

mod agreement;
pub mod diff;
mod metric;
mod nearer;
mod outcome;
mod parts;
mod registry;
mod values;

pub use agreement::{Agreement, Group, GroupKind};
pub use metric::{Answer, Aspect, Metric, MetricId};
pub use nearer::{Nearness, Winner, nearer};
pub use outcome::{Missing, NonAnswer, Outcome};
pub use parts::Parts;
pub use registry::{ALL, find, score_all};
pub use values::Score;
