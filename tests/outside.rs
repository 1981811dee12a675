//! The whole program in a terminal, and what comes from outside: names and texts that would steer the terminal, on every screen
//! (cases 39 to 45 of the project's list of faults), and a key that a server wants and the person types.

#![cfg(unix)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use support::bench::Bench;
use support::fake_server::{FakeServer, events, response};
use support::pty::{Terminal, command};

const RUN: &str = "\x12";
const QUIT: &str = "\x11";
const ESCAPE: &str = "\x1b";

fn terminal(bench: &Bench) -> Terminal {
    Terminal::start(command(env!("CARGO_BIN_EXE_fourfold"), &bench.root(), &bench.home()), 140, 44)
}

fn answer(text: &str) -> Vec<u8> {
    let letters = text.chars().map(|letter| {
        let delta = json!({ "choices": [{ "delta": { "content": letter.to_string() } }] });
        format!("data: {delta}\n\n")
    });
    let end = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
    events(letters.chain([format!("data: {end}\n\ndata: [DONE]\n\n")]).collect::<String>())
}

fn list(ids: &[&str]) -> Vec<u8> {
    let models: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
    response(200, &["content-type: application/json"], json!({ "object": "list", "data": models }).to_string())
}

/// A clipboard, a title, a colour, a reset, an 8-bit sequence, overprinting, and characters that turn or hide what stands around.
const HOSTILE: &str = "\u{1b}]52;c;aGFjaw==\u{7}\u{1b}]0;pwned\u{7}\u{1b}[31;97;41m\u{1b}c\u{9b}31m\u{8}\u{202e}x\u{2066}\u{200d}\u{e0041}";

/// What none of it may look like on the way to the terminal.
const TRACES: [&str; 9] = [
    "\u{1b}]52;c;aGFjaw",
    "\u{1b}]0;pwned",
    "\u{1b}[31;97;41m",
    "\u{1b}c",
    "\u{9b}",
    "\u{202e}",
    "\u{2066}",
    "\u{200d}",
    "\u{e0041}",
];

#[test]
fn cases_39_to_45_hostile_names_and_texts_reach_the_terminal_on_no_screen() {
    let (fine, faulty) = (FakeServer::answering(vec![answer(&format!("Yes{HOSTILE}"))]), {
        let body = json!({ "error": { "message": format!("no {HOSTILE}"), "type": HOSTILE } }).to_string();
        FakeServer::answering(vec![response(400, &["content-type: application/json"], body)])
    });
    let listing = FakeServer::answering(vec![list(&[&format!("served{HOSTILE}"), "plain"]), list(&[])]);
    let bench = Bench::new("provider = \"openai\"");
    let quoted = |text: &str| toml::Value::from(format!("{text}{HOSTILE}")).to_string();
    let model = |id: &str, server: &FakeServer| {
        let (id, name) = (quoted(id), quoted("name"));
        format!("[[model]]\nid = {id}\nprovider = \"openai\"\nbase_url = \"{}/v1\"\nmodel = {name}\n", server.url())
    };
    let arm = |id: &str, model: &str| {
        format!("[[arm]]\nid = {}\nprompt = \"ask.prompty\"\nmodel = {}\n", quoted(id), quoted(model))
    };
    let manifest = [
        "version = 1\n".to_owned(),
        model("good", &fine),
        model("bad", &faulty),
        arm("first", "good"),
        arm("second", "bad"),
        format!("[data]\nfile = {{ dev = \"data/dev.csv\" }}\nmap = {{ reference = {} }}\n", quoted("answer")),
    ];
    bench.write("fourfold.toml", &manifest.concat());
    bench.write(&format!("prompt{HOSTILE}.prompty"), &format!("user:\nSay {{{{ word }}}} {HOSTILE}"));
    bench.write(
        "data/dev.csv",
        &format!("id,word,answer{HOSTILE},more{HOSTILE}\ncase{HOSTILE},hi{HOSTILE},hi{HOSTILE},m\n"),
    );

    let mut terminal = terminal(&bench);
    terminal.wait_for("case␛]52");
    terminal.press(RUN);
    terminal.wait_for("Yes␛]52;c;aGFjaw==␇");
    terminal.wait_for("answered 400: no");
    for (keys, shown) in [
        // The messages, the history, the prompts, the notices, the rows, the scores, the keys.
        ("\x1b[20~", "What A sends"),
        ("\x1bOR", "History"),
        ("\x0f", "prompt␛]52"),
        ("\x1b7", "row 1 of the file"),
        ("\x1dn", "Begin a run"),
        ("\x1bOP", "Show the keys"),
    ] {
        terminal.press(keys);
        terminal.wait_for(shown);
        terminal.press(ESCAPE);
        terminal.wait_gone(shown);
        if keys.starts_with('\x1d') {
            terminal.press("\x1d");
            terminal.wait_for("Compose");
        }
    }
    terminal.press("\x1b4m");
    terminal.wait_for("good␛]52");
    terminal.press(&format!("{}/v1", listing.url()));
    terminal.wait_for("Enter asks it");
    terminal.press("\r");
    terminal.wait_for("served␛]52");
    terminal.press(ESCAPE);
    terminal.wait_gone("served␛]52");
    terminal.press(QUIT);
    let bytes = terminal.bytes.clone();
    let (code, rest) = terminal.end();
    assert_eq!(code, 0);
    let all = String::from_utf8_lossy(&bytes).into_owned() + &rest;
    for trace in TRACES {
        assert!(!all.contains(trace), "{trace:?} was sent to the terminal");
    }
}

const CANARY: &str = "sk-canary+7f3a91/q==Zz";

#[test]
fn a_key_that_a_server_wants_is_pasted_tried_kept_and_shown_nowhere() {
    let refused = || {
        let body = json!({ "error": { "message": format!("Incorrect API key provided: {CANARY}") } });
        response(401, &["content-type: application/json"], body.to_string())
    };
    let stranger = || response(401, &["content-type: application/json"], "{\"error\":{\"message\":\"who?\"}}");
    let absent = || response(404, &[], "");
    let once = vec![list(&["team/keyed"]), list(&["team/keyed"]), absent(), absent()];
    let mut responses = vec![stranger(), refused()];
    responses.extend(once.clone());
    responses.push(answer("hello"));
    // In the next session it is found by itself.
    responses.push(stranger());
    responses.extend(once);
    let server = FakeServer::answering(responses);
    let bench = Bench::new("provider = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"");
    let kept = bench.settings().join(format!("keys/127.0.0.1-{}", server.port()));
    let authorised = || {
        let header = format!("authorization: bearer {CANARY}").to_lowercase();
        server.requests().iter().filter(|request| request.to_lowercase().contains(&header)).count()
    };
    let mut seen = Vec::new();
    let ask_address = |terminal: &mut Terminal| {
        terminal.wait_for("Case");
        terminal.press("\x1b3m");
        terminal.wait_for("a server elsewhere");
        terminal.press(&format!("{}/v1", server.url()));
        terminal.wait_for("Enter asks it");
        terminal.press("\r");
    };

    let mut first = terminal(&bench);
    ask_address(&mut first);
    first.wait_for("it wants a key: Enter takes one");
    first.press("\r");
    first.wait_for("A key for http://127.0.0.1");
    // What the server refuses is not kept; pasted with a line end, as from a password manager.
    first.press(&format!("\x1b[200~{CANARY}\n\x1b[201~"));
    first.wait_for("letters");
    first.press("\r");
    first.wait_for("Not kept:");
    first.wait_for("[key]");
    assert!(!kept.exists());
    first.press("\r");
    first.wait_for("team/keyed");
    first.wait_gone("A key for http://127.0.0.1");
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    first.press("\r");
    first.wait_for("use it until I quit");
    first.press("\r");
    first.wait_gone("use it until I quit");
    first.press(RUN);
    first.wait_for("hello");
    assert_eq!(authorised(), 6, "a refusal, a list and what follows it, an answer");
    first.press(QUIT);
    seen.extend_from_slice(&first.bytes);
    let (code, rest) = first.end();
    assert_eq!(code, 0);
    seen.extend_from_slice(rest.as_bytes());

    let mut second = terminal(&bench);
    ask_address(&mut second);
    second.wait_for("team/keyed");
    assert_eq!(authorised(), 10);
    second.press(ESCAPE);
    second.wait_gone("team/keyed");
    second.press(QUIT);
    seen.extend_from_slice(&second.bytes);
    assert_eq!(second.end().0, 0);

    let holds = |bytes: &[u8]| bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
    assert!(!holds(&seen), "the key was drawn");
    for (path, bytes) in bench.written() {
        assert!(path == kept || !holds(&bytes), "the key is in {}", path.display());
    }
}

#[test]
fn a_list_of_models_is_asked_for_with_a_key_where_there_is_no_screen() {
    let refused = response(401, &["content-type: application/json"], "{\"error\":{\"message\":\"who?\"}}");
    let absent = || response(404, &[], "");
    let chat = [list(&["keyed"]), list(&["keyed"]), absent(), absent()];
    let server = FakeServer::answering([vec![refused], chat.to_vec(), chat.to_vec(), vec![list(&["claude"])]].concat());
    let url = format!("{}/v1", server.url());
    let bench = Bench::new("provider = \"openai\"");
    let none = bench.run(&["models", "list", "--url", &url], &[]);
    assert!(none.code == 1 && none.stderr.contains("--key-env VARIABLE"), "{none:?}");
    let variable = bench.run(&["models", "list", "--url", &url, "--key-env", "MY_KEY"], &[("MY_KEY", CANARY)]);
    assert!(variable.code == 0 && variable.stdout.starts_with("keyed  at "), "{variable:?}");
    assert_eq!(bench.run_with_input(&["keys", "set", "mine"], &[], CANARY).code, 0);
    let kept = bench.run(&["models", "list", "--url", &url, "--key", "mine", "--json"], &[]);
    assert!(kept.code == 0 && kept.stdout.contains("\"name\":\"keyed\""), "{kept:?}");
    let other = bench.run(&["models", "list", "--url", &url, "--key", "mine", "--provider", "anthropic"], &[]);
    assert!(other.code == 0 && other.stdout.starts_with("claude  at "), "{other:?}");
    let requests = server.requests();
    let with = |header: &str| requests.iter().filter(|request| request.to_lowercase().contains(header)).count();
    let canary = CANARY.to_lowercase();
    assert_eq!(with(&format!("authorization: bearer {canary}")), 8);
    assert_eq!(with(&format!("x-api-key: {canary}")), 1);
    let absent = bench.run(&["models", "list", "--url", &url, "--key", "nobody"], &[]);
    assert!(absent.code == 2 && absent.stderr.contains("fourfold keys set nobody"), "{absent:?}");
}

#[test]
fn case_46_a_megabyte_is_pasted_in_one_step_and_taken_back_in_one() {
    let bench = Bench::new("provider = \"openai\"\nbase_url = \"http://127.0.0.1:9/v1\"\nmodel = \"m\"");
    let mut terminal = terminal(&bench);
    terminal.wait_for("Say {{ word }}");
    terminal.press(&format!("\x1b[200~{}END-OF-PASTE\x1b[201~", "one line of many words\n".repeat(45_000)));
    terminal.wait_for("END-OF-PASTE");
    // Keys that come right after it are typed behind it, as a step of their own.
    terminal.press("!?");
    terminal.wait_for("END-OF-PASTE!?");
    terminal.press("\x1f");
    terminal.wait_gone("!?");
    terminal.wait_for("END-OF-PASTE");
    terminal.press("\x1f");
    terminal.wait_gone("one line of many words");
    terminal.wait_for("Say {{ word }}");
    terminal.press(QUIT);
    assert_eq!(terminal.end().0, 0);
}

#[test]
fn case_28_a_name_that_does_not_resolve_is_told_at_once_and_once() {
    let bench = Bench::new("provider = \"openai\"\nbase_url = \"http://no-such-host.invalid/v1\"\nmodel = \"m\"");
    let ran = bench.ask(&[]);
    assert!(ran.code == 3 && ran.stdout.contains("missing:network"), "{ran:?}");
    assert!(ran.stdout.contains("the name does not resolve") && !ran.stdout.contains("sent again"), "{ran:?}");
}
