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
    /// What the flips are narrowed to.
    pub within: Option<Within>,
    /// The sliced column that is shown.
    pub slice: usize,
    /// The line of it with the focus: of every slice, one for each arm.
    pub slice_line: usize,
    /// First line shown of what is longer than the screen.
    pub scroll: usize,
    /// What a tuning costs, as a person said it.
    pub tuning: TuningForm,
}

/// The flips of one slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// Which sliced column, and which of its slices.
    slice: (usize, usize),
    /// In words: `kind = order`.
    pub words: String,
    /// The arm whose flips they are.
    arm: usize,
    /// Which of its flips.
    which: Vec<usize>,
}

/// What changed between the baseline and an arm: in all cases, or within a slice.
#[derive(Clone, Copy, Debug)]
pub struct Flips<'page> {
    /// The arm.
    pub arm: usize,
    all: &'page [Flip],
    within: Option<&'page [usize]>,
}

impl<'page> Flips<'page> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.within.map_or(self.all.len(), <[usize]>::len)
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The one at a place of the list.
    pub fn get(&self, place: usize) -> Option<&'page Flip> {
        self.all.get(self.within.map_or(Some(place), |within| within.get(place).copied())?)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'page Flip> + '_ {
        (0..self.len()).filter_map(|place| self.get(place))
    }
}

impl ScoresState {
    /// What changed between the baseline and the arm with the focus; of the first other arm where that is the baseline.
    pub fn flips(&self) -> Option<Flips<'_>> {
        let page = self.page.as_ref()?;
        let arm = self.arm.max(1);
        let within = self.within.as_ref().filter(|within| within.arm == arm).map(|within| within.which.as_slice());
        page.flips.get(arm).map(|flips| Flips { arm, all: flips, within })
    }

    /// The slice and the arm with the focus.
    pub fn sliced(&self) -> Option<(usize, usize)> {
        let arms = self.page.as_ref()?.table.arms.len().max(1);
        Some((self.slice_line / arms, self.slice_line % arms))
    }

    /// Narrows the flips to the slice with the focus, of the arm with the focus there.
    pub fn narrow(&mut self) {
        let Some((slice, arm)) = self.sliced() else { return };
        self.arm = arm;
        self.narrow_to((self.slice, slice));
    }

    /// The same slice for the arm that has the focus now.
    pub fn narrow_again(&mut self) {
        if let Some(within) = self.within.take() {
            self.narrow_to(within.slice);
        }
    }

    fn narrow_to(&mut self, slice: (usize, usize)) {
        let Some(page) = self.page.clone() else { return };
        let Some(sliced) = page.slices.get(slice.0) else { return };
        let Some(found) = sliced.slices.get(slice.1) else { return };
        let arm = self.arm.max(1);
        let flips = page.flips.get(arm).into_iter().flatten().enumerate();
        let which =
            flips.filter(|(_, flip)| found.places.binary_search(&flip.index).is_ok()).map(|(at, _)| at).collect();
        let words = format!("{} = {}", sliced.column, found.value);
        self.within = Some(Within { slice, words, arm, which });
        self.flip = 0;
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
        let flips = self.flips().map_or(0, |flips| flips.len());
        self.flip = self.flip.min(flips.saturating_sub(1));
        let slices = self.page.as_ref().map_or(0, |page| page.slices.len());
        self.slice = self.slice.min(slices.saturating_sub(1));
        let lines =
            self.page.as_ref().and_then(|page| Some(page.slices.get(self.slice)?.slices.len() * page.table.arms.len()));
        self.slice_line = self.slice_line.min(lines.unwrap_or(0).saturating_sub(1));
    }
}
