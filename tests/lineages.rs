//! The whole program over two models of one lineage that run elsewhere: two ids declared as base and tuned, a llama-server with an
//! adapter, a vLLM whose list names the parent. What is sent is read at the server; what comes back stands in the four cells with
//! its cost, and at five strengths.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of a test stop it by panicking")]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::bench::{Bench, Ran};
use support::lineage_server::LineageServer;
use support::pty::{Terminal, command};

const RIGHT: &str = "{\"item\":\"lamp\",\"qty\":2}";
const WRONG: &str = "two lamps";

/// A workbench of three cases, a short and a long prompt, these models, and the four cells over `base` and `tuned`.
fn bench(models: &str, more: &str) -> Bench {
    let bench = Bench::new("provider = \"openai\"");
    bench.write("short.prompty", "user:\n{{ text }}");
    bench.write("long.prompty", &format!("system:\n{}\n\nuser:\n{{{{ text }}}}", "Answer in JSON. ".repeat(40)));
    let rows: Vec<String> = ["two lamps please", "2 lamps", "a pair of lamps"]
        .iter()
        .enumerate()
        .map(|(row, text)| json!({ "id": format!("case-{row}"), "text": text, "answer": RIGHT }).to_string())
        .collect();
    bench.write("data/dev.jsonl", &rows.join("\n"));
    bench.write(
        "fourfold.toml",
        &format!(
            "version = 1\n{models}\n\
             [[arm]]\nid = \"plain\"\nprompt = \"short.prompty\"\nmodel = \"base\"\n\
             [[arm]]\nid = \"tuned\"\nprompt = \"short.prompty\"\nmodel = \"tuned\"\n\
             [data]\nfile = {{ dev = \"data/dev.jsonl\" }}\nmap = {{ reference = \"answer\" }}\n\
             [score]\nmetrics = [\"exact-match\"]\n\
             [fourfold]\nbase = \"base\"\ntuned = \"tuned\"\n\
             plain = {{ prompt = \"short.prompty\" }}\nprompted = {{ prompt = \"long.prompty\" }}\n{more}"
        ),
    );
    bench
}

fn model(id: &str, server: &LineageServer, name: &str, more: &str) -> String {
    format!(
        "[[model]]\nid = \"{id}\"\nprovider = \"openai\"\nbase_url = \"{}\"\nmodel = \"{name}\"\n{more}\n",
        server.url()
    )
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn is_long(body: &Value) -> bool {
    body["messages"].as_array().unwrap().len() > 1
}

#[test]
fn a_cheap_tuned_model_stands_against_a_dear_prompted_one_with_their_costs() {
    // Of other lineage and other price: the dear one needs the long prompt, the cheap one knows the task.
    let server = LineageServer::start(Vec::new(), |body| {
        let knows = body["model"] == "small-tuned" || is_long(body);
        (if knows { RIGHT } else { WRONG }).to_owned()
    });
    let models = model("base", &server, "large", "price = { input = 10.0, output = 30.0 }")
        + &model("tuned", &server, "small-tuned", "price = { input = 0.1, output = 0.4 }");
    let bench = bench(&models, "unrelated = true\n");
    let ran = bench.run(&["run", "--fourfold", "--case", "1"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains(" times as much as plain · tuned: $0.0074 against $0.0000084"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Cost of this case: prompting $"), "{}", ran.stdout);
    assert!(ran.stdout.contains("two models of different lineage"), "{}", ran.stdout);

    let told = bench.run(&["run", "--fourfold", "--case", "2", "--json"], &[]);
    let told = lines(&told);
    let costs: Vec<f64> = told[..4].iter().map(|cell| cell["cost"].as_f64().unwrap()).collect();
    let last = told.last().unwrap();
    assert_eq!(last["costs"], json!(costs), "{last}");
    let [plain_base, plain_tuned, prompted_base, prompted_tuned] = costs[..] else { unreachable!("four cells") };
    assert!(
        prompted_base > 50.0 * plain_tuned && prompted_base > plain_base && prompted_tuned > plain_tuned,
        "{costs:?}"
    );

    // Over all cases: a run, then the recorded answers.
    let ran = bench.run(&["run", "--fourfold", "--json"], &[]);
    let verdict = lines(&ran).into_iter().find(|line| line["event"] == "verdict").unwrap();
    let compared = lines(&bench.run(&["compare", "--fourfold", "--json"], &[])).remove(0);
    for costs in [&verdict["verdict"]["costs"], &compared["costs"]] {
        let mean = |cell: &str| costs["cells"][cell]["cost"]["mean"].as_f64().unwrap();
        assert_eq!(costs["cells"]["plain-tuned"]["cost"]["n"], 3, "{costs}");
        assert!(
            (mean("plain-tuned") - mean("prompted-base") - costs["tuning_less_prompting"]["mean"].as_f64().unwrap())
                .abs()
                < 1e-12
        );
        assert!(costs["tuning_less_prompting"]["interval"][1].as_f64().unwrap() < 0.0, "{costs}");
    }
    let page = bench.run(&["compare", "--fourfold"], &[]);
    assert!(
        page.stdout.contains("A case costs, n = 3") && page.stdout.contains("plain · tuned scores 1.000"),
        "{}",
        page.stdout
    );
}

#[test]
fn where_no_price_is_known_the_cells_say_so() {
    let server = LineageServer::start(Vec::new(), |_| RIGHT.to_owned());
    let models = model("base", &server, "m", "") + "[[model]]\nid = \"tuned\"\nbase = \"base\"\nmodel = \"m-tuned\"\n";
    let bench = bench(&models, "");
    let ran = bench.run(&["run", "--fourfold", "--case", "1"], &[]);
    assert!(ran.stdout.contains("plain · base · base · answer · price unknown"), "{}", ran.stdout);
    assert!(ran.stdout.contains("The price of both models is unknown"), "{}", ran.stdout);
    let asked: Vec<Value> = server.bodies().iter().map(|body| body["model"].clone()).collect();
    assert_eq!(asked, ["m", "m-tuned", "m", "m-tuned"], "base and tuned by the ids they were declared with");
}

#[test]
fn the_table_of_strengths_says_what_each_answer_cost() {
    let server = LineageServer::llama(|strength| (if strength >= 0.5 { RIGHT } else { WRONG }).to_owned());
    let price = "price = { input = 10.0, output = 30.0 }";
    for (price, words) in [(price, "  $0.0"), ("", "  price unknown")] {
        let models = model("base", &server, "small.gguf", price)
            + &format!("[[model]]\nid = \"tuned\"\nbase = \"base\"\nlora = 0\n{price}\n");
        let bench = bench(&models, "");
        let ran = bench.run(&["run", "--arm", "tuned", "--strengths", "0,1", "--case", "1"], &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let table: Vec<&str> = ran.stdout.lines().skip_while(|line| !line.starts_with("strength ")).collect();
        assert!(table[0].ends_with("  cost"), "{ran:?}");
        assert!(table[1].starts_with("0 ") && table[1].contains(words), "{ran:?}");
        assert!(table[2].starts_with("1 ") && table[2].contains(words), "{ran:?}");
        let told = lines(&bench.run(&["run", "--arm", "tuned", "--strengths", "1", "--case", "1", "--json"], &[]));
        let cost = told[0]["cost"].as_f64();
        assert_eq!(cost.is_some_and(|dollars| dollars > 0.0), !price.is_empty(), "{}", told[0]);
    }
}

#[test]
fn a_llama_server_is_told_an_adapters_strength_with_every_call() {
    let server = LineageServer::llama(|strength| (if strength >= 0.5 { RIGHT } else { WRONG }).to_owned());
    let models = model("base", &server, "small.gguf", "") + "[[model]]\nid = \"tuned\"\nbase = \"base\"\nlora = 0\n";
    let bench = bench(&models, "");
    let ran = bench.run(&["run", "--fourfold", "--case", "1", "--json"], &[]);
    let told = lines(&ran);
    let sent =
        |from: usize| -> Vec<Value> { server.bodies()[from..].iter().map(|body| body["lora"].clone()).collect() };
    let at = |scale: f64| json!([{ "id": 0, "scale": scale }]);
    assert_eq!(sent(0), [at(0.0), at(1.0), at(0.0), at(1.0)], "the base is asked with the adapter off");
    let exact = &told.last().unwrap()["metrics"][0];
    assert_eq!((&exact["cells"], &exact["margins"]["tuning"]), (&json!([0.0, 1.0, 0.0, 1.0]), &json!(1.0)));

    let ran = bench.run(&["run", "--arm", "tuned", "--strengths", "0,0.25,0.5,1,1.5", "--case", "1", "--json"], &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(sent(4), [0.0, 0.25, 0.5, 1.0, 1.5].map(at));
    let told = lines(&ran);
    assert_eq!(told[1]["notes"], json!(["adapter strength 0.25"]), "{}", told[1]);
    let words = &told.last().unwrap()["in_words"];
    assert_eq!(words, "exact-match is best from strength 0.5 on: 1.00; one case decides nothing.");
}

#[test]
fn a_vllm_names_an_adapters_parent_and_is_asked_by_their_names() {
    let server = LineageServer::vllm(|name| (if name == "orders-lora" { RIGHT } else { WRONG }).to_owned());
    let bench = bench(
        &(model("base", &server, "lab/small", "")
            + "[[model]]\nid = \"tuned\"\nbase = \"base\"\nmodel = \"orders-lora\"\n"),
        "",
    );
    let listed = bench.run(&["models", "list", "--url", &server.url(), "--json"], &[]);
    assert_eq!(listed.code, 0, "{listed:?}");
    let listed: Vec<(Value, Value)> =
        lines(&listed).into_iter().map(|line| (line["name"].clone(), line["base"].clone())).collect();
    assert_eq!(listed, [(json!("lab/small"), Value::Null), (json!("orders-lora"), json!("lab/small"))]);
    let plain = bench.run(&["models", "list", "--url", &server.url()], &[]);
    assert!(plain.stdout.contains(", tuned from lab/small"), "{}", plain.stdout);
    assert!(plain.stdout.contains("base = \"small\""), "what to write is shown: {}", plain.stdout);

    let told = lines(&bench.run(&["run", "--fourfold", "--case", "1", "--json"], &[]));
    assert_eq!(told.last().unwrap()["metrics"][0]["cells"], json!([0.0, 1.0, 0.0, 1.0]));
    for (body, name) in server.bodies().iter().zip(["lab/small", "orders-lora", "lab/small", "orders-lora"]) {
        assert_eq!((&body["model"], body.get("lora")), (&json!(name), None), "by name, without adapters' numbers");
    }
    let refused = bench.run(&["run", "--arm", "tuned", "--strengths", "0,1", "--case", "1"], &[]);
    assert!(
        refused.code == 2 && refused.stderr.contains("none of these arms has a model with an adapter"),
        "{refused:?}"
    );
}

#[test]
fn what_a_tuned_model_on_a_server_forgot_is_measured_where_the_server_says_how_probable_a_text_is() {
    let server = LineageServer::start(Vec::new(), |body| {
        if body["model"] == "orders-lora" { "-2.5".to_owned() } else { "-1.0".to_owned() }
    });
    let tuned = "[[model]]\nid = \"tuned\"\nbase = \"base\"\nmodel = \"orders-lora\"\n";
    let bench = bench(&(model("base", &server, "lab/small", "") + tuned), "");
    let ran = bench.run(&["adapters", "check", "tuned"], &[]);
    assert!(ran.code == 0 && ran.stdout.contains("48 of 48 items"), "{ran:?}");
    let said = "general questions: the tuned model finds them less probable: something was forgotten; n = 40";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert!(ran.stdout.contains("-1.000 base, -2.500 tuned, difference -1.500"), "{}", ran.stdout);
    let told = lines(&bench.run(&["adapters", "check", "tuned", "--json"], &[]));
    assert_eq!(told.len(), 48 + 2);
    let untuned = bench.run(&["adapters", "check", "base"], &[]);
    assert!(untuned.code == 2 && untuned.stderr.contains("`base` does not say what it was tuned from"), "{untuned:?}");
    // llama-server says nothing of a given text.
    let server = LineageServer::llama(|_| String::new());
    bench.write(
        "fourfold.toml",
        &fs::read_to_string(bench.root().join("fourfold.toml")).unwrap().replace("model = \"orders-lora\"", "lora = 0"),
    );
    let silent = bench.run(&["adapters", "check", "tuned"], &[]);
    assert!(silent.code == 2 && silent.stderr.contains("llama-server"), "{silent:?}");
    drop(server);
}

#[test]
fn ollamas_own_list_says_what_each_model_was_tuned_from() {
    let card = |file: &str| json!({ "modelfile": file, "details": { "parent_model": "" } });
    let pages = vec![
        ("/api/tags", json!({ "models": [{ "name": "llama3.2:latest" }, { "name": "orders:latest" }] })),
        ("/api/show llama3.2:latest", card("FROM /blobs/sha256-1")),
        ("/api/show orders:latest", card("FROM /blobs/sha256-1\nADAPTER /blobs/sha256-2")),
    ];
    let server = LineageServer::start(pages, |_| String::new());
    let bench = bench("", "");
    let url = server.url().replace("/v1", "");
    let ran = bench.run(&["models", "list", "--url", &url, "--provider", "ollama"], &[]);
    assert!(ran.code == 0 && ran.stdout.contains("orders:latest  at "), "{ran:?}");
    assert!(ran.stdout.contains(", tuned from llama3.2:latest"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("provider = \"ollama\"") && ran.stdout.contains("base = \"llama3.2:latest\""),
        "{ran:?}"
    );
    // Many are not asked one by one, and that is said.
    let many: Vec<Value> = (0..60).map(|n| json!({ "name": format!("m{n}") })).collect();
    let server = LineageServer::start(vec![("/api/tags", json!({ "models": many }))], |_| String::new());
    let url = server.url().replace("/v1", "");
    let ran = bench.run(&["models", "list", "--url", &url, "--provider", "ollama"], &[]);
    assert!(ran.code == 0 && ran.stdout.contains("More than 40 models"), "{ran:?}");
}

#[test]
fn on_the_screen_the_four_cells_show_their_costs_and_a_case_is_asked_at_five_strengths() {
    let server = LineageServer::llama(|strength| (if strength >= 0.5 { RIGHT } else { WRONG }).to_owned());
    let price = "price = { input = 10.0, output = 30.0 }";
    let models = model("base", &server, "small.gguf", price)
        + &format!("[[model]]\nid = \"tuned\"\nbase = \"base\"\nlora = 0\n{price}\n");
    let bench = bench(&models, "");
    let mut terminal = Terminal::start(command(env!("CARGO_BIN_EXE_fourfold"), &bench.root(), &bench.home()), 160, 60);
    terminal.wait_for("Case");
    terminal.press("\x14");
    terminal.wait_for("plain × tuned");
    terminal.press("\x12");
    terminal.wait_for("cost of 1,000");
    terminal.wait_for("costs 10 times as");
    // The second pane is the tuned cell.
    terminal.press("\x1b4");
    terminal.press("w");
    terminal.wait_for("exact-match is best from strength 0.5 on");
    terminal.press("\x1b");
    terminal.wait_gone("tuned by strength");
    terminal.press("\x11");
    let (code, _) = terminal.end();
    assert_eq!(code, 0);
    let strengths: Vec<f64> =
        server.bodies()[4..].iter().filter_map(|body| body["lora"][0]["scale"].as_f64()).collect();
    let mut sorted = strengths.clone();
    sorted.sort_by(f64::total_cmp);
    assert_eq!(sorted, [0.0, 0.25, 0.5, 1.0, 1.5], "{strengths:?}");
}
