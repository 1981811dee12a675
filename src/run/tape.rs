//! Cassettes for a session: keeping its calls, or playing kept ones in their place.

use std::path::PathBuf;
use std::sync::Arc;

use super::clock::stopwatch;
use super::question::NotAsked;
use crate::config::ModelSpec;
use crate::model::cassette::{Pace, Player, Recorder};
use crate::model::{Key, Model, ModelError};

/// What is done with a cassette.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TapeChoice {
    /// Nothing.
    #[default]
    None,
    /// Every call is added to this one.
    Keep(PathBuf),
    /// Models answer as they did in this one: no network, no key, no weights.
    Replay(PathBuf, Pace),
}

/// A session's cassette.
#[derive(Clone, Default)]
pub(super) enum Tape {
    #[default]
    None,
    Keep(Recorder),
    Replay(Player),
}

impl Tape {
    pub(super) fn open(choice: &TapeChoice) -> Result<Self, NotAsked> {
        let tape = match choice {
            TapeChoice::None => Ok(Self::None),
            TapeChoice::Keep(path) => Recorder::open(path, || Box::new(stopwatch())).map(Self::Keep),
            TapeChoice::Replay(path, pace) => Player::open(path, *pace).map(Self::Replay),
        };
        tape.map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })
    }

    pub(super) const fn is_replaying(&self) -> bool {
        matches!(self, Self::Replay(_))
    }

    /// What an answer that was not given now says of itself.
    pub(super) fn note(&self) -> Option<String> {
        let Self::Replay(player) = self else { return None };
        Some(format!("replayed from {}", player.path().display()))
    }

    /// Why the last call was not kept, if it was not.
    pub(super) fn fault(&self) -> Option<String> {
        if let Self::Keep(recorder) = self { recorder.fault() } else { None }
    }

    /// The model to ask in the place of `spec`'s own, which `make` makes where it is needed.
    pub(super) fn model(
        &self,
        spec: &ModelSpec,
        key: impl FnOnce() -> Option<Key>,
        make: impl FnOnce() -> Result<Arc<dyn Model>, ModelError>,
    ) -> Result<Arc<dyn Model>, ModelError> {
        match self {
            Self::None => make(),
            Self::Keep(recorder) => Ok(recorder.around(&spec.id, make()?, key())),
            Self::Replay(player) => Ok(player.model(&spec.id)),
        }
    }
}
