//! Whether a file holds the bytes it should.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::error::{Fault, PullError};
use crate::model::catalog::{CatalogEntry, Size};

/// Checks that the file at `path` begins as a GGUF file does, in a version that is read here. Its size is returned.
pub fn check_gguf(path: &Path) -> Result<u64, PullError> {
    let lift = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => PullError::Missing { path: path.to_path_buf() },
        _ => PullError::local(path, &error),
    };
    let not = |reason: &str| PullError::NotGguf { path: path.to_path_buf(), reason: reason.to_owned() };
    let metadata = path.metadata().map_err(lift)?;
    if !metadata.is_file() {
        return Err(not("it is not a file"));
    }
    let mut head = [0; 8];
    match File::open(path).map_err(lift)?.read_exact(&mut head) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(not("it is too short")),
        other => other.map_err(lift)?,
    }
    let [magic @ .., a, b, c, d] = head;
    if magic != *b"GGUF" {
        return Err(not("it begins with other bytes"));
    }
    match u32::from_le_bytes([a, b, c, d]) {
        2 | 3 => Ok(metadata.len()),
        version => Err(not(&format!("version {version} of the format is not known"))),
    }
}

/// Checks size, format and hash of a fetched file, as far as the catalog knows them.
pub(super) async fn check_bytes(entry: &CatalogEntry, path: &Path) -> Result<(), Fault> {
    let is_gguf = Path::new(entry.file).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"));
    let checked = if is_gguf {
        check_gguf(path)
    } else {
        // Other formats are pinned to the byte; their hash says enough.
        path.metadata().map(|metadata| metadata.len()).map_err(|error| PullError::local(path, &error))
    };
    let length = match checked {
        Ok(length) => length,
        Err(PullError::NotGguf { reason, .. }) => {
            return Err(Fault::Wrong(format!("what came is no GGUF file: {reason}")));
        }
        Err(error) => return Err(Fault::Local(error)),
    };
    if let Size::Exact(size) = entry.size
        && size != length
    {
        return Err(Fault::Wrong(format!("{length} bytes came, {size} were expected")));
    }
    let Some(expected) = entry.sha256 else { return Ok(()) };
    let found = hash_off_thread(path.to_path_buf()).await?;
    if found == expected { Ok(()) } else { Err(Fault::Wrong(format!("its SHA-256 is {found}, not {expected}"))) }
}

async fn hash_off_thread(path: PathBuf) -> Result<String, Fault> {
    let shown = path.clone();
    let hash = tokio::task::spawn_blocking(move || hash(&path)).await;
    let hash = hash.map_err(|error| Fault::Local(PullError::local(&shown, &io::Error::other(error))))?;
    hash.map_err(|error| Fault::Local(PullError::local(&shown, &error)))
}

/// The SHA-256 of a file, in hexadecimal.
pub fn hash(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1024 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
    let digest = hasher.finalize();
    // `Bytes` writes itself in hexadecimal; the digest's own type does not.
    Ok(format!("{:x}", bytes::Bytes::copy_from_slice(&digest)))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_gguf_file_is_known_by_its_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.gguf");
        for (bytes, reason) in [
            (b"GGUF\x03\0\0\0rest".as_slice(), None),
            (b"GGUF\x02\0\0\0", None),
            (b"GGUF\x01\0\0\0", Some("version 1")),
            (b"GGUF", Some("too short")),
            (b"", Some("too short")),
            (b"<html>not found</html>", Some("other bytes")),
        ] {
            fs::write(&path, bytes).unwrap();
            match (check_gguf(&path), reason) {
                (Ok(size), None) => assert_eq!(size, bytes.len() as u64),
                (Err(error), Some(reason)) => assert!(error.to_string().contains(reason), "{error}"),
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(check_gguf(folder.path()), Err(PullError::NotGguf { .. })));
        let absent = check_gguf(&folder.path().join("absent")).unwrap_err();
        assert!(matches!(absent, PullError::Missing { .. }) && absent.hint().contains("the path"), "{absent}");
    }

    #[test]
    fn the_hash_is_that_of_the_standard() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        fs::write(&path, "abc").unwrap();
        assert_eq!(hash(&path).unwrap(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
