//! Arguments about cassettes, the same for every command that asks models.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Fault;
use crate::model::cassette::Pace;
use crate::run::{Session, TapeChoice};

/// A cassette to write or to play.
#[derive(Clone, Debug, Default, Args, PartialEq, Eq)]
pub struct TapeArguments {
    /// Add every call to this file, keys taken out: for tests, demos and reports of faults
    #[arg(long, value_name = "FILE", conflicts_with = "replay")]
    pub cassette: Option<PathBuf>,
    /// Let models answer as they did in this file: no network, no key, no weights
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
}

impl TapeArguments {
    /// What to do, with files as seen from `current`, at this pace.
    pub(super) fn choice(&self, current: &Path, pace: Pace) -> TapeChoice {
        match (&self.cassette, &self.replay) {
            (_, Some(file)) => TapeChoice::Replay(current.join(file), pace),
            (Some(file), None) => TapeChoice::Keep(current.join(file)),
            (None, None) => TapeChoice::None,
        }
    }

    /// The session with what was chosen, for a command whose output nobody watches.
    pub(super) fn apply(&self, session: Session, current: &Path) -> Result<Session, Fault> {
        session
            .with_tape(&self.choice(current, Pace::AtOnce))
            .map_err(|error| Fault::Asked { what: error.what, hint: error.hint })
    }
}

/// Fails if a call was not kept that should have been.
pub(super) fn check(session: &Session) -> Result<(), Fault> {
    match session.tape_fault() {
        Some(what) => Err(Fault::Failed { what, hint: "Free some space, or name another file.".to_owned() }),
        None => Ok(()),
    }
}
