//! Writes the rows that may stay to a new file beside the old one: a version of it without the others.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Kind, SplitReport};
use crate::data::error::DataError;
use crate::data::version::{Changes, RowChange, extension_of, write_version};

/// How many names beside the old file are tried.
const NAMES_TRIED: u32 = 1_000;

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The file that was read.
    pub from: PathBuf,
    /// The file that was written.
    pub to: PathBuf,
    /// Rows that are in it.
    pub kept: u64,
    /// Rows that are not, by the reason.
    pub left_out: BTreeMap<Kind, u64>,
}

/// Writes a file without the rows that the check marked; `None` where it marked none. The others stay byte by byte; those of a
/// JSON list or of Parquet are written as JSON lines.
pub fn fix(report: &SplitReport) -> Result<Option<Fixed>, DataError> {
    if report.dropped.is_empty() {
        return Ok(None);
    }
    let from = &report.path;
    let to = free_name(from).ok_or_else(|| {
        let reason = io::Error::from(ErrorKind::AlreadyExists).to_string();
        DataError::Write { path: from.clone(), reason }
    })?;
    let rows = report.dropped.iter().map(|(row, _)| (*row as usize - 1, RowChange::Removed)).collect();
    let kept = write_version(from, &Changes { rows, added: Vec::new() }, &to, &|_, _| true)?;
    let mut left_out = BTreeMap::new();
    for (_, kind) in &report.dropped {
        *left_out.entry(*kind).or_default() += 1;
    }
    Ok(Some(Fixed { from: from.clone(), to, kept, left_out }))
}

/// `train.jsonl` becomes `train.fixed.jsonl`, or `train.fixed-2.jsonl` where that is taken.
fn free_name(from: &Path) -> Option<PathBuf> {
    let (stem, extension) = (from.file_stem()?.to_string_lossy(), extension_of(from)?);
    let name = |number: u32| match number {
        1 => format!("{stem}.fixed.{extension}"),
        _ => format!("{stem}.fixed-{number}.{extension}"),
    };
    (1..=NAMES_TRIED).map(|number| from.with_file_name(name(number))).find(|path| path.symlink_metadata().is_err())
}
