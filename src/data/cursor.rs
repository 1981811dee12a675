//! Reading a row out of the middle of a file, and reading on from there.

use std::fs::File;
use std::io::{self, BufReader, Chain, Seek, SeekFrom};
use std::path::Path;

use csv::ByteRecord;
use serde_json::{Map, Value};

use super::array::{Element, Elements};
use super::columnar::ColumnReader;
use super::error::DataError;
use super::offsets::Offsets;
use super::rows::{self, Format, Separated};
use super::source::{self, Hashing, Line, read_line};

/// An open file at the beginning of a row.
pub(crate) struct Cursor {
    next: usize,
    source: Source,
    buffer: Vec<u8>,
}

enum Source {
    Lines(BufReader<File>),
    Elements(Elements<BufReader<File>>),
    Separated(Box<csv::Reader<Chain<&'static [u8], Hashing<File>>>>, Separated),
    Columns(Box<ColumnReader>),
}

/// Why there is no row.
pub(crate) enum Missed {
    /// The file cannot be read.
    Unreadable(String),
    /// The file is not what it was when it was gone through.
    Changed,
}

impl From<io::Error> for Missed {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<DataError> for Missed {
    fn from(error: DataError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cursor").field("next", &self.next).finish_non_exhaustive()
    }
}

impl Cursor {
    /// Opens `path` at the last known place not behind row `index`.
    pub(crate) fn open(path: &Path, format: &Format, offsets: &Offsets, index: usize) -> Result<Self, Missed> {
        let (mut next, offset) = offsets.before(index).ok_or(Missed::Changed)?;
        let file = || -> Result<File, Missed> {
            let mut file = source::open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(file)
        };
        let source = match format {
            Format::JsonLines => Source::Lines(BufReader::with_capacity(32 * 1024, file()?)),
            Format::JsonArray => Source::Elements(Elements::resumed(BufReader::with_capacity(32 * 1024, file()?))),
            Format::Separated(separated) => {
                // The reader drops a byte order mark at its beginning; a row's own text may begin with one. Blank lines it
                // passes over anyway.
                let bounded = io::Read::chain(b"\n".as_slice(), Hashing::new(file()?));
                Source::Separated(Box::new(Separated::reader(separated.delimiter, bounded)), separated.clone())
            }
            Format::Columnar(shape) => {
                let mut reader = ColumnReader::open(path).map_err(|_| Missed::Changed)?;
                let (group, place) = shape.place(index as u64).ok_or(Missed::Changed)?;
                reader.go_to(group);
                next = index - place as usize;
                Source::Columns(Box::new(reader))
            }
        };
        Ok(Self { next, source, buffer: Vec::new() })
    }

    /// Whether reading on leads to row `index` as soon as opening anew would.
    pub(crate) fn leads_to(&self, index: usize, format: &Format, offsets: &Offsets) -> bool {
        let anew = match format {
            Format::Columnar(shape) => shape.place(index as u64).map(|(_, place)| index - place as usize),
            _ => offsets.before(index).map(|(row, _)| row),
        };
        self.next <= index && anew.is_some_and(|anew| self.next >= anew)
    }

    /// Reads row `index`, which is not behind.
    pub(crate) fn read(&mut self, index: usize) -> Result<Map<String, Value>, Missed> {
        while self.next < index {
            self.step(false)?;
        }
        self.step(true)?.ok_or(Missed::Changed)
    }

    /// Goes to the next row; gives this one if it is wanted.
    fn step(&mut self, wanted: bool) -> Result<Option<Map<String, Value>>, Missed> {
        // The rows were whole when the file was gone through, so a row that is not means another file.
        let changed = |_: String| Missed::Changed;
        let row = match &mut self.source {
            Source::Lines(reader) => {
                loop {
                    match read_line(reader, &mut self.buffer, |_| {})?.0 {
                        Line::Whole if rows::is_blank(&self.buffer) => {}
                        Line::Whole => break,
                        Line::End | Line::TooLong => return Err(Missed::Changed),
                    }
                }
                if wanted { Some(rows::json(&self.buffer).map_err(changed)?) } else { None }
            }
            Source::Elements(elements) => {
                let Element::Whole(_) = elements.next(&mut self.buffer)? else { return Err(Missed::Changed) };
                if wanted { Some(rows::json(&self.buffer).map_err(changed)?) } else { None }
            }
            Source::Separated(reader, separated) => {
                let mut record = ByteRecord::new();
                reader.get_mut().get_mut().1.row_done();
                if !reader.read_byte_record(&mut record).map_err(|error| Missed::Unreadable(error.to_string()))? {
                    return Err(Missed::Changed);
                }
                if wanted { Some(separated.row(&record).map_err(changed)?) } else { None }
            }
            Source::Columns(reader) if wanted => {
                let row = reader.next_row().ok_or(Missed::Changed)?.map_err(changed)?;
                Some(row.map_err(changed)?)
            }
            Source::Columns(reader) => {
                reader.skip().ok_or(Missed::Changed)?.map_err(changed)?;
                None
            }
        };
        self.next += 1;
        Ok(row)
    }
}
