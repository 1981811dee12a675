//! Tables of answers made by hand, and one of answers that were recorded.

use std::collections::BTreeMap;

use super::*;
use crate::score::{Aspect, NonAnswer, Outcome};
use crate::stats::{Finding, Settings};

fn sampled(text: &str, score: Option<f64>, cost: Option<f64>) -> Sampled {
    let scores = score.map(|score| ("exact-match".to_owned(), score)).into_iter().collect();
    Sampled { outcome: Outcome::Answer, text: text.to_owned(), scores, cost, total_ms: Some(1_500) }
}

/// Two arms over `n` cases: the baseline right on those below `base`, the other on those below `own`.
fn source(n: usize, base: usize, own: usize) -> Source {
    let cases = (0..n).map(|index| CaseRow {
        index,
        id: format!("c{index:03}"),
        columns: BTreeMap::from([
            ("kind".to_owned(), if index % 2 == 0 { "even" } else { "odd" }.to_owned()),
            ("size".to_owned(), index.to_string()),
            ("text".to_owned(), format!("text {index}")),
            ("same".to_owned(), "x".to_owned()),
        ]),
    });
    let arm = |name: &str, right: usize, cost: f64| ArmAnswers {
        arm: name.to_owned(),
        prompt_hash: name.to_owned(),
        missing: BTreeMap::new(),
        cases: (0..n)
            .map(|index| {
                let score = if index < right { 1.0 } else { 0.0 };
                (format!("c{index:03}"), vec![sampled(&format!("{name} {index}"), Some(score), Some(cost))])
            })
            .collect(),
    };
    Source {
        split: "dev".to_owned(),
        primary: "exact-match".to_owned(),
        metrics: vec![("json-fields".to_owned(), Aspect::Content), ("exact-match".to_owned(), Aspect::Content)],
        cases: cases.collect(),
        arms: vec![arm("plain", base, 0.001), arm("few-shot", own, 0.003)],
        ..Source::default()
    }
}

fn column(table: &ScoreTable, name: &str) -> usize {
    table.columns.iter().position(|column| column.name == name).unwrap()
}

#[test]
fn the_primary_metric_has_verdicts_and_everything_else_is_exploratory() {
    let table = ScoreTable::of(&source(60, 20, 40), &Settings::default()).unwrap();
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["exact-match", "json-fields", "cost", "latency"]);
    let primary = table.cell(1, 0).unwrap();
    assert_eq!(primary.finding(), Some(Finding::Better));
    let figures = primary.figures.unwrap();
    assert!(figures.n == 60 && (figures.mean - 2.0 / 3.0).abs() < 1e-9 && figures.method == "Wilson");
    assert_eq!(primary.spread.counts, [20, 0, 0, 0, 0, 0, 0, 40]);
    assert!(matches!(table.cell(0, 0).unwrap().against, Against::Baseline));
    assert!(table.cell(1, 1).unwrap().figures.is_none(), "nothing was scored by it");
    let cost = table.cell(1, column(&table, "cost")).unwrap();
    let Against::Exploratory { n, difference, tests, left_out, .. } = cost.against else { panic!("{cost:?}") };
    assert!((n, tests, left_out) == (60, 2, 0) && (difference - 0.002).abs() < 1e-12);
    assert_eq!(cost.finding(), None, "cheap is no verdict");
    let why = table.why(1, 0).join("\n");
    for part in
        ["n = 60 of 60 cases", "few-shot is better than plain", "exact McNemar test", "seed 1", "no case left out"]
    {
        assert!(why.contains(part), "{part}: {why}");
    }
    let why = table.why(1, column(&table, "cost")).join("\n");
    for part in
        ["lower is better", "neither form nor content", "Exploratory, no verdict: +$0.002", "Benjamini-Hochberg over 2"]
    {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert!(table.why(0, 0).join(" ").contains("The baseline"));
    assert!(table.why(9, 9).is_empty());
}

#[test]
fn what_is_missing_leaves_the_comparison_and_is_counted() {
    let mut source = source(30, 10, 20);
    source.arms[1].cases.insert("c000".to_owned(), Vec::new());
    source.arms[1].cases.remove("c001");
    source.arms[0].cases.get_mut("c002").unwrap()[0] =
        Sampled { outcome: Outcome::NonAnswer(NonAnswer::Empty), ..sampled("", Some(0.0), None) };
    let table = ScoreTable::of(&source, &Settings::default()).unwrap();
    let why = table.why(1, 0).join("\n");
    assert!(why.contains("n = 28") && why.contains("1 not asked of every arm, 1 without a score"), "{why}");
    let worths = worths(&table);
    assert_eq!(worths[0].unpriced, 1, "a price that is not known is told");
}

#[test]
fn repeats_agree_or_do_not_and_an_arm_without_answers_has_no_figures() {
    let mut source = source(12, 6, 6);
    for samples in source.arms[1].cases.values_mut() {
        samples.push(sampled("another", Some(1.0), None));
    }
    source.arms.push(ArmAnswers { arm: "never".to_owned(), ..ArmAnswers::default() });
    let table = ScoreTable::of(&source, &Settings::default()).unwrap();
    let place = column(&table, "consistency");
    assert_eq!(table.columns[place].speaks_of(), "neither form nor content");
    let agreed = table.cell(1, place).unwrap().figures.unwrap();
    assert!(agreed.n == 12 && agreed.mean.abs() < 1e-12);
    assert!(table.cell(0, place).unwrap().figures.is_none(), "one answer agrees with nothing");
    assert!(table.rows[2].iter().all(|cell| cell.figures.is_none() && matches!(cell.against, Against::Nothing)));
}

#[test]
fn flips_are_listed_losses_first_and_by_size() {
    let mut source = source(6, 3, 0);
    let give = |source: &mut Source, case: &str, score: f64| {
        source.arms[1].cases.insert(case.to_owned(), vec![sampled("new", Some(score), None)]);
    };
    give(&mut source, "c000", 0.5);
    give(&mut source, "c004", 1.0);
    give(&mut source, "c005", 0.25);
    let found = flips(&source, 1);
    let told: Vec<(&str, &str)> = found.iter().map(|flip| (flip.case.as_str(), flip.in_words())).collect();
    assert_eq!(
        told,
        [
            ("c001", "right to wrong"),
            ("c002", "right to wrong"),
            ("c000", "right to wrong"),
            ("c004", "wrong to right"),
            ("c005", "better"),
        ]
    );
    assert_eq!((found[0].before.as_str(), found[3].index), ("plain 1", 4));
    assert!(flips(&source, 7).is_empty());
}

#[test]
fn every_missing_trial_of_a_run_counts() {
    let mut source = source(6, 3, 0);
    let arm = &mut source.arms[1];
    arm.cases.insert("c000".to_owned(), Vec::new());
    let trials = |arm: &ArmAnswers| arm.by_case("exact-match", str::to_owned)["c000"].clone();
    assert_eq!(trials(arm), [None], "without a run it is one");
    arm.missing.insert("c000".to_owned(), 3);
    assert_eq!(trials(arm), [None; 3]);
    let found = source.compared(&Settings::default()).unwrap();
    assert_eq!(found.arms[0].sensitivity.unwrap().trials, 3);
}

#[test]
fn a_time_that_nobody_measured_counts_in_no_mean() {
    let mut source = source(4, 2, 3);
    for id in ["c000", "c001"] {
        for arm in &mut source.arms {
            arm.cases.get_mut(id).unwrap()[0].total_ms = None;
        }
    }
    let table = ScoreTable::of(&source, &Settings::default()).unwrap();
    let latency = |table: &ScoreTable| table.cell(1, column(table, "latency")).unwrap().figures;
    let figures = latency(&table).unwrap();
    assert_eq!((figures.n, figures.mean), (2, 1.5));
    for samples in source.arms.iter_mut().flat_map(|arm| arm.cases.values_mut()) {
        samples[0].total_ms = None;
        samples[0].cost = None;
    }
    let table = ScoreTable::of(&source, &Settings::default()).unwrap();
    assert!(latency(&table).is_none());
    let worth = worths(&table).remove(1);
    assert_eq!((worth.seconds, worth.unpriced, worth.answered), (None, 4, 4));
    assert!(worth.in_words().starts_with("few-shot: price unknown"), "it has answers: {}", worth.in_words());
}

#[test]
fn a_price_is_not_all_where_the_tuned_arm_scores_lower() {
    let worth = |arm: &str, score: Option<f64>| Worth {
        arm: arm.to_owned(),
        cost: None,
        unpriced: 0,
        answered: 0,
        seconds: None,
        score,
        gain: None,
        extra: None,
    };
    let even = break_even(10.0, 0.003, 0.001).unwrap();
    let said = |before, after| pays_in_words(&even, &worth("few", before), &worth("tuned", after));
    assert!(said(Some(0.8), Some(0.5)).ends_with(" on. It scores 0.500, few 0.800."), "{}", said(Some(0.8), Some(0.5)));
    for (before, after) in [(Some(0.5), Some(0.8)), (Some(0.5), Some(0.5)), (None, Some(0.5)), (Some(0.5), None)] {
        assert!(said(before, after).ends_with(" on."), "{before:?} {after:?}");
    }
}

#[test]
fn any_column_that_cases_share_slices_and_stays_exploratory() {
    let source = source(48, 12, 36);
    assert_eq!(sliceable(&source), ["kind", "size"]);
    let sliced = slices(&source, "kind", &Settings::default()).unwrap();
    assert_eq!(sliced.slices.iter().map(|slice| slice.value.as_str()).collect::<Vec<_>>(), ["even", "odd"]);
    let cell = &sliced.slices[0].cells[1];
    assert!(cell.figures.unwrap().n == 24 && (cell.against.unwrap().difference - 0.5).abs() < 1e-9);
    assert_eq!((sliced.tests, sliced.without), (2, 0));
    assert!(sliced.label(&Settings::default()).contains("exploratory, no verdict"));
    let why = sliced.why();
    assert!(
        why.starts_with("why: exact McNemar test, over the cases") && why.contains("n = 24; no case left out"),
        "{why}"
    );
    let mut fewer = source.clone();
    for case in ["c000", "c002"] {
        fewer.arms[1].cases.remove(case);
    }
    let fewer = slices(&fewer, "kind", &Settings::default()).unwrap();
    let why = fewer.why();
    assert!(why.contains("n = 22 to 24; at most 2 cases of a slice left out"), "{why}");
    let words = sliced.in_words(&["plain".to_owned(), "few-shot".to_owned()]).join("\n");
    assert!(words.contains("kind = even") && words.contains("  few-shot: 0.750"), "{words}");
    let numbers = slices(&source, "size", &Settings::default()).unwrap();
    assert_eq!(
        numbers.slices.iter().map(|slice| slice.value.as_str()).collect::<Vec<_>>(),
        ["0 to 11", "12 to 23", "24 to 35", "36 to 47"]
    );
    for (column, expected) in [("text", "of its own"), ("same", "the same value"), ("knd", "no case has a short value")]
    {
        let error = slices(&source, column, &Settings::default()).unwrap_err();
        assert!(error.what.contains(expected), "{error}");
    }
    assert!(slices(&source, "knd", &Settings::default()).unwrap_err().hint.contains("kind"));
}

#[test]
fn prices_say_what_a_gain_costs_and_when_a_tuning_pays() {
    let table = ScoreTable::of(&source(60, 20, 40), &Settings::default()).unwrap();
    let worths = worths(&table);
    let points = worths[1].points_for_a_dollar().unwrap();
    // A third of a hundred points for two dollars more on a thousand cases.
    assert!((points - 100.0 / 3.0 / 2.0).abs() < 1e-6, "{points}");
    assert!(
        worths[1].in_words().contains("16.67 points for each dollar more on 1,000 cases"),
        "{}",
        worths[1].in_words()
    );
    assert_eq!(worths[0].points_for_a_dollar(), None);
    let tuning = TuningCost { training: 20.0, rows: 100.0, row: 0.5, hours: 4.0, hour: 80.0 };
    assert!((tuning.total() - 390.0).abs() < 1e-9);
    assert!(tuning.in_words().contains("100 rows at $0.50"), "{}", tuning.in_words());
    let even = break_even(tuning.total(), 0.003, 0.001).unwrap();
    assert_eq!(even.cases, Some(195_000));
    assert!(even.in_words("few-shot", "tuned").contains("195,000 cases"));
    assert_eq!(break_even(1.0, 0.001, 0.001).unwrap().cases, None);
    assert!(break_even(1.0, 0.001, 0.002).unwrap().in_words("a", "b").contains("never pays"));
    assert_eq!(break_even(f64::NAN, 1.0, 0.0), None);
    let exact = break_even(300.0, 0.000_3, 0.000_06).unwrap();
    assert_eq!(exact.cases, Some(1_250_000), "no case more for a rounding: {exact:?}");
}

#[test]
fn a_test_split_says_how_often_it_was_measured() {
    let words = |runs, prompts, opened| Measured { runs, prompts, opened, leak: None }.in_words();
    assert_eq!(words(0, 1, 0), "Test split measured by no run and 1 prompt version.");
    let several = words(3, 4, 1);
    assert!(
        several.starts_with("Test split measured by 3 runs and 4 prompt versions; 1 case opened by hand."),
        "{several}"
    );
    assert!(several.contains("Picking the best of these 4 versions by this split flatters the one"), "{several}");
}

#[test]
fn strange_scores_break_nothing() {
    let mut source = source(5, 2, 3);
    for (case, score) in [("c000", f64::NAN), ("c001", f64::INFINITY), ("c002", 7.0)] {
        source.arms[1].cases.insert(case.to_owned(), vec![sampled("x", Some(score), Some(0.0))]);
    }
    let page = ScoresPage::of(&source, &Settings::default()).unwrap();
    for arm in 0..2 {
        for column in 0..page.table.columns.len() {
            let why = page.table.why(arm, column).join(" ");
            assert!(!why.contains("NaN") && !why.contains("inf"), "{why}");
        }
    }
    let empty = Source::default();
    assert!(ScoresPage::of(&empty, &Settings::default()).is_err());
}
