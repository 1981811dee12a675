//! Going through a data file once, front to back, row by row, whatever its format: what opening a set and checking one share.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::array::{Element, Elements, Start};
use super::columnar::ColumnReader;
use super::error::DataError;
use super::rows::{self, Format, Separated};
use super::source::{self, Hashing, LONGEST_ROW, Line, read_line};

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    /// 1-based, the header not counted.
    pub(crate) number: u64,
    /// 1-based line of the file on which it begins; 0 where the format has no lines.
    pub(crate) line: u64,
    /// The byte at which reading it begins; 0 where rows are not found by bytes.
    pub(crate) offset: u64,
}

/// What is done with each row.
pub(crate) trait Visitor {
    /// The columns of a separated file's header; an error ends the walk.
    fn columns(&mut self, _columns: &[String]) -> Result<(), DataError> {
        Ok(())
    }

    /// Columns that are left out of every row because they hold no text; an error ends the walk.
    fn left_out(&mut self, _columns: &[String]) -> Result<(), DataError> {
        Ok(())
    }

    /// A row, or why it is none.
    fn row(&mut self, at: At, row: Result<Map<String, Value>, String>);

    /// A fault of a row that was already handed over, seen only later.
    fn fault(&mut self, _at: At, _message: String) {}

    /// Whether what was seen is enough; the walk then ends, and its hash means nothing.
    fn has_enough(&self) -> bool {
        false
    }
}

/// A file that was walked to its end.
pub(crate) struct Walked {
    pub(crate) format: Format,
    pub(crate) hash: blake3::Hash,
}

/// The endings of data files.
pub const ENDINGS: [&str; 6] = ["jsonl", "ndjson", "json", "csv", "tsv", "parquet"];

/// Whether a file's name says that it holds rows.
pub fn is_data(path: &Path) -> bool {
    path.extension().is_some_and(|it| ENDINGS.iter().any(|ending| it.eq_ignore_ascii_case(ending)))
}

/// Walks through `path`: `.jsonl` (or `.ndjson`), `.json`, `.csv`, `.tsv`, `.parquet`. A faulty row does not end the walk.
pub(crate) fn walk(path: &Path, visitor: &mut dyn Visitor) -> Result<Walked, DataError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "jsonl" | "ndjson" => json_lines(path, visitor),
        "json" => match json_in(path)? {
            Json::Lines => json_lines(path, visitor),
            Json::List => json_array(path, Elements::new, visitor),
            Json::Within => json_array(path, Elements::within, visitor),
        },
        "parquet" => columnar(path, visitor),
        "csv" => separated(path, b',', visitor),
        "tsv" => separated(path, b'\t', visitor),
        _ => Err(DataError::Format { path: path.to_owned() }),
    }
}

/// Whether rows of a file stand in one piece of bytes each, so that they can be copied; those of a JSON list and of Parquet do not.
pub(crate) fn has_lines(path: &Path) -> Result<bool, DataError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "json" => Ok(json_in(path)? == Json::Lines),
        extension => Ok(extension != "parquet"),
    }
}

fn failed(path: &Path, error: &std::io::Error) -> DataError {
    DataError::Read { path: path.to_owned(), reason: error.to_string() }
}

/// How a file called `.json` holds its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Json {
    /// One a line, whatever the name says.
    Lines,
    /// As a list.
    List,
    /// As a list that is a member of the one object that the file is.
    Within,
}

fn json_in(path: &Path) -> Result<Json, DataError> {
    let mut start = Vec::new();
    source::open(path)?.take(4096).read_to_end(&mut start).map_err(|error| failed(path, &error))?;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    if start.trim_ascii_start().first() != Some(&b'{') {
        return Ok(Json::List);
    }
    let whole = Elements::within(BufReader::with_capacity(64 * 1024, source::open(path)?)).lies_within();
    Ok(if whole.map_err(|error| failed(path, &error))? { Json::Within } else { Json::Lines })
}

/// What reads the elements of a list.
type ListReader = Elements<BufReader<Hashing<File>>>;

fn json_array(
    path: &Path,
    reading: fn(BufReader<Hashing<File>>) -> ListReader,
    visitor: &mut dyn Visitor,
) -> Result<Walked, DataError> {
    let mut elements = reading(BufReader::with_capacity(64 * 1024, Hashing::new(source::open(path)?)));
    let mut buffer = Vec::new();
    let mut number = 0;
    loop {
        let found = elements.next(&mut buffer).map_err(|error| failed(path, &error))?;
        elements.reader_mut().get_mut().row_done();
        let at = |Start { line, offset }: Start| At { number: number + 1, line, offset };
        match found {
            Element::End => break,
            Element::Whole(start) => visitor.row(at(start), rows::json(&buffer)),
            Element::TooLong(start) => visitor.row(at(start), Err(source::too_long())),
            Element::Broken(start, reason) => {
                visitor.row(at(start), Err(reason.to_owned()));
                break;
            }
        }
        number += 1;
        if visitor.has_enough() {
            break;
        }
    }
    Ok(Walked { format: Format::JsonArray, hash: elements.reader().get_ref().hash() })
}

fn columnar(path: &Path, visitor: &mut dyn Visitor) -> Result<Walked, DataError> {
    let unusable = |reason: String| DataError::Read { path: path.to_owned(), reason };
    let mut reader = ColumnReader::open(path).map_err(unusable)?;
    let shape = reader.shape().clone();
    visitor.left_out(&shape.left_out)?;
    visitor.columns(&shape.columns)?;
    let mut at = At { number: 0, line: 0, offset: 0 };
    while let Some(row) = reader.next_row() {
        at.number += 1;
        let broken = row.is_err();
        visitor.row(at, row.and_then(|row| row));
        // Behind a page that cannot be read nothing can be told apart.
        if broken || visitor.has_enough() {
            break;
        }
    }
    let hash = if visitor.has_enough() { blake3::hash(b"") } else { source::hash(path)? };
    Ok(Walked { format: Format::Columnar(shape), hash })
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
            Line::Whole if rows::is_blank(&buffer) => None,
            Line::Whole => Some(rows::json(&buffer)),
            Line::TooLong => Some(Err(source::too_long())),
        };
        if let Some(row) = row {
            at.number += 1;
            visitor.row(at, row);
        }
        at.offset += passed;
        if visitor.has_enough() {
            break;
        }
    }
    Ok(Walked { format: Format::JsonLines, hash: reader.get_ref().hash() })
}

fn separated(path: &Path, delimiter: u8, visitor: &mut dyn Visitor) -> Result<Walked, DataError> {
    let (separated, beginning) = Separated::of_file(path, delimiter)?;
    let mut reader = Separated::reader(separated.delimiter, Hashing::new(source::open(path)?));
    let mut record = ByteRecord::new();
    let header = |reason: String| DataError::Header { path: path.to_owned(), reason };
    if separated.names && !reader.read_byte_record(&mut record).map_err(|error| header(error.to_string()))? {
        return Err(DataError::Empty { path: path.to_owned() });
    }
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
                // Whoever reads a row alone does not begin with a byte order mark.
                let at = At { number, line: found.line(), offset: found.byte().max(beginning.mark) };
                visitor.row(at, separated.row(&record));
                last = Some(at);
                if visitor.has_enough() {
                    last = None;
                    break;
                }
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
