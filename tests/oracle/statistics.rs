//! Records of statistics: intervals, tests, adjustments.

use fourfold::stats::{Confidence, Interval, McNemar, Mean, Proportion, two_sided_half};
use serde_json::Value;

use crate::ledger::{Ledger, numbers};

fn compare_interval(ledger: &mut Ledger, id: &str, what: &str, ours: Option<Interval>, theirs: &Value) {
    match (ours, theirs) {
        (Some(ours), Value::Array(_)) => {
            ledger.compare(id, what, ours.low, &theirs[0]);
            ledger.compare(id, what, ours.high, &theirs[1]);
        }
        (ours, theirs) => ledger.wrong(id, what, &format!("ours {ours:?}, theirs {theirs}")),
    }
}

/// Checks one record of statistics; an unknown kind is wrong by its name.
pub(crate) fn check(ledger: &mut Ledger, id: &str, kind: &str, record: &Value) {
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
            compare_interval(ledger, id, "wilson", Some(share.wilson(Confidence::NINETY_FIVE)), &result["wilson"]);
            let exact = share.clopper_pearson(Confidence::NINETY_FIVE);
            compare_interval(ledger, id, "clopper_pearson", Some(exact), &result["clopper_pearson"]);
            ledger.compare(id, "p_vs_half", two_sided_half(k, n), &result["p_vs_half"]);
        }
        "paired_bootstrap" => {
            let differences: Vec<f64> =
                numbers(&record["a"]).into_iter().zip(numbers(&record["b"])).map(|(a, b)| a - b).collect();
            let mean = Mean::of(&differences).unwrap();
            ledger.compare(id, "mean_diff", mean.value, &result["mean_diff"]);
            if result["t_ci95"].is_array() {
                compare_interval(ledger, id, "t_ci95", mean.interval(Confidence::NINETY_FIVE), &result["t_ci95"]);
            }
            ledger.skip("paired_bootstrap percentile");
        }
        other => ledger.skip(other),
    }
}
