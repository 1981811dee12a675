//! Counting tokens as an embedded model does, without loading its weights.

use std::path::Path;

use fourfold_engine::gguf::Gguf;
use fourfold_engine::{Config, PromptCounter, Tokenizer};

use super::{ModelError, TokenCount, estimate_text, estimate_tokens};
use crate::prompt::Message;

/// What messages take as a prompt of an embedded model, its chat template included.
pub struct PromptTokens(PromptCounter);

impl PromptTokens {
    /// Reads template and tokenizer of the GGUF file at `path`.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        PromptCounter::open(path).map(Self).map_err(|error| super::embedded::fault(&error))
    }

    /// The tokens of a conversation.
    pub fn count(&self, messages: &[Message]) -> TokenCount {
        match self.0.count(&super::embedded::chat(messages)) {
            Ok(tokens) => TokenCount { tokens, exact: true },
            Err(_) => estimate_tokens(messages),
        }
    }
}

/// A tokenizer and the length of the context it fills.
pub struct TokenCounter {
    tokenizer: Tokenizer,
    config: Config,
}

impl TokenCounter {
    /// Reads the tokenizer of the GGUF file at `path`.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let fault = |error: &fourfold_engine::EngineError| super::embedded::fault(error);
        let file = Gguf::open(path).map_err(|error| fault(&error))?;
        let config = Config::from_gguf(&file).map_err(|error| fault(&error))?;
        let tokenizer = Tokenizer::from_gguf(&file).map_err(|error| fault(&error))?;
        Ok(Self { tokenizer, config })
    }

    /// How many tokens a text takes by itself.
    pub fn count(&self, text: &str) -> usize {
        self.tokenizer.encode(text).map_or_else(|_| estimate_text(text), |tokens| tokens.len())
    }

    /// Tokens the context holds.
    pub const fn context(&self) -> usize {
        self.config.context
    }

    /// The shape of the model.
    pub const fn config(&self) -> &Config {
        &self.config
    }
}
