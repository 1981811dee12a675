//! Our metrics and statistics against values that the reference implementations gave (see `tests/oracle/README.md`).
//! `FOURFOLD_ORACLE_DIR` names another folder of `.jsonl` files in the same shape.

#![expect(clippy::unwrap_used, reason = "a record of another shape must stop the test")]
#![expect(clippy::float_cmp, reason = "right and wrong are 1 and 0")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use fourfold::score::{Answer, find};
use fourfold::stats::{Confidence, Interval, McNemar, Mean, Proportion, two_sided_half};
use serde_json::Value;

/// What was compared, what differed, and what this program does not compute.
#[derive(Default)]
struct Ledger {
    compared: BTreeMap<String, usize>,
    not_ours: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Ledger {
    fn compare(&mut self, id: &str, what: &str, ours: f64, theirs: &Value) {
        *self.compared.entry(what.to_owned()).or_default() += 1;
        match theirs.as_f64() {
            Some(theirs) if (ours - theirs).abs() <= 1e-9 * theirs.abs().max(1e-12) => {}
            _ => self.wrong.push(format!("{id} {what}: ours {ours}, theirs {theirs}")),
        }
    }

    fn compare_interval(&mut self, id: &str, what: &str, ours: Option<Interval>, theirs: &Value) {
        match (ours, theirs) {
            (Some(ours), Value::Array(_)) => {
                self.compare(id, what, ours.low, &theirs[0]);
                self.compare(id, what, ours.high, &theirs[1]);
            }
            (ours, theirs) => self.wrong.push(format!("{id} {what}: ours {ours:?}, theirs {theirs}")),
        }
    }

    fn skip(&mut self, what: &str) {
        *self.not_ours.entry(what.to_owned()).or_default() += 1;
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|each| each.as_f64().unwrap()).collect()
}

fn text_pair(ledger: &mut Ledger, id: &str, record: &Value) {
    let answer = Answer { text: record["hypothesis"].as_str().unwrap() };
    let reference = record["reference"].as_str().unwrap();
    for (name, theirs) in record["scores"].as_object().unwrap() {
        let ours = match name.as_str() {
            "exact_match" => "exact-match",
            "squad_em" => "normalised-exact-match",
            "squad_f1" => "token-f1",
            "lev_ratio" => "levenshtein",
            other => {
                ledger.skip(other);
                continue;
            }
        };
        let score = find(ours).unwrap().score(&answer, reference);
        ledger.compare(id, name, score.number().unwrap(), theirs);
    }
}

fn statistic(ledger: &mut Ledger, id: &str, kind: &str, record: &Value) {
    let result = &record["result"];
    match kind {
        "mcnemar" => {
            let right = |value: &Value| numbers(value).into_iter().map(|each| each == 1.0).collect::<Vec<_>>();
            let table = McNemar::count(right(&record["a"]).into_iter().zip(right(&record["b"])));
            let ours = [
                ("n", table.n() as f64),
                ("both", table.both as f64),
                ("a_only", table.first_only as f64),
                ("b_only", table.second_only as f64),
                ("neither", table.neither as f64),
                ("p_exact", table.p_exact()),
                ("p_mid", table.p_mid()),
            ];
            for (name, ours) in ours {
                ledger.compare(id, &format!("mcnemar {name}"), ours, &result[name]);
            }
        }
        "proportion_ci95" => {
            let (k, n) = (record["k"].as_u64().unwrap(), record["n"].as_u64().unwrap());
            let share = Proportion::new(k, n).unwrap();
            ledger.compare_interval(id, "wilson", Some(share.wilson(Confidence::NINETY_FIVE)), &result["wilson"]);
            let exact = share.clopper_pearson(Confidence::NINETY_FIVE);
            ledger.compare_interval(id, "clopper_pearson", Some(exact), &result["clopper_pearson"]);
            ledger.compare(id, "p_vs_half", two_sided_half(k, n), &result["p_vs_half"]);
        }
        "paired_bootstrap" => {
            let differences: Vec<f64> =
                numbers(&record["a"]).into_iter().zip(numbers(&record["b"])).map(|(a, b)| a - b).collect();
            let mean = Mean::of(&differences).unwrap();
            ledger.compare(id, "mean_diff", mean.value, &result["mean_diff"]);
            if result["t_ci95"].is_array() {
                ledger.compare_interval(id, "t_ci95", mean.interval(Confidence::NINETY_FIVE), &result["t_ci95"]);
            }
            ledger.skip("paired_bootstrap percentile");
        }
        other => ledger.skip(other),
    }
}

#[test]
fn what_exists_agrees_with_the_reference_implementations() {
    let folder = std::env::var_os("FOURFOLD_ORACLE_DIR")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle")), PathBuf::from);
    let mut ledger = Ledger::default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    for file in &files {
        for (number, line) in std::fs::read_to_string(file).unwrap().lines().enumerate() {
            let record: Value = serde_json::from_str(line).unwrap_or_else(|error| {
                panic!("{}:{}: {error}", file.display(), number + 1);
            });
            let id = record["id"].as_str().unwrap();
            match record["kind"].as_str().unwrap() {
                "text" | "code" => text_pair(&mut ledger, id, &record),
                kind => statistic(&mut ledger, id, kind, &record),
            }
        }
    }
    println!("compared: {:?}\nnot computed here yet: {:?}", ledger.compared, ledger.not_ours);
    assert!(ledger.wrong.is_empty(), "{} differ:\n{}", ledger.wrong.len(), ledger.wrong.join("\n"));
    let total: usize = ledger.compared.values().sum();
    assert!(total >= 4 * 40, "only {total} values compared in {}", folder.display());
}
