//! The samples' data: sizes, no overlap between splits, references of the promised form, labels that follow the stated
//! rules, and a generator that still makes the committed files.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are not seen as tests")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

const SPLITS: [&str; 3] = ["train", "dev", "test"];
/// Two rows of different splits share at most this part of the shorter one's three-word sequences.
fn most_shared(sample: &str) -> f64 {
    if sample == "orders" { 0.6 } else { 0.5 }
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-prompts").join(name)
}

fn rows(sample: &str, split: &str) -> Vec<Map<String, Value>> {
    let path = folder(sample).join(format!("data/{split}.jsonl"));
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn all_rows(sample: &str) -> Vec<Map<String, Value>> {
    SPLITS.iter().flat_map(|split| rows(sample, split)).collect()
}

fn field<'a>(row: &'a Map<String, Value>, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} of {row:?}"))
}

/// What the model sees of a row.
fn text(row: &Map<String, Value>) -> String {
    let names = ["subject", "body", "text", "before", "comment", "question", "note"];
    let mut shown: Vec<&str> = names.iter().filter_map(|name| row.get(*name)?.as_str()).collect();
    shown.extend(row.get("choices").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str));
    shown.join(" ")
}

fn answer(row: &Map<String, Value>) -> Map<String, Value> {
    let written = field(row, "answer");
    let parsed: Map<String, Value> = serde_json::from_str(written).unwrap();
    assert_eq!(serde_json::to_string(&parsed).unwrap(), written, "a reference is compact JSON");
    parsed
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|one: char| !one.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Three-word sequences, hashed: there are some millions of pairs to compare.
fn trigrams(text: &str) -> HashSet<u64> {
    let hash = |words: &[String]| {
        let mut hasher = DefaultHasher::new();
        words.hash(&mut hasher);
        hasher.finish()
    };
    words(text).windows(3).map(hash).collect()
}

#[test]
fn every_split_has_its_size_and_ids() {
    for (sample, sizes) in [
        ("orders", [200, 40, 200]),
        ("triage", [120, 40, 200]),
        ("review", [120, 40, 120]),
        ("questions", [120, 40, 200]),
        ("tone", [120, 40, 120]),
    ] {
        for (split, size) in SPLITS.into_iter().zip(sizes) {
            let rows = rows(sample, split);
            assert_eq!(rows.len(), size, "{sample} {split}");
            for (index, row) in rows.iter().enumerate() {
                assert_eq!(field(row, "id"), format!("{split}-{:03}", index + 1), "{sample}");
            }
        }
    }
}

#[test]
fn no_row_is_equal_or_near_to_one_of_another_split() {
    for (sample, size) in [("orders", 440), ("triage", 360), ("review", 280), ("questions", 360), ("tone", 280)] {
        let splits: Vec<Vec<(String, HashSet<u64>)>> = SPLITS
            .iter()
            .map(|split| rows(sample, split).iter().map(|row| (text(row), trigrams(&text(row)))).collect())
            .collect();
        for (left, right) in [(0, 1), (0, 2), (1, 2)] {
            for (one, grams) in &splits[left] {
                for (other, others) in &splits[right] {
                    let smaller = grams.len().min(others.len()).max(1);
                    let shared = grams.intersection(others).count() as f64 / smaller as f64;
                    assert!(shared <= most_shared(sample), "{sample}: {shared:.2} shared by\n{one}\n{other}");
                }
            }
        }
        let texts: HashSet<Vec<String>> = all_rows(sample).iter().map(|row| words(&text(row))).collect();
        assert_eq!(texts.len(), size, "{sample}: no text twice, in whichever split");
    }
}

#[test]
fn orders_hold_what_their_references_say() {
    let days = BTreeMap::from([
        ("mon", "mond"),
        ("tue", "tues"),
        ("wed", "wed"),
        ("thu", "thur"),
        ("fri", "frid"),
        ("sat", "sat"),
        ("sun", "sund"),
    ]);
    let mut fillings = HashSet::new();
    for row in all_rows("orders") {
        let text = text(&row);
        let answer = answer(&row);
        assert_eq!(answer.keys().collect::<Vec<_>>(), ["who", "city", "item", "qty", "day"]);
        for name in ["who", "city"] {
            let written = field(&answer, name);
            assert!(text.to_lowercase().contains(&written.to_lowercase()), "{written}: {text}");
        }
        // Plurals change the end (`knife`, `knives`): the beginning is enough to tell.
        let item = field(&answer, "item");
        let stem: String = item.chars().take(item.chars().count().saturating_sub(2).max(3)).collect();
        assert!(text.to_lowercase().contains(&stem), "{item}: {text}");
        let day = field(&answer, "day");
        let spelled = |word: &String| {
            word == day || word.starts_with(days[day]) || word.starts_with(&day[..2]) && word.ends_with("day")
        };
        assert!(words(&text).iter().any(spelled), "{day}: {text}");
        let qty = answer["qty"].as_u64().unwrap();
        assert!((1..=60).contains(&qty), "{text}");
        let digits = words(&text).contains(&qty.to_string());
        assert!(digits || spelled_numbers(&text).contains(&qty), "{qty}: {text}");
        assert!(fillings.insert(field(&row, "answer").to_owned()), "the same order twice: {text}");
    }
}

fn spelled_numbers(text: &str) -> Vec<u64> {
    let small = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen";
    let mut names: HashMap<&str, u64> = small.split(' ').zip(1..).collect();
    names.extend(["twenty", "thirty", "forty", "fifty", "sixty"].into_iter().zip([20, 30, 40, 50, 60]));
    let text = text.to_lowercase();
    let words = words(&text);
    let mut found: Vec<u64> = words.iter().filter_map(|word| names.get(word.as_str()).copied()).collect();
    found.extend(words.windows(2).filter_map(|pair| Some(names.get(pair[0].as_str())? + names.get(pair[1].as_str())?)));
    for (phrase, number) in
        [("a dozen", 12), ("half a dozen", 6), ("two dozen", 24), ("a pair of", 2), ("a single", 1), ("a radio", 1)]
    {
        if text.contains(phrase) {
            found.push(number);
        }
    }
    found
}

#[test]
fn test_orders_go_beyond_the_names_and_goods_of_train() {
    let values =
        |split, name| rows("orders", split).iter().map(|row| answer(row)[name].to_string()).collect::<HashSet<_>>();
    for name in ["who", "city", "item"] {
        let train = values("train", name);
        let unseen =
            rows("orders", "test").iter().filter(|row| !train.contains(&answer(row)[name].to_string())).count();
        assert!((40..=140).contains(&unseen), "{name}: {unseen} of 200 test rows");
    }
}

#[test]
fn triage_labels_follow_the_stated_rules() {
    let has = |text: &str, phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    let mut areas: HashMap<String, String> = HashMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in all_rows("triage") {
        let text = text(&row).to_lowercase();
        let answer = answer(&row);
        assert_eq!(answer.keys().collect::<Vec<_>>(), ["area", "urgency", "needs_human"]);
        let (area, urgency) = (field(&answer, "area"), field(&answer, "urgency"));
        let human = answer["needs_human"].as_bool().unwrap();
        assert!(["billing", "shipping", "account", "product", "other"].contains(&area), "{area}");

        let deadline = has(&text, &["today", "tomorrow"]);
        let patient = has(&text, &["no hurry", "not urgent", "whenever you get round", "can wait", "no rush"]);
        let person = has(&text, &["call me back", "real person", "lawyer", "a colleague", "staff phone me"]);
        let money = has(
            &text,
            &[
                "refund",
                "money",
                "repay",
                "pay back",
                "send the second amount back",
                "returned",
                "reverse one payment",
                "need the",
            ],
        ) && !has(&text, &["take the money when", "money left my bank"]);
        assert!(!(deadline && patient), "{text}");
        let danger = has(&text, &DANGER);
        let expected = match urgency {
            _ if danger || deadline => "high",
            _ if patient => "low",
            // Whether something is wrong, or it is a mere question, takes a reader.
            "high" => "not high",
            other => other,
        };
        assert_eq!(urgency, expected, "{text}");
        assert_eq!(human, person || money || danger, "{text}");

        // Labels of one kind of ticket do not contradict each other.
        let subject = field(&row, "subject").to_owned();
        assert_eq!(areas.entry(subject).or_insert_with(|| area.to_owned()), area, "{text}");
        *counts.entry(format!("area {area}")).or_default() += 1;
        *counts.entry(format!("urgency {urgency}")).or_default() += 1;
        *counts.entry(format!("human {human}")).or_default() += 1;
    }
    for (label, count) in counts {
        assert!(count >= 36, "{label} is on {count} of 360 rows only");
    }
}

/// Somebody may get hurt, or a stranger is in the account.
const DANGER: [&str; 12] = [
    "flame",
    "shock",
    "sparks",
    "burst",
    "magnets",
    "melted",
    "to a stranger",
    "i did not change it",
    "a country i have never visited",
    "who isn't me",
    "ordering in my name",
    "not that somebody",
];

#[test]
fn questions_have_four_choices_and_each_letter_is_right_equally_often() {
    for split in SPLITS {
        let rows = rows("questions", split);
        let mut right = BTreeMap::new();
        for row in &rows {
            let choices: HashSet<&str> =
                row["choices"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
            assert_eq!(choices.len(), 4, "{row:?}");
            *right.entry(field(row, "answer").to_owned()).or_insert(0) += 1;
        }
        assert_eq!(right.keys().collect::<Vec<_>>(), ["A", "B", "C", "D"]);
        assert!(right.values().all(|count| *count == rows.len() / 4), "{split}: {right:?}");
    }
}

/// The facts of a note are in the letter, the letter's form is always the same.
#[test]
fn letters_are_polite_in_form_and_keep_the_numbers() {
    for row in all_rows("tone") {
        let (note, letter) = (field(&row, "note"), field(&row, "answer"));
        let parts: Vec<&str> = letter.split("\n\n").collect();
        assert!(parts.len() == 3 && parts[0].starts_with("Dear ") && parts[0].ends_with(','), "{letter}");
        assert!(parts[2].starts_with("Kind regards,\n"), "{letter}");
        let numbers = |text: &str| {
            let pieces = text.split(|one: char| !one.is_ascii_digit()).filter(|piece| !piece.is_empty());
            pieces.map(str::to_owned).collect::<HashSet<_>>()
        };
        assert_eq!(numbers(note), numbers(letter), "{note}\n{letter}");
    }
}

#[test]
fn a_review_changes_the_code() {
    for row in all_rows("review") {
        assert_ne!(field(&row, "before"), field(&row, "after"));
        assert!(!field(&row, "comment").contains('{'), "{row:?}");
    }
}

#[test]
fn the_generators_make_the_committed_files() {
    let python = ["python3", "python"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|out| out.status.success()));
    let Some(python) = python else {
        println!("skipped: no Python here to run the generators with");
        return;
    };
    for sample in ["orders", "triage", "review", "questions", "tone"] {
        let out = tempfile::tempdir().unwrap();
        let script = folder("make").join(format!("{sample}.py"));
        let done =
            Command::new(python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(out.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        for split in SPLITS {
            let made = fs::read_to_string(out.path().join(format!("{split}.jsonl"))).unwrap();
            let committed = fs::read_to_string(folder(sample).join(format!("data/{split}.jsonl"))).unwrap();
            assert!(made == committed, "{sample}/{split}.jsonl is not what its generator makes");
        }
    }
}
