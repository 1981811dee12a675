//! Answers to held-out cases while a training goes on: what a screen shows beside the loss.

use std::path::Path;
use std::sync::Arc;

use fourfold_engine::gguf::Gguf;
use fourfold_engine::{Base, Evaluator, Example, Tokenizer, Trainer, Tuned};

use super::error::TuneError;
use super::examples::TuneExample;
use super::journal::TuneEvent;
use super::settings::engine;

/// Cases that are answered.
const CASES: usize = 2;
/// An answer goes on for at most so many tokens beyond the reference's.
const LONGER: usize = 32;

/// Answers a few held-out cases with the adapter as it is, greedily.
pub(super) struct Sampler {
    tokenizer: Tokenizer,
    evaluator: Evaluator,
    cases: Vec<(TuneExample, Example)>,
}

impl Sampler {
    /// For the first of the held-out cases.
    pub(super) fn new(path: &Path, base: &Base, rows: &[TuneExample], examples: &[Example]) -> Result<Self, TuneError> {
        let file = Gguf::open(path).map_err(|error| engine(&error))?;
        let tokenizer = Tokenizer::from_gguf(&file).map_err(|error| engine(&error))?;
        let cases = rows.iter().cloned().zip(examples.iter().cloned()).take(CASES).collect();
        Ok(Self { tokenizer, evaluator: Evaluator::new(base), cases })
    }

    /// What the model says by now.
    pub(super) fn answers(&mut self, trainer: &Trainer) -> Result<Vec<TuneEvent>, TuneError> {
        if self.cases.is_empty() {
            return Ok(Vec::new());
        }
        let adapter = trainer.adapter().map_err(|error| engine(&error))?;
        self.evaluator.tune(Some(Tuned::new(Arc::new(adapter)))).map_err(|error| engine(&error))?;
        let mut events = Vec::new();
        for (row, example) in &self.cases {
            self.evaluator.restart();
            let most = example.completion.len() + LONGER;
            let mut bytes = Vec::new();
            let mut logits = self.evaluator.read(&example.prompt).map_err(|error| engine(&error))?;
            for _ in 0..most {
                let Some(token) = likeliest(&logits).filter(|token| !self.tokenizer.is_end(*token)) else { break };
                bytes.extend_from_slice(self.tokenizer.bytes(token));
                // The context may be full; what there is stands.
                let Ok(next) = self.evaluator.read(&[token]) else { break };
                logits = next;
            }
            events.push(TuneEvent::Sample {
                step: trainer.step() as u64,
                case: row.row.clone(),
                reference: row.answer.clone(),
                answer: String::from_utf8_lossy(&bytes).into_owned(),
            });
        }
        Ok(events)
    }
}

fn likeliest(logits: &[f32]) -> Option<u32> {
    let best = logits.iter().enumerate().max_by(|left, right| left.1.total_cmp(right.1));
    best.map(|(token, _)| token as u32)
}
