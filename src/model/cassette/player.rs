//! Replaying kept calls: no network, no key, no weights. What was not kept is not made up.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream;

use super::call::{Call, Unread};
use crate::model::{AnswerStream, Model, ModelError, Request, TokenCount, estimate_tokens};
use crate::prompt::Message;

/// How fast a cassette is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// As it was, for people who watch.
    #[default]
    AsItWas,
    /// At once, for tests and scripts.
    AtOnce,
}

/// A pause longer than this was a machine thinking, not a stream; nobody has to wait for it again.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// A cassette to play. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Player {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    pace: Pace,
    calls: Vec<Call>,
    /// How often each question was asked: a second time plays its second call.
    asked: Mutex<HashMap<String, usize>>,
}

impl Player {
    /// Reads the cassette at `path`.
    pub fn open(path: &Path, pace: Pace) -> Result<Self, ModelError> {
        let wrong = |reason: String| ModelError::Invalid {
            reason: format!("the cassette {} cannot be played: {reason}", path.display()),
            hint: "Name a file that `fourfold run --cassette FILE` wrote.".to_owned(),
        };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        // A line that breaks off is a call that was not kept: whoever wrote it was killed in the middle.
        let read = |(index, line): (usize, &str)| match Call::read(line) {
            Err(Unread::BrokenOff) => None,
            Err(Unread::Other(reason)) => Some(Err(format!("line {}: {reason}", index + 1))),
            Ok(call) => Some(Ok(call)),
        };
        let calls: Result<Vec<Call>, String> = lines.filter_map(read).collect();
        let calls = calls.map_err(wrong)?;
        if calls.is_empty() {
            return Err(wrong("it holds no call".to_owned()));
        }
        Ok(Self { shared: Arc::new(Shared { path: path.to_owned(), pace, calls, asked: Mutex::default() }) })
    }

    /// The model that answers as the one called `id` did.
    pub fn model(&self, id: &str) -> Arc<dyn Model> {
        Arc::new(Replayed { id: id.to_owned(), tape: self.clone() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// The call that answers `request` this time; the last one of several is played from then on.
    fn next(&self, id: &str, request: &Request) -> Result<Call, ModelError> {
        let fits: Vec<&Call> =
            self.shared.calls.iter().filter(|call| call.model == id && call.request == *request).collect();
        let place = serde_json::json!([id, request]).to_string();
        let mut asked = self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = asked.entry(place).or_default();
        let call = fits.get(*count).or(fits.last()).copied().cloned();
        *count += 1;
        call.ok_or_else(|| {
            let known = self.shared.calls.iter().filter(|call| call.model == id).count();
            let calls = if known == 1 { "call" } else { "calls" };
            ModelError::Invalid {
                reason: format!(
                    "the cassette {} holds {known} {calls} of `{id}` and none with these messages and settings",
                    self.shared.path.display()
                ),
                hint: "Ask what was asked then, or keep this call with --cassette.".to_owned(),
            }
        })
    }
}

struct Replayed {
    id: String,
    tape: Player,
}

impl Model for Replayed {
    /// Never that of the model itself: what is replayed is no trial of it.
    fn fingerprint(&self) -> String {
        let calls = &self.tape.shared.calls;
        let known = calls.iter().find(|call| call.model == self.id).map_or("nothing", |call| call.fingerprint.as_str());
        format!("cassette of {known}")
    }

    fn stream(&self, request: Request) -> AnswerStream {
        let call = match self.tape.next(&self.id, &request) {
            Ok(call) => call,
            Err(error) => return Box::pin(stream::iter([Err(error)])),
        };
        let pace = self.tape.shared.pace;
        Box::pin(stream::unfold((call.events.into_iter(), 0), move |(mut events, before)| async move {
            let next = events.next()?;
            if pace == Pace::AsItWas {
                let pause = Duration::from_millis(next.ms.saturating_sub(before));
                tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
            }
            Some((next.event.into(), (events, next.ms)))
        }))
    }

    fn count_tokens(&self, messages: &[Message]) -> TokenCount {
        estimate_tokens(messages)
    }
}
