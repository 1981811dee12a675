//! The parts of a workbench folder that the program itself makes.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The file that makes a folder a workbench.
pub const MANIFEST: &str = "fourfold.toml";
/// What the program writes goes here, inside the workbench.
pub const FOLDER: &str = ".fourfold";

/// Where the program writes in the workbench at `root`.
pub fn program_folder(root: &Path) -> PathBuf {
    root.join(FOLDER)
}

/// Makes the program's folder, ignored by git as a whole. What is there already stays as it is.
pub fn prepare_program_folder(root: &Path) -> io::Result<PathBuf> {
    let folder = program_folder(root);
    create_private(&folder)?;
    let ignore = folder.join(".gitignore");
    match OpenOptions::new().write(true).create_new(true).open(&ignore) {
        Ok(mut file) => file.write_all(b"*\n")?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok(folder)
}

/// Answers and prompts may be confidential: only their owner reads them.
fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_private_ignored_and_made_once() {
        let root = tempfile::tempdir().unwrap();
        let folder = prepare_program_folder(root.path()).unwrap();
        assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
        fs::write(folder.join(".gitignore"), "runs.db\n").unwrap();
        assert_eq!(prepare_program_folder(root.path()).unwrap(), folder);
        assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "runs.db\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
