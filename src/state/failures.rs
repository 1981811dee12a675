//! Where an arm fails on the dev cases: how far the looking is, and what was found.

use super::Fault;
use crate::run::failures::{Breakdown, CaseVerdict, Verdict};

/// The page of failures.
#[derive(Clone, Debug, Default)]
pub struct FailuresState {
    /// Counts askings; news of others is dropped.
    pub generation: u64,
    /// The arm that was asked for; none for the best prompted one.
    pub wanted: Option<String>,
    /// The arm, and why this one, once that is known.
    pub arm: Option<(String, String)>,
    /// Whether cases are still on their way.
    pub running: bool,
    /// Cases in all.
    pub of: usize,
    /// Answers that were recorded before.
    pub reused: u32,
    /// Why no other seed is asked, where all answers would be equal.
    pub equal: Option<&'static str>,
    /// What asking takes, in words.
    pub ahead: Vec<String>,
    /// What was found so far.
    pub breakdown: Breakdown,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// Which failing case is selected.
    pub selected: usize,
}

impl FailuresState {
    /// The cases that failed, in the order of the split.
    pub fn failing(&self) -> impl Iterator<Item = &CaseVerdict> {
        self.breakdown.cases.iter().filter(|case| matches!(case.verdict, Verdict::Failed(_)))
    }

    /// Moves the selection among them.
    pub fn step(&mut self, by: isize) {
        let last = self.failing().count().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }
}
