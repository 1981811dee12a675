//! A data set on disk: read through once, then any row on demand. Rows are never all in memory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::case::Case;
use super::cases::Cases;
use super::cursor::{Cursor, Missed, RowOrBroken};
use super::error::{DataError, RowFault};
use super::ids::{Found, Ids};
use super::layout::Layout;
use super::mapping::Mapping;
use super::offsets::Offsets;
use super::rows::Format;
use super::source::{self, Stamp};
use super::walk::{At, Visitor, walk};
use crate::prompt::nearest;

/// How many row faults an error spells out.
const FAULTS_LISTED: usize = 8;
/// Rows between two looks at whether a reading is still wanted.
const LOOK: u64 = 1_024;
/// How many column names of JSON rows are remembered.
const COLUMNS_KEPT: usize = 256;

/// A data file whose every row was read once and found usable.
#[derive(Clone, Debug)]
pub struct DataSet {
    pub(super) path: PathBuf,
    pub(super) format: Format,
    pub(super) mapping: Mapping,
    pub(super) layout: Layout,
    pub(super) offsets: Offsets,
    pub(super) ids: Ids,
    pub(super) columns: Vec<String>,
    pub(super) references: usize,
    pub(super) hash: blake3::Hash,
    pub(super) stamp: Stamp,
    /// Where the last row was read: the next is usually asked for next.
    pub(super) cursor: Arc<Mutex<Option<Cursor>>>,
}

impl DataSet {
    /// Reads `path` through: `.jsonl` (or `.ndjson`), `.json`, `.csv`, `.tsv`, `.parquet`. Every faulty row is an error with its number.
    pub fn open(path: &Path, mapping: &Mapping) -> Result<Self, DataError> {
        let Scanned { set, faults, more } = scanned(path, mapping, FAULTS_LISTED, &|_, _| true)?;
        if !faults.is_empty() {
            return Err(DataError::Rows { path: set.path, faults, more });
        }
        Ok(set)
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The hash of the file's bytes: what a run pins.
    pub const fn hash(&self) -> blake3::Hash {
        self.hash
    }

    /// The columns of the file, in the order they first appear.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Columns that are in no row because they hold bytes that are no text.
    pub fn left_out(&self) -> &[String] {
        match &self.format {
            Format::Columnar(shape) => &shape.left_out,
            Format::JsonLines | Format::JsonArray | Format::Separated(_) => &[],
        }
    }

    /// Whether a second row of one id may have gone unnoticed: only in files of more than 25 million rows.
    pub const fn ids_are_unsure(&self) -> bool {
        self.ids.unsure()
    }

    /// How many rows have a reference.
    pub const fn references(&self) -> usize {
        self.references
    }

    /// Fails if the file was replaced or written to since it was opened.
    pub fn verify_unchanged(&self) -> Result<(), DataError> {
        if source::stamp(&self.path)? == self.stamp {
            Ok(())
        } else {
            Err(DataError::Changed { path: self.path.clone() })
        }
    }

    /// How the file is written, for people.
    pub const fn format(&self) -> &'static str {
        self.format.name()
    }

    /// The layout that was recognised, or asked for.
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// Which columns mean what, with what the layout adds.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// A row as the file has it, before columns are given their roles.
    pub fn row(&self, index: usize) -> Result<Map<String, Value>, DataError> {
        if index >= self.offsets.count() {
            return Err(DataError::NoRow { path: self.path.clone(), rows: self.offsets.count(), asked: index + 1 });
        }
        self.verify_unchanged()?;
        let mut kept = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        // The rows were whole when the file was gone through, so a row that is not means another file.
        self.read_with(&mut kept, index)?.map_err(|_| DataError::Changed { path: self.path.clone() })
    }

    /// Reads a row by the cursor that was kept, where that leads there.
    pub(super) fn read_with(&self, kept: &mut Option<Cursor>, index: usize) -> Result<RowOrBroken, DataError> {
        let read = Cursor::leading_to(kept.take(), &self.path, &self.format, &self.offsets, index);
        let read = read.and_then(|mut cursor| cursor.read(index).map(|row| (cursor, row)));
        let (cursor, row) = read.map_err(|missed| match missed {
            Missed::Unreadable(reason) => DataError::Read { path: self.path.clone(), reason },
            Missed::Changed => DataError::Changed { path: self.path.clone() },
        })?;
        *kept = Some(cursor);
        Ok(row)
    }
}

/// Hears how far a long reading is, as a share where that is known and in rows; says whether it goes on.
pub type Watch<'a> = &'a dyn Fn(Option<f64>, u64) -> bool;

/// A file that was read through.
pub(super) struct Scanned {
    pub(super) set: DataSet,
    /// Faulty rows, as many as were asked for, in order.
    pub(super) faults: Vec<RowFault>,
    /// How many there are beyond those.
    pub(super) more: u64,
}

/// Reads a file through, faulty rows and all.
pub(super) fn scanned(path: &Path, mapping: &Mapping, listed: usize, watch: Watch<'_>) -> Result<Scanned, DataError> {
    let stamp = source::stamp(path)?;
    let (mapping, layout) = mapping.for_file(path)?;
    let mut scan = Scan::new(path, &mapping, stamp, (listed, watch));
    scan.set.layout = layout;
    let walked = walk(path, &mut scan)?;
    scan.set.format = walked.format;
    scan.set.hash = walked.hash;
    if scan.set.ids.has_suspects() && !scan.stopped {
        let mut again = Again { scan: &mut scan };
        walk(path, &mut again)?;
    }
    scan.finish()
}

impl Cases for DataSet {
    fn count(&self) -> usize {
        self.offsets.count()
    }

    fn case(&self, index: usize) -> Result<Case, DataError> {
        let row = self.row(index)?;
        self.mapping.case(row, index as u64 + 1).map_err(|_| DataError::Changed { path: self.path.clone() })
    }

    fn find(&self, id: &str) -> Result<Option<usize>, DataError> {
        let index = match self.ids.find(id) {
            Found::Nowhere => return Ok(None),
            Found::Row(index) => index,
            Found::From(first) => {
                let mut search = Search { mapping: &self.mapping, id, first: first as u64, found: None };
                walk(&self.path, &mut search)?;
                return Ok(search.found);
            }
        };
        Ok((self.case(index)?.id == id).then_some(index))
    }
}

/// Looks for an id that was not kept.
struct Search<'a> {
    mapping: &'a Mapping,
    id: &'a str,
    first: u64,
    found: Option<usize>,
}

impl Visitor for Search<'_> {
    fn columns(&mut self, _columns: &[String]) -> Result<(), DataError> {
        Ok(())
    }

    fn row(&mut self, at: At, row: Result<Map<String, Value>, String>) {
        if at.number > self.first
            && let Ok(case) = row.and_then(|row| self.mapping.case(row, at.number))
            && case.id == self.id
        {
            self.found = Some(at.number as usize - 1);
        }
    }

    fn fault(&mut self, _at: At, _message: String) {}

    fn has_enough(&self) -> bool {
        self.found.is_some()
    }
}

/// A second reading, for ids that may be there twice.
struct Again<'a, 'b> {
    scan: &'a mut Scan<'b>,
}

impl Visitor for Again<'_, '_> {
    fn columns(&mut self, _columns: &[String]) -> Result<(), DataError> {
        Ok(())
    }

    fn row(&mut self, at: At, row: Result<Map<String, Value>, String>) {
        if let Ok(case) = row.and_then(|row| self.scan.mapping.case(row, at.number))
            && let Some(first) = self.scan.set.ids.confirm(&case.id, at.number - 1)
        {
            self.scan.fault(at, id_again(&case.id, first));
        }
        self.scan.look(at);
    }

    fn fault(&mut self, _at: At, _message: String) {}

    fn has_enough(&self) -> bool {
        self.scan.stopped
    }
}

fn id_again(id: &str, first: u64) -> String {
    format!("the id `{id}` is that of row {} already", first + 1)
}

/// One reading of a file, front to back.
struct Scan<'a> {
    set: DataSet,
    mapping: &'a Mapping,
    faults: Vec<RowFault>,
    more: u64,
    listed: usize,
    watch: Watch<'a>,
    stopped: bool,
    left_out: Vec<String>,
}

impl<'a> Scan<'a> {
    fn new(path: &Path, mapping: &'a Mapping, stamp: Stamp, (listed, watch): (usize, Watch<'a>)) -> Self {
        let set = DataSet {
            path: path.to_owned(),
            format: Format::JsonLines,
            mapping: mapping.clone(),
            layout: Layout::Plain,
            offsets: Offsets::default(),
            ids: Ids::default(),
            columns: Vec::new(),
            references: 0,
            hash: blake3::hash(b""),
            stamp,
            cursor: Arc::default(),
        };
        Self { set, mapping, faults: Vec::new(), more: 0, listed, watch, stopped: false, left_out: Vec::new() }
    }

    /// Tells whoever watches where the reading is.
    fn look(&mut self, at: At) {
        if at.number.is_multiple_of(LOOK) {
            let length = self.set.stamp.length();
            let share = (at.offset > 0).then(|| at.offset as f64 / length.max(1) as f64);
            self.stopped |= !(self.watch)(share, at.number);
        }
    }

    fn columns_are_there(&self) -> Result<(), DataError> {
        let columns = &self.set.columns;
        if let Some((role, column)) =
            self.mapping.named().find(|(_, column)| self.left_out.iter().any(|it| it == column))
        {
            let (path, column) = (self.set.path.clone(), column.to_owned());
            return Err(DataError::Bytes { path, column, role, columns: columns.clone() });
        }
        match self.mapping.named().find(|(_, column)| !columns.iter().any(|known| known == column)) {
            None => Ok(()),
            Some((role, column)) => Err(DataError::Column {
                path: self.set.path.clone(),
                column: column.to_owned(),
                role,
                nearest: nearest(column, columns.iter().map(String::as_str)).map(str::to_owned),
                columns: columns.clone(),
            }),
        }
    }

    fn finish(mut self) -> Result<Scanned, DataError> {
        let path = self.set.path.clone();
        if self.stopped {
            return Err(DataError::Stopped { path });
        }
        self.set.ids.finish();
        self.faults.sort_by_key(|fault| fault.row);
        if self.set.offsets.count() == 0 {
            return Err(DataError::Empty { path });
        }
        if !self.set.columns.is_empty() && self.set.columns.len() < COLUMNS_KEPT {
            self.columns_are_there()?;
        }
        self.set.verify_unchanged()?;
        Ok(Scanned { set: self.set, faults: self.faults, more: self.more })
    }
}

impl Visitor for Scan<'_> {
    fn columns(&mut self, columns: &[String]) -> Result<(), DataError> {
        self.set.columns = columns.to_vec();
        self.columns_are_there()
    }

    fn left_out(&mut self, left_out: &[String]) -> Result<(), DataError> {
        self.left_out = left_out.to_vec();
        Ok(())
    }

    fn row(&mut self, at: At, row: Result<Map<String, Value>, String>) {
        if let Ok(row) = &row {
            for name in row.keys() {
                if self.set.columns.len() < COLUMNS_KEPT && !self.set.columns.contains(name) {
                    self.set.columns.push(name.clone());
                }
            }
        }
        let fault = match row.and_then(|row| self.mapping.case(row, at.number)) {
            Ok(case) => {
                self.set.references += usize::from(case.reference.is_some());
                self.set.ids.add(&case.id).map(|first| id_again(&case.id, first))
            }
            Err(message) => {
                self.set.ids.add_none();
                Some(message)
            }
        };
        if let Some(message) = fault {
            self.fault(at, message);
        }
        self.set.offsets.push(at.offset);
        self.look(at);
    }

    fn has_enough(&self) -> bool {
        self.stopped
    }

    fn fault(&mut self, at: At, message: String) {
        if self.faults.len() < self.listed {
            self.faults.push(RowFault { row: at.number, line: at.line, message });
        } else {
            self.more += 1;
        }
    }
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
