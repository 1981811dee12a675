//! Looking a database over without changing it: for `fourfold doctor`.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{FILE, StoreError, place, schema};

/// The most complaints that are read.
const MOST: usize = 20;

/// What is found in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// The version of its tables.
    pub schema: i64,
    /// Recorded trials.
    pub trials: u64,
    /// What SQLite's own check complains of; empty where all is sound.
    pub complaints: Vec<String>,
}

/// Looks over the database in `folder`; `None` where there is none yet. Nothing is written, also not to an older file.
pub fn inspect(folder: &Path) -> Result<Option<Inspection>, StoreError> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let lift = |error: rusqlite::Error| StoreError::from_sqlite(&error, &path);
    let connection = place::open_readable(&path)?;
    let schema = schema::version(&connection).map_err(lift)?;
    if schema > schema::VERSION {
        return Err(StoreError::Newer { path: path.clone(), found: schema, known: schema::VERSION });
    }
    let mut complaints = check(&connection, "PRAGMA integrity_check").map_err(lift)?;
    complaints.retain(|line| line != "ok");
    if complaints.is_empty() {
        complaints = check(&connection, "PRAGMA foreign_key_check")
            .map_err(lift)?
            .into_iter()
            .map(|table| format!("a row of {table} refers to one that is not there"))
            .collect();
    }
    let trials = connection.query_row("SELECT count(*) FROM trials", [], |row| row.get::<_, i64>(0)).map_err(lift)?;
    let bytes = path.metadata().map_or(0, |metadata| metadata.len());
    Ok(Some(Inspection { path, bytes, schema, trials: trials.cast_unsigned(), complaints }))
}

/// The first column of what a check says.
fn check(connection: &Connection, question: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(question)?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.take(MOST).collect()
}
