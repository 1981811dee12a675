//! Why a data set, or a row of it, cannot be used.

use std::path::PathBuf;

use thiserror::Error;

/// What is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// 1-based row, the header not counted.
    pub row: u64,
    /// 1-based line of the file on which the row begins; 0 where the format has no lines.
    pub line: u64,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for RowFault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}: {}", row_named(self.row, self.line), self.message)
    }
}

/// A row's place in words: `row 3 (line 4)`, or without the line (0) where the format has none.
pub fn row_named(row: u64, line: u64) -> String {
    if line == 0 { format!("row {row}") } else { format!("row {row} (line {line})") }
}

/// A fault of a data set. `Display` says what and where; [`DataError::hint`] what to do next.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DataError {
    /// The file cannot be read at all.
    #[error("cannot read {path}: {reason}", path = path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The cause in words.
        reason: String,
    },
    /// What fourfold.toml names as a data file is none.
    #[error("{at}: {reason}")]
    Astray {
        /// Where it would be.
        path: PathBuf,
        /// The file and the line that name it.
        at: String,
        /// What is wrong.
        reason: String,
        /// What to do next.
        hint: String,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {reason}", path = path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// The cause in words.
        reason: String,
    },
    /// The file's name does not say a format this program reads.
    #[error("{path} is not a data set this program reads", path = path.display())]
    Format {
        /// Which file.
        path: PathBuf,
    },
    /// There are no rows.
    #[error("{path} has no rows", path = path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// The header of a CSV file cannot be used.
    #[error("{path}, line 1: {reason}", path = path.display())]
    Header {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Rows cannot be used. The first few are listed.
    #[error("{path}: {list}", path = path.display(), list = listed(faults, *more))]
    Rows {
        /// Which file.
        path: PathBuf,
        /// The first faults, in order.
        faults: Vec<RowFault>,
        /// How many there are beyond those.
        more: u64,
    },
    /// The mapping names a column that is not there.
    #[error("{path}: there is no column `{column}` for the {role}", path = path.display())]
    Column {
        /// Which file.
        path: PathBuf,
        /// The column asked for.
        column: String,
        /// What it was to be used for.
        role: &'static str,
        /// The column it looks like.
        nearest: Option<String>,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// The mapping names a column of bytes.
    #[error("{path}: the column `{column}` for the {role} holds bytes that are no text", path = path.display())]
    Bytes {
        /// Which file.
        path: PathBuf,
        /// The column asked for.
        column: String,
        /// What it was to be used for.
        role: &'static str,
        /// The columns that hold something else.
        columns: Vec<String>,
    },
    /// A draw asks for more rows than there are.
    #[error("{path} has {rows} rows, and {test} are drawn for test and {dev} for dev", path = path.display())]
    TooFew {
        /// Which file.
        path: PathBuf,
        /// Its rows.
        rows: usize,
        /// How many dev asks for.
        dev: usize,
        /// How many test asks for.
        test: usize,
    },
    /// The rows are not laid out as `layout` under [data] says.
    #[error("{path}: its columns do not fit the layout `{layout}`", path = path.display())]
    Layout {
        /// Which file.
        path: PathBuf,
        /// The layout asked for.
        layout: &'static str,
        /// The columns there are.
        columns: Vec<String>,
    },
    /// The splits drawn from a file are not those that were pinned.
    #[error("{path}: its rows, or the way they are split, are not those that were pinned ({wanted})", path = path.display())]
    Pinned {
        /// Which file.
        path: PathBuf,
        /// The pin in fourfold.toml.
        wanted: String,
        /// The pin of what is there.
        found: String,
    },
    /// The file is not the one that was opened.
    #[error("{path} has changed since it was opened", path = path.display())]
    Changed {
        /// Which file.
        path: PathBuf,
    },
    /// Whoever asked for it no longer wants it.
    #[error("reading {path} was stopped", path = path.display())]
    Stopped {
        /// Which file.
        path: PathBuf,
    },
    /// There is no such row.
    #[error("{path} has {rows} rows, not {asked}", path = path.display())]
    NoRow {
        /// Which file.
        path: PathBuf,
        /// How many rows there are.
        rows: usize,
        /// Which was asked for, 1-based.
        asked: usize,
    },
}

fn listed(faults: &[RowFault], more: u64) -> String {
    let rest = (more > 0).then(|| format!("and {more} more"));
    faults.iter().map(ToString::to_string).chain(rest).collect::<Vec<_>>().join("; ")
}

impl DataError {
    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Astray { hint, .. } => hint.clone(),
            Self::Write { .. } => "Check that the folder may be written to and that the disk has room.".to_owned(),
            Self::Format { .. } => {
                "Use .jsonl (one JSON object per line), .json (a list of objects), .csv, .tsv or .parquet.".to_owned()
            }
            Self::Empty { .. } => "Give it at least one row.".to_owned(),
            Self::Header { reason, .. } if reason.contains("UTF-") => {
                "Save it as UTF-8: editors and spreadsheets offer that where they save.".to_owned()
            }
            Self::Header { .. } => "Give every column a name of its own in the first line: only questions with choices and a letter at the end are read without.".to_owned(),
            Self::Rows { .. } => "Mend or delete these rows; nothing is skipped in silence.".to_owned(),
            Self::TooFew { .. } => {
                "Lower `test` or `dev` of `split` in fourfold.toml: what is not drawn is train.".to_owned()
            }
            Self::Read { reason, .. } if reason.contains("Parquet") => {
                "Bring the whole file again: it was cut, or is of another kind than its name says.".to_owned()
            }
            Self::Read { .. } => "Check the path under [data] in fourfold.toml.".to_owned(),
            Self::Column { nearest: Some(nearest), .. } => format!("Did you mean `{nearest}`?"),
            Self::Bytes { columns, .. } => format!("Name another column: {}.", columns.join(", ")),
            Self::Column { columns, .. } => format!("Its columns: {}.", columns.join(", ")),
            Self::Layout { columns, .. } => {
                format!("Its columns are {}; take `layout` out, or write a `map`.", columns.join(", "))
            }
            Self::Pinned { .. } => "Bring the rows back, or measure anew: `fourfold data splits --pin` holds to these instead, as does `m` \
                in the data pane."
                .to_owned(),
            Self::Changed { .. } => "Open it again; a run keeps to the rows it began with.".to_owned(),
            Self::Stopped { .. } => "Read it again to go on.".to_owned(),
            Self::NoRow { rows, .. } => format!("Ask for 1 to {rows}."),
        }
    }
}
