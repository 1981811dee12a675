//! Hashes of weights, for telling models apart. They are no check against tampering: whoever downloads a file compares its
//! SHA-256 with the source's.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::EngineError;
use crate::files::open_plain;
use crate::gguf::Gguf;

/// The hash of a whole file.
pub(crate) fn weights_hash(path: &Path) -> Result<String, EngineError> {
    let mut hasher = blake3::Hasher::new();
    let file = open_plain(path)?;
    hasher.update_reader(file).map_err(|error| unreadable(path, &error))?;
    Ok(shortened(&hasher))
}

impl Gguf {
    /// The hash of the file's tensors: their names, shapes, number formats and bytes, in the order of the names. Two files whose
    /// weights are equal have the same, whatever their metadata say and however they arrange them.
    pub fn tensors_hash(&self) -> Result<String, EngineError> {
        let path = self.path();
        let mut source = File::open(path).map_err(|error| unreadable(path, &error))?;
        let mut entries = self.entries();
        entries.sort_by_key(|(name, _)| *name);
        let mut hasher = blake3::Hasher::new();
        for (name, entry) in entries {
            hasher.update(format!("{name} {:?} {:?}\n", entry.kind, entry.shape).as_bytes());
            source.seek(SeekFrom::Start(entry.offset)).map_err(|error| unreadable(path, &error))?;
            hasher.update_reader((&source).take(entry.bytes)).map_err(|error| unreadable(path, &error))?;
        }
        Ok(shortened(&hasher))
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> EngineError {
    EngineError::Read { path: path.to_owned(), reason: error.to_string() }
}

fn shortened(hasher: &blake3::Hasher) -> String {
    let hex = hasher.finalize().to_hex();
    format!("blake3:{}", hex.chars().take(32).collect::<String>())
}
