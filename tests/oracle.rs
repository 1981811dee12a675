//! Our metrics and statistics against values that the reference implementations gave (see `tests/oracle/README.md`).
//! `FOURFOLD_ORACLE_DIR` names another folder of `.jsonl` files in the same shape.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a record of another shape must stop the test"
)]
#![allow(unreachable_pub, reason = "test programs have no outside")]
#![allow(clippy::float_cmp, reason = "right and wrong are 1 and 0")]

use std::path::PathBuf;

use serde_json::Value;

#[path = "oracle/ledger.rs"]
mod ledger;
#[path = "oracle/pairs.rs"]
mod pairs;
#[path = "oracle/statistics.rs"]
mod statistics;

use ledger::Ledger;

#[test]
fn every_value_agrees_with_the_reference_implementations() {
    let folder = std::env::var_os("FOURFOLD_ORACLE_DIR")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle")), PathBuf::from);
    let mut ledger = Ledger::default();
    let mut pairs = pairs::Pairs::default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    assert!(!files.is_empty(), "there is no .jsonl file in {}", folder.display());
    for file in &files {
        let name_of_file = file.file_name().unwrap_or_default().to_string_lossy();
        for (number, line) in std::fs::read_to_string(file).unwrap().lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let at = format!("{}:{}", file.display(), number + 1);
            let record: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{at}: {error}"));
            let name = |key: &str| record[key].as_str().unwrap_or_else(|| panic!("{at}: no text `{key}`"));
            let id = name("id");
            match name("kind") {
                "text" | "code" => pairs.check(&mut ledger, &name_of_file, id, &record),
                "json_schema_2020_12" => pairs::schema(&mut ledger, id, &record),
                "corpus" => pairs.corpus(id, &record),
                kind => statistics::check(&mut ledger, id, kind, &record),
            }
        }
    }
    pairs.settle(&mut ledger);
    ledger.settle();
}
