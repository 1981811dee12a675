//! The measurements themselves.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::frames::{Frame, Frames};
use crate::process::{Cpu, resident_mb};
use crate::pty::{Terminal, command};
use crate::server::{Pace, Server, serve};

const SIZE: (u16, u16) = (160, 50);
const RUN: &str = "\x12";
const BACKSPACE: &str = "\x7f";

pub fn main() {
    let wanted: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let parts: [(&str, fn()); 6] = [
        ("binary", binary),
        ("start", start),
        ("memory", memory),
        ("keys", keys_while_four_arms_stream),
        ("engine", keys_while_the_model_computes),
        ("length", cost_by_length),
    ];
    println!("{:<58} {:>10}   must be", "what", "measured");
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            part();
        }
    }
}

/// One line of the table.
fn tell(what: &str, value: f64, unit: &str, limit: Option<f64>) {
    let measured = if value.abs() < 10.0 { format!("{value:.2} {unit}") } else { format!("{value:.1} {unit}") };
    let verdict = match limit {
        Some(limit) if value <= limit => format!("<= {limit} {unit}"),
        Some(limit) => format!("<= {limit} {unit}   MISSED"),
        None => String::new(),
    };
    println!("{what:<58} {measured:>10}   {verdict}");
}

fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

fn program() -> String {
    env::var("FOURFOLD_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_fourfold").to_owned())
}

/// The folder that holds the cache with the small model in it, if this machine has one.
fn cache() -> Option<PathBuf> {
    let own = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let own = own.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))?;
    let file = own.join("fourfold/models/SmolLM2-135M-Instruct.Q4_1.gguf");
    file.is_file().then_some(own)
}

/// A place to run in: a home and, if asked for, a workbench.
struct Place {
    folder: TempDir,
}

impl Place {
    fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("work")).expect("a folder");
        Self { folder }
    }

    /// A workbench of the order sample's data with these models and arms.
    fn with(manifest: &str, prompt: &str) -> Self {
        let place = Self::empty();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-prompts/orders/data/dev.jsonl");
        fs::copy(sample, place.work().join("dev.jsonl")).expect("cases");
        fs::write(place.work().join("fourfold.toml"), manifest).expect("a workbench");
        fs::write(place.work().join("orders.prompty"), prompt).expect("a prompt");
        place
    }

    fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    fn command(&self) -> CommandBuilder {
        command(&program(), &self.work(), &self.folder.path().join("home"))
    }
}

/// The program, watched frame by frame.
struct Watched {
    terminal: Terminal,
    frames: Frames,
    seen: usize,
    started: Instant,
}

impl Watched {
    fn start(command: CommandBuilder) -> Self {
        let started = Instant::now();
        let terminal = Terminal::start(command, SIZE.0, SIZE.1);
        Self { terminal, frames: Frames::default(), seen: 0, started }
    }

    /// The frames that complete within `patience`; returns as soon as there is one.
    fn next(&mut self, patience: Duration) -> Vec<Frame> {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if self.terminal.take(left).is_none() {
                return Vec::new();
            }
            let bytes = self.terminal.bytes.get(self.seen..).unwrap_or_default().to_vec();
            self.seen = self.terminal.bytes.len();
            let frames = self.frames.feed(self.terminal.last, &bytes);
            if !frames.is_empty() {
                return frames;
            }
        }
    }

    /// Takes frames for as long as `time`.
    fn watch(&mut self, time: Duration) -> Vec<Frame> {
        let deadline = Instant::now() + time;
        let mut all = Vec::new();
        while Instant::now() < deadline {
            all.extend(self.next(deadline.saturating_duration_since(Instant::now())));
        }
        all
    }

    fn first_frame(&mut self) -> f64 {
        let frames = self.next(Duration::from_secs(20));
        let frame = frames.first().expect("a first frame");
        frame.at.duration_since(self.started).as_secs_f64() * 1e3
    }

    fn wait_for(&mut self, text: &str) {
        self.terminal.wait_for(text);
        let bytes = self.terminal.bytes.get(self.seen..).unwrap_or_default().to_vec();
        self.seen = self.terminal.bytes.len();
        self.frames.feed(self.terminal.last, &bytes);
    }

    /// Types one letter and takes it away again, over and over; milliseconds from each key to the frame that shows it.
    fn keys(&mut self, count: usize) -> Vec<f64> {
        let mut here = None;
        let mut times = Vec::new();
        // Where the caret is: known after the first key.
        for index in 0..=count {
            // Keys come at all points of a frame's time.
            self.watch(Duration::from_micros(20_000 + (index as u64 * 7_919) % 16_000));
            let typed = index % 2 == 0;
            let pressed = Instant::now();
            self.terminal.press(if typed { "x" } else { BACKSPACE });
            let deadline = pressed + Duration::from_secs(5);
            'wait: while Instant::now() < deadline {
                for frame in self.next(Duration::from_millis(200)) {
                    let moved = match (here, frame.cursor) {
                        (None, Some(_)) => true,
                        (Some((row, column)), Some(now)) => now == (row, if typed { column + 1 } else { column - 1 }),
                        (_, None) => false,
                    };
                    if frame.at >= pressed && moved {
                        if here.is_some() {
                            times.push(frame.at.duration_since(pressed).as_secs_f64() * 1e3);
                        }
                        here = frame.cursor;
                        break 'wait;
                    }
                }
            }
        }
        times
    }

    fn pid(&self) -> u32 {
        self.terminal.pid()
    }

    fn cpu(&self) -> Cpu {
        Cpu::of(self.pid())
    }
}

fn binary() {
    let size = fs::metadata(program()).expect("the program").len();
    tell("size of the program", size as f64 / 1e6, "MB", Some(30.0));
}

fn start() {
    let place = Place::empty();
    let mut first = None;
    let (mut times, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..15 {
        let mut command = place.command();
        if let Some(cache) = cache() {
            command.env("XDG_CACHE_HOME", cache);
        }
        let mut watched = Watched::start(command);
        let time = watched.first_frame();
        let cost = watched.cpu().total();
        if first.is_none() {
            first = Some(time);
        } else {
            times.push(time);
            cpu.push(cost);
        }
    }
    tell("first frame, the sample being copied", first.unwrap_or(f64::NAN), "ms", None);
    tell("first frame, the sample being there (median of 14)", percentile(&times, 0.5), "ms", Some(30.0));
    tell("  its CPU time, what the model has used by then included", percentile(&cpu, 0.5), "ms", None);
}

fn memory() {
    let place = Place::empty();
    let mut watched = Watched::start(place.command());
    watched.first_frame();
    watched.watch(Duration::from_secs(2));
    let pid = watched.pid();
    tell("memory before a tokenizer is loaded", resident_mb(pid), "MB", Some(40.0));
    let (cpu, bytes) = (watched.cpu(), watched.terminal.bytes.len());
    let time = Duration::from_secs(5);
    watched.watch(time);
    let written = watched.terminal.bytes.len() - bytes;
    let share = watched.cpu().since(&cpu) / time.as_secs_f64() / 10.0;
    tell("idle for 5 s: bytes written", written as f64, "B", Some(0.0));
    tell("idle for 5 s: CPU", (share * 10.0).round() / 10.0, "%", Some(0.0));
    if let Some(cache) = cache() {
        let mut command = place.command();
        command.env("XDG_CACHE_HOME", cache);
        let mut watched = Watched::start(command);
        watched.wait_for("model ready");
        watched.watch(Duration::from_secs(6));
        let pid = watched.pid();
        let (cpu, bytes) = (watched.cpu(), watched.terminal.bytes.len());
        watched.watch(time);
        let share = watched.cpu().since(&cpu) / time.as_secs_f64() / 10.0;
        tell("memory with the small model loaded", resident_mb(pid), "MB", Some(450.0));
        let written = watched.terminal.bytes.len() - bytes;
        tell("idle with the model loaded, 5 s: bytes written", written as f64, "B", Some(0.0));
        tell("idle with the model loaded, 5 s: CPU", (share * 10.0).round() / 10.0, "%", Some(0.0));
    }
}

const PROMPT: &str = "---\nname: orders\n---\nuser:\n{{ text }}\n\nSay all you know about it. ";

/// The arms of a workbench, all on the one model.
fn arms_of(ids: &[String]) -> String {
    let arm =
        |id| format!("[[arm]]\nid = \"{id}\"\nprompt = \"orders.prompty\"\nstrategy = \"zero-shot\"\nmodel = \"m\"\n");
    ids.iter().map(arm).collect()
}

/// A workbench whose `arms` arms all ask a server.
fn on_server(arms: usize, pace: Pace) -> (Place, Server) {
    let server = serve(pace);
    let address = server.address;
    let mut manifest = format!(
        "version = 1\n[[model]]\nid = \"m\"\nprovider = \"openai\"\nbase_url = \"http://{address}/v1\"\nmodel = \"m\"\n\
         [data]\nfile = {{ dev = \"dev.jsonl\" }}\nmap = {{ reference = \"answer\" }}\n"
    );
    let ids: Vec<String> = (0..arms).map(|index| format!("arm-{index}")).collect();
    manifest.push_str(&arms_of(&ids));
    (Place::with(&manifest, PROMPT), server)
}

fn keys_while_four_arms_stream() {
    let (place, _server) = on_server(4, Pace { ahead: 0, tokens_per_second: 2_000.0 });
    let mut watched = Watched::start(place.command());
    watched.first_frame();
    let quiet = watched.keys(100);
    tell("key to paint, nothing streaming: p50", percentile(&quiet, 0.5), "ms", None);
    tell("key to paint, nothing streaming: p95", percentile(&quiet, 0.95), "ms", None);
    watched.terminal.press(RUN);
    watched.wait_for("streaming");
    watched.watch(Duration::from_millis(500));
    let (cpu, from) = (watched.cpu(), Instant::now());
    let times = watched.keys(300);
    let share = watched.cpu().since(&cpu) / from.elapsed().as_secs_f64() / 10.0;
    tell("key to paint, four arms at 2,000 tok/s: p50", percentile(&times, 0.5), "ms", Some(1.0));
    tell("key to paint, four arms at 2,000 tok/s: p95", percentile(&times, 0.95), "ms", Some(5.0));
    tell("  worst", percentile(&times, 1.0), "ms", None);
    tell("  CPU meanwhile (100 is one core)", share, "%", None);
}

fn keys_while_the_model_computes() {
    let Some(cache) = cache() else {
        println!("the small model is not here: `fourfold models pull smollm2-135m`");
        return;
    };
    let mut manifest =
        "version = 1\n[[model]]\nid = \"m\"\nprovider = \"embedded\"\nmodel = \"smollm2-135m-instruct\"\n\
         temperature = 1.0\nseed = 7\nmax_tokens = 4000\n\
         [data]\nfile = { dev = \"dev.jsonl\" }\nmap = { reference = \"answer\" }\n"
            .to_owned();
    manifest.push_str(&arms_of(&["one".to_owned(), "two".to_owned()]));
    let place =
        Place::with(&manifest, &PROMPT.replace("Say all you know about it.", "Write a very long story about it."));
    let mut command = place.command();
    command.env("XDG_CACHE_HOME", cache);
    let mut watched = Watched::start(command);
    watched.first_frame();
    watched.wait_for("model ready");
    let mut times = Vec::new();
    let (mut cpu, mut wall) = (0.0, 0.0);
    for _ in 0..3 {
        watched.terminal.press(RUN);
        watched.wait_for("streaming");
        let (before, from) = (watched.cpu(), Instant::now());
        times.extend(watched.keys(60));
        cpu += watched.cpu().since(&before);
        wall += from.elapsed().as_secs_f64();
    }
    tell("key to paint, the model on both cores: p50", percentile(&times, 0.5), "ms", None);
    tell("key to paint, the model on both cores: p95", percentile(&times, 0.95), "ms", Some(16.0));
    tell("  worst", percentile(&times, 1.0), "ms", None);
    tell("  CPU meanwhile (100 is one core)", cpu / wall / 10.0, "%", None);
}

fn cost_by_length() {
    let mut costs = Vec::new();
    for (name, ahead) in [("5 KB", 5_000), ("5 MB", 5_000_000)] {
        let (place, server) = on_server(1, Pace { ahead, tokens_per_second: 500.0 });
        let mut watched = Watched::start(place.command());
        watched.first_frame();
        watched.terminal.press(RUN);
        watched.wait_for("streaming");
        // The text that was sent ahead is through, but for what the system holds between the two.
        while server.caught_up.load(Ordering::SeqCst) == 0 {
            watched.watch(Duration::from_millis(100));
        }
        watched.watch(Duration::from_secs(4));
        let (cpu, from) = (watched.cpu(), Instant::now());
        let frames = watched.watch(Duration::from_secs(6));
        let cost = watched.cpu().since(&cpu) / frames.len().max(1) as f64;
        let rate = frames.len() as f64 / from.elapsed().as_secs_f64();
        tell(&format!("a frame behind {name} of text: CPU"), cost, "ms", None);
        tell("  frames a second", rate, "", None);
        let bytes = frames.iter().map(|frame| frame.bytes).sum::<usize>() as f64 / frames.len().max(1) as f64;
        tell("  bytes a frame", bytes, "B", None);
        costs.push(cost);
    }
    if let [short, long] = costs.as_slice() {
        tell("a frame behind 5 MB over one behind 5 KB", long / short, "x", Some(1.3));
    }
}
