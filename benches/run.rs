//! What a run costs: CPU time, memory and disk for each trial against a server that answers at once, how soon the first request
//! is there, and how near a slow server's own speed it comes. Prints each figure beside what it must be.
//!
//! `cargo bench --bench run`; a part by its name: `-- small`, `-- large`, `-- million`, `-- slow`. Without one all but `million`
//! are run. `FOURFOLD_BINARY` measures another build. `-- serve` only answers, for whatever else is measured: see `peers/runs.py`.
#![allow(missing_docs, unreachable_pub, reason = "a benchmark has no outside")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "it talks to whoever runs it, and stops where it must"
)]
#![cfg_attr(not(target_os = "linux"), allow(unused, reason = "it reads /proc"))]

#[path = "../tests/support/many.rs"]
mod many;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use many::{Behaviour, ManyServer, drawn};

const AT_A_TIME: u64 = 32;
/// What a slow server takes to the first token, and for each one after it.
const FIRST: Duration = Duration::from_millis(500);
const EACH: Duration = Duration::from_millis(10);
/// Words of a slow answer.
const WORDS: u64 = 40;

fn main() {
    if cfg!(not(target_os = "linux")) {
        println!("it reads /proc, which is Linux's");
        return;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if wanted.iter().any(|one| one == "serve") {
        println!("{}", ManyServer::start(Behaviour::good(quick_answer)).url());
        loop {
            std::thread::park();
        }
    }
    let runs = |name: &str| wanted.iter().any(|one| one == name) || (wanted.is_empty() && name != "million");
    for (name, trials) in [("small", 4_000), ("large", 20_000), ("million", 1_000_000)] {
        if runs(name) {
            quick(trials);
        }
    }
    if runs("slow") {
        slow(1_280);
    }
}

fn workbench(root: &Path, server: &ManyServer, trials: u64) {
    fs::create_dir_all(root.join("data")).unwrap();
    fs::create_dir_all(root.join("home")).unwrap();
    let rows: Vec<String> = (0..trials / 2)
        .map(|row| {
            format!(
                "{{\"id\": \"c{row}\", \"text\": \"Order {row}: two kettles to Oslo\", \"answer\": \"two kettles\"}}"
            )
        })
        .collect();
    fs::write(root.join("data/dev.jsonl"), rows.join("\n")).unwrap();
    fs::write(root.join("short.prompty"), "user:\nWhat is ordered? {{ text }}").unwrap();
    fs::write(root.join("long.prompty"), "system:\nBe brief.\nuser:\nWhat is ordered here, please? {{ text }}")
        .unwrap();
    let arm = |id: &str| format!("[[arm]]\nid = \"{id}\"\nprompt = \"{id}.prompty\"\nmodel = \"m\"\n");
    let text = format!(
        "version = 1\n[[model]]\nid = \"m\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\n{}{}[data]\n\
         file = {{ dev = \"data/dev.jsonl\" }}\nmap = {{ reference = \"answer\" }}\n\
         [score]\nmetrics = [\"exact-match\", \"rouge-l\", \"chrf\"]\n[run]\nconcurrency = {AT_A_TIME}\n",
        server.url(),
        arm("short"),
        arm("long"),
    );
    fs::write(root.join("fourfold.toml"), text).unwrap();
}

/// What a finished program has used.
struct Used {
    cpu: Duration,
    peak_mb: f64,
    wall: Duration,
    began: Instant,
}

fn run(root: &Path) -> Used {
    let binary = std::env::var("FOURFOLD_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_fourfold").to_owned());
    let began = Instant::now();
    let mut child = Command::new(binary)
        .arg("run")
        .current_dir(root)
        .env("HOME", root.join("home"))
        .env("XDG_CONFIG_HOME", root.join("home/config"))
        .env("XDG_CACHE_HOME", root.join("home/cache"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (pid, mut peak_mb) = (child.id(), 0.0_f64);
    let proc = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    // A program that has ended keeps its times until somebody asks how.
    let ticks = loop {
        let stat = proc("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |field: usize| fields.get(field).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        if fields.first() == Some(&"Z") {
            break ticks(11) + ticks(12);
        }
        let high = proc("status");
        let high =
            high.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
        peak_mb = peak_mb.max(high.unwrap_or(0.0) / 1024.0);
        std::thread::sleep(Duration::from_millis(5));
    };
    let wall = began.elapsed();
    let status = child.wait().unwrap();
    assert!(status.success(), "the run failed: {status}");
    // Linux counts in hundredths of a second on every machine there is.
    Used { cpu: Duration::from_millis(ticks * 10), peak_mb, wall, began }
}

fn figure(what: &str, value: f64, unit: &str, most: f64) {
    let word = if value <= most { "ok" } else { "MORE" };
    println!("  {what:<34} {value:>10.3} {unit:<6} at most {most} {unit}  {word}");
}

fn quick_answer(question: &str) -> String {
    if drawn(1, question, 3) > 0 { "two kettles" } else { "two kettles to Oslo" }.to_owned()
}

fn quick(trials: u64) {
    let server = ManyServer::start(Behaviour::good(quick_answer));
    let folder = tempfile::tempdir().unwrap();
    workbench(folder.path(), &server, trials);
    let used = run(folder.path());
    assert_eq!(server.requests(), trials);
    let (first, last) = server.came().unwrap();
    let database = fs::metadata(folder.path().join(".fourfold/runs.db")).unwrap().len();
    println!("{trials} trials, {AT_A_TIME} at a time, a server that answers at once, three metrics:");
    figure("CPU for a trial", used.cpu.as_secs_f64() * 1e3 / trials as f64, "ms", 0.15);
    figure("disk for a trial", database as f64 / 1024.0 / trials as f64, "KB", 4.0);
    figure("memory at its peak", used.peak_mb, "MB", 80.0);
    figure("start to first request", (first - used.began).as_secs_f64() * 1e3, "ms", 60.0);
    let rate = trials as f64 / (last - first).as_secs_f64();
    println!("  {:<34} {rate:>10.0} trials/s, {:.1} s in all", "speed", used.wall.as_secs_f64());
}

fn slow(trials: u64) {
    let answer = |_: &str| (0..WORDS).map(|word| format!("word{word}")).collect::<Vec<_>>().join(" ");
    let server = ManyServer::start(Behaviour { first: FIRST, each: EACH, ..Behaviour::good(answer) });
    let folder = tempfile::tempdir().unwrap();
    workbench(folder.path(), &server, trials);
    run(folder.path());
    let (first, last) = server.came().unwrap();
    let each = FIRST + EACH * (WORDS as u32 - 1);
    // The last requests begin one answer's time before the end: the tail is left out on both sides.
    let ideal = each.as_secs_f64() * (trials / AT_A_TIME - 1) as f64;
    println!("{trials} trials, {AT_A_TIME} at a time, {FIRST:?} to the first token and {EACH:?} for each after it:");
    figure("longer than the server's own time", ((last - first).as_secs_f64() / ideal - 1.0) * 100.0, "%", 3.0);
}
