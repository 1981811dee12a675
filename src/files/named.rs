//! A file that a person named as the place for something. A plain file appears whole, where a link leads to if it is one, with the
//! permissions it had; what is no file, such as `/dev/null`, `/dev/stdout` or a pipe, is written into and never replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::WholeFile;

/// A file that is being written. Dropping it gives it up: of a plain file nothing is left then.
#[derive(Debug)]
pub struct NamedFile(Place);

#[derive(Debug)]
enum Place {
    Whole(WholeFile),
    /// A device or a pipe.
    Through(BufWriter<File>),
}

impl NamedFile {
    /// Begins what is to stand at `path`. A pipe is waited for until somebody reads it.
    pub fn create(path: &Path) -> io::Result<Self> {
        if is_no_file(path) {
            let through = OpenOptions::new().write(true).open(path)?;
            return Ok(Self(Place::Through(BufWriter::new(through))));
        }
        let Ok(there) = fs::metadata(path) else { return Ok(Self(Place::Whole(WholeFile::create(path)?))) };
        let whole = WholeFile::create(&fs::canonicalize(path)?)?;
        if there.is_file() {
            whole.set_permissions(there.permissions())?;
        }
        Ok(Self(Place::Whole(whole)))
    }

    /// Whether [`NamedFile::create`] would come to something; nothing is left there, and a pipe is not touched.
    pub fn try_place(path: &Path) -> io::Result<()> {
        if is_no_file(path) { Ok(()) } else { Self::create(path).map(|_| ()) }
    }

    /// It is complete.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Place::Whole(file) => file.replace(),
            Place::Through(mut file) => file.flush(),
        }
    }
}

/// Whether something stands there that is neither a file nor a folder.
fn is_no_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

impl Write for NamedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Place::Whole(file) => file.write(bytes),
            Place::Through(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Place::Whole(file) => file.flush(),
            Place::Through(file) => file.flush(),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    use super::*;

    fn write(path: &Path, text: &str) {
        let mut file = NamedFile::create(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.finish().unwrap();
    }

    #[test]
    fn a_link_stays_and_leads_to_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "before").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
        symlink("real", &link).unwrap();
        write(&link, "after");
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "after");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        drop(NamedFile::create(&real).unwrap());
        assert_eq!(fs::read_to_string(&real).unwrap(), "after", "given up");
        assert!(NamedFile::try_place(&folder.path().join("no/file")).is_err());
    }

    #[test]
    fn what_is_no_file_is_written_into_and_stays_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        NamedFile::try_place(&pipe).unwrap();
        let reader = {
            let pipe = pipe.clone();
            std::thread::spawn(move || fs::read_to_string(pipe).unwrap())
        };
        write(&pipe, "through");
        assert_eq!(reader.join().unwrap(), "through");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        // Nobody may make a device here; to write into this one harms nothing, to replace it would.
        assert!(matches!(NamedFile::create(Path::new("/dev/null")).unwrap().0, Place::Through(_)));
    }
}
