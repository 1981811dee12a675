//! Locks, and files that are there whole or not at all: written aside under a name that nobody has, brought to the disk, then given their
//! own name. What is given up leaves nothing.

mod lock;
mod named;

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

pub use self::lock::{lock, try_lock};
pub use self::named::NamedFile;

/// A file that is being written. Dropping it gives it up.
#[derive(Debug)]
pub struct WholeFile {
    aside: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl WholeFile {
    /// Begins a file that is to stand at `path`, with the permissions that new files have there.
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".fourfold-").suffix(".part");
        // Its own are for secrets.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let aside = builder.tempfile_in(folder_of(path))?;
        Ok(Self { aside: BufWriter::with_capacity(256 * 1024, aside), path: path.to_owned() })
    }

    /// Gives it permissions of its own.
    pub fn set_permissions(&self, permissions: Permissions) -> io::Result<()> {
        self.aside.get_ref().as_file().set_permissions(permissions)
    }

    /// Gives it its name, in the place of a file that has it.
    pub fn replace(self) -> io::Result<()> {
        let (aside, path) = self.on_disk()?;
        aside.persist(&path)?;
        sync_folder(&path);
        Ok(())
    }

    /// Gives it its name; [`io::ErrorKind::AlreadyExists`] where something has that name by now.
    pub fn place(self) -> io::Result<()> {
        let (aside, path) = self.on_disk()?;
        aside.persist_noclobber(&path)?;
        sync_folder(&path);
        Ok(())
    }

    fn on_disk(self) -> io::Result<(NamedTempFile, PathBuf)> {
        let aside = self.aside.into_inner().map_err(io::IntoInnerError::into_error)?;
        aside.as_file().sync_all()?;
        Ok((aside, self.path))
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.aside.write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.aside.write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.aside.flush()
    }
}

/// Writes a whole file, in the place of one that is there.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.replace()
}

/// The text of a plain file of at most `most` bytes. Folders, pipes and devices are refused: reading those might never end.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    if metadata.len() > most {
        return Err(io::Error::other(format!("it has {} bytes, at most {most} make sense here", metadata.len())));
    }
    let mut text = String::new();
    File::open(path)?.take(most).read_to_string(&mut text)?;
    Ok(text)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Brings the new name to the disk. The file is there by now: a folder that cannot be opened, as on some systems, is no failure.
fn sync_folder(path: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[cfg(unix)]
    #[test]
    fn a_text_is_read_from_a_plain_file_of_some_length() {
        let folder = tempfile::tempdir().unwrap();
        let (path, endless) = (folder.path().join("file"), folder.path().join("endless"));
        fs::write(&path, "words").unwrap();
        std::os::unix::fs::symlink("/dev/zero", &endless).unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "words");
        assert!(read_text(&path, 4).unwrap_err().to_string().contains("at most 4"));
        for refused in [endless.as_path(), folder.path()] {
            assert!(read_text(refused, 1 << 20).unwrap_err().to_string().contains("not a plain file"));
        }
        assert_eq!(read_text(&folder.path().join("none"), 5).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_file_is_replaced_whole_and_one_that_is_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        // These may be somebody's own.
        fs::write(folder.path().join("file.part"), "mine").unwrap();
        fs::write(folder.path().join(".file.part"), "mine").unwrap();
        write_whole(&path, b"one").unwrap();
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        file.replace().unwrap();
        let mut given_up = WholeFile::create(&path).unwrap();
        given_up.write_all(b"three").unwrap();
        drop(given_up);
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), [".file.part", "file", "file.part"]);
        assert_eq!(fs::read(folder.path().join("file.part")).unwrap(), b"mine");

        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        fs::write(taken.join("inside"), "x").unwrap();
        assert!(write_whole(&taken, b"x").is_err(), "a folder cannot be replaced by a file");
        assert!(WholeFile::create(&folder.path().join("no/file")).is_err());
        assert_eq!(names(folder.path()).len(), 4);
    }

    #[test]
    fn a_name_that_was_taken_meanwhile_is_left_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = WholeFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        fs::write(&path, "theirs").unwrap();
        assert_eq!(file.place().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((names(folder.path()).len(), fs::read(&path).unwrap()), (1, b"theirs".to_vec()));
        let mut file = WholeFile::create(&folder.path().join("other")).unwrap();
        file.write_all(b"new").unwrap();
        file.place().unwrap();
        assert_eq!(names(folder.path()), ["file", "other"]);
    }

    #[cfg(unix)]
    #[test]
    fn it_has_the_permissions_of_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (usual, whole) = (folder.path().join("usual"), folder.path().join("whole"));
        fs::write(&usual, "").unwrap();
        write_whole(&whole, b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&whole), mode(&usual));
    }
}
