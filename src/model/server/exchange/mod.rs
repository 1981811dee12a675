//! One request and its answer on the wire. Polling it does the work; dropping it closes the connection.

mod receive;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Response, StatusCode};
use tokio::time::{Sleep, sleep, timeout};

use super::Server;
use super::answer::Answer;
use super::decoder::Decoder;
use super::failure::{ERROR_BODY_LIMIT, Fault, in_body, of_send, of_status, quota};
use super::gate::Turn;
use super::refusal::lessons;
use super::retry::{Again, after_status, backoff, spread};
use crate::model::{ModelError, Request, StreamEvent};

/// How often a wait is told.
const SECOND: Duration = Duration::from_secs(1);

/// How often a server that is still loading its model is asked again.
const LOADING: Duration = SECOND;

/// A call in progress.
pub(super) struct Exchange {
    server: Arc<Server>,
    request: Request,
    phase: Phase,
    answer: Answer,
    attempt: u32,
    /// How long the server has been loading its model.
    loading: Duration,
    overall: Option<Pin<Box<Sleep>>>,
}

enum Phase {
    /// Nothing sent yet.
    Start,
    /// Someone with this key was told to wait; so does this call.
    Queued(Passing),
    /// This much longer before another attempt.
    Waiting(Duration),
    /// About to send, perhaps as the first after a wait.
    Sending(Option<Turn>),
    /// Headers are here, the body's form is not known yet.
    Opened(Reading, Vec<u8>),
    /// A stream of events.
    Events(Reading, Decoder),
    /// One JSON document, or a page: the whole body is read first.
    Whole(Reading, Vec<u8>),
    /// Nothing more will be read.
    Over,
}

/// On the way through the gate.
type Passing = Pin<Box<dyn Future<Output = Result<Option<Turn>, ModelError>> + Send>>;

/// A response and the deadline of its first character.
struct Reading {
    response: Response,
    first_token: Pin<Box<Sleep>>,
}

impl Exchange {
    pub(super) fn new(server: Arc<Server>, request: Request) -> Self {
        let answer = Answer::default();
        Self { server, request, phase: Phase::Start, answer, attempt: 0, loading: Duration::ZERO, overall: None }
    }

    /// The next event of the answer; `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Result<StreamEvent, ModelError>> {
        loop {
            if let Some(event) = self.answer.pop() {
                return Some(Ok(event));
            }
            if let Some(fault) = self.answer.take_fault() {
                match self.recover(fault) {
                    Ok(phase) => self.phase = phase,
                    Err(error) => {
                        self.phase = Phase::Over;
                        return Some(Err(error));
                    }
                }
                continue;
            }
            if self.answer.is_over() {
                self.phase = Phase::Over;
            }
            match std::mem::replace(&mut self.phase, Phase::Over) {
                Phase::Over => return None,
                phase => match self.step_in_time(phase).await {
                    Ok(phase) => self.phase = phase,
                    Err(fault) => self.answer.fail(fault),
                },
            }
        }
    }

    /// One step, unless the whole call takes too long.
    async fn step_in_time(&mut self, phase: Phase) -> Result<Phase, Fault> {
        let Some(limit) = self.server.limits.overall else { return self.step(phase).await };
        let mut overall = self.overall.take().unwrap_or_else(|| Box::pin(sleep(limit)));
        let step = tokio::select! {
            biased;
            () = &mut overall => Err(ModelError::Overdue { seconds: limit.as_secs() }.into()),
            step = self.step(phase) => step,
        };
        self.overall = Some(overall);
        step
    }

    async fn step(&mut self, phase: Phase) -> Result<Phase, Fault> {
        match phase {
            Phase::Start if self.server.gate.is_closed() => {
                if self.attempt == 0 && !self.server.gate.left().is_zero() {
                    self.answer.note(["waiting: the provider asked another call with this key to".to_owned()]);
                }
                Ok(self.queue())
            }
            Phase::Start => Ok(Phase::Sending(self.server.gate.pass().await?)),
            Phase::Queued(mut passing) => {
                tokio::select! {
                    biased;
                    passed = &mut passing => {
                        self.answer.wait(Duration::ZERO);
                        return Ok(Phase::Sending(passed?));
                    }
                    () = sleep(SECOND) => {}
                }
                let left = self.server.gate.left();
                if !left.is_zero() {
                    self.answer.wait(left);
                }
                Ok(Phase::Queued(passing))
            }
            Phase::Waiting(left) => {
                sleep(left.min(SECOND)).await;
                let left = left.saturating_sub(SECOND);
                self.answer.wait(left);
                Ok(if left.is_zero() { Phase::Start } else { Phase::Waiting(left) })
            }
            Phase::Sending(turn) => self.send(turn).await,
            Phase::Opened(reading, begun) => self.begin(reading, begun).await,
            Phase::Events(reading, decoder) => self.events(reading, decoder).await,
            Phase::Whole(reading, collected) => self.whole(reading, collected).await,
            Phase::Over => Ok(Phase::Over),
        }
    }

    /// Starts again after a fault that may pass, as long as nothing of an answer has arrived: two answers are never glued.
    fn recover(&mut self, fault: Fault) -> Result<Phase, ModelError> {
        let limits = self.server.limits;
        let Fault { error, again, why } = fault;
        if matches!(error, ModelError::Quota { .. }) {
            self.server.gate.stop(&error);
        }
        let Some(Again { wait, for_all }) = again else { return Err(error) };
        let too_long = wait.is_some_and(|wait| wait > limits.longest_wait);
        if self.answer.has_begun() || self.attempt >= limits.retries || too_long {
            return Err(error);
        }
        let wait = self.wait_for(wait);
        self.attempt += 1;
        self.answer.restart();
        self.answer.note([format!(
            "{why}: sent again after {:.1} s (attempt {} of {})",
            wait.as_secs_f64(),
            self.attempt + 1,
            limits.retries + 1
        )]);
        if for_all {
            self.server.gate.close(wait);
            return Ok(self.queue());
        }
        self.answer.wait(wait);
        Ok(Phase::Waiting(wait))
    }

    /// Waits with everyone else for the gate to open.
    fn queue(&mut self) -> Phase {
        self.answer.wait(self.server.gate.left());
        let gate = Arc::clone(&self.server.gate);
        Phase::Queued(Box::pin(async move { gate.pass().await }))
    }

    /// The wait before the next attempt: as the server said, or the usual one.
    fn wait_for(&self, told: Option<Duration>) -> Duration {
        told.map_or_else(|| backoff(self.attempt, rand::random()), |told| spread(told, rand::random()))
    }

    /// Makes every call with this key wait, unless the server asks for more than anyone waits.
    fn hold_all(&self, again: Again) {
        let wait = self.wait_for(again.wait);
        if wait <= self.server.limits.longest_wait {
            self.server.gate.close(wait);
        }
    }

    /// Sends the request and waits for the response's headers.
    async fn send(&mut self, turn: Option<Turn>) -> Result<Phase, Fault> {
        let server = Arc::clone(&self.server);
        let endpoint = server.endpoint.as_str();
        let known = server.capabilities();
        let (request, notes) = known.fit(&self.request);
        let written = server.write(&request, &known);
        self.answer.note(notes.into_iter().chain(written.notes.clone()));
        let first_token = Box::pin(sleep(server.limits.first_token));
        let sent = server.request(&written)?.send();
        let mut response = match timeout(server.limits.headers, sent).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                let (error, again) = of_send(&error, endpoint);
                let why = error.to_string();
                return Err(if again { Fault::passing(error, Again::default(), why) } else { error.into() });
            }
            Err(_) => {
                let reason = format!("no response within {} s", server.limits.headers.as_secs_f64());
                return Err(ModelError::Unreachable { endpoint: endpoint.to_owned(), reason }.into());
            }
        };
        if response.status().is_success() {
            turn.into_iter().for_each(Turn::open);
            return Ok(Phase::Opened(Reading { response, first_token }, Vec::new()));
        }
        let text = beginning(&mut response, server.limits.idle).await;
        let status = response.status();
        let failure = in_body(status, &text, |body| server.dialect.protocol().read_error(body));
        let again = after_status(status.as_u16(), response.headers(), &failure);
        if again.is_some() && matches!(status.as_u16(), 429 | 503 | 529) {
            server.gate.queue().refuse();
        }
        match again.filter(|again| again.for_all) {
            // Before the turn is given up, so that nobody slips through in between; also where this call gives up itself.
            Some(again) => {
                self.hold_all(again);
                drop(turn);
            }
            // It was let through and answered, if not as one would wish.
            None => turn.into_iter().for_each(Turn::open),
        }
        let lessons = lessons(status.as_u16(), &text, &request, &known);
        if !lessons.is_empty() {
            let learned = known.with(&lessons);
            let (request, _) = learned.fit(&self.request);
            // A lesson that changes nothing for this dialect would only be refused again.
            if server.write(&request, &learned).body != written.body {
                server.servers.remember(&server.endpoint, &server.model, &learned);
                self.answer.note(lessons.into_iter().filter_map(|lesson| lesson.said_once().map(str::to_owned)));
                return Ok(Phase::Start);
            }
        }
        // A server that was just started is as good as one that takes its time to answer.
        let loading =
            status == StatusCode::SERVICE_UNAVAILABLE && failure.message.to_lowercase().contains("loading model");
        if loading && server.limits.retries > 0 && self.loading < server.limits.headers {
            self.loading += LOADING;
            self.answer.note(["the server was still loading the model".to_owned()]);
            return Ok(Phase::Waiting(LOADING));
        }
        let key = server.key.as_ref();
        if failure.spent {
            return Err(quota(&failure, endpoint, key).into());
        }
        let error = of_status(&response, &text, endpoint, key);
        Err(match again {
            Some(again) => Fault::passing(error, again, status.as_u16().to_string()),
            None => error.into(),
        })
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
