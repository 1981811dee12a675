//! The forward pass against llama.cpp on small random models of every family, and against itself in other arrangements.

use std::path::{Path, PathBuf};

use super::cache::{Cache, PAGE};
use super::{Precision, Stepped, Transformer, Turn, Wanted};
use crate::gguf::Gguf;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn load(name: &str, precision: Precision) -> Transformer {
    Transformer::load(&Gguf::open(&data(name)).unwrap(), precision, &|_| ()).unwrap()
}

fn cache(model: &Transformer) -> Cache {
    Cache::new(model.page_shape())
}

/// One step that wants logits of everyone.
fn step(model: &Transformer, turns: &mut [(&mut Cache, &[u32])]) -> Vec<Vec<f32>> {
    let mut turns: Vec<Turn> =
        turns.iter_mut().map(|(cache, tokens)| Turn { cache, tokens, wanted: Wanted::Last, tuned: None }).collect();
    match model.step(&mut turns, &|| false) {
        Stepped::Done(logits) => logits.into_iter().map(Option::unwrap).collect(),
        Stepped::Abandoned => panic!("nobody abandoned it"),
    }
}

fn tokens(count: u32, seed: u32) -> Vec<u32> {
    (0..count).map(|position| (position * 31 + seed * 7) % 270).collect()
}

#[test]
fn every_family_equals_llama_cpp() {
    let lines = std::fs::read_to_string(data("tiny.jsonl")).unwrap();
    let mut compared = 0;
    for line in lines.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = line["file"].as_str().unwrap();
        let tokens: Vec<u32> =
            line["tokens"].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        let expected: Vec<f64> =
            line["logits"].as_array().unwrap().iter().map(|logit| logit.as_f64().unwrap()).collect();
        let model = load(name, Precision::Exact);
        let logits = step(&model, &mut [(&mut cache(&model), &tokens)]);
        assert_eq!(logits[0].len(), expected.len());
        for (ours, theirs) in logits[0].iter().zip(&expected) {
            assert!((f64::from(*ours) - theirs).abs() < 2e-3, "{name}: {ours} {theirs}");
        }
        compared += 1;
    }
    assert_eq!(compared, 4);
}

#[test]
fn eight_bits_stay_close() {
    let tokens = tokens(100, 1);
    let run = |precision| {
        let model = load("tiny-llama.gguf", precision);
        step(&model, &mut [(&mut cache(&model), &tokens)]).remove(0)
    };
    let (exact, packed) = (run(Precision::Exact), run(Precision::Quantised));
    let squares: f32 = exact.iter().zip(&packed).map(|(exact, packed)| (exact - packed).powi(2)).sum();
    let spread: f32 = exact.iter().map(|exact| exact.powi(2)).sum();
    assert_ne!(exact, packed);
    assert!((squares / spread).sqrt() < 0.05, "{}", (squares / spread).sqrt());
}

// From here on everything is compared bit by bit: no answer may depend on what else runs.

#[test]
fn sequences_in_a_batch_equal_sequences_alone() {
    for precision in [Precision::Quantised, Precision::Exact] {
        let model = load("tiny-llama.gguf", precision);
        let prompts = [tokens(70, 1), tokens(3, 2), tokens(130, 3), tokens(64, 4), tokens(1, 5)];
        let alone: Vec<Vec<f32>> =
            prompts.iter().map(|prompt| step(&model, &mut [(&mut cache(&model), prompt)]).remove(0)).collect();
        let mut caches: Vec<Cache> = prompts.iter().map(|_| cache(&model)).collect();
        let mut turns: Vec<(&mut Cache, &[u32])> =
            caches.iter_mut().zip(&prompts).map(|(cache, prompt)| (cache, prompt.as_slice())).collect();
        assert_eq!(step(&model, &mut turns), alone);
    }
}

#[test]
fn a_prompt_in_pieces_equals_the_prompt_at_once() {
    let model = load("tiny-llama.gguf", Precision::Quantised);
    let prompt = tokens(150, 6);
    let whole = step(&model, &mut [(&mut cache(&model), &prompt)]);
    for piece in [1, 7, 64, 100] {
        let mut cache = cache(&model);
        let mut last = Vec::new();
        for piece in prompt.chunks(piece) {
            last = step(&model, &mut [(&mut cache, piece)]);
        }
        assert_eq!(last, whole, "pieces of {piece}");
        assert_eq!(cache.length(), 150);
    }
}

#[test]
fn a_shared_prefix_equals_a_fresh_start_and_stays_untouched() {
    let model = load("tiny-llama.gguf", Precision::Quantised);
    let (prefix, left, right) = (tokens(100, 7), tokens(30, 8), tokens(40, 9));
    let fresh = |rest: &[u32]| step(&model, &mut [(&mut cache(&model), &[&prefix, rest].concat())]);
    for length in [100, 99, PAGE + 1, PAGE, PAGE - 1] {
        let mut shared = cache(&model);
        step(&model, &mut [(&mut shared, &prefix)]);
        let continued = |rest: &[u32]| {
            let mut copy = shared.prefix(length);
            assert_eq!(copy.length(), length);
            step(&model, &mut [(&mut copy, &[&prefix[length..], rest].concat())])
        };
        assert_eq!(continued(&left), fresh(&left));
        // The first continuation wrote into pages that are shared with this one.
        assert_eq!(continued(&right), fresh(&right));
        assert_eq!(step(&model, &mut [(&mut shared, &left)]), fresh(&left));
    }
}

#[test]
fn an_abandoned_step_changes_nothing() {
    let model = load("tiny-llama.gguf", Precision::Quantised);
    let (prompt, next) = (tokens(80, 10), tokens(5, 11));
    let mut cache = cache(&model);
    step(&model, &mut [(&mut cache, &prompt)]);
    let asked = std::cell::Cell::new(0);
    let mut turns = [Turn { cache: &mut cache, tokens: &tokens(20, 12), wanted: Wanted::Last, tuned: None }];
    let stepped = model.step(&mut turns, &|| asked.replace(asked.get() + 1) == 2);
    assert!(matches!(stepped, Stepped::Abandoned));
    assert_eq!(asked.get(), 3, "asked before every layer");
    assert_eq!(cache.length(), 80);
    let fresh = step(&model, &mut [(&mut super::tests::cache(&model), &[prompt, next.clone()].concat())]);
    assert_eq!(step(&model, &mut [(&mut cache, &next)]), fresh);
}
