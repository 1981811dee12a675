//! Where the workbench is: upward from a path, as git does; or the copy of a sample in the user's data folder.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::folder::MANIFEST;

/// The nearest folder at or above `start` that holds a `fourfold.toml`. `start` may be a file.
pub fn find(start: &Path) -> Option<PathBuf> {
    // A relative path has too few ancestors; one that does not exist has its own.
    let start = std::path::absolute(start).ok()?;
    start.ancestors().find(|folder| folder.join(MANIFEST).is_file()).map(Path::to_owned)
}

/// Where copies of samples go when there is no workbench: the user's data folder.
pub fn sample_home() -> Option<PathBuf> {
    ProjectDirs::from("", "", "fourfold").map(|folders| folders.data_dir().join("workbenches"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_nearest_manifest_above_wins() {
        let home = tempfile::tempdir().unwrap();
        let outer = home.path().join("outer");
        let inner = outer.join("a/inner");
        fs::create_dir_all(inner.join("data")).unwrap();
        fs::write(outer.join(MANIFEST), "").unwrap();
        assert_eq!(find(&inner.join("data")), Some(outer.clone()));
        fs::write(inner.join(MANIFEST), "").unwrap();
        fs::write(inner.join("x.prompty"), "").unwrap();
        assert_eq!(find(&inner.join("x.prompty")), Some(inner.clone()));
        assert_eq!(find(&inner.join("data")), Some(inner.clone()));
        assert_eq!(find(&inner.join(MANIFEST)), Some(inner));
        assert_eq!(find(&outer.join("a")), Some(outer));
    }

    #[test]
    fn a_folder_called_like_the_manifest_is_none() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(MANIFEST)).unwrap();
        assert_ne!(find(home.path()), Some(home.path().to_owned()));
    }
}
