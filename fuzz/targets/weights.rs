//! A file of weights: a header that lies is an error, never a crash or a huge allocation.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use fourfold_engine::Tokenizer;
use fourfold_engine::gguf::Gguf;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder for the files"));

fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.path().join("model.gguf");
    fs::write(&path, bytes).expect("the file can be written");
    let Ok(file) = Gguf::open(&path) else { return };
    for (name, entry) in file.entries() {
        let count: usize = entry.shape.iter().product();
        if count <= 1 << 16 {
            let rows = if entry.shape.len() > 1 { entry.shape.first().copied().unwrap_or_default() } else { 1 };
            let _ = file.floats(name, &entry.shape, 0..rows);
        }
    }
    if let Ok(tokenizer) = Tokenizer::from_gguf(&file) {
        let _ = tokenizer.encode("Ein Satz, 2 Zeilen\n🦀");
    }
});
