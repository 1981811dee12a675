//! The row formats, and from bytes to a map of columns.

use std::path::Path;

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::beginning::{self, Beginning};
use super::columnar::Columnar;
use super::error::DataError;
use super::source;

/// How rows are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON object per line.
    JsonLines,
    /// One JSON list of objects.
    JsonArray,
    /// Separated values, as a rule with a header line.
    Separated(Separated),
    /// Parquet.
    Columnar(Columnar),
}

impl Format {
    /// The name for people.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::JsonLines => "JSON lines",
            Self::JsonArray => "JSON list",
            Self::Separated(Separated { delimiter, names, .. }) => match (*delimiter, *names) {
                (b'\t', true) => "tab-separated values",
                (b';', true) => "semicolon-separated values",
                (b'|', true) => "bar-separated values",
                (_, true) => "comma-separated values",
                (b'\t', false) => "tab-separated values without names",
                (b';', false) => "semicolon-separated values without names",
                (b'|', false) => "bar-separated values without names",
                (_, false) => "comma-separated values without names",
            },
            Self::Columnar(_) => "Parquet",
        }
    }
}

/// Whether a line is no row: nothing but spaces, or a byte order mark.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty() || line == b"\xef\xbb\xbf\n"
}

/// How a separated file is written, and what its header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Separated {
    pub(crate) delimiter: u8,
    pub(crate) columns: Vec<String>,
    /// Whether the file's first line names the columns; without it the names are ours.
    pub(crate) names: bool,
}

/// One line of JSON as a row.
pub(crate) fn json(line: &[u8]) -> Result<Map<String, Value>, String> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    // Its end is no part of it: what breaks off does so in the last column, not before the first.
    let line = line.trim_ascii_end();
    let text = std::str::from_utf8(line).map_err(|error| not_utf8(line, error.valid_up_to()))?;
    match serde_json::from_str(text) {
        Ok(Value::Object(row)) => Ok(row),
        Ok(Value::Array(_)) => Err("it is a list, not an object; a row is one `{…}`".to_owned()),
        Ok(_) => Err("it is not an object; a row is one `{…}`".to_owned()),
        // serde_json counts lines within this one; only its column helps.
        Err(error) => {
            let said = error.to_string();
            let reason = said.split(" at line").next().unwrap_or(&said);
            Err(format!("it is not JSON: {reason} (column {})", error.column()))
        }
    }
}

impl Separated {
    /// The columns of a header record.
    pub(crate) fn new(delimiter: u8, header: &ByteRecord) -> Result<Self, String> {
        let mut columns: Vec<String> = Vec::new();
        for (index, field) in header.iter().enumerate() {
            let field = if index == 0 { field.strip_prefix(b"\xef\xbb\xbf").unwrap_or(field) } else { field };
            let name = std::str::from_utf8(field).map_err(|error| not_utf8(field, error.valid_up_to()))?.trim();
            if field.contains(&0) {
                return Err("it holds NUL bytes; is the file in UTF-16? Save it as UTF-8".to_owned());
            }
            if name.is_empty() {
                return Err(format!("column {} has no name", index + 1));
            }
            if columns.iter().any(|column| column == name) {
                return Err(format!("the column `{name}` is there twice"));
            }
            columns.push(name.to_owned());
        }
        Ok(Self { delimiter, columns, names: true })
    }

    /// The table of a file by its beginning, whose name says that its fields are separated by `usual`.
    pub(super) fn of_file(path: &Path, usual: u8) -> Result<(Self, Beginning), DataError> {
        let beginning = beginning::of(path, usual)?;
        let mut reader = Self::reader(beginning.delimiter, source::open(path)?);
        let mut first = ByteRecord::new();
        let header = |reason: String| DataError::Header { path: path.to_owned(), reason };
        if !reader.read_byte_record(&mut first).map_err(|error| header(error.to_string()))? {
            return Err(DataError::Empty { path: path.to_owned() });
        }
        let table = if beginning.names {
            Self::new(beginning.delimiter, &first).map_err(header)?
        } else {
            let columns = beginning::question_columns(first.len());
            Self { delimiter: beginning.delimiter, columns, names: false }
        };
        Ok((table, beginning))
    }

    /// A record as a row.
    pub(crate) fn row(&self, record: &ByteRecord) -> Result<Map<String, Value>, String> {
        if record.len() != self.columns.len() {
            let others = if self.names { "the header" } else { "the first row" };
            return Err(format!("it has {} columns, {others} {}", record.len(), self.columns.len()));
        }
        self.columns
            .iter()
            .zip(record)
            .map(|(column, field)| {
                let in_column = |reason: String| format!("column `{column}`: {reason}");
                if field.contains(&0) {
                    return Err(in_column("it holds a NUL byte".to_owned()));
                }
                let text =
                    std::str::from_utf8(field).map_err(|error| in_column(not_utf8(field, error.valid_up_to())))?;
                Ok((column.clone(), Value::String(text.to_owned())))
            })
            .collect()
    }

    /// A reader for records of this kind.
    pub(crate) fn reader<R: std::io::Read>(delimiter: u8, inner: R) -> csv::Reader<R> {
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(inner)
    }
}

fn not_utf8(bytes: &[u8], valid: usize) -> String {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return "it is in UTF-16; save the file as UTF-8".to_owned();
    }
    let byte = bytes.get(valid).copied().unwrap_or_default();
    format!("byte {} is 0x{byte:02x}, which is not UTF-8; save the file as UTF-8", valid + 1)
}
