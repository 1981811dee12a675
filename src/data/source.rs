//! Reading a data file once, front to back: hashed on the way, with a bound on what one row may take.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::SystemTime;

use super::error::DataError;

/// The longest row, in bytes. A longer one is a fault of that row.
pub(crate) const LONGEST_ROW: usize = 16 * 1024 * 1024;

/// What a file looked like when it was opened; enough to notice that it was replaced or written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    /// The file's length in bytes.
    pub(crate) const fn length(self) -> u64 {
        self.length
    }
}

/// The stamp of a plain file. Directories, pipes and devices are refused: opening those might never return.
pub(crate) fn stamp(path: &Path) -> Result<Stamp, DataError> {
    let failed = |reason: String| DataError::Read { path: path.to_owned(), reason };
    let metadata = fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if metadata.is_dir() {
        return Err(failed("it is a folder".to_owned()));
    }
    if !metadata.is_file() {
        return Err(failed("it is not a plain file".to_owned()));
    }
    Ok(Stamp { length: metadata.len(), modified: metadata.modified().ok() })
}

/// Opens a plain file.
pub(crate) fn open(path: &Path) -> Result<File, DataError> {
    File::open(path).map_err(|error| DataError::Read { path: path.to_owned(), reason: error.to_string() })
}

/// The hash of a whole file.
pub(crate) fn hash(path: &Path) -> Result<blake3::Hash, DataError> {
    let mut hasher = blake3::Hasher::new();
    let read = io::copy(&mut open(path)?, &mut hasher);
    read.map_err(|error| DataError::Read { path: path.to_owned(), reason: error.to_string() })?;
    Ok(hasher.finalize())
}

/// A reader that hashes what it hands out and fails when one row takes more than [`LONGEST_ROW`].
pub(crate) struct Hashing<R> {
    inner: R,
    hasher: blake3::Hasher,
    since_row: usize,
}

impl<R: Read> Hashing<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), since_row: 0 }
    }

    /// A row is done: the next may take as much again.
    pub(crate) const fn row_done(&mut self) {
        self.since_row = 0;
    }

    pub(crate) fn hash(&self) -> blake3::Hash {
        self.hasher.finalize()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row > LONGEST_ROW {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, too_long()));
        }
        let count = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.since_row += count;
        Ok(count)
    }
}

/// The sentence for a row that is too long.
pub(crate) fn too_long() -> String {
    format!("it is longer than {} MB", LONGEST_ROW / 1024 / 1024)
}

/// What [`read_line`] found.
pub(crate) enum Line {
    /// Nothing: the file is over.
    End,
    /// A line, in the buffer.
    Whole,
    /// A line longer than [`LONGEST_ROW`]; it was passed over.
    TooLong,
}

/// Reads a line with its end into `buffer`, never holding more than [`LONGEST_ROW`]. Gives the bytes passed.
pub(crate) fn read_line<R: Read>(
    reader: &mut BufReader<R>,
    buffer: &mut Vec<u8>,
    row_done: fn(&mut R),
) -> io::Result<(Line, u64)> {
    buffer.clear();
    let (mut passed, mut too_long) = (0_u64, false);
    loop {
        let available = reader.fill_buf()?;
        if available.is_empty() {
            let line = if passed == 0 { Line::End } else { whole_or_not(too_long) };
            return Ok((line, passed));
        }
        let newline = available.iter().position(|byte| *byte == b'\n');
        let count = newline.map_or(available.len(), |index| index + 1);
        if buffer.len() + count > LONGEST_ROW {
            too_long = true;
            buffer.clear();
        }
        if !too_long {
            buffer.extend_from_slice(available.get(..count).unwrap_or_default());
        }
        reader.consume(count);
        passed += count as u64;
        row_done(reader.get_mut());
        if newline.is_some() {
            return Ok((whole_or_not(too_long), passed));
        }
    }
}

const fn whole_or_not(too_long: bool) -> Line {
    if too_long { Line::TooLong } else { Line::Whole }
}
