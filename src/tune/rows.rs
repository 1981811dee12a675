//! The rows a model is tuned on: a split of the workbench, or a file of its form, such as a reviewed one.

use std::collections::HashSet;
use std::path::Path;

use super::error::TuneError;
use crate::data::{Case, Cases, DataSet, Split, question};
use crate::run::Session;

/// Row ids that a remark names.
const NAMED: usize = 3;

/// Rows to learn from.
pub struct TuneRows<'s> {
    cases: Source<'s>,
    /// The split they count as when they are asked.
    pub split: Split,
    /// Their file, as it is shown.
    pub file: String,
    /// Remarks about them.
    pub notes: Vec<String>,
}

enum Source<'s> {
    Split(&'s dyn Cases),
    File(Box<DataSet>),
}

impl<'s> TuneRows<'s> {
    /// The train rows, or those of `data` where a file is named.
    pub fn of(session: &'s Session, data: Option<&Path>) -> Result<Self, TuneError> {
        data.map_or_else(|| Self::of_split(session, Split::Train), |path| Self::of_file(session, path))
    }

    /// The rows of a split.
    pub fn of_split(session: &'s Session, split: Split) -> Result<Self, TuneError> {
        let rows = session.splits.look(split)?.ok_or_else(|| {
            let what = format!("the workbench has no {} rows", split.as_str());
            TuneError::asked(what, "Name the file under [data] in fourfold.toml.")
        })?;
        Ok(Self { file: shown(session, rows.set().path()), cases: Source::Split(rows), split, notes: Vec::new() })
    }

    /// The rows of a file, read as the workbench reads its own. That some are measured on as well is said: then a gain is none.
    pub fn of_file(session: &Session, path: &Path) -> Result<Self, TuneError> {
        let set = DataSet::open(path, &session.workbench.data.mapping).map_err(|error| {
            let is_empty = std::fs::metadata(path).map(|file| file.len() == 0);
            let hint = match is_empty {
                Err(_) => "Name a file that is there: `--data` takes its path.".to_owned(),
                Ok(true) => "Where a bigger model wrote its rows, accept some of them first: on the screen, or with \
                             `fourfold data distil --arm ARM --accept-all`."
                    .to_owned(),
                Ok(false) => error.hint(),
            };
            TuneError::failed(error.to_string(), hint)
        })?;
        let notes = overlap(session, &set)?.into_iter().collect();
        let file = shown(session, path);
        Ok(Self { cases: Source::File(Box::new(set)), split: Split::Train, file, notes })
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.cases().count()
    }

    /// One of them.
    pub fn case(&self, index: usize) -> Result<Case, TuneError> {
        Ok(self.cases().case(index)?)
    }

    fn cases(&self) -> &dyn Cases {
        match &self.cases {
            Source::Split(rows) => *rows,
            Source::File(set) => set.as_ref(),
        }
    }
}

fn shown(session: &Session, path: &Path) -> String {
    path.strip_prefix(&session.workbench.root).unwrap_or(path).display().to_string()
}

/// Rows of a file that stand in dev or test as well, in words.
fn overlap(session: &Session, set: &DataSet) -> Result<Option<String>, TuneError> {
    let mut measured = HashSet::new();
    for split in [Split::Dev, Split::Test] {
        let Some(rows) = session.splits.get(split) else { continue };
        for index in 0..rows.count() {
            measured.insert(question(&rows.case(index)?));
        }
    }
    let mut found = Vec::new();
    for index in 0..set.count() {
        let case = set.case(index)?;
        if measured.contains(&question(&case)) {
            found.push(case.id);
        }
    }
    let named: Vec<&str> = found.iter().take(NAMED).map(String::as_str).collect();
    let more = found.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Ok((!found.is_empty()).then(|| {
        format!(
            "{} rows are in dev or test as well ({}{more}): what the tuned model scores on those says nothing",
            found.len(),
            named.join(", ")
        )
    }))
}
