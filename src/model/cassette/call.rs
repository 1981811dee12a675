//! One call as a cassette keeps it: who was asked what, and everything that came back, with the time it came at.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::withheld::SHORTEST_KEY;
use crate::model::{Key, ModelError, Request, StopReason, StreamEvent, Usage};

/// The newest form of a line that this program knows.
const VERSION: u32 = 1;

/// One line of a cassette.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The form of this line.
    pub version: u32,
    /// The model's id in the workbench.
    pub model: String,
    /// What decided its answer besides the request.
    pub fingerprint: String,
    /// What was sent.
    pub request: Request,
    /// What came back, in order.
    pub events: Vec<TimedEvent>,
}

/// Something that came back, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimedEvent {
    /// Milliseconds since the request.
    pub ms: u64,
    /// What.
    #[serde(flatten)]
    pub event: KeptEvent,
}

/// Something that came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptEvent {
    /// Text of the answer.
    Text(String),
    /// Reasoning.
    Reasoning(String),
    /// A remark.
    Noted(String),
    /// The answer was whole.
    Finished {
        /// Why the model stopped.
        stop: StopReason,
        /// Tokens.
        usage: Usage,
        /// Remarks.
        notes: Vec<String>,
    },
    /// The call failed here.
    Failed(ModelError),
}

impl Call {
    /// A call that has just begun.
    pub(super) fn new(model: &str, fingerprint: String, request: Request) -> Self {
        Self { version: VERSION, model: model.to_owned(), fingerprint, request, events: Vec::new() }
    }

    /// Takes down what came `after` the request.
    pub(super) fn push(&mut self, after: Duration, event: &Result<StreamEvent, ModelError>) {
        let event = match event.clone() {
            Ok(StreamEvent::Text(text)) => KeptEvent::Text(text),
            Ok(StreamEvent::Reasoning(text)) => KeptEvent::Reasoning(text),
            Ok(StreamEvent::Noted(note)) => KeptEvent::Noted(note),
            // A wait for the server is nothing to live through again.
            Ok(StreamEvent::Waiting { .. }) => return,
            Ok(StreamEvent::Finished { stop, usage, notes }) => KeptEvent::Finished { stop, usage, notes },
            Err(error) => KeptEvent::Failed(error),
        };
        self.events.push(TimedEvent { ms: after.as_millis() as u64, event });
    }

    /// The line, with `key` taken out of every text in it.
    pub(super) fn line(&self, key: Option<&Key>) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        if let Some(key) = key {
            // A short one is a word like others: taken out of the question too, nobody would find the call again.
            if key.secret().letters() >= SHORTEST_KEY {
                strip(&mut value, key);
            } else if let Some(events) = value.get_mut("events") {
                strip(events, key);
            }
        }
        let mut line = value.to_string();
        line.push('\n');
        Ok(line)
    }

    /// Reads a line.
    pub(super) fn read(line: &str) -> Result<Self, Unread> {
        let call: Self = serde_json::from_str(line)
            .map_err(|error| if error.is_eof() { Unread::BrokenOff } else { Unread::Other(error.to_string()) })?;
        if call.version == VERSION {
            Ok(call)
        } else {
            Err(Unread::Other(format!("it has version {}, and this program knows {VERSION}", call.version)))
        }
    }
}

/// Why a line cannot be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// It ends before it is whole.
    BrokenOff,
    /// Anything else.
    Other(String),
}

impl From<KeptEvent> for Result<StreamEvent, ModelError> {
    fn from(event: KeptEvent) -> Self {
        match event {
            KeptEvent::Text(text) => Ok(StreamEvent::Text(text)),
            KeptEvent::Reasoning(text) => Ok(StreamEvent::Reasoning(text)),
            KeptEvent::Noted(note) => Ok(StreamEvent::Noted(note)),
            KeptEvent::Finished { stop, usage, notes } => Ok(StreamEvent::Finished { stop, usage, notes }),
            KeptEvent::Failed(error) => Err(error),
        }
    }
}

fn strip(value: &mut serde_json::Value, key: &Key) {
    match value {
        serde_json::Value::String(text) => *text = key.secret().redact(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| strip(item, key)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|item| strip(item, key)),
        _ => {}
    }
}
