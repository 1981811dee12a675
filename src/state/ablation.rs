//! The ablation chart: a series of arms, each with its mean and interval, and what each step adds, in words.

use crate::data::Split;

/// A mean and its interval, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// The mean.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// One arm of the series.
#[derive(Clone, Debug, PartialEq)]
pub struct AblationStep {
    /// The arm's name.
    pub label: String,
    /// How it asks, and whom.
    pub detail: String,
    /// Over how many cases.
    pub n: usize,
    /// Its mean; `None` where nothing is recorded.
    pub bar: Option<Bar>,
    /// What it adds to the step before, or why nothing can be said.
    pub over_before: String,
    /// What it adds to the first step, or why nothing can be said.
    pub over_first: String,
}

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ablation {
    /// What is measured.
    pub metric: String,
    /// The confidence of the intervals: `95 %`.
    pub confidence: String,
    /// Cases of the split.
    pub planned: usize,
    /// The series, in order.
    pub steps: Vec<AblationStep>,
}

/// The chart on the screen.
#[derive(Clone, Debug)]
pub struct AblationState {
    /// Counts questions; late answers are dropped.
    pub generation: u64,
    /// On which cases.
    pub split: Split,
    /// Whether each step is held against the first one rather than the one before.
    pub against_first: bool,
    /// The chart, or what is wrong.
    pub chart: Option<Result<Ablation, String>>,
    /// First line shown.
    pub scroll: usize,
}

impl Default for AblationState {
    fn default() -> Self {
        Self { generation: 0, split: Split::Dev, against_first: false, chart: None, scroll: 0 }
    }
}
