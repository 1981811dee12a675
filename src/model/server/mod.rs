//! A model behind a server, whatever its dialect: one call from request to answer, with its retries, deadlines and caps.

mod answer;
mod body;
mod capabilities;
mod decoder;
mod endpoint;
mod exchange;
mod failure;
mod frame;
mod gate;
#[cfg(any(test, fuzzing))]
pub mod recorded;
mod refusal;
mod retry;
mod servers;
mod strict;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use reqwest::RequestBuilder;
use reqwest::header::ACCEPT;

pub(super) use self::answer::whole_answer;
pub(super) use self::capabilities::{Capabilities, Lesson, Parameter, split_system, without};
pub(super) use self::decoder::Framing;
pub use self::endpoint::Endpoint;
pub(super) use self::endpoint::Shape;
use self::exchange::Exchange;
pub(super) use self::failure::{ERROR_BODY_LIMIT, of_body, of_send, of_status};
pub(super) use self::frame::{
    Failure, Frame, at, failure, logprobs_in, message_of, number_at, some_usage, text_at, with_spent,
};
use self::gate::Gate;
pub(super) use self::retry::whole_seconds;
pub use self::servers::Servers;
use super::asking::with_headers;
use super::dialect::{Call, Dialect, Written};
use super::{AnswerStream, Key, Model, ModelError, Queue, Request, TokenCount, estimate_tokens};
use crate::prompt::Message;

/// The patience and the caps of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until the response's headers are there; local servers load a model in this time.
    pub headers: Duration,
    /// Until the first character, counted from the request; signs of life do not extend it.
    pub first_token: Duration,
    /// Between two reads.
    pub idle: Duration,
    /// For the whole call, waits included. None unless someone asks for it: a slow answer is an answer.
    pub overall: Option<Duration>,
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
            overall: None,
            retries: 2,
            longest_wait: Duration::from_mins(1),
            text_bytes: 16 * 1024 * 1024,
        }
    }
}

/// A model behind a server.
#[derive(Clone, Debug)]
pub struct ServerModel {
    server: Arc<Server>,
}

/// What every call of one model shares.
#[derive(Debug)]
struct Server {
    dialect: Dialect,
    endpoint: Endpoint,
    model: String,
    key: Option<Key>,
    limits: Limits,
    servers: Servers,
    gate: Arc<Gate>,
}

impl ServerModel {
    /// The model `model` at `base_url`, asked with `key` where the server wants one. Touches no network.
    pub fn new(
        dialect: Dialect,
        base_url: &str,
        model: impl Into<String>,
        key: Option<Key>,
        servers: &Servers,
    ) -> Result<Self, ModelError> {
        let endpoint = dialect.endpoint(base_url)?;
        let gate = servers.gate(&endpoint, key.as_ref());
        let (model, servers) = (model.into(), servers.clone());
        let server = Server { dialect, endpoint, model, key, limits: Limits::default(), servers, gate };
        Ok(Self { server: Arc::new(server) })
    }

    /// The same model, with limits other than the usual ones.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        let Server { dialect, endpoint, model, key, servers, gate, .. } = &*self.server;
        let server = Server {
            dialect: *dialect,
            endpoint: endpoint.clone(),
            model: model.clone(),
            key: key.clone(),
            limits,
            servers: servers.clone(),
            gate: Arc::clone(gate),
        };
        Self { server: Arc::new(server) }
    }

    /// Where it is.
    pub fn endpoint(&self) -> &Endpoint {
        &self.server.endpoint
    }
}

impl Server {
    fn capabilities(&self) -> Capabilities {
        self.servers.capabilities(&self.endpoint, &self.model)
    }

    /// The request as this server reads it.
    fn write(&self, request: &Request, capabilities: &Capabilities) -> Written {
        let stream = !capabilities.knows(Lesson::WithoutStream);
        let call = Call { model: &self.model, endpoint: &self.endpoint, request, capabilities, stream };
        self.dialect.protocol().write(&call)
    }

    /// The request as it goes on the wire.
    fn request(&self, written: &Written) -> Result<RequestBuilder, ModelError> {
        let accepted = match self.dialect.protocol().framing() {
            Framing::Events => "text/event-stream",
            Framing::Lines => "application/x-ndjson",
        };
        let client = self.servers.client(&self.endpoint)?;
        let request = client.post(written.url(&self.endpoint)).header(ACCEPT, accepted).json(&written.body);
        with_headers(request, self.dialect, &self.endpoint, self.key.as_ref())
    }
}

impl Model for ServerModel {
    fn fingerprint(&self) -> String {
        format!("{} {} {}", self.server.dialect.as_str(), self.server.endpoint.as_str(), self.server.model)
    }

    fn stream(&self, request: Request) -> AnswerStream {
        let exchange = Exchange::new(Arc::clone(&self.server), request);
        Box::pin(stream::unfold(Box::new(exchange), |mut exchange| async move {
            let event = exchange.next().await?;
            Some((event, exchange))
        }))
    }

    fn queue(&self) -> Queue {
        self.server.gate.queue().clone()
    }

    fn count_tokens(&self, messages: &[Message]) -> TokenCount {
        estimate_tokens(messages)
    }
}
