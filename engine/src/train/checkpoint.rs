//! A training on the disk: everything that changes from step to step, and what must be the same to go on with it.
//!
//! The order of the examples and what is dropped follow from the seed and the step, so they need no place of their own. The
//! file ends with a hash of all before it: a torn or changed file is refused, never half read.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Trainer;
use super::example::{Example, hash};
use super::optimiser::AdamW;
use super::options::TuneOptions;
use super::trainer::{Best, State};
use crate::files::{read_whole, write_whole};
use crate::{Base, EngineError};

const MAGIC: &[u8; 16] = b"fourfold tune 1\n";
/// No settings are longer than this.
const MOST_HEADER_BYTES: usize = 1 << 16;
const HASH_BYTES: usize = 32;

/// What is not a list of numbers.
#[derive(Serialize, Deserialize)]
struct Header {
    options: TuneOptions,
    /// The hash of the base's weights.
    base: String,
    /// The hash of the examples.
    examples: [u8; 32],
    step: usize,
    validated: usize,
    optimiser_steps: u64,
    best: Option<BestHeader>,
    /// How many numbers are trained.
    length: usize,
}

#[derive(Serialize, Deserialize)]
struct BestHeader {
    step: usize,
    /// The loss, bit by bit.
    loss_bits: u64,
}

impl Trainer {
    /// Writes everything needed to go on later: aside first, then in the place of what was there.
    pub fn save_checkpoint(&self, path: &Path) -> Result<(), EngineError> {
        let state = &self.state;
        let header = Header {
            options: self.options.clone(),
            base: self.base.hash()?.to_owned(),
            examples: self.examples_hash,
            step: state.step,
            validated: state.validated,
            optimiser_steps: state.optimiser.steps,
            best: state.best.as_ref().map(|best| BestHeader { step: best.step, loss_bits: best.loss.to_bits() }),
            length: state.parameters.len(),
        };
        let header = serde_json::to_vec(&header).map_err(|error| refused(path, &error.to_string()))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((header.len() as u64).to_le_bytes());
        bytes.extend(header);
        let best = state.best.as_ref().map(|best| &best.parameters);
        for list in [&state.parameters, &state.optimiser.first, &state.optimiser.second].into_iter().chain(best) {
            bytes.extend(list.iter().flat_map(|value| value.to_le_bytes()));
        }
        let hash = blake3::hash(&bytes);
        write_whole(path, &[&bytes, hash.as_bytes()])
    }

    /// Goes on with a training that was saved: with the same base, the same examples, and the settings it began with.
    pub fn resume(
        base: &Base,
        path: &Path,
        examples: Vec<Example>,
        validation: Vec<Example>,
    ) -> Result<Self, EngineError> {
        let refused = |reason: &str| refused(path, reason);
        // Four lists of numbers for an adapter of the highest rank on everything.
        let largest =
            super::trainer::layout(base.config(), &TuneOptions { rank: 512, ..TuneOptions::default() }).length();
        let bytes = read_whole(path, (largest * 4 * size_of::<f32>() + MOST_HEADER_BYTES + 64) as u64)?;
        let damaged = || refused("it is cut short or was changed");
        let (content, hash_found) = bytes.split_last_chunk::<HASH_BYTES>().ok_or_else(damaged)?;
        let rest = content.strip_prefix(MAGIC).ok_or_else(|| refused("it is no checkpoint of this version"))?;
        if blake3::hash(content).as_bytes() != hash_found {
            return Err(damaged());
        }
        let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (header, numbers) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let header: Header = serde_json::from_slice(header).map_err(|error| refused(&error.to_string()))?;

        if header.base != base.hash()? {
            let reason = format!("it belongs to the weights {}, these are {}", header.base, base.hash()?);
            return Err(refused(&reason));
        }
        if header.examples != hash([&examples, &validation]) {
            return Err(refused("it was made with other examples"));
        }
        header.options.check()?;
        let layout = super::trainer::layout(base.config(), &header.options);
        let lists = 3 + usize::from(header.best.is_some());
        if header.length != layout.length() || numbers.len() != lists * header.length * size_of::<f32>() {
            return Err(damaged());
        }
        let mut lists = numbers.chunks_exact((header.length * size_of::<f32>()).max(1)).map(floats);
        let mut next = || lists.next().unwrap_or_default();
        let parameters = next();
        let optimiser = AdamW { first: next(), second: next(), steps: header.optimiser_steps };
        let best =
            header.best.map(|best| Best { step: best.step, loss: f64::from_bits(best.loss_bits), parameters: next() });
        let state = State { parameters, optimiser, step: header.step, validated: header.validated, best };
        Self::with_state(base, header.options, layout, state, examples, validation)
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn refused(path: &Path, reason: &str) -> EngineError {
    EngineError::Tuning { reason: format!("the checkpoint {}: {reason}", path.display()) }
}
