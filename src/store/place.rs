//! Where the database is, and how a file is opened.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::StoreError;
use super::schema;

/// How long to wait for another program that writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where records go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file: kept.
    Disk(PathBuf),
    /// Memory only: lost at the end. Screens must say so, loudly, with the reason.
    Memory {
        /// Why there is no file.
        reason: StoreError,
    },
}

/// Which file a path named when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity(Option<(u64, u64)>);

impl Identity {
    pub(super) fn of(path: &Path) -> Self {
        Self(file_number(path))
    }

    /// Whether `path` still names that file.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.0 == file_number(path)
    }
}

#[cfg(unix)]
fn file_number(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// Elsewhere an open file cannot be moved or deleted; that it is there must do.
#[cfg(not(unix))]
fn file_number(path: &Path) -> Option<(u64, u64)> {
    path.exists().then_some((0, 0))
}

/// Makes the folder for what the program writes, with a `.gitignore` that keeps it out of the person's repository.
pub(super) fn prepare_folder(folder: &Path) -> Result<(), StoreError> {
    let lift = |error: std::io::Error| StoreError::Open { path: folder.to_path_buf(), reason: error.to_string() };
    fs::create_dir_all(folder).map_err(lift)?;
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        // A folder that cannot be written says so with better words when the database is opened.
        let _ = fs::write(ignore, "*\n");
    }
    Ok(())
}

/// Opens the file at `path` for writing and brings it to this program's schema.
pub(super) fn open_writable(path: &Path) -> Result<Connection, StoreError> {
    let lift = |error: rusqlite::Error| StoreError::from_sqlite(&error, path);
    let mut connection = Connection::open(path).map_err(lift)?;
    keep_plans(&connection).map_err(lift)?;
    connection.busy_timeout(PATIENCE).map_err(lift)?;
    if connection.is_readonly("main").map_err(lift)? {
        return Err(StoreError::ReadOnly { path: path.to_path_buf() });
    }
    // Before anything is changed: a newer file is left exactly as it is.
    let found = schema::version(&connection).map_err(lift)?;
    if found > schema::VERSION {
        return Err(StoreError::Newer { path: path.to_path_buf(), found, known: schema::VERSION });
    }
    switch_to_wal(&connection).map_err(lift)?;
    connection.pragma_update(None, "synchronous", "full").map_err(lift)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(lift)?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024).map_err(lift)?;
    schema::migrate(&mut connection, path)?;
    Ok(connection)
}

/// A statement is planned once, whatever is bound to it. Otherwise SQLite plans some of them anew at every use, which for the search of
/// one key took two thirds of the search.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Two programs that open a new file at the same moment stand in each other's way here, and SQLite does not wait by
/// itself: it sees a deadlock coming. Trying again does.
fn switch_to_wal(connection: &Connection) -> rusqlite::Result<()> {
    const PAUSE: Duration = Duration::from_millis(20);
    connection.busy_timeout(PAUSE)?;
    let mut attempts = PATIENCE.as_millis() / PAUSE.as_millis();
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && attempts > 0 => attempts -= 1,
            other => {
                connection.busy_timeout(PATIENCE)?;
                return other;
            }
        }
        std::thread::sleep(PAUSE);
    }
}

/// Opens the file at `path` for reading only.
pub(super) fn open_readable(path: &Path) -> Result<Connection, StoreError> {
    let lift = |error: rusqlite::Error| StoreError::from_sqlite(&error, path);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(lift)?;
    keep_plans(&connection).map_err(lift)?;
    connection.busy_timeout(PATIENCE).map_err(lift)?;
    Ok(connection)
}

/// An empty database in memory.
pub(super) fn open_memory(path: &Path) -> Result<Connection, StoreError> {
    let lift = |error: rusqlite::Error| StoreError::from_sqlite(&error, path);
    let mut connection = Connection::open_in_memory().map_err(lift)?;
    keep_plans(&connection).map_err(lift)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(lift)?;
    schema::migrate(&mut connection, path)?;
    Ok(connection)
}
