//! The row formats, and from bytes to a map of columns.

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::columnar::Columnar;

/// How rows are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON object per line.
    JsonLines,
    /// One JSON list of objects.
    JsonArray,
    /// Separated values with a header line.
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
            Self::Separated(Separated { delimiter: b'\t', .. }) => "tab-separated values",
            Self::Separated(_) => "comma-separated values",
            Self::Columnar(_) => "Parquet",
        }
    }
}

/// Whether a line is no row: nothing but spaces, or a byte order mark.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty() || line == b"\xef\xbb\xbf\n"
}

/// What a separated file's header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Separated {
    pub(crate) delimiter: u8,
    pub(crate) columns: Vec<String>,
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
        Ok(Self { delimiter, columns })
    }

    /// A record as a row.
    pub(crate) fn row(&self, record: &ByteRecord) -> Result<Map<String, Value>, String> {
        if record.len() != self.columns.len() {
            return Err(format!("it has {} columns, the header {}", record.len(), self.columns.len()));
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
