//! What the data pane asks for, and the rows that come back.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::edits::EditedRow;
use super::leak_marks::LeakMarks;
use crate::data::{Changes, RowFilter, Split};

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
    /// The 0-based place of the window's first row among those shown.
    pub first: u64,
    /// The places of its rows in the source, and how many rows are shown; `None` where all are, in their order.
    pub rows: Option<(Vec<u32>, u64)>,
}

/// An order of rows, as it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrangeQuery {
    /// Which order; late answers to others are dropped.
    pub generation: u64,
    /// Of what.
    pub source: DataSource,
    /// Which rows are kept.
    pub filter: Option<RowFilter>,
    /// By which column, and whether downwards.
    pub sort: Option<(String, bool)>,
    /// The 1-based rows of the file that are marked.
    pub marks: BTreeSet<u64>,
    /// What the leak guard found.
    pub leaks: Option<Arc<LeakMarks>>,
    /// What was changed and is not written: rows are looked at as they will be.
    pub changes: Arc<Changes>,
    /// The row whose place in the order is wanted.
    pub follow: Option<EditedRow>,
    /// The order as it was before `follow` was changed: then only that row is looked at, however many there are.
    pub before: Option<Arc<[u32]>>,
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
    /// Its 0-based place in the source.
    pub at: u64,
    /// The split that has it, and its 0-based place there; `None` for a row outside of the workbench.
    pub place: Option<(Split, usize)>,
    /// Its values in the order of the columns, the longest cut; nothing for a column it does not have. Of a row that is none
    /// only the text that stands there.
    pub cells: Vec<String>,
    /// What is wrong with it, with its line.
    pub fault: Option<String>,
    /// Whether it has no values at all.
    pub broken: bool,
}

/// The rows that were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataWindow {
    /// The file, as a person calls it.
    pub file: String,
    /// Where it is.
    pub path: PathBuf,
    /// Whether fourfold.toml names it.
    pub used: bool,
    /// How many of its rows are faulty.
    pub faulty: u64,
    /// Format, layout and rows in words.
    pub about: String,
    /// The columns, in the order of the file.
    pub columns: Vec<DataColumn>,
    /// How many rows are shown.
    pub total: u64,
    /// How many rows there are.
    pub of: u64,
    /// The 0-based place of the first one here.
    pub first: u64,
    /// The rows.
    pub rows: Vec<DataRow>,
}
