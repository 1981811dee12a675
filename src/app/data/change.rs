//! Changing a data file: a value in full, a case as a row, a new version beside the file, and `[data]` that names it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde_json::Value;

use super::{Desk, TOLD, called, in_words, is_named, is_same_file};
use crate::app::event::{Changed, DataNews, EventKind, NewSession};
use crate::app::mapping;
use crate::config::{DataChange, DataFiles, SplitChange};
use crate::data::{Case, Cases, Changes, version_name, write_version};
use crate::run::Session;
use crate::state::WriteAsk;

/// A value of a row of the file, in full; the row's text where it is none.
pub(super) fn value(desk: &Desk<'_>, path: &Path, row: usize, column: Option<String>) -> DataNews {
    let read = || -> Result<Value, String> {
        let sheet = desk.files.open(desk.session, path, &|_, _| true).map_err(|error| in_words(&error))?;
        let row = sheet.reader().read(row).map_err(|error| in_words(&error))?;
        Ok(match (row.values, &column) {
            // A column that the row does not have is an empty text until something is typed.
            (Ok(mut values), Some(column)) => values.shift_remove(column).unwrap_or_else(|| Value::from("")),
            (Ok(values), None) => Value::Object(values),
            (Err(raw), _) => Value::String(raw),
        })
    };
    let result = read();
    DataNews::Value { path: path.to_owned(), row, column, result }
}

/// The row that a case would be in a file; its id is one that no row of the file has.
pub(super) fn row_of_case(desk: &Desk<'_>, path: &Path, case: &Case) -> DataNews {
    let make = || -> Result<_, String> {
        let sheet = desk.files.open(desk.session, path, &|_, _| true).map_err(|error| in_words(&error))?;
        let set = sheet.set();
        let fixed = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("csv") || it.eq_ignore_ascii_case("tsv"));
        let mut case = case.clone();
        let own = if case.id.is_empty() { "case".to_owned() } else { case.id.clone() };
        let mut number = 1;
        while set.find(&case.id).map_err(|error| in_words(&error))?.is_some() || case.id.is_empty() {
            number += 1;
            case.id = format!("{own}-{number}");
        }
        set.mapping().row(&case, set.columns(), fixed)
    };
    DataNews::RowMade { path: path.to_owned(), result: make() }
}

/// What is asked before a version is written.
pub(super) fn ask(desk: &Desk<'_>, path: &Path) -> DataNews {
    let session = desk.session;
    let sheet = desk.files.open(session, path, &|_, _| true);
    let left_out = sheet.map(|sheet| sheet.set().left_out().to_vec()).unwrap_or_default();
    let to = version_name(path).ok_or_else(|| format!("no name is free beside {}", called(session, path)));
    let used = is_named(session, path).is_some();
    DataNews::AskedVersion(to.map(|to| WriteAsk::Version { from: path.to_owned(), to, used, left_out }))
}

/// Writes a version, and lets `[data]` name it where it names the file.
pub(super) fn write(desk: &Desk<'_>, from: &Path, to: &Path, changes: &Changes, used: bool) -> EventKind {
    let before = desk.files.unwritten.load(Ordering::Relaxed);
    let told = std::cell::Cell::new(Instant::now());
    let watch = |share: Option<f64>, _: u64| {
        if told.get().elapsed() >= TOLD {
            told.set(Instant::now());
            (desk.tell)(DataNews::Writing(share));
        }
        desk.files.unwritten.load(Ordering::Relaxed) == before
    };
    let written = |result| EventKind::Data(DataNews::Written { from: from.to_owned(), to: to.to_owned(), result });
    match write_version(from, changes, to, &watch) {
        Err(error) => written(Err(in_words(&error))),
        Ok(rows) if !used => written(Ok((rows, None))),
        Ok(rows) => match point(desk.session, from, to, false) {
            Ok(session) => EventKind::Reopened(Ok(session)),
            Err(reason) => written(Ok((rows, Some(reason)))),
        },
    }
}

/// `[data]` with one file in the place of another, and the session on it.
pub(super) fn point(session: &Session, from: &Path, to: &Path, back: bool) -> Result<NewSession, String> {
    let root = &session.workbench.root;
    let data = &session.workbench.data;
    let relative = to.strip_prefix(root).unwrap_or(to).to_owned();
    let swapped = |file: &PathBuf| if is_same_file(&root.join(file), from) { relative.clone() } else { file.clone() };
    let files = match &data.files {
        DataFiles::None => return Err("fourfold.toml names no data".to_owned()),
        DataFiles::One(one) => DataFiles::One(swapped(one)),
        DataFiles::Splits { train, dev, test } => DataFiles::Splits {
            train: train.as_ref().map(swapped),
            dev: dev.as_ref().map(swapped),
            test: test.as_ref().map(swapped),
        },
    };
    if files == data.files {
        return Err(format!("fourfold.toml does not name {}", called(session, from)));
    }
    // What was pinned stays so, as the rows are now.
    let pin = data.split.as_ref().is_some_and(|plan| plan.pin.is_some());
    let change = DataChange { files, split: SplitChange::Keep, pin, mapping: data.mapping.clone() };
    let NewSession { session, .. } = mapping::write(session, &change)?;
    let changed = Changed::Version { from: from.to_owned(), to: to.to_owned(), back };
    Ok(NewSession { session: Arc::clone(&session), changed })
}
