//! The engine as others see it: load a file, ask for answers, count tokens.

mod prefix;
mod request;
mod sequence;
mod worker;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

pub use request::{ChatMessage, Ended, GenerateEvent, GenerateRequest, Generation, Sink};

use crate::fingerprint::weights_hash;
use crate::gguf::Gguf;
use crate::model::{Architecture, Precision, Progress};
use crate::template::{Date, Turn};
use crate::tokenizer::Tokenizer;
use crate::{Base, EngineError};
use worker::{Job, Worker};

/// How to load and run a model.
#[derive(Clone, Debug)]
pub struct Options {
    /// How exactly to compute.
    pub precision: Precision,
    /// Memory for the keys and values of finished sequences, kept for prompts that begin the same way.
    pub prefix_bytes: usize,
    /// Answers made at the same time; more wait their turn.
    pub sequences: usize,
    /// The day templates may print.
    pub date: Date,
    /// The hash of the file, if the caller has checked it; otherwise the engine computes one of its own.
    pub known_hash: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            precision: Precision::default(),
            prefix_bytes: 96 << 20,
            sequences: 8,
            date: Date::default(),
            known_hash: None,
        }
    }
}

/// Facts about a loaded model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    /// The name in the file, where it has one.
    pub name: Option<String>,
    /// The family.
    pub architecture: Architecture,
    /// Tokens a context holds.
    pub context_tokens: usize,
    /// Transformer layers.
    pub layers: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Entries of the vocabulary.
    pub vocabulary: usize,
    /// The number format most of the file is stored in.
    pub stored_as: String,
    /// Bytes the weights take in memory.
    pub weight_bytes: usize,
    /// The licence the file names, where it does.
    pub license: Option<String>,
}

/// A loaded model. Clones share it; it is unloaded when the last one is dropped.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    jobs: Mutex<mpsc::Sender<Job>>,
    base: Base,
    info: ModelInfo,
    fingerprint: String,
}

impl Engine {
    /// Loads a GGUF file. Blocks until the model is ready, which takes a second for small models.
    pub fn load(path: &Path, options: &Options) -> Result<Self, EngineError> {
        Self::load_with_progress(path, options, &|_| ())
    }

    /// Loads a GGUF file and reports how far it is, from several threads.
    pub fn load_with_progress(
        path: &Path,
        options: &Options,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, EngineError> {
        let file = Gguf::open(path)?;
        let (base, hash) = rayon::join(
            || Base::from_gguf(&file, options.precision, options.date, progress),
            || options.known_hash.clone().map_or_else(|| weights_hash(path), Ok),
        );
        let (base, hash) = (base?, hash?);
        let config = base.config();
        let info = ModelInfo {
            name: file.string("general.name").map(str::to_owned),
            architecture: config.architecture,
            context_tokens: config.context,
            layers: config.layers,
            width: config.width,
            vocabulary: config.vocabulary,
            stored_as: file.main_kind().map(|kind| format!("{kind:?}")).unwrap_or_default(),
            weight_bytes: base.model().bytes(),
            license: file.string("general.license").map(str::to_owned),
        };
        let computed_as = match options.precision {
            Precision::Quantised => "q8_0",
            Precision::Exact => "f32",
        };
        let (sender, jobs) = mpsc::channel();
        let worker = Worker::new(base.clone(), options);
        // The thread is one of a pool of its own: what it splits it also works on itself, and it never waits for a thread
        // that has not begun.
        let failed = |error: &dyn std::error::Error| EngineError::Stopped { reason: error.to_string() };
        let pool = rayon::ThreadPoolBuilder::new()
            .thread_name(|index| format!("engine-{index}"))
            .build()
            .map_err(|error| failed(&error))?;
        thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || pool.install(move || worker.run(&jobs)))
            .map_err(|error| failed(&error))?;
        let fingerprint = format!("{hash}/{computed_as}");
        Ok(Self { shared: Arc::new(Shared { jobs: Mutex::new(sender), base, info, fingerprint }) })
    }

    /// Begins an answer. Returns at once; `sink` hears of everything else, errors of the request included.
    pub fn generate(&self, request: GenerateRequest, sink: impl Sink + 'static) -> Generation {
        let (generation, cancelled) = Generation::new();
        let job = Job { request, sink: Box::new(sink), cancelled };
        let jobs = self.shared.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(mpsc::SendError(mut job)) = jobs.send(job) {
            let reason = "its thread has ended".to_owned();
            let _ = job.sink.event(GenerateEvent::Failed(EngineError::Stopped { reason }));
        }
        generation
    }

    /// How many tokens `messages` take as a prompt, template included.
    pub fn count_tokens(&self, messages: &[ChatMessage]) -> Result<usize, EngineError> {
        self.prompt_tokens(messages).map(|tokens| tokens.len())
    }

    /// The tokens `messages` become as a prompt, template included.
    pub fn prompt_tokens(&self, messages: &[ChatMessage]) -> Result<Vec<u32>, EngineError> {
        self.shared.base.prompts().tokens(messages)
    }

    /// The text `messages` become as a prompt.
    pub fn prompt_text(&self, messages: &[ChatMessage]) -> Result<String, EngineError> {
        let prompts = self.shared.base.prompts();
        // Without a mark nothing is disarmed: this text is for reading, it is never turned into tokens.
        prompts.template.render(messages, &prompts.tokenizer, "", Turn::Models)
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.shared.base.prompts().tokenizer
    }

    /// The model itself: its weights are shared with whoever holds it.
    pub fn base(&self) -> &Base {
        &self.shared.base
    }

    /// Facts about the model.
    pub fn info(&self) -> &ModelInfo {
        &self.shared.info
    }

    /// What decides answers besides the request: the weights' hash and how they are computed with.
    pub fn fingerprint(&self) -> &str {
        &self.shared.fingerprint
    }
}
