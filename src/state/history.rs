//! The history: a filter, and a window on the recorded answers that pass it. Never all of them.

use std::sync::Arc;

use super::{ArmSlot, Figures, ScoreLine};
use crate::data::Case;
use crate::model::Parameters;
use crate::run::CallDone;
use crate::score::Outcome;
use crate::strategy::StrategyConfig;

/// Rows that are held at a time.
pub const WINDOW: u64 = 200;
/// So close to the window's edge its next part is read.
const MARGIN: u64 = 40;

/// One recorded answer as the history lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// The trial's number.
    pub id: i64,
    /// When, in local words.
    pub when: String,
    /// The arm's name.
    pub arm: String,
    /// The model.
    pub model: String,
    /// The case.
    pub case: String,
    /// The outcome's name.
    pub outcome: String,
    /// The primary score, if there is one.
    pub score: Option<String>,
    /// The answer's first characters.
    pub excerpt: String,
}

/// What the chosen answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryFor {
    /// Shown again in an arm's pane.
    Arm(ArmSlot),
    /// Shown again in an arm's pane, with the arm as it was asked.
    Cell(ArmSlot),
    /// The same, for an answer out of the list of failures.
    Failure(ArmSlot),
    /// Shown beside one that was opened, if it is still to the case on the screen.
    Beside(ArmSlot),
    /// The left side of the diff.
    DiffLeft,
    /// The right side of the diff.
    DiffRight,
}

/// Which answers are listed; everything that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Text somewhere in answer, prompt, case or arm.
    pub text: String,
    /// One arm, by name.
    pub arm: Option<String>,
    /// One outcome.
    pub outcome: Option<Outcome>,
    /// One case, by its key in the database.
    pub case_key: Option<String>,
}

/// A window of the history, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Counts questions; late answers are dropped.
    pub generation: u64,
    /// Which answers.
    pub filter: HistoryFilter,
    /// The newest trial that is listed; `None` for the newest there is now.
    pub newest: Option<i64>,
    /// How many of them lie before the window.
    pub first: u64,
    /// Whether the arms' names are wanted too.
    pub names: bool,
}

/// A window of the history, as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryWindow {
    /// The newest trial that is listed: rows that come later do not move those on the screen.
    pub newest: Option<i64>,
    /// How many there are in all.
    pub total: u64,
    /// How many lie before the window.
    pub first: u64,
    /// The window.
    pub rows: Vec<HistoryRow>,
    /// The arms that have answers, to filter by.
    pub arms: Vec<String>,
}

/// The history over the screen.
#[derive(Clone, Debug)]
pub struct HistoryState {
    /// What the chosen answer is for.
    pub purpose: HistoryFor,
    /// Which answers are listed.
    pub filter: HistoryFilter,
    /// The case on the screen: its key and its name, to filter by.
    pub this_case: (String, String),
    /// Counts questions put to the worker.
    pub generation: u64,
    /// What was read last; `None` before the first answer.
    pub window: Option<HistoryWindow>,
    /// Which line is selected, counted from the newest.
    pub selected: u64,
    /// What went wrong.
    pub fault: Option<String>,
}

impl HistoryState {
    /// A history that has not been read.
    pub fn new(purpose: HistoryFor, this_case: (String, String)) -> Self {
        Self {
            purpose,
            filter: HistoryFilter::default(),
            this_case,
            generation: 0,
            window: None,
            selected: 0,
            fault: None,
        }
    }

    /// The question after the filter has changed: from the newest on.
    pub fn from_the_top(&mut self) -> HistoryQuery {
        self.selected = 0;
        self.generation += 1;
        let names = self.window.is_none();
        HistoryQuery { generation: self.generation, filter: self.filter.clone(), newest: None, first: 0, names }
    }

    /// Moves the selection, stopping at the ends; the question for more rows where the window's edge is near.
    pub fn step(&mut self, step: i64) -> Option<HistoryQuery> {
        let window = self.window.as_ref()?;
        self.selected = self.selected.saturating_add_signed(step).min(window.total.saturating_sub(1));
        let end = window.first + window.rows.len() as u64;
        let above = window.first > 0 && self.selected < window.first + MARGIN;
        let below = end < window.total && self.selected + MARGIN >= end;
        if !above && !below {
            return None;
        }
        let first = self.selected.saturating_sub(WINDOW / 2);
        self.generation += 1;
        Some(HistoryQuery {
            generation: self.generation,
            filter: self.filter.clone(),
            newest: window.newest,
            first,
            names: false,
        })
    }

    /// The selected row, where it has been read.
    pub fn chosen(&self) -> Option<&HistoryRow> {
        self.row(self.selected)
    }

    /// The row at a place counted from the newest, where it has been read.
    pub fn row(&self, place: u64) -> Option<&HistoryRow> {
        let window = self.window.as_ref()?;
        window.rows.get(usize::try_from(place.checked_sub(window.first)?).ok()?)
    }

    /// How many answers pass the filter.
    pub fn total(&self) -> u64 {
        self.window.as_ref().map_or(0, |window| window.total)
    }
}

/// A recorded answer with all that an arm's pane shows of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reopened {
    /// The trial's number.
    pub id: i64,
    /// When, in local words.
    pub when: String,
    /// Who answered: arm, strategy, model.
    pub who: String,
    /// The case it answered.
    pub case: Case,
    /// The case's place among the dev cases, where it is still the same there.
    pub index: Option<usize>,
    /// Whether it is the case on the screen.
    pub same_case: bool,
    /// The raw answer.
    pub answer: Arc<str>,
    /// What the strategy read out of it.
    pub extracted: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Tokens and times.
    pub figures: Figures,
    /// What went wrong, and what to do.
    pub error: Option<(String, String)>,
    /// Remarks of strategy and provider.
    pub notes: Vec<String>,
    /// Its scores.
    pub scores: Vec<ScoreLine>,
    /// The calls behind it, where there were several.
    pub calls: Vec<CallDone>,
    /// How its arm was set, where that was asked for.
    pub asked: Option<Box<Asked>>,
}

/// How an arm was set when it gave a recorded answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The arm's name.
    pub arm: String,
    /// The prompt's file, relative to the workbench.
    pub prompt_path: String,
    /// Its text then.
    pub prompt_text: String,
    /// Whether the file says something else now.
    pub prompt_has_changed: bool,
    /// How the prompt became calls.
    pub strategy: StrategyConfig,
    /// The model's id.
    pub model: String,
    /// How it was sampled.
    pub parameters: Parameters,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(first: u64, rows: u64, total: u64) -> HistoryWindow {
        let row = |place: u64| HistoryRow {
            id: (total - place) as i64,
            when: String::new(),
            arm: String::new(),
            model: String::new(),
            case: String::new(),
            outcome: String::new(),
            score: None,
            excerpt: String::new(),
        };
        HistoryWindow {
            newest: Some(total as i64),
            total,
            first,
            rows: (first..first + rows).map(row).collect(),
            arms: Vec::new(),
        }
    }

    #[test]
    fn a_window_follows_the_selection_and_rows_keep_their_places() {
        let mut history = HistoryState::new(HistoryFor::DiffLeft, (String::new(), String::new()));
        assert!(history.step(1).is_none(), "nothing has been read");
        assert_eq!(history.from_the_top().first, 0);
        history.window = Some(window(0, WINDOW, 100_000));
        assert!(history.step(100).is_none());
        let query = history.step(70).unwrap();
        assert_eq!((query.first, query.newest), (70, Some(100_000)));
        let query = history.step(1_000_000).unwrap();
        assert_eq!((history.selected, query.first), (99_999, 99_899));
        assert!(history.chosen().is_none(), "that row is still to come");
        history.window = Some(window(99_899, 101, 100_000));
        assert_eq!(history.chosen().unwrap().id, 1);
        assert!(history.step(0).is_none(), "there is nothing below");
        assert!(history.step(-99_000).is_some());
    }
}
