//! The program without a terminal, as scripts use it: what answers cost and the budget that stops, cassettes, the doctor.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of a test stop it by panicking")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use support::bench::{Bench, Ran};
use support::fake_server::{FakeServer, events, response};

fn answer(text: &str, usage: &Value) -> Vec<u8> {
    let chunk = json!({ "choices": [{ "delta": { "content": text }, "finish_reason": "stop" }] });
    let tail = json!({ "choices": [], "usage": usage });
    events(format!("data: {chunk}\n\ndata: {tail}\n\ndata: [DONE]\n\n"))
}

fn counted(text: &str) -> Vec<u8> {
    answer(text, &json!({ "prompt_tokens": 1000, "completion_tokens": 500 }))
}

fn model_at(url: &str, more: &str) -> String {
    format!("provider = \"openai\"\nbase_url = \"{url}/v1\"\nmodel = \"m\"\n{more}")
}

const PRICE: &str = "price = { input = 100.0, output = 800.0 }";

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_answer_is_told_with_its_cost_and_where_the_price_is_from() {
    let server = FakeServer::answering(vec![counted("hi"); 3]);
    let bench = Bench::new(&model_at(&server.url(), PRICE));
    let ran = bench.ask(&[]);
    let told = &lines(&ran)[0];
    assert_eq!(
        (&told["cost"], &told["cost_exact"], &told["price_by"]),
        (&json!(0.5), &json!(true), &json!("fourfold.toml"))
    );
    let spent = lines(&ran).into_iter().find(|line| line.get("spent").is_some()).unwrap();
    assert_eq!(
        (&spent["spent"]["cost"]["dollars"], &spent["spent"]["input"], &spent["budget"]),
        (&json!(0.5), &json!(1000), &Value::Null)
    );
    let plain = bench.run(&["run", "--case", "1"], &[]);
    assert!(plain.stdout.contains("500 out") && plain.stdout.contains("$0.50"), "{plain:?}");
    assert!(plain.stdout.contains("Spent: $0.50 · 1,000 tokens in, 500 out · 1 answer"), "{plain:?}");
    // Without a price of its own the settings' one counts, and without any it is said that nobody knows.
    bench.describe(&model_at(&server.url(), ""), "");
    bench.set("[prices]\nm = { input = 1.0, output = 1.0 }\n");
    assert_eq!(lines(&bench.ask(&[]))[0]["price_by"], json!("your settings"));
}

#[test]
fn an_unknown_price_is_said_and_an_uncounted_answer_is_estimated() {
    let server = FakeServer::answering(vec![counted("hi"), answer("hi there", &Value::Null)]);
    let bench = Bench::new(&model_at(&server.url(), ""));
    let ran = bench.run(&["run", "--case", "1", "--budget", "1"], &[]);
    assert!(
        ran.stdout.contains("price unknown") && ran.stdout.contains("the budget does not count this answer"),
        "{ran:?}"
    );
    bench.describe(&model_at(&server.url(), PRICE), "");
    let told = &lines(&bench.ask(&[]))[0];
    assert_eq!(told["cost_exact"], json!(false), "{told}");
    assert!(told["cost"].as_f64().unwrap() > 0.0, "{told}");
}

#[test]
fn a_budget_stops_the_asking_and_says_what_was_spent() {
    let server = FakeServer::answering(vec![counted("hi"); 9]);
    let bench = Bench::new(&model_at(&server.url(), PRICE));
    let samples = ["run", "--case", "1", "--samples", "5", "--temperature", "1"];
    bench.describe(&model_at(&server.url(), PRICE), "[run]\nbudget = 0.75");
    let ran = bench.run(&samples, &[]);
    assert_eq!((ran.code, server.requests().len()), (3, 2), "two answers use it up: {ran:?}");
    assert!(ran.stderr.contains("the budget of $0.75 is used up: $1.00"), "{ran:?}");
    assert!(ran.stdout.contains("Spent: $1.00 · 2,000 tokens in, 1,000 out · 2 answers · budget $0.75"), "{ran:?}");
    let more: Vec<&str> = samples.iter().copied().chain(["--budget", "1.25"]).collect();
    let ran = bench.run(&more, &[]);
    assert_eq!((ran.code, server.requests().len()), (3, 2 + 3), "the argument stands over the file: {ran:?}");
    let nothing = bench.run(&["run", "--case", "1", "--budget", "0"], &[]);
    assert_eq!((nothing.code, server.requests().len()), (3, 5), "{nothing:?}");
    assert_eq!(bench.run(&["run", "--case", "1", "--budget", "-1"], &[]).code, 2);
}

#[test]
fn a_budget_stops_a_run_over_a_split_as_well() {
    let server = FakeServer::answering(vec![counted("hi"); 20]);
    let bench = Bench::new(&model_at(&server.url(), PRICE));
    let row = |n| json!({ "id": format!("case {n}"), "word": format!("word {n}"), "answer": "hi" }).to_string();
    bench.write("data/dev.jsonl", &(0..20).map(row).collect::<Vec<_>>().join("\n"));
    let ran = bench.run(&["run", "--concurrency", "1", "--budget", "0.75"], &[]);
    assert_eq!((ran.code, server.requests().len()), (3, 2), "two answers use it up: {ran:?}");
    assert!(ran.stdout.contains("Stopped: the budget of $0.75 is used up: $1.00"), "{ran:?}");
    assert!(ran.stdout.contains("2 of 20 trials"), "{ran:?}");
    // What is known costs nothing, so that a run of known trials goes on to the first that has to be asked.
    let again = bench.run(&["run", "--concurrency", "1", "--budget", "0.25"], &[]);
    assert_eq!((again.code, server.requests().len()), (3, 3), "{again:?}");
}

#[test]
fn what_asking_will_take_is_told_before_anything_is_asked() {
    let server = FakeServer::answering(vec![counted("hi"); 60]);
    let bench = Bench::new(&model_at(&server.url(), PRICE));
    let text = fs::read_to_string(bench.root().join("fourfold.toml")).unwrap();
    bench.write("fourfold.toml", &text.replace("file = { dev", "file = { train = \"data/train.jsonl\", dev"));
    let rows = |kind: &str, count: usize| {
        let row =
            |n| json!({ "id": format!("{kind} {n}"), "word": format!("{kind} word {n}"), "answer": "hi" }).to_string();
        bench.write(&format!("data/{kind}.jsonl"), &(0..count).map(row).collect::<Vec<_>>().join("\n"));
    };
    rows("dev", 4);
    rows("train", 40);
    let failures = ["failures", "--arm", "a", "--repeats", "1"];
    let distil = ["data", "distil", "--arm", "a"];
    let with = |command: &[&'static str], more: &[&'static str]| bench.run(&[command, more].concat(), &[]);
    for (command, calls) in [(&failures[..], "To ask: 4 calls · about "), (&distil[..], "To ask: 40 calls · about ")]
    {
        let ahead = with(command, &["--forecast"]);
        assert!(ahead.code == 0 && ahead.stdout.contains(calls), "{ahead:?}");
        assert!(ahead.stdout.contains("about $") && ahead.stdout.contains("time unknown"), "{ahead:?}");
        let told = lines(&with(command, &["--forecast", "--json"]));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0]["forecast"]["cost"]["dollars"].as_f64().unwrap() > 0.0, "{told:?}");
    }
    assert_eq!(server.requests().len(), 0, "nothing was sent");
    // A budget that what is ahead goes beyond is said, and stops the asking.
    let ran = with(&distil, &["--limit", "30", "--budget", "0.0000001"]);
    assert_eq!(ran.stderr.matches("First use in this folder: ").count(), 1, "{ran:?}");
    let (ahead, stop) = (ran.stdout.find("To ask: 30 calls"), ran.stdout.find("more than the budget of $"));
    assert!(ran.code == 3 && ahead.is_some() && stop.is_some(), "{ran:?}");
    assert!(ran.stderr.contains("is used up"), "{ran:?}");
    let asked = server.requests().len();
    assert!((1..30).contains(&asked), "{asked}");
    // What is recorded is not asked again, and does not count.
    let ran = with(&failures, &[]);
    assert!(ran.code == 0 && server.requests().len() == asked + 4, "{ran:?}");
    let ahead = with(&failures, &["--forecast"]);
    assert!(ahead.stdout.contains("To ask: nothing, every answer is recorded."), "{ahead:?}");
    bench.write("fourfold.toml", &fs::read_to_string(bench.root().join("fourfold.toml")).unwrap().replace(PRICE, ""));
    rows("dev", 5);
    let ahead = with(&failures, &["--forecast", "--budget", "1"]);
    assert!(ahead.stdout.contains("To ask: 1 call · about") && ahead.stdout.contains("price unknown"), "{ahead:?}");
    assert!(ahead.stdout.contains("the budget of $1.00 does not count these answers"), "{ahead:?}");
}

#[test]
fn a_provider_without_credit_is_asked_no_further_and_the_others_are() {
    let pay = json!({ "error": { "type": "insufficient_quota", "code": "insufficient_quota", "message": "pay" } });
    let (spent, fine) = (
        FakeServer::answering(vec![response(429, &[], pay.to_string()); 6]),
        FakeServer::answering(vec![counted("hi"); 6]),
    );
    let bench = Bench::new("");
    let model = |id: &str, url: &str| format!("[[model]]\nid = \"{id}\"\n{}\n", model_at(url, ""));
    let arm =
        |id: &str, model: &str| format!("[[arm]]\nid = \"{id}\"\nprompt = \"ask.prompty\"\nmodel = \"{model}\"\n");
    let models = [model("spent", &spent.url()), model("fine", &fine.url())].concat();
    let arms = [arm("a", "spent"), arm("b", "fine"), arm("c", "spent")].concat();
    let data = "[data]\nfile = { dev = \"data/dev.jsonl\" }\nmap = { reference = \"answer\" }\n";
    bench.write("fourfold.toml", &format!("version = 1\n{models}{arms}{data}"));
    let row = |n| json!({ "id": format!("case {n}"), "word": format!("word {n}"), "answer": "hi" }).to_string();
    bench.write("data/dev.jsonl", &(0..6).map(row).collect::<Vec<_>>().join("\n"));
    let ran = bench.run(&["run", "--concurrency", "1"], &[]);
    assert_eq!((ran.code, spent.requests().len(), fine.requests().len()), (3, 1, 6), "{ran:?}");
    assert_eq!(ran.stderr.matches("has no quota left").count(), 1, "said once: {ran:?}");
    assert!(ran.stderr.contains("c is asked no further: it asks the same provider"), "{ran:?}");
    assert!(ran.stdout.contains("7 of 18 trials"), "what was not asked is not missing: {ran:?}");
}

#[test]
fn a_missing_key_is_told_before_anything_is_asked() {
    let server = FakeServer::answering(vec![counted("hi")]);
    let bench = Bench::new(&model_at(&server.url(), "api_key = { env = \"MY_KEY\" }"));
    for arguments in [&["run", "--case", "1"][..], &["run"], &["run", "--case", "1", "--forecast", "--arm", "nobody"]] {
        let ran = bench.run(arguments, &[]);
        assert_eq!((ran.code, server.requests().len()), (2, 0), "{arguments:?}: {ran:?}");
    }
    assert!(bench.run(&["run"], &[]).stderr.contains("MY_KEY"));
    // One that is there and refused is an answer that is missing.
    let refusal = response(401, &["content-type: application/json"], "{\"error\":{\"message\":\"no\"}}");
    let server = FakeServer::answering(vec![refusal; 4]);
    let other = "[[arm]]\nid = \"b\"\nprompt = \"ask.prompty\"\nmodel = \"m\"\n";
    bench.describe(&model_at(&server.url(), "api_key = { env = \"MY_KEY\" }"), other);
    for arguments in [&["run", "--case", "1"][..], &["run"]] {
        let ran = bench.run(arguments, &[("MY_KEY", "sk-1")]);
        assert!(ran.code == 3 && !ran.stdout.contains("are equal"), "{arguments:?}: {ran:?}");
    }
    assert_eq!(server.requests().len(), 4, "none was asked twice");
}

#[test]
fn a_cassette_is_kept_and_played_without_a_server() {
    let refusal =
        response(401, &["content-type: application/json"], "{\"error\":{\"message\":\"bad key sk-canary-77\"}}");
    let server = FakeServer::answering(vec![counted("taped"), refusal]);
    let bench = Bench::new(&model_at(&server.url(), "api_key = { env = \"MY_KEY\" }"));
    let keep = ["run", "--case", "1", "--json", "--cassette", "calls.jsonl"];
    let kept = bench.run(&keep, &[("MY_KEY", "sk-canary-77")]);
    assert_eq!(kept.code, 0, "{kept:?}");
    let path = bench.root().join("calls.jsonl");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let replay = ["run", "--case", "1", "--json", "--replay", "calls.jsonl"];
    // No key, and nobody at the address.
    let played = bench.run(&replay, &[]);
    assert_eq!((played.code, server.requests().len()), (0, 1), "{played:?}");
    let (kept, played) = (&lines(&kept)[0], &lines(&played)[0]);
    assert_eq!((&kept["answer"], &played["answer"]), (&json!("taped"), &json!("taped")));
    assert_eq!(kept["usage"], played["usage"]);
    assert_ne!(kept["fingerprint"], played["fingerprint"], "what is replayed is no trial of the model");
    assert!(played["notes"].to_string().contains("replayed from"), "{played}");
    assert_eq!(played["cost"], json!(0.0), "nothing was paid");
    let other = bench.run(&["run", "--case", "1", "--replay", "calls.jsonl", "--seed", "7"], &[]);
    assert!(other.code == 3 && other.stdout.contains("none with these messages and settings"), "{other:?}");
    // A second recording goes below the first; what the server echoes is stripped.
    let refused = bench.run(&keep, &[("MY_KEY", "sk-canary-77")]);
    assert_eq!(refused.code, 3);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.lines().count() == 2 && text.contains("[key]") && !text.contains("sk-canary-77"), "{text}");
    assert_eq!(bench.run(&["run", "--case", "1", "--replay", "none.jsonl"], &[]).code, 2);
    assert_eq!(bench.run(&["run", "--case", "1", "--replay", "a", "--cassette", "b"], &[]).code, 2);
}

#[test]
fn a_model_about_to_go_is_recorded_beside_the_others() {
    let server = FakeServer::answering(vec![counted("golden")]);
    let bench = Bench::new(&model_at(&server.url(), ""));
    let other = json!({ "date": "2026-11-01", "arm": "b", "model": "n", "fingerprint": "f", "case": "one", "asked": "x",
        "answer": "old", "outcome": "answer", "stop": null, "usage": {}, "first_token_ms": null, "total_ms": 1 });
    bench.write("recorded.jsonl", &format!("{other}\n"));
    let ran = bench.run(&["record", "--model", "m", "--cases", "5"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let text = fs::read_to_string(bench.root().join("recorded.jsonl")).unwrap();
    assert!(text.lines().count() == 2 && text.contains("golden") && text.contains("old"), "{text}");
    assert_eq!(bench.run(&["record", "--model", "nobody"], &[]).code, 2);
}

/// The findings about one subject.
fn about<'f>(findings: &'f [Value], subject: &str) -> Vec<&'f Value> {
    findings.iter().filter(|finding| finding["subject"] == json!(subject)).collect()
}

#[test]
fn the_doctor_finds_nothing_wrong_where_nothing_is() {
    let list = response(200, &["content-type: application/json"], "{\"object\":\"list\",\"data\":[{\"id\":\"m\"}]}");
    let server = FakeServer::answering(vec![counted("hi"), list]);
    let bench = Bench::new(&model_at(&server.url(), "api_key = { env = \"MY_KEY\" }"));
    bench.set("mouse = false\n");
    let variables = [("MY_KEY", "sk-canary-77"), ("TERM", "xterm-256color"), ("LANG", "C.UTF-8")];
    assert_eq!(bench.ask(&variables).code, 0);
    let ran = bench.run(&["doctor", "--json", "--online"], &variables);
    assert_eq!(ran.code, 0, "{ran:?}");
    let findings = lines(&ran);
    let mouse = about(&findings, "mouse")[0];
    assert!(mouse["what"] == json!("false") && mouse["origin"].as_str().unwrap().ends_with("config.toml:1"), "{mouse}");
    assert_eq!(about(&findings, "theme")[0]["origin"], json!("default"));
    assert_eq!(about(&findings, "model[m].api_key")[0]["what"], json!("env MY_KEY"));
    assert!(
        about(&findings, "m")[0]["what"].as_str().unwrap().contains("the key from the environment variable MY_KEY")
    );
    assert!(
        about(&findings, &format!("{}/v1", server.url()))[0]["what"].as_str().unwrap().contains("answers; lists 1")
    );
    assert!(about(&findings, "runs.db")[0]["what"].as_str().unwrap().starts_with("sound: 1 answers"));
    assert_eq!(findings.last().unwrap()["faults"], json!(0));
    let plain = bench.run(&["doctor"], &variables);
    assert!(plain.code == 0 && plain.stdout.contains("No fault found. No provider was asked"), "{plain:?}");
    // In short a line for each area, and all of it where that is wanted.
    let areas = ["terminal", "settings", "workbench", "providers", "models", "database", "disk"];
    for area in areas {
        assert_eq!(plain.stdout.matches(&format!("ok    {area} ")).count(), usize::from(area != "models"), "{plain:?}");
    }
    assert!(
        plain.stdout.contains("ok    database   sound, 1 answers") && plain.stdout.lines().count() < 12,
        "{plain:?}"
    );
    let all = bench.run(&["doctor", "--all"], &variables);
    assert!(all.code == 0 && all.stdout.contains("  ok    mouse: false") && all.stdout.lines().count() > 25, "{all:?}");
    assert!(!format!("{ran:?}{plain:?}{all:?}").contains("canary"));
}

#[test]
fn the_doctor_names_each_fault_with_what_to_do() {
    let bench = Bench::new(
        "provider = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"\napi_key = { env = \"UNSET_KEY\" }",
    );
    fs::create_dir_all(bench.root().join(".fourfold")).unwrap();
    fs::write(bench.root().join(".fourfold/runs.db"), "this is no database, and longer than its header would be")
        .unwrap();
    let ran = bench.run(&["doctor", "--json"], &[("TERM", "dumb"), ("FOURFOLD_CA_BUNDLE", "/no/such.pem")]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let findings = lines(&ran);
    for (subject, expected) in [
        ("m", "the environment variable UNSET_KEY is not set"),
        ("certificates", "/no/such.pem cannot be used"),
        ("runs.db", "is damaged or is no database"),
    ] {
        let found = about(&findings, subject);
        let fault = found
            .iter()
            .find(|finding| finding["verdict"] == json!("fault"))
            .unwrap_or_else(|| panic!("{subject}: {ran:?}"));
        assert!(fault["what"].as_str().unwrap().contains(expected), "{fault}");
        assert!(!fault["hint"].as_str().unwrap().is_empty(), "{fault}");
    }
    bench.write("fourfold.toml", "[[model]]\nid = \"m\"\nprovder = \"openai\"\n");
    let ran = bench.run(&["doctor"], &[]);
    assert!(ran.code == 1 && ran.stdout.contains("unknown key `provder`"), "{ran:?}");
    assert!(ran.stdout.starts_with("FAULT "), "faults come first: {ran:?}");
    bench.set("api_keys = \"sk-canary-77\"\n");
    let ran = bench.run(&["doctor", "--quiet"], &[]);
    assert!(ran.code == 1 && !format!("{ran:?}").contains("canary"), "{ran:?}");
}

#[test]
fn a_faulty_split_is_left_out_with_its_row_and_line_and_all_else_is_used() {
    let bench = Bench::new("provider = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"x\"");
    let text = fs::read_to_string(bench.root().join("fourfold.toml")).unwrap();
    let shown =
        "[[arm]]\nid = \"shown\"\nprompt = \"ask.prompty\"\nmodel = \"m\"\nstrategy = { name = \"few-shot\", k = 1 }\n";
    let files = "file = { train = \"data/train.jsonl\", test = \"data/test.jsonl\", dev";
    bench.write("fourfold.toml", &text.replace("file = { dev", files).replace("[data]", &format!("{shown}[data]")));
    let row = "{\"word\": \"yes\", \"answer\": \"yes\"}\n";
    bench.write("data/train.jsonl", row);
    bench.write("data/test.jsonl", &format!("{row}{{\"word\": \n"));
    let forecast = |arguments: &[&str]| bench.run(&[&["run", "--case", "1", "--forecast"], arguments].concat(), &[]);
    let dev = forecast(&[]);
    assert_eq!(dev.code, 0, "{dev:?}");
    assert!(dev.stderr.contains("note: test left out, for data/test.jsonl cannot be used"), "{dev:?}");
    let test = forecast(&["--split", "test"]);
    assert!(test.code == 2 && test.stderr.contains("test.jsonl: row 2 (line 2): it is not JSON"), "{test:?}");
    let splits = bench.run(&["data", "splits"], &[]);
    assert!(splits.code == 1 && splits.stdout.contains("test  cannot be used  data/test.jsonl"), "{splits:?}");
    assert!(splits.stdout.contains("row 2 (line 2)") && splits.stdout.contains("dev           1 rows"), "{splits:?}");
    let splits = bench.run(&["data", "splits", "--json"], &[]);
    let splits: Value = serde_json::from_str(&splits.stdout).unwrap();
    assert_eq!((&splits["faults"][0]["splits"], &splits["leaks"]), (&json!(["test"]), &Value::Null));
    assert!(bench.run(&["doctor"], &[]).stdout.contains("test split: "), "doctor names it");
    // Without its train rows an arm that shows some is not asked, and says why; one that shows none is.
    bench.write("data/test.jsonl", row);
    bench.write("data/train.jsonl", "[1]\n");
    assert_eq!(forecast(&["--arm", "a"]).code, 0);
    let shown = forecast(&["--arm", "shown"]);
    assert!(shown.code == 2 && shown.stderr.contains("train.jsonl: row 1 (line 1): it is a list"), "{shown:?}");
    // Nobody knows what has leaked from a file that cannot be read.
    let asked = bench.run(&["run", "--split", "test", "--case", "1", "--arm", "a"], &[]);
    assert!(asked.code == 2 && asked.stderr.contains("train.jsonl: row 1 (line 1)"), "{asked:?}");
}
