//! Providers: a room for each dialect, one for what their calls share, and the [`Model`] trait that everything above asks.

mod anthropic;
mod asking;
pub mod batch;
mod card;
pub mod cassette;
pub mod catalog;
mod dialect;
pub mod discover;
mod embedded;
pub mod embedding;
mod error;
mod estimate;
mod gemini;
mod given_text;
pub mod hosted;
mod http;
pub mod keys;
pub mod lineage;
mod lines;
mod listing;
mod ndjson;
mod ollama;
mod openai;
mod parameters;
mod price;
mod proxy;
mod queue;
mod responses;
mod scripted;
mod secret;
mod server;
mod sse;
mod thoughts;
mod tokens;
pub mod weights;
mod withheld;

use std::pin::Pin;

use futures_util::Stream;
use serde::{Deserialize, Serialize};

pub use card::{BaseModel, CARD, Card, CardEpoch, TrainedWith, TrainingData};
pub use dialect::{Dialect, KeyHeader, PlainCall};
pub use embedded::{AdapterUse, Embedded, EmbeddedModels};
pub use error::ModelError;
pub use estimate::{estimate_text, estimate_tokens};
pub use given_text::{GivenToken, given_text};
pub use http::{
    CA_VARIABLE, CONNECT_LIMIT, Purpose, ca_bundle, extra_certificates, http_client, is_loopback, trust_also,
};
pub use keys::{KEY_OWNERS, KeyOwner, KeySource, Keys};
pub use lineage::{Lora, ServedModel};
pub use lines::{FrameError, LineSplitter};
pub use listing::list_models;
pub use ndjson::NdjsonDecoder;
pub use parameters::{LoraScale, Parameters};
pub use price::{Cost, Price, amount};
pub use proxy::proxy_in_words;
pub use queue::Queue;
pub use scripted::{Script, ScriptedModel};
pub use secret::{Key, Secret};
#[cfg(any(test, fuzzing))]
pub use server::recorded;
pub use server::{Endpoint, Limits, ServerModel, Servers};
pub use sse::{ServerEvent, SseDecoder};
pub use thoughts::ThoughtsApart;
pub use tokens::{PromptTokens, TokenCounter};

use crate::prompt::Message;

/// One call: what is sent to a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The conversation so far; the answer continues it.
    pub messages: Vec<Message>,
    /// How to sample.
    pub parameters: Parameters,
}

/// Tokens counted by the provider (or by our own tokenizer for the embedded model).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt, where known.
    pub input: Option<u64>,
    /// Tokens of the prompt that came from a cache, where known (part of `input`).
    pub cached: Option<u64>,
    /// Tokens of the answer, where known.
    pub output: Option<u64>,
}

/// Why a model stopped by itself. Cuts, errors and cancellations are never a `StopReason`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// An end-of-turn token or a stop string.
    Stop,
    /// The token limit or the context's end: the answer is not whole.
    Length,
    /// A provider's filter.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The model asked for a tool.
    ToolCalls,
    /// Anything else, verbatim.
    Other(String),
}

impl StopReason {
    /// In a word or two, for people. [`StopReason::Other`] is the provider's own text.
    pub fn in_words(&self) -> String {
        match self {
            Self::Stop => "ended by itself".to_owned(),
            Self::Length => "token limit".to_owned(),
            Self::ContentFilter => "filtered".to_owned(),
            Self::Refusal => "refused".to_owned(),
            Self::ToolCalls => "asked for a tool".to_owned(),
            Self::Other(word) => word.clone(),
        }
    }
}

/// One step of an answer as it streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// More text of the answer, whole characters only.
    Text(String),
    /// More reasoning text, kept apart from the answer.
    Reasoning(String),
    /// A remark for the trial's details, as soon as there is reason for it ("429: sent again after 7 s"). No sign of life
    /// of the model.
    Noted(String),
    /// Nothing is sent for this long, because a server asked for it or an attempt failed: told again every second, and with
    /// 0 at the end of the wait.
    Waiting {
        /// Seconds left, rounded up.
        seconds: u64,
    },
    /// The answer is whole. Always the last event; a stream that ends without it was truncated.
    Finished {
        /// Why the model stopped.
        stop: StopReason,
        /// What it cost in tokens.
        usage: Usage,
        /// Remarks for the trial's details ("no terminator").
        notes: Vec<String>,
    },
}

/// An answer on its way. Dropping it cancels the call at once.
pub type AnswerStream = Pin<Box<dyn Stream<Item = Result<StreamEvent, ModelError>> + Send>>;

/// A token count and whether it is exact or an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenCount {
    /// How many.
    pub tokens: usize,
    /// Counted by the model's own tokenizer and template, rather than estimated.
    pub exact: bool,
}

/// Something that answers. Implementations are cheap to clone behind an `Arc`.
pub trait Model: Send + Sync {
    /// What decides the answer besides the request: provider, id, weights' hash or base URL. Part of a trial's identity.
    fn fingerprint(&self) -> String;

    /// Starts answering. Work happens when the stream is polled (or on the model's own threads), never in this call.
    fn stream(&self, request: Request) -> AnswerStream;

    /// What it shares with other models; nothing unless said.
    fn queue(&self) -> Queue {
        Queue::named(self.fingerprint(), None)
    }

    /// How many tokens its context holds, where that is known without asking.
    fn context(&self) -> Option<usize> {
        None
    }

    /// How many tokens `messages` take as a prompt. Cheap enough to call on every edit, from a worker.
    fn count_tokens(&self, messages: &[Message]) -> TokenCount;
}
