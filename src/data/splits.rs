//! The three splits of a workbench, and the dev split that is drawn from train where there is none.

use std::path::PathBuf;
use std::sync::Arc;

use super::case::{Case, Split};
use super::cases::Cases;
use super::draw::{self, SplitPlan};
use super::error::DataError;
use super::mapping::Mapping;
use super::set::DataSet;

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
}

impl SplitFiles {
    /// The files there are, each with its split, in the order train, dev, test.
    pub fn named(&self) -> Vec<(Split, PathBuf)> {
        let files = [(Split::Train, &self.train), (Split::Dev, &self.dev), (Split::Test, &self.test)];
        files.into_iter().filter_map(|(split, path)| Some((split, path.clone()?))).collect()
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
}

impl Splits {
    /// Opens the files there are. Without a dev file, dev is drawn from train: at most 40 rows and at most a quarter, the
    /// same ones for the same file and seed, and train is left without them. With a plan, all three come from one file.
    pub fn open(files: &SplitFiles, mapping: &Mapping, seed: u64) -> Result<Self, DataError> {
        if let (Some(path), Some(plan)) = (&files.train, &files.plan) {
            let set = Arc::new(DataSet::open(path, mapping)?);
            let drawn = draw::draw(&set, plan)?;
            let [train, dev, test] = drawn.splits.map(|rows| draw::rows_of(&set, rows));
            let mut splits = Self { train, dev, test, statement: Some(drawn.statement), pin: Some(drawn.pin) };
            if splits.dev.is_none() {
                splits.draw_dev(seed);
            }
            return Ok(splits);
        }
        let open = |path: &Option<PathBuf>| match path {
            None => Ok(None),
            Some(path) => Ok(Some(SplitRows { set: Arc::new(DataSet::open(path, mapping)?), rows: None })),
        };
        let mut splits =
            Self { train: open(&files.train)?, dev: open(&files.dev)?, test: open(&files.test)?, ..Self::default() };
        if splits.dev.is_none() {
            splits.draw_dev(seed);
        }
        Ok(splits)
    }

    /// The rows of a split.
    pub const fn get(&self, split: Split) -> Option<&SplitRows> {
        match split {
            Split::Train => self.train.as_ref(),
            Split::Dev => self.dev.as_ref(),
            Split::Test => self.test.as_ref(),
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

/// Which rows of `count` a draw takes and leaves, both in order. Ranks rows by a hash, so the draw is the same on every
/// machine and with every version of a random number library.
fn draw(count: usize, seed: u64, content: &[u8]) -> (Vec<u32>, Vec<u32>) {
    let take = DRAWN_MOST.min(count / DRAWN_ONE_IN);
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
