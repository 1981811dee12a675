//! Settings that worked, under plain names. Measured on the order sample with `benches/tune.rs`.

use serde::{Deserialize, Serialize};

use super::options::TuneOptions;

/// Settings in plain words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Enough to see whether tuning helps at all.
    Quick,
    /// What most tasks of some hundred rows need.
    #[default]
    Balanced,
    /// Slower and steadier.
    Thorough,
}

impl Preset {
    /// Every preset, the quickest first.
    pub const ALL: [Self; 3] = [Self::Quick, Self::Balanced, Self::Thorough];

    /// The name on the command line and on screens.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Balanced => "balanced",
            Self::Thorough => "thorough",
        }
    }

    /// What it is for, in one sentence.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::Quick => "A first look at whether tuning helps: every example twice.",
            Self::Balanced => "For most tasks of some hundred rows: every example four times.",
            Self::Thorough => "Slower and steadier: every example eight times, a wider adapter.",
        }
    }

    /// The settings in full.
    pub fn options(self) -> TuneOptions {
        let default = TuneOptions::default();
        match self {
            Self::Quick => TuneOptions { epochs: 2, ..default },
            Self::Balanced => TuneOptions { epochs: 4, ..default },
            Self::Thorough => {
                TuneOptions { epochs: 8, rank: 16, alpha: 32.0, batch: 2, learning_rate: 3e-4, ..default }
            }
        }
    }
}
