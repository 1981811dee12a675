//! Counting tokens as an embedded model does, without loading its weights.

use std::path::Path;

use fourfold_engine::gguf::Gguf;
use fourfold_engine::{Config, Tokenizer};

use super::{ModelError, estimate_text};

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
