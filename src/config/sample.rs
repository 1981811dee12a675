//! The sample workbenches inside the binary, and copying one out without ever overwriting a file.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::nearest::did_you_mean;

/// A workbench that comes with the program.
#[derive(Debug)]
pub struct Sample {
    /// Its name and the name of its folder.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
    /// Its files: path inside the folder, and bytes. The manifest is last: a folder with one is whole.
    pub files: &'static [(&'static str, &'static [u8])],
}

macro_rules! files {
    ($name:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../sample-prompts/", $name, "/", $path)).as_slice())),+]
    };
}

/// Every sample; the first is the one opened when there is no workbench.
pub static SAMPLES: [Sample; 2] = [
    Sample {
        name: "orders",
        summary: "an order in free text to JSON",
        files: files!("orders": "README.md", "adapters/orders/adapter_config.json",
            "adapters/orders/adapter_model.safetensors", "adapters/orders/card.json", "orders.prompty", "orders-detailed.prompty", "data/train.jsonl",
            "data/dev.jsonl", "data/test.jsonl", "recorded.jsonl", "fourfold.toml"),
    },
    Sample {
        name: "triage",
        summary: "a support ticket to area, urgency, and whether it needs a person",
        files: files!("triage": "README.md", "triage.prompty", "triage-detailed.prompty", "data/train.jsonl",
            "data/dev.jsonl", "data/test.jsonl", "recorded.jsonl", "fourfold.toml"),
    },
];

/// Why a sample was not copied.
#[derive(Debug, Error)]
pub enum SampleError {
    /// There is no such sample.
    #[error("no sample is called `{name}`")]
    Unknown {
        /// The name asked for.
        name: String,
        /// What to do next.
        hint: String,
    },
    /// Files are in the way; nothing was written.
    #[error("{} would be overwritten", list(paths))]
    InTheWay {
        /// The files.
        paths: Vec<PathBuf>,
    },
    /// The disk refused.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl SampleError {
    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { hint, .. } => hint.clone(),
            Self::InTheWay { .. } => "Name another folder; nothing was written.".to_owned(),
            Self::Unwritable { .. } => "Name a folder that you may write to.".to_owned(),
        }
    }
}

/// The first three: a folder that holds a whole copy would list everything.
fn list(paths: &[PathBuf]) -> String {
    let shown: Vec<String> = paths.iter().take(3).map(|path| path.display().to_string()).collect();
    let more = paths.len().saturating_sub(shown.len());
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", shown.join(", "))
}

/// The sample called `name`.
pub fn sample(name: &str) -> Result<&'static Sample, SampleError> {
    SAMPLES.iter().find(|sample| sample.name == name).ok_or_else(|| {
        let names: Vec<&str> = SAMPLES.iter().map(|sample| sample.name).collect();
        SampleError::Unknown { name: name.to_owned(), hint: did_you_mean(name, &names, "sample") }
    })
}

/// Writes the sample's files into `destination`, which may exist. If one of them is there already, nothing is written.
pub fn copy_sample(sample: &Sample, destination: &Path) -> Result<(), SampleError> {
    let targets: Vec<(PathBuf, &[u8])> =
        sample.files.iter().map(|(path, text)| (destination.join(path), *text)).collect();
    // A dangling link is in the way too, hence not `exists`.
    let in_the_way: Vec<PathBuf> =
        targets.iter().filter(|(path, _)| path.symlink_metadata().is_ok()).map(|(path, _)| path.clone()).collect();
    if !in_the_way.is_empty() {
        return Err(SampleError::InTheWay { paths: in_the_way });
    }
    for (path, bytes) in targets {
        let folder = path.parent().unwrap_or(destination);
        fs::create_dir_all(folder).map_err(|source| SampleError::Unwritable { path: folder.to_owned(), source })?;
        // Not synced: the first start would wait for the disk, and what is lost can be had again.
        let written = OpenOptions::new().write(true).create_new(true).open(&path);
        let written = written.and_then(|mut file| file.write_all(bytes));
        written.map_err(|source| SampleError::Unwritable { path, source })?;
    }
    Ok(())
}

/// The person's own copy of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It was made just now.
    Copied(PathBuf),
    /// It was there from an earlier start.
    Kept(PathBuf),
}

impl Opened {
    /// The folder.
    pub fn root(&self) -> &Path {
        match self {
            Self::Copied(root) | Self::Kept(root) => root,
        }
    }
}

/// The copy of `sample` under `home` (see [`super::sample_home`]), made if it is not there yet, whole or not at all.
pub fn open_sample(sample: &Sample, home: &Path) -> Result<Opened, SampleError> {
    let root = home.join(sample.name);
    if root.is_dir() {
        return Ok(Opened::Kept(root));
    }
    let part = home.join(format!(".{}.{}.part", sample.name, std::process::id()));
    let clear = || fs::remove_dir_all(&part);
    if let Err(source) = clear()
        && source.kind() != ErrorKind::NotFound
    {
        return Err(SampleError::Unwritable { path: part, source });
    }
    copy_sample(sample, &part)?;
    match fs::rename(&part, &root) {
        Ok(()) => Ok(Opened::Copied(root)),
        // Another instance was faster, or the disk refuses: only the first leaves a folder.
        Err(source) => {
            let _ = clear();
            if root.is_dir() { Ok(Opened::Kept(root)) } else { Err(SampleError::Unwritable { path: root, source }) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Known, Workbench};
    use super::*;

    #[test]
    fn every_file_of_a_sample_folder_is_embedded() {
        for sample in &SAMPLES {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-prompts").join(sample.name);
            let mut on_disk = Vec::new();
            let mut folders = vec![folder.clone()];
            while let Some(next) = folders.pop() {
                for entry in fs::read_dir(next).unwrap() {
                    let path = entry.unwrap().path();
                    let relative = path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
                    match path.is_dir() {
                        true if relative == ".fourfold" => {}
                        true => folders.push(path),
                        false => on_disk.push(relative),
                    }
                }
            }
            on_disk.sort();
            let mut embedded: Vec<&str> = sample.files.iter().map(|(path, _)| *path).collect();
            assert_eq!(embedded.last(), Some(&"fourfold.toml"));
            embedded.sort_unstable();
            assert_eq!(on_disk, embedded, "{}", sample.name);
        }
    }

    #[test]
    fn a_copy_is_a_workbench_without_a_problem() {
        for (sample, ids) in SAMPLES.iter().zip([&["plain", "prompted", "tuned"][..], &["plain", "prompted"]]) {
            let home = tempfile::tempdir().unwrap();
            let opened = open_sample(sample, home.path()).unwrap();
            assert!(matches!(opened, Opened::Copied(_)));
            let known =
                Known { metrics: &["exact-match", "json-fields"], strategies: &["zero-shot", "few-shot"], judge: None };
            let workbench = Workbench::open(opened.root(), known).unwrap();
            let arms: Vec<&str> = workbench.arms.iter().map(|arm| arm.id.as_str()).collect();
            assert_eq!(arms, ids);
            assert_eq!(open_sample(sample, home.path()).unwrap(), Opened::Kept(opened.root().to_owned()));
            assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "no half copy is left behind");
        }
    }

    #[test]
    fn nothing_is_overwritten_and_nothing_written_beside_it() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("orders.prompty"), "mine").unwrap();
        let error = copy_sample(&SAMPLES[0], home.path()).unwrap_err();
        assert!(matches!(&error, SampleError::InTheWay { paths } if paths.len() == 1), "{error}");
        assert_eq!(fs::read_to_string(home.path().join("orders.prompty")).unwrap(), "mine");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_unknown_sample_names_the_nearest() {
        let error = sample("order").unwrap_err();
        assert_eq!(error.hint(), "Did you mean `orders`?");
    }
}
