//! Arguments of `fourfold data`, and what it prints.

use std::fs;

use serde_json::Value;

use super::*;
use crate::cli::SplitChoice;
use crate::config::{SAMPLES, copy_sample};

fn checked(folder: &Path, arguments: &CheckArguments) -> (Exit, String) {
    let mut bytes = Vec::new();
    let exit = check(arguments, folder, &mut Output::new(&mut bytes)).unwrap();
    (exit, String::from_utf8(bytes).unwrap())
}

fn plain() -> CheckArguments {
    CheckArguments { place: Place::default(), json: false, fix: false }
}

#[test]
fn the_samples_have_nothing_wrong() {
    for (sample, rows) in SAMPLES.iter().zip([200, 120, 120, 120, 120]) {
        let home = tempfile::tempdir().unwrap();
        copy_sample(sample, home.path()).unwrap();
        let (exit, text) = checked(home.path(), &plain());
        assert_eq!(exit, Exit::Success, "{text}");
        assert!(text.contains(&format!("data/train.jsonl: {rows} rows; tokens a row")), "{text}");
        assert!(text.ends_with("0 errors, 0 warnings\n"), "{text}");
    }
}

#[test]
fn a_split_is_exported_as_the_arm_asks_and_never_over_a_file() {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    let mut arguments = ExportArguments {
        place: Place::default(),
        arms: vec!["prompted".to_owned()],
        split: SplitChoice::Dev,
        format: FormatChoice::Bedrock,
        out: None,
    };
    let mut bytes = Vec::new();
    export(&arguments, home.path(), &mut Output::new(&mut bytes)).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.lines().count(), 40);
    let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    // Three examples, the case, the answer.
    assert_eq!(line["messages"].as_array().unwrap().len(), 8);
    assert!(line["system"].as_str().unwrap().starts_with("Turn the order into JSON."));

    arguments.out = Some("out.jsonl".into());
    let mut bytes = Vec::new();
    export(&arguments, home.path(), &mut Output::new(&mut bytes)).unwrap();
    assert_eq!(fs::read_to_string(home.path().join("out.jsonl")).unwrap().lines().count(), 40);
    let fault = export(&arguments, home.path(), &mut Output::new(&mut bytes)).unwrap_err();
    assert!(fault.to_string().ends_with("out.jsonl is there already"), "{fault}");
    arguments.out = Some("other.jsonl".into());
    arguments.arms = vec!["nobody".to_owned()];
    export(&arguments, home.path(), &mut Output::new(&mut bytes)).unwrap_err();
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("other")), "{left:?}");
}

#[test]
fn faults_are_printed_with_their_place_and_mended_beside_the_file() {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    let train = home.path().join("data/train.jsonl");
    let before = fs::read_to_string(&train).unwrap();
    let test = fs::read_to_string(home.path().join("data/test.jsonl")).unwrap();
    let stolen = test.lines().next().unwrap().replace("test-001", "stolen");
    fs::write(&train, format!("{before}not json\n{stolen}\n")).unwrap();
    let (exit, text) = checked(home.path(), &CheckArguments { fix: true, ..plain() });
    assert_eq!(exit, Exit::Failure);
    for line in [
        "error    data/train.jsonl row 201 (line 201): it is not JSON: expected ident (column 2)  [unreadable]",
        "error    data/test.jsonl row 1 (line 1): the same input as row 202 (line 202) of data/train.jsonl  [overlap]",
        "2 errors, 0 warnings",
        "Wrote data/train.fixed.jsonl with 200 rows; left out of data/train.jsonl: 1 unreadable, 1 overlap.",
    ] {
        assert!(text.lines().any(|one| one == line), "{line}\n{text}");
    }
    assert_eq!(fs::read_to_string(home.path().join("data/train.fixed.jsonl")).unwrap(), before);
    let (_, text) = checked(home.path(), &CheckArguments { json: true, ..plain() });
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[1]["other"]["file"], "data/train.jsonl");
    assert_eq!(lines.last().unwrap()["rows"], 200);
}

#[test]
fn one_file_with_drawn_splits_is_checked_split_by_split() {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    let rows: Vec<String> = ["train", "dev", "test"]
        .iter()
        .map(|split| fs::read_to_string(home.path().join(format!("data/{split}.jsonl"))).unwrap())
        .collect();
    fs::write(home.path().join("data/all.jsonl"), rows.concat()).unwrap();
    let manifest = home.path().join("fourfold.toml");
    let files = "file = { train = \"data/train.jsonl\", dev = \"data/dev.jsonl\", test = \"data/test.jsonl\" }";
    let text = fs::read_to_string(&manifest).unwrap();
    let one = text.replace(files, "file = \"data/all.jsonl\"\nsplit = { dev = 40, test = 200 }");
    fs::write(&manifest, one).unwrap();
    let (exit, text) = checked(home.path(), &plain());
    assert_eq!(exit, Exit::Success, "{text}");
    for line in ["data/all.jsonl (train): 200 rows", "data/all.jsonl (dev): 40 rows", "data/all.jsonl (test): 200 rows"]
    {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let fix = CheckArguments { fix: true, ..plain() };
    let fault = check(&fix, home.path(), &mut Output::new(Vec::new())).unwrap_err();
    assert!(fault.to_string().contains("splits are drawn"), "{fault}");
}

#[test]
fn a_data_file_that_is_not_there_is_refused_with_its_line() {
    let home = tempfile::tempdir().unwrap();
    copy_sample(&SAMPLES[0], home.path()).unwrap();
    std::fs::rename(home.path().join("data/test.jsonl"), home.path().join("data/elsewhere.jsonl")).unwrap();
    let arguments = CheckArguments { place: Place::default(), json: false, fix: false };
    let fault = check(&arguments, home.path(), &mut Output::new(&mut Vec::new())).unwrap_err();
    let Fault::Failed { what, .. } = fault else { panic!("{fault:?}") };
    assert!(what.starts_with("fourfold.toml:") && what.ends_with("there is no data file `data/test.jsonl`"), "{what}");
}
