//! A new version of a data file: its rows as they are but for those that a person changed, took out or added. The file itself
//! stays; the version stands beside it, under a name that was free, whole or not at all.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::beginning;
use super::error::DataError;
use super::rows::{self, Format, Separated};
use super::set::Watch;
use super::source;
use super::walk::{At, Visitor, has_lines, walk};
use crate::files::WholeFile;

/// How many names beside the file are tried.
const NAMES_TRIED: usize = 10_000;
/// Bytes copied between two looks at whether it is still wanted.
const PIECE: u64 = 8 << 20;
/// Rows between two such looks.
const LOOK: u64 = 1_024;

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowChange {
    /// These columns have these values.
    Cells(Map<String, Value>),
    /// It is this text, as rows are written in the file.
    Text(String),
    /// It is taken out.
    Removed,
}

/// What a version has otherwise than the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// By the 0-based row.
    pub rows: BTreeMap<usize, RowChange>,
    /// Rows at the end.
    pub added: Vec<Map<String, Value>>,
}

/// The name of the next version: `train.jsonl` becomes `train.v2.jsonl`, that `train.v3.jsonl`; names that are taken are passed
/// over. Rows of a JSON list and of Parquet are written as JSON lines.
pub fn version_name(from: &Path) -> Option<PathBuf> {
    let stem = from.file_stem()?.to_str()?;
    let extension = extension_of(from)?;
    let numbered = stem.rsplit_once(".v").and_then(|(name, number)| Some((name, number.parse::<u32>().ok()?)));
    let (name, number) = numbered.unwrap_or((stem, 1));
    (number.saturating_add(1)..)
        .take(NAMES_TRIED)
        .map(|number| from.with_file_name(format!("{name}.v{number}.{extension}")))
        .find(|path| path.symlink_metadata().is_err())
}

/// What the name of a version of `from` ends with.
pub(super) fn extension_of(from: &Path) -> Option<&str> {
    // A file that cannot be read is not written anew either.
    if has_lines(from).unwrap_or(true) { from.extension()?.to_str() } else { Some("jsonl") }
}

fn delimiter_of(path: &Path) -> Option<u8> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(b','),
        "tsv" => Some(b'\t'),
        _ => None,
    }
}

/// Whether a text can stand as a row of a file of that name; the error says why not.
pub fn row_text(path: &Path, columns: &[String], text: &str) -> Result<(), String> {
    row_of_text(path, columns, text).map(|_| ())
}

/// The row that a text is in a file of that name; the error says why it is none.
pub fn row_of_text(path: &Path, columns: &[String], text: &str) -> Result<Map<String, Value>, String> {
    let Some(usual) = delimiter_of(path) else {
        return if text.trim().contains('\n') {
            Err("a row is one line".to_owned())
        } else {
            rows::json(text.trim().as_bytes())
        };
    };
    // A file whose beginning cannot be read has a header to be mended elsewhere.
    let delimiter = beginning::of(path, usual).map_or(usual, |beginning| beginning.delimiter);
    let mut reader = Separated::reader(delimiter, text.as_bytes());
    let mut records = reader.byte_records();
    let first = records.next().ok_or("it is empty")?.map_err(|error| error.to_string())?;
    if records.next().is_some() {
        return Err("it is more than one row".to_owned());
    }
    Separated { delimiter, columns: columns.to_vec(), names: true }.row(&first)
}

/// Writes a version of `from` to `to`, where nothing may be, and gives its number of rows. `watch` can stop it; then, and after
/// an error, nothing is left behind.
pub fn write_version(from: &Path, changes: &Changes, to: &Path, watch: Watch<'_>) -> Result<u64, DataError> {
    let stamp = source::stamp(from)?;
    let failed = |error: io::Error| DataError::Write { path: to.to_owned(), reason: error.to_string() };
    let mut target = WholeFile::create(to).map_err(failed)?;
    let rows = Job { from, changes, length: stamp.length(), watch }.write(&mut target, to)?;
    if source::stamp(from)? != stamp {
        return Err(DataError::Changed { path: from.to_owned() });
    }
    target.place().map_err(failed)?;
    Ok(rows)
}

struct Job<'a> {
    from: &'a Path,
    changes: &'a Changes,
    length: u64,
    watch: Watch<'a>,
}

/// A changed row of the file: its bytes, and what stands there instead.
struct Place {
    start: u64,
    end: Option<u64>,
    /// Nothing for a row that is taken out.
    row: Option<Instead>,
}

enum Instead {
    Values(Map<String, Value>),
    Text(String),
}

/// A reading of the file: finds the changed rows, and writes all others where they cannot be copied byte by byte.
struct Scan<'a, 'j> {
    job: &'j Job<'a>,
    target: Option<&'j mut WholeFile>,
    places: BTreeMap<usize, Place>,
    open: Option<usize>,
    rows: u64,
    fault: Option<Fault>,
}

enum Fault {
    Row(String),
    Write(io::Error),
    Stopped,
}

impl Visitor for Scan<'_, '_> {
    fn row(&mut self, at: At, row: Result<Map<String, Value>, String>) {
        let index = at.number as usize - 1;
        if let Some(place) = self.open.take().and_then(|open| self.places.get_mut(&open)) {
            place.end = Some(at.offset);
        }
        let change = self.job.changes.rows.get(&index);
        let instead = match (change, row) {
            (None, Ok(row)) => self.target.is_some().then_some(Instead::Values(row)),
            (None, Err(reason)) if self.target.is_some() => {
                self.fault = Some(Fault::Row(format!("row {} cannot be written anew: {reason}", at.number)));
                None
            }
            (None, Err(_)) | (Some(RowChange::Removed), _) => None,
            (Some(RowChange::Text(text)), _) => Some(Instead::Text(text.trim().to_owned())),
            (Some(RowChange::Cells(cells)), Ok(mut row)) => {
                row.extend(cells.clone());
                Some(Instead::Values(row))
            }
            (Some(RowChange::Cells(_)), Err(reason)) => {
                self.fault = Some(Fault::Row(format!("row {} has no columns to change: {reason}", at.number)));
                None
            }
        };
        self.rows += u64::from(change != Some(&RowChange::Removed));
        if let Some(target) = &mut self.target {
            if let Some(instead) = instead
                && let Err(error) = target.write_all(instead.line(None).as_bytes())
            {
                self.fault = Some(Fault::Write(error));
            }
        } else if change.is_some() {
            self.places.insert(index, Place { start: at.offset, end: None, row: instead });
            self.open = Some(index);
        }
        if at.number.is_multiple_of(LOOK) {
            let share = (at.offset > 0).then(|| at.offset as f64 / self.job.length.max(1) as f64 / 2.0);
            if !(self.job.watch)(share, at.number) {
                self.fault = Some(Fault::Stopped);
            }
        }
    }

    fn has_enough(&self) -> bool {
        self.fault.is_some()
    }
}

impl Instead {
    /// The row as a line, with its end.
    fn line(&self, table: Option<&Separated>) -> String {
        match (self, table) {
            (Self::Text(text), _) => format!("{text}\n"),
            (Self::Values(row), None) => format!("{}\n", Value::Object(row.clone())),
            (Self::Values(row), Some(table)) => record(row, table),
        }
    }
}

/// A row as a record of a table; what it lacks is empty.
fn record(row: &Map<String, Value>, table: &Separated) -> String {
    let mut writer = csv::WriterBuilder::new().delimiter(table.delimiter).from_writer(Vec::new());
    let fields = table.columns.iter().map(|column| match row.get(column) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    });
    // Writing to memory cannot fail.
    let _ = writer.write_record(fields);
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

impl Job<'_> {
    fn write(&self, target: &mut WholeFile, to: &Path) -> Result<u64, DataError> {
        let failed = |error: io::Error| DataError::Write { path: to.to_owned(), reason: error.to_string() };
        let anew = !has_lines(self.from)?;
        let mut scan = Scan {
            job: self,
            target: anew.then_some(&mut *target),
            places: BTreeMap::new(),
            open: None,
            rows: 0,
            fault: None,
        };
        let format = walk(self.from, &mut scan)?.format;
        let Scan { places, rows, fault, .. } = scan;
        match fault {
            None => {}
            Some(Fault::Stopped) => return Err(DataError::Stopped { path: self.from.to_owned() }),
            Some(Fault::Write(error)) => return Err(failed(error)),
            Some(Fault::Row(reason)) => return Err(DataError::Read { path: self.from.to_owned(), reason }),
        }
        let table = if let Format::Separated(table) = &format { Some(table) } else { None };
        if !anew {
            self.copy(&places, table, target, to)?;
        }
        for row in &self.changes.added {
            let line = Instead::Values(row.clone()).line(table);
            target.write_all(line.as_bytes()).map_err(failed)?;
        }
        Ok(rows + self.changes.added.len() as u64)
    }

    /// Copies the file but for the changed rows.
    fn copy(
        &self,
        places: &BTreeMap<usize, Place>,
        table: Option<&Separated>,
        target: &mut WholeFile,
        to: &Path,
    ) -> Result<(), DataError> {
        let failed = |error: io::Error| DataError::Write { path: to.to_owned(), reason: error.to_string() };
        let mut file = source::open(self.from)?;
        let (mut done, mut last) = (0, b'\n');
        // A version names its columns: after a change its first row may no longer tell that it is one.
        if let Some(table) = table.filter(|table| !table.names) {
            let header = table.columns.iter().map(|name| (name.clone(), Value::from(name.as_str()))).collect();
            target.write_all(record(&header, table).as_bytes()).map_err(failed)?;
            done = beginning::of(self.from, table.delimiter)?.mark;
        }
        // The reader of tables leaves the second byte of a line's end to the next record.
        let begin = |file: &mut File, at: u64| {
            if table.is_some() { behind_line_end(file, at).map_err(failed) } else { Ok(at) }
        };
        for place in places.values() {
            let start = begin(&mut file, place.start)?;
            self.piece(&mut file, (done, start), target, &mut last, to)?;
            if let Some(instead) = &place.row {
                if last != b'\n' {
                    target.write_all(b"\n").map_err(failed)?;
                }
                target.write_all(instead.line(table).as_bytes()).map_err(failed)?;
                last = b'\n';
            }
            done = place.end.map_or(Ok(self.length), |end| begin(&mut file, end))?;
        }
        self.piece(&mut file, (done, self.length), target, &mut last, to)?;
        if last != b'\n' && !self.changes.added.is_empty() {
            target.write_all(b"\n").map_err(failed)?;
        }
        Ok(())
    }

    /// Copies a range of bytes.
    fn piece(
        &self,
        file: &mut File,
        (mut from, until): (u64, u64),
        target: &mut WholeFile,
        last: &mut u8,
        to: &Path,
    ) -> Result<(), DataError> {
        let failed = |error: io::Error| DataError::Write { path: to.to_owned(), reason: error.to_string() };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(from)).map_err(failed)?;
        while from < until {
            bytes.clear();
            let wanted = PIECE.min(until - from);
            if file.take(wanted).read_to_end(&mut bytes).map_err(failed)? == 0 {
                return Err(DataError::Changed { path: self.from.to_owned() });
            }
            target.write_all(&bytes).map_err(failed)?;
            from += bytes.len() as u64;
            *last = bytes.last().copied().unwrap_or(*last);
            if !(self.watch)(Some(0.5 + from as f64 / self.length.max(1) as f64 / 2.0), 0) {
                return Err(DataError::Stopped { path: self.from.to_owned() });
            }
        }
        Ok(())
    }
}

/// The place behind line ends that begin there.
fn behind_line_end(file: &mut File, mut at: u64) -> io::Result<u64> {
    let mut byte = [0];
    file.seek(SeekFrom::Start(at))?;
    while file.read(&mut byte)? == 1 && matches!(byte, [b'\r' | b'\n']) {
        at += 1;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn version(name: &str, bytes: &str, changes: &Changes) -> Result<(PathBuf, String, u64), DataError> {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join(name);
        fs::write(&from, bytes).unwrap();
        let to = version_name(&from).unwrap();
        let rows = write_version(&from, changes, &to, &|_, _| true)?;
        assert_eq!(fs::read_to_string(&from).unwrap(), bytes, "the file itself stays");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
        let name = PathBuf::from(to.file_name().unwrap());
        Ok((name, fs::read_to_string(&to).unwrap(), rows))
    }

    fn changes() -> Changes {
        let rows = [
            (0, RowChange::Cells(map(&json!({"q": "one, or \"two\"", "n": "7"})))),
            (1, RowChange::Removed),
            (3, RowChange::Text("{\"q\": \"mended\"}".to_owned())),
        ];
        Changes { rows: rows.into(), added: vec![map(&json!({"q": "new", "n": "9"}))] }
    }

    #[test]
    fn lines_stay_byte_for_byte_but_for_those_that_change() {
        let text = "{\"q\":  \"a\", \"n\": \"1\"}\r\n\n{\"q\": \"b\"}\n{\"q\" :\"c\"}\n{\"q\": \n{\"q\": \"e\"}";
        let (name, written, rows) = version("rows.jsonl", text, &changes()).unwrap();
        assert_eq!(name, PathBuf::from("rows.v2.jsonl"));
        assert_eq!(
            written,
            "{\"q\":\"one, or \\\"two\\\"\",\"n\":\"7\"}\n{\"q\" :\"c\"}\n{\"q\": \"mended\"}\n{\"q\": \"e\"}\n{\"q\":\"new\",\"n\":\"9\"}\n"
        );
        assert_eq!(rows, 5);
    }

    #[test]
    fn a_table_keeps_its_header_and_quotes_what_needs_it() {
        let mut changes = changes();
        changes.rows.insert(3, RowChange::Text("mended,4".to_owned()));
        let (_, written, _) =
            version("rows.csv", "q,n\r\na,1\r\nb,2\r\n\"c\r\nd\",3\r\nragged\r\ne,5\r\n", &changes).unwrap();
        assert_eq!(written, "q,n\r\n\"one, or \"\"two\"\"\",7\n\"c\r\nd\",3\r\nmended,4\ne,5\r\nnew,9\n");
    }

    #[test]
    fn a_table_without_names_gets_them_and_keeps_what_separates_it() {
        let cells = |cells: Value| RowChange::Cells(map(&cells));
        let added = vec![map(&json!({"question": "new", "A": "1", "B": "2", "answer": "B"}))];
        let rows = [(0, cells(json!({"answer": ""}))), (2, RowChange::Text("last?;5;6;A".to_owned()))];
        let changes = Changes { rows: rows.into(), added };
        for mark in ["", "\u{feff}"] {
            let text = format!("{mark}q1;1;2;A\nq2;3;4;B\nq3;5;6;B\n");
            let (_, written, rows) = version("rows.csv", &text, &changes).unwrap();
            assert_eq!(written, "question;A;B;answer\nq1;1;2;\nq2;3;4;B\nlast?;5;6;A\nnew;1;2;B\n");
            assert_eq!(rows, 4);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        fs::write(&path, "q;n\n1;2\n").unwrap();
        let columns = ["q", "n"].map(str::to_owned);
        assert!(row_text(&path, &columns, "a, b;c").is_ok() && row_text(&path, &columns, "a,b").is_err());
    }

    #[test]
    fn a_list_becomes_lines_and_a_broken_row_is_never_dropped_in_silence() {
        let list = "[{\"q\": \"a\"}, {\"q\": \"b\"}, {\"q\": \"c\"}]";
        let only = Changes { rows: [(1, RowChange::Removed)].into(), added: Vec::new() };
        let (name, written, rows) = version("rows.json", list, &only).unwrap();
        assert_eq!((name, rows), (PathBuf::from("rows.v2.jsonl"), 2));
        assert_eq!(written, "{\"q\":\"a\"}\n{\"q\":\"c\"}\n");
        let error = version("rows.json", "[{\"q\": \"a\"}, {\"q\": 1e}]", &only).map(|_| ());
        assert!(error.is_ok(), "it is the broken row that is taken out");
        let error = version("rows.json", "[{\"q\": 1e}, {\"q\": \"b\"}]", &only).unwrap_err();
        assert!(error.to_string().contains("row 1 cannot be written anew"), "{error}");
    }

    #[test]
    fn names_count_on_and_pass_over_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let name = |name: &str| version_name(&folder.path().join(name)).unwrap();
        fs::write(folder.path().join("train.v2.jsonl"), "").unwrap();
        assert!(name("train.jsonl").ends_with("train.v3.jsonl"));
        assert!(name("train.v2.jsonl").ends_with("train.v3.jsonl"));
        assert!(name("a.b.tsv").ends_with("a.b.v2.tsv"));
        assert!(name("x.parquet").ends_with("x.v2.jsonl"));
    }

    #[test]
    fn lines_in_a_json_file_stay_byte_for_byte_too() {
        let only = Changes { rows: [(1, RowChange::Removed)].into(), added: Vec::new() };
        let (name, written, _) = version("rows.json", "{\"n\":  1e2}\n{\"n\": 2}\n{\"n\": 3}", &only).unwrap();
        assert_eq!((name, &*written), (PathBuf::from("rows.v2.json"), "{\"n\":  1e2}\n{\"n\": 3}"));
    }

    #[test]
    fn what_stands_beside_the_file_is_left_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("rows.jsonl");
        fs::write(&from, "{\"q\": \"x\"}\n".repeat(5_000)).unwrap();
        let to = version_name(&from).unwrap();
        fs::write(to.with_extension("part"), "mine").unwrap();
        // The name is taken while the version is written.
        let watch = |_: Option<f64>, _: u64| fs::write(&to, "theirs").is_ok();
        let error = write_version(&from, &changes(), &to, &watch).unwrap_err();
        assert!(matches!(&error, DataError::Write { path, .. } if *path == to), "{error}");
        assert_eq!(fs::read_to_string(&to).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(to.with_extension("part")).unwrap(), "mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn what_is_stopped_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("rows.jsonl");
        fs::write(&from, "{\"q\": \"x\"}\n".repeat(5_000)).unwrap();
        let to = version_name(&from).unwrap();
        for stop_at in [0.2, 0.6] {
            let watch = |share: Option<f64>, _: u64| share.is_some_and(|share| share < stop_at);
            let error = write_version(&from, &changes(), &to, &watch).unwrap_err();
            assert_eq!(error, DataError::Stopped { path: from.clone() });
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_text_is_a_row_or_says_why_not() {
        let columns = ["q".to_owned(), "n".to_owned()];
        let fits = |name: &str, text: &str| row_text(Path::new(name), &columns, text);
        assert_eq!(fits("a.jsonl", "{\"q\": 1}"), Ok(()));
        assert_eq!(fits("a.csv", "\"x, y\",2"), Ok(()));
        assert!(fits("a.csv", "x").unwrap_err().contains("1 columns"));
        assert!(fits("a.csv", "x,1\ny,2").is_err() && fits("a.jsonl", "{}\n{}").is_err());
        assert!(fits("a.jsonl", "{").unwrap_err().contains("not JSON"));
    }
}
