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

    /// The model to ask in the place of `spec`'s own, which `make` makes with its key where it is needed.
    pub(super) fn model(
        &self,
        spec: &ModelSpec,
        key: impl FnOnce() -> Result<Option<Key>, ModelError>,
        make: impl FnOnce(Option<Key>) -> Result<Arc<dyn Model>, ModelError>,
    ) -> Result<Arc<dyn Model>, ModelError> {
        match self {
            Self::None => make(key()?),
            // Read once: a key that could be read to ask with and not to be taken out of the tape would stand in it.
            Self::Keep(recorder) => {
                let key = key()?;
                Ok(recorder.around(&spec.id, make(key.clone())?, key))
            }
            Self::Replay(player) => Ok(player.model(&spec.id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ScriptedModel;

    #[test]
    fn a_key_that_cannot_be_read_is_no_reason_to_keep_calls_with_it_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let spec = ModelSpec::small();
        let unreadable = || ModelError::Engine { reason: "the command failed".to_owned(), hint: String::new() };
        let keep = TapeChoice::Keep(folder.path().join("calls.jsonl"));
        for choice in [TapeChoice::None, keep] {
            let tape = Tape::open(&choice).unwrap();
            let make = |_| -> Result<Arc<dyn Model>, _> { Ok(Arc::new(ScriptedModel::answering(&["x"]))) };
            assert_eq!(tape.model(&spec, || Err(unreadable()), make).err(), Some(unreadable()));
            assert!(tape.model(&spec, || Ok(None), make).is_ok());
        }
    }
}
