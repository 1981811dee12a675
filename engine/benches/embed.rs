//! How fast the embedding model embeds. `cargo bench -p fourfold-engine --bench embed` prints texts of 28 tokens per second of
//! the clock and per second of processor time; the files are where the program keeps them (`FOURFOLD_EMBEDDER` names another
//! folder).
//!
//! What this is held against: 190 texts/s on two cores.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use fourfold_engine::{Encoder, Precision};

/// Tokens of each text, `[CLS]` and `[SEP]` among them.
const TOKENS: usize = 28;
const TEXTS: usize = 256;
const ROUNDS: usize = 12;

fn folder() -> PathBuf {
    std::env::var_os("FOURFOLD_EMBEDDER").map_or_else(
        || {
            let folders = directories::ProjectDirs::from("", "", "fourfold").expect("a home folder");
            folders.cache_dir().join("models").join("all-MiniLM-L6-v2")
        },
        PathBuf::from,
    )
}

/// Processor time of this process in seconds, where the system tells.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let (weights, vocabulary) = (folder().join("model.safetensors"), folder().join("vocab.txt"));
    if !weights.is_file() {
        println!("skipped: {} is not there; a first use of select = \"nearest\" fetches it", weights.display());
        return;
    }
    let words = "order kettle for Ada to Oslo by Friday please send seven blue towels with the green soap".split(' ');
    let words: Vec<&str> = words.collect();
    let encoder = Encoder::load(&weights, &vocabulary, Precision::Quantised).unwrap();
    let text = |index: usize| {
        let mut text = String::new();
        let mut at = index;
        while encoder.tokens(&format!("{text} {}", words[at % words.len()])).unwrap().len() <= TOKENS {
            text = format!("{text} {}", words[at % words.len()]);
            at = at * 7 + index + 1;
        }
        text
    };
    let texts: Vec<String> = (0..TEXTS).map(text).collect();
    let tokens: usize = texts.iter().map(|text| encoder.tokens(text).unwrap().len()).sum();
    black_box(encoder.embed(&texts).unwrap());
    let (mut best, before) = (f64::MAX, processor_seconds());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        black_box(encoder.embed(&texts).unwrap());
        best = best.min(began.elapsed().as_secs_f64());
    }
    let processor = (processor_seconds() - before) / ROUNDS as f64;
    println!(
        "{:.0} texts/s (best of {ROUNDS}), {:.0} per second of processor time, {:.1} tokens a text",
        TEXTS as f64 / best,
        TEXTS as f64 / processor,
        tokens as f64 / TEXTS as f64
    );
}
