//! The embedded language model of fourfold: no terminal, no network, no asynchronous runtime.
//!
//! [`Engine::load`] reads a GGUF file; [`Engine::generate`] starts an answer and returns at once. One thread owns the
//! model and advances all answers together.

pub mod adapter;
mod base;
#[expect(clippy::inline_always, reason = "loops must become part of their vectorised callers")]
mod embed;
mod error;
mod evaluate;
mod files;
mod fingerprint;
pub mod gguf;
mod model;
mod prompts;
mod sampler;
mod service;
mod stop;
mod template;
mod tokenizer;
pub mod train;

pub use adapter::{Adapter, NumberFormat, Projection, Tuned};
pub use base::Base;
pub use embed::Encoder;
pub use error::EngineError;
pub use evaluate::Evaluator;
pub use model::{Architecture, Config, Precision, Progress, RotaryPairs};
pub use prompts::PromptCounter;
pub use sampler::Sampling;
pub use service::{ChatMessage, Ended, Engine, GenerateEvent, GenerateRequest, Generation, ModelInfo, Options, Sink};
pub use template::Date;
pub use tokenizer::Tokenizer;
pub use train::{Example, Trainer, TuneOptions};
