//! What can go wrong in the engine: each error says what, where, and what to do next.

use std::path::PathBuf;

use thiserror::Error;

/// Everything the engine can refuse or fail at.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineError {
    /// The file could not be opened or read.
    #[error("cannot read {}: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A file could not be written.
    #[error("cannot write {}: {reason}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
        /// Whether the disk, or what may be used of it, is full.
        full: bool,
    },
    /// The file is not a usable GGUF file.
    #[error("{} is not a usable GGUF file: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// The file holds no embedding model that runs here.
    #[error("{} is not a usable embedding model: {reason}", path.display())]
    Embedding {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// The file's architecture has no forward pass here.
    #[error("the architecture `{name}` is not supported (supported: {supported})")]
    UnsupportedArchitecture {
        /// The architecture the file names.
        name: String,
        /// The architectures that work.
        supported: String,
    },
    /// A feature of a supported architecture that has no forward pass here.
    #[error("the model uses {feature}, which is not supported")]
    UnsupportedFeature {
        /// The feature, with the metadata key that asks for it.
        feature: String,
    },
    /// The file's tokenizer cannot be reproduced exactly.
    #[error("the tokenizer `{name}` is not supported (supported: {supported})")]
    UnsupportedTokenizer {
        /// The tokenizer model or pre-tokenizer the file names.
        name: String,
        /// The ones that work.
        supported: String,
    },
    /// The chat template is missing, broken, or refused the messages.
    #[error("the model's chat template failed: {reason}")]
    Template {
        /// What the template engine said.
        reason: String,
    },
    /// The prompt does not fit.
    #[error("the prompt is {prompt_tokens} tokens long, the model's context holds {context_tokens}")]
    PromptTooLong {
        /// Tokens of the prompt.
        prompt_tokens: usize,
        /// Tokens the context holds; one of them must stay free for the answer.
        context_tokens: usize,
    },
    /// A sampling parameter is out of range.
    #[error("{parameter} = {value} is out of range: {allowed}")]
    Sampling {
        /// The parameter.
        parameter: &'static str,
        /// What was asked for.
        value: String,
        /// What is possible.
        allowed: &'static str,
    },
    /// A request without messages, or one that renders to nothing.
    #[error("there is nothing to answer: {reason}")]
    EmptyRequest {
        /// What is missing.
        reason: &'static str,
    },
    /// A training cannot begin or go on.
    #[error("training: {reason}")]
    Tuning {
        /// What is wrong, and where.
        reason: String,
    },
    /// An adapter cannot be used.
    #[error("the adapter {name}: {reason}")]
    Adapter {
        /// The file or folder, or what else it is known by.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// The numbers went wrong with an adapter at work.
    #[error("the adapter {adapter}, at strength {strength}, makes the model's numbers overflow")]
    Overflow {
        /// What the adapter is known by.
        adapter: String,
        /// How strongly it works.
        strength: String,
    },
    /// The numbers went wrong: the weights are damaged.
    #[error("the model computed a value that is not a number")]
    NotANumber,
    /// The engine's thread ended.
    #[error("the engine has stopped: {reason}")]
    Stopped {
        /// Why, where known.
        reason: String,
    },
    /// The tensor library failed.
    #[error("the tensor library failed: {reason}")]
    Tensor {
        /// What it said.
        reason: String,
    },
}

impl EngineError {
    /// A file that could not be written.
    pub(crate) fn write(path: &std::path::Path, error: &std::io::Error) -> Self {
        let full = matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded);
        Self::Write { path: path.to_owned(), reason: error.to_string(), full }
    }

    /// What the user can do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Read { .. } => "Check the path and its permissions.",
            Self::Write { .. } => "Check that the folder is there, may be written to, and has room.",
            Self::Malformed { .. } | Self::Embedding { .. } => {
                "Download the file again and compare its size and hash with the source's."
            }
            Self::UnsupportedArchitecture { .. } | Self::UnsupportedFeature { .. } => {
                "Choose a GGUF file of a supported family, or serve this one with llama-server or Ollama and use that."
            }
            Self::UnsupportedTokenizer { .. } => {
                "A guessed tokenizer would silently change every prompt; serve this file with llama-server or Ollama."
            }
            Self::Template { .. } => {
                "Check the roles and their order; some templates insist on user and assistant in turn."
            }
            Self::PromptTooLong { .. } => {
                "Shorten the prompt, use fewer exemplars, or choose a model with a longer context."
            }
            Self::Sampling { .. } => "Change the parameter.",
            Self::EmptyRequest { .. } => "Add a user message.",
            Self::Tuning { .. } => "Change the setting or the examples named.",
            Self::Adapter { .. } => "Use it with the model it was trained on, or save it again where it was made.",
            Self::Overflow { .. } => {
                "Ask it at a lower strength (`adapter_scale`), check the alpha it was saved with, or train it again with a lower \
                 learning rate."
            }
            Self::NotANumber => "The file is probably damaged: download it again and check its hash.",
            Self::Stopped { .. } => "Load the model again.",
            Self::Tensor { .. } => "This is a defect of the engine: please report it with the model file's name.",
        }
    }
}

impl From<candle_core::Error> for EngineError {
    fn from(error: candle_core::Error) -> Self {
        Self::Tensor { reason: error.to_string() }
    }
}
