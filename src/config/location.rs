//! Where the user's settings are: where the platform keeps such files, or where a variable says.

use std::path::{Path, PathBuf};

/// The environment variable that names another settings file.
pub const PATH_VARIABLE: &str = "FOURFOLD_CONFIG";

/// Where the settings are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The settings file.
    pub file: PathBuf,
    /// The folder of the user's themes, beside the file.
    pub themes: PathBuf,
    /// Who says so.
    pub named_by: NamedBy,
}

/// What decided where the settings file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// The platform's convention.
    Convention,
    /// The environment variable [`PATH_VARIABLE`].
    Variable,
}

impl Location {
    /// The place on this machine, from the environment; nothing for a user without a home folder.
    pub fn of_user() -> Option<Self> {
        let variable = std::env::var_os(PATH_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        Self::find(variable, || directories::ProjectDirs::from("", "", "fourfold").map(|d| d.config_dir().to_owned()))
    }

    pub(super) fn find(variable: Option<PathBuf>, folder: impl FnOnce() -> Option<PathBuf>) -> Option<Self> {
        let (file, named_by) = match variable {
            Some(file) => (file, NamedBy::Variable),
            None => (folder()?.join("config.toml"), NamedBy::Convention),
        };
        let themes = file.parent().unwrap_or(Path::new("")).join("themes");
        Some(Self { file, themes, named_by })
    }
}
