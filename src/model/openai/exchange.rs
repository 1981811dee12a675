//! One request and its answer on the wire. Polling it does the work; dropping it closes the connection.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Response, StatusCode};
use serde_json::Value;
use tokio::time::{Sleep, sleep, timeout};

use super::Server;
use super::answer::{Answer, provider};
use super::body::body;
use super::failure::{ERROR_BODY_LIMIT, of_body, of_send, of_status, unexpected};
use super::reader::{failure, read_frame};
use super::retry::{Next, after_status, backoff};
use crate::model::lines::FrameError;
use crate::model::sse::SseDecoder;
use crate::model::{ModelError, Request, StreamEvent};

/// How long a server may take to send its bookkeeping and close, once the model has stopped.
const TAIL_LIMIT: Duration = Duration::from_secs(10);

/// A call in progress.
pub(super) struct Exchange {
    server: Arc<Server>,
    request: Request,
    phase: Phase,
    answer: Answer,
}

enum Phase {
    /// Nothing sent yet.
    Start,
    /// Headers are here, the body's form is not known yet.
    Opened(Reading),
    /// An event stream.
    Events(Reading, Box<SseDecoder>),
    /// One JSON document, or a page: the whole body is read first.
    Whole(Reading, Vec<u8>),
    /// Nothing more will be read.
    Over,
}

/// A response and the deadline of its first character.
struct Reading {
    response: Response,
    first_token: Pin<Box<Sleep>>,
}

impl Exchange {
    pub(super) fn new(server: Arc<Server>, request: Request) -> Self {
        Self { server, request, phase: Phase::Start, answer: Answer::default() }
    }

    /// The next event of the answer; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<StreamEvent, ModelError>> {
        loop {
            if let Some(event) = self.answer.pop() {
                return Some(event);
            }
            if self.answer.is_over() {
                self.phase = Phase::Over;
            }
            let phase = std::mem::replace(&mut self.phase, Phase::Over);
            let step = match phase {
                Phase::Start => self.open().await,
                Phase::Opened(reading) => self.begin(reading).await,
                Phase::Events(reading, decoder) => self.events(reading, decoder).await,
                Phase::Whole(reading, collected) => self.whole(reading, collected).await,
                Phase::Over => return None,
            };
            match step {
                Ok(phase) => self.phase = phase,
                Err(error) => self.answer.fail(error),
            }
        }
    }

    /// Sends the request, again where that may help, until there is a response worth reading.
    async fn open(&mut self) -> Result<Phase, ModelError> {
        let server = Arc::clone(&self.server);
        let client = server.client()?;
        let endpoint = server.endpoint.as_str();
        let first_token = Box::pin(sleep(server.limits.first_token));
        let mut attempt = 0;
        loop {
            let accommodations = server.accommodations();
            let mut request = client
                .post(server.endpoint.join("chat/completions"))
                .header(ACCEPT, "text/event-stream")
                .json(&body(&server.model, &self.request, accommodations));
            if let Some(key) = &server.key {
                request = request.bearer_auth(key.secret().expose());
            }
            let may_retry = attempt < server.limits.retries;
            let response = match timeout(server.limits.headers, request.send()).await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => {
                    let (error, again) = of_send(&error, endpoint);
                    if !(again && may_retry) {
                        return Err(error);
                    }
                    self.answer.notes.push(format!("sent again: {error}"));
                    sleep(backoff(attempt, rand::random())).await;
                    attempt += 1;
                    continue;
                }
                Err(_) => {
                    let reason = format!("no response within {} s", server.limits.headers.as_secs_f64());
                    return Err(ModelError::Unreachable { endpoint: endpoint.to_owned(), reason });
                }
            };
            if response.status().is_success() {
                return Ok(Phase::Opened(Reading { response, first_token }));
            }
            let mut response = response;
            let text = beginning(&mut response, server.limits.idle).await;
            let error = of_status(&response, &text, endpoint, server.key.as_ref());
            if matches!(response.status(), StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
                && let Some((next, note)) = accommodations.after_refusal(&text)
            {
                server.remember(next);
                self.answer.notes.push(note.to_owned());
                continue;
            }
            let next = after_status(
                response.status().as_u16(),
                response.headers(),
                &text,
                attempt,
                server.limits.longest_wait,
                rand::random(),
            );
            match next {
                Next::Wait(wait) if may_retry => {
                    let status = response.status().as_u16();
                    self.answer.notes.push(format!("sent again after {status} and {:.1} s", wait.as_secs_f64()));
                    drop(response);
                    sleep(wait).await;
                    attempt += 1;
                }
                Next::Wait(_) | Next::GiveUp => return Err(error),
            }
        }
    }

    /// Finds out what kind of body this is: by its label, or by its first byte where the label does not settle it.
    async fn begin(&mut self, mut reading: Reading) -> Result<Phase, ModelError> {
        let label =
            reading.response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if label.to_ascii_lowercase().starts_with("text/event-stream") {
            return Ok(Phase::Events(reading, Box::default()));
        }
        let Some(bytes) = self.read(&mut reading).await? else {
            return Err(unexpected("", self.server.endpoint.as_str(), None));
        };
        if let Some(b'{' | b'[' | b'<') = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            return Ok(Phase::Whole(reading, bytes.to_vec()));
        }
        let mut decoder = Box::<SseDecoder>::default();
        self.take(&mut decoder, &bytes);
        Ok(Phase::Events(reading, decoder))
    }

    /// One read of an event stream.
    async fn events(&mut self, mut reading: Reading, mut decoder: Box<SseDecoder>) -> Result<Phase, ModelError> {
        match self.read(&mut reading).await {
            Ok(Some(bytes)) => {
                self.take(&mut decoder, &bytes);
                Ok(Phase::Events(reading, decoder))
            }
            Ok(None) => {
                let finished = decoder.finish();
                self.drain(&mut decoder);
                finished.map_err(too_large)?;
                self.end(&decoder);
                Ok(Phase::Over)
            }
            // Whatever fails after the model has stopped fails after the answer.
            Err(_) if self.answer.has_stopped() => {
                self.answer.finish(Some("no terminator"));
                Ok(Phase::Over)
            }
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, decoder: &mut SseDecoder, bytes: &[u8]) {
        let pushed = decoder.push(bytes);
        self.drain(decoder);
        if let Err(error) = pushed {
            self.answer.fail(too_large(error));
        }
    }

    fn drain(&mut self, decoder: &mut SseDecoder) {
        while let Some(event) = decoder.next_event() {
            self.answer.take_event(&event, self.server.limits.text_bytes, self.server.key.as_ref());
        }
    }

    /// The body closed in good order.
    fn end(&mut self, decoder: &SseDecoder) {
        let stray = decoder.stray();
        let spoke = self.answer.has_begun() || self.answer.has_stopped() || self.answer.is_over();
        if spoke || (stray.is_empty() && decoder.position() > 0) {
            self.answer.close();
            return;
        }
        // No event at all: a bare error document under the label of a stream, or nothing.
        let key = self.server.key.as_ref();
        let reported = serde_json::from_str::<Value>(&stray).ok().as_ref().and_then(failure);
        self.answer.fail(match reported {
            Some(failure) => provider(&failure.kind, &failure.message, key),
            None => unexpected(&stray, self.server.endpoint.as_str(), key),
        });
    }

    /// One read of a body that is taken as a whole, or its meaning once it is.
    async fn whole(&mut self, mut reading: Reading, mut collected: Vec<u8>) -> Result<Phase, ModelError> {
        let endpoint = self.server.endpoint.as_str();
        let key = self.server.key.as_ref();
        if let Some(bytes) = self.read(&mut reading).await? {
            collected.extend_from_slice(&bytes);
            // JSON escapes make a body longer than its text, at most six times.
            if collected.len() > self.server.limits.text_bytes.saturating_mul(6) {
                return Err(ModelError::TooLarge { limit: "one JSON answer".to_owned() });
            }
            return Ok(Phase::Whole(reading, collected));
        }
        let text = String::from_utf8_lossy(&collected);
        let value = match serde_json::from_str::<Value>(&text) {
            Ok(value) => value,
            Err(error) if error.is_eof() => {
                return Err(ModelError::Truncated { reason: "the JSON answer is not whole".to_owned() });
            }
            Err(_) => return Err(unexpected(&text, endpoint, key)),
        };
        let answered = value.get("choices").and_then(Value::as_array).is_some_and(|choices| !choices.is_empty());
        let frame = read_frame(&value);
        if !answered && frame.error.is_none() {
            return Err(unexpected(&text, endpoint, key));
        }
        self.answer.take_frame(frame, self.server.limits.text_bytes, key);
        self.answer.finish(Some("the server did not stream"));
        Ok(Phase::Over)
    }

    /// The next bytes of the body. Any byte is a sign of life; the first character has a deadline of its own.
    async fn read(&self, reading: &mut Reading) -> Result<Option<Bytes>, ModelError> {
        let limits = &self.server.limits;
        let idle = if self.answer.has_stopped() { limits.idle.min(TAIL_LIMIT) } else { limits.idle };
        tokio::select! {
            biased;
            read = reading.response.chunk() => read.map_err(|error| of_body(&error)),
            () = &mut reading.first_token, if !self.answer.has_begun() => {
                Err(ModelError::Stalled { seconds: limits.first_token.as_secs() })
            }
            () = sleep(idle) => Err(ModelError::Stalled { seconds: idle.as_secs() }),
        }
    }
}

/// The beginning of an error body, as far as it comes.
async fn beginning(response: &mut Response, idle: Duration) -> String {
    let mut collected = Vec::new();
    while collected.len() < ERROR_BODY_LIMIT {
        match timeout(idle, response.chunk()).await {
            Ok(Ok(Some(bytes))) => collected.extend_from_slice(&bytes),
            _ => break,
        }
    }
    String::from_utf8_lossy(&collected).into_owned()
}

fn too_large(error: FrameError) -> ModelError {
    ModelError::TooLarge { limit: error.to_string() }
}
