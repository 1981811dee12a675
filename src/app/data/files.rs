//! Which data files there are, and which one a typed path means.

use std::path::{Path, PathBuf};

use crate::app::event::DataNews;
use crate::data::is_data;
use crate::run::RECORDED;

/// How many files are listed at most, and how deep folders are looked into.
const LISTED: (usize, usize) = (200, 4);

/// The data files of the workbench's folder.
pub(super) fn list(root: &Path) -> DataNews {
    DataNews::Listed(names(root))
}

/// Their paths from there, in order.
pub(in crate::app) fn names(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    gather(root, root, LISTED.1, &mut files);
    files.sort();
    files
}

fn gather(root: &Path, folder: &Path, depth: usize, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name());
        // Folders of programs, and links that may lead anywhere or around, are left out.
        let Ok(kind) = entry.file_type() else { continue };
        let name = name.to_string_lossy();
        // What training and recording leave behind are no data sets.
        let other = name.starts_with('.') || name == "adapters" || name == RECORDED;
        if other || files.len() >= LISTED.0 {
            continue;
        }
        if kind.is_dir() && depth > 0 {
            gather(root, &path, depth - 1, files);
        }
        if !kind.is_dir() && is_data(&path) {
            files.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
        }
    }
}

/// The path that a person means: from the workbench, from the folder the program was started in, `~` for home.
pub(in crate::app) fn meant(root: &Path, typed: &str) -> PathBuf {
    let typed = typed.trim().trim_matches(['"', '\'']);
    let home = || std::env::home_dir().zip(typed.strip_prefix("~/"));
    if let Some((home, rest)) = home() {
        return home.join(rest);
    }
    let here = root.join(typed);
    if here.is_file() { here } else { std::path::absolute(typed).unwrap_or(here) }
}
