//! A model fed by hand: tokens in, logits out, for measuring a model rather than talking with it.

use std::path::Path;

use crate::model::cache::Cache;
use crate::model::{Precision, Stepped, Turn, Wanted};
use crate::{Base, EngineError, Tuned};

/// One sequence of tokens and the model that reads it. Works on the caller's thread.
pub struct Evaluator {
    base: Base,
    cache: Cache,
    tuned: Option<Tuned>,
}

impl Evaluator {
    /// Loads a GGUF file.
    pub fn load(path: &Path, precision: Precision) -> Result<Self, EngineError> {
        Ok(Self::new(&Base::load(path, precision)?))
    }

    /// Reads with a model that is loaded.
    pub fn new(base: &Base) -> Self {
        Self { base: base.clone(), cache: Cache::new(base.model().page_shape()), tuned: None }
    }

    /// Forgets what was read, and reads with this adapter from now on.
    pub fn tune(&mut self, tuned: Option<Tuned>) -> Result<(), EngineError> {
        if let Some(tuned) = &tuned {
            tuned.check(&self.base)?;
        }
        self.tuned = tuned;
        self.restart();
        Ok(())
    }

    /// Forgets what was read.
    pub fn restart(&mut self) {
        self.cache = Cache::new(self.base.model().page_shape());
    }

    /// Reads more tokens and returns the logits of what could follow the last of them.
    pub fn read(&mut self, tokens: &[u32]) -> Result<Vec<f32>, EngineError> {
        let config = self.base.config();
        let (end, context_tokens) = (self.cache.length() + tokens.len(), config.context);
        if end > context_tokens {
            return Err(EngineError::PromptTooLong { prompt_tokens: end, context_tokens });
        }
        if tokens.is_empty() || tokens.iter().any(|&token| token as usize >= config.vocabulary) {
            return Err(EngineError::EmptyRequest { reason: "no token of this vocabulary" });
        }
        let turn = Turn { cache: &mut self.cache, tokens, wanted: Wanted::Last, tuned: self.tuned.as_ref() };
        match self.base.model().step(&mut [turn], &|| false) {
            Stepped::Done(logits) => {
                let logits = logits.into_iter().flatten().next().unwrap_or_default();
                if logits.iter().all(|logit| logit.is_finite()) {
                    return Ok(logits);
                }
                Err(Tuned::overflow(self.tuned.as_ref()))
            }
            Stepped::Abandoned => Ok(Vec::new()),
        }
    }

    /// The log-probability of each token of `completion` after `prompt`, read anew.
    pub fn log_probabilities(&mut self, prompt: &[u32], completion: &[u32]) -> Result<Vec<f64>, EngineError> {
        self.restart();
        let mut logits = self.read(prompt)?;
        let mut found = Vec::with_capacity(completion.len());
        for (index, &token) in completion.iter().enumerate() {
            let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = logits.iter().map(|logit| f64::from(logit - most).exp()).sum();
            let logit = logits
                .get(token as usize)
                .copied()
                .ok_or(EngineError::EmptyRequest { reason: "no token of this vocabulary" })?;
            found.push(f64::from(logit - most) - sum.ln());
            if index + 1 < completion.len() {
                logits = self.read(&[token])?;
            }
        }
        Ok(found)
    }
}
