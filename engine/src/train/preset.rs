//! Settings that worked, under plain names. Measured on the order sample with `benches/tune.rs`.

use super::options::TuneOptions;

/// Settings under a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// The name, for people and for the command line.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub description: &'static str,
    /// How often every example is seen.
    pub epochs: usize,
    /// The highest learning rate.
    pub learning_rate: f32,
    /// The inner dimension of every pair.
    pub rank: usize,
    /// Examples per step.
    pub batch: usize,
}

/// The presets, the quickest first.
pub const PRESETS: [Preset; 3] = [
    Preset {
        name: "quick",
        description: "a first look: every example twice",
        epochs: 2,
        learning_rate: 5e-4,
        rank: 8,
        batch: 1,
    },
    Preset {
        name: "balanced",
        description: "for most tasks: every example four times",
        epochs: 4,
        learning_rate: 5e-4,
        rank: 8,
        batch: 1,
    },
    Preset {
        name: "thorough",
        description: "slower and steadier: every example eight times, a wider adapter",
        epochs: 8,
        learning_rate: 3e-4,
        rank: 16,
        batch: 2,
    },
];

impl Preset {
    /// The settings in full.
    pub fn options(&self) -> TuneOptions {
        TuneOptions {
            rank: self.rank,
            alpha: 2.0 * self.rank as f32,
            epochs: self.epochs,
            batch: self.batch,
            learning_rate: self.learning_rate,
            ..TuneOptions::default()
        }
    }
}
