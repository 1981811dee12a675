//! The data pane: which rows are looked at, in which order, and a window on them. Never all of them.

mod edits;
mod leak_marks;
mod query;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

pub use self::edits::{CellEdit, EditedRow, Edits, WriteAsk};
pub use self::leak_marks::LeakMarks;
pub use self::query::{ArrangeQuery, DataColumn, DataQuery, DataRow, DataSource, DataWindow};
use super::Taken;
use crate::data::{Case, Changes, RowChange, Split};
use crate::editor::Editor;

/// Rows that are held at a time.
pub const DATA_WINDOW: u64 = 120;
/// So close to the window's edge its next part is read.
const MARGIN: u64 = 30;

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
    /// Which rows are kept.
    Filter,
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
    /// The selected column, from 0.
    pub column: usize,
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
    /// Counts the counts of rows with a text.
    pub counting: u64,
    /// How many rows hold what was looked for last, once that is counted.
    pub hits: Option<Hits>,
    /// Which rows are kept, as it was typed.
    pub filter: String,
    /// By which column rows are ordered, and whether downwards.
    pub sort: Option<(String, bool)>,
    /// Counts orders.
    pub arranging: u64,
    /// The places of the rows that are shown, where these are not all in their order.
    pub order: Option<Arc<[u32]>>,
    /// How much of the source has been looked through for it, while that goes on.
    pub share: Option<f64>,
    /// What is to be known of the order: that it was stopped, or is coarse.
    pub order_note: Option<String>,
    /// The changed row that stays selected in the order that is looked for.
    pub follow: Option<EditedRow>,
    /// How far the reading of a file is: a share where that is known, and rows.
    pub reading: Option<(Option<f64>, u64)>,
    /// The 1-based rows that were marked, by file.
    pub marks: BTreeMap<PathBuf, BTreeSet<u64>>,
    /// What was changed and is not written, by file.
    pub edits: BTreeMap<PathBuf, Edits>,
    /// A value that is typed.
    pub cell: Option<CellEdit>,
    /// What is asked before something is written.
    pub ask: Option<WriteAsk>,
    /// Whether the case on the screen is to be added once the rows are read.
    pub adds_when_read: bool,
    /// Whether something is being written, and how far that is.
    pub writing: Option<Option<f64>>,
    /// Versions that were written since the start: the former file, the version.
    pub versions: Vec<(PathBuf, PathBuf)>,
    /// What is wrong with the file, or with what was asked.
    pub fault: Option<String>,
    /// What the leak guard found, once it has looked; why it could not otherwise.
    pub leaks: Option<Result<Arc<LeakMarks>, String>>,
}

/// The rows that hold a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hits {
    /// The one that was found, by its 0-based place among the shown rows.
    pub row: u64,
    /// The how many-th of them it is, from 1.
    pub place: u64,
    /// How many there are, as far as they were counted.
    pub of: u64,
    /// Whether all rows were gone through.
    pub whole: bool,
}

impl Hits {
    /// `3 of 17` while the row that was found is the selected one, else how many there are.
    pub fn in_words(self, selected: u64) -> String {
        let Self { row, place, of, whole } = self;
        let more = if whole { "" } else { " so far" };
        match of {
            _ if row == selected && place > 0 => format!("{place} of {of}{more}"),
            1 => format!("1 row{more}"),
            _ => format!("{of} rows{more}"),
        }
    }
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
        self.reading = None;
        let shown = self.order.as_ref().map(|order| order.len() as u64);
        let row = shown.map_or(row, |shown| row.min(shown.saturating_sub(1)));
        let first = row.saturating_sub(DATA_WINDOW / 2);
        let rows = self.order.as_ref().map(|order| {
            let rows = order.iter().skip(first as usize).take(DATA_WINDOW as usize).copied().collect();
            (rows, order.len() as u64)
        });
        Some(DataQuery { generation: self.generation, source, first, rows })
    }

    /// Looks at another source, from its first row on, all of its rows in their order.
    pub fn show(&mut self, here: usize) -> Option<DataQuery> {
        self.here = here.min(self.sources.len().saturating_sub(1));
        self.window = None;
        self.fault = None;
        self.left = 0;
        self.column = 0;
        self.forget_order();
        self.read_at(0)
    }

    /// All rows in their order again; what still orders them is no longer wanted.
    pub fn forget_order(&mut self) {
        self.forget_hits();
        self.filter.clear();
        self.sort = None;
        self.order = None;
        self.share = None;
        self.order_note = None;
        self.follow = None;
        self.arranging += 1;
    }

    /// The rows that hold a text may be others now.
    pub fn forget_hits(&mut self) {
        self.hits = None;
        self.counting += 1;
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
        self.window.as_ref()?;
        let selected = self.selected.saturating_add_signed(step).min(self.shown().saturating_sub(1));
        self.go(selected)
    }

    /// Selects a row; the question for the rows around it where they are not here.
    pub fn go(&mut self, row: u64) -> Option<DataQuery> {
        let window = self.window.as_ref()?;
        let end = window.first + window.rows.len() as u64;
        let read = row.min(window.total.saturating_sub(1));
        let above = window.first > 0 && read < window.first + MARGIN;
        let below = end < window.total && read + MARGIN >= end;
        self.selected = row;
        if above || below { self.read_at(row) } else { None }
    }

    /// Selects a column; those before it that would keep it out of sight move out.
    pub fn go_to_column(&mut self, column: usize) {
        let columns = self.window.as_ref().map_or(0, |window| window.columns.len());
        self.column = column.min(columns.saturating_sub(1));
        self.left = self.left.min(self.column);
    }

    /// How many rows of the source are shown.
    pub fn total(&self) -> u64 {
        self.window.as_ref().map_or(0, |window| window.total)
    }

    /// How many rows are shown, added ones with them: these stand at the end, where all rows are shown in their order.
    pub fn shown(&self) -> u64 {
        let added = if self.order.is_none() { self.edits().map_or(0, |edits| edits.counts().1) } else { 0 };
        self.total() + added as u64
    }

    /// The file that is looked at, once it has been read.
    pub fn path(&self) -> Option<&Path> {
        self.window.as_ref().map(|window| window.path.as_path())
    }

    /// What was changed in that file.
    pub fn edits(&self) -> Option<&Edits> {
        self.edits.get(self.path()?)
    }

    /// What is to be written of that, for whoever looks at rows as they will be.
    pub fn changes(&self) -> Arc<Changes> {
        self.edits().map(|edits| Arc::new(edits.changes().clone())).unwrap_or_default()
    }

    /// Whether a row of the file is marked.
    pub fn is_marked(&self, number: u64) -> bool {
        self.path().and_then(|path| self.marks.get(path)).is_some_and(|marks| marks.contains(&number))
    }

    /// The row of the file at a place from 0, where it has been read.
    pub fn row(&self, place: u64) -> Option<&DataRow> {
        let window = self.window.as_ref()?;
        let row = window.rows.get(usize::try_from(place.checked_sub(window.first)?).ok()?);
        // In an order an added row has a place among the others.
        row.filter(|row| row.at < window.of)
    }

    /// The added row at a place from 0, and its place among the added ones.
    pub fn added(&self, place: u64) -> Option<(usize, &Map<String, Value>)> {
        let behind = match &self.order {
            None => place.checked_sub(self.total())?,
            Some(order) => {
                let at = u64::from(*order.get(usize::try_from(place).ok()?)?);
                at.checked_sub(self.window.as_ref()?.of)?
            }
        };
        let index = usize::try_from(behind).ok()?;
        Some((index, self.edits()?.changes().added.get(index)?))
    }

    /// The value at a place and a column as the pane shows it, changes and all; nothing for a row that has no values.
    pub fn value(&self, place: u64, column: usize) -> Option<String> {
        let name = &self.window.as_ref()?.columns.get(column)?.name;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let Some((_, added)) = self.added(place) {
            return Some(added.get(name).map_or_else(String::new, text));
        }
        let row = self.row(place)?;
        match self.change(row) {
            Some(RowChange::Text(_)) => None,
            Some(RowChange::Cells(cells)) if cells.contains_key(name) => cells.get(name).map(text),
            _ if row.broken => None,
            _ => row.cells.get(column).cloned(),
        }
    }

    /// The change of a row of the file.
    pub fn change(&self, row: &DataRow) -> Option<&RowChange> {
        self.edits()?.of(usize::try_from(row.number.checked_sub(1)?).ok()?)
    }

    /// The leak of a row, where there is one and it is known.
    pub fn leak(&self, row: &DataRow) -> Option<(Split, usize, f64)> {
        self.leaks.as_ref()?.as_ref().ok()?.of(row.place?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::LeakPlace;

    fn window(first: u64, rows: u64, total: u64) -> DataWindow {
        let row = |place: u64| DataRow { number: place + 1, ..DataRow::default() };
        DataWindow {
            total,
            of: total,
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
    fn an_order_says_which_rows_a_window_is_made_of_and_added_rows_stand_at_the_end() {
        let mut data = DataState { sources: vec![DataSource::Split(Split::Dev)], ..DataState::default() };
        data.show(0);
        data.window = Some(window(0, 3, 3));
        data.edits.entry(PathBuf::new()).or_default().add(Map::new());
        assert_eq!((data.total(), data.shown()), (3, 4));
        assert_eq!(data.step(9), None);
        assert!(data.row(data.selected).is_none() && data.added(data.selected).is_some());
        data.order = Some((0..1_000).rev().collect());
        let query = data.read_at(500).unwrap();
        let (rows, of) = query.rows.unwrap();
        assert_eq!((query.first, rows[0], rows.len(), of), (440, 559, 120, 1_000));
        assert_eq!(data.shown(), 3, "an order is of what the file has");
        data.read_at(5_000);
        data.show(0);
        assert_eq!((data.order, data.filter.as_str()), (None, ""));
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
