//! An answer put together from frames: what to hand on, when it is whole, when it was cut. No network here.

use std::collections::VecDeque;

use serde_json::Value;

use super::failure::clean;
use super::reader::{Frame, failure, message_of, read_frame};
use crate::model::sse::ServerEvent;
use crate::model::{Key, ModelError, StopReason, StreamEvent, Usage};

/// How much of a frame that cannot be read is shown.
const EXCERPT_LIMIT: usize = 200;

/// The answer so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    queue: VecDeque<Result<StreamEvent, ModelError>>,
    stop: Option<StopReason>,
    usage: Usage,
    pub(super) notes: Vec<String>,
    refused: bool,
    received: usize,
    over: bool,
}

impl Answer {
    /// The next thing to hand on.
    pub(super) fn pop(&mut self) -> Option<Result<StreamEvent, ModelError>> {
        self.queue.pop_front()
    }

    /// Nothing follows what is queued.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Some text or reasoning has arrived.
    pub(super) fn has_begun(&self) -> bool {
        self.received > 0
    }

    /// The model said why it stopped; only bookkeeping may follow.
    pub(super) fn has_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Ends the answer with an error. What came before stays with whoever holds it.
    pub(super) fn fail(&mut self, error: ModelError) {
        if !self.over {
            self.queue.push_back(Err(error));
            self.over = true;
        }
    }

    /// Ends the answer as whole.
    pub(super) fn finish(&mut self, note: Option<&str>) {
        if self.over {
            return;
        }
        self.notes.extend(note.map(str::to_owned));
        let stop = match self.stop.take() {
            Some(StopReason::Stop) | None if self.refused => StopReason::Refusal,
            Some(stop) => stop,
            None => {
                self.notes.push("the server gave no finish reason".to_owned());
                StopReason::Stop
            }
        };
        let notes = std::mem::take(&mut self.notes);
        self.queue.push_back(Ok(StreamEvent::Finished { stop, usage: self.usage, notes }));
        self.over = true;
    }

    /// The connection closed in good order: whole if the model had said that it stopped, cut otherwise.
    pub(super) fn close(&mut self) {
        if self.has_stopped() {
            self.finish(Some("no terminator"));
        } else {
            let reason = "the connection closed before the answer was whole".to_owned();
            self.fail(ModelError::Truncated { reason });
        }
    }

    /// Takes one event of the stream.
    pub(super) fn take_event(&mut self, event: &ServerEvent, text_limit: usize, key: Option<&Key>) {
        let data = event.data.trim();
        if self.over || data.is_empty() {
            return;
        }
        if data == "[DONE]" {
            self.finish(None);
            return;
        }
        let error_event = event.kind == "error";
        let value = match serde_json::from_str::<Value>(data) {
            Ok(value) => value,
            Err(_) if error_event => Value::String(data.to_owned()),
            // Event types of other dialects (`ping`, ...) are no concern here.
            Err(_) if !matches!(event.kind.as_str(), "" | "message") => return,
            Err(error) if error.is_eof() => {
                self.fail(ModelError::Truncated { reason: format!("the frame at byte {} is not whole", event.at) });
                return;
            }
            Err(error) => {
                let shown = key.map_or_else(|| data.to_owned(), |key| key.secret().redact(data));
                let reason = format!("bad frame at byte {}: {error}: {}", event.at, clean(&shown, EXCERPT_LIMIT));
                self.fail(ModelError::BadFrame { reason });
                return;
            }
        };
        if error_event && failure(&value).is_none() {
            let message =
                message_of(&value).unwrap_or_else(|| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            self.fail(provider("error", &message, key));
            return;
        }
        self.take_frame(read_frame(&value), text_limit, key);
    }

    /// Takes one frame.
    pub(super) fn take_frame(&mut self, frame: Frame, text_limit: usize, key: Option<&Key>) {
        let Frame { text, reasoning, refusal, stop, usage, error } = frame;
        if let Some(usage) = usage {
            // Counts are cumulative; a later frame corrects an earlier one, field by field.
            self.usage.input = usage.input.or(self.usage.input);
            self.usage.cached = usage.cached.or(self.usage.cached);
            self.usage.output = usage.output.or(self.usage.output);
        }
        self.refused |= !refusal.is_empty();
        self.received += text.len() + reasoning.len() + refusal.len();
        if self.received > text_limit {
            self.fail(ModelError::TooLarge { limit: size_in_words(text_limit) });
            return;
        }
        self.say(reasoning, StreamEvent::Reasoning);
        self.say(text, StreamEvent::Text);
        self.say(refusal, StreamEvent::Text);
        if stop.is_some() {
            self.stop = stop;
        }
        if let Some(error) = error {
            self.fail(provider(&error.kind, &error.message, key));
        }
    }

    /// Queues text; what is still waiting to be handed on grows instead, so that a burst costs one event.
    fn say(&mut self, more: String, event: fn(String) -> StreamEvent) {
        if more.is_empty() {
            return;
        }
        let more = event(more);
        match (self.queue.back_mut(), &more) {
            (Some(Ok(StreamEvent::Text(waiting))), StreamEvent::Text(more))
            | (Some(Ok(StreamEvent::Reasoning(waiting))), StreamEvent::Reasoning(more)) => waiting.push_str(more),
            _ => self.queue.push_back(Ok(more)),
        }
    }
}

/// A failure the provider reported, cleaned for people.
pub(super) fn provider(kind: &str, message: &str, key: Option<&Key>) -> ModelError {
    let shown = |text: &str, limit| clean(&key.map_or_else(|| text.to_owned(), |key| key.secret().redact(text)), limit);
    ModelError::Provider { kind: shown(kind, 80), message: shown(message, 500) }
}

fn size_in_words(bytes: usize) -> String {
    const MEBIBYTE: usize = 1024 * 1024;
    if bytes.is_multiple_of(MEBIBYTE) {
        format!("{} MiB of text", bytes / MEBIBYTE)
    } else {
        format!("{bytes} bytes of text")
    }
}
