//! Parquet: rows from columns, a few at a time.
//!
//! Values become JSON as far as JSON knows them: dates and times as text (ISO 8601), decimals as text, bytes as the text
//! they are in UTF-8, what is no number as null. A column of bytes that are no text is left out.

mod binary;

use std::fs::File;
use std::path::Path;

use parquet::bloom_filter::Sbbf;
use parquet::column::page::PageReader;
use parquet::column::reader::{ColumnReader as Column, get_column_reader};
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::reader::{ReaderIter, RowIter, TreeBuilder};
use parquet::record::{Field, Row};
use parquet::schema::types::{SchemaDescPtr, Type};
use serde_json::{Map, Number, Value};

use super::source::{self, LONGEST_ROW};

/// Values decoded at a time: large enough to be quick, small enough that long texts do not fill the memory.
const BATCH: usize = 64;
/// How deep lists and groups may lie in one another.
const DEEPEST: usize = 64;

/// Why a value is none.
const BYTES: &str = "it holds bytes that are no UTF-8 text";

/// What the footer of a Parquet file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columnar {
    /// The columns, in order.
    pub(crate) columns: Vec<String>,
    /// Columns that hold bytes rather than texts, and are not read.
    pub(crate) left_out: Vec<String>,
    /// The row each row group begins with, 0-based, and at last the number of rows.
    pub(crate) starts: Vec<u64>,
}

impl Columnar {
    /// The group that row is in, and its place there.
    pub(crate) fn place(&self, row: u64) -> Option<(usize, u64)> {
        let group = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        let last = *self.starts.last()?;
        (row < last).then(|| (group, row - self.starts.get(group).copied().unwrap_or_default()))
    }
}

/// A row, or why its values cannot be taken.
pub(crate) type RowOrFault = Result<Map<String, Value>, String>;

/// Rows of an open file, one after another.
pub(crate) struct ColumnReader {
    file: SerializedFileReader<File>,
    /// The columns that are read.
    schema: SchemaDescPtr,
    /// The group that is opened next.
    group: usize,
    /// Rows of that group which are passed over.
    skipped: u64,
    rows: Option<ReaderIter>,
    /// Rows that are left of the opened group.
    left: u64,
    shape: Columnar,
}

/// A row group that begins at a later row: whole pages before it are not decompressed.
struct Later<'a> {
    group: &'a dyn RowGroupReader,
    skipped: usize,
}

impl RowGroupReader for Later<'_> {
    fn metadata(&self) -> &RowGroupMetaData {
        self.group.metadata()
    }

    fn num_columns(&self) -> usize {
        self.group.num_columns()
    }

    fn get_column_page_reader(&self, column: usize) -> Result<Box<dyn PageReader>, ParquetError> {
        self.group.get_column_page_reader(column)
    }

    fn get_column_reader(&self, column: usize) -> Result<Column, ParquetError> {
        let descriptor = self.metadata().schema_descr().column(column);
        let mut reader = get_column_reader(descriptor, self.get_column_page_reader(column)?);
        let skipped = match &mut reader {
            Column::BoolColumnReader(reader) => reader.skip_records(self.skipped),
            Column::Int32ColumnReader(reader) => reader.skip_records(self.skipped),
            Column::Int64ColumnReader(reader) => reader.skip_records(self.skipped),
            Column::Int96ColumnReader(reader) => reader.skip_records(self.skipped),
            Column::FloatColumnReader(reader) => reader.skip_records(self.skipped),
            Column::DoubleColumnReader(reader) => reader.skip_records(self.skipped),
            Column::ByteArrayColumnReader(reader) => reader.skip_records(self.skipped),
            Column::FixedLenByteArrayColumnReader(reader) => reader.skip_records(self.skipped),
        };
        if skipped? == self.skipped {
            Ok(reader)
        } else {
            Err(ParquetError::General("a column has fewer rows than its group".to_owned()))
        }
    }

    fn get_column_bloom_filter(&self, column: usize) -> Option<&Sbbf> {
        self.group.get_column_bloom_filter(column)
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>, ParquetError> {
        self.group.get_row_iter(projection)
    }
}

fn in_words(error: &ParquetError) -> String {
    let said = error.to_string();
    if let Some((_, codec)) = said.split_once("Disabled feature at compile time: ") {
        return format!(
            "it is compressed with {codec}, which is not read here; write it with zstd, snappy, gzip or lz4"
        );
    }
    said.strip_prefix("Parquet error: ").unwrap_or(&said).to_owned()
}

/// The library's answer; where a damaged file makes it panic, an error. What it was working on is not used again.
fn guarded<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    super::guarded(work)
        .unwrap_or_else(|| Err(ParquetError::General("its pages do not hold what its footer says".to_owned())))
}

impl ColumnReader {
    /// Opens a file and reads its footer. The error says what is wrong with it.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        let file = source::open(path).map_err(|error| error.to_string())?;
        let file = guarded(|| SerializedFileReader::new(file))
            .map_err(|error| format!("it is not a whole Parquet file: {}", in_words(&error)))?;
        let metadata = file.metadata();
        let length = source::stamp(path).map_err(|error| error.to_string())?.length();
        for column in metadata.row_groups().iter().flat_map(RowGroupMetaData::columns) {
            let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
            let end = start.checked_add(column.compressed_size());
            // The library takes these for granted.
            if start < 0 || column.compressed_size() < 0 || end.is_none_or(|end| end.unsigned_abs() > length) {
                return Err("it is not a whole Parquet file: a column lies outside of it".to_owned());
            }
        }
        let mut starts = vec![0];
        let mut sum = 0_u64;
        for group in metadata.row_groups() {
            let rows = u64::try_from(group.num_rows()).map_err(|_| "a row group has less than no rows".to_owned())?;
            sum = sum.checked_add(rows).ok_or("its row groups have more rows than can be counted")?;
            starts.push(sum);
        }
        if !metadata.file_metadata().schema().is_group() {
            return Err("its schema has no columns".to_owned());
        }
        let (schema, left_out) = guarded(|| binary::readable(&file)).map_err(|error| in_words(&error))?;
        let columns: Vec<String> =
            schema.root_schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
        if columns.is_empty() && !left_out.is_empty() {
            return Err(format!("every column of it holds bytes that are no text: {}", left_out.join(", ")));
        }
        let shape = Columnar { columns, left_out, starts };
        Ok(Self { file, schema, group: 0, skipped: 0, rows: None, left: 0, shape })
    }

    /// What the footer says.
    pub(crate) const fn shape(&self) -> &Columnar {
        &self.shape
    }

    /// Goes to a row; `false` if there is none.
    pub(crate) fn go_to(&mut self, row: u64) -> bool {
        let Some((group, place)) = self.shape.place(row) else { return false };
        self.group = group;
        self.skipped = place;
        self.rows = None;
        true
    }

    /// The next row as it is in the file; `None` behind the last.
    fn next_raw(&mut self) -> Option<Result<Row, String>> {
        loop {
            if let Some(rows) = self.rows.as_mut().filter(|_| self.left > 0) {
                self.left -= 1;
                match guarded(|| rows.next().transpose()).transpose() {
                    Some(row) => return Some(row.map_err(|error| in_words(&error))),
                    None => self.rows = None,
                }
            }
            if self.group >= self.file.num_row_groups() {
                return None;
            }
            let descriptor = SchemaDescPtr::clone(&self.schema);
            let (file, number, skipped) = (&self.file, self.group, std::mem::take(&mut self.skipped));
            self.group += 1;
            let starts = self.shape.starts.get(number).zip(self.shape.starts.get(number + 1));
            self.left = starts.map_or(0, |(start, end)| end - start).saturating_sub(skipped);
            let rows = guarded(|| {
                let group = file.get_row_group(number)?;
                let later = Later { group: &*group, skipped: skipped as usize };
                TreeBuilder::new().with_batch_size(BATCH).as_iter(descriptor, &later)
            });
            match rows {
                Ok(rows) => self.rows = Some(rows),
                Err(error) => return Some(Err(in_words(&error))),
            }
        }
    }

    /// Passes over a row; `None` if there is none.
    pub(crate) fn skip(&mut self) -> Option<Result<(), String>> {
        self.next_raw().map(|row| row.map(|_| ()))
    }

    /// The next row. After an error of reading, nothing that follows can be trusted.
    pub(crate) fn next_row(&mut self) -> Option<Result<RowOrFault, String>> {
        self.next_raw().map(|row| row.map(as_map))
    }
}

fn as_map(row: Row) -> Result<Map<String, Value>, String> {
    let mut size = 0;
    let mut map = Map::new();
    for (name, field) in row.into_columns() {
        let value = value(field, DEEPEST, &mut size).map_err(|reason| format!("column `{name}`: {reason}"))?;
        map.insert(name, value);
    }
    Ok(map)
}

fn number(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn value(field: Field, deep: usize, size: &mut usize) -> Result<Value, String> {
    let Some(deeper) = deep.checked_sub(1) else { return Err("lists or groups lie too deep in it".to_owned()) };
    let shown = |field: &Field| Value::String(field.to_string());
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(value) => Value::Bool(value),
        Field::Byte(value) => value.into(),
        Field::Short(value) => value.into(),
        Field::Int(value) => value.into(),
        Field::Long(value) => value.into(),
        Field::UByte(value) => value.into(),
        Field::UShort(value) => value.into(),
        Field::UInt(value) => value.into(),
        Field::ULong(value) => value.into(),
        Field::Float16(value) => number(value.to_f64()),
        // The shortest decimal of the 32-bit number, not of its 64-bit neighbour.
        Field::Float(value) => number(value.to_string().parse().unwrap_or(f64::NAN)),
        Field::Double(value) => number(value),
        Field::Str(text) => Value::String(counted(text, size)?),
        Field::Bytes(bytes) => {
            let text = String::from_utf8(bytes.data().to_vec()).map_err(|_| BYTES)?;
            Value::String(counted(text, size)?)
        }
        Field::Decimal(_) => shown(&field),
        Field::Date(days) => Value::String(date(days).ok_or("a date is out of range")?),
        Field::TimeMillis(milliseconds) => Value::String(time(i64::from(milliseconds) * 1_000)),
        Field::TimeMicros(microseconds) => Value::String(time(microseconds)),
        Field::TimestampMillis(milliseconds) => {
            let stamp = jiff::Timestamp::from_millisecond(milliseconds).map_err(|_| "a time is out of range")?;
            Value::String(stamp.to_string())
        }
        Field::TimestampMicros(microseconds) => {
            let stamp = jiff::Timestamp::from_microsecond(microseconds).map_err(|_| "a time is out of range")?;
            Value::String(stamp.to_string())
        }
        Field::Group(row) => {
            let mut map = Map::new();
            for (name, field) in row.into_columns() {
                map.insert(name, value(field, deeper, size)?);
            }
            Value::Object(map)
        }
        Field::ListInternal(list) => Value::Array(
            list.elements().iter().map(|field| value(field.clone(), deeper, size)).collect::<Result<_, _>>()?,
        ),
        Field::MapInternal(map) => {
            let mut entries = Map::new();
            for (key, field) in map.entries() {
                let key = match value(key.clone(), deeper, size)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                entries.insert(key, value(field.clone(), deeper, size)?);
            }
            Value::Object(entries)
        }
    })
}

fn counted(text: String, size: &mut usize) -> Result<String, String> {
    *size += text.len();
    if *size > LONGEST_ROW { Err(source::too_long()) } else { Ok(text) }
}

fn date(days: i32) -> Option<String> {
    let epoch = jiff::civil::date(1970, 1, 1);
    Some(epoch.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?.to_string())
}

/// A time of day, from microseconds since midnight.
fn time(microseconds: i64) -> String {
    let (seconds, rest) = (microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000));
    let text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { text } else { format!("{text}.{rest:06}") }
}

#[cfg(test)]
mod tests;
