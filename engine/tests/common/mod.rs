//! What the test targets share.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ops::ControlFlow;
use std::sync::mpsc;

use fourfold_engine::{ChatMessage, Ended, Engine, EngineError, GenerateEvent, GenerateRequest, Generation, Sampling};

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub text: String,
    pub input_tokens: usize,
    pub cached_tokens: usize,
    pub output_tokens: usize,
    pub ended: Ended,
}

/// Starts an answer whose events arrive on a channel.
pub(crate) fn start(engine: &Engine, request: GenerateRequest) -> (Generation, mpsc::Receiver<GenerateEvent>) {
    let (sender, events) = mpsc::channel();
    let generation = engine.generate(request, move |event| match sender.send(event) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    });
    (generation, events)
}

/// Collects the events of an answer.
pub(crate) fn collect(events: &mpsc::Receiver<GenerateEvent>) -> Result<Answer, EngineError> {
    let mut answer =
        Answer { text: String::new(), input_tokens: 0, cached_tokens: 0, output_tokens: 0, ended: Ended::Length };
    loop {
        match events.recv().expect("an answer ends with Finished or Failed") {
            GenerateEvent::Prefilled { input_tokens, cached_tokens } => {
                (answer.input_tokens, answer.cached_tokens) = (input_tokens, cached_tokens);
            }
            GenerateEvent::Text(text) => answer.text.push_str(&text),
            GenerateEvent::Finished { ended, output_tokens } => {
                (answer.ended, answer.output_tokens) = (ended, output_tokens);
                return Ok(answer);
            }
            GenerateEvent::Failed(error) => return Err(error),
        }
    }
}

/// A whole answer, waited for.
pub(crate) fn answer(engine: &Engine, request: GenerateRequest) -> Result<Answer, EngineError> {
    let (generation, events) = start(engine, request);
    let answer = collect(&events);
    drop(generation);
    answer
}

/// A greedy request with one user message.
pub(crate) fn ask(content: &str, max_tokens: usize) -> GenerateRequest {
    GenerateRequest {
        messages: vec![ChatMessage::new("user", content)],
        sampling: Sampling::greedy(),
        max_tokens: Some(max_tokens),
        stop: Vec::new(),
        tuned: None,
    }
}
