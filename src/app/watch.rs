//! Files that others may change while the program runs: the prompt, the themes, fourfold.toml. A thread looks at their times
//! and sizes once a second and sleeps in between; only what looks different is read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use super::event::{EventKind, FileNow};
use crate::prompt::{OnDisk, PromptFile};
use crate::terminal::crash;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// Between two looks while something is being written.
const SETTLING: Duration = Duration::from_millis(120);

/// When a file was last written, and how long it is; nothing for a file that is not there.
type Stamp = Option<(SystemTime, u64)>;

fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// The themes of a folder with their stamps.
fn stamps(folder: &Path) -> Vec<(PathBuf, Stamp)> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut found: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| (path.clone(), stamp(&path)))
        .collect();
    found.sort();
    found
}

/// What was seen last: what it was when last reported, and what it was a moment ago.
struct Seen<T> {
    reported: Option<T>,
    last: Option<T>,
}

impl<T: PartialEq + Clone> Seen<T> {
    /// Whether two looks in a row saw the same new thing: then nobody is in the middle of writing it.
    fn has_settled(&mut self, now: T) -> bool {
        let stable = self.last.as_ref() == Some(&now);
        let fresh = self.reported.as_ref() != Some(&now);
        self.last = Some(now.clone());
        if stable && fresh {
            self.reported = Some(now);
        }
        stable && fresh
    }

    fn is_settled(&self) -> bool {
        self.last == self.reported
    }
}

/// The files and how they looked.
struct Files {
    prompt: PathBuf,
    config: PathBuf,
    themes: Option<PathBuf>,
    prompt_seen: Seen<Stamp>,
    config_seen: Seen<Stamp>,
    themes_seen: Seen<Vec<(PathBuf, Stamp)>>,
}

impl Files {
    /// The settings and themes count as known; the prompt is looked at once in any case, for it was read a while ago.
    fn new(prompt: PathBuf, config: PathBuf, themes: Option<PathBuf>) -> Self {
        let known = |stamp: Stamp| Seen { reported: Some(stamp), last: Some(stamp) };
        let listed = themes.as_deref().map_or_else(Vec::new, stamps);
        Self {
            config_seen: known(stamp(&config)),
            themes_seen: Seen { reported: Some(listed.clone()), last: Some(listed) },
            prompt_seen: Seen { reported: None, last: None },
            prompt,
            config,
            themes,
        }
    }

    fn open(&mut self, prompt: PathBuf) {
        self.prompt = prompt;
        self.prompt_seen = Seen { reported: None, last: None };
    }

    /// Looks once and tells what has changed.
    fn look(&mut self) -> Vec<EventKind> {
        let mut news = Vec::new();
        if self.prompt_seen.has_settled(stamp(&self.prompt)) {
            news.push(EventKind::Outside { path: self.prompt.clone(), now: read(&self.prompt), asked: false });
        }
        if self.config_seen.has_settled(stamp(&self.config)) {
            news.push(EventKind::WorkbenchChanged);
        }
        if let Some(folder) = &self.themes
            && self.themes_seen.has_settled(stamps(folder))
        {
            news.push(EventKind::ThemesChanged);
        }
        news
    }

    fn wait(&self) -> Duration {
        let settled = self.prompt_seen.is_settled() && self.config_seen.is_settled() && self.themes_seen.is_settled();
        if settled { EVERY } else { SETTLING }
    }
}

/// What a prompt file says now.
pub(super) fn read(path: &Path) -> FileNow {
    // Compared with nothing, whatever it says is a change, except an empty text.
    match PromptFile::new(path, "").on_disk() {
        Ok(OnDisk::Same) => FileNow::Text(String::new()),
        Ok(OnDisk::Changed(text)) => FileNow::Text(text),
        Ok(OnDisk::Gone) => FileNow::Gone,
        Err(error) => FileNow::Unreadable(format!("{error}. {}", error.hint())),
    }
}

/// The thread that looks; it ends with this.
pub(super) struct Watch {
    prompts: Sender<PathBuf>,
}

impl Watch {
    /// Begins to look at the files. `tell` returns whether anybody still listens.
    pub(super) fn start(
        prompt: PathBuf,
        config: PathBuf,
        themes: Option<PathBuf>,
        tell: impl Fn(EventKind) -> bool + Send + 'static,
    ) -> Self {
        let (prompts, orders) = channel();
        std::thread::spawn(move || {
            crash::contain_this_thread();
            run(Files::new(prompt, config, themes), &orders, &tell);
        });
        Self { prompts }
    }

    /// Looks at another prompt from now on.
    pub(super) fn prompt(&self, path: PathBuf) {
        // Without the thread nothing is watched, and saving still compares.
        let _ = self.prompts.send(path);
    }
}

fn run(mut files: Files, orders: &Receiver<PathBuf>, tell: &dyn Fn(EventKind) -> bool) {
    loop {
        match orders.recv_timeout(files.wait()) {
            Ok(prompt) => files.open(prompt),
            Err(RecvTimeoutError::Timeout) => {
                if !files.look().into_iter().all(tell) {
                    return;
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(news: Vec<EventKind>) -> Vec<String> {
        news.into_iter()
            .map(|kind| match kind {
                EventKind::Outside { now: FileNow::Text(text), .. } => format!("prompt {text}"),
                EventKind::Outside { now: FileNow::Gone, .. } => "prompt gone".to_owned(),
                EventKind::WorkbenchChanged => "workbench".to_owned(),
                EventKind::ThemesChanged => "themes".to_owned(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn a_change_is_told_once_and_only_when_the_writing_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let (prompt, config, themes) =
            (folder.path().join("a.prompty"), folder.path().join("fourfold.toml"), folder.path().join("themes"));
        fs::write(&prompt, "one").unwrap();
        let mut files = Files::new(prompt.clone(), config.clone(), Some(themes.clone()));
        let mut look = || words(files.look());
        assert_eq!(look(), [""; 0]);
        assert_eq!(look(), ["prompt one"], "once after opening, to be sure");
        assert_eq!(look(), [""; 0]);
        fs::write(&prompt, "").unwrap();
        assert_eq!(look(), [""; 0], "perhaps only the first half of a save");
        fs::write(&prompt, "two, longer").unwrap();
        assert_eq!(look(), [""; 0]);
        assert_eq!(look(), ["prompt two, longer"]);
        fs::write(&config, "version = 1").unwrap();
        fs::create_dir(&themes).unwrap();
        fs::write(themes.join("mine.toml"), "x").unwrap();
        fs::write(themes.join("notes.txt"), "x").unwrap();
        fs::remove_file(&prompt).unwrap();
        assert_eq!(look(), [""; 0]);
        assert_eq!(look(), ["prompt gone", "workbench", "themes"]);
        assert_eq!(look(), [""; 0]);
    }

    #[test]
    fn it_looks_often_only_while_something_is_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let prompt = folder.path().join("a.prompty");
        fs::write(&prompt, "one").unwrap();
        let mut files = Files::new(prompt.clone(), folder.path().join("none"), None);
        files.look();
        assert_eq!(files.wait(), SETTLING);
        files.look();
        assert_eq!(files.wait(), EVERY);
    }
}
