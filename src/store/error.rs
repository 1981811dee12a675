//! What can go wrong with the database, in words, with the next step.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// A fault of the store. Nothing that was reported as recorded is affected by one.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// The folder or the file cannot be made or opened.
    #[error("cannot open {path}: {reason}")]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// The cause in words.
        reason: String,
    },
    /// The file or its folder may not be written.
    #[error("{path} is read-only")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The disk or the quota is full.
    #[error("no room left on the disk of {path}")]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged or is no database.
    #[error("{path} is damaged or is no database: {reason}")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// A file that was named for reading is none of ours.
    #[error("{path} is damaged or is no database of fourfold")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer fourfold wrote the file.
    #[error("{path} was written by a newer fourfold (schema {found}; this one knows {known})")]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's schema.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Another program held the file for too long.
    #[error("{path} is held by another program")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The file was moved or deleted while it was open.
    #[error("{path} was moved or deleted while it was open")]
    Moved {
        /// Where it was.
        path: PathBuf,
    },
    /// Stored text that this program cannot read back.
    #[error("trial {trial} in {path} cannot be read: {reason}")]
    Row {
        /// The file.
        path: PathBuf,
        /// The row.
        trial: i64,
        /// What was wrong.
        reason: String,
    },
    /// Anything else SQLite reports.
    #[error("{path}: {reason}")]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The writer has ended.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// What the person can do next, in one sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Open { .. } => "Check that the folder exists and may be written.".to_owned(),
            Self::ReadOnly { path } => format!("Make {} writable, or work in a copy of the workbench.", folder(path)),
            Self::Full { .. } => "Free some space, then run the arm again: its answer was not recorded.".to_owned(),
            Self::Corrupt { path, .. } => {
                format!(
                    "Move {} to another place; a new one is made, and the old one stays yours to repair.",
                    path.display()
                )
            }
            Self::Foreign { .. } => {
                "Nothing was changed. Name a workbench folder that has answers, or the file `runs.db` \
                                     itself."
                    .to_owned()
            }
            Self::Newer { .. } => "Update fourfold; this one will not touch the file.".to_owned(),
            Self::Busy { .. } => "Close the other program, or try again in a moment.".to_owned(),
            Self::Moved { .. } => "Put the file back, or start fourfold again to make a new one.".to_owned(),
            Self::Row { .. } => "The other trials are not affected.".to_owned(),
            Self::Database { .. } => "Try again; if it stays, start fourfold with a fresh workbench folder.".to_owned(),
            Self::Closed => "Start fourfold again.".to_owned(),
        }
    }

    /// The same of another file, where it is about this one: of a copy a person knows the original. That there is no room is where the
    /// copy is.
    #[must_use]
    pub(super) fn about(self, copy: &Path, original: &Path) -> Self {
        let mut error = self;
        match &mut error {
            Self::Open { path, .. }
            | Self::ReadOnly { path }
            | Self::Corrupt { path, .. }
            | Self::Foreign { path }
            | Self::Newer { path, .. }
            | Self::Busy { path }
            | Self::Moved { path }
            | Self::Row { path, .. }
            | Self::Database { path, .. } => {
                if path == copy {
                    original.clone_into(path);
                }
            }
            Self::Full { .. } | Self::Closed => {}
        }
        error
    }

    /// SQLite's error about the file at `path`.
    pub(super) fn from_sqlite(error: &rusqlite::Error, path: &Path) -> Self {
        let path = path.to_path_buf();
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path },
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt { path, reason },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            Some(ErrorCode::CannotOpen) => Self::Open { path, reason },
            _ => Self::Database { path, reason },
        }
    }
}

fn folder(path: &Path) -> String {
    path.parent().unwrap_or(path).display().to_string()
}
