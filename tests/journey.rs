//! The whole program in a real terminal, as a person uses it: edit a prompt, run both arms, read the difference, quit, and
//! find the answers in the database. Once on the model inside the program, and again on servers of our own.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of a test stop it, and say why it was skipped")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use fourfold::score::Outcome;
use fourfold::store::{Filter, Origin, Store, StoredTrial};
use serde_json::json;
use support::fake_server::{Act, FakeServer, response, signal};
use support::pty::{ENTER, LEAVE, PATIENCE, Terminal, command};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_fourfold");
const RUN: &str = "\x12";
const SAVE: &str = "\x13";
const QUIT: &str = "\x11";
const ESCAPE: &str = "\x1b";
const DIFF: &str = "\x1b5";

/// A folder with the order sample in it and a home beside it.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-prompts/orders"), &folder.path().join("orders"));
        fs::create_dir(folder.path().join("home")).unwrap();
        Self { folder }
    }

    /// The same, with the two arms asking a server each.
    fn on_servers(plain: &FakeServer, prompted: &FakeServer) -> Self {
        let place = Self::new();
        let manifest = place.workbench().join("fourfold.toml");
        let text = fs::read_to_string(&manifest).unwrap();
        let model = |id: &str, server: &FakeServer| {
            format!(
                "[[model]]\nid = \"{id}\"\nprovider = \"openai\"\nbase_url = \"{}/v1\"\nmodel = \"m\"\n",
                server.url()
            )
        };
        // The fourfold table names the sample's own models.
        let text = &text[..text.find("[fourfold]").unwrap()];
        let models = text.find("[[model]]").unwrap();
        let (plain_arm, tuned_arm) = (text.find("[[arm]]").unwrap(), text.rfind("[[arm]]").unwrap());
        let arms = text[plain_arm..tuned_arm].replacen("model = \"base\"", "model = \"one\"", 1);
        let arms = arms.replace("model = \"base\"", "model = \"two\"");
        let rest = &text[text.find("[data]").unwrap()..];
        let text = format!("{}{}{}{arms}{rest}", &text[..models], model("one", plain), model("two", prompted));
        fs::write(manifest, text).unwrap();
        place
    }

    fn workbench(&self) -> PathBuf {
        self.folder.path().join("orders")
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn prompt(&self) -> String {
        fs::read_to_string(self.workbench().join("orders.prompty")).unwrap()
    }

    fn command(&self) -> portable_pty::CommandBuilder {
        command(PROGRAM, &self.workbench(), &self.home())
    }

    /// The program, once it shows its first frame.
    fn start(&self) -> Terminal {
        let mut terminal = Terminal::start(self.command(), 120, 40);
        terminal.wait_for("orders.prompty");
        terminal
    }

    /// A shell that runs the program as `script` says, where `$FOURFOLD` is the program.
    fn shell(&self, script: &str) -> Terminal {
        let mut shell = command("sh", &self.workbench(), &self.home());
        shell.args(["-c", script]);
        shell.env("FOURFOLD", PROGRAM);
        Terminal::start(shell, 120, 40)
    }

    /// What the database holds, the oldest first.
    fn trials(&self) -> Vec<StoredTrial> {
        let store = Store::open(&self.workbench().join(".fourfold")).unwrap();
        // Answers that came with the sample are in its history too, but are no trials of this machine.
        let own = Filter { origin: Some(Origin::Run), ..Filter::default() };
        let mut rows = store.recent(&own, None, 100).unwrap();
        rows.reverse();
        rows.into_iter().map(|row| store.trial(row.id).unwrap().unwrap()).collect()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        // What a person has answered in the repository's own copy is not part of the sample.
        if entry.file_name() == ".fourfold" {
            continue;
        }
        if from.is_dir() { copy(&from, &to) } else { _ = fs::copy(from, to).unwrap() }
    }
}

/// Waits for something that no screen shows.
fn poll(what: &str, test: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !test() {
        assert!(Instant::now() < deadline, "{what} never came");
        thread::park_timeout(Duration::from_millis(5));
    }
}

/// How many arms' titles say that their answer has ended.
fn ended(screen: &str) -> usize {
    // In a narrow title the end is shortened before the name is.
    [" done ─", " token limit ─", " token lim… ─"].iter().map(|end| screen.matches(end).count()).sum()
}

/// A chunk of an answer as a server sends it.
fn chunk(text: &str) -> Vec<u8> {
    format!("data: {}\n\n", json!({ "choices": [{ "index": 0, "delta": { "content": text } }] })).into_bytes()
}

fn ending() -> Vec<u8> {
    let end = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
    let usage = json!({ "choices": [], "usage": { "prompt_tokens": 41, "completion_tokens": 17 } });
    format!("data: {end}\n\ndata: {usage}\n\ndata: [DONE]\n\n").into_bytes()
}

/// A server that answers once: the first half at once, the rest when it is told to.
fn server(first: &str, rest: &str) -> (FakeServer, Sender<()>) {
    let (go, gate) = signal();
    let head = response(200, &["content-type: text/event-stream"], "");
    let acts = vec![
        Act::Read,
        Act::Send(head),
        Act::Send(chunk(first)),
        Act::WaitFor(gate),
        Act::Send(chunk(rest)),
        Act::Send(ending()),
    ];
    (FakeServer::play(vec![acts]), go)
}

#[test]
fn a_prompt_is_edited_both_arms_stream_the_diff_is_read_and_the_answers_are_kept() {
    let (plain, finish_plain) = server("The answer is ", "twelve blue mugs.");
    let (prompted, finish_prompted) = server("{\"item\": ", "\"blue mug\"}");
    let place = Place::on_servers(&plain, &prompted);
    let mut terminal = place.start();

    terminal.press(" Answer in one line.");
    terminal.wait_for("Answer in one line.");
    terminal.wait_for("draft");
    assert!(!place.prompt().contains("Answer in one line."), "only a save writes the file");
    terminal.press(SAVE);
    poll("the saved prompt", || place.prompt().contains("Answer in one line."));

    terminal.press(RUN);
    terminal.wait_for("The answer is");
    terminal.wait_for("{\"item\":");
    // Both are under way, and a key is still a key.
    terminal.press(" Be brief.");
    terminal.wait_for("Be brief.");
    finish_plain.send(()).unwrap();
    finish_prompted.send(()).unwrap();
    terminal.wait_for("twelve blue mugs.");
    terminal.wait_until("both answers' ends", |screen| ended(&screen.contents()) == 2);

    terminal.press(DIFF);
    terminal.wait_for("▸ Diff");
    terminal.press("n");
    terminal.wait_for("blue mug");
    terminal.press(QUIT);
    let (code, _) = terminal.end();
    assert_eq!(code, 0);

    let sent = plain.requests().remove(0);
    assert!(sent.contains("Answer in one line.") && !sent.contains("Be brief."), "{sent}");
    let mut trials = place.trials();
    trials.sort_by(|one, other| one.record.arm.name.cmp(&other.record.arm.name));
    let [first, second] = trials.as_slice() else { panic!("{trials:?}") };
    assert_eq!(
        (first.record.arm.name.as_str(), first.record.answer.as_str()),
        ("plain", "The answer is twelve blue mugs.")
    );
    assert_eq!(
        (second.record.arm.name.as_str(), second.record.answer.as_str()),
        ("prompted", "{\"item\": \"blue mug\"}")
    );
    for trial in &trials {
        assert_eq!(trial.record.outcome, Outcome::Answer);
        assert_eq!(trial.record.usage.output, Some(17));
        assert!(trial.record.scores.is_some(), "scored against the case's reference");
    }
    assert!(first.record.arm.prompt_text.contains("Answer in one line."), "{}", first.record.arm.prompt_text);
    assert!(place.prompt().ends_with("Answer in one line."), "what was typed later is a draft");
}

const WEIGHTS: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

/// A cache folder that holds the small model, as the program itself keeps it; fetched as a person would if need be.
fn cache_with_weights() -> Option<PathBuf> {
    let usable = |cache: &Path| cache.join("fourfold/models").join(WEIGHTS).is_file().then(|| cache.to_owned());
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let own = own.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    if let Some(found) = own.as_deref().and_then(usable) {
        return Some(found);
    }
    let shared = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let cache = shared.join("cache");
    let here = cache.join("fourfold/models").join(WEIGHTS);
    if !here.is_file() && shared.join(WEIGHTS).is_file() {
        // The engine's own tests have fetched it.
        fs::create_dir_all(here.parent()?).ok()?;
        fs::hard_link(shared.join(WEIGHTS), &here).ok()?;
    }
    if !here.is_file() {
        let mut pull = Command::new(PROGRAM);
        pull.args(["models", "pull", "smollm2-135m"]).env("XDG_CACHE_HOME", &cache).stdout(Stdio::null());
        let output = pull.stderr(Stdio::piped()).output().ok()?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).replace('\n', " ");
            println!("skipped: the small model is not here and could not be fetched: {reason}");
            return None;
        }
        // For the engine's own tests.
        _ = fs::hard_link(&here, shared.join(WEIGHTS));
    }
    usable(&cache)
}

#[test]
fn the_same_on_the_model_inside_the_program() {
    let Some(cache) = cache_with_weights() else { return };
    let place = Place::new();
    let mut command = place.command();
    command.env("XDG_CACHE_HOME", cache);
    let mut terminal = Terminal::start(command, 120, 40);
    terminal.wait_for("orders.prompty");
    terminal.press(" Answer in JSON only.");
    terminal.wait_for("Answer in JSON only.");
    terminal.press(RUN);
    // Plain, prompted, and the tuned one with the adapter that ships.
    terminal.wait_until("all answers", |screen| ended(&screen.contents()) == 3);
    terminal.press(DIFF);
    terminal.wait_for("▸ Diff");
    terminal.wait_gone("stands here when");
    terminal.press(QUIT);
    let (code, _) = terminal.end();
    assert_eq!(code, 0);

    let trials = place.trials();
    assert_eq!(trials.len(), 3, "{trials:?}");
    for trial in &trials {
        let record = &trial.record;
        assert!(record.arm.fingerprint.starts_with("embedded/"), "{}", record.arm.fingerprint);
        assert!(!matches!(record.outcome, Outcome::Missing(_)), "{:?}", record.error);
        assert!(record.usage.output.is_some_and(|tokens| (1..=96).contains(&tokens)), "{:?}", record.usage);
        assert!(!record.answer.is_empty() && record.scores.is_some(), "{record:?}");
    }
    let edited = trials.iter().find(|trial| trial.record.arm.name == "plain").unwrap();
    assert!(edited.record.arm.prompt_text.contains("Answer in JSON only."));
}

#[test]
fn an_answer_that_is_cancelled_stays_on_the_screen_and_in_the_database() {
    let (plain, _never) = server("half an ans", "wer");
    let (prompted, finish) = server("a whole ", "one");
    let place = Place::on_servers(&plain, &prompted);
    let mut terminal = place.start();
    terminal.press("\x1b3");
    terminal.press(RUN);
    terminal.wait_for("half an ans");
    terminal.press(ESCAPE);
    terminal.wait_for("cancelled");
    assert!(terminal.text().contains("half an ans"), "{}", terminal.text());
    finish.send(()).unwrap();
    terminal.wait_for("a whole one");
    terminal.wait_for(" done ─");
    terminal.press(QUIT);
    assert_eq!(terminal.end().0, 0);
    let kept: Vec<_> = place.trials().into_iter().map(|trial| (trial.record.answer, trial.record.outcome)).collect();
    assert!(
        kept.contains(&("half an ans".to_owned(), Outcome::Missing(fourfold::score::Missing::Cancelled))),
        "{kept:?}"
    );
    assert!(kept.contains(&("a whole one".to_owned(), Outcome::Answer)), "{kept:?}");
}

#[test]
fn a_kill_loses_no_word_of_the_draft() {
    let place = Place::new();
    let before = place.prompt();
    let mut terminal = place.start();
    // Keys pressed before the screen is there are meant for the shell, and dropped.
    terminal.wait_for("orders.prompty");
    terminal.press(" not yet saved");
    terminal.wait_for("not yet saved");
    let drafts = place.workbench().join(".fourfold/drafts");
    poll("a draft", || {
        let files = fs::read_dir(&drafts).into_iter().flatten().map(Result::unwrap);
        // A name that begins with a dot is a draft on its way, and no draft yet.
        let is_whole = |file: &fs::DirEntry| !file.file_name().to_string_lossy().starts_with('.');
        let says_it =
            |file: fs::DirEntry| fs::read_to_string(file.path()).unwrap_or_default().contains("not yet saved");
        files.into_iter().filter(is_whole).any(says_it)
    });
    terminal.signal("KILL");
    terminal.end();
    assert_eq!(place.prompt(), before, "the file is as it was");

    let mut terminal = place.start();
    terminal.wait_for("not yet saved");
    terminal.wait_for("draft");
    // The draft is one undo step away from the file.
    terminal.press("\x1bu");
    terminal.wait_gone("not yet saved");
    terminal.press(QUIT);
    assert_eq!(terminal.end().0, 0);
}

#[test]
fn whichever_signal_ends_it_the_shell_is_left_clean() {
    for (signal, code) in [("TERM", "exit=143"), ("HUP", "exit=129")] {
        let (plain, _open) = server("streaming on", "");
        let (prompted, _open_too) = server("and on", "");
        let place = Place::on_servers(&plain, &prompted);
        let script = "set -m; \"$FOURFOLD\" & echo $! > \"$HOME/pid\"; fg >/dev/null; echo exit=$?";
        let mut terminal = place.shell(script);
        terminal.wait_for("orders.prompty");
        terminal.press("unsaved ");
        terminal.press(RUN);
        terminal.wait_for("streaming on");
        assert_ne!(terminal.modes(), terminal.modes_before, "raw mode is on");
        let from = terminal.bytes.len();
        let pid = fs::read_to_string(place.home().join("pid")).unwrap();
        assert!(Command::new("kill").args([&format!("-{signal}"), pid.trim()]).status().unwrap().success());
        let left = terminal.wait_for_bytes(from, LEAVE);
        terminal.wait_for_bytes(left, code);
        assert_eq!(terminal.modes(), terminal.modes_before, "raw mode is left");
        let (_, output) = terminal.end();
        assert!(!output[left..].contains('\x1b'), "nothing is drawn on the shell's screen: {:?}", &output[left..]);
        // What was under way and what was typed are kept.
        assert_eq!(place.trials().len(), 2);
        place.start().wait_for("unsaved");
    }
}

#[test]
fn suspended_the_shell_has_the_terminal_and_fg_brings_the_screen_back() {
    let (plain, finish) = server("first half", ", second half");
    let (prompted, finish_too) = server("one", " two");
    let place = Place::on_servers(&plain, &prompted);
    let mut terminal = place.shell("set -m; \"$FOURFOLD\"; echo stopped=$?; read word; fg >/dev/null; echo exit=$?");
    terminal.wait_for("orders.prompty");
    terminal.press(RUN);
    terminal.wait_for("first half");
    let from = terminal.bytes.len();
    terminal.press("\x1a");
    let left = terminal.wait_for_bytes(from, LEAVE);
    let shell = terminal.wait_for_bytes(left, "stopped=");
    assert_eq!(terminal.modes(), terminal.modes_before, "the shell has its own settings");
    finish.send(()).unwrap();
    finish_too.send(()).unwrap();
    terminal.press("word\r");
    terminal.wait_for_bytes(shell, ENTER);
    // Drawn whole again, with what arrived meanwhile.
    terminal.wait_for("orders.prompty");
    terminal.wait_for("first half, second half");
    let from = terminal.bytes.len();
    terminal.press(QUIT);
    let left = terminal.wait_for_bytes(from, LEAVE);
    terminal.wait_for_bytes(left, "exit=0");
    assert_eq!(terminal.modes(), terminal.modes_before);
    terminal.end();
}

/// The parameters of all "select graphic rendition" sequences.
fn renditions(bytes: &str) -> Vec<String> {
    let style = regex::Regex::new("\x1b\\[([0-9;:]*)m").unwrap();
    style.captures_iter(bytes).map(|found| found[1].to_owned()).collect()
}

#[test]
fn without_colour_nothing_is_coloured_and_the_selection_is_still_seen() {
    let place = Place::new();
    let mut command = place.command();
    command.env("NO_COLOR", "1");
    let mut terminal = Terminal::start(command, 120, 40);
    terminal.wait_for("orders.prompty");
    // Select everything in the prompt.
    terminal.press("\x1ba");
    terminal.wait_until("an inverse selection", |screen| {
        let (rows, columns) = screen.size();
        let (rows, columns) = (rows.get(), columns.get());
        (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))).any(|(row, column)| {
            screen.cell(row, column).is_some_and(|cell| cell.inverse() && !cell.contents().trim().is_empty())
        })
    });
    terminal.press(QUIT);
    let (code, output) = terminal.end();
    assert_eq!(code, 0);
    let coloured: Vec<String> = renditions(&output)
        .into_iter()
        .filter(|rendition| {
            rendition.split([';', ':']).any(|part| {
                part.parse::<u8>().is_ok_and(|part| matches!(part, 30..=38 | 40..=48 | 58 | 90..=97 | 100..=107))
            })
        })
        .collect();
    assert_eq!(coloured, Vec::<String>::new());
}

#[test]
fn where_no_screen_can_be_shown_it_says_so_and_sends_no_escapes() {
    let place = Place::new();
    let mut dumb = place.command();
    dumb.env("TERM", "dumb");
    let (code, output) = Terminal::start(dumb, 80, 24).end();
    assert_eq!(code, 2);
    assert!(output.contains("TERM") && !output.contains('\x1b'), "{output:?}");

    let mut piped = Command::new(PROGRAM);
    piped.current_dir(place.workbench()).env("HOME", place.home()).env("TERM", "xterm-256color");
    let output = piped.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty(), "{:?}", output.stdout);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("fourfold run --json") && !said.contains('\x1b'), "{said:?}");
}

#[test]
fn a_tiny_window_says_its_size_and_a_larger_one_is_taken_up() {
    let place = Place::new();
    let mut terminal = Terminal::start(place.command(), 20, 5);
    terminal.wait_for("20x5");
    for (columns, rows) in [(1, 1), (3, 40), (200, 2), (40, 12), (120, 40)] {
        terminal.resize(columns, rows);
    }
    terminal.wait_for("orders.prompty");
    terminal.press("typed at last");
    terminal.wait_for("typed at last");
    terminal.press(QUIT);
    assert_eq!(terminal.end().0, 0);
}
