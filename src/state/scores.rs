//! The scores screen: which part of it is shown, which figure has the focus, and what was made last.

use std::sync::Arc;

use super::Fault;
use super::tuning_form::TuningForm;
use crate::run::scores::{Flip, ScoresPage};

/// A part of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScoresView {
    /// Arms x metrics.
    #[default]
    Table,
    /// What changed case by case.
    Flips,
    /// The primary metric by the values of a column.
    Slices,
    /// Prices, and what they buy.
    Costs,
}

impl ScoresView {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Table, Self::Flips, Self::Slices, Self::Costs];

    /// The name of its tab.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Table => "Table",
            Self::Flips => "Flips",
            Self::Slices => "Slices",
            Self::Costs => "Costs",
        }
    }

    /// The next one, around the end.
    #[must_use]
    pub fn step(self, by: isize) -> Self {
        let place = Self::ALL.iter().position(|view| *view == self).unwrap_or(0) as isize;
        let count = Self::ALL.len() as isize;
        Self::ALL.get((place + by).rem_euclid(count) as usize).copied().unwrap_or_default()
    }
}

/// What the scores are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScoresFrom {
    /// Everything recorded of the workbench's arms on dev cases.
    #[default]
    Dev,
    /// The same on test cases.
    Test,
    /// A stored run.
    Run(i64),
}

/// The scores screen.
#[derive(Clone, Debug, Default)]
pub struct ScoresState {
    /// Counts questions; a late answer to an old one is dropped.
    pub generation: u64,
    /// Whether a worker is at it.
    pub running: bool,
    /// What they are of.
    pub from: ScoresFrom,
    /// What was made last.
    pub page: Option<Arc<ScoresPage>>,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// Which part is shown.
    pub view: ScoresView,
    /// The arm with the focus.
    pub arm: usize,
    /// The column with the focus.
    pub column: usize,
    /// The flip that is selected.
    pub flip: usize,
    /// The sliced column that is shown.
    pub slice: usize,
    /// First line shown of what is longer than the screen.
    pub scroll: usize,
    /// What a tuning costs, as a person said it.
    pub tuning: TuningForm,
}

impl ScoresState {
    /// What changed between the baseline and the arm with the focus; of the first other arm where that is the baseline.
    pub fn flips(&self) -> Option<(usize, &[Flip])> {
        let page = self.page.as_ref()?;
        let arm = self.arm.max(1);
        page.flips.get(arm).map(|flips| (arm, flips.as_slice()))
    }

    /// Moves the focus; it stays within what there is.
    pub fn focus(&mut self, arm: isize, column: isize) {
        let Some(page) = &self.page else { return };
        let last = |count: usize| count.saturating_sub(1);
        self.arm = self.arm.saturating_add_signed(arm).min(last(page.table.arms.len()));
        self.column = self.column.saturating_add_signed(column).min(last(page.table.columns.len()));
    }

    /// Keeps focus and selection within a page that has just come.
    pub fn settle(&mut self) {
        self.focus(0, 0);
        let flips = self.flips().map_or(0, |(_, flips)| flips.len());
        self.flip = self.flip.min(flips.saturating_sub(1));
        let slices = self.page.as_ref().map_or(0, |page| page.slices.len());
        self.slice = self.slice.min(slices.saturating_sub(1));
    }
}
