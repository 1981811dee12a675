//! How fast the real model loads, reads and answers. `cargo bench -p fourfold-engine` prints items per second as tokens per
//! second; the file is the one the tests use (`FOURFOLD_MODEL`, or the cache folder).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{OnceLock, mpsc};

use divan::Bencher;
use divan::counter::ItemsCount;
use fourfold_engine::{ChatMessage, Engine, GenerateEvent, GenerateRequest, Generation, Options, Sampling};

const PROMPT_TOKENS: usize = 512;
const ANSWER_TOKENS: usize = 128;
const SEQUENCES: usize = 4;

fn path() -> PathBuf {
    std::env::var_os("FOURFOLD_MODEL").map_or_else(
        || {
            let folders = directories::ProjectDirs::from("", "", "fourfold").expect("a home folder");
            folders.cache_dir().join("models").join("SmolLM2-135M-Instruct.Q4_1.gguf")
        },
        PathBuf::from,
    )
}

/// Without kept prefixes: every prompt is read anew.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| Engine::load(&path(), &Options { prefix_bytes: 0, ..Options::default() }).unwrap())
}

type Events = mpsc::Receiver<GenerateEvent>;

fn start(content: &str, max_tokens: usize) -> (Generation, Events) {
    let (sender, events) = mpsc::channel();
    let request = GenerateRequest {
        messages: vec![ChatMessage::new("user", content)],
        // Sampled rather than greedy: greedy answers of a small model may end before the limit.
        sampling: Sampling { seed: Some(1), temperature: 1.5, ..Sampling::default() },
        max_tokens: Some(max_tokens),
        stop: Vec::new(),
        tuned: None,
    };
    let generation = engine().generate(request, move |event| {
        let _ = sender.send(event);
        ControlFlow::Continue(())
    });
    (generation, events)
}

fn wait_for_answer((_generation, events): &(Generation, Events)) {
    while !matches!(events.recv().unwrap(), GenerateEvent::Prefilled { .. }) {}
}

fn wait_for_end((_generation, events): (Generation, Events)) {
    loop {
        match events.recv().unwrap() {
            GenerateEvent::Finished { output_tokens, .. } => {
                black_box(output_tokens);
                return;
            }
            GenerateEvent::Failed(error) => panic!("{error}"),
            _ => (),
        }
    }
}

/// A message that makes a prompt of exactly `tokens` tokens.
fn prompt_of(tokens: usize) -> String {
    let mut content = "The".to_owned();
    while engine().count_tokens(&[ChatMessage::new("user", &content)]).unwrap() < tokens {
        content.push_str(" word");
    }
    content
}

const STORY: &str = "Write a long story about a lighthouse keeper, with every detail of every day.";

#[divan::bench(sample_count = 5, sample_size = 1)]
fn load() -> Engine {
    Engine::load(&path(), &Options::default()).unwrap()
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn prompt_512(bencher: Bencher) {
    let content = prompt_of(PROMPT_TOKENS);
    bencher.counter(ItemsCount::new(PROMPT_TOKENS)).bench_local(|| wait_for_answer(&start(&content, 1)));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn decode_128(bencher: Bencher) {
    bencher
        .counter(ItemsCount::new(ANSWER_TOKENS))
        .with_inputs(|| {
            let answer = start(STORY, ANSWER_TOKENS);
            wait_for_answer(&answer);
            answer
        })
        .bench_local_values(wait_for_end);
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn decode_128_after_512(bencher: Bencher) {
    let content = prompt_of(PROMPT_TOKENS);
    bencher
        .counter(ItemsCount::new(ANSWER_TOKENS))
        .with_inputs(|| {
            let answer = start(&content, ANSWER_TOKENS);
            wait_for_answer(&answer);
            answer
        })
        .bench_local_values(wait_for_end);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn four_sequences(bencher: Bencher) {
    bencher
        .counter(ItemsCount::new(ANSWER_TOKENS * SEQUENCES))
        .with_inputs(|| {
            let answers: Vec<_> = (0..SEQUENCES).map(|_| start(STORY, ANSWER_TOKENS)).collect();
            answers.iter().for_each(wait_for_answer);
            answers
        })
        .bench_local_values(|answers| answers.into_iter().for_each(wait_for_end));
}

fn main() {
    divan::main();
    // Linux only: how much memory the process held at most (the load bench holds two models at a time) and holds now.
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        for line in status.lines().filter(|line| line.starts_with("VmHWM") || line.starts_with("VmRSS")) {
            println!("{line}");
        }
    }
}
