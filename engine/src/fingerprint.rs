//! A hash of the weights file, for telling models apart. It is no check against tampering: whoever downloads a file
//! compares its SHA-256 with the source's.

use std::fs::File;
use std::path::Path;

use crate::EngineError;

/// The hash of a whole file.
pub(crate) fn weights_hash(path: &Path) -> Result<String, EngineError> {
    let failed = |error: std::io::Error| EngineError::Read { path: path.to_owned(), reason: error.to_string() };
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(failed)?).map_err(failed)?;
    let hex = hasher.finalize().to_hex();
    Ok(format!("blake3:{}", hex.chars().take(32).collect::<String>()))
}
