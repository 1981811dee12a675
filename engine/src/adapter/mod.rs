//! Adapters: what tuning adds to a model, as pairs of thin matrices beside its linear layers.
#![expect(clippy::inline_always, reason = "loops must become part of their vectorised callers")]

mod gguf;
mod layout;
mod matrices;
mod peft;
mod side;
#[cfg(test)]
mod tests;

pub use layout::Projection;
pub(crate) use layout::{Layout, Place, PlaceLayout};
pub use side::Tuned;
pub(crate) use side::{TunedKey, add_tuning};

use std::path::Path;

use crate::{Base, Config, EngineError};

/// The highest rank there can be.
pub(crate) const MOST_RANK: usize = 512;

/// How an adapter's numbers are stored in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberFormat {
    /// As they were trained.
    #[default]
    F32,
    /// In half the space, with three digits.
    F16,
}

/// A low-rank adapter for the models of one shape. Its numbers are in the order of the GGUF file it belongs to.
pub struct Adapter {
    config: Config,
    layout: Layout,
    values: Vec<f32>,
    alpha: f32,
    base: Option<String>,
    fingerprint: [u8; 32],
    name: Option<String>,
}

impl Adapter {
    /// An adapter of the numbers in `values`, laid out by `layout`. `base` is the hash of the weights it was trained on.
    pub(crate) fn new(config: &Config, layout: Layout, values: Vec<f32>, alpha: f32, base: Option<String>) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(layout.rank() as u64).to_le_bytes()).update(&alpha.to_le_bytes());
        for (layer, _, part) in layout.parts() {
            hasher.update(format!("{layer}.{}", part.projection.name()).as_bytes());
        }
        for value in &values {
            hasher.update(&value.to_le_bytes());
        }
        let fingerprint = *hasher.finalize().as_bytes();
        Self { config: config.clone(), layout, values, alpha, base, fingerprint, name: None }
    }

    /// The inner dimension of every pair.
    pub fn rank(&self) -> usize {
        self.layout.rank()
    }

    /// The factor that, divided by the rank, multiplies what the pairs compute.
    pub fn alpha(&self) -> f32 {
        self.alpha
    }

    /// The hash of the weights it was trained on, where that is known.
    pub fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// How many numbers were trained.
    pub fn parameters(&self) -> usize {
        self.values.len()
    }

    /// The projections it adapts in any layer, in the model's order.
    pub fn projections(&self) -> Vec<Projection> {
        Projection::ALL
            .into_iter()
            .filter(|&projection| self.layout.parts().any(|(_, _, part)| part.projection == projection))
            .collect()
    }

    /// A hash of its numbers and their places.
    pub fn fingerprint(&self) -> String {
        let hex = blake3::Hash::from_bytes(self.fingerprint).to_hex();
        format!("blake3:{}", hex.chars().take(32).collect::<String>())
    }

    /// What people know it by: its folder's or its file's name, else its hash.
    pub fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.fingerprint())
    }

    /// The same, known by the name of what it was read from.
    fn read_from(self, path: &Path) -> Self {
        Self { name: path.file_name().map(|name| name.to_string_lossy().into_owned()), ..self }
    }

    fn multiplier(&self) -> f32 {
        self.alpha / self.layout.rank().max(1) as f32
    }

    /// Refuses a base it does not belong to: one of another shape, or of other weights where it names its own.
    pub fn check(&self, base: &Base) -> Result<(), EngineError> {
        let refused = |reason| Err(EngineError::Adapter { name: self.name(), reason });
        if !self.fits(base.config()) {
            return refused("it was made for a model of another shape".to_owned());
        }
        match &self.base {
            Some(trained_on) if trained_on != base.hash()? => {
                refused(format!("it was trained on the weights {trained_on}, this model's are {}", base.hash()?))
            }
            _ => Ok(()),
        }
    }

    /// Whether it fits a model of this shape.
    fn fits(&self, config: &Config) -> bool {
        self.layout
            == Layout::new(config, self.layout.rank(), |layer, projection| {
                self.layout.parts().any(|(other, _, part)| (other, part.projection) == (layer, projection))
            })
    }
}

impl std::fmt::Debug for Adapter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Adapter")
            .field("rank", &self.rank())
            .field("alpha", &self.alpha)
            .field("parameters", &self.values.len())
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}
