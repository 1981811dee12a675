//! A stored run as one page for others, written beside fourfold.toml: what `fourfold report` writes.

use crate::files::NamedFile;
use crate::report::{self, Format, ReportError};
use crate::run::Session;
use crate::run::report::{StoredRows, facts, stored_run};
use crate::store::Store;

/// Writes the page of a run, the newest without a number, and says where it is. One that is there is replaced once this one is whole.
pub(super) fn write(session: &Session, store: &Store, run: Option<i64>) -> Result<String, String> {
    let run = stored_run(store, run).map_err(|error| format!("{}. {}", error.what, error.hint))?;
    let facts = facts(session, store, &run, &[]).map_err(|error| format!("{}. {}", error.what, error.hint))?;
    let path = session.workbench.root.join(format!("report-{}.html", run.id));
    let mut rows = StoredRows::new(session, store, &run);
    let written = NamedFile::create(&path).map_err(ReportError::from).and_then(|mut file| {
        report::write(Format::Html, &facts, &[], &mut rows, &mut file)?;
        Ok(file.finish()?)
    });
    written.map_err(|error| format!("{}: {error}. {}", path.display(), error.hint()))?;
    Ok(format!("Run {} stands as one page in {}.", run.id, path.display()))
}
