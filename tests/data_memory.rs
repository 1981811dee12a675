//! A large data file is read in little memory: a process of its own, whose peak is looked at before and after.

use std::fs::{self, File};
use std::io::{BufWriter, Write};

use fourfold::data::{Cases, DataSet, Mapping};

/// Megabytes of the file, and how many more the process may take while it reads it.
const FILE: u64 = 120;
const MORE: u64 = 24;

/// The most memory this process has had, in kilobytes, where the system tells.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn a_file_is_streamed_and_any_row_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.jsonl");
    let mut file = BufWriter::new(File::create(&path).unwrap());
    // Long rows, so that an unoptimised build is not at it for minutes.
    let filling = "and so on, ".repeat(60);
    let (mut rows, mut written) = (0_usize, 0_u64);
    while written < FILE * 1_000_000 {
        let line = format!("{{\"id\": \"row-{rows}\", \"question\": \"{filling}\", \"answer\": \"{}\"}}\n", rows * 3);
        file.write_all(line.as_bytes()).unwrap();
        written += line.len() as u64;
        rows += 1;
    }
    file.into_inner().unwrap().sync_all().unwrap();

    let before = peak();
    let set = DataSet::open(&path, &Mapping::default()).unwrap();
    assert_eq!(set.count(), rows);
    for index in [rows - 1, 0, rows / 2, rows / 2 + 1, 17] {
        assert_eq!(set.case(index).unwrap().reference, Some((index * 3).to_string()));
    }
    assert_eq!(set.find(&format!("row-{}", rows / 3)).unwrap(), Some(rows / 3));
    if let (Some(before), Some(after)) = (before, peak()) {
        let grown = (after - before) / 1024;
        assert!(grown < MORE, "{grown} MB for a file of {FILE} MB");
        println!("{rows} rows, {FILE} MB: {grown} MB more");
    }
}
