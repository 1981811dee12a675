//! The engine's thread: takes requests as they come and advances all of them together, one step at a time.
//!
//! A step gives every answer in progress its next token and, in the same batch, reads a bounded piece of the prompts that
//! are still being read. A request that arrives joins at the next step.

use std::sync::mpsc::{Receiver, TryRecvError};

use super::Options;
use super::prefix::{PrefixStore, common};
use super::request::{Cancelled, GenerateRequest, Sink};
use super::sequence::{Phase, Sequence};
use crate::model::Stepped;
use crate::{Base, EngineError};

/// Prompt tokens read in one step beside answers in progress: enough to fill the cores, too few to make an answer stutter.
const PROMPT_TOKENS_BESIDE_ANSWERS: usize = 32;
/// Prompt tokens read in one step when nobody waits for a token.
const PROMPT_TOKENS_ALONE: usize = 128;

/// A request on its way to the thread.
pub(super) struct Job {
    pub(super) request: GenerateRequest,
    pub(super) sink: Box<dyn Sink>,
    pub(super) cancelled: Cancelled,
}

/// What the thread owns.
pub(super) struct Worker {
    base: Base,
    prefixes: PrefixStore,
    waiting: std::collections::VecDeque<Job>,
    running: Vec<Sequence>,
    most_running: usize,
}

impl Worker {
    pub(super) fn new(base: Base, options: &Options) -> Self {
        let prefixes = PrefixStore::new(options.prefix_bytes, base.model().page_shape().bytes());
        Self {
            base,
            prefixes,
            waiting: std::collections::VecDeque::new(),
            running: Vec::new(),
            most_running: options.sequences.max(1),
        }
    }

    /// Works until nobody can send requests any more.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            if self.running.is_empty() && self.waiting.is_empty() {
                match jobs.recv() {
                    Ok(job) => self.waiting.push_back(job),
                    Err(_) => return,
                }
            }
            loop {
                match jobs.try_recv() {
                    Ok(job) => self.waiting.push_back(job),
                    Err(TryRecvError::Empty) => break,
                    // Every engine handle is gone, and with it everyone who could want an answer.
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            self.admit();
            self.drop_cancelled();
            if !self.running.is_empty() {
                self.step();
            }
        }
    }

    /// Lets waiting requests in while there is room.
    fn admit(&mut self) {
        self.waiting.retain(|job| !job.cancelled.is_set());
        while self.running.len() < self.most_running
            && let Some(mut job) = self.waiting.pop_front()
        {
            let prepared =
                check_tuning(&self.base, &job.request).and_then(|()| self.base.prompts().prepare(&job.request));
            match prepared {
                Ok(prompt) => self.running.push(Sequence::new(job, prompt, self.base.model())),
                Err(error) => {
                    let _ = job.sink.event(crate::GenerateEvent::Failed(error));
                }
            }
        }
    }

    fn drop_cancelled(&mut self) {
        let (ended, running) = std::mem::take(&mut self.running).into_iter().partition(Sequence::is_over);
        self.running = running;
        for sequence in ended {
            self.prefixes.keep(sequence.into_kept());
        }
    }

    /// Starts prompts from what is already computed, in kept sequences or in running ones.
    fn reuse(&mut self) {
        for index in 0..self.running.len() {
            let Some(sequence) = self.running.get(index) else { continue };
            let Phase::Prompt = sequence.phase() else { continue };
            // The last token must be computed here: its logits are what the answer begins from.
            let usable = sequence.prompt().get(..sequence.prompt().len() - 1).unwrap_or_default();
            let sibling = self
                .running
                .iter()
                .filter(|other| other.tuned_key() == sequence.tuned_key())
                .map(|other| (other.ahead(usable), other))
                .max_by_key(|(length, _)| *length)
                .filter(|(length, _)| *length > sequence.cache().length())
                .map(|(length, other)| other.cache().prefix(length));
            let kept = if sequence.is_untouched() { self.prefixes.longest(sequence.tuned_key(), usable) } else { None };
            let best = [sibling, kept].into_iter().flatten().max_by_key(crate::model::cache::Cache::length);
            if let Some(sequence) = self.running.get_mut(index) {
                sequence.start_from(best);
            }
        }
    }

    /// Whether a sequence before this one is about to compute the beginning this one needs.
    fn can_wait(&self, index: usize) -> bool {
        let Some(sequence) = self.running.get(index) else { return false };
        self.running.iter().take(index).any(|other| {
            matches!(other.phase(), Phase::Prompt) && other.tuned_key() == sequence.tuned_key() && {
                let shared = common(other.prompt(), sequence.prompt()).min(sequence.prompt().len() - 1);
                shared > sequence.cache().length() && shared > other.cache().length()
            }
        })
    }

    /// How many tokens each running sequence gets in the next step.
    fn plan(&self) -> Vec<usize> {
        let answers = self.running.iter().filter(|sequence| matches!(sequence.phase(), Phase::Answer)).count();
        let mut budget = if answers == 0 { PROMPT_TOKENS_ALONE } else { PROMPT_TOKENS_BESIDE_ANSWERS };
        self.running
            .iter()
            .enumerate()
            .map(|(index, sequence)| match sequence.phase() {
                Phase::Answer => 1,
                Phase::Prompt if self.can_wait(index) => 0,
                Phase::Prompt => {
                    let tokens = sequence.pending().len().min(budget);
                    budget -= tokens;
                    tokens
                }
            })
            .collect()
    }

    fn step(&mut self) {
        self.reuse();
        let plan = self.plan();
        let cancelled: Vec<Cancelled> = self.running.iter().map(|sequence| sequence.cancelled().clone()).collect();
        let mut turns = Vec::new();
        let mut chosen = Vec::new();
        for (index, (sequence, &count)) in self.running.iter_mut().zip(&plan).enumerate() {
            if count == 0 {
                continue;
            }
            turns.push(sequence.turn(count));
            chosen.push(index);
        }
        let stepped = self.base.model().step(&mut turns, &|| cancelled.iter().any(Cancelled::is_set));
        drop(turns);
        match stepped {
            Stepped::Done(logits) => {
                for (index, logits) in chosen.into_iter().zip(logits) {
                    if let (Some(sequence), Some(logits)) = (self.running.get_mut(index), logits) {
                        sequence.advance(logits, &self.base.prompts().tokenizer);
                    }
                }
            }
            // Somebody cancelled; the others lose nothing but this step.
            Stepped::Abandoned => {}
        }
        self.drop_cancelled();
    }
}

/// An adapter must have the shape of this model, and belong to it as far as it says where it belongs.
fn check_tuning(base: &Base, request: &GenerateRequest) -> Result<(), EngineError> {
    request.tuned.as_ref().map_or(Ok(()), |tuned| tuned.check(base))
}
