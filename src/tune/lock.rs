//! One process trains an adapter at a time. The lock is the operating system's own and goes with the process, however it
//! ends; beside it stands which process it is, with the time it began, so that a number used again is not mistaken for it.

use std::fs::File;
use std::io;
use std::time::Duration;

use super::place::TrainingPlace;
use crate::files::{lock, try_lock};
use crate::run::stopwatch;
pub use crate::store::Holder;

/// How often one who waits for the lock looks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A held lock. Dropping it lets go.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Held while somebody takes the lock or looks whether it is taken: nobody mistakes a look for a training.
fn gate(place: &TrainingPlace) -> io::Result<File> {
    lock(&place.lock().with_extension("gate"))
}

impl Lock {
    /// Takes the lock of a training; `None` if another process holds it.
    pub fn take(place: &TrainingPlace, now: i64) -> io::Result<Option<Self>> {
        let _gate = gate(place)?;
        let Some(file) = try_lock(&place.lock())? else { return Ok(None) };
        Holder::me(now).write(&place.process())?;
        Ok(Some(Self { _file: file }))
    }

    /// The same, giving a process that is on its way out until `patience` is over.
    pub fn wait(place: &TrainingPlace, now: i64, patience: Duration) -> io::Result<Option<Self>> {
        let waited = stopwatch();
        loop {
            match Self::take(place, now)? {
                None if waited() < patience => std::thread::sleep(LOOK_EVERY),
                taken => return Ok(taken),
            }
        }
    }
}

/// The right to train in a workbench, held beside the lock of the training itself: one at a time, for each uses every core.
#[derive(Debug)]
pub(super) struct Turn {
    _file: File,
}

impl Turn {
    /// Takes it, giving a process that is on its way out until `patience` is over; `None` if another training keeps it.
    pub(super) fn wait(place: &TrainingPlace, patience: Duration) -> io::Result<Option<Self>> {
        let waited = stopwatch();
        loop {
            match try_lock(&place.turn())? {
                None if waited() < patience => std::thread::sleep(LOOK_EVERY),
                taken => return Ok(taken.map(|file| Self { _file: file })),
            }
        }
    }
}

/// The process that trains at this place now, if one does.
pub fn holder(place: &TrainingPlace) -> Option<Holder> {
    if !place.lock().is_file() {
        return None;
    }
    let _gate = gate(place).ok()?;
    if try_lock(&place.lock()).ok()?.is_some() {
        return None;
    }
    // The lock says that somebody holds it; the name is only for people and may be a moment late.
    Some(Holder::named(&place.process()).unwrap_or(Holder::unknown()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn one_holds_it_and_dropping_lets_go() {
        let root = tempfile::tempdir().unwrap();
        let place = TrainingPlace::new(root.path(), "one").unwrap();
        assert_eq!(holder(&place), None);
        fs::create_dir_all(&place.folder).unwrap();
        let lock = Lock::take(&place, 5).unwrap().unwrap();
        assert!(Lock::take(&place, 6).unwrap().is_none());
        let found = holder(&place).unwrap();
        assert_eq!((found.pid, found.since), (std::process::id(), 5));
        drop(lock);
        assert_eq!(holder(&place), None);
        assert!(Lock::take(&place, 7).unwrap().is_some());
    }

    #[test]
    fn one_who_waits_gets_it_when_it_is_let_go_and_not_before() {
        let root = tempfile::tempdir().unwrap();
        let place = TrainingPlace::new(root.path(), "one").unwrap();
        fs::create_dir_all(&place.folder).unwrap();
        let lock = Lock::take(&place, 5).unwrap().unwrap();
        assert!(Lock::wait(&place, 6, Duration::ZERO).unwrap().is_none());
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| Lock::wait(&place, 7, Duration::from_mins(1)).unwrap().is_some());
            drop(lock);
            assert!(waiting.join().unwrap());
        });
    }

    #[test]
    fn one_training_of_a_workbench_has_its_turn() {
        let root = tempfile::tempdir().unwrap();
        let [one, other] = ["one", "other"].map(|name| TrainingPlace::new(root.path(), name).unwrap());
        std::fs::create_dir_all(&one.folder).unwrap();
        let turn = Turn::wait(&one, Duration::ZERO).unwrap().unwrap();
        assert!(Turn::wait(&other, Duration::ZERO).unwrap().is_none());
        drop(turn);
        assert!(Turn::wait(&other, Duration::ZERO).unwrap().is_some());
        let elsewhere = tempfile::tempdir().unwrap();
        let place = TrainingPlace::new(elsewhere.path(), "one").unwrap();
        std::fs::create_dir_all(&place.folder).unwrap();
        assert!(Turn::wait(&place, Duration::ZERO).unwrap().is_some(), "another workbench has its own");
    }

    #[test]
    fn a_look_is_never_taken_for_a_training() {
        let root = tempfile::tempdir().unwrap();
        let place = TrainingPlace::new(root.path(), "one").unwrap();
        fs::create_dir_all(&place.folder).unwrap();
        drop(Lock::take(&place, 0).unwrap());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..60 {
                        holder(&place);
                    }
                });
            }
            for now in 0..60 {
                assert!(Lock::take(&place, now).unwrap().is_some());
            }
        });
    }
}
