//! One answer in progress: its prompt, its cache, its sampler, and the way out for its text.

use std::ops::ControlFlow;

use super::prefix::{Kept, common};
use super::request::{Cancelled, Ended, GenerateEvent, Sink};
use super::worker::Job;
use crate::EngineError;
use crate::adapter::{Tuned, TunedKey};
use crate::model::cache::Cache;
use crate::model::{Transformer, Turn, Wanted};
use crate::sampler::Sampler;
use crate::stop::{Flow, TextStream};
use crate::tokenizer::Tokenizer;

/// What a sequence is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Reading the prompt.
    Prompt,
    /// Answering.
    Answer,
}

/// An answer in progress.
pub(super) struct Sequence {
    /// The prompt, then the answer so far.
    tokens: Vec<u32>,
    prompt_length: usize,
    cached: usize,
    cache: Cache,
    /// The adapter that works in it, if any does.
    tuned: Option<Tuned>,
    sampler: Sampler,
    text: TextStream,
    sink: Box<dyn Sink>,
    cancelled: Cancelled,
    /// Tokens the answer may have: the request's limit or what the context leaves.
    most_tokens: usize,
    over: bool,
}

impl Sequence {
    pub(super) fn new(job: Job, prompt: Vec<u32>, model: &Transformer) -> Self {
        let Job { request, sink, cancelled } = job;
        let room = model.config().context.saturating_sub(prompt.len());
        Self {
            prompt_length: prompt.len(),
            cached: 0,
            cache: Cache::new(model.page_shape()),
            // At strength 0 the computation is the base's own, and so are its prefixes.
            tuned: request.tuned.filter(|tuned| tuned.scale != 0.0),
            sampler: Sampler::new(request.sampling, model.config().vocabulary, &prompt),
            text: TextStream::new(&request.stop),
            sink,
            cancelled,
            most_tokens: request.max_tokens.unwrap_or(usize::MAX).min(room),
            over: false,
            tokens: prompt,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        if self.tokens.len() == self.prompt_length { Phase::Prompt } else { Phase::Answer }
    }

    pub(super) fn prompt(&self) -> &[u32] {
        self.tokens.get(..self.prompt_length).unwrap_or_default()
    }

    pub(super) fn cache(&self) -> &Cache {
        &self.cache
    }

    pub(super) fn cancelled(&self) -> &Cancelled {
        &self.cancelled
    }

    /// Nothing was computed or reused for this sequence yet.
    pub(super) fn is_untouched(&self) -> bool {
        self.cache.length() == 0
    }

    /// Ended or cancelled.
    pub(super) fn is_over(&self) -> bool {
        self.over || self.cancelled.is_set()
    }

    /// Tokens that are not in the cache yet.
    pub(super) fn pending(&self) -> &[u32] {
        self.tokens.get(self.cache.length()..).unwrap_or_default()
    }

    /// The sequence's part in a step that adds `count` of its pending tokens to the cache.
    pub(super) fn turn(&mut self, count: usize) -> Turn<'_> {
        let pending = self.tokens.get(self.cache.length()..).unwrap_or_default();
        let wanted = if count == pending.len() { Wanted::Last } else { Wanted::Nothing };
        let tokens = pending.get(..count).unwrap_or_default();
        Turn { cache: &mut self.cache, tokens, wanted, tuned: self.tuned.as_ref() }
    }

    /// What its keys and values depend on besides its tokens.
    pub(super) fn tuned_key(&self) -> Option<TunedKey> {
        self.tuned.as_ref().map(Tuned::key)
    }

    /// How much of `prompt` this sequence has computed.
    pub(super) fn ahead(&self, prompt: &[u32]) -> usize {
        common(self.tokens.get(..self.cache.length()).unwrap_or_default(), prompt)
    }

    /// Continues from a cache that holds more of the prompt than this one.
    pub(super) fn start_from(&mut self, cache: Option<Cache>) {
        if let Some(cache) = cache.filter(|cache| cache.length() > self.cache.length()) {
            self.cached += cache.length() - self.cache.length();
            self.cache = cache;
        }
    }

    /// Takes the next token from its logits and sends what it adds to the text.
    pub(super) fn advance(&mut self, logits: Vec<f32>, tokenizer: &Tokenizer) {
        if self.is_over() {
            return;
        }
        let token = match self.sampler.pick(logits) {
            Ok(token) => token,
            Err(EngineError::NotANumber) => {
                return self.end(GenerateEvent::Failed(Tuned::overflow(self.tuned.as_ref())));
            }
            Err(error) => return self.end(GenerateEvent::Failed(error)),
        };
        if self.phase() == Phase::Prompt {
            let prefilled = GenerateEvent::Prefilled { input_tokens: self.prompt_length, cached_tokens: self.cached };
            self.send(prefilled);
        }
        if self.most_tokens == 0 {
            return self.finish(Ended::Length);
        }
        self.tokens.push(token);
        if tokenizer.is_end(token) {
            return self.finish(Ended::Stop);
        }
        match self.text.push(tokenizer.bytes(token)) {
            Flow::Text(text) => self.send_text(text),
            Flow::Stopped(text) => {
                self.send_text(text);
                return self.end(GenerateEvent::Finished { ended: Ended::Stop, output_tokens: self.answered() });
            }
        }
        if self.answered() >= self.most_tokens {
            self.finish(Ended::Length);
        }
    }

    fn answered(&self) -> usize {
        self.tokens.len() - self.prompt_length
    }

    fn finish(&mut self, ended: Ended) {
        let rest = self.text.finish();
        self.send_text(rest);
        self.end(GenerateEvent::Finished { ended, output_tokens: self.answered() });
    }

    fn send_text(&mut self, text: String) {
        if !text.is_empty() {
            self.send(GenerateEvent::Text(text));
        }
    }

    fn end(&mut self, event: GenerateEvent) {
        self.send(event);
        self.over = true;
    }

    fn send(&mut self, event: GenerateEvent) {
        if !self.is_over() && self.sink.event(event) == ControlFlow::Break(()) {
            self.over = true;
        }
    }

    /// What is worth keeping when it is over.
    pub(super) fn into_kept(self) -> Kept {
        Kept { key: self.tuned_key(), tokens: self.tokens, cache: self.cache }
    }
}
