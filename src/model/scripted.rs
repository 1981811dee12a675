//! A model that plays what it is told to, faults included. For tests and demonstrations; it never touches a network.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream;
use tokio::sync::Semaphore;

use super::{AnswerStream, Model, ModelError, Request, StopReason, StreamEvent, TokenCount, Usage, estimate_tokens};
use crate::prompt::Message;

/// What happens during one call, in order.
#[derive(Clone, Debug, Default)]
pub struct Script {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Event(StreamEvent),
    Fail(ModelError),
    Wait(Arc<Semaphore>),
}

impl Script {
    /// A whole answer in these chunks; every chunk counts as one token.
    pub fn answer(chunks: &[&str]) -> Self {
        Self::default().text(chunks).finished(StopReason::Stop, chunks.len() as u64)
    }

    /// More text.
    #[must_use]
    pub fn text(mut self, chunks: &[&str]) -> Self {
        self.steps.extend(chunks.iter().map(|chunk| Step::Event(StreamEvent::Text((*chunk).to_owned()))));
        self
    }

    /// More reasoning.
    #[must_use]
    pub fn reasoning(mut self, text: &str) -> Self {
        self.steps.push(Step::Event(StreamEvent::Reasoning(text.to_owned())));
        self
    }

    /// A remark for the details.
    #[must_use]
    pub fn noted(mut self, text: &str) -> Self {
        self.steps.push(Step::Event(StreamEvent::Noted(text.to_owned())));
        self
    }

    /// The answer is whole. A script without this ends like a cut stream.
    #[must_use]
    pub fn finished(mut self, stop: StopReason, output: u64) -> Self {
        let usage = Usage { input: None, cached: None, output: Some(output) };
        self.steps.push(Step::Event(StreamEvent::Finished { stop, usage, notes: Vec::new() }));
        self
    }

    /// The call fails here.
    #[must_use]
    pub fn fails(mut self, error: ModelError) -> Self {
        self.steps.push(Step::Fail(error));
        self
    }

    /// Nothing more happens until someone adds a permit to `gate`; each passing takes one.
    #[must_use]
    pub fn waits(mut self, gate: &Arc<Semaphore>) -> Self {
        self.steps.push(Step::Wait(Arc::clone(gate)));
        self
    }
}

/// Plays its scripts in order, one for each call, and the last one from then on.
#[derive(Debug)]
pub struct ScriptedModel {
    name: String,
    scripts: Vec<Script>,
    calls: AtomicUsize,
    requests: Mutex<Vec<Request>>,
}

impl ScriptedModel {
    /// A model called `name` that plays `scripts`. Without any it cuts every stream at once.
    pub fn new(name: impl Into<String>, scripts: Vec<Script>) -> Self {
        Self { name: name.into(), scripts, calls: AtomicUsize::new(0), requests: Mutex::default() }
    }

    /// A model that always gives this answer, in these chunks.
    pub fn answering(chunks: &[&str]) -> Self {
        Self::new("scripted", vec![Script::answer(chunks)])
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Model for ScriptedModel {
    fn fingerprint(&self) -> String {
        format!("scripted {}", self.name)
    }

    fn stream(&self, request: Request) -> AnswerStream {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let script = self.scripts.get(call).or(self.scripts.last()).cloned().unwrap_or_default();
        Box::pin(stream::unfold(script.steps.into_iter(), |mut steps| async move {
            loop {
                match steps.next()? {
                    Step::Event(event) => return Some((Ok(event), steps)),
                    Step::Fail(error) => return Some((Err(error), steps)),
                    Step::Wait(gate) => {
                        // A closed gate lets everything pass.
                        if let Ok(permit) = gate.acquire().await {
                            permit.forget();
                        }
                    }
                }
            }
        }))
    }

    fn count_tokens(&self, messages: &[Message]) -> TokenCount {
        estimate_tokens(messages)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;
    use crate::model::Parameters;

    #[tokio::test]
    async fn scripts_play_in_order_and_the_last_repeats() {
        let model = ScriptedModel::new("m", vec![Script::answer(&["a"]), Script::answer(&["b", "c"])]);
        let request = Request { messages: Vec::new(), parameters: Parameters::default() };
        for expected in [2, 3, 3] {
            assert_eq!(model.stream(request.clone()).collect::<Vec<_>>().await.len(), expected);
        }
        assert_eq!(model.requests().len(), 3);
    }
}
