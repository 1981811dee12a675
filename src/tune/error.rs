//! Why a training cannot begin, go on, or be used.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A fault of a training or an adapter. `Display` says what and where; [`TuneError::hint`] what to do next.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TuneError {
    /// Something asked for is not there, or not allowed.
    #[error("{what}")]
    Asked {
        /// What is wrong.
        what: String,
        /// What to do next.
        hint: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The cause in words.
        reason: String,
        /// Whether the disk is full.
        full: bool,
    },
    /// Something failed in the engine.
    #[error("{what}")]
    Failed {
        /// What happened.
        what: String,
        /// What to do next.
        hint: String,
    },
}

impl TuneError {
    /// Something that is wrong with what was asked.
    pub fn asked(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Asked { what: what.into(), hint: hint.into() }
    }

    /// Something that failed.
    pub fn failed(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Failed { what: what.into(), hint: hint.into() }
    }

    /// A file that refused.
    pub fn file(path: &Path, error: &io::Error) -> Self {
        let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        Self::File { path: path.to_owned(), reason: error.to_string(), full }
    }

    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Asked { hint, .. } | Self::Failed { hint, .. } => hint.clone(),
            Self::File { full: true, .. } => {
                "Make room on the disk and do it again; nothing half-written is used.".to_owned()
            }
            Self::File { .. } => "Check that the file is there and that the folder may be written to.".to_owned(),
        }
    }

    /// The same where it ended the training called `name`, which can be gone on with.
    pub fn hint_of_training(&self, name: &str) -> String {
        match self {
            Self::File { full: true, .. } => format!(
                "Make room on the disk; then r here, or `fourfold tune --name {name} --resume`, goes on from the last checkpoint. \
                 Nothing half-written is used."
            ),
            other => other.hint(),
        }
    }
}

impl From<crate::data::DataError> for TuneError {
    fn from(error: crate::data::DataError) -> Self {
        Self::failed(error.to_string(), error.hint())
    }
}

impl From<crate::run::NotAsked> for TuneError {
    fn from(error: crate::run::NotAsked) -> Self {
        Self::failed(error.what, error.hint)
    }
}

impl From<crate::model::ModelError> for TuneError {
    fn from(error: crate::model::ModelError) -> Self {
        Self::failed(error.to_string(), error.hint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_says_how_the_training_is_gone_on_with() {
        let full = TuneError::file(Path::new("/w/checkpoint"), &io::ErrorKind::StorageFull.into());
        assert!(full.hint_of_training("orders").contains("`fourfold tune --name orders --resume`"), "{full:?}");
        assert!(!full.hint().contains("--resume"), "an export cannot be gone on with");
        let other = TuneError::file(Path::new("/w/checkpoint"), &io::ErrorKind::PermissionDenied.into());
        assert_eq!(other.hint_of_training("orders"), other.hint());
    }
}
