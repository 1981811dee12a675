//! Files written by the library's own writer, read back; and files cut short or changed.

use std::panic;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::data::{Cases, DataSet, Mapping, is_guarded};

const SCHEMA: &str = "message rows {
    REQUIRED BYTE_ARRAY text (UTF8);
    OPTIONAL INT64 number;
    OPTIONAL INT32 day (DATE);
    REQUIRED DOUBLE share;
    OPTIONAL group options (LIST) { REPEATED group list { OPTIONAL BYTE_ARRAY element (UTF8); } }
}";

/// `groups` groups of `rows` rows each.
fn file(groups: usize, rows: usize, compression: Compression) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    // Pages of no more than 64 rows, so that there are some to pass over.
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_data_page_row_count_limit(64)
        .set_write_batch_size(32)
        .build();
    let properties = Arc::new(properties);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    for group in 0..groups {
        let numbers: Vec<i64> = (0..rows).map(|row| (group * rows + row) as i64).collect();
        let texts: Vec<ByteArray> =
            numbers.iter().map(|number| ByteArray::from(format!("text {number}").into_bytes())).collect();
        let mut written = writer.next_row_group().unwrap();
        let mut index = 0;
        while let Some(mut column) = written.next_column().unwrap() {
            match column.untyped() {
                ColumnWriter::ByteArrayColumnWriter(column) if index == 0 => {
                    column.write_batch(&texts, None, None).unwrap();
                }
                ColumnWriter::ByteArrayColumnWriter(column) => {
                    // Two elements a row.
                    let elements: Vec<ByteArray> = texts.iter().flat_map(|text| [text.clone(), text.clone()]).collect();
                    let (levels, repeats) = (vec![3_i16; rows * 2], [0_i16, 1].repeat(rows));
                    column.write_batch(&elements, Some(&levels), Some(&repeats)).unwrap();
                }
                ColumnWriter::Int64ColumnWriter(column) => {
                    let odd: Vec<i64> = numbers.iter().copied().filter(|number| number % 2 == 1).collect();
                    let levels: Vec<i16> = numbers.iter().map(|number| (number % 2) as i16).collect();
                    column.write_batch(&odd, Some(&levels), None).unwrap();
                }
                ColumnWriter::Int32ColumnWriter(column) => {
                    let days: Vec<i32> = numbers.iter().map(|number| *number as i32).collect();
                    column.write_batch(&days, Some(&vec![1; rows]), None).unwrap();
                }
                ColumnWriter::DoubleColumnWriter(column) => {
                    let shares: Vec<f64> = numbers
                        .iter()
                        .map(|number| if *number == 1 { f64::NAN } else { *number as f64 / 2.0 })
                        .collect();
                    column.write_batch(&shares, None, None).unwrap();
                }
                _ => panic!("a column that is not in the schema"),
            }
            column.close().unwrap();
            index += 1;
        }
        written.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// A question, a picture beside it, a note whose type does not say that it is text, and the answer.
fn with_bytes() -> Vec<u8> {
    let schema = "message rows { REQUIRED BYTE_ARRAY question (UTF8);
        OPTIONAL group image { OPTIONAL BYTE_ARRAY bytes; OPTIONAL BYTE_ARRAY path (UTF8); }
        OPTIONAL BYTE_ARRAY note; REQUIRED BYTE_ARRAY answer (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::default())).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut write = |values: [Option<&[u8]>; 2], deepest: i16| {
        let mut column = group.next_column().unwrap().unwrap();
        let ColumnWriter::ByteArrayColumnWriter(typed) = column.untyped() else { panic!("bytes") };
        let levels: Vec<i16> = values.iter().map(|value| if value.is_some() { deepest } else { 0 }).collect();
        let values: Vec<ByteArray> = values.iter().flatten().map(|value| value.to_vec().into()).collect();
        typed.write_batch(&values, (deepest > 0).then_some(&levels), None).unwrap();
        column.close().unwrap();
    };
    write([Some(b"what?"), Some(b"who?")], 0);
    write([None, Some(b"\xff\xd8\xff\xe0")], 2);
    write([None, Some(b"a.jpg")], 2);
    write([Some(b"plain"), None], 1);
    write([Some(b"this"), Some(b"he")], 0);
    group.close().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn a_column_of_bytes_is_left_out_and_the_others_are_read() {
    let (_folder, path) = on_disk(&with_bytes());
    let set = DataSet::open(&path, &Mapping::default()).unwrap();
    assert_eq!(
        (set.columns(), set.left_out()),
        (&["question", "note", "answer"].map(str::to_owned)[..], &["image".to_owned()][..])
    );
    let case = set.case(1).unwrap();
    assert_eq!((case.variables.get("question"), case.reference.as_deref()), (Some(&json!("who?")), Some("he")));
    assert_eq!(set.case(0).unwrap().variables.get("note"), Some(&json!("plain")), "text whose type does not say so");
    let mapped = Mapping { reference: Some("image".into()), ..Mapping::default() };
    let error = DataSet::open(&path, &mapped).unwrap_err();
    assert!(
        error.to_string().ends_with("the column `image` for the reference holds bytes that are no text"),
        "{error}"
    );
    assert!(error.hint().contains("question, note, answer"), "{}", error.hint());
}

fn on_disk(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.parquet");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn rows(path: &Path) -> Result<Vec<Map<String, Value>>, String> {
    let mut reader = ColumnReader::open(path)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row() {
        rows.push(row??);
    }
    Ok(rows)
}

#[test]
fn rows_come_with_all_their_columns() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        let (_folder, path) = on_disk(&file(2, 3, compression));
        let reader = ColumnReader::open(&path).unwrap();
        assert_eq!(reader.shape().columns, ["text", "number", "day", "share", "options"]);
        assert_eq!(reader.shape().starts, [0, 3, 6]);
        let rows = rows(&path).unwrap();
        assert_eq!(rows.len(), 6);
        let wanted =
            json!({"text": "text 1", "number": 1, "day": "1970-01-02", "share": null, "options": ["text 1", "text 1"]});
        assert_eq!(Value::Object(rows[1].clone()), wanted);
        let wanted = json!({"text": "text 4", "number": null, "day": "1970-01-05", "share": 2.0, "options": ["text 4", "text 4"]});
        assert_eq!(Value::Object(rows[4].clone()), wanted);
    }
}

#[test]
fn a_row_is_found_in_its_group() {
    let shape = Columnar { columns: Vec::new(), left_out: Vec::new(), starts: vec![0, 3, 3, 10] };
    for (row, place) in [(0, Some((0, 0))), (2, Some((0, 2))), (3, Some((2, 0))), (9, Some((2, 6))), (10, None)] {
        assert_eq!(shape.place(row), place, "{row}");
    }
    let (_folder, path) = on_disk(&file(3, 4, Compression::SNAPPY));
    let mut reader = ColumnReader::open(&path).unwrap();
    assert!(reader.go_to(8) && !reader.go_to(12));
    reader.skip().unwrap().unwrap();
    assert_eq!(reader.next_row().unwrap().unwrap().unwrap()["text"], "text 9");
}

#[test]
fn rows_behind_whole_pages_are_those_that_reading_on_gives() {
    let (_folder, path) = on_disk(&file(2, 1_000, Compression::SNAPPY));
    let all = rows(&path).unwrap();
    let set = DataSet::open(&path, &Mapping::default()).unwrap();
    let mut reader = set.reader();
    for index in [999, 1_000, 0, 63, 64, 65, 700, 1_999, 1_500, 1_501, 1_490, 320, 31] {
        assert_eq!(reader.read(index).unwrap().values.as_ref(), Ok(&all[index]), "{index}");
    }
    let mut reader = ColumnReader::open(&path).unwrap();
    assert!(reader.go_to(990));
    let rest: Vec<_> = std::iter::from_fn(|| reader.next_row()).map(|row| row.unwrap().unwrap()).collect();
    assert_eq!(rest, all[990..], "a group that was entered late ends where it ends");
}

#[test]
fn times_are_written_out() {
    assert_eq!((time(0), time(3_723_000_001)), ("00:00:00".to_owned(), "01:02:03.000001".to_owned()));
    assert_eq!(date(-1).as_deref(), Some("1969-12-31"));
    assert_eq!(date(i32::MAX), None);
    let bytes = Field::Bytes(ByteArray::from(vec![0xff]));
    assert!(value(bytes, 2, &mut 0).unwrap_err().contains("no UTF-8"));
    let long = Field::Str("x".repeat(LONGEST_ROW + 1));
    assert!(value(long, 2, &mut 0).unwrap_err().contains("longer than"));
}

#[test]
fn a_set_finds_rows_in_any_order() {
    let (_folder, path) = on_disk(&file(3, 70, Compression::SNAPPY));
    let set = DataSet::open(&path, &Mapping { reference: Some("text".into()), ..Mapping::default() }).unwrap();
    assert_eq!((set.count(), set.format(), set.references()), (210, "Parquet", 210));
    assert_eq!(set.hash(), blake3::hash(&std::fs::read(&path).unwrap()));
    for index in [150, 151, 0, 209, 69, 70, 71, 30] {
        let case = set.case(index).unwrap();
        assert_eq!(case.reference, Some(format!("text {index}")));
        assert_eq!(case.id, (index + 1).to_string());
    }
    let error = DataSet::open(&path, &Mapping { reference: Some("txt".into()), ..Mapping::default() }).unwrap_err();
    assert_eq!(error.hint(), "Did you mean `text`?");
}

/// Bytes of a small file are turned until the library panics, as it does on some: nobody who listens for panics takes that for
/// a crash, and the reader has its error.
#[test]
fn a_damaged_file_is_no_crash() {
    static AWAITED: AtomicUsize = AtomicUsize::new(0);
    static HEARD: AtomicUsize = AtomicUsize::new(0);
    let (before, here) = (panic::take_hook(), thread::current().id());
    panic::set_hook(Box::new(move |info| match (thread::current().id() == here, is_guarded()) {
        (false, _) => before(info),
        (true, true) => drop(AWAITED.fetch_add(1, Ordering::SeqCst)),
        (true, false) => drop(HEARD.fetch_add(1, Ordering::SeqCst)),
    }));
    let whole = file(1, 9, Compression::UNCOMPRESSED);
    let (_folder, path) = on_disk(&whole);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x80;
        std::fs::write(&path, &bytes).unwrap();
        let panics = AWAITED.load(Ordering::SeqCst);
        let read = rows(&path);
        if AWAITED.load(Ordering::SeqCst) > panics {
            assert!(read.unwrap_err().contains("its pages do not hold what its footer says"));
        }
    }
    assert_eq!(HEARD.load(Ordering::SeqCst), 0);
    assert!(AWAITED.load(Ordering::SeqCst) > 0, "no byte makes the library panic: this test shows nothing");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is done to a file, reading it ends with rows or with an error in words.
    #[test]
    fn a_damaged_file_is_refused_in_words(at in 0_usize..4000, byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = file(2, 9, Compression::SNAPPY);
        let at = at % bytes.len();
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        let (_folder, path) = on_disk(&bytes);
        if let Err(reason) = rows(&path) {
            prop_assert!(!reason.is_empty());
        }
    }
}
