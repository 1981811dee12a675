//! A run in a workbench's database, as a runner leaves it: four cells, hostile texts, one non-answer, one missing trial.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(unreachable_pub, reason = "test programs have no outside")]
#![allow(clippy::unwrap_used, reason = "a helper of tests stops them by panicking")]

use std::sync::Arc;

use std::fmt::Write as _;

use fourfold::data::{Case, Split};
use fourfold::model::{Parameters, StopReason, Usage};
use fourfold::score::{Missing, NonAnswer, Outcome};
use fourfold::store::{
    ArmRecord, CellPlace, CellRecord, Fill, LEAK_ALLOWED, Origin, RunArm, RunEnd, RunRecord, Store, TrialIdentity,
    TrialRecord, prompt_hash,
};
use serde_json::{Map, Value, json};

use super::bench::Bench;

/// The arms, in the order of the columns.
pub const ARMS: [&str; 4] = ["plain-base", "plain-tuned", "prompted-base", "prompted-tuned"];

/// What a page must show as text and nothing else.
pub const HOSTILE: &str = "</script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\u{1b}[2J\u{202e}{{7*7}}";

const PROMPT: &str = "user:\nWrite the order {{ order }} <b>as JSON</b>.";

/// A workbench with four cells.
pub fn bench() -> Bench {
    let bench = Bench::new("provider = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"");
    bench.write("ask.prompty", PROMPT);
    bench.write("data/dev.jsonl", "{\"id\": \"one\", \"order\": \"x\", \"answer\": \"y\"}\n");
    let mut toml = String::from("version = 1\n");
    for (id, more) in [("base", ""), ("tuned", "base = \"base\"\n")] {
        write!(toml, "[[model]]\nid = \"{id}\"\nprovider = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"{id}\"\n{more}").unwrap();
    }
    for arm in ARMS {
        let model = if arm.ends_with("tuned") { "tuned" } else { "base" };
        writeln!(toml, "[[arm]]\nid = \"{arm}\"\nprompt = \"ask.prompty\"\nmodel = \"{model}\"").unwrap();
    }
    toml.push_str("[data]\nfile = { dev = \"data/dev.jsonl\" }\nmap = { reference = \"answer\" }\n[score]\nmetrics = [\"exact-match\", \"token-f1\"]\n");
    bench.write("fourfold.toml", &toml);
    bench
}

/// The bench's database.
pub fn store(bench: &Bench) -> Store {
    let folder = bench.root().join(".fourfold");
    std::fs::create_dir_all(&folder).unwrap();
    Store::open(&folder).unwrap()
}

/// Whether an arm is right on a row.
pub fn is_right(row: u64, arm: u32) -> bool {
    [row.is_multiple_of(5), !row.is_multiple_of(3), row.is_multiple_of(2), !row.is_multiple_of(7)]
        .get(arm as usize)
        .copied()
        .unwrap_or(false)
}

/// Writes a run of `cases` cases; `right` says who is right where. Its number.
pub fn write_run(store: &Store, cases: u64, right: impl Fn(u64, u32) -> bool) -> i64 {
    let arms = ARMS
        .iter()
        .map(|name| RunArm {
            name: (*name).to_owned(),
            arm_key: format!("key of {name}"),
            prompt_hash: prompt_hash(PROMPT),
            planned: cases,
        })
        .collect();
    let run = store
        .begin_run(RunRecord {
            time: 1_700_000_000_000,
            split: Split::Dev,
            data_hash: "d41d8cd98f00b204".to_owned(),
            plan: json!({ "primary": "exact-match", "margin": 0.05, "baseline": 0 }),
            plan_key: TrialIdentity::of(&json!([cases, store.runs(None, 100).unwrap().len()])),
            rows: cases,
            repeats: 1,
            arms,
        })
        .wait()
        .unwrap();
    for row in 0..cases {
        for arm in 0..4 {
            store.fill_cell(cell(run, row, arm, right(row, arm))).wait().unwrap();
        }
    }
    store.end_run(run, RunEnd { time: 1_700_000_100_000, how: "finished".to_owned() }).wait().unwrap();
    run
}

/// Asks a cell of a run again, and lets its answer say that leaked rows were allowed.
pub fn write_leak(store: &Store, run: i64) {
    let mut cell = cell(run, 0, 0, is_right(0, 0));
    if let Fill::New(trial, _) = &mut cell.fill {
        trial.notes.push(format!("{LEAK_ALLOWED}1 of 60 test rows are train rows"));
    }
    store.fill_cell(cell).wait().unwrap();
}

fn cell(run: i64, row: u64, arm: u32, right: bool) -> CellRecord {
    let outcome = match (row, arm) {
        (3, 2) => Outcome::Missing(Missing::Network),
        (4, 0) => Outcome::NonAnswer(NonAnswer::Length),
        _ => Outcome::Answer,
    };
    let score = match outcome {
        Outcome::Missing(_) => None,
        _ => Some(f64::from(u8::from(right && outcome == Outcome::Answer))),
    };
    let reference = format!("{{\"who\": \"Felix {row}\", \"item\": \"kettle\"}}");
    let wrong = if row == 1 { HOSTILE.to_owned() } else { format!("=Felix {row} wants a red kettle") };
    let mut variables = Map::new();
    variables.insert("order".to_owned(), json!(format!("A kettle for Felix {row}, please <b>soon</b>.")));
    let metric = |value: f64| json!({ "kind": "value", "value": value });
    let scores = score.map(|score| json!({ "exact-match": metric(score), "token-f1": metric(0.25 + score / 2.0) }));
    let name = ARMS[arm as usize];
    let trial = TrialRecord {
        time: 1_700_000_000_000 + i64::from(arm),
        origin: Origin::Run,
        arm: ArmRecord {
            prompt_path: "ask.prompty".to_owned(),
            prompt_text: PROMPT.to_owned(),
            name: name.to_owned(),
            strategy: json!({ "name": "zero-shot" }),
            model: if name.ends_with("tuned") { "tuned" } else { "base" }.to_owned(),
            fingerprint: format!("fingerprint of {name}"),
            parameters: Parameters { temperature: Some(0.0), ..Parameters::default() },
        }
        .into(),
        case: Arc::new(Case {
            id: format!("case-{row:03}"),
            variables,
            turns: Vec::new(),
            reference: Some(reference.clone()),
        }),
        split: Some(Split::Dev),
        messages: Vec::new(),
        answer: match outcome {
            Outcome::Missing(_) => String::new(),
            _ if right => reference,
            _ => wrong,
        },
        extracted: None,
        reasoning: String::new(),
        outcome,
        stop: Some(StopReason::Stop),
        error: matches!(outcome, Outcome::Missing(_))
            .then(|| ("the connection was reset".to_owned(), "Run it again.".to_owned())),
        notes: Vec::new(),
        scores: scores.or(None::<Value>),
        usage: Usage { input: Some(100), cached: None, output: Some(20) },
        first_token_ms: Some(80),
        total_ms: 400 + 100 * u64::from(arm) + row,
        seed: None,
        sample: 0,
        cost: Some(0.001 * f64::from(arm + 1)),
        calls: None,
    };
    CellRecord {
        run,
        place: CellPlace { row, arm, repeat: 0 },
        outcome,
        score,
        cost: trial.cost,
        first_token_ms: Some(80),
        total_ms: trial.total_ms,
        tokens: Some(20),
        fill: Fill::New(Box::new(trial), TrialIdentity::of(&json!([run, row, arm]))),
    }
}
