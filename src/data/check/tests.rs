//! What a check says of small files with one fault each.

use std::fs;

use super::*;

fn options(mapping: &Mapping) -> CheckOptions<'_> {
    CheckOptions {
        mapping,
        tokens: &|text| text.split_whitespace().count(),
        exact: true,
        context: Some(50),
        guard: Some(0.8),
        has: None,
    }
}

fn mapping() -> Mapping {
    Mapping { reference: Some("answer".into()), ..Mapping::default() }
}

struct Checked {
    report: Report,
    folder: tempfile::TempDir,
}

/// Checks files given as (name, text), train first, then test.
fn checked(files: &[(&str, &[u8])]) -> Checked {
    let folder = tempfile::tempdir().unwrap();
    let splits = [Split::Train, Split::Test];
    let paths: Vec<(Split, PathBuf)> = files
        .iter()
        .zip(splits)
        .map(|((name, bytes), split)| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            (split, path)
        })
        .collect();
    Checked { report: check(&paths, &options(&mapping())).unwrap(), folder }
}

/// Findings as `severity kind row line: message`.
fn listed(checked: &Checked) -> Vec<String> {
    let folder = format!("{}/", checked.folder.path().display());
    checked
        .report
        .findings
        .iter()
        .map(|one| {
            let at = one.at.map_or_else(String::new, |at| format!(" {} {}", at.row, at.line));
            format!("{:?} {}{at}: {}", one.severity, one.kind.as_str(), one.message.replace(&folder, ""))
        })
        .collect()
}

fn row(text: &str, answer: &str) -> String {
    format!("{}\n", serde_json::json!({ "text": text, "answer": answer }))
}

#[test]
fn each_fault_is_found_in_its_row() {
    let long = "word ".repeat(60);
    let table: &[(&str, Vec<u8>, &str)] = &[
        ("one.jsonl", row("a", "b").into_bytes(), ""),
        ("one.jsonl", b"{\"text\":\n".to_vec(), "Error unreadable 1 1: it is not JSON: EOF while parsing a value"),
        ("one.jsonl", b"{\"text\":\"caf\xe9\",\"answer\":\"x\"}\n".to_vec(), "Error unreadable 1 1: byte 13 is 0xe9"),
        ("one.csv", b"\xef\xbb\xbftext,answer\na,b\nragged\n".to_vec(), "Error unreadable 2 3: it has 1 columns"),
        ("one.csv", b"text,reply\na,b\n".to_vec(), "Error unreadable: there is no column `answer` for the reference"),
        ("one.csv", b"text,,c\n".to_vec(), "Error unreadable: the header: column 2 has no name"),
        ("one.csv", b"text,answer\na,b\nc,\"d\ne,f\n".to_vec(), "Error unreadable 2 3: a quote is opened and never closed"),
        ("one.jsonl", b"\n".to_vec(), "Error empty: the file has no rows"),
        ("one.jsonl", row(" \n", "b").into_bytes(), "Error empty 1 1: it has no input"),
        ("one.jsonl", row("a", " ").into_bytes(), "Warning no-reference 1 1: it has no answer"),
        ("one.jsonl", row(&long, "b").into_bytes(), "Error too-long 1 1: it has 61 tokens, the model's context 50"),
        (
            "one.jsonl",
            (row("x y", "1") + "\n" + &row("X, y!", "2")).into_bytes(),
            "Error contradiction 2 3: the same input as row 1 (line 1), and another answer",
        ),
        (
            "one.jsonl",
            (row("x y", "1") + &row("x y", "1")).into_bytes(),
            "Warning duplicate 2 2: the same input and answer as row 1 (line 1)",
        ),
        (
            "one.jsonl",
            b"{\"turns\":[{\"role\":\"robot\",\"content\":\"x\"}],\"answer\":\"a\"}\n".to_vec(),
            "Error roles 1 1: turn 1: the role `robot` is not system, user or assistant",
        ),
        (
            "one.jsonl",
            b"{\"turns\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"user\",\"content\":\"y\"}],\"answer\":\"a\"}\n"
                .to_vec(),
            "Warning roles 1 1: turn 2: the same role twice running",
        ),
    ];
    for (name, bytes, expected) in table {
        let found = listed(&checked(&[(name, bytes)]));
        if expected.is_empty() {
            assert_eq!(found, [""; 0], "{name}");
        } else {
            assert!(found.iter().any(|one| one.starts_with(expected)), "{expected}: {found:?}");
        }
    }
}

#[test]
fn splits_that_overlap_are_told_exact_and_near() {
    let near = "Please send eleven blue kettles to Marta in Oslo before the end of the week";
    let train = row("the same", "1") + &row(near, "2") + &row("nothing like the others at all", "3");
    let test = row("The same.", "1") + &row(&near.replace("eleven", "twelve"), "4");
    let checked = checked(&[("train.jsonl", train.as_bytes()), ("test.jsonl", test.as_bytes())]);
    assert_eq!(
        listed(&checked),
        [
            "Error overlap 1 1: the same input as row 1 (line 1) of train.jsonl",
            "Warning near-overlap 2 2: 62 % of the three-word sequences shared with row 2 (line 2) of train.jsonl",
        ]
    );
    assert!(checked.report.has_errors());
    assert_eq!((checked.report.count(Severity::Error), checked.report.count(Severity::Warning)), (1, 1));
    // The row that is learned from gives way, not the one that is measured on.
    assert_eq!(checked.report.splits[0].dropped, [(1, Kind::Overlap)]);
    assert!(checked.report.splits[1].dropped.is_empty());
}

#[test]
fn what_the_leak_guard_refuses_is_an_error_and_its_train_row_gives_way() {
    let near = "Please send eleven blue kettles to Marta in Oslo before the end of the week";
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (split, text) in [
        (Split::Train, row("nothing like it at all", "1") + &row(near, "2")),
        (Split::Dev, row(&near.replace("week", "month"), "2")),
        (Split::Test, row(&near.replace("week", "year"), "2")),
    ] {
        let path = folder.path().join(format!("{}.jsonl", split.as_str()));
        fs::write(&path, text).unwrap();
        files.push((split, path));
    }
    let mapping = mapping();
    let found = |guard: Option<f64>| {
        let report = check(&files, &CheckOptions { guard, ..options(&mapping) }).unwrap();
        let kinds: Vec<Kind> = report.findings.iter().map(|one| one.kind).collect();
        (kinds, report.has_errors(), report.splits[0].dropped.clone())
    };
    // A dev row is not guarded: it is to better prompts on.
    let (near, leaked) = (Kind::NearOverlap, Kind::Leaked);
    assert_eq!(found(Some(0.8)), (vec![near, leaked], true, vec![(2, leaked)]));
    assert_eq!(found(Some(0.95)), (vec![near, near], false, Vec::new()));
    assert_eq!(found(None), (vec![near, near], false, Vec::new()));
}

#[test]
fn a_fixed_file_has_the_other_rows_as_they_were() {
    let text = format!(
        "\u{feff}{}\r\n{}{{\"text\": broken\n{}{}",
        row("a", "1").trim_end(),
        row("a", "1"),
        "\n",
        row("b", "2").trim_end()
    );
    let found = checked(&[("d.jsonl", text.as_bytes())]);
    let fixed = fix(&found.report.splits[0]).unwrap().unwrap();
    assert_eq!(fixed.to.file_name().unwrap(), "d.fixed.jsonl");
    assert_eq!(fixed.kept, 2);
    assert_eq!(fixed.left_out.into_iter().collect::<Vec<_>>(), [(Kind::Unreadable, 1), (Kind::Duplicate, 1)]);
    let kept = format!("\u{feff}{}\r\n{}", row("a", "1").trim_end(), row("b", "2").trim_end());
    assert_eq!(fs::read_to_string(&fixed.to).unwrap(), kept);
    assert_eq!(fix(&found.report.splits[0]).unwrap().unwrap().to.file_name().unwrap(), "d.fixed-2.jsonl");
    let again = check(&[(Split::Train, fixed.to)], &options(&mapping())).unwrap();
    assert!(again.findings.is_empty() && fix(&again.splits[0]).unwrap().is_none());

    let table = "text,answer\r\na,1\r\n,\r\n\"two\r\nlines\",2\r\nragged\r\n";
    let found = checked(&[("d.csv", table.as_bytes())]);
    let fixed = fix(&found.report.splits[0]).unwrap().unwrap();
    assert_eq!(fs::read_to_string(&fixed.to).unwrap(), "text,answer\r\na,1\r\n\"two\r\nlines\",2\r\n");
}

#[test]
fn many_findings_are_counted_and_some_kept() {
    let text = "x\n".repeat(3 * KEPT as usize);
    let found = checked(&[("d.jsonl", text.as_bytes())]);
    assert_eq!(found.report.findings.len() as u64, KEPT);
    assert_eq!(found.report.count(Severity::Error), 3 * KEPT);
}

#[test]
fn a_list_is_mended_as_lines() {
    let list = format!("[{},\n{},\n{}]", row("a b c", "1"), row("", "2"), row("d e f", "3"));
    let found = checked(&[("d.json", list.as_bytes())]);
    let fixed = fix(&found.report.splits[0]).unwrap().unwrap();
    assert_eq!((fixed.to.file_name().unwrap().to_str(), fixed.kept), (Some("d.fixed.jsonl"), 2));
    let text = fs::read_to_string(&fixed.to).unwrap();
    assert_eq!(text, format!("{}{}", row("a b c", "1"), row("d e f", "3")));
}

#[test]
fn what_cannot_be_opened_is_an_error_and_not_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no.jsonl");
    assert!(matches!(check(&[(Split::Train, missing)], &options(&mapping())), Err(DataError::Read { .. })));
}

#[test]
fn the_rows_of_one_file_are_checked_as_the_splits_they_are_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.jsonl");
    let row = |n: usize| format!("{{\"q\": \"what is {n} plus {n} times {n}\", \"answer\": \"{n}\"}}");
    let rows = [row(1), row(2), row(3), row(1)];
    std::fs::write(&path, rows.join("\n")).unwrap();
    let mapping = mapping();
    let files: Vec<(Split, std::path::PathBuf)> = Split::ALL.map(|split| (split, path.clone())).to_vec();
    let has = |split: Split, row: u64| split == if row == 4 { Split::Test } else { Split::Train };
    let report = check(&files, &CheckOptions { has: Some(&has), ..options(&mapping) }).unwrap();
    let rows: Vec<u64> = report.splits.iter().map(|split| split.rows).collect();
    assert_eq!(rows, [3, 0, 1]);
    assert_eq!(report.counts.get(&Kind::Overlap), Some(&1), "{:?}", report.findings);
    assert_eq!(report.counts.get(&Kind::Duplicate), None);
}
