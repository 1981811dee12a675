//! How a data file is used, as the mapping screen offers it.

use crate::data::Split;

/// How the file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileUse {
    /// As it is used now.
    AsNow,
    /// Likewise, and held to the rows it has now.
    AsNowPinned,
    /// All three splits are drawn from it.
    Drawn,
    /// Likewise, and held to the rows it has now.
    DrawnPinned,
    /// Train, with dev drawn from it; no test.
    Learn,
    /// One split, beside the files of the others.
    Split(Split),
}

impl FileUse {
    /// In words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::AsNow => "as fourfold.toml uses it now",
            Self::AsNowPinned => "as now, and pinned to these rows",
            Self::Drawn => "70 % train, 10 % dev, 20 % test, drawn",
            Self::DrawnPinned => "70, 10, 20 %, drawn and pinned",
            Self::Learn => "train, with dev drawn from it; no test",
            Self::Split(Split::Train) => "train, beside the other splits' files",
            Self::Split(Split::Dev) => "dev, beside the other splits' files",
            Self::Split(Split::Test) => "test, beside the other splits' files",
        }
    }
}
