//! Data files of every format, whole and broken.

use std::fs;
use std::io::Write;

use proptest::prelude::*;
use serde_json::json;

use super::super::source::LONGEST_ROW;
use super::*;

fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A set together with the folder it lives in, which goes with it.
#[derive(Debug)]
struct Opened {
    set: DataSet,
    _folder: tempfile::TempDir,
}

impl std::ops::Deref for Opened {
    type Target = DataSet;

    fn deref(&self) -> &DataSet {
        &self.set
    }
}

fn open(name: &str, bytes: &[u8]) -> Result<Opened, DataError> {
    let (folder, path) = written(name, bytes);
    Ok(Opened { set: DataSet::open(&path, &Mapping::default())?, _folder: folder })
}

fn rows(set: &DataSet) -> Vec<Value> {
    (0..set.count()).map(|index| Value::Object(set.case(index).unwrap().variables)).collect()
}

#[test]
fn rows_are_found_again_in_any_order() {
    let wanted =
        [json!({"a": "1", "b": "x"}), json!({"a": "2", "b": "two\r\nlines, \"quoted\""}), json!({"a": "ü", "b": ""})];
    let csv = "a,b\r\n1,x\r\n\r\n2,\"two\r\nlines, \"\"quoted\"\"\"\r\nü,\r\n";
    let jsonl = "{\"a\":\"1\",\"b\":\"x\"}\r\n\n{\"a\":\"2\",\"b\":\"two\\r\\nlines, \\\"quoted\\\"\"}\n{\"a\":\"ü\",\"b\":\"\"}";
    let list = "[\r\n  {\"a\":\"1\",\"b\":\"x\"},\n{\"a\":\"2\",\"b\":\"two\\r\\nlines, \\\"quoted\\\"\"}\n, {\"a\":\"ü\",\"b\":\"\"}]\n";
    for (name, text) in [
        ("d.csv", csv),
        ("d.jsonl", jsonl),
        ("d.json", list),
        ("e.json", jsonl),
        ("d.tsv", "a\tb\n1\tx\n2\t\"two\r\nlines, \"\"quoted\"\"\"\nü\t\n"),
    ] {
        for mark in ["", "\u{feff}"] {
            let set = open(name, format!("{mark}{text}").as_bytes()).unwrap();
            assert_eq!(set.columns(), ["a", "b"], "{name}");
            assert_eq!(rows(&set), wanted, "{name}");
            for index in [1, 0, 2, 2, 1] {
                assert_eq!(Value::Object(set.case(index).unwrap().variables), wanted[index], "{name}");
            }
            assert_eq!(set.hash(), blake3::hash(format!("{mark}{text}").as_bytes()), "{name}");
        }
    }
}

#[test]
fn a_table_without_names_is_read_from_its_first_line() {
    let text = "What is 1+1?,2,3,1,3,A\r\n\"Which,\r\nof these?\",w,x,y,z,D\r\nLast?,1,2,3,4,B";
    for (name, text) in
        [("d.csv", text.to_owned()), ("d.csv", text.replace(',', ";")), ("d.tsv", text.replace(',', "\t"))]
    {
        for mark in ["", "\u{feff}"] {
            let set = open(name, format!("{mark}{text}").as_bytes()).unwrap();
            assert_eq!((set.count(), set.references()), (3, 3), "{name}");
            assert_eq!(set.columns(), ["question", "A", "B", "C", "D", "answer"]);
            assert_eq!(set.layout(), Layout::MultipleChoice);
            assert!(set.format().ends_with("values without names"), "{}", set.format());
            for index in [0, 2, 0] {
                let case = set.case(index).unwrap();
                let (question, right) = [("What is 1+1?", "A"), ("", ""), ("Last?", "B")][index];
                assert_eq!(
                    (case.variables["question"].as_str(), case.reference.as_deref()),
                    (Some(question), Some(right))
                );
            }
        }
    }
    let error = open("d.csv", b"q,1,2,A\nq,1,2,B\nq,1\n").unwrap_err();
    assert!(error.to_string().ends_with("row 3 (line 3): it has 2 columns, the first row 4"), "{error}");
}

#[test]
fn rows_stand_within_an_object_and_its_scores_name_the_choices() {
    let task = json!({"name": "logic", "keywords": ["x"], "examples": [
        {"input": "q1", "target_scores": {"yes": 1, "no": 0}}, {"input": "q2", "target_scores": {"yes": 0, "no": 1}}], "version": 2});
    for (text, mark) in [(task.to_string(), ""), (format!("{task:#}"), ""), (format!("{task:#}\n"), "\u{feff}")] {
        let set = open("d.json", format!("{mark}{text}").as_bytes()).unwrap();
        assert_eq!((set.count(), set.layout(), set.format()), (2, Layout::MultipleChoice, "JSON list"));
        let cases: Vec<Case> = [1, 0].map(|index| set.case(index).unwrap()).into();
        assert_eq!(Value::Object(cases[0].variables.clone()), json!({"input": "q2", "choices": ["yes", "no"]}));
        assert_eq!([&cases[0].reference, &cases[1].reference].map(Option::as_deref), [Some("B"), Some("A")]);
        assert_eq!(set.hash(), blake3::hash(format!("{mark}{text}").as_bytes()));
    }
    // Several objects are rows, whatever they hold; and so is one without a list of that name.
    let lines = "{\"q\": 1, \"examples\": [{\"a\": 1}]}\n{\"q\": 2, \"examples\": [{\"a\": 1}]}\n";
    assert_eq!(open("d.json", lines.as_bytes()).unwrap().count(), 2);
    assert_eq!(
        open("d.json", b"{\"q\": 1, \"turns\": [{\"role\": \"user\", \"content\": \"x\"}]}").unwrap().count(),
        1
    );
    let error = open("d.json", b"{\"examples\": [{\"q\": 1}, {\"q\"]").unwrap_err();
    assert!(error.to_string().contains("row 1") || error.to_string().contains("row 2"), "{error}");
}

#[test]
fn faulty_rows_are_numbered() {
    for (name, bytes, expected) in [
        ("d.jsonl", &b"{\"a\":1}\n\n{\"a\":\n"[..], "row 2 (line 3): it is not JSON: EOF while parsing a value"),
        ("d.jsonl", b"{\"a\":1}\n[1]\n", "row 2 (line 2): it is a list"),
        ("d.jsonl", b"{\"a\":\"\xe9\"}\n", "row 1 (line 1): byte 7 is 0xe9, which is not UTF-8"),
        ("d.jsonl", b"{\"id\":\"x\"}\n{\"id\":\"x\"}\n", "row 2 (line 2): the id `x` is that of row 1 already"),
        ("d.jsonl", b"{\"id\":2}\n{\"id\":3}\n{\"a\":0}\n", "row 3 (line 3): the id `3` is that of row 2 already"),
        ("d.csv", b"a,b\n1,2\n3\n4,5,6\n", "row 2 (line 3): it has 1 columns, the header 2; row 3 (line 4): it has 3"),
        ("d.csv", b"a,b\n\"x\ny\",2\n1,caf\xe9\n", "row 2 (line 4): column `b`: byte 4 is 0xe9"),
        ("d.csv", b"a,b\n1,\0\n", "row 1 (line 2): column `b`: it holds a NUL byte"),
        ("d.csv", b"a,b\n1,2\n3,\"never closed\n4,5\n", "row 2 (line 3): a quote is opened and never closed"),
        ("d.json", b"[{\"a\": 1},\n {\"a\": }]", "row 2 (line 2): it is not JSON: expected value"),
        ("d.json", b"[{\"a\": 1},\n 7, {\"a\": \"x", "row 2 (line 2): it is not an object"),
        ("d.json", b"\"x\"", "row 1 (line 1): the file is not a list"),
        ("d.csv", b"\xff\xfea\0,\0b\0", "line 1: it is in UTF-16"),
        ("d.csv", b"a,,c\n", "line 1: column 2 has no name"),
        ("d.csv", b"a,a\n", "line 1: the column `a` is there twice"),
    ] {
        let error = open(name, bytes).unwrap_err();
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
}

#[test]
fn a_row_that_cannot_be_read_has_no_id() {
    let error = open("d.jsonl", b"{\"id\":\"x\"}\nbroken\n{\"id\":2}\n").unwrap_err();
    let DataError::Rows { faults, more, .. } = &error else { panic!("{error}") };
    assert_eq!((faults.len(), faults[0].row, *more), (1, 2, 0), "the third row's id is its own: {error}");
}

#[test]
fn the_first_faults_are_listed_and_the_rest_counted() {
    let error = open("d.jsonl", "x\n".repeat(50).as_bytes()).unwrap_err();
    let DataError::Rows { faults, more, .. } = &error else { panic!("{error}") };
    assert_eq!((faults.len(), *more), (8, 42));
    assert!(error.to_string().ends_with("; and 42 more"));
}

#[test]
fn what_is_no_data_file_is_refused() {
    assert!(matches!(open("d.jsonl", b"").unwrap_err(), DataError::Empty { .. }));
    assert!(matches!(open("d.jsonl", b"\n\n").unwrap_err(), DataError::Empty { .. }));
    assert!(matches!(open("d.csv", b"").unwrap_err(), DataError::Empty { .. }));
    assert!(matches!(open("d.csv", b"a,b\n").unwrap_err(), DataError::Empty { .. }));
    assert!(matches!(open("d.xlsx", b"PK").unwrap_err(), DataError::Format { .. }));
    let error = open("d.parquet", b"PAR1").unwrap_err();
    assert!(error.to_string().contains("it is not a whole Parquet file"), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("d.csv");
    fs::create_dir(&directory).unwrap();
    let error = DataSet::open(&directory, &Mapping::default()).unwrap_err();
    assert!(error.to_string().ends_with("it is a folder"), "{error}");
    let missing = DataSet::open(&folder.path().join("no.csv"), &Mapping::default()).unwrap_err();
    assert!(matches!(missing, DataError::Read { .. }));
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_without_waiting_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("d.jsonl");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let error = DataSet::open(&pipe, &Mapping::default()).unwrap_err();
    assert!(error.to_string().ends_with("it is not a plain file"), "{error}");
}

#[test]
fn a_mapped_column_must_be_there() {
    let mapping = Mapping { reference: Some("anwser".into()), ..Mapping::default() };
    for (name, text) in [("d.csv", "q,answer\n1,2\n"), ("d.jsonl", "{\"q\":1,\"answer\":2}\n")] {
        let (_folder, path) = written(name, text.as_bytes());
        let error = DataSet::open(&path, &mapping).unwrap_err();
        assert_eq!(error.hint(), "Did you mean `answer`?", "{error}");
    }
}

#[test]
fn a_huge_row_is_a_fault_and_not_held() {
    let huge = "x".repeat(LONGEST_ROW + 1);
    let error = open("d.jsonl", format!("{{\"a\":1}}\n\"{huge}\"\n{{\"a\":2}}\n").as_bytes()).unwrap_err();
    assert!(error.to_string().contains("row 2 (line 2): it is longer than 16 MB"), "{error}");
    let error = open("d.csv", format!("a\n1\n\"{huge}\n{huge}\"\n2\n").as_bytes()).unwrap_err();
    assert!(error.to_string().contains("row 2 (line 3): it is longer than 16 MB"), "{error}");
}

#[test]
fn a_file_that_changes_is_noticed() {
    let (_folder, path) = written("d.jsonl", b"{\"a\":1}\n{\"a\":2}\n");
    let set = DataSet::open(&path, &Mapping::default()).unwrap();
    fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"a\":3}\n").unwrap();
    assert_eq!(set.case(0).unwrap_err(), DataError::Changed { path });
}

#[test]
fn empty_lists_have_no_rows() {
    for text in ["[]", " [ ] \n"] {
        assert!(matches!(open("d.json", text.as_bytes()).unwrap_err(), DataError::Empty { .. }), "{text}");
    }
}

#[test]
fn ids_are_found() {
    let set = open("d.jsonl", b"{\"id\":\"x\"}\n{\"id\":7}\n{\"a\":1}\n").unwrap();
    for (id, index) in [("x", Some(0)), ("7", Some(1)), ("3", Some(2)), ("1", None)] {
        assert_eq!(set.find(id).unwrap(), index, "{id}");
    }
}

proptest! {
    #[test]
    fn any_values_survive_every_format(values in proptest::collection::vec(("[^\0]{0,12}", "[^\0]{0,12}"), 1..8)) {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(["a", "b"]).unwrap();
        let mut jsonl = String::new();
        let mut wanted = Vec::new();
        for (a, b) in &values {
            csv.write_record([a, b]).unwrap();
            wanted.push(json!({"a": a, "b": b}));
            jsonl += &json!({"a": a, "b": b}).to_string();
            jsonl += "\n";
        }
        let list = serde_json::to_vec_pretty(&wanted).unwrap();
        for (name, bytes) in [("d.csv", csv.into_inner().unwrap()), ("d.jsonl", jsonl.into_bytes()), ("d.json", list)] {
            let (_folder, path) = written(name, &bytes);
            prop_assert_eq!(rows(&DataSet::open(&path, &Mapping::default()).unwrap()), wanted.clone(), "{}", name);
        }
    }
}
