//! A model's weights and its way of writing prompts, shared by everyone who works with them: the service that answers, and
//! a training beside it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::gguf::Gguf;
use crate::model::{Precision, Progress, Transformer};
use crate::prompts::Prompts;
use crate::service::ChatMessage;
use crate::template::{ChatTemplate, Date};
use crate::tokenizer::Tokenizer;
use crate::train::Example;
use crate::{Config, EngineError};

/// A loaded base model. Clones share it.
#[derive(Clone)]
pub struct Base(Arc<Shared>);

struct Shared {
    model: Transformer,
    prompts: Prompts,
    path: PathBuf,
    hash: OnceLock<Result<String, EngineError>>,
}

impl Base {
    /// Loads a GGUF file. Training wants [`Precision::Quantised`]: the weights answers will be made with, in a quarter of
    /// the memory; computed with in 32 bits either way.
    pub fn load(path: &Path, precision: Precision) -> Result<Self, EngineError> {
        Self::from_gguf(&Gguf::open(path)?, precision, Date::default(), &|_| ())
    }

    pub(crate) fn from_gguf(
        file: &Gguf,
        precision: Precision,
        date: Date,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, EngineError> {
        let (model, tokenizer) =
            rayon::join(|| Transformer::load(file, precision, progress), || Tokenizer::from_gguf(file));
        let model = model?;
        let prompts = Prompts {
            tokenizer: tokenizer?,
            template: ChatTemplate::from_gguf(file, date)?,
            context: model.config().context,
        };
        Ok(Self(Arc::new(Shared { model, prompts, path: file.path().to_owned(), hash: OnceLock::new() })))
    }

    /// The shape of the model.
    pub fn config(&self) -> &Config {
        self.0.model.config()
    }

    /// A hash of the weights themselves, whatever else the file says: what an adapter belongs to. Computed when first
    /// asked for.
    pub fn hash(&self) -> Result<&str, EngineError> {
        let hash = self.0.hash.get_or_init(|| Gguf::open(&self.0.path)?.tensors_hash());
        hash.as_deref().map_err(Clone::clone)
    }

    /// What to train on so that the model answers `messages` with `answer`: exactly the tokens it is asked with, and the
    /// answer with the token that ends a turn.
    pub fn example(&self, messages: &[ChatMessage], answer: &str) -> Result<Example, EngineError> {
        self.0.prompts.example(messages, answer)
    }

    pub(crate) fn model(&self) -> &Transformer {
        &self.0.model
    }

    pub(crate) fn prompts(&self) -> &Prompts {
        &self.0.prompts
    }
}
