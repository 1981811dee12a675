//! The language model inside the program: the engine's callbacks turned into a stream, its faults into ours.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use fourfold_engine::{
    Adapter, ChatMessage, Ended, Engine, EngineError, GenerateEvent, GenerateRequest, Options, Sampling, Tuned,
};
use futures_util::stream;
use tokio::sync::mpsc;

use super::server::{Parameter, without};
use super::{
    AnswerStream, Card, Model, ModelError, Parameters, Queue, Request, StopReason, StreamEvent, TokenCount, Usage,
};
use crate::prompt::Message;

/// An adapter to answer with.
#[derive(Clone, Debug, PartialEq)]
pub struct AdapterUse {
    /// Its folder.
    pub folder: PathBuf,
    /// How strongly it works: 1 as trained, 0 not at all.
    pub scale: f32,
}

/// A loaded engine as a [`Model`]; with an adapter, a tuned one over the same weights.
#[derive(Clone)]
pub struct Embedded {
    engine: Engine,
    tuned: Option<Tuned>,
}

impl Embedded {
    /// Reads the GGUF file at `path`; takes about a second, so call it off the screen's thread.
    /// `known_hash` is the file's SHA-256 where it has just been checked.
    pub fn load(path: &Path, known_hash: Option<String>) -> Result<Self, ModelError> {
        let options = Options { known_hash, ..Options::default() };
        Engine::load(path, &options).map(|engine| Self { engine, tuned: None }).map_err(|error| fault(&error))
    }

    /// The same model with an adapter beside its weights. Refuses one that belongs to other weights.
    fn tuned(&self, adapter: &AdapterUse) -> Result<Self, ModelError> {
        let folder = &adapter.folder;
        if !folder.is_dir() {
            let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            return Err(ModelError::Engine {
                reason: format!("the adapter `{name}` is not here: {}", folder.display()),
                hint: format!("`fourfold tune --name {name}` trains it; `fourfold adapters import` brings one in."),
            });
        }
        let base = self.engine.base();
        if let Some(hash) = Card::read(folder)?.and_then(|card| card.base.hash) {
            let here = base.hash().map_err(|error| fault(&error))?;
            if hash != here {
                return Err(ModelError::Engine {
                    reason: format!(
                        "the adapter {} was trained on the weights {hash}, and the model here has {here}",
                        folder.display()
                    ),
                    hint: "Name the model it was trained on as its `base`, or train it again on this one.".to_owned(),
                });
            }
        }
        let loaded = Adapter::load_peft(folder, base).map_err(|error| fault(&error))?;
        let tuned = Tuned { adapter: Arc::new(loaded), scale: adapter.scale };
        Ok(Self { engine: self.engine.clone(), tuned: Some(tuned) })
    }
}

/// Engines by file: each is loaded once and shared by every arm.
#[derive(Default)]
pub struct EmbeddedModels {
    loaded: Mutex<HashMap<PathBuf, Embedded>>,
}

impl EmbeddedModels {
    /// The engine for `path`, loaded on first use, with the adapter where one is asked for. A second caller waits for the
    /// first.
    pub fn get(
        &self,
        path: &Path,
        known_hash: Option<&str>,
        adapter: Option<&AdapterUse>,
    ) -> Result<Arc<dyn Model>, ModelError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let model = if let Some(model) = loaded.get(path) {
            model.clone()
        } else {
            let model = Embedded::load(path, known_hash.map(str::to_owned))?;
            loaded.insert(path.to_path_buf(), model.clone());
            model
        };
        drop(loaded);
        Ok(Arc::new(match adapter {
            Some(adapter) => model.tuned(adapter)?,
            None => model,
        }))
    }
}

pub(super) fn fault(error: &EngineError) -> ModelError {
    ModelError::Engine { reason: error.to_string(), hint: error.hint().to_string() }
}

pub(super) fn chat(messages: &[Message]) -> Vec<ChatMessage> {
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
        let base = self.engine.fingerprint();
        match &self.tuned {
            None => format!("embedded/{base}"),
            Some(tuned) => format!("embedded/{base}+{}*{}", tuned.adapter.fingerprint(), tuned.scale),
        }
    }

    fn stream(&self, request: Request) -> AnswerStream {
        let (sender, receiver) = mpsc::unbounded_channel();
        let (_, notes) =
            without(&request.parameters, "the embedded model", &[Parameter::JsonSchema, Parameter::Logprobs]);
        let job = GenerateRequest {
            messages: chat(&request.messages),
            sampling: sampling(&request.parameters),
            max_tokens: request.parameters.max_tokens.map(|value| value as usize),
            stop: request.parameters.stop,
            tuned: self.tuned.clone(),
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
                    Ok(StreamEvent::Finished { stop, usage, notes: notes.clone() })
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

    fn queue(&self) -> Queue {
        // Base and tuned ones are one engine, which advances so many answers together.
        Queue::named(format!("embedded/{}", self.engine.fingerprint()), Some(Options::default().sequences))
    }

    fn context(&self) -> Option<usize> {
        Some(self.engine.info().context_tokens)
    }

    fn count_tokens(&self, messages: &[Message]) -> TokenCount {
        match self.engine.count_tokens(&chat(messages)) {
            Ok(tokens) => TokenCount { tokens, exact: true },
            Err(_) => super::estimate_tokens(messages),
        }
    }
}
