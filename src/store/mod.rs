//! The database of everything that was ever answered: SQLite, one writer thread, read-only readers. Nothing in it is
//! overwritten or deleted.

mod batches;
mod claim;
mod error;
mod inspect;
mod place;
mod read;
mod record;
mod row;
mod runs;
mod schema;
mod time;
mod vote;
mod write;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub use batches::{BatchRecord, ExportedFile, SentBatch};
pub use claim::{Claim, ClaimPart, Gate, Holder};
pub use error::StoreError;
pub use inspect::{Inspection, inspect};
pub use place::Place;
pub use read::Filter;
pub use record::{
    ArmRecord, LEAK_ALLOWED, Origin, SharedArm, StoredTrial, TrialRecord, TrialSummary, arm_key, case_key, prompt_hash,
    scoring_key,
};
pub use runs::{
    Cell, CellLine, CellRecord, Column, FINISHED, Fill, Identity as TrialIdentity, Known, KnownArm, KnownFilter,
    Merged, Place as CellPlace, RowCondition, RowKey, RunArm, RunEnd, RunLimits, RunRecord, StoredRun, Taken,
    UnscoredCell,
};
pub use time::measured;
pub use vote::{Choice, Side, Tally, Vote, Voted};
pub use writer::Pending;

use place::Identity;
use writer::{Shared, Writer};

/// The name of the database inside the folder.
const FILE: &str = "runs.db";

/// The store of one workbench. Cheap to clone; the last clone to go writes what is queued.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    // Closed before the writer: only a writer that is the last one folds its log into the file.
    reader: Shared,
    writer: Writer,
    path: PathBuf,
    /// Which file that was; none of a store in memory.
    identity: Option<Identity>,
    place: Place,
}

impl Store {
    /// Opens or makes the database in `folder` (the workbench's `.fourfold`).
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        place::prepare_folder(folder)?;
        let path = folder.join(FILE);
        let connection = place::open_writable(&path)?;
        let identity = Identity::of(&path);
        let reader = place::open_readable(&path)?;
        Self::start(
            Arc::new(Mutex::new(connection)),
            Arc::new(Mutex::new(reader)),
            path.clone(),
            Some(identity),
            Place::Disk(path),
        )
    }

    /// A store that lives and dies with the program, because of `reason`.
    pub fn in_memory(reason: StoreError) -> Result<Self, StoreError> {
        let path = PathBuf::from("the database in memory");
        let connection = Arc::new(Mutex::new(place::open_memory(&path)?));
        Self::start(Arc::clone(&connection), connection, path, None, Place::Memory { reason })
    }

    /// As [`Store::open`]; where that fails, a store in memory whose [`Store::place`] says why.
    pub fn open_or_memory(folder: &Path) -> Result<Self, StoreError> {
        Self::open(folder).or_else(Self::in_memory)
    }

    /// Where records go. A screen that shows a store in memory must say so.
    pub fn place(&self) -> &Place {
        &self.inner.place
    }

    fn start(
        connection: Shared,
        reader: Shared,
        path: PathBuf,
        identity: Option<Identity>,
        place: Place,
    ) -> Result<Self, StoreError> {
        let writer = Writer::start(connection, path.clone(), identity.clone())
            .map_err(|error| StoreError::Open { path: path.clone(), reason: error.to_string() })?;
        Ok(Self { inner: Arc::new(Inner { reader, writer, path, identity, place }) })
    }
}
