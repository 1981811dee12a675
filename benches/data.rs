//! What reading rows costs: opening a file of 100,000 rows (read through, checked, hashed), any row of it, the next row;
//! and the leak guard over 5,000 train and 1,000 test rows.
//!
//! `cargo bench --bench data`.

use std::fs;
use std::path::PathBuf;

use divan::{Bencher, black_box};
use fourfold::data::{Case, Cases, DataSet, GUARD, Mapping, leaks};

fn main() {
    divan::main();
}

const ROWS: usize = 100_000;
const FORMATS: [&str; 3] = ["jsonl", "json", "csv"];

/// A folder with the file in it.
struct Made {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn made(format: &str) -> Option<Made> {
    let folder = tempfile::tempdir().ok()?;
    let path = folder.path().join("rows").with_extension(format);
    let row = |n: usize| match format {
        "csv" => format!("\"What is {n} plus {}, and why?\",{}", n * 7, n * 8),
        _ => format!("{{\"question\": \"What is {n} plus {}, and why?\", \"answer\": \"{}\"}}", n * 7, n * 8),
    };
    let rows: Vec<String> = (0..ROWS).map(row).collect();
    let text = match format {
        "csv" => format!("question,answer\n{}\n", rows.join("\n")),
        "json" => format!("[{}]", rows.join(",\n")),
        _ => rows.join("\n"),
    };
    fs::write(&path, text).ok()?;
    Some(Made { path, _folder: folder })
}

#[divan::bench(args = FORMATS, sample_count = 10)]
fn open(bencher: Bencher<'_, '_>, format: &str) {
    let made = made(format);
    let path = made.as_ref().map(|made| made.path.clone()).unwrap_or_default();
    bencher.bench_local(|| DataSet::open(black_box(&path), &Mapping::default()));
}

#[divan::bench(args = FORMATS)]
fn any_row(bencher: Bencher<'_, '_>, format: &str) {
    let made = made(format);
    let set = made.as_ref().and_then(|made| DataSet::open(&made.path, &Mapping::default()).ok());
    let mut index = 0;
    bencher.bench_local(|| {
        index = (index + 7_919 * 31) % ROWS;
        set.as_ref().map(|set| set.case(index))
    });
}

#[divan::bench(args = FORMATS)]
fn next_row(bencher: Bencher<'_, '_>, format: &str) {
    let made = made(format);
    let set = made.as_ref().and_then(|made| DataSet::open(&made.path, &Mapping::default()).ok());
    let mut index = 0;
    bencher.bench_local(|| {
        index = (index + 1) % ROWS;
        set.as_ref().map(|set| set.case(index))
    });
}

/// Rows of 60 words; one test row in a hundred is a train row but for three words.
#[divan::bench(sample_count = 5)]
fn leak_guard(bencher: Bencher<'_, '_>) {
    let mut state = 42_u64;
    let mut text = || {
        let words = (0..60).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("w{}", (state >> 33) % 5_000)
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let case = |id: usize, text: String| {
        let mut case = Case { id: id.to_string(), ..Case::default() };
        case.variables.insert("q".to_owned(), text.into());
        case
    };
    let texts: Vec<String> = (0..5_000).map(|_| text()).collect();
    let test: Vec<Case> = (0..1_000)
        .map(|id| match texts.get(id * 3).filter(|_| id % 100 == 0) {
            Some(train) => case(id, format!("{train} and three more")),
            None => case(id, text()),
        })
        .collect();
    let train: Vec<Case> = texts.into_iter().enumerate().map(|(id, text)| case(id, text)).collect();
    bencher.bench_local(|| leaks(black_box(&train), black_box(&test), GUARD));
}
