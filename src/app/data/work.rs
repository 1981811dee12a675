//! What the data pane and the mapping screen want done, as plain data.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::DataChange;
use crate::data::{Case, Changes, Mapping};
use crate::run::Question;
use crate::state::{ArrangeQuery, DataQuery, DataSource};

/// Something the data pane or the mapping screen wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum DataWork {
    /// Read a window.
    Read(DataQuery),
    /// Look for a text.
    Find(DataFind),
    /// Count the rows with the text, and say which of them `from` is.
    Count(DataFind),
    /// Find out which rows are shown, in which order.
    Arrange(ArrangeQuery),
    /// Leave off whatever reads, looks, orders or writes.
    Stop,
    /// Look for the row of an id.
    Jump {
        /// Which question.
        generation: u64,
        /// Where.
        source: DataSource,
        /// The id.
        id: String,
    },
    /// Take a row as the case.
    Take {
        /// Where.
        source: DataSource,
        /// The 0-based row.
        place: u64,
    },
    /// Find out which test rows are train rows.
    Leaks,
    /// List the data files of the workbench.
    List,
    /// Find the file that a typed path means.
    Open(PathBuf),
    /// Look at the columns of a source's file.
    Map {
        /// Which.
        source: DataSource,
        /// Variables that the prompt asks for.
        variables: Vec<String>,
    },
    /// Show what comes of a row.
    Preview {
        /// Which preview.
        generation: u64,
        /// The file.
        path: PathBuf,
        /// The 0-based row.
        row: u64,
        /// What its columns are.
        mapping: Mapping,
        /// What is asked of its case.
        question: Box<Question>,
    },
    /// Write it into fourfold.toml, and go on with that.
    Write(DataChange),
    /// Read a value in full.
    Value {
        /// The file.
        path: PathBuf,
        /// The 0-based row of the file.
        row: usize,
        /// The column; without one the whole row.
        column: Option<String>,
    },
    /// Find out which row a case would be in a file.
    RowOfCase {
        /// The file.
        path: PathBuf,
        /// The case.
        case: Box<Case>,
    },
    /// Find out what is to be asked before a version of a file is written.
    AskVersion {
        /// The file.
        path: PathBuf,
    },
    /// Write a version of a file; `[data]` names it from then on where it names the file.
    WriteVersion {
        /// The file.
        from: PathBuf,
        /// The version.
        to: PathBuf,
        /// What it has otherwise.
        changes: Box<Changes>,
        /// Whether fourfold.toml names the file.
        used: bool,
    },
    /// Let `[data]` name the former file again.
    Back {
        /// The version.
        from: PathBuf,
        /// The former file.
        to: PathBuf,
    },
}

/// A text that is looked for in the data pane.
#[derive(Clone, Debug, PartialEq)]
pub struct DataFind {
    /// Which question.
    pub generation: u64,
    /// Where.
    pub source: DataSource,
    /// The 0-based place among the shown rows to begin beside.
    pub from: u64,
    /// What.
    pub text: String,
    /// Onwards rather than back.
    pub forward: bool,
    /// The rows that are shown, where these are not all in their order.
    pub order: Option<Arc<[u32]>>,
    /// What was changed and is not written.
    pub changes: Arc<Changes>,
}
