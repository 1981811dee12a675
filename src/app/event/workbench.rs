//! fourfold.toml was changed from here: what takes the place of the session before, and what the screen has to know of it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Arm;
use crate::data::Case;
use crate::run::Session;
use crate::state::{Cells, DataSource, Tunable};
/// A session that takes the place of the one before.
pub struct NewSession {
    /// The session.
    pub session: Arc<Session>,
    /// What of fourfold.toml was changed.
    pub changed: Changed,
}

/// What of fourfold.toml was changed from here.
#[derive(Clone, Debug)]
pub enum Changed {
    /// `[data]`: the first dev case is shown.
    Data,
    /// Arms: these are shown.
    Arms {
        /// Their names.
        ids: Vec<String>,
        /// What has become of it.
        words: String,
    },
    /// `[data]`: another version of a file.
    Version {
        /// The file that was named.
        from: PathBuf,
        /// The file that is named now.
        to: PathBuf,
        /// Whether that is the former one.
        back: bool,
    },
}

impl std::fmt::Debug for NewSession {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewSession").field("changed", &self.changed).finish_non_exhaustive()
    }
}

/// What the screen has to know of a workbench that was read again.
#[derive(Clone, Debug)]
pub struct Reread {
    /// What is shown now.
    pub shown: Shown,
    /// Prompt files, relative to the workbench.
    pub prompts: Vec<String>,
    /// How many dev cases there are.
    pub count: usize,
    /// What the data pane can show.
    pub sources: Vec<DataSource>,
    /// The arms.
    pub arms: Vec<Arm>,
    /// What can be tuned.
    pub tunable: Tunable,
    /// The four cells.
    pub cells: Result<Cells, String>,
    /// What has become of it.
    pub words: String,
}

/// What a workbench that was read again shows.
#[derive(Clone, Debug)]
pub enum Shown {
    /// The first dev case, where there is one.
    Case(Option<Case>),
    /// These arms.
    Arms(Vec<Arm>),
    /// Another version of a file, in the data pane.
    Version {
        /// The file that was named.
        from: PathBuf,
        /// The file that is named now.
        to: PathBuf,
        /// Whether that is the former one.
        back: bool,
    },
}
