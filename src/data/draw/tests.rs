//! Splits by column and by draw, over files of generated rows.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::data::{Mapping, SplitFiles, Splits};

fn set(rows: &[Value]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("all.jsonl");
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    (folder, path)
}

fn drawn(rows: &[Value], by: SplitBy) -> Result<Drawn, DataError> {
    let (_folder, path) = set(rows);
    draw(&DataSet::open(&path, &Mapping::default()).unwrap(), &SplitPlan { by, pin: None })
}

fn rows(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| json!({"id": format!("r{n}"), "q": format!("text {n}"), "label": if n % 4 == 0 { "rare" } else { "usual" }, "who": n / 5, "day": 1000 - n}))
        .collect()
}

fn by(keep: Keep, seed: u64) -> SplitBy {
    SplitBy::Draw(Draw { dev: Part::Share(0.1), test: Part::Rows(30), seed, keep })
}

fn sizes(drawn: &Drawn) -> [usize; 3] {
    drawn.splits.each_ref().map(Vec::len)
}

#[test]
fn a_column_names_the_splits() {
    let rows = [("train", "a"), ("Validation", "b"), ("TEST", "c"), ("train", "d")];
    let mut rows: Vec<Value> = rows.iter().map(|(split, q)| json!({"q": q, "split": split})).collect();
    let drawn_rows = drawn(&rows, SplitBy::Column("split".into())).unwrap();
    assert_eq!(drawn_rows.splits, [vec![0, 3], vec![1], vec![2]]);
    assert!(drawn_rows.statement.ends_with("2 train, 1 dev, 1 test rows, as its column `split` says"));
    rows.push(json!({"q": "e", "split": "other"}));
    rows.push(json!({"q": "f"}));
    let error = drawn(&rows, SplitBy::Column("split".into())).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("row 5: `split` is `other`, not train, dev or test; row 6: it has no `split`"), "{error}");
}

#[test]
fn a_draw_is_repeated_by_its_seed_and_does_not_mind_the_order_of_rows() {
    let all = rows(200);
    let first = drawn(&all, by(Keep::Nothing, 7)).unwrap();
    assert_eq!(sizes(&first), [150, 20, 30]);
    assert_eq!(first.splits, drawn(&all, by(Keep::Nothing, 7)).unwrap().splits);
    assert_ne!(first.splits, drawn(&all, by(Keep::Nothing, 8)).unwrap().splits);
    let mut turned = all.clone();
    turned.reverse();
    let again = drawn(&turned, by(Keep::Nothing, 7)).unwrap();
    let mut test: Vec<u32> = again.splits[2].iter().map(|row| 199 - row).collect();
    test.sort_unstable();
    assert_eq!(test, first.splits[2]);
}

#[test]
fn strata_groups_and_time_are_kept() {
    let all = rows(200);
    let strata = drawn(&all, by(Keep::Shares("label".into()), 1)).unwrap();
    for (split, rare) in [(0, 37), (1, 5), (2, 8)] {
        let found = strata.splits[split].iter().filter(|row| **row % 4 == 0).count();
        assert!(found.abs_diff(rare) <= 1, "{split}: {found}");
    }
    let groups = drawn(&all, by(Keep::Groups("who".into()), 1)).unwrap();
    let of = |split: usize| -> Vec<u32> {
        let mut groups: Vec<u32> = groups.splits[split].iter().map(|row| row / 5).collect();
        groups.dedup();
        groups
    };
    for group in of(2) {
        assert!(!of(0).contains(&group) && !of(1).contains(&group));
    }
    assert_eq!(sizes(&groups), [150, 20, 30]);
    // The day falls with the row: the first rows are the latest.
    let time = drawn(&all, by(Keep::Time("day".into()), 1)).unwrap();
    assert_eq!(time.splits[2], (0..30).collect::<Vec<u32>>());
    assert_eq!(time.splits[1], (30..50).collect::<Vec<u32>>());
}

#[test]
fn times_that_are_not_all_numbers_are_compared_as_they_are_written() {
    // As text "007" is before "05x" and "7" behind it; as numbers they would be one.
    let days = [json!("7"), json!("007"), json!("05x"), json!(6.0)];
    let rows: Vec<Value> = days.iter().zip(0..).map(|(day, n)| json!({"q": format!("text {n}"), "day": day})).collect();
    let latest = |count| {
        let keep = Keep::Time("day".into());
        let by = SplitBy::Draw(Draw { dev: Part::Rows(0), test: Part::Rows(count), seed: 1, keep });
        drawn(&rows, by).unwrap().splits[2].clone()
    };
    assert_eq!([latest(1), latest(2), latest(3)], [vec![0], vec![0, 3], vec![0, 2, 3]]);
}

#[test]
fn a_column_that_is_not_there_and_rows_that_are_not_there_are_said_once() {
    let error = drawn(&rows(12), SplitBy::Column("labl".into())).err().unwrap();
    assert!(matches!(&error, DataError::Column { role: "split", .. }), "{error}");
    assert_eq!(error.hint(), "Did you mean `label`?");
    let draw = Draw { dev: Part::Rows(5), test: Part::Rows(8), seed: 0, keep: Keep::Nothing };
    let error = drawn(&rows(12), SplitBy::Draw(draw)).err().unwrap();
    assert!(error.to_string().ends_with("has 12 rows, and 8 are drawn for test and 5 for dev"), "{error}");
}

#[test]
fn equal_rows_stay_together() {
    let twice: Vec<Value> = (0..100).map(|n| json!({"id": format!("r{n}"), "q": format!("text {}", n % 50)})).collect();
    let drawn =
        drawn(&twice, SplitBy::Draw(Draw { dev: Part::Rows(0), test: Part::Rows(40), seed: 3, keep: Keep::Nothing }))
            .unwrap();
    assert_eq!(sizes(&drawn), [60, 0, 40]);
    for row in &drawn.splits[2] {
        assert!(drawn.splits[2].contains(&((row + 50) % 100)));
    }
}

#[test]
fn a_pin_holds_a_draw_to_its_rows() {
    let (folder, path) = set(&rows(60));
    let plan = |pin: Option<String>| SplitPlan { by: by(Keep::Nothing, 7), pin };
    let open = |pin: Option<String>| {
        let files = SplitFiles { train: Some(path.clone()), plan: Some(plan(pin)), ..SplitFiles::default() };
        Splits::open(&files, &Mapping::default(), 0)
    };
    let splits = open(None).unwrap();
    let pin = splits.pin.clone().unwrap();
    assert_eq!(splits.test.unwrap().count(), 30);
    assert!(open(Some(pin[..12].to_owned())).is_ok());
    let mut changed = rows(60);
    changed[3] = json!({"id": "r3", "q": "another text"});
    let lines: Vec<String> = changed.iter().map(Value::to_string).collect();
    std::fs::write(folder.path().join("all.jsonl"), lines.join("\n")).unwrap();
    let error = open(Some(pin)).unwrap_err();
    assert!(matches!(error, DataError::Pinned { .. }), "{error}");
    assert!(error.hint().contains("data splits --pin"), "{}", error.hint());
}

proptest! {
    #[test]
    fn every_row_is_in_one_split(count in 1_usize..60, dev in 0.0_f64..0.6, test in 0_usize..80, seed in any::<u64>(), kind in 0..3) {
        let keep = [Keep::Nothing, Keep::Shares("label".into()), Keep::Groups("who".into())][kind as usize].clone();
        let draw = Draw { dev: Part::Share(dev), test: Part::Rows(test), seed, keep };
        let drawn = drawn(&rows(count), SplitBy::Draw(draw));
        if test > count {
            prop_assert!(matches!(drawn, Err(DataError::TooFew { .. })), "too few");
            return Ok(());
        }
        let drawn = drawn.unwrap();
        let mut all = drawn.splits.concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..count as u32).collect::<Vec<_>>());
        prop_assert!(drawn.splits[2].len() <= test);
        if kind != 2 {
            prop_assert_eq!(drawn.splits[2].len(), test);
        }
    }

    #[test]
    fn what_is_shared_out_is_all_there_was(wanted in 0_usize..100, totals in proptest::collection::vec(0_usize..40, 1..8)) {
        let all: usize = totals.iter().sum();
        let wanted = wanted.min(all);
        let parts = shared_out(wanted, &totals);
        prop_assert_eq!(parts.iter().sum::<usize>(), wanted);
        prop_assert!(parts.iter().zip(&totals).all(|(part, total)| part <= total));
    }
}

#[test]
fn a_dev_split_that_nobody_asked_for_keeps_to_what_the_draw_keeps_to() {
    let (_folder, path) = set(&rows(200));
    let open = |keep: Keep, pin: Option<String>| {
        let draw = Draw { dev: Part::Rows(0), test: Part::Rows(30), seed: 1, keep };
        let plan = Some(SplitPlan { by: SplitBy::Draw(draw), pin });
        let files = SplitFiles { train: Some(path.clone()), plan, ..SplitFiles::default() };
        Splits::open(&files, &Mapping::default(), 1).unwrap()
    };
    let values = |rows: Option<&SplitRows>, column: &str| -> std::collections::BTreeSet<String> {
        let rows = rows.unwrap();
        (0..rows.count()).map(|row| rows.case(row).unwrap().variables[column].to_string()).collect()
    };
    let grouped = open(Keep::Groups("who".into()), None);
    let (train, dev) = (values(grouped.train.as_ref(), "who"), values(grouped.dev.as_ref(), "who"));
    assert!(!dev.is_empty() && train.is_disjoint(&dev), "{train:?} {dev:?}");
    let statement = grouped.statement.unwrap();
    assert!(statement.ends_with("dev: 40 of 170 train rows, drawn likewise"), "{statement}");
    assert!(open(Keep::Groups("who".into()), grouped.pin).dev.is_some(), "a pin is of what was asked for");
    let timed = open(Keep::Time("day".into()), None);
    let day =
        |rows: Option<&SplitRows>| -> Vec<u32> { values(rows, "day").iter().map(|day| day.parse().unwrap()).collect() };
    assert!(day(timed.train.as_ref()).iter().max() < day(timed.dev.as_ref()).iter().min(), "dev is later than train");
    let large = open(Keep::Groups("label".into()), None);
    assert!(large.statement.unwrap().contains("no `label` is small enough to be dev as a whole"));
}

#[test]
fn a_date_whose_year_comes_last_is_no_order() {
    for (text, is) in [
        ("3/14/2024", true),
        ("3/14/24", true),
        ("14.3.2024", true),
        ("1.2.30", false),
        ("24-03-14", false),
        ("03-14-2024 10:00", true),
        ("2024-03-14", false),
        ("2024/3/14", false),
        ("20240314", false),
        ("1.5", false),
        ("v1.2.300", false),
        ("", false),
    ] {
        assert_eq!(is_year_last(text), is, "{text}");
    }
    let rows = [json!({"q": "a", "day": "3/14/2024"}), json!({"q": "b", "day": "12/1/2023"})];
    let draw = Draw { dev: Part::Rows(0), test: Part::Rows(1), seed: 1, keep: Keep::Time("day".into()) };
    let error = drawn(&rows, SplitBy::Draw(draw)).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("row 1: `day` is `3/14/2024`: times are put in order as they are written"), "{error}");
}
