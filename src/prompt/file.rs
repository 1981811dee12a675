//! A prompt file on disk: opened, watched for changes from outside, saved as text and nothing but text.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::PromptError;
use super::parse::{Prompt, PromptKind};
use crate::files::WholeFile;

/// The largest prompt file that is opened, in bytes.
const LARGEST: u64 = 32 * 1024 * 1024;

/// Whether a save may replace what somebody else wrote meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Only if the file is as this program last read or wrote it.
    IfUnchanged,
    /// The person has seen the other version and decided.
    Always,
}

/// How a file on disk compares with what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnDisk {
    /// As it was.
    Same,
    /// Somebody wrote it; this is what it says now.
    Changed(String),
    /// It is gone.
    Gone,
}

/// A prompt file and the text it had when it was last read or written.
#[derive(Clone, Debug)]
pub struct PromptFile {
    path: PathBuf,
    kind: PromptKind,
    text: String,
}

impl PromptFile {
    /// Reads a prompt file.
    pub fn open(path: &Path) -> Result<Self, PromptError> {
        Ok(Self { path: path.to_owned(), kind: PromptKind::of(path), text: read(path)? })
    }

    /// A file that is not there yet; the first save makes it.
    pub fn new(path: &Path, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), kind: PromptKind::of(path), text: text.into() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it is read.
    pub const fn kind(&self) -> PromptKind {
        self.kind
    }

    /// The text as it was on disk.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The prompt that `text` is, under this file's name.
    pub fn parse(&self, text: &str) -> Prompt {
        let name = self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Prompt::parse(text, self.kind).named(name)
    }

    /// The prompt as it was on disk.
    pub fn prompt(&self) -> Prompt {
        self.parse(&self.text)
    }

    /// Compares the file with what was read.
    pub fn on_disk(&self) -> Result<OnDisk, PromptError> {
        if !self.path.exists() {
            return Ok(OnDisk::Gone);
        }
        let text = read(&self.path)?;
        Ok(if text == self.text { OnDisk::Same } else { OnDisk::Changed(text) })
    }

    /// Takes over what is on disk now.
    pub fn reload(&mut self) -> Result<(), PromptError> {
        self.text = read(&self.path)?;
        Ok(())
    }

    /// Writes `text`, whole or not at all: a crash leaves the old file or the new one.
    pub fn save(&mut self, text: &str, overwrite: Overwrite) -> Result<(), PromptError> {
        if overwrite == Overwrite::IfUnchanged && matches!(self.on_disk()?, OnDisk::Changed(_)) {
            return Err(PromptError::Changed { path: self.path.clone() });
        }
        write(&self.path, text)
            .map_err(|error| PromptError::Write { path: self.path.clone(), reason: error.to_string() })?;
        text.clone_into(&mut self.text);
        Ok(())
    }
}

fn read(path: &Path) -> Result<String, PromptError> {
    let failed = |reason: String| PromptError::Read { path: path.to_owned(), reason };
    let metadata = fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if !metadata.is_file() {
        return Err(failed("it is not a plain file".to_owned()));
    }
    if metadata.len() > LARGEST {
        return Err(failed(format!("it is larger than {} MB", LARGEST / 1024 / 1024)));
    }
    let bytes = fs::read(path).map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        failed(format!("line {line} is not UTF-8"))
    })
}

/// Writes beside the file and renames, following a link to the file it means and keeping that file's permissions.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut file = WholeFile::create(&target)?;
    if let Ok(metadata) = fs::metadata(&target) {
        file.set_permissions(metadata.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.replace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_writes_the_text_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.prompty");
        let text = "\u{feff}---\r\nname:   a # c\r\nunknown: {x: [1,  2]}\r\n---\r\nuser:\r\nhi \t\r\n\r\n";
        fs::write(&path, text).unwrap();
        let mut file = PromptFile::open(&path).unwrap();
        assert_eq!(file.text(), text);
        file.save(text, Overwrite::IfUnchanged).unwrap();
        assert_eq!(fs::read(&path).unwrap(), text.as_bytes());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_change_from_outside_is_never_overwritten_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        let mut file = PromptFile::new(&path, "");
        assert_eq!(file.on_disk().unwrap(), OnDisk::Gone);
        file.save("one", Overwrite::IfUnchanged).unwrap();
        assert_eq!(file.on_disk().unwrap(), OnDisk::Same);
        fs::write(&path, "two").unwrap();
        assert_eq!(file.on_disk().unwrap(), OnDisk::Changed("two".to_owned()));
        assert_eq!(
            file.save("three", Overwrite::IfUnchanged).unwrap_err(),
            PromptError::Changed { path: path.clone() }
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        file.save("three", Overwrite::Always).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        file.save("four", Overwrite::IfUnchanged).unwrap();
    }

    #[test]
    fn plain_files_are_one_user_message() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.j2");
        fs::write(&path, "---\nsystem:\n{{ a }}").unwrap();
        let prompt = PromptFile::open(&path).unwrap().prompt();
        assert_eq!(prompt.sections().len(), 1);
        assert_eq!(prompt.template(&prompt.sections()[0]), "---\nsystem:\n{{ a }}");
    }

    #[test]
    fn what_is_no_text_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.prompty");
        fs::write(&path, b"a\nb\xff").unwrap();
        assert!(PromptFile::open(&path).unwrap_err().to_string().ends_with("line 2 is not UTF-8"));
        assert!(PromptFile::open(folder.path()).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_the_permissions_of_its_file_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.prompty"), folder.path().join("link.prompty"));
        fs::write(&path, "one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        PromptFile::open(&link).unwrap().save("two", Overwrite::IfUnchanged).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
