//! Metrics, one file each; outcomes; diffs. Pure: text in, numbers out.

mod outcome;

pub use outcome::{Missing, NonAnswer, Outcome};
