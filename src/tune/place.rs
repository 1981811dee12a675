//! Where adapters and trainings live in a workbench, and what they may be called.

use std::path::{Path, PathBuf};

use super::error::TuneError;
use crate::config::program_folder;

/// The longest name.
const LONGEST: usize = 64;

/// The folder of finished adapters.
pub fn adapters_folder(root: &Path) -> PathBuf {
    program_folder(root).join("adapters")
}

/// The files of one training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingPlace {
    /// The folder they are in.
    pub folder: PathBuf,
    /// The adapter it will become.
    pub adapter: PathBuf,
    /// Its name.
    pub name: String,
}

impl TrainingPlace {
    /// The place of the training called `name`, which is checked.
    pub fn new(root: &Path, name: &str) -> Result<Self, TuneError> {
        check_name(name)?;
        Ok(Self {
            folder: program_folder(root).join("training").join(name),
            adapter: adapters_folder(root).join(name),
            name: name.to_owned(),
        })
    }

    /// The place whose folder this is.
    pub fn of(folder: &Path) -> Result<Self, TuneError> {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        check_name(&name)?;
        let program = folder.parent().and_then(Path::parent).ok_or_else(|| {
            TuneError::asked(format!("{} is no training", folder.display()), "Begin one with `fourfold tune`.")
        })?;
        Ok(Self { folder: folder.to_owned(), adapter: program.join("adapters").join(&name), name })
    }

    /// What is to be trained.
    pub fn job(&self) -> PathBuf {
        self.folder.join("job.json")
    }

    /// The examples, as they were when it began.
    pub fn examples(&self) -> PathBuf {
        self.folder.join("examples.jsonl")
    }

    /// What happened.
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    /// What the person wants next.
    pub fn control(&self) -> PathBuf {
        self.folder.join("control")
    }

    /// Held by the process that trains, as long as it lives.
    pub fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    /// Held by the one process that trains anything of this workbench.
    pub fn turn(&self) -> PathBuf {
        self.folder.with_file_name("turn")
    }

    /// Which process that is.
    pub fn process(&self) -> PathBuf {
        self.folder.join("process.json")
    }

    /// What that process wrote to its standard error.
    pub fn log(&self) -> PathBuf {
        self.folder.join("worker.log")
    }

    /// The last state that can be gone on from.
    pub fn checkpoint(&self) -> PathBuf {
        self.folder.join("checkpoint")
    }
}

/// Names become folders: letters, digits, `-`, `_` and `.`, not first.
pub fn check_name(name: &str) -> Result<(), TuneError> {
    let fine = name.len() <= LONGEST
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.'))
        && !name.ends_with('.');
    if fine {
        return Ok(());
    }
    let what = format!("`{name}` is no name for an adapter");
    Err(TuneError::asked(what, "Use letters, digits, `-`, `_` and `.`, a letter or digit first, such as `orders-2`."))
}

/// The training folders there are, by name.
pub fn trainings(root: &Path) -> Vec<String> {
    named_folders(&program_folder(root).join("training"), "job.json")
}

/// The names of the folders in `folder` that hold the file `file`.
pub(super) fn named_folders(folder: &Path, file: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().join(file).is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| check_name(name).is_ok())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside_the_folder() {
        for fine in ["orders", "a", "orders-2", "A_b.c", "0"] {
            assert!(check_name(fine).is_ok(), "{fine}");
        }
        let long = "x".repeat(65);
        for wrong in ["", ".", "..", ".hidden", "a/b", "a\\b", "/tmp", "a b", "ü", "-x", "a.", long.as_str()] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_folders_with_a_job_are_trainings() {
        let root = tempfile::tempdir().unwrap();
        let place = TrainingPlace::new(root.path(), "one").unwrap();
        assert_eq!(TrainingPlace::of(&place.folder).unwrap(), place);
        assert!(trainings(root.path()).is_empty());
        std::fs::create_dir_all(&place.folder).unwrap();
        assert!(trainings(root.path()).is_empty());
        std::fs::write(place.job(), "{}").unwrap();
        assert_eq!(trainings(root.path()), ["one"]);
    }
}
