//! Which files and environment variables a prompt may read.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Which environment variables `${env:NAME}` may read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum EnvironmentAccess {
    /// None: a prompt from elsewhere cannot carry keys into a message.
    #[default]
    Nothing,
    /// These names.
    Names(Vec<String>),
    /// All of them.
    Everything,
}

impl EnvironmentAccess {
    pub(crate) fn allows(&self, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Names(names) => names.iter().any(|allowed| allowed == name),
            Self::Everything => true,
        }
    }
}

/// Which files `{% include %}` and `${file:…}` may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileAccess {
    /// Those inside the workbench folder, after links are followed.
    #[default]
    Folder,
    /// Any plain file.
    Anywhere,
}

/// What the person allows a prompt to reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Environment variables.
    pub environment: EnvironmentAccess,
    /// Files.
    pub files: FileAccess,
}

/// The folder a prompt lives in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Relative paths start here: the prompt file's own folder.
    pub base: PathBuf,
    /// Nothing outside of this is read: the workbench folder.
    pub root: PathBuf,
}

impl Reach {
    /// A prompt that reads only beside itself.
    pub fn folder(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self { base: folder.clone(), root: folder }
    }
}

/// The largest file a prompt may take in, in bytes.
pub(crate) const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Denied {
    /// There is no such file, and the path stays inside.
    #[error("there is no such file")]
    Missing,
    /// Not allowed, or not readable.
    #[error("{0}")]
    Refused(String),
}

fn refused(reason: impl Into<String>) -> Denied {
    Denied::Refused(reason.into())
}

/// Reads a file named in a prompt, or says why not.
pub(crate) fn read(reach: Option<&Reach>, files: FileAccess, written: &str) -> Result<String, Denied> {
    let path = resolve(reach, files, written)?;
    let size = fs::metadata(&path).map_err(|error| refused(error.to_string()))?.len();
    if size > LARGEST_FILE {
        return Err(refused(format!("it is larger than {} MB", LARGEST_FILE / 1024 / 1024)));
    }
    let bytes = fs::read(&path).map_err(|error| refused(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| refused("it is not text in UTF-8"))
}

fn resolve(reach: Option<&Reach>, files: FileAccess, written: &str) -> Result<PathBuf, Denied> {
    if written.is_empty() || written.contains('\0') {
        return Err(refused("it is not a path"));
    }
    if written.contains("://") {
        return Err(refused("only files can be read, no addresses"));
    }
    let Some(reach) = reach else {
        return Err(refused("this prompt has no folder"));
    };
    let path = Path::new(written);
    let leaves = path.components().any(|part| matches!(part, Component::Prefix(_) | Component::RootDir));
    if leaves && files == FileAccess::Folder {
        return Err(refused("it is an absolute path"));
    }
    // Only what the file system itself says counts: links and `..` are followed before the comparison.
    let root = fs::canonicalize(&reach.root).map_err(|error| refused(error.to_string()))?;
    let found = match fs::canonicalize(reach.base.join(path)) {
        Ok(found) => found,
        Err(_) if files == FileAccess::Folder && climbs(path) => return Err(refused("it leads out of the folder")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Denied::Missing),
        Err(error) => return Err(refused(error.to_string())),
    };
    if files == FileAccess::Folder && !found.starts_with(&root) {
        return Err(refused("it leads out of the folder"));
    }
    if !fs::metadata(&found).map_err(|error| refused(error.to_string()))?.is_file() {
        return Err(refused("it is not a plain file"));
    }
    Ok(found)
}

/// Whether a relative path climbs above where it starts: whether such a file exists is none of the prompt's business.
fn climbs(path: &Path) -> bool {
    let mut depth = 0_i32;
    path.components().any(|part| {
        depth += match part {
            Component::ParentDir => -1,
            Component::Normal(_) => 1,
            _ => 0,
        };
        depth < 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_files_inside_the_folder_are_read() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.txt"), "secret").unwrap();
        let root = outside.path().join("bench");
        fs::create_dir_all(root.join("parts")).unwrap();
        fs::write(root.join("parts/a.txt"), "a").unwrap();
        fs::write(root.join("binary"), [0xff, 0xfe]).unwrap();
        let reach = Reach { base: root.join("parts"), root: root.clone() };
        let read = |written: &str| read(Some(&reach), FileAccess::Folder, written);
        assert_eq!(read("a.txt").unwrap(), "a");
        assert_eq!(read("../parts/a.txt").unwrap(), "a");
        for refused in [
            "../../secret.txt",
            "../../../../../../../../etc/passwd",
            "../../nowhere/else.txt",
            "/etc/passwd",
            "file:///etc/passwd",
            "a\0b",
            "",
            ".",
            "missing.txt",
            "../binary",
        ] {
            assert!(read(refused).is_err(), "{refused}");
        }
        assert!(super::read(None, FileAccess::Folder, "a.txt").is_err());
        assert_eq!(super::read(Some(&reach), FileAccess::Anywhere, "../../secret.txt").unwrap(), "secret");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_refused() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.txt"), "secret").unwrap();
        let root = outside.path().join("bench");
        fs::create_dir(&root).unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.txt"), root.join("link.txt")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.join("up")).unwrap();
        let reach = Reach::folder(&root);
        for written in ["link.txt", "up/secret.txt"] {
            let reason = read(Some(&reach), FileAccess::Folder, written).unwrap_err();
            assert_eq!(reason.to_string(), "it leads out of the folder");
        }
    }
}
