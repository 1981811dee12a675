//! Drafts: texts that are in no file yet, kept beside the database. Several programs may work in one folder, so each changes
//! only the draft it wrote or opened, which it knows by its words; another's stays, and one's own is written beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::prompt::{Overwrite, PromptFile};

/// So many drafts of one thing at most.
const MOST: usize = 1_000;

/// The drafts of a workbench.
#[derive(Clone, Debug)]
pub(super) struct Drafts {
    root: PathBuf,
}

/// What a draft is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of<'a> {
    /// A prompt file.
    Prompt(&'a Path),
    /// Cases that were edited on the screen.
    Cases,
}

/// What is kept of one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// The draft written last.
    pub newest: Option<String>,
    /// How many others there are that say something else.
    pub others: usize,
}

/// A draft on disk.
struct Draft {
    file: PathBuf,
    text: String,
    written: Option<SystemTime>,
}

/// How drafts of one thing are called: `a-b`, and `a.2-b`, `a.3-b` where several programs keep one.
struct Name {
    start: String,
    end: String,
    /// Under which names versions before this one kept it.
    old: Vec<PathBuf>,
}

impl Name {
    fn is(&self, file: &str) -> bool {
        let number = file.strip_prefix(&self.start).and_then(|rest| rest.strip_suffix(&self.end));
        let number = number.and_then(|rest| rest.strip_suffix('-'));
        number.is_some_and(|number| number.is_empty() || number.strip_prefix('.').is_some_and(is_number))
    }

    fn numbered(&self, number: usize) -> String {
        let Self { start, end, .. } = self;
        if number < 2 { format!("{start}-{end}") } else { format!("{start}.{number}-{end}") }
    }
}

fn is_number(text: &str) -> bool {
    text.parse::<usize>().is_ok()
}

/// The start of a hash, enough to keep files of one name apart.
fn short_hash(path: &Path) -> String {
    blake3::hash(path.as_os_str().as_encoded_bytes()).to_hex().chars().take(8).collect()
}

impl Drafts {
    /// Those of the workbench at `root`.
    pub(super) fn of(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder they are in.
    fn folder(&self) -> PathBuf {
        self.root.join(".fourfold").join("drafts")
    }

    /// Whether something is kept of the prompt called `name`, relative to the workbench.
    pub(super) fn has(&self, name: &str) -> bool {
        self.kept(Of::Prompt(&self.root.join(name)), None).newest.is_some()
    }

    /// What is kept; drafts that say what the file says are none, and go.
    pub(super) fn kept(&self, of: Of, file_text: Option<&str>) -> Kept {
        let (said, mut drafts): (Vec<Draft>, Vec<Draft>) =
            self.all(&self.name(of)).into_iter().partition(|draft| Some(draft.text.as_str()) == file_text);
        for draft in said {
            // Once the file changes it would be taken for newer than the file.
            let _ = fs::remove_file(draft.file);
        }
        drafts.sort_by_key(|draft| draft.written);
        let newest = drafts.pop().map(|draft| draft.text);
        let others = drafts.iter().filter(|draft| Some(&draft.text) != newest.as_ref()).count();
        Kept { newest, others }
    }

    /// Keeps `text`, or drops the draft. `was` is what this program wrote or opened last: only a draft that says so is changed.
    pub(super) fn keep(&self, of: Of, was: Option<&str>, text: Option<&str>) -> Result<(), String> {
        let name = self.name(of);
        let drafts = self.all(&name);
        let own = drafts.iter().find(|draft| Some(draft.text.as_str()) == was).map(|draft| draft.file.clone());
        let Some(text) = text else { return own.map_or(Ok(()), |own| remove(&own)) };
        // What nothing was typed into is there already, or somebody went on from it.
        if was == Some(text) && !drafts.is_empty() {
            return Ok(());
        }
        let folder = self.folder();
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let usual = own.clone().filter(|own| !name.old.contains(own));
        let free = (1..=MOST).map(|number| folder.join(name.numbered(number))).find(|file| !file.exists());
        let Some(file) = usual.or(free) else { return Err(format!("{MOST} drafts are kept in {}", folder.display())) };
        PromptFile::new(&file, "").save(text, Overwrite::Always).map_err(|error| error.to_string())?;
        own.filter(|own| *own != file).map_or(Ok(()), |own| remove(&own))
    }

    /// A prompt is known by its place in the workbench, however the way to the workbench is spelled.
    fn name(&self, of: Of) -> Name {
        let path = match of {
            Of::Prompt(path) => path,
            Of::Cases => return Name { start: "cases".to_owned(), end: "edited.json".to_owned(), old: Vec::new() },
        };
        let end = path.file_name().map_or_else(|| "prompt".into(), |name| name.to_string_lossy()).into_owned();
        let spelled = [Some(path.to_owned()), path.canonicalize().ok()];
        let old = spelled.into_iter().flatten().map(|path| self.folder().join(format!("{}-{end}", short_hash(&path))));
        let old = old.collect();
        Name { start: short_hash(path.strip_prefix(&self.root).unwrap_or(path)), end, old }
    }

    fn all(&self, name: &Name) -> Vec<Draft> {
        let files = fs::read_dir(self.folder()).into_iter().flatten().filter_map(Result::ok);
        let files =
            files.filter(|entry| name.is(&entry.file_name().to_string_lossy()) || name.old.contains(&entry.path()));
        let mut drafts: Vec<Draft> = files
            .filter_map(|entry| {
                let file = entry.path();
                let written = entry.metadata().ok().and_then(|metadata| metadata.modified().ok());
                fs::read_to_string(&file).ok().map(|text| Draft { file, text, written })
            })
            .collect();
        drafts.sort_by(|one, other| one.file.cmp(&other.file));
        drafts
    }
}

fn remove(file: &Path) -> Result<(), String> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.to_string()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        folder: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap() }
        }

        fn prompt(&self) -> PathBuf {
            self.folder.path().join("a.prompty")
        }

        fn keep(&self, was: Option<&str>, text: Option<&str>) {
            Drafts::of(self.folder.path()).keep(Of::Prompt(&self.prompt()), was, text).unwrap();
        }

        fn texts(&self) -> Vec<String> {
            let drafts = Drafts::of(self.folder.path());
            let mut texts: Vec<String> =
                drafts.all(&drafts.name(Of::Prompt(&self.prompt()))).into_iter().map(|draft| draft.text).collect();
            texts.sort();
            texts
        }
    }

    #[test]
    fn a_draft_is_changed_and_dropped_only_by_whoever_wrote_or_opened_it() {
        let place = Place::new();
        place.keep(None, Some("BBB"));
        place.keep(None, None);
        assert_eq!(place.texts(), ["BBB"], "an idle program leaves it");
        place.keep(None, Some("A"));
        assert_eq!(place.texts(), ["A", "BBB"], "another text stands beside it");
        place.keep(Some("A"), Some("AA"));
        assert_eq!(place.texts(), ["AA", "BBB"]);
        place.keep(Some("AA"), None);
        assert_eq!(place.texts(), ["BBB"], "saving the one leaves the other");
        place.keep(Some("BBB"), Some("BBBB"));
        place.keep(Some("BBB"), Some("BBB"));
        assert_eq!(place.texts(), ["BBBB"], "who only looked at it does not bring back the older text");
        place.keep(Some("BBBB"), None);
        place.keep(Some("BBB"), Some("BBB"));
        assert_eq!(place.texts(), ["BBB"], "but does keep the last there is of it");
    }

    #[test]
    fn the_newest_is_opened_and_the_others_are_counted() {
        let place = Place::new();
        let drafts = Drafts::of(place.folder.path());
        place.keep(None, Some("older"));
        place.keep(None, Some("newer"));
        let file = drafts.folder().join(drafts.name(Of::Prompt(&place.prompt())).numbered(1));
        let past = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000);
        fs::File::options().write(true).open(file).unwrap().set_modified(past).unwrap();
        let kept = drafts.kept(Of::Prompt(&place.prompt()), None);
        assert_eq!(kept, Kept { newest: Some("newer".to_owned()), others: 1 });
        let kept = drafts.kept(Of::Prompt(&place.prompt()), Some("newer"));
        assert_eq!(kept, Kept { newest: Some("older".to_owned()), others: 0 });
        assert_eq!(place.texts(), ["older"], "one that the file says is none");
        assert!(drafts.has("a.prompty") && !drafts.has("b.prompty"));
        assert_eq!(drafts.kept(Of::Cases, None), Kept::default());
    }

    #[test]
    fn a_draft_is_found_however_the_folder_is_spelled_and_after_it_was_moved() {
        let place = Place::new();
        let (bench, moved) = (place.folder.path().join("bench"), place.folder.path().join("moved"));
        fs::create_dir(&bench).unwrap();
        let kept = |root: &Path| Drafts::of(root).kept(Of::Prompt(&root.join("a.prompty")), None).newest;
        Drafts::of(&bench).keep(Of::Prompt(&bench.join("a.prompty")), None, Some("mine")).unwrap();
        assert_eq!(kept(&bench.join("../bench")).as_deref(), Some("mine"));
        fs::rename(&bench, &moved).unwrap();
        assert_eq!(kept(&moved).as_deref(), Some("mine"));
    }

    #[test]
    fn a_draft_under_its_old_name_is_found_once() {
        let place = Place::new();
        let drafts = Drafts::of(place.folder.path());
        fs::create_dir_all(drafts.folder()).unwrap();
        let old = drafts.folder().join(format!("{}-a.prompty", short_hash(&place.prompt())));
        fs::write(&old, "old").unwrap();
        assert_eq!(drafts.kept(Of::Prompt(&place.prompt()), None).newest.as_deref(), Some("old"));
        place.keep(Some("old"), Some("older still"));
        assert!(!old.exists());
        assert_eq!(place.texts(), ["older still"]);
    }
}
