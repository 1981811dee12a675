//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use crate::EngineError;

/// Writes a file aside, brings it to the disk, and then gives it its name: whoever is interrupted leaves the old file.
pub(crate) fn write_whole(path: &Path, parts: &[&[u8]]) -> Result<(), EngineError> {
    let failed = |error: std::io::Error| EngineError::write(path, &error);
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let written = File::create(&aside).and_then(|mut file| {
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()
    });
    if let Err(error) = written.and_then(|()| fs::rename(&aside, path)) {
        // What is left of it is of no use; that it cannot be removed changes nothing about the error.
        let _ = fs::remove_file(&aside);
        return Err(failed(error));
    }
    // The new name reaches the disk with the folder, which only some systems let be opened.
    #[cfg(unix)]
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    }
    Ok(())
}

/// Opens a plain file for reading. Folders, pipes and devices are refused: opening or reading those might never end.
pub(crate) fn open_plain(path: &Path) -> Result<File, EngineError> {
    let failed = |reason: String| EngineError::Read { path: path.to_owned(), reason };
    if !fs::metadata(path).map_err(|error| failed(error.to_string()))?.is_file() {
        return Err(failed("it is not a plain file".to_owned()));
    }
    File::open(path).map_err(|error| failed(error.to_string()))
}

/// Reads a whole file of at most `most` bytes.
pub(crate) fn read_whole(path: &Path, most: u64) -> Result<Vec<u8>, EngineError> {
    let failed = |reason: String| EngineError::Read { path: path.to_owned(), reason };
    let file = open_plain(path)?;
    let bytes = file.metadata().map_err(|error| failed(error.to_string()))?.len();
    if bytes > most {
        return Err(failed(format!("it has {bytes} bytes, at most {most} make sense here")));
    }
    let mut whole = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
    // One that grows while it is read stays within bounds as well.
    file.take(most).read_to_end(&mut whole).map_err(|error| failed(error.to_string()))?;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        write_whole(&path, &[b"one"]).unwrap();
        write_whole(&path, &[b"tw", b"o"]).unwrap();
        assert_eq!(read_whole(&path, 3).unwrap(), b"two");
        assert!(matches!(read_whole(&path, 2), Err(EngineError::Read { reason, .. }) if reason.contains("3 bytes")));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        // A folder of that name cannot be replaced by a file.
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        fs::write(taken.join("inside"), "x").unwrap();
        assert!(matches!(write_whole(&taken, &[b"x"]), Err(EngineError::Write { .. })));
        assert!(matches!(write_whole(&folder.path().join("no/file"), &[b"x"]), Err(EngineError::Write { .. })));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_is_refused_before_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let endless = folder.path().join("endless");
        std::os::unix::fs::symlink("/dev/zero", &endless).unwrap();
        for path in [endless.as_path(), folder.path()] {
            let error = read_whole(path, 1 << 20).unwrap_err().to_string();
            assert!(error.contains("it is not a plain file"), "{error}");
        }
        let file = folder.path().join("file");
        fs::write(&file, b"ten bytes.").unwrap();
        assert_eq!(read_whole(&file, 10).unwrap(), b"ten bytes.");
        assert!(read_whole(&file, 9).is_err());
    }
}
