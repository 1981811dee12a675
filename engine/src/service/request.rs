//! What is asked of the engine and what comes back.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{EngineError, Sampling, Tuned};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    /// Who speaks: `system`, `user`, `assistant`, as the model's template knows them.
    pub role: String,
    /// What is said: always plain text, never control tokens.
    pub content: String,
}

impl ChatMessage {
    /// A message of `role`.
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self { role: role.into(), content: content.into() }
    }
}

/// One answer wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerateRequest {
    /// The conversation the answer continues.
    pub messages: Vec<ChatMessage>,
    /// How to sample.
    pub sampling: Sampling,
    /// At most this many tokens; without a limit until the context is full.
    pub max_tokens: Option<usize>,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// The adapter to answer with; the model as it is without one.
    pub tuned: Option<Tuned>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The model ended its turn, or a stop string came.
    Stop,
    /// `max_tokens` or the context's end: the answer is not whole.
    Length,
}

/// One step of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GenerateEvent {
    /// The prompt is read; the answer begins.
    Prefilled {
        /// Tokens of the prompt.
        input_tokens: usize,
        /// How many of them were computed before and reused.
        cached_tokens: usize,
    },
    /// More text: whole characters, never part of a stop string.
    Text(String),
    /// The answer is complete. The last event.
    Finished {
        /// Why.
        ended: Ended,
        /// Tokens generated, the one that ended the turn included.
        output_tokens: usize,
    },
    /// There will be no more. The last event.
    Failed(EngineError),
}

/// Receives the events of one answer, on the engine's thread: it should hand them on and return at once.
pub trait Sink: Send {
    /// One more event. `Break` cancels the answer; no further event follows.
    fn event(&mut self, event: GenerateEvent) -> ControlFlow<()>;
}

impl<F: FnMut(GenerateEvent) -> ControlFlow<()> + Send> Sink for F {
    fn event(&mut self, event: GenerateEvent) -> ControlFlow<()> {
        self(event)
    }
}

/// An answer being made. Dropping it cancels the answer; after that the sink hears nothing more.
#[derive(Debug)]
#[must_use = "dropping a generation cancels it"]
pub struct Generation {
    cancelled: Arc<AtomicBool>,
}

impl Generation {
    pub(super) fn new() -> (Self, Cancelled) {
        let cancelled = Arc::new(AtomicBool::new(false));
        (Self { cancelled: Arc::clone(&cancelled) }, Cancelled(cancelled))
    }

    /// Stops within one token, while the prompt is read within one layer.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// The engine's side of a [`Generation`].
#[derive(Clone, Debug)]
pub(super) struct Cancelled(Arc<AtomicBool>);

impl Cancelled {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
