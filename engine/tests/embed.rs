//! The embedding model against values that numpy computed in 64 bits (`reference/embed.py`). Runs where the model is on
//! this machine: `fourfold models pull minilm-l6-v2`, or `FOURFOLD_EMBEDDER` with the folder of `model.safetensors` and `vocab.txt`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are not seen as tests")]

use std::path::PathBuf;
use std::time::Instant;

use fourfold_engine::{Encoder, Precision};
use serde_json::Value;

const REFERENCE: &str = include_str!("reference/vectors.jsonl");

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("FOURFOLD_EMBEDDER").map(PathBuf::from);
    let cached =
        || Some(directories::ProjectDirs::from("", "", "fourfold")?.cache_dir().join("models/all-MiniLM-L6-v2"));
    let folder = named.or_else(cached)?;
    if folder.join("model.safetensors").is_file() {
        return Some(folder);
    }
    println!("skipped: the embedding model is not on this machine");
    None
}

fn encoder(precision: Precision) -> Option<Encoder> {
    let folder = folder()?;
    Some(Encoder::load(&folder.join("model.safetensors"), &folder.join("vocab.txt"), precision).unwrap())
}

fn lines() -> Vec<(String, Vec<u32>, Vec<f64>)> {
    let read = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let tokens = line["tokens"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        let vector = line["vector"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
        (line["text"].as_str().unwrap().to_owned(), tokens, vector)
    };
    REFERENCE.lines().map(read).collect()
}

fn cosine(ours: &[f32], theirs: &[f64]) -> f64 {
    ours.iter().zip(theirs).map(|(a, b)| f64::from(*a) * b).sum()
}

#[test]
fn texts_become_the_same_tokens() {
    let Some(encoder) = encoder(Precision::Quantised) else { return };
    for (text, tokens, _) in lines() {
        assert_eq!(encoder.tokens(&text).unwrap(), tokens, "{text}");
    }
}

#[test]
fn vectors_are_those_of_the_reference() {
    let Some(encoder) = encoder(Precision::Exact) else { return };
    let lines = lines();
    let texts: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
    for ((text, _, theirs), ours) in lines.iter().zip(encoder.embed(&texts).unwrap()) {
        let most = ours.iter().zip(theirs).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
        assert!(most < 2e-5, "{text}: {most}");
    }
}

#[test]
fn eight_bits_point_the_same_way() {
    let Some(encoder) = encoder(Precision::Quantised) else { return };
    let lines = lines();
    let texts: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
    let ours = encoder.embed(&texts).unwrap();
    for ((text, _, theirs), ours) in lines.iter().zip(&ours) {
        let alike = cosine(ours, theirs);
        assert!(alike > 0.995, "{text}: {alike}");
    }
    // Alone and among others a text has one vector.
    for (text, together) in texts.iter().zip(&ours) {
        assert_eq!(&encoder.embed(&[text]).unwrap()[0], together, "{text}");
    }
    // A paraphrase without a common word is nearer than anything else.
    let score = |other: usize| ours[0].iter().zip(&ours[other]).map(|(a, b)| a * b).sum::<f32>();
    assert!((2..ours.len()).all(|other| score(1) > score(other)), "{}", score(1));
}

/// Prints what it does in a second: `cargo test -p fourfold-engine --release --test embed -- --nocapture`.
#[test]
fn many_texts_at_once() {
    let Some(encoder) = encoder(Precision::Quantised) else { return };
    let texts: Vec<String> = (0..128)
        .map(|n| format!("order number {n} of the customer from the north should arrive at the shop in the harbour before noon on Friday, please tell them"))
        .collect();
    let tokens: usize = texts.iter().map(|text| encoder.tokens(text).unwrap().len()).sum();
    let start = Instant::now();
    let vectors = encoder.embed(&texts).unwrap();
    let rate = texts.len() as f64 / start.elapsed().as_secs_f64();
    println!("{rate:.0} texts of {} tokens a second", tokens / texts.len());
    assert_eq!(vectors.len(), texts.len());
}
