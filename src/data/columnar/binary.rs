//! Columns of bytes that are no text, such as pictures and sounds: found before the first row is read, and left out of every row.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Row;
use parquet::record::reader::TreeBuilder;
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type, TypePtr};

use super::{BATCH, BYTES, DEEPEST, guarded, value};

/// Row groups that are looked into.
const GROUPS: usize = 16;

/// The columns of a file that are read, as a schema of its own, and the names of those that are left out.
pub(super) fn readable(file: &SerializedFileReader<File>) -> Result<(SchemaDescPtr, Vec<String>), ParquetError> {
    let whole = file.metadata().file_metadata().schema_descr_ptr();
    let schema = whole.root_schema();
    let (left_out, kept): (Vec<TypePtr>, Vec<TypePtr>) =
        schema.get_fields().iter().cloned().partition(|field| may_hold_bytes(field) && holds_bytes(file, field));
    if left_out.is_empty() {
        return Ok((whole, Vec::new()));
    }
    let names = left_out.iter().map(|field| field.name().to_owned()).collect();
    Ok((projected(schema.name(), kept)?, names))
}

fn projected(name: &str, fields: Vec<TypePtr>) -> Result<SchemaDescPtr, ParquetError> {
    let schema = Type::group_type_builder(name).with_fields(fields).build()?;
    Ok(Arc::new(SchemaDescriptor::new(Arc::new(schema))))
}

/// Whether its type leaves open whether it is text: writers of old do not say so of texts either.
fn may_hold_bytes(field: &Type) -> bool {
    if field.is_group() {
        return field.get_fields().iter().any(|field| may_hold_bytes(field));
    }
    let about = field.get_basic_info();
    let says_what = matches!(
        about.converted_type(),
        ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON | ConvertedType::DECIMAL
    );
    let is_half = about.logical_type_ref() == Some(&LogicalType::Float16);
    matches!(field.get_physical_type(), Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY) && !says_what && !is_half
}

/// Whether one of its first values, in each of some row groups, is no text.
fn holds_bytes(file: &SerializedFileReader<File>, field: &TypePtr) -> bool {
    let groups = file.num_row_groups();
    (0..groups).step_by(groups.div_ceil(GROUPS).max(1)).any(|number| {
        let looked = guarded(|| {
            let group = file.get_row_group(number)?;
            let alone = projected("alone", vec![TypePtr::clone(field)])?;
            // One at a time: a picture is large, and the first one tells.
            let rows = TreeBuilder::new().with_batch_size(1).as_iter(alone, &*group)?;
            for row in rows.take(BATCH) {
                if is_bytes(row?) {
                    return Ok(true);
                }
            }
            Ok(false)
        });
        // What cannot be read is told by whoever reads it as rows.
        looked.unwrap_or(false)
    })
}

fn is_bytes(row: Row) -> bool {
    let mut size = 0;
    row.into_columns().into_iter().any(|(_, field)| value(field, DEEPEST, &mut size).is_err_and(|why| why == BYTES))
}
