//! The three splits of a workbench, and the dev split that is drawn from train where there is none.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::case::{Case, Split};
use super::cases::Cases;
use super::draw::{self, SplitPlan};
use super::error::DataError;
use super::mapping::Mapping;
use super::set::DataSet;
use super::shelf::Shelf;

/// The most cases a drawn dev split takes.
const DRAWN_MOST: usize = 40;
/// The share of train a drawn dev split takes at most: one in so many.
const DRAWN_ONE_IN: usize = 4;

/// Where the splits are, as `file = { … }` in `fourfold.toml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SplitFiles {
    /// Exemplars and tuning draw from here.
    pub train: Option<PathBuf>,
    /// What Compose steps through.
    pub dev: Option<PathBuf>,
    /// Only runs open it.
    pub test: Option<PathBuf>,
    /// How all three are made of the train file, where they are.
    pub plan: Option<SplitPlan>,
    /// What is known of those that are not there: [`DataError::Astray`].
    pub astray: Vec<DataError>,
}

impl SplitFiles {
    /// The files there are, each with its split, in the order train, dev, test.
    pub fn named(&self) -> Vec<(Split, PathBuf)> {
        let files = [(Split::Train, &self.train), (Split::Dev, &self.dev), (Split::Test, &self.test)];
        files.into_iter().filter_map(|(split, path)| Some((split, path.clone()?))).collect()
    }

    /// The first of them that is not there, with the line that names it.
    pub fn missing(&self) -> Option<&DataError> {
        self.astray.iter().find(|one| matches!(one, DataError::Astray { path, .. } if !path.is_file()))
    }

    /// Why `path` cannot be used: where fourfold.toml names a file that is not there, its line.
    fn why(&self, path: &Path, error: DataError) -> DataError {
        let is_there = path.is_file();
        let named =
            self.astray.iter().find(|one| matches!(one, DataError::Astray { path: named, .. } if named == path));
        named.filter(|_| !is_there).cloned().unwrap_or(error)
    }
}

/// A split: a data set, or the part of one that a draw left or took.
#[derive(Clone, Debug)]
pub struct SplitRows {
    set: Arc<DataSet>,
    rows: Option<Arc<[u32]>>,
}

impl SplitRows {
    /// These rows of a file, in order.
    pub(super) fn part(set: &Arc<DataSet>, rows: Vec<u32>) -> Self {
        Self { set: Arc::clone(set), rows: Some(rows.into()) }
    }

    /// The file behind it.
    pub fn set(&self) -> &DataSet {
        &self.set
    }

    /// The 0-based row of the file that a case comes from.
    pub fn row_in_file(&self, index: usize) -> Option<usize> {
        match &self.rows {
            None => (index < self.set.count()).then_some(index),
            Some(rows) => rows.get(index).map(|row| *row as usize),
        }
    }

    /// The 0-based place in the split of a 0-based row of the file; `None` for a row that another split has.
    pub fn place_of(&self, row: usize) -> Option<usize> {
        match &self.rows {
            None => (row < self.set.count()).then_some(row),
            Some(rows) => rows.binary_search(&u32::try_from(row).ok()?).ok(),
        }
    }
}

impl SplitRows {
    /// Names the split by its content: the file's bytes, and which of its rows are in it.
    pub fn content_hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.set.hash().as_bytes());
        for row in self.rows.iter().flat_map(|rows| rows.iter()) {
            hasher.update(&row.to_le_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

impl Cases for SplitRows {
    fn count(&self) -> usize {
        self.rows.as_ref().map_or_else(|| self.set.count(), |rows| rows.len())
    }

    fn case(&self, index: usize) -> Result<Case, DataError> {
        let row = self.row_in_file(index).ok_or_else(|| DataError::NoRow {
            path: self.set.path().to_owned(),
            rows: self.count(),
            asked: index + 1,
        })?;
        self.set.case(row)
    }

    fn find(&self, id: &str) -> Result<Option<usize>, DataError> {
        let row = self.set.find(id)?;
        Ok(match &self.rows {
            None => row,
            Some(rows) => row.and_then(|row| rows.binary_search(&u32::try_from(row).ok()?).ok()),
        })
    }
}

/// How a file becomes a set.
type Opens<'a> = &'a dyn Fn(&Path) -> Result<DataSet, DataError>;

/// The splits of a workbench.
#[derive(Clone, Debug, Default)]
pub struct Splits {
    /// Exemplars and tuning draw from here.
    pub train: Option<SplitRows>,
    /// What Compose steps through.
    pub dev: Option<SplitRows>,
    /// Only runs open it.
    pub test: Option<SplitRows>,
    /// How splits were drawn, in words, where they were.
    pub statement: Option<String>,
    /// A hash of which row is in which split, where they were made of one file.
    pub pin: Option<String>,
    /// Files that cannot be used as they are.
    pub faults: Vec<SplitFault>,
}

/// A file that cannot be used as it is, and the splits that are therefore not there.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitFault {
    /// The splits that were to come from it.
    pub of: Vec<Split>,
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub error: DataError,
}

impl SplitFault {
    /// The splits that are not there, as `train and dev`.
    pub fn splits(&self) -> String {
        let names: Vec<&str> = self.of.iter().map(|split| split.as_str()).collect();
        match names.as_slice() {
            [before @ .., last] if !before.is_empty() => format!("{} and {last}", before.join(", ")),
            _ => names.concat(),
        }
    }
}

impl Splits {
    /// Opens the files there are. Without a dev file, dev is drawn from train: at most 40 rows and at most a quarter, the
    /// same ones for the same file and seed, and train is left without them. With a plan, all three come from one file.
    pub fn open(files: &SplitFiles, mapping: &Mapping, seed: u64) -> Result<Self, DataError> {
        let splits = Self::open_by(&|path| DataSet::open(path, mapping), files, seed);
        match splits.faults.first() {
            Some(fault) => Err(fault.error.clone()),
            None => Ok(splits),
        }
    }

    /// The same with what can be used of it: what cannot is in [`Splits::faults`]. Goes by row indexes that were kept, and keeps
    /// those of large files.
    pub fn open_usable(files: &SplitFiles, mapping: &Mapping, seed: u64, shelf: &Shelf) -> Self {
        Self::open_by(&|path| shelf.open(path, mapping), files, seed)
    }

    fn open_by(open: Opens<'_>, files: &SplitFiles, seed: u64) -> Self {
        let open = |path: &Path| open(path).map_err(|error| files.why(path, error));
        let mut splits = Self::default();
        if let (Some(path), Some(plan)) = (&files.train, &files.plan) {
            let drawn = open(path).map(Arc::new).and_then(|set| Ok((draw::draw(&set, plan)?, set)));
            match drawn {
                Ok((drawn, set)) => {
                    let [train, dev, test] = drawn.splits.map(|rows| draw::rows_of(&set, rows));
                    splits =
                        Self { train, dev, test, statement: Some(drawn.statement), pin: Some(drawn.pin), ..splits };
                }
                Err(error) => splits.faults.push(SplitFault { of: Split::ALL.to_vec(), path: path.clone(), error }),
            }
            if splits.dev.is_none() {
                splits.draw_dev(seed);
            }
            return splits;
        }
        for (split, path) in files.named() {
            match open(&path) {
                Ok(set) => {
                    let rows = Some(SplitRows { set: Arc::new(set), rows: None });
                    match split {
                        Split::Train => splits.train = rows,
                        Split::Dev => splits.dev = rows,
                        Split::Test => splits.test = rows,
                    }
                }
                Err(error) => {
                    let drawn = (split == Split::Train && files.dev.is_none()).then_some(Split::Dev);
                    splits.faults.push(SplitFault { of: std::iter::once(split).chain(drawn).collect(), path, error });
                }
            }
        }
        if files.dev.is_none() {
            splits.draw_dev(seed);
        }
        splits
    }

    /// The pin of the splits that one file makes as it is now, also where they were pinned otherwise.
    pub fn pin_now(&self) -> Option<&str> {
        let found = self.faults.iter().find_map(|fault| match &fault.error {
            DataError::Pinned { found, .. } => Some(found.as_str()),
            _ => None,
        });
        self.pin.as_deref().or(found)
    }

    /// The rows of a split.
    pub const fn get(&self, split: Split) -> Option<&SplitRows> {
        match split {
            Split::Train => self.train.as_ref(),
            Split::Dev => self.dev.as_ref(),
            Split::Test => self.test.as_ref(),
        }
    }

    /// The rows of a split, where it has a file; an error where that cannot be used.
    pub fn look(&self, split: Split) -> Result<Option<&SplitRows>, DataError> {
        let fault = self.faults.iter().find(|fault| fault.of.contains(&split));
        match (self.get(split), fault) {
            (None, Some(fault)) => Err(fault.error.clone()),
            (rows, _) => Ok(rows),
        }
    }

    fn draw_dev(&mut self, seed: u64) {
        let Some(train) = &self.train else { return };
        let (dev, rest) = draw(train.count(), seed, train.set.hash().as_bytes());
        if dev.is_empty() {
            return;
        }
        let drawn = format!("dev: {} of {} train rows, drawn with seed {seed}", dev.len(), train.count());
        self.statement = Some(self.statement.take().map_or(drawn.clone(), |before| format!("{before}; {drawn}")));
        let in_file = |rows: Vec<u32>| -> Vec<u32> {
            let row = |row: u32| train.row_in_file(row as usize).and_then(|row| u32::try_from(row).ok());
            rows.into_iter().filter_map(row).collect()
        };
        let (dev, rest) = (in_file(dev), in_file(rest));
        let set = Arc::clone(&train.set);
        self.dev = Some(SplitRows::part(&set, dev));
        self.train = Some(SplitRows::part(&set, rest));
    }
}

/// How many of so many train rows a drawn dev split takes.
pub(super) fn drawn_dev(train: usize) -> usize {
    DRAWN_MOST.min(train / DRAWN_ONE_IN)
}

/// Which rows of `count` a draw takes and leaves, both in order. Ranks rows by a hash, so the draw is the same on every
/// machine and with every version of a random number library.
fn draw(count: usize, seed: u64, content: &[u8]) -> (Vec<u32>, Vec<u32>) {
    let take = drawn_dev(count);
    let mut ranked: Vec<([u8; 32], u32)> = (0..u32::try_from(count).unwrap_or(u32::MAX))
        .map(|row| {
            let mut hasher = blake3::Hasher::new();
            hasher.update(content).update(&seed.to_le_bytes()).update(&row.to_le_bytes());
            (*hasher.finalize().as_bytes(), row)
        })
        .collect();
    ranked.sort_unstable();
    let rest = ranked.split_off(take);
    let rows = |ranked: Vec<([u8; 32], u32)>| {
        let mut rows: Vec<u32> = ranked.into_iter().map(|(_, row)| row).collect();
        rows.sort_unstable();
        rows
    };
    (rows(ranked), rows(rest))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn files(folder: &std::path::Path) -> SplitFiles {
        let rows: Vec<String> = (1..=30).map(|n| format!("{{\"id\": \"r{n}\", \"q\": \"{n}\"}}")).collect();
        fs::write(folder.join("train.jsonl"), rows.join("\n")).unwrap();
        SplitFiles { train: Some(folder.join("train.jsonl")), ..SplitFiles::default() }
    }

    fn ids(rows: &SplitRows) -> Vec<String> {
        (0..rows.count()).map(|index| rows.case(index).unwrap().id).collect()
    }

    #[test]
    fn dev_is_drawn_from_train_once_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let open = |seed| Splits::open(&files, &Mapping::default(), seed).unwrap();
        let splits = open(1);
        let (train, dev) = (splits.train.as_ref().unwrap(), splits.dev.as_ref().unwrap());
        assert_eq!((train.count(), dev.count()), (23, 7));
        assert_eq!(splits.statement.as_deref(), Some("dev: 7 of 30 train rows, drawn with seed 1"));
        let mut all = [ids(train), ids(dev)].concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 30);
        assert_eq!(ids(open(1).dev.as_ref().unwrap()), ids(dev));
        assert_ne!(ids(open(2).dev.as_ref().unwrap()), ids(dev));
        for (index, id) in ids(dev).iter().enumerate() {
            assert_eq!(dev.find(id).unwrap(), Some(index));
            let row = dev.row_in_file(index).unwrap();
            assert_eq!((dev.place_of(row), train.place_of(row)), (Some(index), None));
            assert_eq!(train.find(id).unwrap(), None);
        }
        assert!(splits.get(Split::Test).is_none());
        assert_eq!(dev.content_hash(), open(1).dev.unwrap().content_hash());
        assert_ne!(dev.content_hash(), train.content_hash());
    }

    #[test]
    fn a_file_that_cannot_be_used_leaves_the_others_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = files(folder.path());
        files.test = Some(folder.path().join("test.jsonl"));
        fs::write(folder.path().join("test.jsonl"), "{\"q\": 1}\n{\"q\": \n").unwrap();
        let shelf = Shelf::new(folder.path().join("rows"), folder.path().to_owned(), |root| Ok(root.to_owned()));
        let open = |files: &SplitFiles| Splits::open_usable(files, &Mapping::default(), 1, &shelf);
        let splits = open(&files);
        assert_eq!((splits.train.as_ref().unwrap().count(), splits.dev.as_ref().unwrap().count()), (23, 7));
        assert_eq!(splits.faults.iter().map(SplitFault::splits).collect::<Vec<_>>(), ["test"]);
        let error = splits.look(Split::Test).unwrap_err();
        assert!(error.to_string().contains("test.jsonl: row 2 (line 2): it is not JSON"), "{error}");
        assert_eq!(Splits::open(&files, &Mapping::default(), 1).unwrap_err(), error);
        // Without its train file there is no dev split to draw; with a dev file there is one.
        fs::write(folder.path().join("train.jsonl"), "nothing").unwrap();
        let both = open(&files);
        assert_eq!(both.faults.iter().map(SplitFault::splits).collect::<Vec<_>>(), ["train and dev", "test"]);
        assert!(both.look(Split::Dev).is_err() && both.get(Split::Dev).is_none());
        fs::write(folder.path().join("dev.csv"), "id,q\nd1,x\n").unwrap();
        files.dev = Some(folder.path().join("dev.csv"));
        assert_eq!(open(&files).look(Split::Dev).unwrap().unwrap().count(), 1);
        // A faulty dev file is not made up for by train rows.
        fs::write(folder.path().join("dev.csv"), "id,q\nd1\n").unwrap();
        fs::write(folder.path().join("train.jsonl"), "{\"q\": 1}\n".repeat(30)).unwrap();
        let splits = open(&files);
        assert!(splits.look(Split::Dev).is_err() && splits.get(Split::Train).unwrap().count() == 30);
        files.test = None;
        assert!(open(&files).look(Split::Test).unwrap().is_none());
    }

    #[test]
    fn a_dev_file_is_taken_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = files(folder.path());
        fs::write(folder.path().join("dev.csv"), "id,q\nd1,x\n").unwrap();
        files.dev = Some(folder.path().join("dev.csv"));
        let splits = Splits::open(&files, &Mapping::default(), 1).unwrap();
        assert_eq!(splits.train.unwrap().count(), 30);
        assert_eq!(ids(&splits.dev.unwrap()), ["d1"]);
        assert_eq!(splits.statement, None);
    }
}
