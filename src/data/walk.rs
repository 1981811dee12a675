//! Going through a data file once, front to back, row by row, whatever its format: what opening a set and checking one share.

use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::error::DataError;
use super::rows::{self, Format, Separated};
use super::source::{self, Hashing, LONGEST_ROW, Line, read_line};

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    /// 1-based, the header not counted.
    pub(crate) number: u64,
    /// 1-based line of the file on which it begins.
    pub(crate) line: u64,
    /// The byte at which reading it begins.
    pub(crate) offset: u64,
}

/// What is done with each row.
pub(crate) trait Visitor {
    /// The columns of a separated file's header; an error ends the walk.
    fn columns(&mut self, columns: &[String]) -> Result<(), DataError>;

    /// A row, or why it is none.
    fn row(&mut self, at: At, row: Result<Map<String, Value>, String>);

    /// A fault of a row that was already handed over, seen only later.
    fn fault(&mut self, at: At, message: String);
}

/// A file that was walked to its end.
pub(crate) struct Walked {
    pub(crate) format: Format,
    pub(crate) hash: blake3::Hash,
}

/// Walks through `path`: `.jsonl` (or `.ndjson`), `.csv`, `.tsv`. A faulty row does not end the walk.
pub(crate) fn walk(path: &Path, visitor: &mut dyn Visitor) -> Result<Walked, DataError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "jsonl" | "ndjson" => json_lines(path, visitor),
        "csv" => separated(path, b',', visitor),
        "tsv" => separated(path, b'\t', visitor),
        _ => Err(DataError::Format { path: path.to_owned() }),
    }
}

fn failed(path: &Path, error: &std::io::Error) -> DataError {
    DataError::Read { path: path.to_owned(), reason: error.to_string() }
}

fn json_lines(path: &Path, visitor: &mut dyn Visitor) -> Result<Walked, DataError> {
    let mut reader = BufReader::with_capacity(64 * 1024, Hashing::new(source::open(path)?));
    let mut buffer = Vec::new();
    let mut at = At { number: 0, line: 0, offset: 0 };
    loop {
        let (found, passed) =
            read_line(&mut reader, &mut buffer, Hashing::row_done).map_err(|error| failed(path, &error))?;
        at.line += 1;
        let row = match found {
            Line::End => break,
            Line::Whole if buffer.trim_ascii().is_empty() || buffer == b"\xef\xbb\xbf\n" => None,
            Line::Whole => Some(rows::json(&buffer)),
            Line::TooLong => Some(Err(source::too_long())),
        };
        if let Some(row) = row {
            at.number += 1;
            visitor.row(at, row);
        }
        at.offset += passed;
    }
    Ok(Walked { format: Format::JsonLines, hash: reader.get_ref().hash() })
}

fn separated(path: &Path, delimiter: u8, visitor: &mut dyn Visitor) -> Result<Walked, DataError> {
    let mut reader = Separated::reader(delimiter, Hashing::new(source::open(path)?));
    let mut record = ByteRecord::new();
    let header = |reason: String| DataError::Header { path: path.to_owned(), reason };
    if !reader.read_byte_record(&mut record).map_err(|error| header(error.to_string()))? {
        return Err(DataError::Empty { path: path.to_owned() });
    }
    let separated = Separated::new(delimiter, &record).map_err(header)?;
    visitor.columns(&separated.columns)?;
    let (mut number, mut last) = (0, None);
    loop {
        reader.get_mut().row_done();
        let position = reader.position().clone();
        number += 1;
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let found = record.position().cloned().unwrap_or(position);
                let at = At { number, line: found.line(), offset: found.byte() };
                visitor.row(at, separated.row(&record));
                last = Some(at);
            }
            Err(error) => {
                // A row that never ends; nothing behind it can be told apart.
                let at = At { number, line: position.line(), offset: position.byte() };
                visitor.row(at, Err(reason(&error)));
                last = None;
                break;
            }
        }
    }
    if let Some(at) = last
        && quote_is_open(path, at.offset)?
    {
        visitor.fault(at, "a quote is opened and never closed".to_owned());
    }
    let hash = reader.get_ref().hash();
    Ok(Walked { format: Format::Separated(separated), hash })
}

/// Whether the last record only ended because the file did: it spans lines and its quotes do not pair up.
fn quote_is_open(path: &Path, offset: u64) -> Result<bool, DataError> {
    let mut raw = Vec::new();
    let mut file = source::open(path)?;
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.take(LONGEST_ROW as u64).read_to_end(&mut raw))
        .map_err(|error| failed(path, &error))?;
    let odd = raw.iter().fold(false, |odd, byte| odd ^ (*byte == b'"'));
    Ok(odd && raw.trim_ascii_end().contains(&b'\n'))
}

fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => error.to_string(),
    }
}
