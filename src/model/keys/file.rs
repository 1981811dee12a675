//! Key files: written for their owner alone, and refused where others could read them.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::source::fault;
use crate::model::{Key, ModelError};

/// More than any key.
const MOST_BYTES: u64 = 64 * 1024;

/// Whether `name` can be the bare name of a key file.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.len() <= 64
        && name.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.'))
}

/// Where a key file is: a bare name lies in `folder`, `~/` begins at the home folder.
pub(super) fn locate(path: &Path, folder: Option<&Path>) -> Result<PathBuf, ModelError> {
    if let Some(folder) = folder
        && path.to_str().is_some_and(is_name)
    {
        return Ok(folder.join(path));
    }
    if let Ok(rest) = path.strip_prefix("~") {
        let home = directories::BaseDirs::new().map(|folders| folders.home_dir().join(rest));
        return home.ok_or_else(|| fault("there is no home folder for `~`", "Write the key file's whole path."));
    }
    if path.is_absolute() {
        return Ok(path.to_path_buf());
    }
    Err(fault(
        format!("`{}` is neither a whole path nor the name of a kept key", path.display()),
        "Write the whole path, `~/...`, or the name that `fourfold keys set` was given.",
    ))
}

/// The text of a key file, if only its owner can read it.
pub(super) fn read(path: &Path) -> Result<String, ModelError> {
    let unreadable = |error: &io::Error| {
        let hint = match path.file_name() {
            Some(name) => format!("`fourfold keys set {}` keeps a key there.", name.to_string_lossy()),
            None => "Name the key file.".to_owned(),
        };
        fault(format!("the key file {} cannot be read: {error}", path.display()), hint)
    };
    let opened = File::open(path).map_err(|error| unreadable(&error))?;
    // The opened file is looked at, not its name: what a link leads to is what counts.
    private(&opened, path)?;
    let mut text = String::new();
    opened.take(MOST_BYTES).read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    Ok(text)
}

#[cfg(unix)]
fn private(file: &File, path: &Path) -> Result<(), ModelError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().map_err(|error| {
        fault(format!("the key file {} cannot be looked at: {error}", path.display()), "Check its permissions.")
    })?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(fault(
            format!("others can read the key file {} (mode {mode:04o})", path.display()),
            format!("Make it yours alone: chmod 600 {}; and think of the key as known.", path.display()),
        ));
    }
    let own = rustix::process::geteuid().as_raw();
    if metadata.uid() != own && own != 0 {
        return Err(fault(
            format!("the key file {} belongs to another user", path.display()),
            "Keep a key file of your own: `fourfold keys set NAME`.",
        ));
    }
    Ok(())
}

/// Elsewhere a user's own folder is private by the system's own rules.
#[cfg(not(unix))]
fn private(_: &File, _: &Path) -> Result<(), ModelError> {
    Ok(())
}

/// Keeps a key as `folder/name`, readable by its owner only. The file appears whole or not at all.
pub(super) fn write(folder: &Path, name: &str, key: &Key) -> Result<PathBuf, ModelError> {
    if !is_name(name) {
        return Err(fault(
            format!("`{name}` cannot be the name of a key"),
            "Use letters, digits, `-`, `_` and `.`, for example `openai`.",
        ));
    }
    let path = folder.join(name);
    let part = folder.join(format!(".{name}.part"));
    let kept = private_folder(folder)
        .and_then(|()| {
            // What an interrupted writing left is in the way of a new file.
            match fs::remove_file(&part) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        })
        .and_then(|()| private_file(&part))
        .and_then(|mut file| {
            file.write_all(key.secret().expose().as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&part, &path));
    kept.map_err(|error| {
        fault(
            format!("the key cannot be kept in {}: {error}", path.display()),
            "Check the folder's permissions, or use an environment variable.",
        )
    })?;
    Ok(path)
}

/// Removes a kept key; whether there was one.
pub(super) fn remove(folder: &Path, name: &str) -> Result<bool, ModelError> {
    if !is_name(name) {
        return Ok(false);
    }
    match fs::remove_file(folder.join(name)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(fault(
            format!("the key file {} cannot be removed: {error}", folder.join(name).display()),
            "Check the folder's permissions.",
        )),
    }
}

/// The names of the kept keys.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_name(name))
        .collect();
    names.sort();
    names
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::new("sk-canary", "standard input").unwrap()
    }

    #[test]
    fn a_kept_key_comes_back_and_goes() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("keys");
        let path = write(&folder, "openai", &key()).unwrap();
        assert_eq!(read(&path).unwrap(), "sk-canary\n");
        write(&folder, "openai", &Key::new("sk-other", "standard input").unwrap()).unwrap();
        assert_eq!(read(&path).unwrap(), "sk-other\n");
        assert_eq!(names(&folder), ["openai"]);
        assert_eq!(locate(Path::new("openai"), Some(&folder)).unwrap(), path);
        assert!(remove(&folder, "openai").unwrap() && !remove(&folder, "openai").unwrap());
        for name in ["", ".hidden", "../up", "a/b", "a b"] {
            assert!(write(&folder, name, &key()).is_err(), "{name}");
        }
    }

    #[test]
    fn paths_are_whole_or_begin_at_home() {
        assert!(locate(Path::new("keys/openai"), None).is_err());
        let home = directories::BaseDirs::new().unwrap().home_dir().to_path_buf();
        assert_eq!(locate(Path::new("~/.key"), None).unwrap(), home.join(".key"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("keys");
        let path = write(&folder, "openai", &key()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&folder)), (0o600, 0o700));
        for wide in [0o640, 0o604, 0o644, 0o777] {
            fs::set_permissions(&path, fs::Permissions::from_mode(wide)).unwrap();
            let error = read(&path).unwrap_err();
            assert!(error.to_string().contains(&format!("mode {wide:04o}")), "{error}");
            assert!(error.hint().contains("chmod 600") && !format!("{error} {}", error.hint()).contains("canary"));
        }
        // A link is as wide as what it leads to.
        let link = home.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(read(&link).is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(&link).unwrap(), "sk-canary\n");
    }
}
