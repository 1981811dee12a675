//! The `openai` dialect: chat completions over server-sent events, from any server that speaks it.

mod answer;
mod body;
mod endpoint;
mod exchange;
mod failure;
mod models;
mod reader;
mod retry;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::stream;
use reqwest::Client;

use self::body::Accommodations;
pub use self::body::whole_body;
pub use self::endpoint::Endpoint;
use self::exchange::Exchange;
pub use self::models::list_models;
use super::http::{Purpose, http_client};
use super::{AnswerStream, Key, Model, ModelError, Request, TokenCount, estimate_tokens};
use crate::prompt::Message;

/// The patience and the caps of a call. There is no limit on the whole: a slow answer is an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until the response's headers are there; local servers load a model in this time.
    pub headers: Duration,
    /// Until the first character, counted from the request; signs of life do not extend it.
    pub first_token: Duration,
    /// Between two reads.
    pub idle: Duration,
    /// How often a request without an answer is sent again.
    pub retries: u32,
    /// The longest wait a server may ask for between two attempts.
    pub longest_wait: Duration,
    /// The longest answer, reasoning included, in bytes.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: Duration::from_mins(5),
            first_token: Duration::from_mins(10),
            idle: Duration::from_mins(2),
            retries: 2,
            longest_wait: Duration::from_mins(1),
            text_bytes: 16 * 1024 * 1024,
        }
    }
}

/// A model behind a chat-completions server.
#[derive(Clone, Debug)]
pub struct OpenAi {
    server: Arc<Server>,
}

/// What every call of one model shares.
#[derive(Debug)]
struct Server {
    endpoint: Endpoint,
    model: String,
    key: Option<Key>,
    limits: Limits,
    client: OnceLock<Client>,
    accommodations: Mutex<Accommodations>,
}

impl OpenAi {
    /// The model `model` at `base_url`, asked with `key` where the server wants one. Touches no network.
    pub fn new(base_url: &str, model: impl Into<String>, key: Option<Key>) -> Result<Self, ModelError> {
        Self::with_limits(base_url, model, key, Limits::default())
    }

    /// As [`OpenAi::new`], with limits other than the usual ones.
    pub fn with_limits(
        base_url: &str,
        model: impl Into<String>,
        key: Option<Key>,
        limits: Limits,
    ) -> Result<Self, ModelError> {
        let server = Server {
            endpoint: Endpoint::parse(base_url)?,
            model: model.into(),
            key,
            limits,
            client: OnceLock::new(),
            accommodations: Mutex::default(),
        };
        Ok(Self { server: Arc::new(server) })
    }

    /// Where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.server.endpoint
    }
}

impl Server {
    /// The client, made at the first call: reading the system's certificates takes longer than a first frame may.
    fn client(&self) -> Result<Client, ModelError> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let client = http_client(self.endpoint.url(), Purpose::Provider)?;
        Ok(self.client.get_or_init(|| client).clone())
    }

    fn accommodations(&self) -> Accommodations {
        *self.accommodations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, accommodations: Accommodations) {
        *self.accommodations.lock().unwrap_or_else(PoisonError::into_inner) = accommodations;
    }
}

impl Model for OpenAi {
    fn fingerprint(&self) -> String {
        format!("openai {} {}", self.server.endpoint.as_str(), self.server.model)
    }

    fn stream(&self, request: Request) -> AnswerStream {
        let exchange = Exchange::new(Arc::clone(&self.server), request);
        Box::pin(stream::unfold(exchange, |mut exchange| async move {
            let event = exchange.next().await?;
            Some((event, exchange))
        }))
    }

    fn count_tokens(&self, messages: &[Message]) -> TokenCount {
        estimate_tokens(messages)
    }
}
