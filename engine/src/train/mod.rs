//! Training of adapters: low-rank pairs beside frozen layers (Hu et al., "LoRA: Low-Rank Adaptation of Large Language
//! Models", 2021), with the loss on completions only. A library and nothing more: processes, files and screens are the
//! caller's.
//!
//! [`Trainer`] steps by itself and tells a [`TuneSink`]. The same seed, examples and settings give the same numbers, bit by
//! bit, on any number of threads, and whether or not the training was interrupted.
#![expect(clippy::inline_always, reason = "loops must become part of their vectorised callers")]

mod adapted;
mod attention;
mod checkpoint;
mod dropout;
mod elementwise;
mod event;
mod example;
mod kernel;
mod loss;
#[cfg(test)]
mod numeric;
mod optimiser;
mod options;
mod pass;
mod preset;
mod product;
mod random;
#[cfg(test)]
mod tests;
mod trainer;

pub use event::{TuneEnded, TuneEvent, TuneSink};
pub use example::{Cut, Example, Prepared};
pub use options::{Schedule, TuneOptions};
pub use preset::Preset;
pub use trainer::Trainer;
