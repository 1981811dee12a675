//! A data set on disk: read through once, then any row on demand. Rows are never all in memory.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};

use super::case::Case;
use super::cases::Cases;
use super::cursor::{Cursor, Missed};
use super::error::{DataError, RowFault};
use super::ids::{Found, Ids};
use super::layout::Layout;
use super::mapping::Mapping;
use super::offsets::Offsets;
use super::rows::Format;
use super::source::{self, Stamp};
use super::walk::{At, Visitor, walk};
use crate::prompt::nearest;

/// How many row faults are spelled out.
const FAULTS_LISTED: usize = 8;
/// How many column names of JSON rows are remembered.
const COLUMNS_KEPT: usize = 256;

/// A data file whose every row was read once and found usable.
#[derive(Clone, Debug)]
pub struct DataSet {
    path: PathBuf,
    format: Format,
    mapping: Mapping,
    layout: Layout,
    offsets: Offsets,
    ids: Ids,
    columns: Vec<String>,
    references: usize,
    hash: blake3::Hash,
    stamp: Stamp,
    /// Where the last row was read: the next is usually asked for next.
    cursor: Arc<Mutex<Option<Cursor>>>,
}

impl DataSet {
    /// Reads `path` through: `.jsonl` (or `.ndjson`), `.json`, `.csv`, `.tsv`, `.parquet`. Every faulty row is an error with its number.
    pub fn open(path: &Path, mapping: &Mapping) -> Result<Self, DataError> {
        let stamp = source::stamp(path)?;
        let (mapping, layout) = mapping.for_file(path)?;
        let mut scan = Scan::new(path, &mapping, stamp);
        scan.set.layout = layout;
        let walked = walk(path, &mut scan)?;
        scan.set.format = walked.format;
        scan.set.hash = walked.hash;
        if scan.set.ids.has_suspects() {
            let mut again = Again { scan: &mut scan };
            walk(path, &mut again)?;
        }
        scan.finish()
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
        let cursor = kept.take().filter(|cursor| cursor.leads_to(index, &self.format, &self.offsets));
        let read = match cursor {
            Some(cursor) => Ok(cursor),
            None => Cursor::open(&self.path, &self.format, &self.offsets, index),
        };
        let read = read.and_then(|mut cursor| cursor.read(index).map(|row| (cursor, row)));
        let (cursor, row) = read.map_err(|missed| match missed {
            Missed::Unreadable(reason) => DataError::Read { path: self.path.clone(), reason },
            Missed::Changed => DataError::Changed { path: self.path.clone() },
        })?;
        *kept = Some(cursor);
        Ok(row)
    }
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
    }

    fn fault(&mut self, _at: At, _message: String) {}
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
}

impl<'a> Scan<'a> {
    fn new(path: &Path, mapping: &'a Mapping, stamp: Stamp) -> Self {
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
        Self { set, mapping, faults: Vec::new(), more: 0 }
    }

    fn columns_are_there(&self) -> Result<(), DataError> {
        let columns = &self.set.columns;
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

    fn finish(mut self) -> Result<DataSet, DataError> {
        let path = self.set.path.clone();
        self.set.ids.finish();
        self.faults.sort_by_key(|fault| fault.row);
        if self.set.offsets.count() == 0 {
            return Err(DataError::Empty { path });
        }
        if !self.set.columns.is_empty() && self.set.columns.len() < COLUMNS_KEPT {
            self.columns_are_there()?;
        }
        if !self.faults.is_empty() {
            return Err(DataError::Rows { path, faults: self.faults, more: self.more });
        }
        self.set.verify_unchanged()?;
        Ok(self.set)
    }
}

impl Visitor for Scan<'_> {
    fn columns(&mut self, columns: &[String]) -> Result<(), DataError> {
        self.set.columns = columns.to_vec();
        self.columns_are_there()
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
                // Every row is counted, so that a row's place among the ids is its number.
                self.set.ids.add(&at.number.to_string());
                Some(message)
            }
        };
        if let Some(message) = fault {
            self.fault(at, message);
        }
        self.set.offsets.push(at.offset);
    }

    fn fault(&mut self, at: At, message: String) {
        if self.faults.len() < FAULTS_LISTED {
            self.faults.push(RowFault { row: at.number, line: at.line, message });
        } else {
            self.more += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use proptest::prelude::*;
    use serde_json::json;

    use super::super::source::LONGEST_ROW;
    use super::*;

    fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    /// A set together with the folder it lives in, which goes with it.
    #[derive(Debug)]
    struct Opened {
        set: DataSet,
        _folder: tempfile::TempDir,
    }

    impl std::ops::Deref for Opened {
        type Target = DataSet;

        fn deref(&self) -> &DataSet {
            &self.set
        }
    }

    fn open(name: &str, bytes: &[u8]) -> Result<Opened, DataError> {
        let (folder, path) = written(name, bytes);
        Ok(Opened { set: DataSet::open(&path, &Mapping::default())?, _folder: folder })
    }

    fn rows(set: &DataSet) -> Vec<Value> {
        (0..set.count()).map(|index| Value::Object(set.case(index).unwrap().variables)).collect()
    }

    #[test]
    fn rows_are_found_again_in_any_order() {
        let wanted = [
            json!({"a": "1", "b": "x"}),
            json!({"a": "2", "b": "two\r\nlines, \"quoted\""}),
            json!({"a": "ü", "b": ""}),
        ];
        let csv = "a,b\r\n1,x\r\n\r\n2,\"two\r\nlines, \"\"quoted\"\"\"\r\nü,\r\n";
        let jsonl = "{\"a\":\"1\",\"b\":\"x\"}\r\n\n{\"a\":\"2\",\"b\":\"two\\r\\nlines, \\\"quoted\\\"\"}\n{\"a\":\"ü\",\"b\":\"\"}";
        let list = "[\r\n  {\"a\":\"1\",\"b\":\"x\"},\n{\"a\":\"2\",\"b\":\"two\\r\\nlines, \\\"quoted\\\"\"}\n, {\"a\":\"ü\",\"b\":\"\"}]\n";
        for (name, text) in [
            ("d.csv", csv),
            ("d.jsonl", jsonl),
            ("d.json", list),
            ("e.json", jsonl),
            ("d.tsv", "a\tb\n1\tx\n2\t\"two\r\nlines, \"\"quoted\"\"\"\nü\t\n"),
        ] {
            for mark in ["", "\u{feff}"] {
                let set = open(name, format!("{mark}{text}").as_bytes()).unwrap();
                assert_eq!(set.columns(), ["a", "b"], "{name}");
                assert_eq!(rows(&set), wanted, "{name}");
                for index in [1, 0, 2, 2, 1] {
                    assert_eq!(Value::Object(set.case(index).unwrap().variables), wanted[index], "{name}");
                }
                assert_eq!(set.hash(), blake3::hash(format!("{mark}{text}").as_bytes()), "{name}");
            }
        }
    }

    #[test]
    fn faulty_rows_are_numbered() {
        for (name, bytes, expected) in [
            ("d.jsonl", &b"{\"a\":1}\n\n{\"a\":\n"[..], "row 2 (line 3): it is not JSON: EOF while parsing a value"),
            ("d.jsonl", b"{\"a\":1}\n[1]\n", "row 2 (line 2): it is a list"),
            ("d.jsonl", b"{\"a\":\"\xe9\"}\n", "row 1 (line 1): byte 7 is 0xe9, which is not UTF-8"),
            ("d.jsonl", b"{\"id\":\"x\"}\n{\"id\":\"x\"}\n", "row 2 (line 2): the id `x` is that of row 1 already"),
            ("d.jsonl", b"{\"id\":2}\n{\"id\":3}\n{\"a\":0}\n", "row 3 (line 3): the id `3` is that of row 2 already"),
            (
                "d.csv",
                b"a,b\n1,2\n3\n4,5,6\n",
                "row 2 (line 3): it has 1 columns, the header 2; row 3 (line 4): it has 3",
            ),
            ("d.csv", b"a,b\n\"x\ny\",2\n1,caf\xe9\n", "row 2 (line 4): column `b`: byte 4 is 0xe9"),
            ("d.csv", b"a,b\n1,\0\n", "row 1 (line 2): column `b`: it holds a NUL byte"),
            ("d.csv", b"a,b\n1,2\n3,\"never closed\n4,5\n", "row 2 (line 3): a quote is opened and never closed"),
            ("d.json", b"[{\"a\": 1},\n {\"a\": }]", "row 2 (line 2): it is not JSON: expected value"),
            ("d.json", b"[{\"a\": 1},\n 7, {\"a\": \"x", "row 2 (line 2): it is not an object"),
            ("d.json", b"\"x\"", "row 1 (line 1): the file is not a list"),
            ("d.csv", b"\xff\xfea\0,\0b\0", "line 1: it is in UTF-16"),
            ("d.csv", b"a,,c\n", "line 1: column 2 has no name"),
            ("d.csv", b"a,a\n", "line 1: the column `a` is there twice"),
        ] {
            let error = open(name, bytes).unwrap_err();
            assert!(error.to_string().contains(expected), "{name}: {error}");
        }
    }

    #[test]
    fn the_first_faults_are_listed_and_the_rest_counted() {
        let error = open("d.jsonl", "x\n".repeat(50).as_bytes()).unwrap_err();
        let DataError::Rows { faults, more, .. } = &error else { panic!("{error}") };
        assert_eq!((faults.len(), *more), (8, 42));
        assert!(error.to_string().ends_with("; and 42 more"));
    }

    #[test]
    fn what_is_no_data_file_is_refused() {
        assert!(matches!(open("d.jsonl", b"").unwrap_err(), DataError::Empty { .. }));
        assert!(matches!(open("d.jsonl", b"\n\n").unwrap_err(), DataError::Empty { .. }));
        assert!(matches!(open("d.csv", b"").unwrap_err(), DataError::Empty { .. }));
        assert!(matches!(open("d.csv", b"a,b\n").unwrap_err(), DataError::Empty { .. }));
        assert!(matches!(open("d.xlsx", b"PK").unwrap_err(), DataError::Format { .. }));
        let error = open("d.parquet", b"PAR1").unwrap_err();
        assert!(error.to_string().contains("it is not a whole Parquet file"), "{error}");
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("d.csv");
        fs::create_dir(&directory).unwrap();
        let error = DataSet::open(&directory, &Mapping::default()).unwrap_err();
        assert!(error.to_string().ends_with("it is a folder"), "{error}");
        let missing = DataSet::open(&folder.path().join("no.csv"), &Mapping::default()).unwrap_err();
        assert!(matches!(missing, DataError::Read { .. }));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_without_waiting_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("d.jsonl");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = DataSet::open(&pipe, &Mapping::default()).unwrap_err();
        assert!(error.to_string().ends_with("it is not a plain file"), "{error}");
    }

    #[test]
    fn a_mapped_column_must_be_there() {
        let mapping = Mapping { reference: Some("anwser".into()), ..Mapping::default() };
        for (name, text) in [("d.csv", "q,answer\n1,2\n"), ("d.jsonl", "{\"q\":1,\"answer\":2}\n")] {
            let (_folder, path) = written(name, text.as_bytes());
            let error = DataSet::open(&path, &mapping).unwrap_err();
            assert_eq!(error.hint(), "Did you mean `answer`?", "{error}");
        }
    }

    #[test]
    fn a_huge_row_is_a_fault_and_not_held() {
        let huge = "x".repeat(LONGEST_ROW + 1);
        let error = open("d.jsonl", format!("{{\"a\":1}}\n\"{huge}\"\n{{\"a\":2}}\n").as_bytes()).unwrap_err();
        assert!(error.to_string().contains("row 2 (line 2): it is longer than 16 MB"), "{error}");
        let error = open("d.csv", format!("a\n1\n\"{huge}\n{huge}\"\n2\n").as_bytes()).unwrap_err();
        assert!(error.to_string().contains("row 2 (line 3): it is longer than 16 MB"), "{error}");
    }

    #[test]
    fn a_file_that_changes_is_noticed() {
        let (_folder, path) = written("d.jsonl", b"{\"a\":1}\n{\"a\":2}\n");
        let set = DataSet::open(&path, &Mapping::default()).unwrap();
        fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"a\":3}\n").unwrap();
        assert_eq!(set.case(0).unwrap_err(), DataError::Changed { path });
    }

    #[test]
    fn empty_lists_have_no_rows() {
        for text in ["[]", " [ ] \n"] {
            assert!(matches!(open("d.json", text.as_bytes()).unwrap_err(), DataError::Empty { .. }), "{text}");
        }
    }

    #[test]
    fn ids_are_found() {
        let set = open("d.jsonl", b"{\"id\":\"x\"}\n{\"id\":7}\n{\"a\":1}\n").unwrap();
        for (id, index) in [("x", Some(0)), ("7", Some(1)), ("3", Some(2)), ("1", None)] {
            assert_eq!(set.find(id).unwrap(), index, "{id}");
        }
    }

    proptest! {
        #[test]
        fn any_values_survive_every_format(values in proptest::collection::vec(("[^\0]{0,12}", "[^\0]{0,12}"), 1..8)) {
            let mut csv = csv::Writer::from_writer(Vec::new());
            csv.write_record(["a", "b"]).unwrap();
            let mut jsonl = String::new();
            let mut wanted = Vec::new();
            for (a, b) in &values {
                csv.write_record([a, b]).unwrap();
                wanted.push(json!({"a": a, "b": b}));
                jsonl += &json!({"a": a, "b": b}).to_string();
                jsonl += "\n";
            }
            let list = serde_json::to_vec_pretty(&wanted).unwrap();
            for (name, bytes) in [("d.csv", csv.into_inner().unwrap()), ("d.jsonl", jsonl.into_bytes()), ("d.json", list)] {
                let (_folder, path) = written(name, &bytes);
                prop_assert_eq!(rows(&DataSet::open(&path, &Mapping::default()).unwrap()), wanted.clone(), "{}", name);
            }
        }
    }
}
