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

/// A row that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Why.
    pub(crate) reason: String,
    /// What stands there, as far as that is text and no more than [`SHOWN`] bytes.
    pub(crate) raw: String,
}

/// A row, or why it is none.
pub(crate) type RowOrBroken = Result<Map<String, Value>, Broken>;

/// Rows of Parquet that are read over rather than skipped page by page.
const NEAR: usize = 256;
/// Bytes of a file of lines that are read at once. Rows are asked for in any order, and most are short.
const LINES_READ: usize = 8 * 1024;
/// How much of a broken row is kept.
const SHOWN: usize = 4096;

impl Broken {
    fn new(reason: String, bytes: &[u8]) -> Self {
        let bytes = bytes.get(..SHOWN).unwrap_or(bytes);
        Self { reason, raw: String::from_utf8_lossy(bytes).trim_end().to_owned() }
    }
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
    /// A cursor from which reading on leads to row `index`: the one that was kept, taken there if need be, or a new one.
    pub(crate) fn leading_to(
        kept: Option<Self>,
        path: &Path,
        format: &Format,
        offsets: &Offsets,
        index: usize,
    ) -> Result<Self, Missed> {
        let Some(mut cursor) = kept else { return Self::open(path, format, offsets, index) };
        if cursor.leads_to(index, format, offsets) {
            return Ok(cursor);
        }
        let Source::Lines(reader) = &mut cursor.source else { return Self::open(path, format, offsets, index) };
        // Cases of a run are asked for in any order: to open the file for each took three times as long as to go to its place.
        let (next, offset) = offsets.before(index).ok_or(Missed::Changed)?;
        reader.seek(SeekFrom::Start(offset))?;
        cursor.next = next;
        Ok(cursor)
    }

    /// Opens `path` at the last known place not behind row `index`.
    fn open(path: &Path, format: &Format, offsets: &Offsets, index: usize) -> Result<Self, Missed> {
        let (mut next, offset) = offsets.before(index).ok_or(Missed::Changed)?;
        let file = || -> Result<File, Missed> {
            let mut file = source::open(path)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(file)
        };
        let source = match format {
            Format::JsonLines => Source::Lines(BufReader::with_capacity(LINES_READ, file()?)),
            Format::JsonArray => Source::Elements(Elements::resumed(BufReader::with_capacity(32 * 1024, file()?))),
            Format::Separated(separated) => {
                // The reader drops a byte order mark at its beginning; a row's own text may begin with one. Blank lines it
                // passes over anyway.
                let bounded = io::Read::chain(b"\n".as_slice(), Hashing::new(file()?));
                Source::Separated(Box::new(Separated::reader(separated.delimiter, bounded)), separated.clone())
            }
            Format::Columnar(shape) => {
                let mut reader = ColumnReader::open(path).map_err(|_| Missed::Changed)?;
                if reader.shape() != shape || !reader.go_to(index as u64) {
                    return Err(Missed::Changed);
                }
                next = index;
                Source::Columns(Box::new(reader))
            }
        };
        Ok(Self { next, source, buffer: Vec::new() })
    }

    /// Whether reading on leads to row `index` as soon as starting anew would.
    fn leads_to(&self, index: usize, format: &Format, offsets: &Offsets) -> bool {
        if matches!(format, Format::Columnar(_)) {
            return true;
        }
        let anew = offsets.before(index).map(|(row, _)| row);
        self.next <= index && anew.is_some_and(|anew| self.next >= anew)
    }

    /// Reads row `index`, which is not behind but in Parquet.
    pub(crate) fn read(&mut self, index: usize) -> Result<RowOrBroken, Missed> {
        if let Source::Columns(reader) = &mut self.source
            && (index < self.next || index - self.next > NEAR)
        {
            if !reader.go_to(index as u64) {
                return Err(Missed::Changed);
            }
            self.next = index;
        }
        while self.next < index {
            self.step(false)?;
        }
        self.step(true)?.ok_or(Missed::Changed)
    }

    /// Goes to the next row; gives this one if it is wanted.
    fn step(&mut self, wanted: bool) -> Result<Option<RowOrBroken>, Missed> {
        let buffer = &mut self.buffer;
        let row = match &mut self.source {
            Source::Lines(reader) => {
                let whole = loop {
                    match read_line(reader, buffer, |_| {})?.0 {
                        Line::Whole if rows::is_blank(buffer) => {}
                        Line::Whole => break true,
                        Line::TooLong => break false,
                        Line::End => return Err(Missed::Changed),
                    }
                };
                wanted.then(|| parsed(whole, buffer))
            }
            Source::Elements(elements) => match elements.next(buffer)? {
                Element::Whole(_) => wanted.then(|| parsed(true, buffer)),
                Element::TooLong(_) => wanted.then(|| parsed(false, buffer)),
                Element::Broken(_, reason) => Some(Err(Broken::new(reason.to_owned(), buffer))),
                Element::End => return Err(Missed::Changed),
            },
            Source::Separated(reader, separated) => {
                let mut record = ByteRecord::new();
                reader.get_mut().get_mut().1.row_done();
                match reader.read_byte_record(&mut record) {
                    Ok(true) => wanted.then(|| {
                        separated.row(&record).map_err(|reason| {
                            let fields: Vec<&[u8]> = record.iter().collect();
                            Broken::new(reason, &fields.join(&separated.delimiter))
                        })
                    }),
                    Ok(false) => return Err(Missed::Changed),
                    Err(error) => Some(Err(Broken::new(error.to_string(), b""))),
                }
            }
            Source::Columns(reader) if wanted => {
                let row = reader.next_row().ok_or(Missed::Changed)?;
                Some(row.and_then(|row| row).map_err(|reason| Broken::new(reason, b"")))
            }
            Source::Columns(reader) => {
                reader.skip().ok_or(Missed::Changed)?.map_err(Missed::Unreadable)?;
                None
            }
        };
        self.next += 1;
        Ok(row)
    }
}

fn parsed(whole: bool, bytes: &[u8]) -> RowOrBroken {
    if !whole {
        return Err(Broken::new(source::too_long(), b""));
    }
    rows::json(bytes).map_err(|reason| Broken::new(reason, bytes))
}
