//! Which process asks a run. The lock is the operating system's own and goes with the process, however it ends; beside it stands
//! which process it is, with the time it began, so that a number used again is not mistaken for it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Place, Store, StoreError};
use crate::files::{lock, try_lock, write_whole};

/// The folder of the locks, beside the database.
const FOLDER: &str = "asking";

/// A process that holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its number; 0 where that is not known.
    pub pid: u32,
    /// When it began, in the system's own count; `None` where that is not known.
    pub began: Option<u64>,
    /// When it took the lock, in milliseconds since 1970.
    pub since: i64,
}

impl Holder {
    /// This process.
    pub fn me(now: i64) -> Self {
        let pid = std::process::id();
        Self { pid, began: began(pid), since: now }
    }

    /// Somebody of whom nothing is known.
    pub const fn unknown() -> Self {
        Self { pid: 0, began: None, since: 0 }
    }

    /// Who is named in a file, if that process is still the one that was meant.
    pub fn named(path: &Path) -> Option<Self> {
        let named: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        (named.began.is_none() || began(named.pid) == named.began).then_some(named)
    }

    /// Writes its name into a file, whole or not at all.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        write_whole(path, &serde_json::to_vec(self)?)
    }
}

/// When a process began, in clock ticks since the system did.
fn began(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold anything; the 20th field behind it is the start.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// A part of a run's cases: every `of`th, from the one at `index`. The whole is the first of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimPart {
    /// Which, from 1.
    pub index: u32,
    /// Of how many.
    pub of: u32,
}

impl ClaimPart {
    /// Everything.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Whether some case is in both.
    fn meets(self, other: Self) -> bool {
        let (mut a, mut b) = (self.of.max(1), other.of.max(1));
        while b > 0 {
            (a, b) = (b, a % b);
        }
        self.index.abs_diff(other.index).is_multiple_of(a)
    }

    fn name(self, run: i64) -> String {
        format!("run-{run}.{}-of-{}.lock", self.index, self.of)
    }

    /// The run that a lock is for.
    fn run_of(name: &str) -> Option<i64> {
        let run = name.strip_prefix("run-")?.split_once('.')?.0.parse().ok()?;
        Self::named(name, run).map(|_| run)
    }

    /// The part that a lock of this run is for.
    fn named(name: &str, run: i64) -> Option<Self> {
        let (index, of) = name.strip_prefix(&format!("run-{run}."))?.strip_suffix(".lock")?.split_once("-of-")?;
        Some(Self { index: index.parse().ok()?, of: of.parse().ok()? })
    }
}

/// Held while a run is found or begun and claimed, so that two processes do not begin the same.
#[derive(Debug)]
pub struct Gate {
    folder: Option<PathBuf>,
    _file: Option<File>,
}

/// A run, or a part of it, that this process alone asks. Dropping it lets go.
#[derive(Debug)]
pub struct Claim {
    folder: PathBuf,
    path: PathBuf,
    file: Option<File>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Taken away before the lock is let go, and only where nobody is just looking: another one's are never taken. Those that stay
        // are taken over.
        if self.file.is_some()
            && let Ok(Some(_gate)) = try_lock(&self.folder.join("gate"))
        {
            let _ = fs::remove_file(self.path.with_extension("json"));
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Store {
    /// Waits until no other process is finding or claiming a run.
    pub fn gate(&self) -> Result<Gate, StoreError> {
        let Place::Disk(path) = self.place() else { return Ok(Gate { folder: None, _file: None }) };
        let folder = path.with_file_name(FOLDER);
        let locked = fs::create_dir_all(&folder).and_then(|()| lock(&folder.join("gate")));
        let file = locked.map_err(|error| lift(&folder, &error))?;
        Ok(Gate { folder: Some(folder), _file: Some(file) })
    }

    /// The runs that are being asked now, by this process or another one, and by whom.
    pub fn asked_now(&self) -> Result<Vec<(i64, Holder)>, StoreError> {
        let Place::Disk(path) = self.place() else { return Ok(Vec::new()) };
        let folder = path.with_file_name(FOLDER);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        // To look at a lock is to try it: nobody who claims may meet that.
        let _gate = self.gate()?;
        let looked = || -> io::Result<Vec<(i64, Holder)>> {
            let mut asked: Vec<(i64, Holder)> = Vec::new();
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let name = entry.file_name();
                let run = name.to_str().and_then(ClaimPart::run_of);
                if let Some(run) = run
                    && !asked.iter().any(|(known, _)| *known == run)
                    && try_lock(&entry.path())?.is_none()
                {
                    let holder = Holder::named(&entry.path().with_extension("json")).unwrap_or(Holder::unknown());
                    asked.push((run, holder));
                }
            }
            Ok(asked)
        };
        looked().map_err(|error| lift(&folder, &error))
    }
}

fn lift(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Open { path: path.to_path_buf(), reason: error.to_string() }
}

impl Gate {
    /// Claims a part of a run for this process, at `now`. The process that asks some of it already, where there is one.
    pub fn claim(&self, run: i64, part: ClaimPart, now: i64) -> Result<Result<Claim, Holder>, StoreError> {
        let Some(folder) = &self.folder else {
            // A database in memory has one process.
            return Ok(Ok(Claim { folder: PathBuf::new(), path: PathBuf::new(), file: None }));
        };
        let path = folder.join(part.name(run));
        let claimed = || -> io::Result<Result<Claim, Holder>> {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let held = entry.file_name().to_str().and_then(|name| ClaimPart::named(name, run));
                if held.is_some_and(|held| held.meets(part)) && try_lock(&entry.path())?.is_none() {
                    return Ok(Err(Holder::named(&entry.path().with_extension("json")).unwrap_or(Holder::unknown())));
                }
            }
            let Some(file) = try_lock(&path)? else { return Ok(Err(Holder::unknown())) };
            Holder::me(now).write(&path.with_extension("json"))?;
            Ok(Ok(Claim { folder: folder.clone(), path: path.clone(), file: Some(file) }))
        };
        claimed().map_err(|error| lift(&path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_meet_where_a_case_is_in_both() {
        for (one, other) in [((1, 1), (1, 1)), ((2, 5), (1, 1)), ((2, 4), (2, 6)), ((1, 4), (3, 6)), ((1, 2), (2, 3))] {
            let part = |(index, of)| ClaimPart { index, of };
            let both = (0..60).any(|place| [one, other].iter().all(|(index, of)| place % of == index - 1));
            assert_eq!(part(one).meets(part(other)), both, "{one:?} {other:?}");
            assert_eq!(part(other).meets(part(one)), both);
        }
        let (second, third) = (ClaimPart { index: 2, of: 5 }, ClaimPart { index: 3, of: 5 });
        assert!(!second.meets(third) && second.meets(second));
    }

    #[test]
    fn one_asks_a_run_and_the_other_learns_who() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let part = |index| ClaimPart { index, of: 2 };
        let first = store.gate().unwrap().claim(7, part(1), 5).unwrap().unwrap();
        let found = store.gate().unwrap().claim(7, ClaimPart::WHOLE, 6).unwrap().unwrap_err();
        assert_eq!((found.pid, found.since), (std::process::id(), 5));
        assert!(store.gate().unwrap().claim(7, part(1), 6).unwrap().is_err());
        let other = store.gate().unwrap().claim(7, part(2), 6).unwrap().unwrap();
        assert!(store.gate().unwrap().claim(70, ClaimPart::WHOLE, 6).unwrap().is_ok(), "another run is free");
        let asked = store.asked_now().unwrap();
        assert_eq!(asked.iter().map(|(run, who)| (*run, who.pid)).collect::<Vec<_>>(), [(7, std::process::id())]);
        drop((first, other));
        assert_eq!(store.asked_now().unwrap(), []);
        assert!(store.gate().unwrap().claim(7, ClaimPart::WHOLE, 7).unwrap().is_ok());
    }

    #[test]
    fn what_a_killed_process_left_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let asking = folder.path().join(FOLDER);
        fs::create_dir_all(&asking).unwrap();
        fs::write(asking.join("run-1.1-of-1.lock"), "").unwrap();
        Holder { pid: 4_000_000, began: Some(1), since: 1 }.write(&asking.join("run-1.1-of-1.json")).unwrap();
        let claim = store.gate().unwrap().claim(1, ClaimPart::WHOLE, 9).unwrap().unwrap();
        assert_eq!(Holder::named(&asking.join("run-1.1-of-1.json")).map(|holder| holder.since), Some(9));
        drop(claim);
        assert_eq!(fs::read_dir(&asking).unwrap().count(), 1, "only the gate stays");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_has_a_beginning() {
        assert!(began(std::process::id()).is_some_and(|ticks| ticks > 0));
        assert_eq!(began(u32::MAX), None);
    }
}
