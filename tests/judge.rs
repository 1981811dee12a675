//! `fourfold judge`, `fourfold cost` and `fourfold history --votes` as whole programs, against a server that plays both the arms and
//! the judge.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of a test stop it by panicking")]

mod support;

use fourfold::store::{Choice, Filter, Side, Store, Vote};
use serde_json::{Value, json};
use support::bench::{Bench, Ran};
use support::many::{Behaviour, ManyServer};

/// What stands between two headings of a judge's prompt.
fn part<'q>(question: &'q str, from: &str, to: &str) -> Option<&'q str> {
    Some(question.split_once(from)?.1.split_once(to)?.0.trim())
}

/// A judge that prefers what the reference says; an arm that answers right as often as its prompt is long.
fn answer(question: &str) -> String {
    let reference = part(question, "[Reference]\n", "[Rubric]").map(str::to_owned);
    if let (Some(reference), Some(answer)) = (&reference, part(question, "[Answer]\n", "Think it over")) {
        return format!("It is what it is.\nGrade: {}", if answer == reference { 5 } else { 1 });
    }
    if let (Some(reference), Some(first), Some(second)) =
        (&reference, part(question, "[Answer 1]\n", "[Answer 2]"), part(question, "[Answer 2]\n", "Think it over"))
    {
        let verdict = match (first == reference, second == reference) {
            (true, false) => "1",
            (false, true) => "2",
            _ => "tie",
        };
        return format!("One says it.\nVerdict: {verdict}");
    }
    let number: u32 = question.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    let right = if question.starts_with("Tell me") { 6 } else { 3 };
    format!("{} {number}", if number % 8 < right { "yes" } else { "no" })
}

fn bench(server: &ManyServer, rubric: &str) -> Bench {
    let bench = Bench::new("provider = \"openai\"");
    bench.write("short.prompty", "user:\n{{ word }}?");
    bench.write("long.prompty", "user:\nTell me, {{ word }}?");
    for (file, from, to) in [("train", 100, 108), ("dev", 0, 24)] {
        let rows = (from..to).map(
            |row| json!({ "id": format!("c{row}"), "word": format!("word {row}"), "answer": format!("yes {row}") }),
        );
        bench.write(&format!("data/{file}.jsonl"), &rows.map(|row| row.to_string()).collect::<Vec<_>>().join("\n"));
    }
    let model = |id: &str, price: &str| {
        format!(
            "[[model]]\nid = \"{id}\"\nprovider = \"openai\"\nmodel = \"{id}\"\nbase_url = \"{}\"\n{price}\n",
            server.url()
        )
    };
    let arm =
        |id: &str, model: &str| format!("[[arm]]\nid = \"{id}\"\nprompt = \"{id}.prompty\"\nmodel = \"{model}\"\n");
    let text = format!(
        "version = 1\n{}{}{}{}{}[data]\nfile = {{ train = \"data/train.jsonl\", dev = \"data/dev.jsonl\" }}\n\
         map = {{ reference = \"answer\" }}\n[score]\nmetrics = [\"exact-match\"]\n[judge]\nmodel = \"referee\"\n{rubric}\n",
        model("small", "base = \"large\"\nprice = { input = 0.0, output = 1000000.0 }"),
        model("large", "price = { input = 0.0, output = 3000000.0 }"),
        model("referee", "price = { input = 0.0, output = 0.0 }"),
        arm("short", "small"),
        arm("long", "large"),
    );
    bench.write("fourfold.toml", &text);
    bench
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_judge_is_tried_asked_in_both_orders_and_held_against_blind_votes() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, "rubric = \"It says what the reference says.\"");
    assert_eq!(bench.run(&["run"], &[]).code, 0);
    // A person who sees it as the judge does on most cases, with the sides either way round.
    let store = Store::open(&bench.root().join(".fourfold")).unwrap();
    let of = |arm: &str| store.recent(&Filter { arm: Some(arm.to_owned()), ..Filter::default() }, None, 100).unwrap();
    let mut votes = 0;
    for (number, short) in of("short").iter().enumerate().take(16) {
        let long = of("long").into_iter().find(|long| long.case_id == short.case_id).unwrap();
        let right = |text: &str| text.starts_with("yes");
        let choice = match (right(&short.excerpt), right(&long.excerpt)) {
            _ if number == 0 => Choice::Tie,
            (true, false) => Choice::First,
            (false, true) => Choice::Second,
            _ => Choice::Tie,
        };
        let (first, second, choice) = match (number % 2, choice) {
            (0, choice) => (short.id, long.id, choice),
            (_, Choice::First) => (long.id, short.id, Choice::Second),
            (_, Choice::Second) => (long.id, short.id, Choice::First),
            (_, Choice::Tie) => (long.id, short.id, Choice::Tie),
        };
        store.record_vote(Vote { time: 1, first, second, side_of_first: Side::Left, choice }).wait().unwrap();
        votes += 1;
    }
    drop(store);
    let before = server.requests();
    let judged = bench.run(&["judge", "--arm", "long", "--against", "short", "--json"], &[]);
    assert_eq!(judged.code, 0, "{judged:?}");
    let all = lines(&judged);
    assert_eq!(all[0]["self_test"]["passed"], json!(true), "{}", all[0]);
    let told = all.iter().find(|line| line.get("flip_rate").is_some()).unwrap();
    assert_eq!(
        (&told["preferred"], &told["other_preferred"], &told["ties"], &told["flipped"], &told["cases"]),
        (&json!(9), &json!(0), &json!(15), &json!(0), &json!(24)),
        "{told}"
    );
    assert_eq!((&told["blind_votes"], &told["kappa"]["n"]), (&json!(votes), &json!(votes)), "{told}");
    assert!(told["kappa"]["kappa"].as_f64().unwrap() > 0.5, "{told}");
    let asked = server.requests() - before;
    assert!(asked > 48, "both orders of every case, and the self-test: {asked}");
    // What was judged is not asked again; in words the same is said.
    let again = bench.run(&["judge", "--arm", "long", "--against", "short"], &[]);
    assert_eq!((again.code, server.requests() - before), (0, asked), "{again:?}");
    for words in ["Self-test passed", "long preferred in both orders 9", "flip rate 0 %", "Cohen's kappa"] {
        assert!(again.stdout.contains(words), "{words} is not in\n{}", again.stdout);
    }
    let grades = bench.run(&["judge", "--arm", "long"], &[]);
    assert!(grades.code == 0 && grades.stdout.contains("long: mean grade 0.750"), "{grades:?}");
    let strengths = bench.run(&["history", "--votes"], &[]);
    assert!(strengths.code == 0 && strengths.stdout.contains("Strengths by 16 blind votes"), "{strengths:?}");
    let strengths = lines(&bench.run(&["history", "--votes", "--json"], &[]));
    assert_eq!(strengths[0]["arms"][0]["arm"], json!("long"), "{strengths:?}");
}

#[test]
fn a_judge_that_fails_its_own_test_or_is_its_subject_is_refused() {
    let server = ManyServer::start(Behaviour::good(|question: &str| {
        // Whatever stands first is better: a judge that cannot judge.
        if question.contains("[Answer 1]") { "Verdict: 1".to_owned() } else { answer(question) }
    }));
    let bench = bench(&server, "");
    assert_eq!(bench.run(&["run"], &[]).code, 0);
    let refused = bench.run(&["judge", "--arm", "long", "--against", "short"], &[]);
    assert!(refused.code == 1 && refused.stderr.contains("did not pass its self-test"), "{refused:?}");
    let forced = bench.run(&["judge", "--arm", "long", "--against", "short", "--force"], &[]);
    assert!(forced.code == 0 && forced.stdout.contains("flip rate 100 %"), "{forced:?}");
    assert!(forced.stdout.contains("No verdict: in ") && !forced.stdout.contains("equivalent"), "{forced:?}");
    assert!(forced.stdout.contains("! "), "what was forced is said beside the figures: {forced:?}");
    let toml = std::fs::read_to_string(bench.root().join("fourfold.toml")).unwrap();
    bench.write("fourfold.toml", &toml.replace("model = \"referee\"\n\n", "model = \"large\"\n\n"));
    let itself = bench.run(&["judge", "--arm", "long"], &[]);
    assert_eq!(itself.code, 2, "{itself:?}");
    let nobody = bench.run(&["judge", "--arm", "lnog"], &[]);
    assert!(nobody.code == 2 && nobody.stderr.contains("`long`"), "{nobody:?}");
}

#[test]
fn prices_what_they_buy_and_when_a_tuning_pays_are_reckoned_of_records_and_of_a_run() {
    let server = ManyServer::start(Behaviour::good(answer));
    let bench = bench(&server, "");
    let empty = bench.run(&["cost"], &[]);
    assert!(empty.code == 0 && empty.stdout.contains("short: no answer of this machine"), "{empty:?}");
    assert_eq!(bench.run(&["run"], &[]).code, 0);
    let asked = server.requests();
    let arguments = ["--from", "long", "--to", "short", "--training", "5", "--hours", "2", "--hour-price", "80"];
    let plain = bench.run(&[&["cost"], &arguments[..]].concat(), &[]);
    assert_eq!((plain.code, server.requests()), (0, asked), "{plain:?}");
    for words in [
        "short: $2",
        "long: $6",
        "+0.375 over the baseline",
        "The tuning: $165",
        "pays from 42 cases on",
        "It scores 0.375, long 0.750.",
    ] {
        assert!(plain.stdout.contains(words), "{words} is not in\n{}", plain.stdout);
    }
    let of_run = bench.run(&["cost", "--run", "1", "--json"], &[]);
    let told = &lines(&of_run)[0];
    assert_eq!(
        (&told["run"], &told["arms"][1]["cost"]["mean"], &told["arms"][1]["score"]),
        (&json!(1), &json!(6.0), &json!(0.75))
    );
    let compared = bench.run(&["compare", "--run", "1"], &[]);
    assert!(compared.code == 0 && compared.stdout.contains("long is better than short: +0.375"), "{compared:?}");
    assert_eq!(bench.run(&["cost", "--run", "9"], &[]).code, 2);
    assert_eq!(bench.run(&["cost", "--from", "long", "--to", "shrot"], &[]).code, 2);
    for (arguments, why) in [
        (["--from", "short", "--to", "long", "--training", "5"].as_slice(), "asks a model that is not tuned"),
        (&["--from", "long", "--to", "long"], "in its own place"),
        (&["--from", "long", "--to", "short", "--hours", "6"], "`--hours` without `--hour-price`"),
    ] {
        let refused = bench.run(&[&["cost"], arguments].concat(), &[]);
        assert!(refused.code == 2 && refused.stderr.contains(why), "{refused:?}");
    }
}
