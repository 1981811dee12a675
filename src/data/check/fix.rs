//! Writes the rows that may stay to a new file beside the old one. Never overwrites; a file appears under its name only
//! when it is whole.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{Kind, SplitReport};
use crate::data::error::DataError;
use crate::data::rows::Format;
use crate::data::source;
use crate::data::walk::{At, Visitor, walk};

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

/// Where each row begins.
#[derive(Default)]
struct Offsets(Vec<u64>);

impl Visitor for Offsets {
    fn columns(&mut self, _columns: &[String]) -> Result<(), DataError> {
        Ok(())
    }

    fn row(&mut self, at: At, _row: Result<Map<String, Value>, String>) {
        self.0.push(at.offset);
    }

    fn fault(&mut self, _at: At, _message: String) {}
}

/// Writes a file without the rows that the check marked; `None` where it marked none. Rows are copied byte by byte; those of
/// a JSON list or of Parquet are written as JSON lines.
pub fn fix(report: &SplitReport) -> Result<Option<Fixed>, DataError> {
    if report.dropped.is_empty() {
        return Ok(None);
    }
    let from = &report.path;
    let failed = |error: io::Error| DataError::Write { path: from.clone(), reason: error.to_string() };
    let mut offsets = Offsets::default();
    // Rows of these two cannot be copied byte by byte.
    let anew = matches!(walk(from, &mut offsets)?.format, Format::JsonArray | Format::Columnar(_));
    let to = free_name(from, anew).ok_or_else(|| failed(io::Error::from(ErrorKind::AlreadyExists)))?;
    let part = to.with_extension("part");
    let written = if anew { write_anew(report, &part)? } else { copy(report, &offsets.0, &part) };
    let written = written.and_then(|kept| fs::rename(&part, &to).map(|()| kept));
    let kept = written.map_err(|error| {
        // What is left of it is of no use, and taking it away may fail on the same disk.
        let _ = fs::remove_file(&part);
        DataError::Write { path: to.clone(), reason: error.to_string() }
    })?;
    let mut left_out = BTreeMap::new();
    for (_, kind) in &report.dropped {
        *left_out.entry(*kind).or_default() += 1;
    }
    Ok(Some(Fixed { from: from.clone(), to, kept, left_out }))
}

/// `train.jsonl` becomes `train.fixed.jsonl`, or `train.fixed-2.jsonl` where that is taken.
fn free_name(from: &Path, anew: bool) -> Option<PathBuf> {
    let stem = from.file_stem()?.to_string_lossy().into_owned();
    let extension = if anew { "jsonl".to_owned() } else { from.extension()?.to_string_lossy().into_owned() };
    let name = |number: u32| match number {
        1 => format!("{stem}.fixed.{extension}"),
        _ => format!("{stem}.fixed-{number}.{extension}"),
    };
    (1..=NAMES_TRIED).map(|number| from.with_file_name(name(number))).find(|path| path.symlink_metadata().is_err())
}

/// Writes rows as JSON lines.
struct Anew<'a> {
    dropped: std::iter::Peekable<std::slice::Iter<'a, (u64, Kind)>>,
    target: BufWriter<File>,
    kept: u64,
    failed: io::Result<()>,
}

impl Visitor for Anew<'_> {
    fn columns(&mut self, _columns: &[String]) -> Result<(), DataError> {
        Ok(())
    }

    fn row(&mut self, at: At, row: Result<Map<String, Value>, String>) {
        while self.dropped.next_if(|(row, _)| *row < at.number).is_some() {}
        let stays = self.dropped.peek().is_none_or(|(row, _)| *row != at.number);
        let Some(row) = row.ok().filter(|_| stays && self.failed.is_ok()) else { return };
        let line = Value::Object(row).to_string();
        self.failed = self.target.write_all(line.as_bytes()).and_then(|()| self.target.write_all(b"\n"));
        self.kept += 1;
    }

    fn fault(&mut self, _at: At, _message: String) {}
}

fn write_anew(report: &SplitReport, part: &Path) -> Result<io::Result<u64>, DataError> {
    let file = match OpenOptions::new().write(true).create(true).truncate(true).open(part) {
        Ok(file) => file,
        Err(error) => return Ok(Err(error)),
    };
    let dropped = report.dropped.iter().peekable();
    let mut anew = Anew { dropped, target: BufWriter::new(file), kept: 0, failed: Ok(()) };
    walk(&report.path, &mut anew)?;
    let Anew { target, kept, failed, .. } = anew;
    let synced = failed.and_then(|()| target.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all());
    Ok(synced.map(|()| kept))
}

fn copy(report: &SplitReport, offsets: &[u64], part: &Path) -> io::Result<u64> {
    let mut source = source::open(&report.path).map_err(|error| io::Error::other(error.to_string()))?;
    let length = source.metadata()?.len();
    let mut target = BufWriter::new(OpenOptions::new().write(true).create(true).truncate(true).open(part)?);
    let mut dropped = report.dropped.iter().map(|(row, _)| *row).peekable();
    let mut kept = 0;
    // What stands before the first row of a table is its header.
    append(&mut source, &mut target, 0, offsets.first().copied().unwrap_or(length))?;
    for (index, start) in offsets.iter().enumerate() {
        let number = index as u64 + 1;
        while dropped.next_if(|row| *row < number).is_some() {}
        if dropped.peek() == Some(&number) {
            continue;
        }
        append(&mut source, &mut target, *start, offsets.get(index + 1).copied().unwrap_or(length))?;
        kept += 1;
    }
    target.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(kept)
}

/// Copies a row without the line ends around it, and ends it with one.
fn append(source: &mut File, target: &mut impl Write, start: u64, end: u64) -> io::Result<()> {
    let mut bytes = Vec::new();
    source.seek(SeekFrom::Start(start))?;
    source.take(end.saturating_sub(start)).read_to_end(&mut bytes)?;
    let mut row = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    while let [b'\r' | b'\n', rest @ ..] | [rest @ .., b'\r' | b'\n'] = row {
        row = rest;
    }
    if row.is_empty() {
        return Ok(());
    }
    target.write_all(row)?;
    target.write_all(b"\n")
}
