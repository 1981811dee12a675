//! The matrix: a run's arms as columns, its cases as rows, however many; only a window of rows is held.

mod cell;
mod charts;
mod form;
mod order;
pub mod pace;
mod run;

pub use cell::{Cell, Head, RIGHT, Row};
pub use charts::{FigureKind, Figures, Price, frontier};
pub use form::{RaiseLimit, RunForm};
pub use order::{Keep, Order, Sort};
pub use run::{Earlier, Live, OpenRun, Place, RunLine};

use std::collections::HashMap;
use std::sync::Arc;

/// Screens of rows that are read above and below what is shown.
const AROUND: usize = 1;

/// What is shown of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum View {
    /// The cells in words.
    #[default]
    Cells,
    /// The cells as shades, for many arms.
    Heat,
    /// What each arm costs and how it scores.
    Cost,
    /// How the scores of each arm lie.
    Histogram,
    /// What each arm adds to the one before.
    Ladder,
    /// The four cells with their verdict.
    Fourfold,
}

impl View {
    /// All, in the order of their keys.
    pub const ALL: [Self; 6] = [Self::Cells, Self::Heat, Self::Cost, Self::Histogram, Self::Ladder, Self::Fourfold];

    /// One or two words for its tab.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Heat => "heat map",
            Self::Cost => "cost",
            Self::Histogram => "histogram",
            Self::Ladder => "ladder",
            Self::Fourfold => "fourfold",
        }
    }

    /// Whether it shows rows of cases.
    pub const fn has_rows(self) -> bool {
        matches!(self, Self::Cells | Self::Heat)
    }
}

/// The rows that were read.
#[derive(Clone, Debug, Default)]
pub struct Window {
    /// Counts questions; late answers are dropped.
    pub generation: u64,
    /// The places in the order that were asked for last.
    pub asked: std::ops::Range<usize>,
    /// By their number in the split.
    pub rows: HashMap<u32, Row>,
}

/// The matrix screen. What it shows is kept when it closes.
#[derive(Clone, Debug, Default)]
pub struct MatrixState {
    /// Whether it is on the screen; Compose otherwise.
    pub shown: bool,
    /// The run that is open.
    pub run: Option<OpenRun>,
    /// Counts runs that were opened; late answers about others are dropped.
    pub generation: u64,
    /// Whether one is being read.
    pub reading: bool,
    /// The run that it is compared with.
    pub earlier: Option<Earlier>,
    /// Which cases are shown.
    pub order: Order,
    /// The rows that were read.
    pub window: Window,
    /// The place in the order that is selected.
    pub line: usize,
    /// The column that is selected.
    pub column: usize,
    /// The first place that is shown.
    pub top: usize,
    /// The first column that is shown, as last drawn.
    pub left: usize,
    /// Rows of cases there is room for, as last drawn.
    pub height: usize,
    /// What is shown.
    pub view: View,
    /// First line of a chart that is shown.
    pub scroll: usize,
    /// What a worker made of the run, for the views that need all of it.
    pub figures: HashMap<FigureKind, Figures>,
    /// Counts what workers are asked to make; late answers are dropped.
    pub figures_generation: u64,
    /// Counts estimates of what a run would take.
    pub estimates: u64,
    /// The runs that were listed last.
    pub listed: Vec<RunLine>,
    /// The run that is being asked, whether it is the open one or not.
    pub live: Option<Live>,
    /// What went wrong.
    pub fault: Option<super::Fault>,
}

impl MatrixState {
    /// Cases of the run that is open, whichever of them are shown.
    pub fn cases(&self) -> usize {
        self.run.as_ref().map_or(0, OpenRun::cases)
    }

    /// How many cases the order holds.
    pub fn len(&self) -> usize {
        match (&self.order.rows, &self.run) {
            (Some(rows), _) => rows.len(),
            (None, Some(run)) => run.cases(),
            (None, None) => 0,
        }
    }

    /// Whether there is no case to show.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row of the split at a place in the order.
    pub fn row_at(&self, place: usize) -> Option<u32> {
        match (&self.order.rows, &self.run) {
            (Some(rows), _) => rows.get(place).copied(),
            (None, Some(run)) => match &run.planned {
                Some(rows) => rows.get(place).copied(),
                None => u32::try_from(place).ok().filter(|row| *row < run.rows),
            },
            (None, None) => None,
        }
    }

    /// What was read of the row at a place.
    pub fn at(&self, place: usize) -> Option<&Row> {
        self.window.rows.get(&self.row_at(place)?)
    }

    /// The selected cell, where it is filled and was read.
    pub fn selected(&self) -> Option<&Cell> {
        self.at(self.line)?.cells.get(self.column)?.as_ref()
    }

    /// Whether the run that is being asked is the open one.
    pub fn live_here(&self) -> Option<&Live> {
        let id = self.run.as_ref()?.line.id;
        self.live.as_ref().filter(|live| live.run == Some(id))
    }

    /// Whether there is a filter or an order to take away. That of a run that goes on is its usual one.
    pub fn is_ordered(&self) -> bool {
        let usual = self.order.sort == Sort::Asked && !self.order.hangs_on_answers() && self.live_here().is_some();
        self.order.is_set() && !usual
    }

    /// Moves the selection, and what is shown with it.
    pub fn step(&mut self, lines: isize, columns: isize) {
        let last = self.len().saturating_sub(1);
        self.line = self.line.saturating_add_signed(lines).min(last);
        let arms = self.run.as_ref().map_or(0, |run| run.heads.len());
        self.column = self.column.saturating_add_signed(columns).min(arms.saturating_sub(1));
        self.follow();
    }

    /// Moves what is shown, and the selection no further than it must.
    pub fn scroll_by(&mut self, lines: isize) {
        let height = self.height.max(1);
        let lowest = self.len().saturating_sub(height);
        self.top = self.top.saturating_add_signed(lines).min(lowest);
        self.line = self.line.clamp(self.top, self.top + height - 1).min(self.len().saturating_sub(1));
    }

    /// Brings the selection into what is shown.
    pub fn follow(&mut self) {
        let height = self.height.max(1);
        self.line = self.line.min(self.len().saturating_sub(1));
        self.top = self.top.min(self.line).max((self.line + 1).saturating_sub(height));
    }

    /// The places that are to be read: what is shown and a screen around it; `None` where they were asked for already.
    pub fn to_read(&self) -> Option<std::ops::Range<usize>> {
        let height = self.height.max(1);
        let shown = self.top..(self.top + height).min(self.len());
        if shown.start >= self.window.asked.start && shown.end <= self.window.asked.end {
            return None;
        }
        Some(self.around())
    }

    /// What is shown and a screen around it.
    pub fn around(&self) -> std::ops::Range<usize> {
        let height = self.height.max(1);
        self.top.saturating_sub(height * AROUND)..(self.top + height * (1 + AROUND)).min(self.len())
    }

    /// Shows these rows in this order, or all as in the split. The place that is selected stays while an order grows; the case
    /// that is selected does where all are shown again.
    pub fn take_order(&mut self, rows: Option<Arc<[u32]>>) {
        let here = self.row_at(self.line).filter(|_| rows.is_none());
        self.order.rows = rows;
        self.window.asked = 0..0;
        let planned = self.run.as_ref().and_then(|run| run.planned.as_ref());
        if let Some(row) = here {
            self.line = planned.map_or(row as usize, |rows| rows.partition_point(|planned| *planned < row));
        }
        self.follow();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Split;

    pub(crate) fn run(rows: u32, arms: usize) -> OpenRun {
        let head = |index: usize| Head { name: format!("arm {index}"), planned: u64::from(rows), ..Head::default() };
        OpenRun {
            line: RunLine {
                id: 1,
                when: String::new(),
                split: Split::Test,
                data_hash: String::new(),
                arms: Vec::new(),
                cases: u64::from(rows),
                done: 0,
                planned: 0,
                end: None,
                asked_by: None,
            },
            planned: None,
            rows,
            repeats: 1,
            primary: String::new(),
            baseline: 0,
            fourfold: false,
            looks: crate::stats::Looks::Once,
            heads: (0..arms).map(head).collect(),
        }
    }

    #[test]
    fn a_million_rows_are_a_window_and_a_place() {
        let mut matrix = MatrixState { run: Some(run(1_000_000, 4)), height: 30, ..MatrixState::default() };
        assert_eq!(matrix.to_read(), Some(0..60));
        matrix.window.asked = 0..60;
        matrix.step(29, 0);
        assert_eq!((matrix.top, matrix.to_read()), (0, None));
        matrix.step(20, 1);
        assert_eq!((matrix.top, matrix.line, matrix.column, matrix.to_read()), (20, 49, 1, None));
        matrix.step(20, 9);
        assert_eq!((matrix.top, matrix.column, matrix.to_read()), (40, 3, Some(10..100)));
        matrix.step(isize::MAX, 0);
        assert_eq!((matrix.line, matrix.row_at(matrix.line)), (999_999, Some(999_999)));
        matrix.scroll_by(-500);
        assert_eq!((matrix.top, matrix.line), (999_470, 999_499));
    }

    #[test]
    fn an_order_is_a_list_of_rows_and_the_selected_case_stays_when_it_goes() {
        let mut matrix = MatrixState { run: Some(run(100, 2)), height: 10, ..MatrixState::default() };
        matrix.take_order(Some([7, 3, 50].into()));
        assert_eq!((matrix.len(), matrix.line, matrix.top, matrix.row_at(0)), (3, 0, 0, Some(7)));
        matrix.step(2, 0);
        matrix.take_order(Some([7, 3, 50, 60].into()));
        assert_eq!((matrix.line, matrix.row_at(2)), (2, Some(50)), "an order that grows leaves the place alone");
        matrix.take_order(None);
        assert_eq!((matrix.line, matrix.top), (50, 41));
        let mut part = run(100, 1);
        part.planned = Some([4, 9].into());
        let matrix = MatrixState { run: Some(part), ..MatrixState::default() };
        assert_eq!((matrix.len(), matrix.row_at(1), matrix.row_at(2)), (2, Some(9), None));
    }
}
