//! Records of statistics, those of the folder and those that `make/statistics.py` made for what the folder does not cover. Names are
//! read from the records; a kind or a result of an unknown name is wrong by that name.

use fourfold::stats::{
    Betting, BradleyTerry, Confidence, FourfoldVerdict, Interval, McNemar, Mean, Paired, Proportion, Resampled, Scale,
    Settings, Test, WinsAndLosses, benjamini_hochberg, benjamini_yekutieli, bonferroni, holm, kappa,
    krippendorff_alpha, power, sign_flip, two_sided_half, wilcoxon,
};
use serde_json::Value;

use crate::ledger::{Ledger, numbers};

/// The record that is looked at.
struct Record<'a> {
    ledger: &'a mut Ledger,
    id: String,
    kind: String,
    value: Value,
}

impl Record<'_> {
    fn numbers(&self, name: &str) -> Vec<f64> {
        numbers(&self.value[name])
    }

    fn number(&self, name: &str) -> f64 {
        self.value[name].as_f64().unwrap()
    }

    fn note(&mut self, name: &str, agrees: bool, ours: &dyn std::fmt::Debug, theirs: &Value) {
        let what = format!("{} {name}", self.kind);
        self.ledger.note(&self.id, &what, agrees, &format!("ours {ours:?}, theirs {theirs}"));
    }

    /// 1e-9 relative; near 0 what rounding leaves.
    fn equal(&mut self, name: &str, ours: f64, theirs: &Value) {
        let agrees = theirs.as_f64().is_some_and(|theirs| (ours - theirs).abs() <= (1e-9 * theirs.abs()).max(1e-15));
        self.note(name, agrees, &ours, theirs);
    }

    fn near(&mut self, name: &str, ours: f64, theirs: &Value, tolerance: f64) {
        let agrees = theirs.as_f64().is_some_and(|theirs| (ours - theirs).abs() <= tolerance);
        self.note(name, agrees, &ours, theirs);
    }

    fn equal_list(&mut self, name: &str, ours: &[f64], theirs: &Value) {
        let list = numbers(theirs);
        self.note(&format!("{name} length"), ours.len() == list.len(), &ours.len(), theirs);
        for (ours, theirs) in ours.iter().zip(list) {
            self.equal(name, *ours, &theirs.into());
        }
    }

    fn equal_interval(&mut self, name: &str, ours: Interval, theirs: &Value) {
        self.equal_list(name, &[ours.low, ours.high], theirs);
    }

    fn near_interval(&mut self, name: &str, ours: Interval, theirs: &Value, tolerance: f64) {
        self.near(name, ours.low, &theirs[0], tolerance);
        self.near(name, ours.high, &theirs[1], tolerance);
    }
}

fn differences(record: &Record<'_>) -> Vec<f64> {
    record.numbers("a").iter().zip(record.numbers("b")).map(|(a, b)| a - b).collect()
}

const LEVEL: Confidence = Confidence::NINETY_FIVE;

fn mcnemar(record: &mut Record<'_>, name: &str, theirs: &Value) -> bool {
    let (a, b) = (record.numbers("a"), record.numbers("b"));
    let table = McNemar::count(a.iter().zip(&b).map(|(a, b)| (*a > 0.5, *b > 0.5)));
    let ours = match name {
        "n" => table.n() as f64,
        "both" => table.both as f64,
        "a_only" => table.first_only as f64,
        "b_only" => table.second_only as f64,
        "neither" => table.neither as f64,
        "p_exact" => {
            // The sign-flip test says the same of right and wrong, wherever it counts all patterns.
            let flipped = sign_flip(&differences(record), 1);
            if flipped.exact {
                record.equal("p_exact by sign flips", flipped.p, theirs);
            }
            table.p_exact()
        }
        "p_mid" => table.p_mid(),
        "chi2_cc" => table.chi_squared(),
        "p_chi2_cc" => table.p_chi_squared(),
        _ => return false,
    };
    record.equal(name, ours, theirs);
    true
}

fn permutation(record: &mut Record<'_>, name: &str, theirs: &Value) -> bool {
    let differences = differences(record);
    match name {
        "mean_diff" => record.equal(name, Mean::of(&differences).unwrap().value, theirs),
        "p_two_sided" => record.equal(name, sign_flip(&differences, 1).p, theirs),
        "assignments" => record.equal(name, 2.0_f64.powi(differences.len() as i32), theirs),
        "wilcoxon_exact" => {
            let ours = wilcoxon(&differences);
            match (ours, theirs.is_null()) {
                (Some(ours), false) => {
                    record.equal("wilcoxon W", ours.statistic, &theirs["W"]);
                    record.equal("wilcoxon p", ours.p, &theirs["p"]);
                }
                (ours, null) => record.note(name, ours.is_none() == null, &ours, theirs),
            }
        }
        _ => return false,
    }
    true
}

fn bootstrap(record: &mut Record<'_>, name: &str, theirs: &Value) -> bool {
    let differences = differences(record);
    let mean = Mean::of(&differences).unwrap();
    let result = record.value["result"].clone();
    let percentile = || {
        let resamples = result["B"].as_u64().unwrap() as usize;
        Resampled::mean(&differences, resamples, 1).unwrap().percentile(LEVEL)
    };
    match name {
        "mean_diff" => record.equal(name, mean.value, theirs),
        "boot_se_exact" => record.equal(name, mean.bootstrap_error(), theirs),
        "t_ci95" if theirs.is_null() => record.near("no spread", mean.deviation, &0.0.into(), 1e-12),
        "t_ci95" => record.equal_interval(name, mean.interval(LEVEL).unwrap(), theirs),
        "percentile95_accept" => {
            let ours = percentile();
            for (ours, accepted) in [ours.low, ours.high].into_iter().zip(theirs.as_array().unwrap()) {
                // The record rounds to twelve digits.
                let (low, high) = (accepted[0].as_f64().unwrap(), accepted[1].as_f64().unwrap());
                record.note(name, low - 1e-9 <= ours && ours <= high + 1e-9, &ours, accepted);
            }
        }
        "percentile95_scipy_mean_of_12_seeds" => {
            record.near_interval(name, percentile(), theirs, result["percentile95_tolerance"].as_f64().unwrap());
        }
        "B" | "percentile95_tolerance" | "seed_spread_seen" | "how" => {}
        _ => return false,
    }
    true
}

fn multiple(record: &mut Record<'_>, name: &str, theirs: &Value) -> bool {
    let adjust = match name {
        "bh" => benjamini_hochberg,
        "by" => benjamini_yekutieli,
        "holm" => holm,
        "bonferroni" => bonferroni,
        _ => return false,
    };
    record.equal_list(name, &adjust(&record.numbers("p")), theirs);
    true
}

fn proportion(record: &mut Record<'_>, name: &str, theirs: &Value) -> bool {
    let (k, n) = (record.value["k"].as_u64().unwrap(), record.value["n"].as_u64().unwrap());
    let share = Proportion::new(k, n).unwrap();
    match name {
        "wilson" => record.equal_interval(name, share.wilson(LEVEL), theirs),
        "clopper_pearson" => record.equal_interval(name, share.clopper_pearson(LEVEL), theirs),
        "p_vs_half" => record.equal(name, two_sided_half(k, n), theirs),
        _ => return false,
    }
    true
}

fn strengths(record: &mut Record<'_>, name: &str, theirs: &Value) -> bool {
    let wins: Vec<Vec<f64>> = record.value["wins"].as_array().unwrap().iter().map(numbers).collect();
    let fitted = BradleyTerry::fit(&wins, record.number("l2_alpha")).unwrap();
    let tolerance = record.value["result"]["tolerance"].as_f64().unwrap();
    let near = |record: &mut Record<'_>, ours: &[f64], scale: f64| {
        let theirs_list = numbers(theirs);
        record.note(&format!("{name} length"), ours.len() == theirs_list.len(), &ours.len(), theirs);
        for (ours, theirs) in ours.iter().zip(theirs_list) {
            record.near(name, *ours, &theirs.into(), tolerance * scale);
        }
    };
    match name {
        "log_strength" => near(record, &fitted.log_strengths, 1.0),
        // The same tolerance, on a scale where a unit of log-strength is 174 points.
        "elo_like_1000" => near(record, &fitted.elo(), 400.0 / std::f64::consts::LN_10),
        "standard_errors" => near(record, &fitted.standard_errors, 1.0),
        "p_first_beats_second" => record.near(name, fitted.beats(0, 1).unwrap(), theirs, tolerance),
        "tolerance" | "choix_max_difference" => {}
        _ => return false,
    }
    true
}

fn made(record: &mut Record<'_>, name: &str, theirs: &Value) -> bool {
    let tolerance = |name: &str| record.value["result"][name].as_f64().unwrap_or(0.0);
    let level = record.value["level"].as_f64().and_then(Confidence::new).unwrap_or(LEVEL);
    match (record.kind.as_str(), name) {
        ("bca", "bca") => {
            let resampled = Resampled::mean(&record.numbers("values"), 10_000, 1).unwrap();
            let tolerance = tolerance("tolerance");
            record.near_interval(name, resampled.bca(level), theirs, tolerance);
        }
        ("interaction", name) => {
            let cells: Vec<Vec<f64>> = record.value["cells"].as_array().unwrap().iter().map(numbers).collect();
            let rows: Vec<[f64; 4]> =
                (0..cells[0].len()).map(|case| std::array::from_fn(|cell| cells[cell][case])).collect();
            let seen = FourfoldVerdict::of(&rows, &Settings::default()).unwrap().interaction;
            let (points, odds) = (tolerance("tolerance"), tolerance("log_odds_tolerance"));
            match name {
                "value" => record.equal(name, seen.value, theirs),
                "log_odds" => record.equal(name, seen.log_odds, theirs),
                "interval95" => record.near_interval(name, seen.interval, theirs, points),
                "interval90" => record.near_interval(name, seen.narrower, theirs, points),
                "log_odds_interval95" => record.near_interval(name, seen.log_odds_interval, theirs, odds),
                "tolerance" | "log_odds_tolerance" => {}
                _ => return false,
            }
        }
        ("kappa", name) => {
            let whole = |each: f64| each as i64;
            let first = record.numbers("first").into_iter().map(whole);
            let pairs: Vec<(i64, i64)> = first.zip(record.numbers("second").into_iter().map(whole)).collect();
            let seen = kappa(&pairs).unwrap();
            match name {
                "kappa" => record.equal(name, seen.kappa, theirs),
                "standard_error" => record.equal(name, seen.standard_error, theirs),
                _ => return false,
            }
        }
        ("krippendorff_alpha", name) => {
            let units: Vec<Vec<f64>> = record.value["units"].as_array().unwrap().iter().map(numbers).collect();
            let scale = match name {
                "nominal" => Scale::Nominal,
                "ordinal" => Scale::Ordinal,
                "interval" => Scale::Interval,
                _ => return false,
            };
            record.equal(name, krippendorff_alpha(&units, scale).unwrap(), theirs);
        }
        ("tango", "tango") => {
            let count = |name: &str| record.value[name].as_u64().unwrap();
            let (b, c) = (count("b"), count("c"));
            let table = McNemar { both: 0, first_only: b, second_only: c, neither: count("n") - b - c };
            record.equal_interval(name, table.tango(level), theirs);
        }
        ("power", "power") => {
            let n = record.value["n"].as_u64().unwrap();
            let ours = power::power(n, record.number("difference"), record.number("discordance"), LEVEL);
            // Tables beyond five standard deviations are left out.
            record.near(name, ours, theirs, 1e-5);
        }
        ("cases_for_mean", "cases") => {
            let ours = power::cases_for_mean(record.number("difference"), record.number("deviation"), LEVEL).unwrap();
            record.near(name, ours as f64, theirs, 1.0);
        }
        ("beta_binomial", name) => {
            let mut seen = WinsAndLosses::default();
            for won in record.numbers("won") {
                seen.add(won > 0.5);
            }
            match name {
                "p" => record.equal(name, seen.p_value(), theirs),
                "interval95" => record.equal_interval(name, seen.interval(LEVEL), theirs),
                _ => return false,
            }
        }
        ("betting", "interval95") => {
            let mut seen = Betting::new(LEVEL);
            for difference in record.numbers("differences") {
                seen.add(difference);
            }
            record.equal_interval(name, seen.interval(), theirs);
        }
        ("bca", "tolerance") => {}
        _ => return false,
    }
    true
}

/// Checks every result of a record.
pub fn check(ledger: &mut Ledger, id: &str, kind: &str, value: &Value) {
    let by_kind = match kind {
        "mcnemar" => mcnemar,
        "paired_permutation_exact" => permutation,
        "paired_bootstrap" => bootstrap,
        "multiple_testing" => multiple,
        "proportion_ci95" => proportion,
        "bradley_terry" | "strength_errors" => strengths,
        _ => made,
    };
    let mut record = Record { ledger, id: id.to_owned(), kind: kind.to_owned(), value: value.clone() };
    for (name, theirs) in value["result"].as_object().unwrap() {
        if !by_kind(&mut record, name, theirs) {
            record.ledger.wrong(id, name, &format!("no such result of kind `{kind}` is known here"));
        }
    }
}

#[test]
fn unknown_names_are_wrong_by_name() {
    let mut ledger = Ledger::default();
    for line in [
        r#"{"k": 1, "n": 2, "kind": "proportion_ci95", "result": {"jeffreys": [0, 1]}}"#,
        r#"{"kind": "sorcery", "result": {"p": 1}}"#,
    ] {
        let record: Value = serde_json::from_str(line).unwrap();
        check(&mut ledger, "x", record["kind"].as_str().unwrap(), &record);
    }
    let faults = ledger.faults();
    assert!(faults.len() == 2 && faults[0].contains("jeffreys") && faults[1].contains("`sorcery`"), "{faults:?}");
}

#[test]
fn a_paired_comparison_takes_the_test_that_fits_its_scores() {
    let settings = Settings::default();
    let test = |rows: &[[f64; 2]]| Paired::of(rows, &settings).unwrap().test;
    assert_eq!(test(&[[1.0, 0.0]; 30]), Test::McNemar);
    assert_eq!(test(&[[0.5, 0.0]; 20]), Test::SignFlip);
    assert_eq!(test(&[[0.5, 0.0]; 21]), Test::SignFlipDrawn);
}
