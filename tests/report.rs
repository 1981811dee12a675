//! Reports and exports of a stored run, as scripts ask for them: every format, thresholds, two runs compared, another tool's
//! configuration, and the page in a real browser.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of a test stop it by panicking")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Value, json};
use support::bench::Bench;
use support::browser::Browser;
use support::fake_server::{FakeServer, events};
use support::stored::{ARMS, HOSTILE, bench, is_right, store, write_leak, write_run};

fn with_run() -> Bench {
    let bench = bench();
    write_run(&store(&bench), 60, is_right);
    bench
}

#[test]
fn every_format_says_the_same_figures() {
    let bench = with_run();
    let markdown = bench.run(&["report"], &[]);
    assert_eq!(markdown.code, 0, "{markdown:?}");
    for words in [
        "# bench: run 1",
        "exact-match on 60 dev cases × 4 arms",
        "| plain-base (baseline) | 0.200 (0.118 to 0.318) | 60 |",
        "## The four cells",
        "Prompts are iterated on dev cases",
        "token-f1",
    ] {
        assert!(markdown.stdout.contains(words), "{words} is not in\n{}", markdown.stdout);
    }
    let report: Value = serde_json::from_str(&bench.run(&["report", "1", "--format", "json"], &[]).stdout).unwrap();
    assert_eq!((&report["baseline"], &report["arms"][0]["mean"]["n"]), (&json!("plain-base"), &json!(60)));
    assert_eq!((&report["arms"][2]["missing"], &report["arms"][0]["non_answers"]), (&json!(1), &json!(1)));
    assert_eq!(report["fourfold"]["n"], json!(59));
    assert_eq!(report["against_baseline"].as_array().unwrap().len(), 3);
    assert!(markdown.stdout.contains(report["headline"].as_str().unwrap()), "{report}");
    let csv = bench.run(&["report", "--format", "csv"], &[]).stdout;
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(csv.as_bytes()).into_records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 240);
    let answer = rows.iter().map(|row| &row[8]).find(|answer| answer.contains("wants")).unwrap();
    assert!(answer.starts_with("'=Felix"), "{answer}");
    let right = rows.iter().filter(|row| &row[3] == "plain-tuned" && &row[7] == "1").count();
    assert!((right as f64 / 60.0 - report["arms"][1]["mean"]["mean"].as_f64().unwrap()).abs() < 1e-9);
    let missing = bench.run(&["report", "7"], &[]);
    assert_eq!((missing.code, missing.stderr.contains("there is no run 7")), (2, true), "{missing:?}");
    assert!(missing.stderr.contains("The newest is run 1."), "{missing:?}");
}

#[test]
fn every_format_says_that_leaked_rows_were_allowed() {
    let bench = with_run();
    let csv = |bench: &Bench| {
        let csv = bench.run(&["report", "--format", "csv"], &[]).stdout;
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let column = reader.headers().unwrap().iter().position(|name| name == "leaked").unwrap();
        reader.records().map(|row| row.unwrap()[column].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(csv(&bench), vec![String::new(); 240]);
    write_leak(&store(&bench), 1);
    let words = "Leaked: 1 of 60 test rows are train rows; this was allowed by hand.";
    assert_eq!(csv(&bench), vec![words; 240]);
    for format in ["md", "html", "junit", "json"] {
        let report = bench.run(&["report", "--format", format], &[]).stdout;
        assert!(report.contains(words), "{format}");
    }
    let lines = bench.run(&["export", "--format", "jsonl"], &[]).stdout;
    assert!(
        lines.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["leaked"] == json!(words)),
        "{lines}"
    );
}

#[test]
fn the_four_cells_say_what_they_cost_in_every_format() {
    let bench = with_run();
    let ran = |format: &str| bench.run(&["report", "--format", format], &[]).stdout;
    let sentence = "prompted · base costs 1.5 times as much as plain · tuned: $0.003 against $0.002";
    let markdown = ran("md");
    for words in [
        "| a case costs | base | tuned |",
        "| plain | $0.001 (0.001 to 0.001) | $0.002 (0.002 to 0.002) |",
        "| prompted | $0.003 (0.003 to 0.003) | $0.004 (0.004 to 0.004) |",
        "A case costs, n = 59, 95 % intervals: with prompting $0.002 more",
        sentence,
    ] {
        assert!(markdown.contains(words), "{words} is not in\n{markdown}");
    }
    let html = ran("html");
    assert!(html.contains("<small>a case: $0.002 (0.002 to 0.002)</small>") && html.contains(sentence));
    let report: Value = serde_json::from_str(&ran("json")).unwrap();
    let costs = &report["fourfold"]["costs"];
    let near = |value: &Value, dollars: f64| (value.as_f64().unwrap() - dollars).abs() < 1e-9;
    assert!(near(&costs["cells"]["plain-tuned"]["cost"]["mean"], 0.002), "{costs}");
    assert!(near(&costs["prompting"]["mean"], 0.002) && near(&costs["tuning"]["mean"], 0.001), "{costs}");
    assert!(near(&costs["both"]["mean"], 0.003) && near(&costs["tuning_less_prompting"]["mean"], -0.001), "{costs}");
    assert_eq!((&costs["both"]["n"], &costs["cells"]["plain-base"]["unpriced"]), (&json!(59), &json!(0)));
    // One line a trial: the cells' sums are a spreadsheet's to make.
    let csv = ran("csv");
    let paid = csv::Reader::from_reader(csv.as_bytes()).into_records().map(Result::unwrap);
    let paid: f64 = paid.filter(|row| &row[3] == "plain-tuned").map(|row| row[13].parse::<f64>().unwrap()).sum();
    assert!((paid - 60.0 * 0.002).abs() < 1e-9, "{paid}");
}

#[test]
fn junit_fails_by_threshold_and_errs_by_missing_trials_alone() {
    let bench = with_run();
    let file = bench.root().join("junit.xml");
    let ran = bench.run(
        &[
            "report",
            "-o",
            "junit.xml",
            "--fail-if",
            "plain-base.exact-match < 0.8",
            "--fail-if",
            "plain-tuned worse than plain-base",
        ],
        &[],
    );
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("failed: --fail-if 'plain-base.exact-match < 0.8': It is 0.200"), "{ran:?}");
    assert!(ran.stderr.contains("passed: --fail-if 'plain-tuned worse than plain-base'"), "{ran:?}");
    let xml = fs::read_to_string(file).unwrap();
    assert!(xml.contains("tests=\"242\"") && xml.contains("failures=\"1\" errors=\"1\""), "{}", &xml[..300]);
    assert_eq!(xml.matches("<testsuite ").count(), 5);
    assert!(xml.contains("missing:network") && !xml.contains('\u{1b}'), "control characters are no XML");
}

#[test]
fn a_threshold_that_cannot_be_read_points_at_the_place() {
    let bench = with_run();
    for (condition, words) in [
        ("plain-base.exact-mach < 1", "Did you mean `exact-match`?"),
        ("plain-bas.exact-match < 1", "Did you mean `plain-base`?"),
        ("plain-base.exact-match < x", "a number is expected here"),
        ("plain-base", "there is no `<`"),
        ("plain-base worse than few", "no arm of this run is called `few`"),
    ] {
        let ran = bench.run(&["report", "--fail-if", condition], &[]);
        assert_eq!((ran.code, ran.stderr.contains(words)), (2, true), "{condition}: {ran:?}");
        assert!(ran.stderr.contains(condition) && ran.stderr.contains('^'), "{condition}: {ran:?}");
    }
}

#[test]
fn too_few_cases_are_told_and_not_is_strict() {
    let bench = bench();
    write_run(&store(&bench), 6, is_right);
    let ran = bench.run(&["report", "--fail-if", "plain-tuned worse than plain-base"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("undecided: --fail-if 'plain-tuned worse than plain-base': Too few cases"), "{ran:?}");
    assert!(ran.stderr.contains("It did not fail this time."), "{ran:?}");
    let strict = bench.run(&["report", "--fail-if", "plain-tuned not better than plain-base"], &[]);
    assert_eq!(strict.code, 1, "{strict:?}");
    let missing = bench.run(&["report", "--fail-if", "prompted-base.missing > 10%"], &[]);
    assert_eq!((missing.code, missing.stderr.contains("1 of 6 trials are missing.")), (1, true), "{missing:?}");
}

#[test]
fn two_runs_are_compared_case_by_case() {
    let bench = bench();
    let store = store(&bench);
    write_run(&store, 60, is_right);
    write_run(&store, 50, |row, arm| if arm == 0 { row % 2 == 0 } else { is_right(row, arm) });
    drop(store);
    let ran = bench.run(&["compare", "1", "2"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in [
        "exact-match: run 2 against run 1, each arm with itself, case by case.",
        "Compared are the 50 cases that both runs have; 10 in run 1 alone.",
        "plain-base in run 2 is better than plain-base in run 1",
        " up: case-002, case-006",
        "nothing about the arm changed",
    ] {
        assert!(ran.stdout.contains(words), "{words} is not in\n{}", ran.stdout);
    }
    let told: Value = serde_json::from_str(&bench.run(&["compare", "1", "2", "--json"], &[]).stdout).unwrap();
    assert_eq!((&told["arms"][0]["finding"], &told["arms"][1]["up"]), (&json!("better"), &json!([])), "{told}");
    assert_eq!(bench.run(&["compare", "1", "2", "--arm", "plain-base"], &[]).code, 2);
}

#[test]
fn every_trial_goes_out_as_lines_and_as_parquet() {
    let bench = with_run();
    let lines = bench.run(&["export", "1", "--format", "jsonl"], &[]);
    let trials: Vec<Value> = lines.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((trials.len(), &trials[0]["case"], &trials[0]["arm"]), (240, &json!("case-000"), &json!(ARMS[0])));
    assert_eq!(bench.run(&["export", "--format", "jsonl", "-o", "trials.jsonl"], &[]).code, 0);
    // On a terminal control characters become visible; a file holds the answer as it was.
    assert!(fs::read_to_string(bench.root().join("trials.jsonl")).unwrap().contains("\\u001b[2J\u{202e}{{7*7}}"));
    assert_eq!(bench.run(&["export", "--format", "parquet"], &[]).code, 2);
    let ran = bench.run(&["export", "--format", "parquet", "-o", "trials.parquet"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let file = fs::File::open(bench.root().join("trials.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows: Vec<BTreeMap<String, String>> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| row.unwrap().get_column_iter().map(|(name, field)| (name.clone(), field.to_string())).collect())
        .collect();
    assert_eq!(rows.len(), 240);
    let first = |name: &str| rows[0][name].as_str();
    assert_eq!((first("case"), first("score"), first("score.token-f1")), ("\"case-000\"", "1.0", "0.75"));
    assert!(rows.iter().any(|row| row["outcome"].contains("missing:network") && row["score"] == "null"));
    assert!(rows.iter().any(|row| row["answer"].contains(HOSTILE)));
}

#[test]
fn the_page_opens_in_a_browser_and_answers_clicks() {
    let bench = bench();
    write_run(&store(&bench), 130, is_right);
    let page = bench.root().join("report.html");
    let ran = bench.run(&["report", "-o", "report.html", "--fail-if", "plain-base.exact-match < 0.8"], &[]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let text = fs::read_to_string(&page).unwrap();
    for outside in ["http://", "https://", "@import", "url(", "<img", "javascript:"] {
        assert!(!text.contains(outside), "{outside} is on the page");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(clicked(&page));
}

async fn clicked(page: &Path) {
    let Some(browser) = Browser::start(1280, 900, false).await else { return };
    browser.open(page).await;
    browser.wait_until("return document.querySelectorAll('#list > li').length === 50").await;
    assert_eq!(browser.run("return document.getElementById('count').textContent").await, json!("130 cases."));
    assert_eq!(browser.run("return document.querySelectorAll('#chart-means circle').length").await, json!(4));
    assert!(browser.run("return document.querySelector('#fourfold .top strong').textContent").await.is_string());
    // More rows on demand; a search; a filter; a sort.
    browser.click("#more").await;
    browser.wait_until("return document.querySelectorAll('#list > li').length === 100").await;
    browser.write("#search", "case-017 KETTLE").await;
    browser.wait_until("return document.querySelectorAll('#list > li').length === 1").await;
    assert_eq!(browser.run("return document.querySelector('.row .id').textContent").await, json!("case-017"));
    browser.run("const s = document.getElementById('search'); s.value = ''; s.dispatchEvent(new Event('input'))").await;
    browser.wait_until("return document.querySelectorAll('#list > li').length === 50").await;
    browser.click("#show option[value='missing']").await;
    browser.wait_until("return document.querySelectorAll('#list > li').length === 1").await;
    browser.click("#show option[value='worse-1']").await;
    browser.wait_until("return document.getElementById('count').textContent.includes(' of 130 cases.')").await;
    let expected = (0..130).filter(|row| *row != 4 && is_right(*row, 0) && !is_right(*row, 1)).count();
    assert_eq!(
        browser.run("return document.getElementById('count').textContent").await,
        json!(format!("{expected} of 130 cases."))
    );
    browser.click("#show option[value='all']").await;
    browser.click("#sort option[value='slow']").await;
    browser.wait_until("return document.querySelector('.row .id').textContent === 'case-129'").await;
    browser.click("#sort option[value='row']").await;
    browser.wait_until("return document.querySelector('.row .id').textContent === 'case-000'").await;
    // A case opens with its answers, words marked against the reference, then against the baseline; hostile texts stay texts.
    browser.click("#list > li:nth-child(2) .row").await;
    browser.wait_until("return document.querySelectorAll('.open .answer').length === 4").await;
    assert_eq!(browser.run("return document.querySelectorAll('.open ins').length > 0").await, json!(true));
    browser.click("#against option[value='nothing']").await;
    browser.wait_until("return document.querySelectorAll('.open ins, .open del').length === 0").await;
    let shown = browser.run("return document.querySelector('.open .answer .text').textContent").await;
    let shown = shown.as_str().unwrap();
    assert!(shown.contains("<img src=x") && shown.contains("⟨U+001B⟩[2J⟨U+202E⟩{{7*7}}"), "{shown}");
    browser.click("#against option[value='base']").await;
    browser.wait_until("return document.querySelectorAll('.open ins').length > 0").await;
    assert_eq!(browser.run("return document.title").await, json!("bench · run 1"));
    assert_eq!(browser.run("return document.images.length").await, json!(0));
    browser.click("#list > li:nth-child(2) .row").await;
    browser.wait_until("return document.querySelectorAll('.open').length === 0").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
    // Narrow and dark: nothing is wider than the page.
    let Some(narrow) = Browser::start(390, 844, true).await else { return };
    narrow.open(page).await;
    narrow.wait_until("return document.querySelectorAll('#list > li').length === 50").await;
    narrow.click("#list > li:nth-child(2) .row").await;
    narrow.wait_until("return document.querySelectorAll('.open .answer').length === 4").await;
    assert_eq!(narrow.run("return document.documentElement.scrollWidth <= window.innerWidth").await, json!(true));
    let dark = "return getComputedStyle(document.body).backgroundColor";
    assert_eq!(narrow.run(dark).await, json!("rgb(20, 21, 23)"));
    narrow.close().await;
}

#[test]
fn a_promptfoo_configuration_becomes_a_workbench_that_runs() {
    let said = |text: &str| {
        let chunk = json!({ "choices": [{ "delta": { "content": text }, "finish_reason": "stop" }] });
        events(format!("data: {chunk}\n\ndata: [DONE]\n\n"))
    };
    let server = FakeServer::answering(vec![said("Paris"), said("I think it is Rome")]);
    let bench = Bench::new("provider = \"openai\"\nmodel = \"m\"");
    let config = include_str!("data/promptfoo/promptfooconfig.yaml").replace("http://127.0.0.1:9", &server.url());
    fs::create_dir_all(bench.root().join("pf/prompts")).unwrap();
    bench.write("pf/promptfooconfig.yaml", &config);
    bench.write("pf/prompts/chat.json", include_str!("data/promptfoo/prompts/chat.json"));
    bench.write("pf/tests.csv", include_str!("data/promptfoo/tests.csv"));
    let ran = bench.run(&["import", "pf/promptfooconfig.yaml", "made"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for words in [
        "2 prompts, 1 model, 4 cases; scored by not-contains, exact-match, contains.",
        "promptfooconfig.yaml:7: the prompt `file://prompts/make.js`: it is a program, and nothing is executed",
        "promptfooconfig.yaml:8: the file `../outside.txt`: it leads out of the folder",
        "promptfooconfig.yaml:17: the provider `exec:./answer.sh`: it is a program, and nothing is executed",
        "the assertion `javascript`: it is a program, and nothing is executed",
        "tests.csv:3: the assertion `python`",
    ] {
        assert!(ran.stdout.contains(words), "{words} is not in\n{}", ran.stdout);
    }
    for (arm, outcome) in [("chat", "Paris"), ("prompt-1", "I think it is Rome")] {
        let asked = bench.run(&["run", "--workbench", "made", "--arm", arm, "--case", "capital", "--json"], &[]);
        assert_eq!(asked.code, 0, "{asked:?}");
        let told: Value = serde_json::from_str(asked.stdout.lines().next().unwrap()).unwrap();
        assert_eq!(told["answer"], json!(outcome), "{told}");
    }
    let sent = server.requests();
    assert!(
        sent[0].contains("You know \\\"everything\\\".") && sent[0].contains("the capital of France"),
        "{}",
        sent[0]
    );
    // And back: what was carried over comes out again as that tool writes it.
    let out = bench.run(&["export", "--format", "promptfoo", "--workbench", "made"], &[]);
    assert_eq!(out.code, 0, "{out:?}");
    bench.write("again.yaml", &out.stdout);
    let again = bench.run(&["import", "again.yaml", "again", "--json"], &[]);
    let told: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&told["prompts"], &told["models"], &told["cases"]), (&json!(2), &json!(1), &json!(4)), "{told}");
    let full = bench.run(&["import", "again.yaml", "made"], &[]);
    assert_eq!((full.code, full.stderr.contains("not empty")), (2, true), "{full:?}");
}

/// A promptfoo configuration with these tests, made into the workbench `made`; what was told, its manifest and its rows.
fn imported(bench: &Bench, tests: &str) -> (Value, String, Vec<Value>) {
    let config = format!("prompts: ['Answer: {{{{question}}}}']\nproviders: ['openai:chat:small']\n{tests}");
    let _ = fs::remove_dir_all(bench.root().join("made"));
    bench.write("promptfooconfig.yaml", &config);
    let ran = bench.run(&["import", "promptfooconfig.yaml", "made", "--json"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let manifest = fs::read_to_string(bench.root().join("made/fourfold.toml")).unwrap();
    let rows = fs::read_to_string(bench.root().join("made/data/cases.jsonl")).unwrap();
    // The workbench that was made is one.
    let read = bench.run(&["data", "check", "--workbench", "made"], &[]);
    assert!(!read.stderr.contains("fourfold.toml"), "{read:?}\n{manifest}");
    (
        serde_json::from_str(&ran.stdout).unwrap(),
        manifest,
        rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
    )
}

#[test]
fn rubrics_similarity_and_lists_of_texts_are_carried_over_both_ways() {
    let bench = Bench::new("provider = \"openai\"\nmodel = \"m\"");
    bench.write("rubric.txt", "It is polite.\n");
    let (told, manifest, rows) = imported(
        &bench,
        "defaultTest:\n  options: { provider: 'anthropic:messages:claude-judge' }\n  assert:\n    - type: icontains-any\n      value: [Paris, Rome]\n    \
         - type: llm-rubric\n      value: file://rubric.txt\ntests:\n  - vars: { question: one }\n    assert:\n      - { type: contains, value: alpha }\n      \
         - { type: contains, value: beta }\n  - vars: { question: two }\n    assert:\n      - { type: contains-all, value: [x, y] }\n      \
         - { type: not-contains-any, value: [z] }\n",
    );
    assert_eq!((&rows[0]["__reference"], &rows[1]["__reference"]), (&json!("alpha\nbeta"), &json!("x\ny")));
    assert!(
        manifest.contains(
            "{ name = \"contains-any\", id = \"icontains-any\", texts = [\"Paris\",\"Rome\"], ignore_case = true }"
        ),
        "{manifest}"
    );
    assert!(manifest.contains("[judge]\nmodel = \"judge\"\nrubric = \"It is polite.\""), "{manifest}");
    assert!(manifest.contains("id = \"judge\"\nprovider = \"anthropic\"\nmodel = \"claude-judge\""), "{manifest}");
    let left: Vec<&str> =
        told["left_out"].as_array().unwrap().iter().map(|left| left["what"].as_str().unwrap()).collect();
    assert_eq!(left, ["the assertion `not-contains-any`"], "{told}");
    // And back, and here again: the same.
    let out = bench.run(&["export", "--format", "promptfoo", "--workbench", "made"], &[]);
    for words in [
        "\"contains-all\",\"value\":[\"alpha\",\"beta\"]",
        "\"icontains-any\",\"value\":[\"Paris\",\"Rome\"]",
        "\"llm-rubric\",\"value\":\"It is polite.\"",
    ] {
        assert!(out.stdout.contains(words), "{words} is not in\n{}", out.stdout);
    }
    bench.write("again.yaml", &out.stdout);
    let again = bench.run(&["import", "again.yaml", "again", "--json"], &[]);
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&again["left_out"], &again["metrics"]), (&json!([]), &told["metrics"]), "{again}");

    // Where each case has a demand of its own, that is what the judge holds it against.
    let (told, manifest, rows) = imported(
        &bench,
        "tests:\n  - vars: { question: one }\n    assert: [{ type: llm-rubric, value: 'says {{question}}' }]\n  \
         - vars: { question: two }\n    assert: [{ type: llm-rubric, value: 'says {{question}}' }]\n",
    );
    assert_eq!((&rows[0]["__reference"], &rows[1]["__reference"]), (&json!("says one"), &json!("says two")));
    assert!(manifest.contains("rubric = \"The reference is no answer"), "{manifest}");
    assert_eq!(told["left_out"], json!([]), "{told}");

    let (told, manifest, rows) = imported(
        &bench,
        "tests:\n  - vars: { question: one }\n    assert: [{ type: similar, value: near, threshold: 0.8 }, { type: levenshtein, value: near }]\n  \
         - vars: { question: two }\n    assert: [{ type: factuality, value: fact }, { type: guardrails }]\n",
    );
    assert_eq!(told["metrics"], json!(["embedding-similarity", "levenshtein"]), "{told}");
    assert_eq!((&rows[0]["__reference"], &rows[1]["__reference"]), (&json!("near"), &json!("fact")));
    assert!(manifest.contains("[judge]") && !manifest.contains("rubric"), "{manifest}");
    assert!(told["left_out"].to_string().contains("guardrails"), "{told}");
}

#[test]
fn a_case_with_several_texts_keeps_what_weighs_most_and_the_primary_metric_does_right_to_most_cases() {
    let bench = Bench::new("provider = \"openai\"\nmodel = \"m\"");
    let (told, manifest, rows) = imported(
        &bench,
        "tests:\n  - vars: { question: one }\n    assert: [{ type: equals, value: Bonjour le monde }, { type: contains, value: Bonjour }]\n  \
         - vars: { question: two }\n    assert:\n      - { type: icontains, value: biblioteca, weight: 2 }\n      \
         - { type: similar, value: hola, threshold: 0.8 }\n  - vars: { question: three }\n    assert:\n      \
         - { type: similar, value: far }\n      - { type: icontains, value: near }\n  - vars: { question: four }\n    assert:\n      \
         - { type: icontains, value: light }\n      - { type: levenshtein, value: heavy, weight: 3 }\n",
    );
    let references: Vec<&Value> = rows.iter().map(|row| &row["__reference"]).collect();
    assert_eq!(references, [&json!("Bonjour le monde"), &json!("biblioteca"), &json!("near"), &json!("heavy")]);
    assert!(manifest.contains("primary = \"icontains\""), "{manifest}");
    let left: Vec<(&str, &str)> = told["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| (left["what"].as_str().unwrap(), left["why"].as_str().unwrap()))
        .collect();
    assert!(
        left.contains(&("the assertion `similar`", "a case has one reference here, and its `icontains` gave it")),
        "{left:?}"
    );
    assert!(
        left.contains(&("the assertion `icontains`", "a case has one reference here, and its `levenshtein` gave it")),
        "{left:?}"
    );
    assert_eq!(left.len(), 4, "{left:?}");
    let notes = told["notes"].to_string();
    assert!(notes.contains("`icontains` is the primary metric, and 1 case asks for something else"), "{notes}");
}

#[test]
fn settings_files_and_patterns_of_another_tool_are_followed_inside_the_folder() {
    let bench = Bench::new("provider = \"openai\"\nmodel = \"m\"");
    for folder in ["pf/prompts", "pf/tests", "outside"] {
        fs::create_dir_all(bench.root().join(folder)).unwrap();
    }
    bench.write("pf/prompts/one.txt", "One: {{question}}");
    bench.write("pf/prompts/two.txt", "Two: {{question}}");
    bench.write("pf/prompts/make.py", "print('never')");
    bench.write("outside/three.txt", "Three: {{question}}");
    bench.write("pf/usual.yaml", "vars: { place: here }\nassert:\n  - { type: not-contains, value: sorry }\n");
    bench.write("pf/tests/a.yaml", "- vars: { question: a }\n  assert: [{ type: equals, value: A }]\n");
    bench.write("pf/tests/b.yaml", "- vars: { question: b }\n  assert: [{ type: equals, value: B }]\n");
    let config = "prompts: ['file://prompts/*', 'file://../outside/*.txt']\nproviders: ['openai:chat:small']\n\
                  defaultTest: file://usual.yaml\ntests: file://tests/*.yaml\n\
                  evaluateOptions: { repeat: 3, maxConcurrency: 7, showProgressBar: false }\n";
    bench.write("pf/promptfooconfig.yaml", config);
    let ran = bench.run(&["import", "pf/promptfooconfig.yaml", "made", "--json"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&told["prompts"], &told["cases"]), (&json!(2), &json!(2)), "{told}");
    assert_eq!(told["metrics"], json!(["not-contains", "exact-match"]), "{told}");
    let left: Vec<&str> =
        told["left_out"].as_array().unwrap().iter().map(|left| left["what"].as_str().unwrap()).collect();
    assert_eq!(
        left,
        ["the prompt `prompts/make.py`", "the prompts `../outside/*.txt`", "`showProgressBar` of `evaluateOptions`",],
        "{told}"
    );
    let manifest = fs::read_to_string(bench.root().join("made/fourfold.toml")).unwrap();
    assert!(manifest.contains("\nrepeats = 3\nconcurrency = 7\n"), "{manifest}");
    let rows = fs::read_to_string(bench.root().join("made/data/cases.jsonl")).unwrap();
    assert!(rows.lines().all(|row| row.contains("\"place\":\"here\"")), "{rows}");
    let read = bench.run(&["data", "check", "--workbench", "made"], &[]);
    assert!(!read.stderr.contains("fourfold.toml"), "{read:?}");
}

#[test]
fn prompts_and_models_keep_their_names_on_the_way_to_another_tool_and_back() {
    let bench = Bench::new("provider = \"openai\"\nmodel = \"m\"");
    bench.write("plain.prompty", "user:\n{{ word }}?");
    bench.write("few.prompty", "user:\nAs before: {{ word }}?");
    bench.write("data/dev.jsonl", "{\"id\": \"c\", \"word\": \"w\", \"answer\": \"yes\"}");
    let model = |id: &str| {
        format!(
            "[[model]]\nid = \"{id}\"\nprovider = \"openai\"\nmodel = \"gpt\"\ntemperature = {}\n",
            id.len() as f64 / 10.0
        )
    };
    let arm = |prompt: &str, model: &str| {
        format!("[[arm]]\nid = \"{prompt}-{model}\"\nprompt = \"{prompt}.prompty\"\nmodel = \"{model}\"\n")
    };
    let text = format!(
        "version = 1\n{}{}{}{}{}[data]\nfile = {{ dev = \"data/dev.jsonl\" }}\nmap = {{ reference = \"answer\" }}\n\
         [score]\nmetrics = [\"exact-match\"]\n",
        model("big"),
        model("small"),
        arm("plain", "big"),
        arm("plain", "small"),
        arm("few", "big"),
    );
    bench.write("fourfold.toml", &text);
    let out = bench.run(&["export", "--format", "promptfoo"], &[]);
    assert_eq!(out.code, 0, "{out:?}");
    for words in
        ["{\"label\":\"plain\",\"raw\":", "{\"label\":\"few\",\"raw\":", "\"label\":\"big\"", "\"prompts\":[\"plain\"]"]
    {
        assert!(out.stdout.contains(words), "{words} is not in\n{}", out.stdout);
    }
    bench.write("again.yaml", &out.stdout);
    let again = bench.run(&["import", "again.yaml", "again", "--json"], &[]);
    let told: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&told["left_out"], &told["models"], &told["prompts"]), (&json!([]), &json!(2), &json!(2)), "{told}");
    let manifest = fs::read_to_string(bench.root().join("again/fourfold.toml")).unwrap();
    let arms: Vec<&str> = manifest.split("[[arm]]\nid = ").skip(1).filter_map(|rest| rest.lines().next()).collect();
    assert_eq!(arms, ["\"plain-big\"", "\"plain-small\"", "\"few-big\""], "{manifest}");
}
