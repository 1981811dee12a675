//! Parquet: one row a trial, for DuckDB and pandas. Rows are gathered into groups, so memory stays bounded.

use std::io::Write;
use std::sync::Arc;

use ::parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use ::parquet::schema::types::{Type, TypePtr};

use super::csv::metrics_of;
use super::json::said;
use super::{CaseRow, Facts, ReportError, Rows, Trial};

/// Trials in a group, unless their texts are long.
const GROUP_ROWS: usize = 5_000;
/// Bytes of text in a group.
const GROUP_BYTES: usize = 32 << 20;

/// The values of one column within a group; `None` is null.
enum Values {
    Text(Vec<Option<ByteArray>>),
    Number(Vec<Option<f64>>),
    Count(Vec<Option<i64>>),
    Flag(Vec<Option<bool>>),
}

/// A column: its name, and what a trial has there.
struct Column {
    name: String,
    values: Values,
}

fn text(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

/// What one trial puts into one column.
enum Cell {
    Text(Option<ByteArray>),
    Number(Option<f64>),
    Count(Option<i64>),
    Flag(bool),
}

fn cells(facts: &Facts, metrics: &[String], row: &CaseRow, trial: &Trial) -> Vec<(String, Cell)> {
    let count = |value: Option<u64>| Cell::Count(value.map(u64::cast_signed));
    let words = |value: Option<&str>| Cell::Text(value.map(text));
    let mut cells: Vec<(&str, Cell)> = vec![
        ("run", Cell::Count(Some(facts.run))),
        ("row", count(Some(row.row + 1))),
        ("case", words(Some(&row.id))),
        ("split", words(Some(&facts.split))),
        ("arm", words(Some(facts.name(trial.arm)))),
        ("repeat", count(Some(u64::from(trial.repeat) + 1))),
        ("trial", Cell::Count(Some(trial.number))),
        ("time", Cell::Count(Some(trial.time))),
        ("outcome", words(Some(trial.outcome.as_str()))),
        ("score", Cell::Number(trial.score)),
        ("answer", words(Some(&trial.answer))),
        ("extracted", words(trial.extracted.as_deref())),
        ("reference", words(row.reference.as_deref())),
        ("reasoning", words(Some(&trial.reasoning))),
        ("variables", words(Some(&serde_json::Value::Object(row.variables.clone()).to_string()))),
        ("messages", words(Some(&said(&trial.messages).to_string()))),
        ("error", words(trial.error.as_ref().map(|(what, _)| what.as_str()))),
        ("stop", words(trial.stop.as_deref())),
        ("model", words(Some(&trial.model))),
        ("fingerprint", words(Some(&trial.fingerprint))),
        ("strategy", words(Some(&trial.strategy.to_string()))),
        ("parameters", words(Some(&trial.parameters.to_string()))),
        ("prompt_hash", words(Some(&trial.prompt_hash))),
        ("cost", Cell::Number(trial.cost)),
        ("tokens_in", count(trial.tokens_in)),
        ("tokens_out", count(trial.tokens_out)),
        ("first_token_ms", count(trial.first_token_ms)),
        ("total_ms", count(trial.total_ms)),
        ("seed", count(trial.seed)),
        ("known", Cell::Flag(trial.known)),
        ("leaked", words(facts.leaked())),
    ];
    let mut all: Vec<(String, Cell)> = cells.drain(..).map(|(name, cell)| (name.to_owned(), cell)).collect();
    for metric in metrics {
        let score = trial.scores.iter().find(|(name, _, _)| name == metric).and_then(|(_, score, _)| *score);
        all.push((format!("score.{metric}"), Cell::Number(score)));
    }
    all
}

/// The columns of a table without rows, in their order.
fn columns(facts: &Facts, metrics: &[String]) -> Vec<Column> {
    let nothing = Trial::nothing();
    cells(facts, metrics, &CaseRow::default(), &nothing)
        .into_iter()
        .map(|(name, cell)| Column {
            name,
            values: match cell {
                Cell::Text(_) => Values::Text(Vec::new()),
                Cell::Number(_) => Values::Number(Vec::new()),
                Cell::Count(_) => Values::Count(Vec::new()),
                Cell::Flag(_) => Values::Flag(Vec::new()),
            },
        })
        .collect()
}

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let fields = columns
        .iter()
        .map(|column| {
            let (physical, logical) = match column.values {
                Values::Text(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Values::Number(_) => (Physical::DOUBLE, None),
                Values::Count(_) => (Physical::INT64, None),
                Values::Flag(_) => (Physical::BOOLEAN, None),
            };
            Type::primitive_type_builder(&column.name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical)
                .build()
                .map(Arc::new)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Arc::new(Type::group_type_builder("trials").with_fields(fields).build()?))
}

pub(super) fn write(facts: &Facts, rows: Rows<'_>, out: &mut (dyn Write + Send)) -> Result<(), ReportError> {
    let failed = |error: ParquetError| ReportError::Format(error.to_string());
    let metrics = metrics_of(facts);
    let mut table = columns(facts, &metrics);
    let level = ZstdLevel::try_new(3).map_err(failed)?;
    let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
    let schema = schema(&table).map_err(failed)?;
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(failed)?;
    let (mut held, mut bytes) = (0, 0);
    for row in rows {
        let row = row?;
        for trial in &row.trials {
            for (column, (_, cell)) in table.iter_mut().zip(cells(facts, &metrics, &row, trial)) {
                bytes += column.push(cell);
            }
            held += 1;
            if held >= GROUP_ROWS || bytes >= GROUP_BYTES {
                group(&mut writer, &mut table).map_err(failed)?;
                (held, bytes) = (0, 0);
            }
        }
    }
    if held > 0 {
        group(&mut writer, &mut table).map_err(failed)?;
    }
    writer.close().map_err(failed)?;
    Ok(())
}

fn group<W: Write + Send>(writer: &mut SerializedFileWriter<W>, table: &mut [Column]) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for column in table {
        match &mut column.values {
            Values::Text(values) => put::<ByteArrayType, _>(&mut group, values)?,
            Values::Number(values) => put::<DoubleType, _>(&mut group, values)?,
            Values::Count(values) => put::<Int64Type, _>(&mut group, values)?,
            Values::Flag(values) => put::<BoolType, _>(&mut group, values)?,
        }
    }
    group.close()?;
    Ok(())
}

/// Writes a column of a group and empties it: values that are there, and for each row whether it is.
fn put<D: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &mut Vec<Option<D::T>>,
) -> Result<(), ParquetError> {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let there: Vec<D::T> = values.drain(..).flatten().collect();
    let mut writer =
        group.next_column()?.ok_or_else(|| ParquetError::General("the table has a column too many".to_owned()))?;
    writer.typed::<D>().write_batch(&there, Some(&levels), None)?;
    writer.close()
}

impl Column {
    /// Adds a cell; how many bytes of text it holds.
    fn push(&mut self, cell: Cell) -> usize {
        match (&mut self.values, cell) {
            (Values::Text(values), Cell::Text(value)) => {
                let bytes = value.as_ref().map_or(0, ByteArray::len);
                values.push(value);
                return bytes;
            }
            (Values::Number(values), Cell::Number(value)) => values.push(value),
            (Values::Count(values), Cell::Count(value)) => values.push(value),
            (Values::Flag(values), Cell::Flag(value)) => values.push(Some(value)),
            // The columns were made of such cells.
            (Values::Text(values), _) => values.push(None),
            (Values::Number(values), _) => values.push(None),
            (Values::Count(values), _) => values.push(None),
            (Values::Flag(values), _) => values.push(None),
        }
        0
    }
}
