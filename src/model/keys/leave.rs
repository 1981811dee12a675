//! Leaves that the person gave a workbench folder, kept beside the person's own settings and never in the workbench.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::source::fault;
use crate::model::ModelError;

/// The file, beside the folder of kept keys.
const FILE: &str = "allowed";

fn file(folder: Option<&Path>) -> Option<PathBuf> {
    Some(folder?.parent()?.join(FILE))
}

/// Folder and wish as one line: a folder that has moved has to ask again.
fn line(root: &Path, wish: &str) -> String {
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_path_buf());
    let hash = blake3::hash(serde_json::json!([root.to_string_lossy(), wish]).to_string().as_bytes());
    hash.to_hex().to_string()
}

pub(super) fn is_given(folder: Option<&Path>, root: &Path, wish: &str) -> bool {
    let wanted = line(root, wish);
    let text = file(folder).and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
    text.lines().any(|line| line.split_whitespace().next() == Some(wanted.as_str()))
}

pub(super) fn give(folder: Option<&Path>, root: &Path, wish: &str) -> Result<(), ModelError> {
    if is_given(folder, root, wish) {
        return Ok(());
    }
    let Some(path) = file(folder) else {
        return Err(fault("there is no folder to keep leaves in", "Set HOME, or use an environment variable."));
    };
    let write = || -> io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        // The words are for people who look into the file; the hash is what counts.
        let words = format!("{}: {wish}", root.display());
        let words: String = words.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
        writeln!(file, "{}  {words}", line(root, wish))
    };
    write().map_err(|error| {
        fault(format!("the leave cannot be kept in {}: {error}", path.display()), "Check the folder's permissions.")
    })
}
