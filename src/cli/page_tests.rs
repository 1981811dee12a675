//! What verdicts say on a page and as JSON.

use super::*;
use crate::cli::compare::share;
use crate::stats::wording::Column;
use crate::stats::{FourfoldVerdict, judge};

fn page(difference: Option<f64>) -> Page {
    let settings = Settings::default();
    Page {
        settings,
        difference,
        tuned: Tuned::one(Column::Adapter),
        split: Split::Dev,
        recorded: true,
        of_stored_run: false,
    }
}

fn printed(print: impl FnOnce(&mut Output<&mut Vec<u8>>)) -> String {
    let mut bytes = Vec::new();
    print(&mut Output::new(&mut bytes));
    String::from_utf8(bytes).unwrap()
}

fn of_four() -> Table {
    let groups = [([0, 0, 0, 1], 14), ([0, 1, 0, 1], 6), ([0, 0, 1, 1], 6), ([0, 0, 0, 0], 10)];
    let rows: Vec<[f64; 4]> =
        groups.iter().flat_map(|(cells, count)| std::iter::repeat_n(cells.map(f64::from), *count)).collect();
    Table {
        metric: "exact-match".to_owned(),
        planned: 40,
        asked: [40, 38, 36, 36],
        left_out: LeftOut { elsewhere: 4, missing: 0, not_scores: 0 },
        verdict: FourfoldVerdict::of(&rows, &Settings::default()).unwrap(),
        costs: Some(CellCosts::of(&[[0.002, 0.0001, 0.005, 0.0003].map(Some); 36], &Settings::default())),
        again: None,
        unscored: Vec::new(),
    }
}

#[test]
fn the_table_says_what_to_do_and_why() {
    let text = printed(|out| page(Some(0.1)).table(&of_four(), out).unwrap());
    for words in [
        "exact-match on 36 recorded dev cases, the same in all four cells; 95 % intervals. Nothing was asked.",
        "Use both: together they beat prompting alone and this adapter alone.",
        "Prompting and this adapter reinforce each other; interaction +0.389",
        "Provisional: 36 of 40 planned cases.",
        "A case costs, n = 36, 95 % intervals: with prompting $0.003 more (0.003 to 0.003); with tuning $0.0019 less",
        "prompted · base costs 50 times as much as plain · tuned: $0.005 against $0.0001; plain · tuned scores 0.167,",
        "both is better than prompting alone: +0.556 (+333 % of 0.167)",
        "why: exact McNemar test, p < 0.001",
        "left out: 4 not asked of every arm",
        " cases would show a difference of 0.100 four times in five.",
        "All 40 cases of the split can show, four times in five, a difference of at least:",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    assert!(!text.contains("NaN") && !text.contains(" inf") && !text.contains("-inf"), "{text}");
    let unscored = Unscored {
        arm: "plain · tuned".to_owned(),
        metric: "tone".to_owned(),
        answers: 8,
        reason: ("no leave".to_owned(), 8),
    };
    let silent = Table { unscored: vec![unscored], ..of_four() };
    let text = printed(|out| page(None).table(&silent, out).unwrap());
    assert!(text.contains("8 answers of plain · tuned have no score by tone: no leave."), "{text}");
    assert_eq!(page(None).table_in_json(&silent)["unscored"][0]["answers"], 8);
    let json = page(Some(0.1)).table_in_json(&of_four());
    assert_eq!((&json["headline"], &json["together"]), (&json!("use-both"), &json!("reinforce")));
    assert_eq!(json["cells"]["prompted-tuned"]["n"], 36);
    assert!(json["over_tuning"]["needed"]["cases"].as_u64().is_some_and(|cases| cases > 36), "{json}");
    assert_eq!(json["costs"]["cells"]["plain-tuned"]["cost"]["n"], 36);
    assert!(json["costs"]["tuning_less_prompting"]["mean"].as_f64().is_some_and(|less| (less + 0.0049).abs() < 1e-9));
    for line in of_four().in_words(&Settings::default(), Tuned::one(Column::Adapter)) {
        assert!(!line.is_empty());
    }
}

#[test]
fn arms_are_told_with_their_family_and_those_without_cases_are_named() {
    let settings = Settings::default();
    let rows: Vec<[f64; 2]> =
        (0..20).map(|index| [f64::from(u8::from(index < 15)), f64::from(u8::from(index < 4))]).collect();
    let paired = Paired::of(&rows, &settings).unwrap();
    let verdicts = judge(&[&paired, &paired], &settings);
    let figure = |column: usize| {
        let column: Vec<f64> = rows.iter().map(|row| row[column]).collect();
        Figure::of(&column, settings.confidence, 1).unwrap()
    };
    let found = Comparisons {
        repeats: Vec::new(),
        baseline: "plain".to_owned(),
        metric: "exact-match".to_owned(),
        planned: 20,
        arms: vec![Against {
            arm: "few-shot".to_owned(),
            figure: figure(0),
            baseline: figure(1),
            paired,
            verdict: verdicts[0],
            left_out: LeftOut::default(),
            sensitivity: None,
        }],
        without: vec!["tuned".to_owned()],
        unscored: Vec::new(),
    };
    let text = printed(|out| page(None).arms(&found, out).unwrap());
    for words in [
        "few-shot is better than plain: +0.550 (+275 % of 0.200), 97.5 % interval",
        "p = 0.002 (Holm over 2)",
        "no case left out",
        "tuned: no recorded case in common with `plain`. `fourfold failures --arm tuned` asks every dev case.",
    ] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    assert!(!text.contains("Provisional"), "{text}");
    assert!(text.contains("All 20 cases of the split can show"), "{text}");
    let few = printed(|out| page(None).arms(&Comparisons { planned: 5, ..found.clone() }, out).unwrap());
    assert!(
        few.contains("All 5 cases of the split are too few to show a difference four times in five, even"),
        "{few}"
    );
    assert!(text.contains(" cases of the split can show"), "{text}");
    let of_run = printed(|out| Page { of_stored_run: true, ..page(None) }.arms(&found, out).unwrap());
    assert!(of_run.contains(" cases of the run can show") && !of_run.contains("of the split"), "{of_run}");
    let reason = ("no leave".to_owned(), 8);
    let unscored = Unscored { arm: "tuned".to_owned(), metric: "tone".to_owned(), answers: 8, reason };
    let silent = Comparisons { unscored: vec![unscored], ..found.clone() };
    let text = printed(|out| page(None).arms(&silent, out).unwrap());
    assert!(text.contains("tuned: recorded, and no case has a score of both it and `plain`."), "{text}");
    assert!(text.contains("8 answers of tuned have no score by tone: no leave."), "{text}");
    let json = page(None).arms_in_json(&found);
    assert_eq!((&json["arms"][0]["finding"], &json["arms"][0]["family"]), (&json!("better"), &json!(2)));
}

#[test]
fn shares_are_read_strictly() {
    assert_eq!(share("0.05"), Ok(0.05));
    for bad in ["0", "-1", "1.5", "NaN", "x"] {
        assert!(share(bad).is_err(), "{bad}");
    }
}
