//! promptfoo's configuration: prompts, providers, tests and assertions.
//!
//! What has an equivalent here is carried over. Of everything else the line is named with the reason: assertions in JavaScript or
//! Python, providers that are programs, files outside the folder. promptfoo tests each case by rules of its own; here all
//! cases of a split are scored by the same metrics. So a text that only one test expects becomes that case's reference, and one that
//! every test expects becomes a metric with that text.

mod assertions;
mod held;
mod patterns;
mod prompts;
mod providers;
mod settings;
mod tests_of;
mod workbench;
mod write;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::prompt::{FileAccess, Reach, YamlNode, read_inside, read_yaml};

pub use write::{ExportArm, ExportJudge, Exported, NamedMetric, export};

/// Configurations longer than this are not read, in bytes.
const LONGEST: usize = 256 * 1024;

/// What a configuration came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The files of the workbench, by their paths in it.
    pub files: Vec<(String, String)>,
    /// Prompts that were carried over.
    pub prompts: usize,
    /// Models.
    pub models: usize,
    /// Cases.
    pub cases: usize,
    /// Metrics.
    pub metrics: Vec<String>,
    /// What was not carried over.
    pub left_out: Vec<LeftOut>,
    /// What means something else here than it did there.
    pub notes: Vec<String>,
}

/// Something that was not carried over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The file, by its path in the folder.
    pub file: String,
    /// The line, from 1; 0 where there is none.
    pub line: usize,
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Why a configuration cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct ImportError {
    /// What happened.
    pub what: String,
    /// What to do next.
    pub hint: String,
}

/// A file of the configuration with its text.
struct Source {
    name: String,
    text: String,
}

impl Source {
    /// The line of a byte, from 1.
    fn line(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|one| *one == b'\n').count() + 1
    }
}

/// What the parts of an import share.
struct Reader {
    reach: Reach,
    left_out: Vec<LeftOut>,
    notes: BTreeSet<String>,
}

impl Reader {
    /// The text of a file that the configuration names: inside the folder, or not at all.
    fn file(&mut self, source: &Source, byte: usize, written: &str) -> Option<Source> {
        let path = written.strip_prefix("file://").unwrap_or(written);
        match read_inside(Some(&self.reach), FileAccess::Folder, path) {
            Ok(text) => Some(Source { name: path.to_owned(), text }),
            Err(denied) => {
                self.leave(source, byte, &format!("the file `{path}`"), &denied.to_string());
                None
            }
        }
    }

    /// The files that a path names: itself, or where it is a pattern what fits it.
    fn named(&mut self, source: &Source, byte: usize, what: &str, written: &str) -> Vec<String> {
        let path = written.trim();
        let path = path.strip_prefix("file://").unwrap_or(path);
        if !patterns::is_pattern(path) {
            return vec![path.to_owned()];
        }
        match patterns::named(&self.reach.root, path) {
            Ok((found, more)) => {
                if more {
                    self.leave(source, byte, &format!("{what} `{path}`"), "only the first 1,000 files of it are read");
                }
                found
            }
            Err(why) => {
                self.leave(source, byte, &format!("{what} `{path}`"), &why);
                Vec::new()
            }
        }
    }

    fn leave(&mut self, source: &Source, byte: usize, what: &str, why: &str) {
        let line = if source.text.is_empty() { 0 } else { source.line(byte) };
        self.left_out.push(LeftOut { file: source.name.clone(), line, what: what.to_owned(), why: why.to_owned() });
    }

    /// A YAML or JSON file as nodes with their places.
    fn yaml(&mut self, source: &Source) -> Option<YamlNode> {
        if source.text.len() > LONGEST {
            self.leave(
                source,
                0,
                "the whole file",
                "it is longer than 256 KB; put long lists of tests into a CSV or JSONL file",
            );
            return None;
        }
        match read_yaml(&source.text, 0..source.text.len()) {
            Ok(node) => node,
            Err(fault) => {
                self.leave(source, fault.offset, "the rest of the file", &format!("it is no YAML: {}", fault.message));
                None
            }
        }
    }
}

/// The ending of a file's name, in small letters.
fn ending(path: &str) -> String {
    Path::new(path.trim()).extension().map(|end| end.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// Program files: promptfoo would run them.
fn is_program(path: &str) -> bool {
    // `file://make.js:name` calls a function of the file.
    let path = path.strip_prefix("file://").unwrap_or(path);
    let path = path.split(':').next().unwrap_or(path);
    ["js", "cjs", "mjs", "ts", "cts", "mts", "py", "rb", "sh", "go"].contains(&ending(path).as_str())
}

/// Reads the configuration at `path` and everything it names inside its folder.
pub fn import(path: &Path) -> Result<Imported, ImportError> {
    let failed = |what: String| ImportError { what, hint: "Name a promptfooconfig.yaml that is there.".to_owned() };
    if path.extension().and_then(|end| end.to_str()).is_some_and(|end| is_program(&format!("config.{end}"))) {
        return Err(ImportError {
            what: format!("{} is a program: importing would run it", path.display()),
            hint: "Write the configuration as YAML or JSON first.".to_owned(),
        });
    }
    let text =
        std::fs::read_to_string(path).map_err(|error| failed(format!("cannot read {}: {error}", path.display())))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let source = Source { name, text };
    if source.text.len() > LONGEST {
        return Err(ImportError {
            what: format!("{} is longer than 256 KB", path.display()),
            hint: "Put the tests into a CSV or JSONL file beside it.".to_owned(),
        });
    }
    let root = read_yaml(&source.text, 0..source.text.len()).map_err(|fault| ImportError {
        what: format!("{}:{}: {}", path.display(), source.line(fault.offset), fault.message),
        hint: "Correct the YAML there.".to_owned(),
    })?;
    let root = root.ok_or_else(|| failed(format!("{} is empty", path.display())))?;
    let mut reader = Reader { reach: Reach::folder(folder), left_out: Vec::new(), notes: BTreeSet::new() };
    let mut run = settings::RunSettings::default();
    for entry in root.entries() {
        match entry.key.as_str() {
            name @ ("evaluateOptions" | "commandLineOptions") => run.take(&mut reader, &source, name, &entry.value),
            "prompts" | "providers" | "targets" | "tests" | "defaultTest" | "description" | "$schema" => {}
            "scenarios" | "redteam" | "extensions" | "nunjucksFilters" | "transform" | "derivedMetrics" | "env" => {
                reader.leave(&source, entry.key_range.start, &format!("`{}`", entry.key), "it has no equivalent here");
            }
            other => {
                let what = format!("`{other}`");
                reader.leave(&source, entry.key_range.start, &what, "it is a setting of the other tool");
            }
        }
    }
    let prompts = prompts::read(&mut reader, &source, root.get("prompts"));
    let models = providers::read(&mut reader, &source, root.get("providers").or_else(|| root.get("targets")));
    let tests = tests_of::read(&mut reader, &source, root.get("tests"), root.get("defaultTest"));
    if prompts.is_empty() {
        return Err(ImportError {
            what: format!("{} has no prompt that can be carried over", path.display()),
            hint: reader.left_out.first().map_or_else(
                || "Write one under `prompts`.".to_owned(),
                |left| format!("{}:{}: {}: {}.", left.file, left.line, left.what, left.why),
            ),
        });
    }
    Ok(workbench::make(
        reader,
        root.get("description").and_then(YamlNode::text).as_deref(),
        prompts,
        models,
        tests,
        &run,
    ))
}
