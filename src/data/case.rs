//! One row of a data set, and the split it belongs to.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::prompt::Message;

/// Which part of the data a case belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Exemplars and tuning draw from here.
    Train,
    /// What Compose steps through and prompts are iterated on.
    Dev,
    /// Only runs open it.
    Test,
}

impl Split {
    /// All of them, in the order in which data sets name them.
    pub const ALL: [Self; 3] = [Self::Train, Self::Dev, Self::Test];

    /// The lower-case name used in files and on screens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Dev => "dev",
            Self::Test => "test",
        }
    }

    /// The split that [`Split::as_str`] names.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Train, Self::Dev, Self::Test].into_iter().find(|split| split.as_str() == name)
    }
}

/// One case: variables (or a list of turns), and a reference answer where there is one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The row's own `id`, or its 1-based row number as text.
    pub id: String,
    /// Values for the prompt's variables, in the file's order.
    pub variables: Map<String, Value>,
    /// Earlier turns of a conversation case, placed before the prompt's last user message; empty for most tasks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Message>,
    /// The answer that counts as right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}
