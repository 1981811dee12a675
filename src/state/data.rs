//! The data pane: which rows are looked at, and a window on them. Never all of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::Taken;
use crate::data::{Case, LeakPlace, Split};
use crate::editor::Editor;

/// Rows that are held at a time.
pub const DATA_WINDOW: u64 = 120;
/// So close to the window's edge its next part is read.
const MARGIN: u64 = 30;

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DataSource {
    /// A split of the workbench.
    Split(Split),
    /// Any data file, of the workbench or not.
    File(PathBuf),
}

/// A window of rows, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataQuery {
    /// Which question; late answers to others are dropped.
    pub generation: u64,
    /// Of what.
    pub source: DataSource,
    /// The 0-based place of the window's first row.
    pub first: u64,
}

/// A column as the pane heads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataColumn {
    /// Its name in the file.
    pub name: String,
    /// What it is, where that is no variable of its own name.
    pub role: Option<&'static str>,
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataRow {
    /// Its 1-based number in the file.
    pub number: u64,
    /// The split that has it, and its 0-based place there; `None` for a row outside of the workbench.
    pub place: Option<(Split, usize)>,
    /// Its values in the order of the columns, the longest cut; nothing for a column it does not have.
    pub cells: Vec<String>,
}

/// The rows that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataWindow {
    /// The file, as a person calls it.
    pub file: String,
    /// Format, layout and rows in words.
    pub about: String,
    /// The columns, in the order of the file.
    pub columns: Vec<DataColumn>,
    /// How many rows there are.
    pub total: u64,
    /// The 0-based place of the first one here.
    pub first: u64,
    /// The rows.
    pub rows: Vec<DataRow>,
}

/// What the leak guard found, by the places of rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeakMarks {
    /// Test row to train row, both from 0, and how alike.
    pub test: BTreeMap<usize, (usize, f64)>,
    /// Train row to test row.
    pub train: BTreeMap<usize, (usize, f64)>,
}

impl LeakMarks {
    /// The marks of these places; a train row that several test rows are like points to the first.
    pub fn new(places: &[LeakPlace]) -> Self {
        let mut marks = Self::default();
        for leak in places {
            marks.test.insert(leak.test, (leak.train, leak.alike));
            marks.train.entry(leak.train).or_insert((leak.test, leak.alike));
        }
        marks
    }

    /// The row that a row of a split has leaked to or from: its split, its place there, how alike.
    pub fn of(&self, (split, place): (Split, usize)) -> Option<(Split, usize, f64)> {
        let (other, marks) = match split {
            Split::Test => (Split::Train, &self.test),
            Split::Train => (Split::Test, &self.train),
            Split::Dev => return None,
        };
        marks.get(&place).map(|(place, alike)| (other, *place, *alike))
    }
}

/// What the keys of the pane go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataTyping {
    /// Nothing is typed.
    #[default]
    Rows,
    /// A text to look for.
    Search,
    /// A row's number.
    Jump,
    /// A file's path.
    Path,
}

/// A row that was taken as Compose's case.
#[derive(Clone, Debug, PartialEq)]
pub struct TakenRow {
    /// The case.
    pub case: Case,
    /// Its place among the dev cases, where it is one.
    pub index: Option<usize>,
    /// Where it is from, where it is none.
    pub taken: Option<Taken>,
}

/// The data pane. What it shows is kept when it closes.
#[derive(Debug, Default)]
pub struct DataState {
    /// Counts questions.
    pub generation: u64,
    /// What can be looked at with one key: splits of the workbench, then files opened since the start.
    pub sources: Vec<DataSource>,
    /// Which of them is looked at.
    pub here: usize,
    /// The rows read last, if they are of that source.
    pub window: Option<DataWindow>,
    /// The selected row, from 0.
    pub selected: u64,
    /// The first column shown.
    pub left: usize,
    /// What is typed, and for what.
    pub typing: DataTyping,
    /// Its text.
    pub typed: Option<Editor>,
    /// What was looked for last.
    pub wanted: String,
    /// Whether the looking goes on.
    pub searching: bool,
    /// What is wrong with the file, or with what was asked.
    pub fault: Option<String>,
    /// What the leak guard found, once it has looked; why it could not otherwise.
    pub leaks: Option<Result<Arc<LeakMarks>, String>>,
}

impl DataState {
    /// What is looked at.
    pub fn source(&self) -> Option<&DataSource> {
        self.sources.get(self.here)
    }

    /// The question for the source from a row on, which becomes the selected one.
    pub fn read_at(&mut self, row: u64) -> Option<DataQuery> {
        let source = self.source()?.clone();
        self.generation += 1;
        self.selected = row;
        self.searching = false;
        Some(DataQuery { generation: self.generation, source, first: row.saturating_sub(DATA_WINDOW / 2) })
    }

    /// Looks at another source, from its first row on.
    pub fn show(&mut self, here: usize) -> Option<DataQuery> {
        self.here = here.min(self.sources.len().saturating_sub(1));
        self.window = None;
        self.fault = None;
        self.left = 0;
        self.read_at(0)
    }

    /// Looks at a file, which joins the sources.
    pub fn show_file(&mut self, path: PathBuf) -> Option<DataQuery> {
        let source = DataSource::File(path);
        let here = self.sources.iter().position(|known| *known == source).unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        });
        self.show(here)
    }

    /// Moves the selection, stopping at the ends; the question for more rows where the window's edge is near.
    pub fn step(&mut self, step: i64) -> Option<DataQuery> {
        let window = self.window.as_ref()?;
        let selected = self.selected.saturating_add_signed(step).min(window.total.saturating_sub(1));
        self.go(selected)
    }

    /// Selects a row; the question for the rows around it where they are not here.
    pub fn go(&mut self, row: u64) -> Option<DataQuery> {
        let window = self.window.as_ref()?;
        let end = window.first + window.rows.len() as u64;
        let above = window.first > 0 && row < window.first + MARGIN;
        let below = end < window.total && row + MARGIN >= end;
        self.selected = row;
        if above || below { self.read_at(row) } else { None }
    }

    /// How many rows there are.
    pub fn total(&self) -> u64 {
        self.window.as_ref().map_or(0, |window| window.total)
    }

    /// The row at a place from 0, where it has been read.
    pub fn row(&self, place: u64) -> Option<&DataRow> {
        let window = self.window.as_ref()?;
        window.rows.get(usize::try_from(place.checked_sub(window.first)?).ok()?)
    }

    /// The leak of a row, where there is one and it is known.
    pub fn leak(&self, row: &DataRow) -> Option<(Split, usize, f64)> {
        self.leaks.as_ref()?.as_ref().ok()?.of(row.place?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(first: u64, rows: u64, total: u64) -> DataWindow {
        let row = |place: u64| DataRow { number: place + 1, ..DataRow::default() };
        DataWindow {
            total,
            first,
            rows: (first..(first + rows).min(total)).map(row).collect(),
            ..DataWindow::default()
        }
    }

    #[test]
    fn a_window_follows_the_selection_through_ten_million_rows() {
        let mut data = DataState { sources: vec![DataSource::Split(Split::Dev)], ..DataState::default() };
        assert_eq!(data.step(1), None, "nothing has been read");
        assert_eq!(data.show(0).unwrap().first, 0);
        data.window = Some(window(0, DATA_WINDOW, 10_000_000));
        assert_eq!(data.step(40), None);
        let query = data.step(60).unwrap();
        assert_eq!((data.selected, query.first), (100, 40));
        let query = data.step(i64::MAX).unwrap();
        assert_eq!((data.selected, query.first), (9_999_999, 9_999_939));
        assert_eq!(data.row(data.selected), None, "that row is still to come");
        data.window = Some(window(query.first, DATA_WINDOW, 10_000_000));
        assert_eq!(data.row(data.selected).unwrap().number, 10_000_000);
        assert_eq!(data.step(1), None, "there is nothing below");
    }

    #[test]
    fn a_file_joins_the_sources_once() {
        let mut data = DataState { sources: vec![DataSource::Split(Split::Dev)], ..DataState::default() };
        data.show_file("a.csv".into());
        data.show(0);
        let query = data.show_file("a.csv".into()).unwrap();
        assert_eq!((query.source, data.sources.len(), data.here), (DataSource::File("a.csv".into()), 2, 1));
    }

    #[test]
    fn a_leak_is_seen_from_both_sides() {
        let place = |test, train, alike| LeakPlace { test, train, alike };
        let marks = LeakMarks::new(&[place(3, 7, 1.0), place(4, 7, 0.9)]);
        assert_eq!(marks.of((Split::Test, 4)), Some((Split::Train, 7, 0.9)));
        assert_eq!(marks.of((Split::Train, 7)), Some((Split::Test, 3, 1.0)));
        assert_eq!(marks.of((Split::Dev, 3)), None);
    }
}
