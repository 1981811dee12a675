//! The language model inside the program: the engine's callbacks turned into a stream, its faults into ours.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use fourfold_engine::{ChatMessage, Ended, Engine, EngineError, GenerateEvent, GenerateRequest, Options, Sampling};
use futures_util::stream;
use tokio::sync::mpsc;

use super::{AnswerStream, Model, ModelError, Parameters, Request, StopReason, StreamEvent, TokenCount, Usage};
use crate::prompt::Message;

/// A loaded engine as a [`Model`].
#[derive(Clone)]
pub struct Embedded {
    engine: Engine,
}

impl Embedded {
    /// Reads the GGUF file at `path`; takes about a second, so call it off the screen's thread.
    /// `known_hash` is the file's SHA-256 where it has just been checked.
    pub fn load(path: &Path, known_hash: Option<String>) -> Result<Self, ModelError> {
        let options = Options { known_hash, ..Options::default() };
        Engine::load(path, &options).map(|engine| Self { engine }).map_err(|error| fault(&error))
    }
}

/// Engines by file: each is loaded once and shared by every arm.
#[derive(Default)]
pub struct EmbeddedModels {
    loaded: Mutex<HashMap<PathBuf, Embedded>>,
}

impl EmbeddedModels {
    /// The engine for `path`, loaded on first use. A second caller waits for the first.
    pub fn get(&self, path: &Path, known_hash: Option<&str>) -> Result<Arc<dyn Model>, ModelError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = loaded.get(path) {
            return Ok(Arc::new(model.clone()));
        }
        let model = Embedded::load(path, known_hash.map(str::to_owned))?;
        loaded.insert(path.to_path_buf(), model.clone());
        Ok(Arc::new(model))
    }

    /// Whether the engine for `path` is in memory; false while it is being loaded.
    pub fn is_loaded(&self, path: &Path) -> bool {
        self.loaded.try_lock().is_ok_and(|loaded| loaded.contains_key(path))
    }
}

pub(super) fn fault(error: &EngineError) -> ModelError {
    ModelError::Engine { reason: error.to_string(), hint: error.hint().to_string() }
}

fn chat(messages: &[Message]) -> Vec<ChatMessage> {
    messages.iter().map(|message| ChatMessage::new(message.role.as_str(), message.content.clone())).collect()
}

/// Our parameters as the engine's; what is not set is the engine's default, which is greedy.
fn sampling(parameters: &Parameters) -> Sampling {
    let default = Sampling::default();
    Sampling {
        temperature: parameters.temperature.map_or(default.temperature, |value| value as f32),
        top_k: parameters.top_k.map(|value| value as usize).or(default.top_k),
        top_p: parameters.top_p.map(|value| value as f32).or(default.top_p),
        min_p: parameters.min_p.map(|value| value as f32).or(default.min_p),
        repetition_penalty: parameters.repetition_penalty.map(|value| value as f32).or(default.repetition_penalty),
        seed: parameters.seed.or(default.seed),
    }
}

impl Model for Embedded {
    fn fingerprint(&self) -> String {
        format!("embedded/{}", self.engine.fingerprint())
    }

    fn stream(&self, request: Request) -> AnswerStream {
        let (sender, receiver) = mpsc::unbounded_channel();
        let job = GenerateRequest {
            messages: chat(&request.messages),
            sampling: sampling(&request.parameters),
            max_tokens: request.parameters.max_tokens.map(|value| value as usize),
            stop: request.parameters.stop,
            tuned: None,
        };
        let mut usage = Usage::default();
        // The engine makes a few dozen tokens a second and stops when nobody listens: the channel stays short by itself.
        let generation = self.engine.generate(job, move |event| {
            let event = match event {
                GenerateEvent::Prefilled { input_tokens, cached_tokens } => {
                    usage.input = Some(input_tokens as u64);
                    usage.cached = Some(cached_tokens as u64);
                    return ControlFlow::Continue(());
                }
                GenerateEvent::Text(text) => Ok(StreamEvent::Text(text)),
                GenerateEvent::Finished { ended, output_tokens } => {
                    usage.output = Some(output_tokens as u64);
                    let stop = match ended {
                        Ended::Stop => StopReason::Stop,
                        Ended::Length => StopReason::Length,
                    };
                    Ok(StreamEvent::Finished { stop, usage, notes: Vec::new() })
                }
                GenerateEvent::Failed(error) => Err(fault(&error)),
            };
            if sender.send(event).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        // The generation lives as long as the stream: dropping the stream cancels it within one token.
        Box::pin(stream::unfold((receiver, generation), |(mut receiver, generation)| async move {
            let event = receiver.recv().await?;
            Some((event, (receiver, generation)))
        }))
    }

    fn count_tokens(&self, messages: &[Message]) -> TokenCount {
        match self.engine.count_tokens(&chat(messages)) {
            Ok(tokens) => TokenCount { tokens, exact: true },
            Err(_) => super::estimate_tokens(messages),
        }
    }
}
