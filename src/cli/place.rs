//! How a command is told its workbench: `--workbench FOLDER` with every one; with those that take nothing else by its place, the
//! folder alone does as well.

use std::path::{Path, PathBuf};

use clap::Args;

/// The workbench of a command.
#[derive(Clone, Debug, Default, Args, PartialEq, Eq)]
pub struct Place {
    /// A workbench folder, or one inside it; the current folder unless said
    #[arg(value_name = "FOLDER", conflicts_with = "workbench")]
    folder: Option<PathBuf>,
    /// The same, as every command takes it
    #[arg(long, value_name = "FOLDER")]
    workbench: Option<PathBuf>,
}

impl Place {
    /// What was said.
    pub(super) fn named(&self) -> Option<&Path> {
        self.folder.as_deref().or(self.workbench.as_deref())
    }
}
