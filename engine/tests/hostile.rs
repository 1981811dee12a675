//! Files that are damaged, cut short, or written to hurt: refused with a reason, never a panic, never a huge allocation.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::path::{Path, PathBuf};

use fourfold_engine::gguf::Gguf;
use fourfold_engine::{Engine, EngineError, Options, Tokenizer};
use proptest::prelude::*;

fn original() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny-llama.gguf")).unwrap()
}

fn load(bytes: &[u8]) -> Result<Engine, EngineError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    Engine::load(file.path(), &Options::default())
}

fn refused(bytes: &[u8]) -> EngineError {
    load(bytes).err().expect("refused")
}

/// The original with the first `from` replaced by `to` of the same length.
fn replaced(from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = original();
    let start = bytes.windows(from.len()).position(|window| window == from).expect("it is there");
    bytes[start..start + from.len()].copy_from_slice(to);
    bytes
}

/// The original with the value that follows a key (its length, text and type) overwritten.
fn with_value(key: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = original();
    let start = bytes.windows(key.len()).position(|window| window == key.as_bytes()).expect("it is there");
    let start = start + key.len() + 4;
    bytes[start..start + value.len()].copy_from_slice(value);
    bytes
}

#[test]
fn the_untouched_file_loads() {
    load(&original()).unwrap();
}

#[test]
fn every_cut_is_refused() {
    let bytes = original();
    for length in (0..bytes.len()).step_by(997).chain([4, 8, 23, 24, bytes.len() - 1]) {
        let error = refused(&bytes[..length]);
        assert!(matches!(error, EngineError::Malformed { .. }), "{length}: {error:?}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn huge_counts_are_refused_before_anything_is_allocated() {
    for (offset, what) in [(8, "tensors"), (16, "metadata entries")] {
        for count in [u64::MAX, 1 << 40, 1_000_000] {
            let mut bytes = original();
            bytes[offset..offset + 8].copy_from_slice(&count.to_le_bytes());
            let error = refused(&bytes).to_string();
            assert!(error.contains(what) && error.contains(&count.to_string()), "{error}");
        }
    }
}

#[test]
fn what_is_not_supported_is_named() {
    let name = |error: EngineError| match error {
        EngineError::UnsupportedArchitecture { name, supported } => {
            assert!(supported.contains("qwen3"));
            name
        }
        EngineError::UnsupportedTokenizer { name, .. } => name,
        other => panic!("{other:?}"),
    };
    // The strings' lengths stay: 5 bytes of `llama`, 4 bytes of `gpt2`.
    for (key, value) in [("general.architecture", "mamba"), ("tokenizer.ggml.model", "bert")] {
        let content = [&(value.len() as u64).to_le_bytes(), value.as_bytes()].concat();
        assert_eq!(name(refused(&with_value(key, &content))), value);
    }
    assert_eq!(name(refused(&replaced(b"smollm", b"smollM"))), "smollM");
    assert!(matches!(
        refused(&replaced(b"ffn_gate.weight", b"ffn_gatX.weight")),
        EngineError::UnsupportedFeature { .. }
    ));
}

#[test]
fn impossible_shapes_are_refused() {
    for (key, value) in [
        ("llama.embedding_length", 0_u32),
        ("llama.embedding_length", u32::MAX),
        ("llama.embedding_length", 32),
        ("llama.attention.head_count", 0),
        ("llama.attention.head_count", 3),
        ("llama.attention.head_count_kv", 0),
        ("llama.block_count", 0),
        ("llama.block_count", 2),
        ("llama.block_count", 4),
        ("llama.context_length", 0),
        ("llama.attention.key_length", 7),
        ("llama.rope.freq_base", 0),
        // Not a number, as bits of a float.
        ("llama.rope.freq_base", 0x7fc0_0000),
    ] {
        let error = refused(&with_value(key, &value.to_le_bytes()));
        assert!(
            matches!(error, EngineError::Malformed { .. } | EngineError::UnsupportedFeature { .. }),
            "{key}: {error:?}"
        );
    }
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), original()).unwrap();
    let gguf = Gguf::open(file.path()).unwrap();
    for name in ["output_norm.weight", "token_embd.weight", "blk.1.ffn_down.weight"] {
        let entry = gguf.entry(name).unwrap();
        let start = entry.offset as usize;
        let mut bytes = original();
        // Not a number both as a half-precision scale (where blocks begin) and as the high half of a float.
        bytes[start..start + 4].copy_from_slice(&[0xff; 4]);
        let error = refused(&bytes).to_string();
        assert!(error.contains(name) && error.contains("not numbers"), "{error}");
    }
}

#[test]
fn a_missing_file_says_so() {
    let path = PathBuf::from("nowhere.gguf");
    assert!(matches!(Engine::load(&path, &Options::default()).err(), Some(EngineError::Read { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    // Whatever is written over the header: it loads or it is refused.
    #[test]
    fn damage_never_panics(position in 0_usize..9_000, damage in prop::collection::vec(any::<u8>(), 1..12)) {
        let mut bytes = original();
        bytes[position..position + damage.len()].copy_from_slice(&damage);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        if let Ok(gguf) = Gguf::open(file.path()) {
            let _ = Tokenizer::from_gguf(&gguf);
            let _ = Engine::load(file.path(), &Options { sequences: 1, ..Options::default() });
        }
    }
}
