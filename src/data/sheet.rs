//! A data file as it is, faulty rows and all: for looking through and changing, never for measuring.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::cases::Cases;
use super::cursor::Cursor;
use super::error::{DataError, RowFault};
use super::mapping::Mapping;
use super::set::{DataSet, Scanned, Watch, scanned};

/// Faulty rows that are known by their number; of others the reason is seen when they are read.
const FAULTS_KEPT: usize = 100_000;

/// A file that was read through once.
#[derive(Clone, Debug)]
pub struct Sheet {
    set: DataSet,
    /// By the 0-based row.
    faults: BTreeMap<usize, RowFault>,
    more: u64,
}

/// A row of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct SheetRow {
    /// Its values; where it has none, the text that stands there.
    pub values: Result<Map<String, Value>, String>,
    /// What is wrong with it.
    pub fault: Option<RowFault>,
}

impl Sheet {
    /// Reads a file through. What keeps all of it from being read is an error, a faulty row is not; `watch` can stop it.
    pub fn open(path: &Path, mapping: &Mapping, watch: Watch<'_>) -> Result<Self, DataError> {
        let Scanned { set, faults, more } = scanned(path, mapping, FAULTS_KEPT, watch)?;
        let place = |fault: RowFault| Some((usize::try_from(fault.row.checked_sub(1)?).ok()?, fault));
        let mut kept = BTreeMap::new();
        for (row, fault) in faults.into_iter().filter_map(place) {
            // The first that is said of a row is what keeps it from being one.
            kept.entry(row).or_insert(fault);
        }
        Ok(Self { set, faults: kept, more })
    }

    /// The sheet of a file whose every row is known to be usable.
    pub(super) const fn whole(set: DataSet) -> Self {
        Self { set, faults: BTreeMap::new(), more: 0 }
    }

    /// The rows.
    pub const fn set(&self) -> &DataSet {
        &self.set
    }

    /// How many rows are faulty.
    pub fn faulty(&self) -> u64 {
        self.faults.len() as u64 + self.more
    }

    /// The first faults, in the order of the rows.
    pub fn faults(&self) -> impl Iterator<Item = &RowFault> {
        self.faults.values()
    }

    /// Reads rows one after another.
    pub const fn reader(&self) -> RowReader<'_> {
        RowReader { set: &self.set, faults: Some(&self.faults), cursor: None }
    }
}

impl DataSet {
    /// Reads rows one after another without disturbing whoever else reads this set.
    pub const fn reader(&self) -> RowReader<'_> {
        RowReader { set: self, faults: None, cursor: None }
    }
}

/// Rows of a file, read one after another; whether the file is still the same is for the caller to ask.
pub struct RowReader<'a> {
    set: &'a DataSet,
    faults: Option<&'a BTreeMap<usize, RowFault>>,
    cursor: Option<Cursor>,
}

impl RowReader<'_> {
    /// The row at a 0-based place.
    pub fn read(&mut self, index: usize) -> Result<SheetRow, DataError> {
        let rows = self.set.count();
        if index >= rows {
            return Err(DataError::NoRow { path: self.set.path().to_owned(), rows, asked: index + 1 });
        }
        let known = self.faults.and_then(|faults| faults.get(&index)).cloned();
        Ok(match self.set.read_with(&mut self.cursor, index)? {
            Ok(values) => SheetRow { values: Ok(values), fault: known },
            Err(broken) => {
                let seen = RowFault { row: index as u64 + 1, line: 0, message: broken.reason };
                SheetRow { values: Err(broken.raw), fault: Some(known.unwrap_or(seen)) }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;

    fn sheet(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> Sheet {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        Sheet::open(&path, &Mapping::default(), &|_, _| true).unwrap()
    }

    #[test]
    fn faulty_rows_are_rows_with_their_reason_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let long = format!("{{\"id\": \"d\", \"q\": \"{}\"}}\n", "x".repeat(17 * 1024 * 1024));
        let text = format!(
            "{{\"id\": \"a\", \"q\": \"one\"}}\n\n{{\"id\": \"b\", \"q\": \n{{\"id\": \"a\", \"q\": \"again\"}}\n{long}{{\"id\": \"e\", \"q\": \"last\"}}\n"
        );
        let sheet = sheet(&folder, "rows.jsonl", text.as_bytes());
        assert_eq!((sheet.set().count(), sheet.faulty()), (5, 3));
        let mut reader = sheet.reader();
        assert_eq!(reader.read(4).unwrap().fault, None, "rows behind faulty ones are read");
        let cut = reader.read(1).unwrap();
        assert_eq!(cut.values, Err("{\"id\": \"b\", \"q\":".to_owned()));
        let said = cut.fault.unwrap().to_string();
        assert!(said.starts_with("row 2 (line 3): it is not JSON"), "{said}");
        let twice = reader.read(2).unwrap();
        assert!(twice.values.is_ok() && twice.fault.unwrap().message.contains("that of row 1 already"));
        let said = reader.read(3).unwrap().fault.unwrap().to_string();
        assert_eq!(said, "row 4 (line 5): it is longer than 16 MB");
        assert!(matches!(reader.read(5), Err(DataError::NoRow { rows: 5, asked: 6, .. })));
    }

    #[test]
    fn ragged_and_undecodable_rows_of_a_table_are_shown_as_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let sheet = sheet(&folder, "rows.csv", b"q,answer\none,1\ntwo\nthr\xe9e,3\nfour,4\n");
        let rows: Vec<SheetRow> = {
            let mut reader = sheet.reader();
            (0..4).map(|row| reader.read(row).unwrap()).collect()
        };
        assert_eq!(rows[1].values, Err("two".to_owned()));
        assert_eq!(rows[1].fault.as_ref().unwrap().to_string(), "row 2 (line 3): it has 1 columns, the header 2");
        assert_eq!(rows[2].values, Err("thr\u{fffd}e,3".to_owned()));
        assert!(rows[2].fault.as_ref().unwrap().message.contains("0xe9"));
        assert!(rows[0].fault.is_none() && rows[3].fault.is_none());
    }

    #[test]
    fn a_reading_that_nobody_wants_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("many.jsonl");
        fs::write(&path, "{\"q\": \"x\"}\n".repeat(10_000)).unwrap();
        let seen = Cell::new((None, 0));
        let watch = |share: Option<f64>, rows: u64| {
            seen.set((share, rows));
            rows < 3_000
        };
        let error = Sheet::open(&path, &Mapping::default(), &watch).unwrap_err();
        assert_eq!(error, DataError::Stopped { path });
        let (share, rows) = seen.get();
        assert!(rows == 3_072 && (0.29..0.32).contains(&share.unwrap()), "{share:?} {rows}");
    }
}
