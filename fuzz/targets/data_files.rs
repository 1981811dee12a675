//! Data files as text: JSON lines, JSON, CSV, TSV. What opens can be read row by row and again; a pasted case never fails
//! badly. (Parquet is left out: its reader's panics are caught, and a fuzzer takes every panic for a crash.)

#![no_main]

use std::fs;
use std::sync::LazyLock;

use fourfold::data::{Cases, DataSet, Mapping, parse_case};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder for the files"));

fuzz_target!(|input: &[u8]| {
    let Some((&how, bytes)) = input.split_first() else { return };
    let ending = ["jsonl", "json", "csv", "tsv"][usize::from(how) % 4];
    let path = FOLDER.path().join(format!("data.{ending}"));
    fs::write(&path, bytes).expect("the file can be written");
    let mapping = Mapping::default();
    match DataSet::open(&path, &mapping) {
        Ok(set) => {
            // Forwards, as a run reads; then from the middle, as a person jumps.
            for index in 0..set.count().min(64) {
                let case = set.case(index).expect("a row that was read once can be read again");
                assert_eq!(set.find(&case.id).expect("ids are read again"), Some(index), "{}", case.id);
            }
            let middle = set.count() / 2;
            if set.count() > 0 {
                set.case(middle).expect("any row can be read on its own");
            }
        }
        Err(error) => assert!(!error.to_string().is_empty() && !error.hint().is_empty()),
    }
    let text = String::from_utf8_lossy(bytes);
    let expected = ["order".to_owned(), "note".to_owned()];
    if let Err(error) = parse_case(&text, &expected[..usize::from(how) / 4 % 3], &mapping) {
        assert!(!error.hint().is_empty());
    }
});
