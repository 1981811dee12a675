//! The matrix of a run of a million trials, in the whole program in a pseudo-terminal: how soon its first screen is there, how soon a
//! page further, how soon the first rows of an order and of a filter. Prints each figure beside what it must be.
//!
//! `cargo bench --bench matrix`. The store is made once (some minutes) and kept in the folder for temporary files;
//! `FOURFOLD_TRIALS` makes a smaller one, `FOURFOLD_BINARY` measures another build.
#![allow(missing_docs, unreachable_pub, reason = "a benchmark has no outside")]
#![allow(clippy::expect_used, clippy::print_stdout, reason = "it talks to whoever runs it, and stops where it must")]
#![cfg_attr(not(unix), allow(unused, reason = "it needs a pseudo-terminal"))]

#[cfg(unix)]
#[path = "../tests/support/pty.rs"]
mod pty;

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() {
    measured::main();
}

#[cfg(unix)]
mod measured {
    use std::env;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    use fourfold::config::{SAMPLES, copy_sample};
    use fourfold::data::{Case, Split};
    use fourfold::model::{Parameters, Usage};
    use fourfold::score::{Missing, NonAnswer, Outcome};
    use fourfold::store::{
        ArmRecord, CellPlace, CellRecord, Fill, Origin, RunArm, RunEnd, RunRecord, Store, TrialIdentity, TrialRecord,
    };
    use serde_json::json;

    use super::pty::{Terminal, command};

    const ARMS: [&str; 4] = ["plain", "few-shot", "tuned", "both"];
    const SIZE: (u16, u16) = (120, 40);
    const MATRIX: &str = "\x1d";
    const DOWN: &str = "\x1b[6~";
    const ESC: &str = "\x1b";

    pub fn main() {
        let trials = env::var("FOURFOLD_TRIALS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000_u64);
        let folder = workbench(trials);
        let home = tempfile::tempdir().expect("a home");
        let program = env::var("FOURFOLD_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_fourfold").to_owned());
        let mut terminal = Terminal::start(command(&program, &folder, home.path()), SIZE.0, SIZE.1);
        terminal.wait_until("Compose", |screen| screen.contents().contains("Prompt"));
        println!("{:<58} {:>10}   must be", format!("{trials} trials, {program}"), "measured");
        let mut until = |what: &str, keys: &str, limit: f64, shown: &dyn Fn(&str) -> bool| {
            let before = Instant::now();
            terminal.press(keys);
            terminal.wait_until(what, |screen| shown(&screen.contents()));
            tell(what, terminal.last.duration_since(before), limit);
            // What still comes of one question must not be taken for the next one's answer.
            while terminal.take(Duration::from_millis(700)).is_some() {}
        };
        until("first screen", MATRIX, 200.0, &|text| text.contains("test-0000005"));
        for page in 1..=5_u32 {
            // A page goes from the first row in sight to the last one.
            let row = format!("▸test-{:07}", 24 * page);
            until("a page further", DOWN, 16.0, &|text| text.contains(&row));
        }
        until("the last rows", "G", 16.0, &|text| text.contains(&format!("test-{:07}", trials / 4 - 1)));
        until("first rows of an order by score", "s", 500.0, &|text| text.contains("worst first ·") && rows(text));
        until("first rows of the slowest", "t", 500.0, &|text| text.contains("slowest first") && rows(text));
        until("the whole order taken back", ESC, 500.0, &|text| !text.contains("slowest first") && rows(text));
        // A key at a time: keys that come faster than anybody types are taken for a paste.
        let differs = "differs: plain and both";
        until("the list of filters", "f", 16.0, &|text| text.contains("Which cases"));
        until("one of them", differs, 16.0, &|text| text.contains(&format!("› {differs}")));
        until("first rows on which two arms differ", "\r", 500.0, &|text| text.contains("plain ≠ both") && rows(text));
        until("all cases again", ESC, 500.0, &|text| !text.contains("≠") && rows(text));
        until("the search line", "/", 16.0, &|text| text.contains("Search the cases"));
        until("a text in it", "number 7", 16.0, &|text| text.contains("number 7"));
        until("first rows with a text that many have", "\r", 500.0, &|text| text.contains("“number 7”") && rows(text));
        until("all cases again", ESC, 500.0, &|text| !text.contains('“') && rows(text));
        terminal.press("\x11");
        let _ = terminal.take(Duration::from_secs(3));
    }

    /// Whether some cells are on the screen.
    fn rows(text: &str) -> bool {
        text.lines().filter(|line| line.contains("test-") && line.contains(['✓', '✗'])).count() > 20
    }

    fn tell(what: &str, took: Duration, limit: f64) {
        let ms = took.as_secs_f64() * 1_000.0;
        let missed = if ms > limit { "   MISSED" } else { "" };
        println!("{what:<58} {:>10}   <= {limit} ms{missed}", format!("{ms:.1} ms"));
    }

    /// The order sample with a run of so many trials in its store; made where it is not there yet.
    fn workbench(trials: u64) -> PathBuf {
        let folder = env::temp_dir().join(format!("fourfold-matrix-{trials}"));
        let done = folder.join("whole");
        if done.is_file() {
            return folder;
        }
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let sample = SAMPLES.iter().find(|sample| sample.name == "orders").expect("the sample");
        copy_sample(sample, &folder).expect("the sample's files");
        fill(&folder.join(".fourfold"), trials / ARMS.len() as u64);
        fs::write(done, "").expect("a mark");
        folder
    }

    fn fill(folder: &Path, rows: u64) {
        let store = Store::open(folder).expect("a store");
        let arms = ARMS.map(|name| RunArm {
            name: name.to_owned(),
            arm_key: name.to_owned(),
            prompt_hash: String::new(),
            planned: rows,
        });
        let record = RunRecord {
            time: 1_780_000_000_000,
            split: Split::Test,
            data_hash: "made".to_owned(),
            plan: json!({ "primary": "exact-match" }),
            plan_key: TrialIdentity::of(&json!("made")),
            rows,
            repeats: 1,
            arms: arms.to_vec(),
        };
        let run = store.begin_run(record).wait().expect("a run");
        let mut last = None;
        // A generator of Knuth's: the same store wherever it is made.
        let mut state = 42_u64;
        for row in 0..rows {
            for (arm, name) in ARMS.iter().enumerate() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let drawn = state >> 40;
                let right = drawn % 100 < 40 + 12 * arm as u64;
                let (outcome, score) = match drawn % 997 {
                    0..10 => (Outcome::NonAnswer(NonAnswer::Unparsed), Some(0.0)),
                    10..13 => (Outcome::Missing(Missing::Network), None),
                    _ => (Outcome::Answer, Some(f64::from(u8::from(right)))),
                };
                let total_ms = 200 + drawn % 2_800;
                let cell = CellRecord {
                    run,
                    place: CellPlace { row, arm: arm as u32, repeat: 0 },
                    fill: Fill::New(
                        Box::new(trial(row, name, outcome, total_ms)),
                        TrialIdentity::of(&json!([row, arm])),
                    ),
                    outcome,
                    score,
                    cost: Some(0.0001),
                    first_token_ms: Some(30),
                    total_ms,
                    tokens: Some(20),
                };
                last = Some(store.fill_cell(cell));
            }
            if row.is_multiple_of(2_000) {
                if let Some(pending) = last.take() {
                    let _ = pending.wait().expect("a cell");
                }
                println!("making the store: {row} of {rows} cases");
            }
        }
        if let Some(pending) = last {
            let _ = pending.wait().expect("the last cell");
        }
        store.end_run(run, RunEnd { time: 1_780_000_900_000, how: "finished".to_owned() }).wait().expect("its end");
    }

    fn trial(row: u64, arm: &str, outcome: Outcome, total_ms: u64) -> TrialRecord {
        let mut case = Case { id: format!("test-{row:07}"), reference: Some("2".to_owned()), ..Case::default() };
        let order = format!("{} kettles for Ada, to number {}, by Friday please", row % 13, row % 977);
        case.variables.insert("order".to_owned(), order.into());
        TrialRecord {
            time: 1_780_000_000_000,
            origin: Origin::Run,
            arm: ArmRecord {
                prompt_path: "orders.prompty".to_owned(),
                prompt_text: "user:\n{{ order }}\n".to_owned(),
                name: arm.to_owned(),
                strategy: json!({ "name": "zero-shot" }),
                model: "base".to_owned(),
                fingerprint: "f".to_owned(),
                parameters: Parameters::default(),
            }
            .into(),
            case: case.into(),
            split: Some(Split::Test),
            messages: Vec::new(),
            answer: format!("{{\"item\":\"kettle\",\"qty\":{},\"to\":\"Ada\"}}", row % 13),
            extracted: None,
            reasoning: String::new(),
            outcome,
            stop: None,
            error: None,
            notes: Vec::new(),
            scores: None,
            usage: Usage::default(),
            first_token_ms: Some(30),
            total_ms,
            seed: None,
            sample: 0,
            cost: Some(0.0001),
            calls: None,
        }
    }
}
