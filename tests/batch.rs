//! A run by files, through the real binary: exported as a batch, its results taken in in any order, in parts, twice; and through
//! a provider's batch endpoint.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of a test stop it by panicking")]

mod support;

use std::fs;

use fourfold::store::Store;
use serde_json::{Value, json};
use support::bench::Bench;
use support::fake_server::{FakeServer, response};

const CASES: usize = 6;

fn bench(url: &str, provider: &str) -> Bench {
    let bench = Bench::new("provider = \"openai\"");
    bench.write("short.prompty", "user:\n{{ word }}?");
    bench.write("long.prompty", "user:\nTell me, {{ word }}?");
    let rows: Vec<String> = (0..CASES)
        .map(|row| format!("{{\"id\": \"case-{row}\", \"word\": \"word {row}\", \"answer\": \"yes\"}}"))
        .collect();
    bench.write("data/dev.jsonl", &rows.join("\n"));
    let arm = |id: &str| format!("[[arm]]\nid = \"{id}\"\nprompt = \"{id}.prompty\"\nmodel = \"m\"\n");
    let text = format!(
        "version = 1\n[[model]]\nid = \"m\"\nprovider = \"{provider}\"\nmodel = \"model-x\"\nbase_url = \"{url}\"\n\
         api_key = {{ env = \"MY_KEY\" }}\n{}{}[data]\nfile = {{ dev = \"data/dev.jsonl\" }}\n\
         map = {{ reference = \"answer\" }}\n[score]\nmetrics = [\"exact-match\"]\n",
        arm("short"),
        arm("long"),
    );
    bench.write("fourfold.toml", &text);
    bench
}

const KEY: [(&str, &str); 1] = [("MY_KEY", "sk-canary-batch")];

fn exported(bench: &Bench) -> Vec<Value> {
    let ran = bench.run(&["batch", "export", "--output", "out"], &KEY);
    assert_eq!(ran.code, 0, "{ran:?}");
    let text = fs::read_to_string(bench.root().join("out/batch-1-m.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The completion of a line's question: `yes` to the short ones.
fn completion(line: &Value) -> Value {
    let question = line["body"]["messages"][0]["content"].as_str().unwrap();
    let said = if question.starts_with("Tell") { "no" } else { "yes" };
    json!({
        "choices": [{ "finish_reason": "stop", "message": { "role": "assistant", "content": said } }],
        "usage": { "prompt_tokens": 5, "completion_tokens": 1 },
    })
}

fn wrapped(line: &Value) -> String {
    let response = json!({ "status_code": 200, "request_id": "r", "body": completion(line) });
    json!({ "id": "b", "custom_id": line["custom_id"], "response": response, "error": null }).to_string()
}

fn bare(line: &Value) -> String {
    json!({ "id": "vllm", "custom_id": line["custom_id"], "response": completion(line), "error": null }).to_string()
}

fn sums(bench: &Bench) -> Vec<(u64, u64, f64)> {
    let store = Store::open(&bench.root().join(".fourfold")).unwrap();
    store.columns(1).unwrap().iter().map(|column| (column.done, column.missing, column.sum)).collect()
}

#[test]
fn results_come_in_any_order_in_parts_and_twice() {
    // Nobody listens there: nothing is asked.
    let bench = bench("http://127.0.0.1:9/v1", "openai");
    let lines = exported(&bench);
    assert_eq!(lines.len(), 2 * CASES);
    let first = &lines[0];
    assert_eq!((&first["method"], &first["url"]), (&json!("POST"), &json!("/v1/chat/completions")));
    assert_eq!((&first["body"]["model"], first["body"].get("stream")), (&json!("model-x"), None));
    // A part in one shape, backwards, with one question given up and lines that are none.
    let failed = json!({ "custom_id": lines[1]["custom_id"], "response": null, "error": { "message": "expired" } });
    let mut part: Vec<String> = lines[2..7].iter().rev().map(wrapped).collect();
    part.extend([failed.to_string(), "{".to_owned(), json!({ "custom_id": "other", "response": {} }).to_string()]);
    // A line that is no UTF-8 is told, and those behind it count.
    let broken = [&b"{\"custom_id\":\"\xff\"}\n"[..], part.join("\n").as_bytes()].concat();
    fs::write(bench.root().join("part.jsonl"), broken).unwrap();
    let ran = bench.run(&["batch", "import", "part.jsonl", "--run", "1"], &KEY);
    assert_eq!(ran.code, 3, "cells are open: {ran:?}");
    for said in [
        "6 cells filled from 6 results",
        "1 of them were given up",
        "part.jsonl:1: it is not UTF-8",
        "part.jsonl:8: it is no JSON",
        "7 cells are open",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {ran:?}");
    }
    let trials = bench.run(&["export", "1", "--format", "jsonl"], &KEY).stdout;
    let trials: Vec<Value> = trials.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(trials.iter().all(|trial| trial["total_ms"].is_null()), "nobody measured them");
    let given_up = trials.iter().find(|trial| trial["outcome"] != "answer").unwrap();
    assert_eq!(given_up["error"], "the batch gave it up: expired");
    assert_eq!(given_up["notes"].as_array().unwrap().len(), 1, "it cost nothing: {given_up}");
    let before = sums(&bench);
    let again = bench.run(&["batch", "import", "part.jsonl", "--run", "1"], &KEY);
    assert!(
        again.stdout.contains("0 cells filled")
            && again.stdout.contains("6 results fill no open cell")
            && again.stdout.contains("7 cells are open"),
        "{again:?}"
    );
    assert_eq!(sums(&bench), before, "twice changes nothing");
    // The whole in the other shape fills the rest, the one given up as well.
    let before = fs::read(bench.root().join("out/batch-1-m.jsonl")).unwrap();
    let there = bench.run(&["batch", "export", "--output", "out"], &KEY);
    assert!(there.code == 2 && there.stderr.contains("batch-1-m.jsonl is there already"), "{there:?}");
    assert_eq!(fs::read(bench.root().join("out/batch-1-m.jsonl")).unwrap(), before);
    let ran = bench.run(&["batch", "export", "--output", "rest"], &KEY);
    assert!(ran.stdout.contains("Run 1: 7 questions to ask"), "only what is open: {ran:?}");
    bench.write("whole.jsonl", &lines.iter().map(bare).collect::<Vec<_>>().join("\n"));
    let ran = bench.run(&["batch", "import", "whole.jsonl", "--run", "1"], &KEY);
    assert_eq!(ran.code, 0, "{ran:?}");
    let cases = CASES as u64;
    assert_eq!(sums(&bench), [(cases, 0, CASES as f64), (cases, 0, 0.0)]);
    // Nobody measured how long a batch took: no time is said to be none.
    let cost = bench.run(&["cost", "--run", "1", "--json"], &KEY);
    let cost: Value = serde_json::from_str(&cost.stdout).unwrap();
    assert!(cost["arms"].as_array().unwrap().iter().all(|arm| arm["seconds"].is_null()), "{cost}");
    let words = bench.run(&["cost", "--run", "1"], &KEY).stdout;
    assert!(!words.contains("0.00 s") && !words.contains("no answer"), "{words}");
    let report: Value = serde_json::from_str(&bench.run(&["report", "--format", "json"], &KEY).stdout).unwrap();
    assert!(report["arms"][0]["seconds_each"].is_null(), "{report}");
    // A run of the same arms finds every trial known, and asks nobody.
    let known = bench.run(&["run", "--new"], &KEY);
    assert!(known.code == 0 && known.stdout.contains("0 asked now, 12 known before"), "{known:?}");
    let events = bench.run(&["run", "--new", "--json"], &KEY).stdout;
    let done = events.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert!(done.filter(|event| event["event"] == "done").all(|event| event["total_ms"].is_null()), "{events}");
    // With nothing left there is no file, and no run of nothing.
    let runs = || Store::open(&bench.root().join(".fourfold")).unwrap().runs(None, 9).unwrap().len();
    let before = runs();
    for arguments in [&["batch", "export", "--output", "none"][..], &["batch", "export", "--output", "none", "--new"]] {
        let ran = bench.run(arguments, &KEY);
        assert!(ran.code == 0 && ran.stdout.contains("Nothing is left to ask"), "{ran:?}");
        assert_eq!((runs(), bench.root().join("none").exists()), (before, false));
    }
    let anew = bench.run(&["batch", "export", "--output", "anew", "--no-cache"], &KEY);
    assert!(anew.stdout.contains("12 questions to ask") && runs() == before + 1, "{anew:?}");
}

#[test]
fn a_changed_prompt_takes_no_result_of_the_old_one() {
    let bench = bench("http://127.0.0.1:9/v1", "openai");
    let lines = exported(&bench);
    bench.write("whole.jsonl", &lines.iter().map(bare).collect::<Vec<_>>().join("\n"));
    bench.write("short.prompty", "user:\n{{ word }}, please?");
    let ran = bench.run(&["batch", "import", "whole.jsonl", "--run", "1"], &KEY);
    assert!(
        ran.code != 0 && ran.stderr.contains("the prompt of arm `short` is not the one that was planned"),
        "{ran:?}"
    );
}

#[test]
fn a_batch_is_submitted_asked_about_and_fetched() {
    let told = |body: &Value| response(200, &["content-type: application/json"], body.to_string());
    let counts = json!({ "total": 12, "completed": 12, "failed": 0 });
    let going = json!({ "id": "batch_7", "status": "in_progress", "request_counts": counts });
    let over = json!({ "id": "batch_7", "status": "completed", "output_file_id": "file-9", "request_counts": counts });
    let files = [
        told(&json!({ "id": "file-1" })),
        told(&going),
        told(&going),
        told(&over),
        response(200, &["content-type: application/jsonl"], "{\"custom_id\":\"x\"}\n"),
        told(&going),
        told(&going),
    ];
    let server = FakeServer::answering(files.to_vec());
    let bench = bench(&format!("{}/v1", server.url()), "openai");
    exported(&bench);
    // The file says which model and which run it is of.
    let ran = bench.run(&["batch", "submit", "out/batch-1-m.jsonl"], &KEY);
    assert!(ran.code == 0 && ran.stdout.contains("Batch batch_7: in_progress, 12 of 12 answered."), "{ran:?}");
    let status = bench.run(&["batch", "status", "--json"], &KEY);
    let said: Value = serde_json::from_str(&status.stdout).unwrap();
    let expected = [json!("batch_7"), json!(1), json!("m"), json!(12)];
    assert_eq!(["batch", "run", "model", "under_way"].map(|key| said[key].clone()), expected, "{status:?}");
    let fetched = bench.run(&["batch", "fetch"], &KEY);
    assert!(
        fetched.code == 0 && fetched.stdout.contains("batch import") && fetched.stdout.contains("--run 1"),
        "{fetched:?}"
    );
    let results = fs::read_to_string(bench.root().join("batch_7.results.jsonl")).unwrap();
    assert_eq!(results.trim(), "{\"custom_id\":\"x\"}");
    let early = bench.run(&["batch", "fetch", "batch_7", "--model", "m", "--output", "none.jsonl"], &KEY);
    assert!(early.code == 3 && early.stdout.contains("There are no results yet."), "{early:?}");
    bench.write("other.jsonl", "{\"custom_id\":\"a\",\"body\":{\"model\":\"model-y\",\"messages\":[]}}\n");
    for (file, said) in [("data/dev.jsonl", "line 1 of the file is no question"), ("other.jsonl", "asks `model-y`")] {
        let refused = bench.run(&["batch", "submit", file, "--model", "m"], &KEY);
        assert!(refused.code == 2 && refused.stderr.contains(said), "sent to nobody: {refused:?}");
    }
    let sent = server.requests();
    assert!(sent.iter().all(|request| request.to_lowercase().contains("authorization: bearer sk-canary-batch")));
    assert!(sent[0].starts_with("POST /v1/files") && sent[0].contains("name=\"purpose\""), "{}", sent[0]);
    assert!(sent[1].starts_with("POST /v1/batches") && sent[1].contains("file-1"), "{}", sent[1]);
    assert!(sent[4].starts_with("GET /v1/files/file-9/content"), "{}", sent[4]);
    let cancelled = bench.run(&["batch", "cancel", "batch_7"], &KEY);
    assert!(
        cancelled.code == 0 && server.requests()[6].starts_with("POST /v1/batches/batch_7/cancel"),
        "{cancelled:?}"
    );
    let unknown = bench.run(&["batch", "status", "batch_7", "--model", "n"], &KEY);
    assert!(unknown.code == 2 && unknown.stderr.contains("no model `n`"), "{unknown:?}");
}

#[test]
fn what_is_under_way_in_a_batch_is_paid_for_once() {
    let told = |body: &Value| response(200, &["content-type: application/json"], body.to_string());
    let going = json!({ "id": "batch_7", "status": "in_progress", "request_counts": { "total": 12 } });
    let failed = json!({ "id": "batch_8", "status": "failed", "request_counts": { "total": 12 } });
    let over = json!({ "id": "batch_7", "status": "expired", "output_file_id": "file-9" });
    let file = json!({ "id": "file-1" });
    let server = FakeServer::answering(vec![
        told(&file),
        told(&going),
        told(&file),
        told(&failed),
        told(&over),
        // What the file of results holds stands below: the first answer only.
        response(200, &[], String::new()),
    ]);
    let bench = bench(&format!("{}/v1", server.url()), "openai");
    let lines = exported(&bench);
    let submit = |more: &[&str]| bench.run(&[&["batch", "submit", "out/batch-1-m.jsonl"], more].concat(), &KEY);
    assert_eq!(submit(&[]).code, 0);
    let twice = submit(&[]);
    let said = "12 of the 12 questions of out/batch-1-m.jsonl are under way in batch batch_7";
    assert!(twice.code == 2 && twice.stderr.contains(said), "{twice:?}");
    let export = bench.run(&["batch", "export", "--output", "again"], &KEY);
    assert!(export.stdout.contains("12 cells are left out: their question is under way in a batch"), "{export:?}");
    assert!(export.stdout.contains("nothing is left to ask") && !bench.root().join("again").exists(), "{export:?}");
    let ran = bench.run(&["run", "--resume", "1"], &KEY);
    assert!(ran.code == 3 && ran.stdout.contains("12 trials not asked: under way in a batch"), "{ran:?}");
    assert_eq!(server.requests().len(), 2, "nobody was asked");
    // Told to, it is sent again; that one comes to nothing, and changes nothing about the first.
    assert_eq!(submit(&["--again"]).code, 0);
    let list = bench.run(&["batch", "list"], &KEY).stdout;
    assert!(list.contains("batch_8: 12 questions for `m` \u{b7} run 1") && list.contains("12 under way"), "{list}");
    // One has a result, and nothing will come of the others: they are asked again, by file or here.
    bench.write("one.jsonl", &wrapped(&lines[0]));
    let taken = bench.run(&["batch", "import", "one.jsonl", "--run", "1"], &KEY);
    assert!(taken.stdout.contains("1 cell filled"), "{taken:?}");
    assert_eq!(bench.run(&["batch", "fetch", "batch_7"], &KEY).code, 0);
    let rest = bench.run(&["batch", "export", "--output", "rest"], &KEY);
    assert!(rest.stdout.contains("Run 1: 11 questions to ask."), "{rest:?}");
    let answered = submit(&[]);
    assert!(answered.code == 2 && answered.stderr.contains("1 of the 12 questions"), "{answered:?}");
    assert!(answered.stderr.contains("have an answer already"), "{answered:?}");
}

#[test]
fn a_batch_whose_name_never_arrived_is_not_sent_again_by_itself_and_is_taken_up_by_its_name() {
    let told = |body: &Value| response(200, &["content-type: application/json"], body.to_string());
    let counts = json!({ "total": 12, "completed": 3, "failed": 0 });
    let server = FakeServer::answering(vec![
        told(&json!({ "id": "file-1" })),
        response(502, &[], "gone"),
        told(&json!({ "id": "batch_9", "status": "in_progress", "request_counts": counts })),
    ]);
    let bench = bench(&format!("{}/v1", server.url()), "openai");
    exported(&bench);
    let submit = || bench.run(&["batch", "submit", "out/batch-1-m.jsonl"], &KEY);
    let lost = submit();
    assert!(lost.code == 1 && lost.stderr.contains("whether the batch was begun is not known"), "{lost:?}");
    let again = submit();
    assert!(again.code == 2 && again.stderr.contains("whether that batch was begun is not known"), "{again:?}");
    let status = bench.run(&["batch", "status", "batch_9", "--model", "m"], &KEY);
    assert_eq!(status.code, 0, "{status:?}");
    let list = bench.run(&["batch", "list", "--json"], &KEY);
    let said: Value = serde_json::from_str(&list.stdout).unwrap();
    assert_eq!([&said["batch"], &said["under_way"]], [&json!("batch_9"), &json!(12)], "{list:?}");
    let known = submit();
    assert!(known.code == 2 && known.stderr.contains("are under way in batch batch_9"), "{known:?}");
}

#[test]
fn a_batch_that_came_to_nothing_says_why_and_scripts_read_json() {
    let told = |body: &Value| response(200, &["content-type: application/json"], body.to_string());
    let errors = json!({ "data": [{ "code": "invalid_json_line", "line": 3, "message": "no \u{1b}[31mJSON" }] });
    let failed = json!({ "id": "batch_8", "status": "failed", "errors": errors });
    let server = FakeServer::answering(vec![told(&failed), told(&failed), told(&failed)]);
    let bench = bench(&format!("{}/v1", server.url()), "openai");
    let line = |ran: &support::bench::Ran| serde_json::from_str::<Value>(&ran.stdout).unwrap();
    let exported = bench.run(&["batch", "export", "--output", "out", "--json"], &KEY);
    assert_eq!(line(&exported)["questions"], 2 * CASES, "{exported:?}");
    let status = bench.run(&["batch", "status", "batch_8", "--model", "m"], &KEY);
    assert!(status.stdout.contains("line 3: no ␛[31mJSON"), "{status:?}");
    // Whoever waits for results by code 3 must come to an end.
    let fetched = bench.run(&["batch", "fetch", "batch_8", "--model", "m"], &KEY);
    assert!(fetched.code == 1 && fetched.stdout.contains("will have none"), "{fetched:?}");
    let fetched = bench.run(&["batch", "fetch", "batch_8", "--model", "m", "--json"], &KEY);
    let said = line(&fetched);
    assert_eq!((&said["batch"], &said["over"], &said["file"]), (&json!("batch_8"), &json!(true), &Value::Null));
    bench.write("none.jsonl", "");
    let imported = bench.run(&["batch", "import", "none.jsonl", "--run", "1", "--json"], &KEY);
    assert_eq!((imported.code, &line(&imported)["open"]), (3, &json!(2 * CASES)), "{imported:?}");
}

#[test]
fn the_key_of_a_batch_never_passes_a_proxy_in_plain_text() {
    let proxy = FakeServer::answering(vec![response(200, &["content-type: application/json"], "{\"id\":\"x\"}")]);
    let variables = [KEY[0], ("HTTP_PROXY", &*proxy.url())];
    for provider in ["openai", "anthropic"] {
        let bench = bench("http://models.invalid/v1", provider);
        exported(&bench);
        for call in [&["submit", "out/batch-1-m.jsonl"], &["status", "batch_7"], &["fetch", "batch_7"]] {
            let ran = bench.run(&["batch", call[0], call[1], "--model", "m"], &variables);
            assert!(ran.code != 0 && ran.stderr.contains("would pass the proxy"), "{ran:?}");
        }
    }
    assert_eq!(proxy.requests(), [""; 0]);
}

#[test]
fn anthropic_has_lines_of_its_own_and_others_none() {
    let claude = bench("http://127.0.0.1:9", "anthropic");
    let lines = exported(&claude);
    assert!(lines[0]["params"]["max_tokens"].is_u64() && lines[0].get("body").is_none(), "{}", lines[0]);
    let answered = |line: &Value| {
        let message = json!({
            "content": [{ "type": "text", "text": "yes" }], "stop_reason": "end_turn",
            "usage": { "input_tokens": 3, "output_tokens": 1 },
        });
        json!({ "custom_id": line["custom_id"], "result": { "type": "succeeded", "message": message } }).to_string()
    };
    claude.write("whole.jsonl", &lines.iter().map(answered).collect::<Vec<_>>().join("\n"));
    let ran = claude.run(&["batch", "import", "whole.jsonl", "--run", "1"], &KEY);
    assert_eq!((ran.code, sums(&claude).iter().map(|sums| sums.2).sum::<f64>()), (0, 2.0 * CASES as f64), "{ran:?}");
    let ran = bench("http://127.0.0.1:9", "ollama").run(&["batch", "export"], &KEY);
    assert!(ran.code == 2 && ran.stderr.contains("no batch files in the dialect `ollama`"), "{ran:?}");
}

#[test]
fn a_batch_is_charged_at_a_batchs_price_where_that_is_known_and_each_trial_says_so() {
    for (url, share, says) in [
        ("https://api.openai.com/v1", 0.5, "charged as a batch: 50 % of the price of a call"),
        ("http://127.0.0.1:9/v1", 1.0, "charged as a call: what a batch costs there is not known"),
    ] {
        let bench = bench(url, "openai");
        let text = fs::read_to_string(bench.root().join("fourfold.toml")).unwrap();
        // An answer is one token and costs a dollar.
        let price = "price = { input = 0.0, output = 1000000.0 }\nbase_url";
        bench.write("fourfold.toml", &text.replacen("base_url", price, 1));
        let lines: Vec<String> = exported(&bench).iter().map(wrapped).collect();
        bench.write("results.jsonl", &lines.join("\n"));
        let ran = bench.run(&["batch", "import", "results.jsonl", "--run", "1"], &KEY);
        assert_eq!(ran.code, 0, "{ran:?}");
        let store = Store::open(&bench.root().join(".fourfold")).unwrap();
        let columns = store.columns(1).unwrap();
        let spent: f64 = columns.iter().map(|column| column.spent).sum();
        assert!((spent - share * (2 * CASES) as f64).abs() < 1e-9, "{url}: {spent}");
        let trial = store.trial(store.cells(1, 0..1).unwrap()[0].trial).unwrap().unwrap();
        assert!(trial.record.notes.iter().any(|note| note == says), "{:?}", trial.record.notes);
    }
}
