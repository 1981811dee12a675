//! Row indexes kept on disk, so that a large file is gone through once and not at every start: where its rows begin, its ids,
//! its columns and its hash. What is kept is only believed of the very file it was made of; whatever is damaged, foreign or of
//! another version of the program is as good as not there.
//!
//! A file is the same if its length, the times of its last change and its number on the disk are, the change lies far enough
//! back for the next one to have had another time, and blocks of its content are what they were; failing that, if the hash of
//! all of its bytes is. Nobody but the system sets the time of a change (`ctime`): without one the bytes are always hashed.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::columnar::ColumnReader;
use super::error::DataError;
use super::ids::Ids;
use super::mapping::Mapping;
use super::offsets::Offsets;
use super::rows::{Format, Separated};
use super::set::{DataSet, Watch};
use super::sheet::Sheet;
use super::source;
use super::words::Summed;

/// The first bytes of an index.
const MAGIC: [u8; 16] = *b"fourfold rows 1\n";
/// Whose indexes are believed: another version may read rows in another way.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");
const EXTENSION: &str = "rows";
/// Of an index that is still being made.
const ASIDE: &str = "part";
/// Files of fewer bytes are read through in less time than anybody notices.
const SMALLEST: u64 = 4 * 1024 * 1024;
/// Indexes that are kept; the least used go. One takes at most 6 MB.
const MOST: usize = 16;
/// So long after a file's last change another one has another time, on any file system.
const SETTLED: Duration = Duration::from_secs(3);
/// Blocks of the content that are looked at, and the size of one.
const BLOCKS: u64 = 64;
const BLOCK: usize = 4096;
/// The longest head of an index that is read: the columns of a file.
const LONGEST_HEAD: u64 = 4 * 1024 * 1024;

/// Where indexes are kept.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
    root: PathBuf,
    prepare: fn(&Path) -> io::Result<PathBuf>,
    smallest: u64,
}

/// What a file looked like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    length: u64,
    /// Nanoseconds since 1970.
    modified: Option<i64>,
    /// Likewise, of anything about the file, by the system alone.
    changed: Option<i64>,
    number: Option<u64>,
}

/// What stands at the head of an index, as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    program: String,
    /// For people who look into it.
    file: String,
    mapping: Mapping,
    seen: Seen,
    /// Whether the file's last change was long enough ago when it was read.
    settled: bool,
    /// The hash of the blocks that are looked at.
    sample: String,
    hash: String,
    format: Kind,
    columns: Vec<String>,
    references: usize,
}

/// How rows are written. What Parquet's footer says is read there.
#[derive(Debug, Serialize, Deserialize)]
enum Kind {
    Lines,
    List,
    Separated { delimiter: u8, columns: Vec<String>, names: bool },
    Columnar,
}

/// The place of one file's index.
struct Place<'a> {
    shelf: &'a Shelf,
    file: PathBuf,
    path: &'a Path,
    mapping: &'a Mapping,
}

impl Shelf {
    /// Keeps indexes in `folder`. `prepare` makes what the program has in the workbench at `root`, before the first is kept.
    pub const fn new(folder: PathBuf, root: PathBuf, prepare: fn(&Path) -> io::Result<PathBuf>) -> Self {
        Self { folder, root, prepare, smallest: SMALLEST }
    }

    /// Opens a set by its index where there is one; else goes through the file, and keeps the index of one that is not small.
    pub(super) fn open(&self, path: &Path, mapping: &Mapping) -> Result<DataSet, DataError> {
        let is_large = source::stamp(path).is_ok_and(|stamp| stamp.length() >= self.smallest);
        let Some(whole) = fs::canonicalize(path).ok().filter(|_| is_large) else {
            return DataSet::open(path, mapping);
        };
        let place = Place { shelf: self, file: self.file(&whole, mapping), path, mapping };
        if let Some(set) = place.by_its_looks() {
            return Ok(set);
        }
        let aside = place.aside();
        let set = match place.by_its_bytes() {
            Some(set) => set,
            None => DataSet::open(path, mapping)?,
        };
        if let Ok(aside) = &aside {
            // Where nothing can be kept, it is read through again the next time.
            let _ = place.keep(&set, aside);
        }
        Ok(set)
    }

    /// The same for a file that is looked through, faulty rows and all. `watch` can stop a reading, so a file that does not look as
    /// it did is gone through rather than hashed first. The index of a file with faulty rows is not kept: it is there to be mended.
    pub fn sheet(&self, path: &Path, mapping: &Mapping, watch: Watch<'_>) -> Result<Sheet, DataError> {
        let is_large = source::stamp(path).is_ok_and(|stamp| stamp.length() >= self.smallest);
        let Some(whole) = fs::canonicalize(path).ok().filter(|_| is_large) else {
            return Sheet::open(path, mapping, watch);
        };
        let place = Place { shelf: self, file: self.file(&whole, mapping), path, mapping };
        if let Some(set) = place.by_its_looks() {
            return Ok(Sheet::whole(set));
        }
        let aside = place.aside();
        let sheet = Sheet::open(path, mapping, watch)?;
        if let (Ok(aside), 0) = (&aside, sheet.faulty()) {
            let _ = place.keep(sheet.set(), aside);
        }
        Ok(sheet)
    }

    fn file(&self, whole: &Path, mapping: &Mapping) -> PathBuf {
        let name = format!("{}\0{}", whole.display(), serde_json::json!(mapping));
        let hash = blake3::hash(name.as_bytes()).to_hex();
        self.folder.join(hash.get(..32).unwrap_or_default()).with_extension(EXTENSION)
    }

    /// Keeps the newest; what other programs of the same name have left unfinished goes with the rest.
    fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let ours = |path: &Path| path.extension().is_some_and(|it| it == EXTENSION || it == ASIDE);
        let mut kept: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(|entry| Some((entry.as_ref().ok()?.metadata().ok()?.modified().ok()?, entry.ok()?.path())))
            .filter(|(_, path)| ours(path))
            .collect();
        kept.sort_unstable();
        kept.reverse();
        for (_, path) in kept.into_iter().skip(MOST) {
            let _ = fs::remove_file(path);
        }
    }
}

/// An index that is being made beside the place it gets: a crash leaves no half of one there. It goes unless it is kept.
struct Aside {
    path: PathBuf,
    file: File,
    /// What the data looked like before it was read.
    seen: Seen,
    settled: bool,
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Nothing is there any more once it has its place.
        let _ = fs::remove_file(&self.path);
    }
}

impl Place<'_> {
    /// The set, if the file looks as it did.
    fn by_its_looks(&self) -> Option<DataSet> {
        let ((head, rest), seen) = (self.head()?, Seen::of(self.path)?);
        let same = head.settled && head.seen == seen && seen.changed.is_some();
        let set = (same && sample(self.path).ok()? == head.sample).then(|| self.set(head, rest))??;
        // Nothing was written to it between the first look and the last.
        (Seen::of(self.path)? == seen).then_some(set)
    }

    /// The set, if the file's bytes are what they were.
    fn by_its_bytes(&self) -> Option<DataSet> {
        let ((head, rest), seen) = (self.head()?, Seen::of(self.path)?);
        let same = head.seen.length == seen.length && source::hash(self.path).ok()?.to_hex().as_str() == head.hash;
        let set = same.then(|| self.set(head, rest))??;
        (Seen::of(self.path)? == seen).then_some(set)
    }

    /// What an index of this version says of this file.
    fn head(&self) -> Option<(Head, Summed<BufReader<File>>)> {
        let mut input = Summed::new(BufReader::new(File::open(&self.file).ok()?));
        let (mut magic, mut length) = ([0; MAGIC.len()], [0; 8]);
        input.read_exact(&mut magic).ok()?;
        input.read_exact(&mut length).ok()?;
        let length = u64::from_le_bytes(length);
        if magic != MAGIC || length > LONGEST_HEAD {
            return None;
        }
        let mut head = vec![0; length as usize];
        input.read_exact(&mut head).ok()?;
        let head: Head = serde_json::from_slice(&head).ok()?;
        let known = head.program == PROGRAM && head.mapping == *self.mapping;
        known.then_some((head, input))
    }

    /// The set that an index tells of, if all of the index is there.
    fn set(&self, head: Head, mut rest: Summed<BufReader<File>>) -> Option<DataSet> {
        let stamp = source::stamp(self.path).ok()?;
        let offsets = Offsets::read(&mut rest).ok()?;
        let ids = Ids::read(&mut rest).ok()?;
        if !rest.ends_whole().ok()? {
            return None;
        }
        let (mapping, layout) = self.mapping.for_file(self.path).ok()?;
        let format = match head.format {
            Kind::Lines => Format::JsonLines,
            Kind::List => Format::JsonArray,
            Kind::Separated { delimiter, columns, names } => Format::Separated(Separated { delimiter, columns, names }),
            Kind::Columnar => Format::Columnar(ColumnReader::open(self.path).ok()?.shape().clone()),
        };
        Some(DataSet {
            path: self.path.to_owned(),
            format,
            mapping,
            layout,
            offsets,
            ids,
            columns: head.columns,
            references: head.references,
            hash: blake3::Hash::from_hex(head.hash).ok()?,
            stamp,
            cursor: std::sync::Arc::default(),
        })
    }

    /// Begins an index, before the data is read: when it was made is what the file system calls now.
    fn aside(&self) -> io::Result<Aside> {
        (self.shelf.prepare)(&self.shelf.root)?;
        fs::create_dir_all(&self.shelf.folder)?;
        let path = self.file.with_extension(format!("{}.{ASIDE}", std::process::id()));
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        let seen = Seen::of(self.path).ok_or(io::ErrorKind::NotFound)?;
        let made = nanoseconds(file.metadata()?.modified().ok());
        let last = seen.modified.max(seen.changed);
        let settled = made.zip(last).is_some_and(|(made, last)| {
            made.checked_sub(last).and_then(|since| u64::try_from(since).ok()) >= Some(SETTLED.as_nanos() as u64)
        });
        Ok(Aside { path, file, seen, settled })
    }

    /// Writes the index of a set and puts it into its place, if the file is still the one that was read.
    fn keep(&self, set: &DataSet, aside: &Aside) -> io::Result<()> {
        let Aside { path, file, seen, settled } = aside;
        let format = match &set.format {
            Format::JsonLines => Kind::Lines,
            Format::JsonArray => Kind::List,
            Format::Separated(Separated { delimiter, columns, names }) => {
                Kind::Separated { delimiter: *delimiter, columns: columns.clone(), names: *names }
            }
            Format::Columnar(_) => Kind::Columnar,
        };
        let head = Head {
            program: PROGRAM.to_owned(),
            file: self.path.display().to_string(),
            mapping: self.mapping.clone(),
            seen: *seen,
            settled: *settled,
            sample: sample(self.path)?,
            hash: set.hash.to_hex().to_string(),
            format,
            columns: set.columns.clone(),
            references: set.references,
        };
        let head = serde_json::to_vec(&head)?;
        let mut out = Summed::new(BufWriter::new(file));
        out.write_all(&MAGIC)?;
        out.write_all(&(head.len() as u64).to_le_bytes())?;
        out.write_all(&head)?;
        set.offsets.write(&mut out)?;
        set.ids.write(&mut out)?;
        out.end()?.flush()?;
        if Seen::of(self.path) != Some(*seen) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        fs::rename(path, &self.file)?;
        self.shelf.tidy();
        Ok(())
    }
}

impl Seen {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let (changed, number) = by_the_system(&metadata);
        Some(Self { length: metadata.len(), modified: nanoseconds(metadata.modified().ok()), changed, number })
    }
}

/// When anything about a file was changed last, and its number on the disk.
#[cfg(unix)]
fn by_the_system(metadata: &Metadata) -> (Option<i64>, Option<u64>) {
    use std::os::unix::fs::MetadataExt;
    let changed = metadata.ctime().checked_mul(1_000_000_000).and_then(|all| all.checked_add(metadata.ctime_nsec()));
    (changed, Some(metadata.ino()))
}

/// Elsewhere neither is to be had.
#[cfg(not(unix))]
const fn by_the_system(_metadata: &Metadata) -> (Option<i64>, Option<u64>) {
    (None, None)
}

fn nanoseconds(time: Option<SystemTime>) -> Option<i64> {
    i64::try_from(time?.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// The hash of blocks from the whole length of a file, its first and its last bytes among them.
fn sample(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let last = file.metadata()?.len().saturating_sub(BLOCK as u64);
    let (mut hasher, mut block) = (blake3::Hasher::new(), vec![0; BLOCK]);
    for number in 0..BLOCKS {
        file.seek(SeekFrom::Start(last / (BLOCKS - 1) * number))?;
        if number + 1 == BLOCKS {
            file.seek(SeekFrom::Start(last))?;
        }
        let count = file.read(&mut block)?;
        hasher.update(block.get(..count).unwrap_or_default());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
