//! The house: reads the `use` lines and paths of every source file and fails on a forbidden edge.

#![expect(clippy::expect_used, reason = "helpers of a test stop it by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// A word that must not occur in code outside the rooms listed.
struct Rule {
    word: &'static str,
    only_in: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule { word: "ratatui::", only_in: &["view", "theme", "terminal", "keys", "app"] },
    Rule { word: "crossterm::", only_in: &["view", "theme", "terminal", "keys", "app"] },
    Rule { word: "rusqlite::", only_in: &["store"] },
    Rule { word: "crate::store", only_in: &["store", "run", "tune", "app", "cli"] },
    Rule { word: "style::Color", only_in: &["theme"] },
    Rule { word: "Instant::now", only_in: &["app", "run"] },
    Rule { word: "SystemTime::now", only_in: &["app", "run"] },
    Rule { word: "Timestamp::now", only_in: &["app", "run"] },
];

/// Rooms without async and without the network.
const PURE: &[&str] =
    &["files", "characters", "prompt", "data", "score", "stats", "state", "view", "editor", "report", "exchange"];

/// Rooms that know nothing above themselves, and what each may import from this package.
const LEAVES: &[(&str, &[&str])] = &[
    ("files", &["files"]),
    ("command", &["command"]),
    ("characters", &["characters"]),
    ("prompt", &["prompt", "files"]),
    ("data", &["data", "prompt", "files"]),
    ("score", &["score", "characters"]),
    ("stats", &["stats"]),
    ("editor", &["editor", "characters"]),
    ("report", &["report", "score", "stats", "config", "characters"]),
    ("exchange", &["exchange", "prompt", "data"]),
];

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the source folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The file without comments and without its unit tests.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Every (room, file, code) under src.
fn rooms() -> Vec<(String, String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&source, &mut paths);
    paths
        .into_iter()
        .filter_map(|path| {
            let relative = path.strip_prefix(&source).ok()?.to_string_lossy().replace('\\', "/");
            let room = relative.split_once('/')?.0.to_owned();
            Some((room, relative, code(&fs::read_to_string(&path).ok()?)))
        })
        .collect()
}

#[test]
fn no_room_imports_what_it_must_not_know() {
    let mut faults = Vec::new();
    for (room, file, code) in rooms() {
        for rule in RULES {
            if !rule.only_in.contains(&room.as_str()) && code.contains(rule.word) {
                faults.push(format!("{file}: `{}` belongs to {:?}", rule.word, rule.only_in));
            }
        }
        if PURE.contains(&room.as_str()) {
            for word in ["tokio::", "reqwest::"] {
                if code.contains(word) {
                    faults.push(format!("{file}: `{word}` in a pure room"));
                }
            }
        }
        if let Some((_, allowed)) = LEAVES.iter().find(|(leaf, _)| *leaf == room) {
            for part in code.split("crate::").skip(1) {
                let target: String =
                    part.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
                if !allowed.contains(&target.as_str()) {
                    faults.push(format!("{file}: `crate::{target}` is above this room"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "forbidden edges:\n{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&source, &mut paths);
    assert!(paths.len() > 10);
    for path in paths {
        let text = fs::read_to_string(&path).expect("a source file");
        assert!(text.starts_with("//!"), "{} does not open with //!", path.display());
    }
}
