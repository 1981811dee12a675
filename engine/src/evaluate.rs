//! A model fed by hand: tokens in, logits out, for measuring a model rather than talking with it.

use std::path::Path;

use crate::EngineError;
use crate::gguf::Gguf;
use crate::model::cache::Cache;
use crate::model::{Precision, Stepped, Transformer, Turn, Wanted};

/// One sequence of tokens and the model that reads it. Works on the caller's thread.
pub struct Evaluator {
    model: Transformer,
    cache: Cache,
}

impl Evaluator {
    /// Loads a GGUF file.
    pub fn load(path: &Path, precision: Precision) -> Result<Self, EngineError> {
        let model = Transformer::load(&Gguf::open(path)?, precision, &|_| ())?;
        let cache = Cache::new(model.page_shape());
        Ok(Self { model, cache })
    }

    /// Forgets what was read.
    pub fn restart(&mut self) {
        self.cache = Cache::new(self.model.page_shape());
    }

    /// Reads more tokens and returns the logits of what could follow the last of them.
    pub fn read(&mut self, tokens: &[u32]) -> Result<Vec<f32>, EngineError> {
        let config = self.model.config();
        let (end, context_tokens) = (self.cache.length() + tokens.len(), config.context);
        if end > context_tokens {
            return Err(EngineError::PromptTooLong { prompt_tokens: end, context_tokens });
        }
        if tokens.is_empty() || tokens.iter().any(|&token| token as usize >= config.vocabulary) {
            return Err(EngineError::EmptyRequest { reason: "no token of this vocabulary" });
        }
        let turn = Turn { cache: &mut self.cache, tokens, wanted: Wanted::Last };
        match self.model.step(&mut [turn], &|| false) {
            Stepped::Done(logits) => Ok(logits.into_iter().flatten().next().unwrap_or_default()),
            Stepped::Abandoned => Ok(Vec::new()),
        }
    }
}
