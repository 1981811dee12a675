//! Which exemplars are chosen, with a selector that says what is asked of it.

use std::sync::Mutex;

use super::*;

/// Finds rows in a given order, and remembers how many were asked for.
pub(super) struct Scripted {
    pub(super) order: Vec<usize>,
    pub(super) asked: Mutex<Vec<usize>>,
}

impl Scripted {
    pub(super) fn new(order: &[usize]) -> Self {
        Self { order: order.to_vec(), asked: Mutex::default() }
    }
}

impl Retrieval for Scripted {
    fn nearest(&self, _: Likeness, _: &Case, k: usize) -> Result<Vec<(usize, f32)>, StrategyError> {
        self.asked.lock().unwrap().push(k);
        Ok(self.order.iter().take(k).enumerate().map(|(place, row)| (*row, 9.0 - place as f32)).collect())
    }

    fn source(&self, by: Likeness, _: &Case) -> String {
        let name = match by {
            Likeness::Words => "bm25",
            Likeness::Code => "bm25-code",
            Likeness::Meaning => "scripted vectors",
        };
        name.to_owned()
    }
}

fn rows(count: usize, labels: &[&str]) -> Vec<Case> {
    (0..count).map(|n| case(&format!("t{n}"), &format!("order {n}"), Some(labels[n % labels.len()]))).collect()
}

fn chosen(settings: &[(&str, SettingValue)], asked: &str, train: &[Case], order: &[usize]) -> Vec<(String, String)> {
    let prompt = Prompt::parse(PROMPT, PromptKind::Prompty);
    let (case, permissions, train) = (case("c", asked, None), Permissions::default(), train.to_vec());
    let retrieval = Scripted::new(order);
    let task = Task { train: Some(&train), retrieval: Some(&retrieval), ..bare(&prompt, &case, &permissions) };
    let config = configured("few-shot", settings);
    let call = config.strategy().first(&config, &task).unwrap();
    call.exemplars.into_iter().map(|used| (used.id, used.why)).collect()
}

fn select(how: &str, k: i64) -> [(&'static str, SettingValue); 2] {
    [("select", SettingValue::Text(how.to_owned())), ("k", SettingValue::Number(k))]
}

#[test]
fn the_most_similar_row_stands_last() {
    let train = rows(6, &["a"]);
    let found = chosen(&select("bm25", 3), "order 9", &train, &[4, 2, 0, 1, 3, 5]);
    let expected = [("t0", "bm25 7.00"), ("t2", "bm25 8.00"), ("t4", "bm25 9.00")];
    assert_eq!(found, expected.map(|(id, why)| (id.to_owned(), why.to_owned())));
    let found = chosen(&select("bm25-code", 1), "order 9", &train, &[3, 0]);
    assert_eq!(found, [("t3".to_owned(), "bm25-code 9.00".to_owned())]);
    let found = chosen(&select("nearest", 1), "order 9", &train, &[5, 0]);
    assert_eq!(found, [("t5".to_owned(), "scripted vectors 9.00".to_owned())]);
}

#[test]
fn the_case_itself_is_passed_over_and_more_is_asked_for() {
    let mut train = rows(40, &["a"]);
    for row in &mut train[..30] {
        row.variables.insert("order".into(), json!("Order 7!"));
    }
    let order: Vec<usize> = (0..40).collect();
    let found = chosen(&select("bm25", 2), "order 7", &train, &order);
    assert_eq!(found.into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ["t31", "t30"]);
}

#[test]
fn what_is_almost_the_case_is_passed_over_from_the_guards_threshold_on() {
    let prompt = Prompt::parse(PROMPT, PromptKind::Prompty);
    let text = "please send two blue kettles to ada in oslo by friday";
    let (asked, permissions) = (case("c", text, None), Permissions::default());
    let mut train = rows(3, &["a"]);
    train[0].variables.insert("order".into(), json!(format!("{text} morning")));
    let config = configured("few-shot", &select("first", 1));
    let at = |alike: f64| {
        let task = Task { train: Some(&train), alike, ..bare(&prompt, &asked, &permissions) };
        config.strategy().first(&config, &task).unwrap()
    };
    let call = at(0.8);
    assert_eq!(call.exemplars[0].id, "t1");
    assert_eq!(call.notes, ["train row `t0` is the case to 90 % and was left out (from 80 % on it is)"]);
    assert_eq!(at(0.95).exemplars[0].id, "t0", "a workbench that allows more shows it");
}

#[test]
fn random_rows_are_the_same_for_a_case_and_a_draw() {
    let train = rows(50, &["a"]);
    let draw = |asked: &str, draw: i64| {
        let mut settings = select("random", 4).to_vec();
        settings.push(("draw", SettingValue::Number(draw)));
        chosen(&settings, asked, &train, &[])
    };
    assert_eq!(draw("x", 0), draw("x", 0));
    assert_ne!(draw("x", 0), draw("y", 0), "each case draws its own");
    assert_ne!(draw("x", 0), draw("x", 1));
    assert_eq!(draw("x", 3)[0].1, "random, draw 3");
}

#[test]
fn balanced_examples_show_each_answer_alike() {
    // Nine in ten rows say `a`, and those are the nearest.
    let labels: Vec<&str> = (0..20).map(|n| if n % 10 == 9 { "b" } else { "a" }).collect();
    let train = rows(20, &labels);
    let order: Vec<usize> = (0..20).collect();
    let mut settings = select("bm25", 4).to_vec();
    settings.push(("balance", SettingValue::Switch(true)));
    let ids: Vec<String> = chosen(&settings, "x", &train, &order).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["t19", "t9", "t1", "t0"], "two of each, the most similar last");
}

#[test]
fn without_anyone_to_find_rows_it_is_said() {
    let config = configured("few-shot", &select("bm25", 1));
    let error = first(&config, PROMPT, &case("c", "x", None), &train()).unwrap_err();
    assert_eq!(error.to_string(), "few-shot cannot be applied: nobody here can find train rows like the case");
}

#[test]
fn reasoning_from_a_column_is_shown_before_the_answer() {
    let mut train = train();
    train[2].variables.insert("why".into(), json!("Two are two."));
    let settings = [
        ("k", SettingValue::Number(1)),
        ("rationale", SettingValue::Text("why".into())),
        ("wording", SettingValue::Text("Think.".into())),
    ];
    let config = configured("few-shot-chain-of-thought", &settings);
    let call = first(&config, PROMPT, &case("c", "x", None), &train).unwrap();
    assert_eq!(
        shown(&call)[1..],
        [
            "user: Turn into JSON: Two kettles!\n\nThink.",
            "assistant: Two are two.\nAnswer: {2}",
            "user: Turn into JSON: x\n\nThink."
        ]
    );
}

proptest! {
    #[test]
    fn no_way_of_choosing_shows_the_case_itself(
        rows in proptest::collection::vec("[aAbB .!]{1,4}", 1..24),
        asked in "[aAbB .!]{1,4}",
        k in 1_i64..5,
        how in prop_oneof![Just("first"), Just("random"), Just("bm25"), Just("nearest")],
        balance in any::<bool>(),
    ) {
        let train: Vec<Case> =
            rows.iter().enumerate().map(|(n, text)| case(&format!("t{n}"), text, Some("ok"))).collect();
        let prompt = Prompt::parse(PROMPT, PromptKind::Prompty);
        let (asked, permissions) = (case("c", &asked, None), Permissions::default());
        let retrieval = Scripted::new(&(0..train.len()).rev().collect::<Vec<_>>());
        let task = Task { train: Some(&train), retrieval: Some(&retrieval), ..bare(&prompt, &asked, &permissions) };
        let mut settings = select(how, k).to_vec();
        settings.push(("balance", SettingValue::Switch(balance)));
        let config = configured("few-shot", &settings);
        let can = train.iter().filter(|row| !same_case(row, &asked)).count();
        match config.strategy().first(&config, &task) {
            Ok(call) => {
                prop_assert_eq!(call.exemplars.len() as i64, k);
                let mut rows: Vec<usize> = call.exemplars.iter().map(|used| used.row).collect();
                prop_assert!(rows.iter().all(|row| !same_case(&train[*row], &asked)));
                rows.sort_unstable();
                rows.dedup();
                prop_assert_eq!(rows.len() as i64, k, "no row is shown twice");
            }
            Err(error) => {
                prop_assert!(matches!(error, StrategyError::CannotApply { .. }), "{}", error);
                prop_assert!((can as i64) < k, "{} could be shown: {}", can, error);
            }
        }
    }
}
