//! What can go wrong with a pull.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::PullSource;

/// A pull that did not end with a file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PullError {
    /// There is no user to have a cache.
    #[error("this user has no home folder to keep models in")]
    NoHome,
    /// The disk said no.
    #[error("{path}: {reason}")]
    Local {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// There is no file at this path.
    #[error("there is no file {path}")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Another pull of the same file is running.
    #[error("another fourfold is fetching this file ({path} is held)")]
    Busy {
        /// The file that says so.
        path: PathBuf,
    },
    /// Every source failed.
    #[error("cannot fetch {name}: {}", in_words(failed))]
    NoSource {
        /// The catalog's name.
        name: &'static str,
        /// Where the file is on the hub.
        url: String,
        /// What each source said.
        failed: Vec<(PullSource, String)>,
    },
    /// The file at this path holds no weights.
    #[error("{path} is no GGUF file: {reason}")]
    NotGguf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl PullError {
    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::NoHome => "Set HOME, or give a GGUF file by its path.".to_owned(),
            Self::Local { .. } => "Check that the disk has room and the folder may be written.".to_owned(),
            Self::Missing { .. } => {
                "Check the path; `fourfold models list` names what can be fetched instead.".to_owned()
            }
            Self::Busy { .. } => "Wait for the other one to end.".to_owned(),
            Self::NoSource { url, .. } => format!("Fetch {url} in another way and give the file by its path."),
            Self::NotGguf { .. } => "Choose a file whose name ends in .gguf, fetched whole.".to_owned(),
        }
    }

    pub(super) fn local(path: &Path, error: &io::Error) -> Self {
        Self::Local { path: path.to_path_buf(), reason: error.to_string() }
    }
}

fn in_words(failed: &[(PullSource, String)]) -> String {
    failed.iter().map(|(source, reason)| format!("{source}: {reason}")).collect::<Vec<_>>().join("; ")
}

/// What went wrong with one source.
#[derive(Debug)]
pub(super) enum Fault {
    /// This machine is at fault; another source would not help.
    Local(PullError),
    /// The source is at fault; what has arrived may be resumed from.
    Source(String),
    /// The bytes are not the right ones.
    Wrong(String),
}
