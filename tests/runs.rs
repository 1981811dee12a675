//! Runs of the whole program against a server that fails in every way: killed, stopped, gone on with, told to ask again. What was
//! asked is counted at the server.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of a test stop it by panicking")]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use fourfold::run::runner::Plan;
use fourfold::score::Outcome;
use fourfold::store::{Cell, Filter, Store, StoredRun, inspect};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::bench::{Bench, Ran};
use support::many::{Behaviour, Fault, ManyServer, drawn};

/// A workbench of two arms over so many cases; the reference is `yes`.
fn bench(server: &ManyServer, cases: usize, model: &str, rest: &str) -> Bench {
    let bench = Bench::new("provider = \"openai\"");
    bench.write("short.prompty", "user:\n{{ word }}?");
    bench.write("long.prompty", "user:\nTell me, {{ word }}?");
    let rows: Vec<String> = (0..cases)
        .map(|row| format!("{{\"id\": \"case-{row}\", \"word\": \"word {row}\", \"answer\": \"yes\"}}"))
        .collect();
    bench.write("data/dev.jsonl", &rows.join("\n"));
    let arm = |id: &str| format!("[[arm]]\nid = \"{id}\"\nprompt = \"{id}.prompty\"\nmodel = \"m\"\n");
    let text = format!(
        "version = 1\n[[model]]\nid = \"m\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\n{model}\n{}{}\
         [data]\nfile = {{ dev = \"data/dev.jsonl\" }}\nmap = {{ reference = \"answer\" }}\n\
         [score]\nmetrics = [\"exact-match\"]\n{rest}\n",
        server.url(),
        arm("short"),
        arm("long"),
    );
    bench.write("fourfold.toml", &text);
    bench
}

/// `yes` to three in four of the short questions, and to half of the long ones.
fn answer(question: &str) -> String {
    let right = if question.starts_with("Tell me") { 2 } else { 3 };
    (if drawn(5, question, 4) < right { "yes" } else { "no" }).to_owned()
}

fn start(bench: &Bench, arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_fourfold"))
        .args(arguments)
        .current_dir(bench.root())
        .env_clear()
        .env("HOME", bench.home())
        .env("XDG_CONFIG_HOME", bench.home().join("config"))
        .env("XDG_CACHE_HOME", bench.home().join("cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

fn store(bench: &Bench) -> Store {
    Store::open(&bench.root().join(".fourfold")).unwrap()
}

fn cells(store: &Store, run: i64) -> Vec<Cell> {
    let mut cells = Vec::new();
    store.each_cell(run, |cell| cells.push(cell)).unwrap();
    cells
}

fn runs(store: &Store) -> Vec<StoredRun> {
    store.runs(None, 100).unwrap()
}

fn events(ran: &Ran, kind: &str) -> Vec<Value> {
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["event"] == kind).collect()
}

/// Trials that have an outcome of the model.
fn outcomes(store: &Store) -> usize {
    let trials = store.recent(&Filter::default(), None, 1_000_000).unwrap();
    trials.iter().filter(|trial| !matches!(trial.outcome, Outcome::Missing(_))).count()
}

#[test]
fn fifty_kills_lose_nothing_and_ask_nothing_twice_that_was_written() {
    const KILLS: u64 = 50;
    const TRIALS: u64 = 2_000;
    const AT_A_TIME: u64 = 16;
    let fault = |question: &str, before: u32| {
        // Whatever is asked a third time is answered: the drill has an end.
        let fault = match drawn(11 + u64::from(before), question, 100) {
            0..2 => Fault::TooMany,
            2..4 => Fault::Broken,
            4..6 => Fault::Cut,
            6 => Fault::Stall,
            _ => return None,
        };
        (before < 2).then_some(fault)
    };
    let behaviour = Behaviour { fault: Box::new(fault), ..Behaviour::good(answer) };
    let server = ManyServer::start(behaviour);
    let bench = bench(&server, (TRIALS / 2) as usize, "idle_timeout = 3", "");
    for kill in 0..KILLS {
        let more = 4 + drawn(3, &kill.to_string(), 22);
        let before = server.requests();
        let mut child = start(&bench, &["run"]);
        let ended = !server.wait_for_or(before + more, || child.try_wait().unwrap().is_some());
        assert!(!ended, "the drill is to be killed {KILLS} times before its end");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(server.requests() < TRIALS, "killed before everything was asked once");
    let before = (server.requests(), server.faults(), outcomes(&store(&bench)) as u64);
    let mut ran = bench.run(&["run", "--json"], &[]);
    for _ in 0..3 {
        if ran.code == 0 {
            break;
        }
        ran = bench.run(&["run", "--json"], &[]);
    }
    assert_eq!(ran.code, 0, "{:?}", ran.stderr);
    let store = store(&bench);
    let all = runs(&store);
    assert_eq!(all.len(), 1, "every start went on with the same run");
    let cells = cells(&store, all[0].id);
    assert_eq!(cells.len() as u64, TRIALS, "every trial once");
    assert!(cells.iter().all(|cell| !matches!(cell.outcome, Outcome::Missing(_))));
    assert_eq!(outcomes(&store) as u64, TRIALS, "no trial is recorded twice");
    let columns = store.columns(all[0].id).unwrap();
    assert_eq!(columns.iter().map(|column| column.done).sum::<u64>(), TRIALS, "the sums are those of the cells");
    let (scored, sum) = cells.iter().filter_map(|cell| cell.score).fold((0, 0.0), |(n, sum), one| (n + 1, sum + one));
    assert_eq!(columns.iter().map(|column| column.scored).sum::<u64>(), scored);
    assert!((columns.iter().map(|column| column.sum).sum::<f64>() - sum).abs() < 1e-9);
    drop(store);
    let found = inspect(&bench.root().join(".fourfold")).unwrap().unwrap();
    assert!(found.complaints.is_empty(), "{found:?}");
    // After the last kill exactly the rest was asked, and faults once more; the server may have heard what was under way a moment
    // after it was counted.
    let asked = server.requests() - before.0 - (server.faults() - before.1);
    let rest = TRIALS - before.2;
    assert!((rest..=rest + AT_A_TIME).contains(&asked), "{asked} asked of {rest} that were left");
    assert!(server.most_under_way() <= AT_A_TIME + 1, "{}", server.most_under_way());
}

#[test]
fn the_first_interrupt_stops_in_order_and_the_next_start_asks_exactly_the_rest() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 30, "concurrency = 4", "");
    server.hold();
    let child = start(&bench, &["run"]);
    server.wait_for(4);
    signal(&child, Signal::INT);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("Go on with: fourfold run --resume 1"), "{said}");
    server.release();
    let ran = bench.run(&["run", "--resume", "1", "--json"], &[]);
    assert_eq!(
        (ran.code, server.requests()),
        (0, 60 + 4),
        "what was dropped is asked again, and nothing else: {ran:?}"
    );
    let ended = &events(&ran, "ended")[0];
    assert_eq!((&ended["done"], &ended["complete"]), (&Value::from(60), &Value::from(true)), "{ended}");
    // Nothing is left: a new run of the same is filled by what is known.
    let ran = bench.run(&["run", "--json"], &[]);
    assert_eq!((ran.code, server.requests()), (0, 64));
    let ended = &events(&ran, "ended")[0];
    assert_eq!((&ended["run"], &ended["known"], &ended["asked"]), (&2.into(), &60.into(), &0.into()), "{ended}");
    let ran = bench.run(&["run", "--json", "--no-cache"], &[]);
    assert_eq!((ran.code, server.requests(), runs(&store(&bench)).len()), (0, 124, 3), "unless it is told to ask");
}

#[test]
fn a_supervisor_that_ends_it_stops_it_as_an_interrupt_does() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 30, "concurrency = 4", "");
    server.hold();
    let child = start(&bench, &["run"]);
    server.wait_for(4);
    signal(&child, Signal::TERM);
    let output = child.wait_with_output().unwrap();
    let (said, aside) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(143), "{said}{aside}");
    assert!(said.contains("Go on with: fourfold run --resume 1"), "{said}");
    assert!(aside.contains("Stopping:"), "{aside}");
    server.release();
    let ran = bench.run(&["run", "--resume", "1"], &[]);
    assert_eq!((ran.code, server.requests()), (0, 60 + 4), "{ran:?}");
    // One case by itself as well.
    server.hold();
    let child = start(&bench, &["run", "--case", "1", "--arm", "short"]);
    server.wait_for(65);
    signal(&child, Signal::TERM);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    server.release();
}

/// The fields of each event, as the documentation lists them.
fn documented() -> BTreeMap<String, Vec<String>> {
    let text = include_str!("../docs/runs.md");
    let (_, events) = text.split_once("## Events").unwrap();
    let quoted = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let rows = events.lines().take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').collect();
        (quoted(cells[1]).remove(0), quoted(cells[2]))
    })
    .collect()
}

#[test]
fn events_are_those_that_are_documented_and_name_cells_as_an_export_does() {
    let fault = |question: &str, before: u32| match question {
        "word 2?" => Some(Fault::Broken),
        "word 3?" if before == 0 => Some(Fault::TooMany),
        _ => None,
    };
    let server = ManyServer::start(Behaviour { fault: Box::new(fault), ..Behaviour::good(answer) });
    let bench = bench(&server, 6, "", "");
    let ran = bench.run(&["run", "--jsonl", "--repeats", "2"], &[]);
    let documented = documented();
    let mut seen = std::collections::BTreeSet::new();
    for line in ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let event = line["event"].as_str().unwrap().to_owned();
        let fields = documented.get(&event).unwrap_or_else(|| panic!("`{event}` is not documented"));
        let own: Vec<&String> = line.as_object().unwrap().keys().filter(|name| *name != "event").collect();
        let missing: Vec<&&String> = own.iter().filter(|name| !fields.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?} of `{event}` are not documented");
        assert_eq!(own.len(), fields.len(), "fields of `{event}` are documented that it does not have: {line}");
        seen.insert(event);
    }
    for event in ["estimate", "begun", "done", "again", "ended", "verdict", "missing", "resume"] {
        assert!(seen.contains(event), "{event} is not in {seen:?}");
    }
    let key = |line: &Value| {
        let text = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("`{name}` in {line}")).to_owned();
        (text("case"), text("arm"), line["repeat"].as_u64().unwrap(), line["row"].as_u64(), line["trial"].as_i64())
    };
    // A cell that was asked again comes twice; the later one stands.
    let told: BTreeMap<_, _> =
        events(&ran, "done").iter().map(key).map(|(a, b, c, d, e)| ((a, b, c), (d, e))).collect();
    let exported = bench.run(&["export", "--format", "jsonl"], &[]).stdout;
    let lines = exported.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let exported: BTreeMap<_, _> = lines.map(|line| key(&line)).map(|(a, b, c, d, e)| ((a, b, c), (d, e))).collect();
    assert_eq!((told.len(), &told), (24, &exported));
    assert!(told.contains_key(&("case-0".to_owned(), "long".to_owned(), 2)), "{told:?}");
}

#[test]
fn a_report_that_could_not_be_written_is_refused_before_anything_is_asked() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 3, "", "");
    std::fs::create_dir(bench.root().join("folder.html")).unwrap();
    for (path, why) in [
        ("nowhere/x.html", "its folder is not there"),
        ("folder.html", "it is a folder"),
        ("short.prompty/x.md", "its folder"),
    ] {
        let ran = bench.run(&["run", "--report", path], &[]);
        assert_eq!((ran.code, server.requests()), (2, 0), "{ran:?}");
        assert!(ran.stderr.contains(why) && ran.stderr.contains("Nothing was asked."), "{ran:?}");
    }
    let ran = bench.run(&["run", "--report", "good.md"], &[]);
    assert_eq!((ran.code, server.requests()), (0, 6), "{ran:?}");
    let left = std::fs::read_dir(bench.root())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".part"));
    assert_eq!((bench.root().join("good.md").is_file(), left.count()), (true, 0));
}

#[test]
fn failed_calls_are_no_answers_and_a_forecast_keeps_to_its_limit() {
    let server =
        ManyServer::start(Behaviour { fault: Box::new(|_, _| Some(Fault::Broken)), ..Behaviour::good(answer) });
    let bench = bench(&server, 4, "", "");
    let ran = bench.run(&["run", "--budget", "1"], &[]);
    assert!(ran.stdout.contains("0 answers, ") && ran.stdout.contains("failed calls"), "{ran:?}");
    let before = server.requests();
    let ran = bench.run(&["run", "--forecast", "--limit", "3"], &[]);
    assert_eq!((ran.code, server.requests()), (0, before), "{ran:?}");
    assert!(ran.stdout.contains("3 of 4 cases of dev:"), "{ran:?}");
    let ran = bench.run(&["run", "--forecast", "--limit", "3", "--json"], &[]);
    let line: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(line["forecast"]["cases"], 3, "{line}");
}

#[test]
fn what_is_no_database_is_not_merged_and_nobody_is_told_to_move_it() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 1, "", "");
    let ran = bench.run(&["merge", "fourfold.toml"], &[]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("fourfold.toml is damaged or is no database of fourfold"), "{ran:?}");
    assert!(ran.stderr.contains("Nothing was changed.") && !ran.stderr.contains("Move"), "{ran:?}");
}

#[test]
fn a_store_that_cannot_be_merged_is_named_as_the_person_named_it() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 2, "", "");
    assert_eq!(bench.run(&["run"], &[]).code, 0);
    let mut newer = std::fs::read(bench.root().join(".fourfold/runs.db")).unwrap();
    // Where SQLite keeps the version of a schema.
    newer[60..64].copy_from_slice(&900_u32.to_be_bytes());
    std::fs::write(bench.root().join("newer.db"), newer).unwrap();
    let ran = bench.run(&["merge", "newer.db"], &[]);
    assert!(ran.code == 1 && ran.stderr.contains("newer.db was written by a newer fourfold (schema 900"), "{ran:?}");
    assert!(!ran.stderr.contains("merging"), "a copy that nobody has made: {ran:?}");
}

/// Interrupts a run twice; how it ended, and how long after the first.
fn interrupted_twice() -> (Output, Duration) {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 30, "concurrency = 4", "");
    server.hold();
    let mut child = start(&bench, &["run"]);
    server.wait_for(4);
    let first = Instant::now();
    signal(&child, Signal::INT);
    let mut errors = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(errors.any(|line| line.unwrap().starts_with("Stopping:")));
    signal(&child, Signal::INT);
    (child.wait_with_output().unwrap(), first.elapsed())
}

#[test]
fn the_second_interrupt_is_out_at_once() {
    // The first leaves 1.5 s to what is under way. Where the machine stood still for so long the second came too late to tell.
    let in_time = |(_, took): &(Output, Duration)| *took < Duration::from_secs(1);
    let (output, _) = std::iter::repeat_with(interrupted_twice).take(8).find(in_time).unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(output.stdout.is_empty(), "it had no time to say anything");
}

#[test]
fn what_would_fail_again_is_not_asked_again() {
    // The long questions are refused with their key; one short one is cut, and whole when it is asked once more.
    let fault = |question: &str, before: u32| match question {
        long if long.starts_with("Tell me") => Some(Fault::Refused),
        "word 7?" if before == 0 => Some(Fault::Cut),
        _ => None,
    };
    let server = ManyServer::start(Behaviour { fault: Box::new(fault), ..Behaviour::good(answer) });
    let bench = bench(&server, 10, "", "");
    let ran = bench.run(&["run"], &[]);
    assert_eq!((ran.code, server.requests()), (3, 10 + 10 + 1), "{ran:?}");
    let told = "10 trials are missing, and asking again changes nothing until that is put right.";
    assert!(ran.stdout.contains(told) && !ran.stdout.contains("--again"), "{ran:?}");
    assert!(ran.stdout.contains("10 x long: ") && ran.stdout.contains("Keep a key with"), "{ran:?}");
    // Whoever has put it right is believed, once for each.
    let again = bench.run(&["run"], &[]);
    assert_eq!((again.code, server.requests()), (3, 21 + 10), "{again:?}");
    assert!(again.stdout.contains(told), "{again:?}");
}

#[test]
fn a_case_that_an_arm_cannot_ask_is_made_ready_once() {
    let server = ManyServer::start(Behaviour::good(answer));
    let noted = "[[arm]]\nid = \"noted\"\nprompt = \"noted.prompty\"\nmodel = \"m\"";
    let bench = bench(&server, 40, "", noted);
    bench.write("noted.prompty", "user:\n{{ word }}, {{ note }}?");
    let row = |row: usize| {
        let note = if row == 37 || row == 39 { "" } else { "\"note\": \"well\", " };
        format!("{{\"id\": \"case-{row}\", {note}\"word\": \"word {row}\", \"answer\": \"yes\"}}")
    };
    bench.write("data/dev.jsonl", &(0..40).map(row).collect::<Vec<_>>().join("\n"));
    let looked_over = bench.run(&["run"], &[]);
    assert_eq!((looked_over.code, server.requests()), (2, 0), "{looked_over:?}");
    let told = "arm `noted` does not apply to 2 of 40 cases (case-37, case-39); `case-37`: noted.prompty:2: the variable `note` has no value";
    assert!(looked_over.stderr.contains(told), "{looked_over:?}");
    assert!(looked_over.stderr.contains("--allow-inapplicable"), "{looked_over:?}");
    assert!(runs(&store(&bench)).is_empty(), "there is no run of it");
    let ran = bench.run(&["run", "--jsonl", "--allow-inapplicable"], &[]);
    assert_eq!((ran.code, server.requests()), (3, 40 + 40 + 38), "{ran:?}");
    assert_eq!(events(&ran, "inapplicable")[0]["does_not_apply"][1][0], "case-39");
    let refused = ran.stdout.lines().filter(|line| line.contains("\"outcome\":\"missing:failed\"")).count();
    assert_eq!(refused, 2, "each cell is written once: {ran:?}");
    let told = bench.run(&["run", "--new", "--allow-inapplicable"], &[]);
    assert!(told.stdout.contains("2 trials are missing, and asking again changes nothing"), "{told:?}");
    assert!(told.stdout.contains("2 x noted: ") && told.stdout.contains("`note` has no value"), "{told:?}");
}

#[test]
fn cells_are_asked_again_one_by_one_by_arm_by_case_or_where_they_failed() {
    // Every question is cut until it was asked three times: twice in the first run, which asks what is missing once more.
    let fault = |question: &str, before: u32| (question.contains("word 7") && before < 2).then_some(Fault::Cut);
    let server = ManyServer::start(Behaviour { fault: Box::new(fault), ..Behaviour::good(answer) });
    let bench = bench(&server, 10, "", "");
    let ran = bench.run(&["run"], &[]);
    assert_eq!((ran.code, server.requests()), (3, 22), "{ran:?}");
    assert!(
        ran.stdout.contains("2 trials are missing. Ask them again: fourfold run --resume 1 --again missing"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("10 % of the trials are missing (2 of 20)"), "{ran:?}");
    assert!(ran.stdout.contains("the answer was cut off: "), "why they are missing is told: {ran:?}");
    assert!(ran.stdout.contains("without a score from every arm"), "{ran:?}");
    let asked = |arguments: &[&str]| {
        let before = server.requests();
        let ran = bench.run(&[&["run", "--resume", "1"], arguments].concat(), &[]);
        (ran.code, server.requests() - before)
    };
    assert_eq!(asked(&["--again", "missing", "--arm", "short"]), (3, 1), "the other arm's is still missing");
    assert_eq!(asked(&["--again", "missing"]), (0, 1));
    assert_eq!(asked(&["--again", "all", "--arm", "short", "--case", "case-3"]), (0, 1));
    assert_eq!(asked(&["--again", "all", "--case", "4"]), (0, 2));
    assert_eq!(asked(&["--again", "all", "--arm", "long"]), (0, 10));
    assert_eq!(asked(&[]), (0, 0));
    let store = store(&bench);
    assert_eq!((runs(&store).len(), cells(&store, 1).len()), (1, 20));
    assert_eq!(bench.run(&["run", "--resume", "9"], &[]).code, 2);
    assert_eq!(bench.run(&["run", "--resume", "1", "--arm", "shrt"], &[]).code, 2);
}

#[test]
fn a_metric_that_cannot_score_is_told_before_a_run_and_one_that_fails_after_it() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 6, "", "");
    let toml = std::fs::read_to_string(bench.root().join("fourfold.toml")).unwrap();
    let score_by = |command: &str| {
        let metric =
            format!("metrics = [{{ name = \"command\", id = \"tone\", command = \"{command}\" }}]\nprimary = \"tone\"");
        bench.write("fourfold.toml", &toml.replace("metrics = [\"exact-match\"]", &metric));
    };
    score_by("no-such-program-here --fast");
    let refused = bench.run(&["run"], &[]);
    assert!(refused.code == 2 && refused.stderr.contains("has no leave to"), "{refused:?}");
    assert_eq!(bench.run(&["keys", "allow"], &[]).code, 0);
    let refused = bench.run(&["run"], &[]);
    assert!(refused.code == 2 && refused.stderr.contains("there is no program `no-such-program-here`"), "{refused:?}");
    assert_eq!(server.requests(), 0, "nothing is asked");
    score_by("sh -c 'echo broken >&2; exit 3'");
    assert_eq!(bench.run(&["keys", "allow"], &[]).code, 0);
    let ran = bench.run(&["run"], &[]);
    assert_eq!(server.requests(), 12, "{ran:?}");
    let tried = "tried on case case-0, its reference as the answer, `tone` gave no score:";
    assert!(ran.stdout.contains(tried) || ran.stderr.contains(tried), "{ran:?}");
    let why = "6 answers of long have no score by tone: `sh -c 'echo broken >&2; exit 3'` ended with 3: broken.";
    let silent = "long: recorded, and no case has a score of both it and `short`.";
    assert!(ran.stdout.contains(why) && ran.stdout.contains(silent), "{ran:?}");
    let compared = bench.run(&["compare"], &[]);
    assert!(compared.stdout.contains(why) && compared.stdout.contains(silent), "{compared:?}");
    let of_run = bench.run(&["compare", "--run", "1"], &[]);
    assert!(of_run.stdout.contains(why) && of_run.stdout.contains(silent), "{of_run:?}");
    let report = bench.run(&["report", "1", "--format", "md"], &[]);
    assert!(report.stdout.contains("6 answers of long have no score by tone"), "{report:?}");
    assert!(
        report.stdout.contains("Nothing can be compared with short: short, long have answers and no score by tone."),
        "{report:?}"
    );
    let table = bench.run(&["report", "1", "--format", "csv"], &[]);
    assert!(table.stdout.lines().next().unwrap().ends_with(",score.tone"), "{table:?}");
}

/// What the first arm but the baseline is over it, by what is recorded; and over how many cases.
fn recorded(bench: &Bench) -> (f64, u64) {
    let compared = bench.run(&["compare", "--json"], &[]);
    let told: Value = serde_json::from_str(&compared.stdout).unwrap();
    (told["arms"][0]["difference"].as_f64().unwrap(), told["arms"][0]["n"].as_u64().unwrap())
}

#[test]
fn a_recorded_score_stands_only_where_the_same_metric_made_it_against_the_same_reference() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 40, "", "");
    assert_eq!(bench.run(&["run"], &[]).code, 0);
    let (difference, n) = recorded(&bench);
    assert!(difference < 0.0 && n == 40, "{difference}");
    // Another reference turns right and wrong round.
    let rows = std::fs::read_to_string(bench.root().join("data/dev.jsonl")).unwrap();
    bench.write("data/dev.jsonl", &rows.replace("\"yes\"", "\"no\""));
    assert!((recorded(&bench).0 + difference).abs() < 1e-9);
    // So does another setting of a metric with the same name.
    let toml = std::fs::read_to_string(bench.root().join("fourfold.toml")).unwrap();
    let said = |text: &str| {
        let metric = format!("metrics = [{{ name = \"contains\", id = \"said\", text = \"{text}\" }}]");
        bench.write("fourfold.toml", &toml.replace("metrics = [\"exact-match\"]", &metric));
    };
    said("yes");
    assert_eq!(bench.run(&["run"], &[]).code, 0, "of known answers");
    assert!((recorded(&bench).0 - difference).abs() < 1e-9);
    said("no");
    assert!((recorded(&bench).0 + difference).abs() < 1e-9);
    assert_eq!(server.requests(), 80, "nothing was asked twice");
}

#[test]
fn what_cases_with_the_same_question_share_is_compared_for_each() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 10, "", "");
    assert_eq!(bench.run(&["run"], &[]).code, 0);
    // Each word twice, in cases that differ in what no prompt asks about: all of it is known.
    let rows: Vec<String> = (0..20)
        .map(|row| format!("{{\"word\": \"word {}\", \"kind\": \"{row}\", \"answer\": \"yes\"}}", row / 2))
        .collect();
    bench.write("data/dev.jsonl", &rows.join("\n"));
    let ran = bench.run(&["run"], &[]);
    assert_eq!(server.requests(), 20, "{ran:?}");
    assert_eq!(recorded(&bench).1, 20, "{ran:?}");
    let of_run = bench.run(&["compare", "--run", "2", "--json"], &[]);
    let told: Value = serde_json::from_str(&of_run.stdout).unwrap();
    assert_eq!(told["arms"][0]["n"], 20, "{of_run:?}");
    let table = bench.run(&["report", "2", "--format", "csv"], &[]);
    let cases: std::collections::BTreeSet<&str> =
        table.stdout.lines().skip(1).filter_map(|line| line.split(',').nth(2)).collect();
    assert_eq!(cases.len(), 20, "each row has its own case: {table:?}");
}

#[test]
fn a_run_stopped_early_has_asked_its_arms_nearly_the_same_cases() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 400, "", "");
    let ran = bench.run(&["run", "--max-calls", "101"], &[]);
    assert_eq!((ran.code, server.requests()), (3, 101), "{ran:?}");
    assert!(ran.stdout.contains("Stopped: the limit of 101 calls is reached."), "{ran:?}");
    let cells = cells(&store(&bench), 1);
    let mut by_row: BTreeMap<u64, usize> = BTreeMap::new();
    for cell in &cells {
        *by_row.entry(cell.place.row).or_default() += 1;
    }
    let whole = by_row.values().filter(|arms| **arms == 2).count();
    assert!(whole >= 46, "{whole} cases were asked of both arms");
    assert!(by_row.keys().any(|row| *row > 300), "cases are not asked in the order of the file");
    // The limit holds over all starts of a run; a higher one goes on with it.
    assert_eq!((bench.run(&["run", "--max-calls", "101"], &[]).code, server.requests()), (3, 101));
    assert_eq!((bench.run(&["run", "--max-calls", "1000"], &[]).code, server.requests()), (0, 800));
}

#[test]
fn going_on_keeps_what_was_asked_for_and_says_what_it_leaves_aside() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 20, "price = { input = 1.0, output = 1.0 }", "");
    let ran = bench.run(&["run", "--max-calls", "10", "--concurrency", "2", "--no-cache"], &[]);
    assert_eq!((ran.code, server.requests()), (3, 10), "{ran:?}");
    assert!(ran.stdout.contains("--resume 1 --no-cache --concurrency 2 --max-calls 20\n"), "{ran:?}");
    let kept = bench.run(&["run"], &[]);
    assert_eq!((kept.code, server.requests()), (3, 10), "the limit it was begun with holds: {kept:?}");
    assert!(kept.stderr.contains("At most 30 calls"), "what is filled is not reckoned: {kept:?}");
    for (wrong, said) in [
        (
            &["run", "--resume", "1", "--limit", "5", "--split", "test"][..],
            "--split, --limit is not what run 1 was begun with",
        ),
        (&["run", "--case", "3", "--fail-if", "short.exact-match < 2"], "--fail-if is about a whole split"),
        (&["batch", "export", "--case", "3", "--max-calls", "4"], "--max-calls, --case says nothing to a batch"),
    ] {
        let refused = bench.run(wrong, &[]);
        assert!(refused.code == 2 && refused.stderr.contains(said), "{refused:?}");
    }
    assert_eq!(server.requests(), 10);
    let raised = bench.run(&["run", "--resume", "1", "--max-calls", "12"], &[]);
    assert_eq!((raised.code, server.requests()), (3, 12), "{raised:?}");
    let still = bench.run(&["run"], &[]);
    assert_eq!((still.code, server.requests()), (3, 12), "the limit it was gone on with holds: {still:?}");
    assert!(still.stdout.contains("the limit of 12 calls is reached"), "{still:?}");
    let whole = bench.run(&["run", "--resume", "1", "--max-calls", "100", "--json"], &[]);
    assert_eq!((whole.code, server.requests()), (0, 40), "{whole:?}");
    let columns = &events(&whole, "columns")[0]["columns"];
    assert!(columns[0]["interval"][0].is_f64() && columns[0]["n"] == 20 && columns[0]["arm"] == "short", "{columns}");
    let again = bench.run(&["run", "--new", "--json"], &[]);
    let column = &events(&again, "columns")[0]["columns"][1];
    assert!(
        server.requests() == 40 && column["cost_of_a_trial"].as_f64() > Some(0.0),
        "known trials have their price: {column}"
    );
    assert!(!bench.root().join(".fourfold/runs.db-wal").exists(), "once the program has ended the store is one file");
}

#[test]
fn a_limit_of_dollars_that_nobody_can_hold_is_refused() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 4, "", "");
    let refused = bench.run(&["run", "--max-cost", "1"], &[]);
    assert_eq!((refused.code, server.requests()), (2, 0), "{refused:?}");
    assert!(refused.stderr.contains("a limit of $1.00 cannot be held: nobody knows the price of `m`"), "{refused:?}");
    // An empty store beside it is said to be one.
    let other = bench.root().join("other.db");
    Store::open(&bench.root().join("empty")).map(drop).unwrap();
    std::fs::copy(bench.root().join("empty/runs.db"), &other).unwrap();
    let merged = bench.run(&["merge", "other.db"], &[]);
    assert!(merged.stdout.contains("it holds no answer and no run"), "{merged:?}");
}

#[test]
fn what_decides_a_trial_is_its_identity() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 5, "", "");
    let asked = |arguments: &[&str]| {
        let before = server.requests();
        let ran = bench.run(&[&["run"], arguments].concat(), &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        server.requests() - before
    };
    assert_eq!(asked(&["--arm", "short", "--limit", "3"]), 3);
    assert_eq!(asked(&["--arm", "short"]), 2, "a part is the beginning of the whole");
    assert_eq!(asked(&[]), 5, "the other arm");
    assert_eq!(asked(&["--seed", "1"]), 10, "a seed is sent");
    assert_eq!(asked(&["--repeats", "2", "--temperature", "1"]), 20);
    assert_eq!(asked(&["--repeats", "3", "--temperature", "1"]), 10, "two of three repeats are known");
    // The reference decides the score and not the answer.
    let rows = std::fs::read_to_string(bench.root().join("data/dev.jsonl")).unwrap();
    bench.write("data/dev.jsonl", &rows.replace("\"yes\"", "\"no\""));
    let ran = bench.run(&["run", "--json"], &[]);
    let before: Vec<f64> = store(&bench).columns(3).unwrap().iter().filter_map(fourfold::store::Column::mean).collect();
    let run = events(&ran, "begun")[0]["run"].as_i64().unwrap();
    let after: Vec<f64> =
        store(&bench).columns(run).unwrap().iter().filter_map(fourfold::store::Column::mean).collect();
    assert_eq!(events(&ran, "ended")[0]["asked"], 0);
    assert!(before.iter().zip(&after).all(|(one, two)| (one + two - 1.0).abs() < 1e-9), "{before:?} {after:?}");
    // Another text of the prompt is another question.
    bench.write("short.prompty", "user:\nSay, {{ word }}?");
    assert_eq!(asked(&[]), 5);
    let refused = bench.run(&["run", "--resume", "1"], &[]);
    assert!(refused.code == 2 && refused.stderr.contains("are not those that were planned"), "{refused:?}");
}

#[test]
fn a_server_that_always_fails_is_given_up() {
    let fault = |_: &str, _: u32| Some(Fault::Cut);
    let server = ManyServer::start(Behaviour { fault: Box::new(fault), ..Behaviour::good(answer) });
    let bench = bench(&server, 500, "", "");
    let ran = bench.run(&["run"], &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stdout.contains("Stopped: call after call failed, the last one:"), "{ran:?}");
    assert!(server.requests() < 250, "{}", server.requests());
}

#[test]
fn an_arm_that_is_refused_is_given_up_and_the_others_are_asked() {
    let fault = |question: &str, _: u32| question.starts_with("Tell me").then_some(Fault::Refused);
    let server = ManyServer::start(Behaviour { fault: Box::new(fault), ..Behaviour::good(answer) });
    let bench = bench(&server, 300, "", "");
    let ran = bench.run(&["run"], &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let refused = server.faults();
    assert!((25..100).contains(&refused), "{refused} refused");
    assert_eq!(server.requests(), 300 + refused, "every question of the other arm was answered");
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(told.contains("long is asked no further: 25 calls in a row failed, the last one:"), "{ran:?}");
    let left = format!("{refused} trials missing, {} trials not asked.", 300 - refused);
    assert!(ran.stdout.contains("Keep a key with") && ran.stdout.contains(&left), "{ran:?}");
    assert!(ran.stdout.contains("Go on with: fourfold run --resume 1") && !ran.stdout.contains("--again"), "{ran:?}");
    // Going on asks what is missing and what was left.
    let before = server.faults();
    assert_eq!(bench.run(&["run", "--resume", "1"], &[]).code, 3);
    assert!(server.faults() > before && server.requests() - server.faults() == 300, "only the refused arm is asked");
}

#[test]
fn a_server_that_is_given_up_leaves_the_others_to_be_asked() {
    let fault = |_: &str, _: u32| Some(Fault::Cut);
    let dead = ManyServer::start(Behaviour { fault: Box::new(fault), ..Behaviour::good(answer) });
    let server = ManyServer::start(Behaviour::good(answer));
    let other = format!(
        "[[model]]\nid = \"dead\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\n\
         [[arm]]\nid = \"third\"\nprompt = \"short.prompty\"\nmodel = \"dead\"\n",
        dead.url()
    );
    let bench = bench(&server, 300, "", &other);
    let ran = bench.run(&["run"], &[]);
    assert_eq!((ran.code, server.requests()), (3, 600), "{ran:?}");
    assert!(dead.requests() < 250, "{}", dead.requests());
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("third is asked no further:"), "{ran:?}");
}

#[test]
fn a_plan_is_kept_with_its_run_and_shards_cover_it() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 11, "", "[run]\nbaseline = \"long\"\nseed = 4\n");
    for (shard, requests) in [("1/3", 8), ("2/3", 16), ("3/3", 22)] {
        let ran = bench.run(&["run", "--shard", shard], &[]);
        assert_eq!((ran.code, server.requests()), (0, requests), "{ran:?}");
    }
    let store = store(&bench);
    let all = runs(&store);
    assert_eq!((all.len(), cells(&store, 1).len()), (1, 22), "parts of one run");
    let plan = Plan::stored(&all[0]).unwrap();
    assert_eq!((plan.order_seed, plan.baseline, plan.rows, plan.arms.len()), (4, 1, 11, 2));
    assert_eq!(store.measured(&plan.data_hash).unwrap(), (1, 2));
    assert!(Path::new(&plan.arms[0].prompt).ends_with("short.prompty"));
}

#[test]
fn parts_asked_on_several_machines_are_joined_once() {
    let server = ManyServer::start(Behaviour::good(answer));
    let benches: Vec<Bench> = (0..3).map(|_| bench(&server, 20, "", "")).collect();
    for (number, bench) in benches.iter().enumerate() {
        let ran = bench.run(&["run", "--shard", &format!("{}/3", number + 1)], &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    assert_eq!(server.requests(), 40);
    for (bench, case) in benches[1..].iter().zip(["a", "b"]) {
        store(bench).record_opened_test_case("hash".to_owned(), case.to_owned(), 1).wait().unwrap();
    }
    let others: Vec<String> = benches[1..].iter().map(|bench| bench.root().display().to_string()).collect();
    let merge = || benches[0].run(&["merge", &others[0], &others[1], "--json"], &[]);
    let first = merge();
    assert_eq!(first.code, 0, "{first:?}");
    let sums = |bench: &Bench| -> Vec<(u64, u64, u64)> {
        let columns = store(bench).columns(1).unwrap();
        columns.iter().map(|column| (column.done, column.scored, column.calls)).collect()
    };
    assert_eq!(sums(&benches[0]), [(20, 20, 20); 2]);
    assert_eq!(store(&benches[0]).opened_test_cases("hash").unwrap(), 2, "what was looked at on either machine");
    let all = runs(&store(&benches[0]));
    assert_eq!((all.len(), all[0].end.as_ref().unwrap().how.as_str()), (1, "finished"));
    let trials = outcomes(&store(&benches[0]));
    let again = merge();
    assert!(again.stdout.lines().all(|line| line.contains("\"trials\":0,\"runs\":0,\"cells\":0")), "{again:?}");
    assert_eq!((sums(&benches[0]), outcomes(&store(&benches[0])), trials), (vec![(20, 20, 20); 2], 40, 40));
    assert_eq!(runs(&store(&benches[1])).len(), 1, "the others are as they were");
    // A second measurement of the same plan is another run, and what is known is not asked.
    assert_eq!((benches[0].run(&["run"], &[]).code, server.requests()), (0, 40));
    assert_eq!(benches[1].run(&["merge", &benches[0].root().display().to_string()], &[]).code, 0);
    assert_eq!(runs(&store(&benches[1])).len(), 2);
    assert_eq!(benches[0].run(&["merge", "nothing.db"], &[]).code, 2);
}

#[test]
fn known_trials_are_listed_and_forgotten() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 6, "", "");
    assert_eq!(bench.run(&["run"], &[]).code, 0);
    let listed = bench.run(&["cache", "list"], &[]);
    assert!(listed.stdout.contains("12 trials are known"), "{listed:?}");
    assert_eq!(bench.run(&["cache", "prune"], &[]).code, 2);
    let pruned = bench.run(&["cache", "prune", "--arm", "long"], &[]);
    assert!(pruned.stdout.starts_with("6 trials are asked again"), "{pruned:?}");
    assert_eq!((bench.run(&["run"], &[]).code, server.requests()), (0, 18));
    let history = bench.run(&["history", "--runs"], &[]);
    assert!(history.stdout.contains("dev  12 of 12 trials  finished"), "{history:?}");
}

#[test]
fn a_threshold_about_nothing_there_is_refused_before_anything_is_asked() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 12, "", "");
    for (condition, said) in [
        ("shrt.exact-match < 0.5", "short"),
        ("short.exact-mach < 0.5", "exact-match"),
        ("long worse than lomg", "long"),
    ] {
        let ran = bench.run(&["run", "--fail-if", condition], &[]);
        assert!(ran.code == 2 && ran.stderr.contains(said), "{condition}: {ran:?}");
    }
    assert_eq!(server.requests(), 0);
    let held = bench.run(&["run", "--fail-if", "long.exact-match < 0.99", "--report", "page.html"], &[]);
    assert_eq!((held.code, server.requests()), (1, 24), "{held:?}");
    assert!(bench.root().join("page.html").is_file());
}

#[test]
fn a_sequential_run_stops_an_arm_that_is_clear_and_says_so() {
    let answer = |question: &str| (if question.starts_with("Tell me") { "yes" } else { "no" }).to_owned();
    // So slow that the looks, twice a second, come between answers.
    let behaviour = Behaviour { first: std::time::Duration::from_millis(20), ..Behaviour::good(answer) };
    let server = ManyServer::start(behaviour);
    let bench = bench(&server, 3_000, "", "");
    let ran = bench.run(&["run", "--sequential"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(server.requests() < 3_000, "{}", server.requests());
    assert!(ran.stdout.contains("long is better than short: +1.000 ("), "{ran:?}");
    assert!(ran.stdout.contains("at every look") && ran.stdout.contains("sequential test"), "{ran:?}");
    assert!(!ran.stdout.contains("McNemar"), "a test for one look says nothing of many: {ran:?}");
    assert_eq!(runs(&store(&bench))[0].end.as_ref().unwrap().how, "the verdicts are clear");
    // What is clear is not paid for again.
    let asked = server.requests();
    let again = bench.run(&["run", "--sequential"], &[]);
    assert_eq!((again.code, server.requests(), runs(&store(&bench)).len()), (0, asked, 1), "{again:?}");
    let report = bench.run(&["report"], &[]);
    assert!(report.stdout.contains("at every look") && !report.stdout.contains("McNemar"), "{report:?}");
    assert!(report.stdout.contains("betting confidence sequence"), "{report:?}");
    // Complete by its own rule: nothing is left to ask.
    let facts: Value = serde_json::from_str(&bench.run(&["report", "--format", "json"], &[]).stdout).unwrap();
    assert!(facts["complete"] == true && facts["ended"] == "the verdicts are clear", "{facts}");
    assert!(report.stdout.contains("the rest is not asked, for the verdict is clear"), "{report:?}");
    let page = bench.run(&["report", "--format", "html"], &[]).stdout;
    assert!(!page.contains("Not complete"), "a page says the same");
}

#[test]
fn what_is_known_makes_a_sequential_run_clear_before_anything_is_asked() {
    let answer = |question: &str| (if question.starts_with("Tell me") { "yes" } else { "no" }).to_owned();
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 400, "", "");
    assert_eq!(bench.run(&["run", "--limit", "120"], &[]).code, 0);
    let asked = server.requests();
    let ran = bench.run(&["run", "--sequential"], &[]);
    assert_eq!((ran.code, server.requests()), (0, asked), "{ran:?}");
    assert!(
        ran.stdout.contains("long is better than short: +1.000 (") && ran.stdout.contains(" 0 asked now"),
        "{ran:?}"
    );
    assert_eq!(runs(&store(&bench))[0].end.as_ref().unwrap().how, "the verdicts are clear");
    // What is known does not decide here: it is counted, and the rest is asked to the point where it is clear.
    let few = self::bench(&server, 400, "", "");
    assert_eq!(few.run(&["run", "--limit", "4"], &[]).code, 0);
    let ran = few.run(&["run", "--sequential", "--json"], &[]);
    let ended = &events(&ran, "ended")[0];
    assert!(ran.code == 0 && ended["complete"] == true, "{ran:?}");
    assert_eq!(ended["known"], 8, "{ended}");
    assert_eq!(ended["done"].as_u64(), ended["asked"].as_u64().map(|asked| asked + 8), "no cell counts twice: {ended}");
}

#[test]
fn an_estimate_leaves_out_what_is_known() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 12, "", "");
    let estimate = |arguments: &[&str]| {
        let ran = bench.run(&[&["run", "--json"], arguments].concat(), &[]);
        let estimate = events(&ran, "estimate").remove(0);
        let calls = estimate["calls"][1].as_u64().unwrap();
        (calls, estimate["known"].as_u64().unwrap(), estimate["in_words"].to_string())
    };
    let (calls, known, words) = estimate(&["--limit", "5"]);
    assert_eq!((calls, known), (10, 0), "{words}");
    let (calls, known, words) = estimate(&[]);
    assert_eq!((calls, known), (14, 10), "{words}");
    assert!(words.contains("At most 14 calls") && words.contains("Not asked: 10 trials are known already"), "{words}");
    let (calls, known, words) = estimate(&["--new"]);
    assert_eq!((calls, known), (0, 24), "{words}");
    assert!(words.contains("Nothing is asked: 24 trials are known already."), "{words}");
    let (calls, known, words) = estimate(&["--new", "--no-cache"]);
    assert_eq!((calls, known), (24, 0), "{words}");
}

#[test]
fn a_sequential_run_is_complete_where_one_arm_is_clear_and_the_others_are_asked_to_the_end() {
    let answer = |question: &str| {
        let sure = question.starts_with("Tell me");
        (if sure || drawn(if question.starts_with("Say") { 3 } else { 4 }, question, 2) == 0 { "yes" } else { "no" })
            .to_owned()
    };
    let behaviour = Behaviour { first: std::time::Duration::from_millis(10), ..Behaviour::good(answer) };
    let server = ManyServer::start(behaviour);
    let third = "[[arm]]\nid = \"third\"\nprompt = \"third.prompty\"\nmodel = \"m\"";
    let bench = bench(&server, 600, "", third);
    bench.write("third.prompty", "user:\nSay, {{ word }}?");
    let ran = bench.run(&["run", "--sequential", "--json"], &[]);
    let ended = &events(&ran, "ended")[0];
    assert!(ran.code == 0 && ended["complete"] == true, "{ended}");
    let (done, settled) = (ended["done"].as_u64().unwrap(), ended["settled"].as_u64().unwrap());
    assert!(settled > 0 && done + settled == 1_800, "{ended}");
    assert_eq!(runs(&store(&bench))[0].end.as_ref().unwrap().how, "finished, the rest is clear");
    let again = bench.run(&["run", "--sequential"], &[]);
    assert_eq!((again.code, server.requests()), (0, done), "{again:?}");
    assert!(again.stdout.contains("trials not asked: the verdict of their arm is clear."), "{again:?}");
}

#[test]
fn equal_trials_of_one_run_are_asked_once() {
    let server = ManyServer::start(Behaviour::good(answer));
    let twin = "[[arm]]\nid = \"twin\"\nprompt = \"short.prompty\"\nmodel = \"m\"";
    let bench = bench(&server, 40, "concurrency = 8", twin);
    let rows = std::fs::read_to_string(bench.root().join("data/dev.jsonl")).unwrap();
    bench.write("data/dev.jsonl", &format!("{rows}\n{}", rows.replace("case-", "double-")));
    let ran = bench.run(&["run"], &[]);
    assert_eq!((ran.code, server.requests()), (0, 80), "80 questions in 240 cells: {ran:?}");
    assert!(ran.stdout.contains("240 of 240 trials, 80 asked now, 160 known before"), "{ran:?}");
    let anew = bench.run(&["run", "--no-cache", "--new"], &[]);
    assert_eq!((anew.code, server.requests()), (0, 320), "each is asked where that is said: {anew:?}");
}

#[test]
fn a_twin_of_what_fails_is_asked_itself() {
    let broken = |_: &str, before: u32| (before == 0).then_some(Fault::Refused);
    let server = ManyServer::start(Behaviour { fault: Box::new(broken), ..Behaviour::good(answer) });
    let twin = "[[arm]]\nid = \"twin\"\nprompt = \"short.prompty\"\nmodel = \"m\"";
    let bench = bench(&server, 1, "", twin);
    let ran = bench.run(&["run", "--arm", "short", "--arm", "twin"], &[]);
    assert_eq!(server.requests(), 2, "{ran:?}");
    assert!(ran.stdout.contains("1 trial is missing"), "{ran:?}");
}

#[test]
fn a_reader_that_goes_away_changes_no_exit_code() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 60, "concurrency = 2", "");
    server.hold();
    let mut child = start(&bench, &["run", "--jsonl"]);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    lines.read_line(&mut String::new()).unwrap();
    server.wait_for(2);
    drop(lines);
    server.release();
    assert_eq!(child.wait().unwrap().code(), Some(3), "not all was asked");
    assert!(server.requests() < 120, "and nothing more is");
    assert_eq!(bench.run(&["run"], &[]).code, 0);
    let deaf = |arguments: &[&str]| {
        let mut child = start(&bench, arguments);
        drop(child.stdout.take());
        child.wait().unwrap().code()
    };
    let holds = ["--fail-if", "long.exact-match < 0.99"];
    for format in ["csv", "html", "junit", "md"] {
        assert_eq!(deaf(&[&["report", "--format", format], &holds[..]].concat()), Some(1), "{format}");
    }
    assert_eq!(deaf(&[&["run", "--report", "page.md"], &holds[..]].concat()), Some(1));
    assert!(bench.root().join("page.md").is_file());
    assert_eq!(deaf(&["history"]), Some(0), "quietly");
    let rows = std::fs::read_to_string(bench.root().join("data/dev.jsonl")).unwrap();
    bench.write("data/dev.jsonl", &format!("{rows}\n{{\"id\": broken"));
    assert_eq!((deaf(&["data", "check"]), deaf(&["doctor"])), (Some(1), Some(1)));
}

#[test]
fn a_second_process_on_one_plan_is_told_who_asks_it_and_takes_over_after_a_kill() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 30, "concurrency = 4", "");
    server.hold();
    let mut first = start(&bench, &["run"]);
    server.wait_for(4);
    for arguments in [&["run"][..], &["run", "--resume", "1"], &["run", "--shard", "1/2"]] {
        let second = bench.run(arguments, &[]);
        assert_eq!(second.code, 2, "{second:?}");
        let who = format!("run 1 of this plan is being asked by process {}", first.id());
        assert!(second.stderr.contains(&who), "{second:?}");
        assert!(second.stderr.contains("--shard") && second.stderr.contains("--new"), "{second:?}");
    }
    assert_eq!(server.requests(), 4, "nothing was asked twice");
    first.kill().unwrap();
    first.wait().unwrap();
    server.release();
    let third = bench.run(&["run"], &[]);
    assert_eq!((third.code, runs(&store(&bench)).len(), server.requests()), (0, 1, 64), "{third:?}");
}

#[test]
fn two_processes_may_ask_two_parts_of_one_run() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, 30, "concurrency = 2", "");
    server.hold();
    let children: Vec<Child> = ["1/2", "2/2"].iter().map(|shard| start(&bench, &["run", "--shard", shard])).collect();
    server.wait_for(4);
    server.release();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let store = store(&bench);
    assert_eq!((runs(&store).len(), cells(&store, 1).len(), server.requests()), (1, 60, 60));
}

#[test]
fn a_limit_of_dollars_is_passed_by_what_is_under_way_at_most_and_counts_what_was_asked_again() {
    let server = ManyServer::start(Behaviour::good(answer));
    // An answer is one token and costs one dollar.
    let price = "concurrency = 4\nprice = { input = 0.0, output = 1000000.0 }";
    let bench = bench(&server, 30, price, "");
    let ran = bench.run(&["run", "--max-cost", "10"], &[]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!((7..=13).contains(&server.requests()), "{}", server.requests());
    assert!(ran.stdout.contains("Stopped: the limit of $10.00 is reached: $"), "{ran:?}");
    let spent = |bench: &Bench| -> (f64, u64) {
        let columns = store(bench).columns(1).unwrap();
        (columns.iter().map(|column| column.spent).sum(), columns.iter().map(|column| column.calls).sum())
    };
    let first = server.requests();
    assert_eq!(spent(&bench), (first as f64, first));
    // Cells that are asked again were paid for before.
    let again = bench.run(&["run", "--resume", "1", "--again", "all", "--max-cost", "18"], &[]);
    assert_eq!(again.code, 3, "{again:?}");
    assert!((15..=21).contains(&server.requests()), "{}", server.requests());
    assert_eq!(spent(&bench), (server.requests() as f64, server.requests()));
    let before = server.requests();
    let none = bench.run(&["run", "--resume", "1", "--again", "all", "--max-cost", "10"], &[]);
    assert_eq!((none.code, server.requests()), (3, before), "{none:?}");
    assert!(none.stdout.contains(&format!("the limit of $10.00 is reached: ${before}.00 spent.")), "{none:?}");
}
