//! Work of the data pane, off the screen's thread: reading a window of rows, ordering rows, looking for a text, taking a row,
//! writing versions. A set is gone through once and kept; after that only the rows in sight are read.

mod arrange;
mod change;
mod count;
pub(in crate::app) mod files;
mod pending;
mod rows;
mod work;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::event::{DataNews, EventKind};
use super::mapping;
use crate::data::{DataError, Mapping, Sheet, Split};
use crate::run::Session;
use crate::state::{DataSource, LeakMarks};
use crate::store::Store;

pub(super) use rows::cell;
pub use work::{DataFind, DataWork};

/// How often it is told how far a long work is.
const TOLD: Duration = Duration::from_millis(120);
/// Stands for nothing that is wanted.
const NOTHING: u64 = u64::MAX;

type Opening = Arc<OnceLock<Result<Arc<Sheet>, DataError>>>;

/// The files that were opened since the start, and what is wanted now.
#[derive(Default)]
pub(super) struct OpenFiles {
    sheets: Mutex<HashMap<PathBuf, Opening>>,
    /// The newest question; work for an older one stops.
    wanted: AtomicU64,
    /// The newest order.
    ordered: AtomicU64,
    /// The newest count.
    counting: AtomicU64,
    /// What was counted last.
    counted: count::LastCount,
    /// Whether what is being written is no longer wanted: how often it was said so.
    unwritten: AtomicU64,
}

impl OpenFiles {
    /// Makes `generation` the newest question.
    pub(super) fn want(&self, generation: u64) {
        self.wanted.store(generation, Ordering::Relaxed);
    }

    /// Makes `generation` the newest order.
    pub(super) fn want_order(&self, generation: u64) {
        self.ordered.store(generation, Ordering::Relaxed);
    }

    /// Makes `generation` the newest count.
    pub(super) fn want_count(&self, generation: u64) {
        self.counting.store(generation, Ordering::Relaxed);
    }

    /// Nothing of all that is wanted any more.
    pub(super) fn stop(&self) {
        self.want(NOTHING);
        self.want_order(NOTHING);
        self.want_count(NOTHING);
        self.unwritten.fetch_add(1, Ordering::Relaxed);
    }

    fn wants(&self, generation: u64) -> bool {
        self.wanted.load(Ordering::Relaxed) == generation
    }

    fn wants_order(&self, generation: u64) -> bool {
        self.ordered.load(Ordering::Relaxed) == generation
    }

    fn wants_count(&self, generation: u64) -> bool {
        self.counting.load(Ordering::Relaxed) == generation
    }

    /// The sheet of a file; read through on the first question, and again when the file has changed since. `watch` can stop it.
    pub(super) fn open(
        &self,
        session: &Session,
        path: &Path,
        watch: crate::data::Watch<'_>,
    ) -> Result<Arc<Sheet>, DataError> {
        // Another reading of the same file may be waited for and then be stopped, or the file change under it.
        for _ in 0..8 {
            let opening = {
                let mut sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(sheets.entry(path.to_owned()).or_default())
            };
            let mut own = false;
            let made = opening.get_or_init(|| {
                own = true;
                let mapping = session.workbench.data.mapping.if_it_fits(path)?;
                session.shelf().sheet(path, &mapping, watch).map(Arc::new)
            });
            if let Ok(sheet) = made
                && sheet.set().verify_unchanged().is_ok()
            {
                return Ok(Arc::clone(sheet));
            }
            let mut sheets = self.sheets.lock().unwrap_or_else(PoisonError::into_inner);
            if sheets.get(path).is_some_and(|known| Arc::ptr_eq(known, &opening)) {
                sheets.remove(path);
                self.counted.forget();
            }
            drop(sheets);
            match made {
                Err(DataError::Stopped { .. }) if !own => {}
                Err(error) => return Err(error.clone()),
                Ok(_) => {}
            }
        }
        Err(DataError::Changed { path: path.to_owned() })
    }
}

/// What the work has at hand.
pub(super) struct Desk<'a> {
    pub(super) session: &'a Session,
    pub(super) store: &'a Store,
    pub(super) files: &'a OpenFiles,
    /// Tells what is known so far; `false` when nobody listens.
    pub(super) tell: &'a dyn Fn(DataNews) -> bool,
}

impl Desk<'_> {
    /// A file's sheet, for whoever waits for question `generation` and hears how far it is.
    fn open(&self, path: &Path, generation: u64) -> Result<Arc<Sheet>, String> {
        let told = std::cell::Cell::new(Instant::now());
        let watch = |share: Option<f64>, rows: u64| {
            if told.get().elapsed() >= TOLD {
                told.set(Instant::now());
                (self.tell)(DataNews::Reading { generation, share, rows });
            }
            self.files.wants(generation)
        };
        let why = |error: DataError| {
            let astray = |fault: &&crate::data::SplitFault| {
                matches!(fault.error, DataError::Astray { .. }) && fault.path == path
            };
            let named = self.session.splits.faults.iter().find(astray).filter(|_| !path.is_file());
            named.map_or(error, |fault| fault.error.clone())
        };
        self.files.open(self.session, path, &watch).map_err(|error| in_words(&why(error)))
    }
}

/// Does what the pane or the mapping screen asked for.
pub(super) fn done(work: DataWork, desk: &Desk<'_>) -> EventKind {
    let Desk { session, files, .. } = *desk;
    EventKind::Data(match work {
        DataWork::Read(query) => rows::window(desk, query),
        DataWork::Find(find) => rows::find(desk, &find),
        DataWork::Count(find) => count::count(desk, &find),
        DataWork::Jump { generation, source, id } => rows::jump(desk, (generation, &source), &id),
        DataWork::Take { source, place } => rows::take(desk, &source, place),
        DataWork::Arrange(query) => arrange::arranged(desk, &query),
        DataWork::Leaks => leaks(session),
        DataWork::List => files::list(&session.workbench.root),
        DataWork::Open(typed) => DataNews::Opened(files::meant(&session.workbench.root, &typed.to_string_lossy())),
        DataWork::Map { source, variables } => mapping::form(session, files, &source, variables),
        DataWork::Preview { generation, path, row, mapping, question } => {
            mapping::preview(session, files, (generation, &path), row, &mapping, *question)
        }
        DataWork::Write(change) => return EventKind::Reopened(mapping::write(session, &change)),
        DataWork::Value { path, row, column } => change::value(desk, &path, row, column),
        DataWork::RowOfCase { path, case } => change::row_of_case(desk, &path, &case),
        DataWork::AskVersion { path } => change::ask(desk, &path),
        DataWork::WriteVersion { from, to, changes, used } => return change::write(desk, &from, &to, &changes, used),
        DataWork::Back { from, to } => return EventKind::Reopened(change::point(session, &from, &to, true)),
        // Whoever carries it out has made the work stop.
        DataWork::Stop => DataNews::Stopped,
    })
}

/// The splits there are, as what the pane can show, and the files of those that cannot be used: there the faults are seen.
pub(super) fn sources(session: &Session) -> Vec<DataSource> {
    let there = Split::ALL.into_iter().filter(|split| session.splits.get(*split).is_some());
    let faulty = session.splits.faults.iter().map(|fault| DataSource::File(fault.path.clone()));
    there.map(DataSource::Split).chain(faulty).collect()
}

/// The dev file, where it cannot be used, and why.
pub(super) fn faulty_dev(session: &Session) -> Option<(String, String)> {
    let fault = session.splits.faults.iter().find(|fault| fault.of.contains(&Split::Dev))?;
    Some((called(session, &fault.path), in_words(&fault.error)))
}

/// What is to be said of each file that cannot be used.
pub(super) fn faults(session: &Session) -> Vec<String> {
    let faults = session.splits.faults.iter();
    faults
        .map(|fault| {
            let rows = if matches!(fault.error, DataError::Rows { .. }) { " F10 shows the rows." } else { "" };
            let verb = if fault.of.len() > 1 { "are" } else { "is" };
            let root = format!("{}/", session.workbench.root.display());
            let mut error = format!("{}.", fault.error.to_string().replace(&root, ""));
            if let DataError::Astray { hint, .. } = &fault.error {
                error = format!("{error} {hint}");
            }
            format!("{error} Until that is mended {} {verb} left out; all else can be used.{rows}", fault.splits())
        })
        .collect()
}

pub(super) fn is_same_file(left: &Path, right: &Path) -> bool {
    left == right || left.canonicalize().is_ok_and(|left| right.canonicalize().is_ok_and(|right| left == right))
}

pub(super) fn in_words(error: &DataError) -> String {
    format!("{error}. {}", error.hint())
}

/// A file as a person calls it.
pub(super) fn called(session: &Session, path: &Path) -> String {
    path.strip_prefix(&session.workbench.root).unwrap_or(path).display().to_string()
}

/// What the workbench says of the columns of a file, where it names the file.
pub(super) fn is_named<'a>(session: &'a Session, path: &Path) -> Option<&'a Mapping> {
    let named = session.workbench.split_files().named();
    named.iter().any(|(_, file)| is_same_file(file, path)).then_some(&session.workbench.data.mapping)
}

/// Which rows of test are rows of train, or almost.
fn leaks(session: &Session) -> DataNews {
    let found = session.leaks().map(|found| Arc::new(LeakMarks::new(&found.places)));
    DataNews::Leaks(found.map_err(|error| in_words(&error)))
}

#[cfg(test)]
mod tests;
