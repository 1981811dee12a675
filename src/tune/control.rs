//! Starting, watching and stopping a training that runs in a process of its own, which outlives whoever started it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::error::TuneError;
use super::job::{Job, write_whole};
use super::journal::{Entry, JournalReader, TuneEvent};
use super::lock::holder;
use super::place::{TrainingPlace, named_folders};
use super::progress::{Phase, Progress};

/// The hidden subcommand that trains.
pub const WORKER: &str = "tune-worker";
/// Every step needs the memory that the one before gave up. glibc would hand it back to the system and zero it anew each time,
/// which was measured to take a fifth of a training's processor time; other systems do not read these.
const KEEP_MEMORY: [(&str, &str); 2] =
    [("MALLOC_TRIM_THRESHOLD_", "2000000000"), ("MALLOC_MMAP_THRESHOLD_", "1000000000")];
/// How much of what a process wrote before it died is repeated.
const LAST_WORDS: usize = 400;

/// What a person wants of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Go on.
    Run,
    /// Save, and stop.
    Pause,
    /// Stop for good.
    Cancel,
}

impl Wish {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Pause => "pause",
            Self::Cancel => "cancel",
        }
    }

    /// What the file at `path` says; nothing means to go on.
    pub fn read(path: &Path) -> Self {
        match fs::read_to_string(path).as_deref().map(str::trim) {
            Ok("pause") => Self::Pause,
            Ok("cancel") => Self::Cancel,
            _ => Self::Run,
        }
    }
}

/// Says what is wanted of a training. One that runs hears of it within a step.
pub fn wish(place: &TrainingPlace, wish: Wish) -> Result<(), TuneError> {
    write_whole(&place.control(), wish.as_str().as_bytes())
}

/// Refuses to train where another training of the workbench runs and is to go on: both would crawl, and take twice the memory.
pub(super) fn check_turn(place: &TrainingPlace) -> Result<(), TuneError> {
    let others = place.folder.parent().map(|folder| named_folders(folder, "job.json")).unwrap_or_default();
    let runs = |name: &String| {
        TrainingPlace::of(&place.folder.with_file_name(name))
            .is_ok_and(|other| other.name != place.name && holder(&other).is_some() && !is_leaving(&other))
    };
    others.iter().find(|name| runs(name)).map_or(Ok(()), |name| Err(busy(Some(name))))
}

/// Another training, of this name where it is known, has its turn.
pub(super) fn busy(name: Option<&str>) -> TuneError {
    let what = name.map_or_else(|| "another model".to_owned(), |name| format!("`{name}`"));
    let pause = name.map_or_else(
        || "`fourfold tune --list` names it".to_owned(),
        |name| format!("p on its screen, or `fourfold tune --name {name} --pause`"),
    );
    TuneError::asked(
        format!("{what} is being trained now, and one training uses every core"),
        format!("Wait for it, or have it save and stop ({pause}); it can be gone on with later."),
    )
}

/// Whether the process at a training was told to stop, or has said that it ended.
fn is_leaving(place: &TrainingPlace) -> bool {
    Wish::read(&place.control()) != Wish::Run
        || JournalReader::new(place.journal())
            .read()
            .is_ok_and(|entries| entries.last().is_some_and(|entry| entry.event.is_last()))
}

/// Gives a training up: one that runs is told, one that does not is cleared away. Says whether one was running.
pub fn cancel(place: &TrainingPlace) -> Result<bool, TuneError> {
    Job::read(place)?;
    if holder(place).is_some() {
        wish(place, Wish::Cancel)?;
        return Ok(true);
    }
    fs::remove_dir_all(&place.folder).map_err(|error| TuneError::file(&place.folder, &error))?;
    Ok(false)
}

/// Begins, or goes on with, the training at a place and watches it. `program` is this program. Where a process is at it
/// already, that one is watched; one that was told to stop may still be on its way out, and the new one waits for it.
pub fn start(place: &TrainingPlace, program: &OsStr) -> Result<Watch, TuneError> {
    Job::read(place)?;
    let seen = JournalReader::new(place.journal()).read().map_err(|error| TuneError::file(&place.journal(), &error))?;
    let is_done = seen.last().is_some_and(|entry| matches!(entry.event, TuneEvent::Finished { .. }));
    if is_done || holder(place).is_some() && !is_leaving(place) {
        return Ok(Watch::of(place));
    }
    check_turn(place)?;
    wish(place, Wish::Run)?;
    let log = File::create(place.log()).map_err(|error| TuneError::file(&place.log(), &error))?;
    let child = Command::new(program)
        .arg(WORKER)
        .arg(&place.folder)
        .envs(KEEP_MEMORY)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .map_err(|error| TuneError::failed(format!("the training process did not start: {error}"), "Try again."))?;
    let mut watch = Watch::of(place);
    watch.child = Some(child);
    // An end that stands in the journal is that of the process before.
    watch.ended_before = seen.len();
    Ok(watch)
}

/// Somebody looking on. Dropping it leaves the training alone.
pub struct Watch {
    place: TrainingPlace,
    reader: JournalReader,
    child: Option<Child>,
    progress: Progress,
    entries: usize,
    ended_before: usize,
}

impl Watch {
    /// Looks at the training at a place, from its beginning.
    pub fn of(place: &TrainingPlace) -> Self {
        Self {
            place: place.clone(),
            reader: JournalReader::new(place.journal()),
            child: None,
            progress: Progress::default(),
            entries: 0,
            ended_before: 0,
        }
    }

    /// Where the training stands, as of the last look.
    pub const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Looks again: what happened since. Cheap; a few times a second is often enough.
    pub fn look(&mut self) -> Result<Vec<Entry>, TuneError> {
        // Alive first: whatever a process wrote before it ended is read afterwards.
        let alive = self.is_alive();
        let new = self.reader.read().map_err(|error| TuneError::file(&self.place.journal(), &error))?;
        for entry in &new {
            self.entries += 1;
            self.progress.take(entry);
            if self.entries <= self.ended_before && self.progress.phase.is_over() {
                self.progress.phase = Phase::Loading;
            }
        }
        if !alive && !self.progress.phase.is_over() {
            self.progress.phase = match self.last_words() {
                None => Phase::Lost,
                Some(what) => Phase::Failed {
                    what,
                    hint: format!(
                        "`fourfold tune --name {} --resume` goes on from the last checkpoint.",
                        self.place.name
                    ),
                },
            };
        }
        Ok(new)
    }

    fn is_alive(&mut self) -> bool {
        if let Some(child) = &mut self.child {
            // A child that has ended is gone only once it was asked for.
            if matches!(child.try_wait(), Ok(None)) {
                return true;
            }
            self.child = None;
        }
        // Another process may have been faster than the one started here.
        holder(&self.place).is_some()
    }

    /// The end of what the process wrote to its standard error.
    fn last_words(&self) -> Option<String> {
        let text = fs::read(self.place.log()).ok()?;
        let text = String::from_utf8_lossy(&text);
        let text = text.trim();
        let from = text.char_indices().rev().nth(LAST_WORDS).map_or(0, |(index, _)| index);
        text.get(from..).filter(|text| !text.is_empty()).map(|text| format!("the training process ended: {text}"))
    }
}

/// Leaves the terminal's session and yields to everything else. Both may be refused without harm.
pub fn step_back() -> io::Result<()> {
    #[cfg(unix)]
    {
        rustix::process::setsid()?;
        rustix::process::nice(10)?;
    }
    // Linux shares time out among sessions first where it groups them, and only then heeds a process's own priority.
    #[cfg(target_os = "linux")]
    fs::write("/proc/self/autogroup", "10")?;
    Ok(())
}
