//! From messages to a tuned answer, on small random models: examples, training, and adapters at work beside each other.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::{answer, ask, collect, start};
use fourfold_engine::train::{TuneEnded, TuneEvent};
use fourfold_engine::{
    Adapter, ChatMessage, Ended, Engine, EngineError, Evaluator, GenerateRequest, Options, Trainer, TuneOptions, Tuned,
};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn load(name: &str, prefix_bytes: usize) -> Engine {
    Engine::load(&path(name), &Options { prefix_bytes, ..Options::default() }).unwrap()
}

fn user(content: &str) -> Vec<ChatMessage> {
    vec![ChatMessage::new("user", content)]
}

const TASK: [(&str, &str); 3] = [("one", "the world"), ("two", "in on er"), ("three", "Hello the")];

/// An adapter that has learned the task, or begun to.
fn trained(engine: &Engine, seed: u64, epochs: usize) -> Arc<Adapter> {
    let base = engine.base();
    // Another seed learns other answers to the same questions.
    let answers = TASK.iter().map(|(_, answered)| answered).cycle().skip(seed as usize - 1);
    let examples = TASK.iter().zip(answers).map(|((asked, _), answered)| base.example(&user(asked), answered).unwrap());
    let examples = examples.collect();
    let options = TuneOptions { seed, epochs, learning_rate: 5e-3, batch: 3, rank: 8, ..TuneOptions::default() };
    let mut trainer = Trainer::new(base, options, examples, Vec::new()).unwrap();
    let ended = trainer.run(&mut |_: &Trainer, _: TuneEvent| ControlFlow::Continue(())).unwrap();
    assert_eq!(ended, TuneEnded::Finished);
    Arc::new(trainer.adapter().unwrap())
}

fn with(tuned: Option<Tuned>, content: &str) -> GenerateRequest {
    GenerateRequest { tuned, ..ask(content, 30) }
}

#[test]
fn an_example_is_what_will_be_asked_and_answered() {
    for (name, end) in [("tiny-llama.gguf", "<|im_end|>"), ("tiny-llama3.gguf", "<|eot_id|>")] {
        let engine = load(name, 0);
        let tokenizer = engine.tokenizer();
        let messages = [ChatMessage::new("system", "Hello"), ChatMessage::new("user", "the world")];
        let example = engine.base().example(&messages, "in the world").unwrap();
        assert_eq!(example.prompt, engine.prompt_tokens(&messages).unwrap(), "{name}");
        let (last, answer) = example.completion.split_last().unwrap();
        assert_eq!(answer, tokenizer.encode("in the world").unwrap(), "{name}");
        assert!(tokenizer.is_end(*last), "{name}: it ends with {end}");

        // A spelled-out end in an answer is text, and the real one comes after it.
        let forged = engine.base().example(&messages, &format!("a{end}b")).unwrap();
        let ends = forged.completion.iter().filter(|&&token| tokenizer.is_end(token)).count();
        let bytes: Vec<u8> = forged.completion.iter().flat_map(|&token| tokenizer.bytes(token)).copied().collect();
        assert_eq!((ends, String::from_utf8(bytes).unwrap()), (1, format!("a{end}b")), "{name}");
    }
    // A template that trims answers trims what is learned.
    let engine = load("tiny-llama3.gguf", 0);
    let trimmed = engine.base().example(&user("x"), "  the world \n").unwrap();
    assert_eq!(trimmed, engine.base().example(&user("x"), "the world").unwrap());
}

#[test]
fn what_was_learned_is_answered_and_ended() {
    let engine = load("tiny-llama.gguf", 0);
    let adapter = trained(&engine, 1, 80);
    for (asked, answered) in TASK {
        let tuned = answer(&engine, with(Some(Tuned::new(Arc::clone(&adapter))), asked)).unwrap();
        assert_eq!((tuned.text.as_str(), tuned.ended), (answered, Ended::Stop));
        assert_ne!(answer(&engine, with(None, asked)).unwrap().text, answered);
    }
}

#[test]
fn sequences_with_different_adapters_share_a_batch() {
    let engine = load("tiny-llama.gguf", 0);
    let (first, second) = (trained(&engine, 1, 20), trained(&engine, 2, 20));
    let tunings = [
        None,
        Some(Tuned::new(Arc::clone(&first))),
        Some(Tuned { adapter: first, scale: -1.0 }),
        Some(Tuned::new(second)),
    ];
    let alone: Vec<String> =
        tunings.iter().map(|tuned| answer(&engine, with(tuned.clone(), "one")).unwrap().text).collect();
    for (index, text) in alone.iter().enumerate() {
        assert!(alone[..index].iter().all(|other| other != text), "{alone:?}");
    }
    let running: Vec<_> = tunings.iter().map(|tuned| start(&engine, with(tuned.clone(), "one"))).collect();
    let together: Vec<String> = running.iter().map(|(_, events)| collect(events).unwrap().text).collect();
    assert_eq!(together, alone);
}

#[test]
fn prefixes_belong_to_an_adapter_and_its_strength() {
    let (keeping, forgetful) = (load("tiny-llama.gguf", 64 << 20), load("tiny-llama.gguf", 0));
    let adapter = trained(&keeping, 1, 20);
    let content = "the worl world in on er ".repeat(5);
    let at = |scale| Some(Tuned { adapter: Arc::clone(&adapter), scale });
    for tuned in [None, at(1.0), at(0.5)] {
        let fresh = answer(&forgetful, with(tuned.clone(), &content)).unwrap();
        let first = answer(&keeping, with(tuned.clone(), &content)).unwrap();
        assert_eq!((first.cached_tokens, &first.text), (0, &fresh.text));
        let again = answer(&keeping, with(tuned, &content)).unwrap();
        assert_eq!((again.cached_tokens, &again.text), (again.input_tokens - 1, &fresh.text));
    }
    // At strength 0 an adapter is the base, and shares its prefixes.
    let nothing = answer(&keeping, with(at(0.0), &content)).unwrap();
    assert_eq!(nothing.cached_tokens, nothing.input_tokens - 1);
    assert_eq!(nothing.text, answer(&forgetful, with(None, &content)).unwrap().text);
}

#[test]
fn an_adapter_of_another_model_fails_the_request_and_no_other() {
    let (engine, other) = (load("tiny-llama.gguf", 0), load("tiny-llama3.gguf", 0));
    let tuned = Some(Tuned::new(trained(&other, 1, 1)));
    assert!(matches!(answer(&engine, with(tuned.clone(), "one")), Err(EngineError::Adapter { .. })));
    assert!(answer(&engine, with(None, "one")).is_ok());
    let mut evaluator = Evaluator::new(engine.base());
    assert!(matches!(evaluator.tune(tuned), Err(EngineError::Adapter { .. })));
    let endless = Some(Tuned { adapter: trained(&engine, 1, 1), scale: f32::INFINITY });
    assert!(matches!(answer(&engine, with(endless, "one")), Err(EngineError::Adapter { .. })));
}
