//! An answer put together from frames: what to hand on, when it is whole, when it was cut. No network here.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;

use super::failure::{Fault, shown};
use super::frame::{Failure, Frame, message_of};
use super::strict;
use crate::model::dialect::Protocol;
use crate::model::lines::in_words;
use crate::model::sse::ServerEvent;
use crate::model::withheld::Withheld;
use crate::model::{Key, ModelError, StopReason, StreamEvent, Usage};

/// How much of a frame that cannot be read is shown.
const EXCERPT_LIMIT: usize = 200;

/// How much of a token is shown.
const TOKEN_LIMIT: usize = 40;

/// What reading needs to know of the server.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) protocol: &'static dyn Protocol,
    pub(super) endpoint: &'a str,
    pub(super) key: Option<&'a Key>,
    pub(super) text_limit: usize,
}

/// The answer so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    queue: VecDeque<StreamEvent>,
    fault: Option<Fault>,
    stop: Option<StopReason>,
    usage: Usage,
    logprobs: Logprobs,
    said: Vec<String>,
    /// The ends of text and reasoning that may be the beginning of the key.
    withheld: [Withheld; 2],
    refused: bool,
    answered: bool,
    received: usize,
    over: bool,
}

/// What a response in one piece says, without a server: the events of a stream that would have said the same.
pub(in crate::model) fn whole_answer(
    protocol: &'static dyn Protocol,
    body: &Value,
) -> Vec<Result<StreamEvent, ModelError>> {
    const NOBODY: &str = "the file of results";
    let reader = Reader { protocol, endpoint: NOBODY, key: None, text_limit: usize::MAX };
    let mut answer = Answer::default();
    if let Some(failure) = protocol.read_error(body) {
        answer.fail(Fault::of_provider(&failure, NOBODY, None));
    } else if let Some(frame) = protocol.read_whole(body) {
        answer.take_frame(frame, reader);
        answer.finish(None);
    } else {
        let found = shown(&body.to_string(), EXCERPT_LIMIT, None);
        answer.fail(ModelError::Unexpected { endpoint: NOBODY.to_owned(), found });
    }
    let mut events: Vec<_> = std::iter::from_fn(|| answer.pop()).map(Ok).collect();
    events.extend(answer.take_fault().map(|fault| Err(fault.error)));
    events
}

/// How sure the model was, over all tokens of the answer.
#[derive(Debug, Default)]
struct Logprobs {
    count: usize,
    sum: f64,
    least: Option<(String, f64)>,
}

impl Answer {
    /// The next thing to hand on.
    pub(super) fn pop(&mut self) -> Option<StreamEvent> {
        self.queue.pop_front()
    }

    /// What ended it, once everything before has been handed on.
    pub(super) fn take_fault(&mut self) -> Option<Fault> {
        self.fault.take()
    }

    /// Nothing follows what is queued.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Some text or reasoning has arrived.
    pub(super) fn has_begun(&self) -> bool {
        self.received > 0
    }

    /// The model said why it stopped; only bookkeeping may follow.
    pub(super) fn has_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Forgets an attempt that brought no text; another one begins.
    pub(super) fn restart(&mut self) {
        let (queue, said) = (std::mem::take(&mut self.queue), std::mem::take(&mut self.said));
        *self = Self { queue, said, ..Self::default() };
    }

    /// Remarks for the trial's details, each once.
    pub(super) fn note(&mut self, notes: impl IntoIterator<Item = String>) {
        for note in notes {
            if !self.said.contains(&note) {
                self.said.push(note.clone());
                self.queue.push_back(StreamEvent::Noted(note));
            }
        }
    }

    /// A wait has this long to go.
    pub(super) fn wait(&mut self, left: Duration) {
        self.queue.push_back(StreamEvent::Waiting { seconds: left.as_secs_f64().ceil() as u64 });
    }

    /// Ends the answer with a fault. What came before stays with whoever holds it.
    pub(super) fn fail(&mut self, fault: impl Into<Fault>) {
        if !self.over {
            self.say_rest();
            self.fault = Some(fault.into());
            self.over = true;
        }
    }

    /// Ends the answer as whole.
    pub(super) fn finish(&mut self, note: Option<&str>) {
        if self.over {
            return;
        }
        self.say_rest();
        let mut notes: Vec<String> = note.map(str::to_owned).into_iter().collect();
        let stop = match self.stop.take() {
            Some(StopReason::Stop) | None if self.refused => StopReason::Refusal,
            Some(stop) => stop,
            None => {
                notes.push("the server gave no finish reason".to_owned());
                StopReason::Stop
            }
        };
        notes.extend(self.logprobs.in_words());
        self.queue.push_back(StreamEvent::Finished { stop, usage: self.counted(), notes });
        self.over = true;
    }

    /// The tokens as far as they were counted: no request and no text takes none, so a server that says 0 has not counted.
    fn counted(&self) -> Usage {
        let Usage { input, cached, output } = self.usage;
        let input = input.filter(|tokens| *tokens > 0);
        let output = output.filter(|tokens| *tokens > 0 || !self.has_begun());
        Usage { input, cached: cached.filter(|_| input.is_some()), output }
    }

    /// The stream's own mark of the end: whole if the model had said that it stopped. A server that breaks an answer off
    /// for another request may send the mark all the same.
    fn terminate(&mut self) {
        if self.has_stopped() {
            self.finish(None);
        } else {
            let reason = "the server ended the stream without a finish reason".to_owned();
            self.fail(ModelError::Truncated { reason });
        }
    }

    /// The connection closed in good order: whole if the model had said that it stopped, cut otherwise.
    pub(super) fn close(&mut self, reader: Reader<'_>) {
        if self.has_stopped() {
            self.finish(reader.protocol.has_terminator().then_some("no terminator"));
        } else {
            let reason = "the connection closed before the answer was whole".to_owned();
            self.fail(ModelError::Truncated { reason });
        }
    }

    /// Takes one event of the stream.
    pub(super) fn take_event(&mut self, event: &ServerEvent, reader: Reader<'_>) {
        let data = event.data.trim();
        if self.over || data.is_empty() {
            return;
        }
        if data == "[DONE]" {
            self.terminate();
            return;
        }
        let error_event = event.kind == "error";
        let value = match strict::from_str(data) {
            Ok(value) => value,
            Err(_) if error_event => Value::String(data.to_owned()),
            // Event types of other dialects are no concern here.
            Err(_) if !reader.protocol.knows(&event.kind) => return,
            Err(error) if error.is_eof() => {
                self.fail(ModelError::Truncated { reason: format!("the frame at byte {} is not whole", event.at) });
                return;
            }
            Err(error) => {
                let excerpt = shown(data, EXCERPT_LIMIT, reader.key);
                let reason = format!("bad frame at byte {}: {error}: {excerpt}", event.at);
                self.fail(ModelError::BadFrame { reason });
                return;
            }
        };
        if error_event {
            let failure = reader.protocol.read_error(&value).unwrap_or_else(|| {
                let whole = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Failure::new("error", message_of(&value).unwrap_or(whole))
            });
            self.fail(Fault::of_provider(&failure, reader.endpoint, reader.key));
            return;
        }
        self.take_frame(reader.protocol.read_event(&event.kind, &value), reader);
    }

    /// Takes one frame.
    pub(super) fn take_frame(&mut self, frame: Frame, reader: Reader<'_>) {
        let Frame { text, reasoning, refusal, whole, stop, usage, error, end, logprobs, notes } = frame;
        if self.over {
            return;
        }
        if let Some(usage) = usage {
            // Counts are cumulative; a later frame corrects an earlier one, field by field.
            self.usage.input = usage.input.or(self.usage.input);
            self.usage.cached = usage.cached.or(self.usage.cached);
            self.usage.output = usage.output.or(self.usage.output);
        }
        let text = if text.is_empty() && refusal.is_empty() && !self.answered { whole } else { text };
        self.refused |= !refusal.is_empty();
        self.answered |= !text.is_empty() || !refusal.is_empty();
        self.received += text.len() + reasoning.len() + refusal.len();
        if self.received > reader.text_limit {
            self.fail(ModelError::TooLarge { limit: format!("{} of text", in_words(reader.text_limit)) });
            return;
        }
        let secret = reader.key.map(Key::secret);
        let [of_text, of_reasoning] = &mut self.withheld;
        let reasoning = of_reasoning.pass(reasoning, secret);
        let text = of_text.pass(text + &refusal, secret);
        self.say(reasoning, StreamEvent::Reasoning);
        self.say(text, StreamEvent::Text);
        self.logprobs.take(logprobs);
        self.note(notes.into_iter().map(|note| shown(&note, EXCERPT_LIMIT, reader.key)));
        if stop.is_some() {
            self.stop = stop;
        }
        if let Some(error) = error {
            self.fail(Fault::of_provider(&error, reader.endpoint, reader.key));
        } else if end {
            self.terminate();
        }
    }

    /// Queues what was kept back of the text: nothing more comes.
    fn say_rest(&mut self) {
        let [text, reasoning] = self.withheld.each_mut().map(Withheld::rest);
        self.say(reasoning, StreamEvent::Reasoning);
        self.say(text, StreamEvent::Text);
    }

    /// Queues text; what is still waiting to be handed on grows instead, so that a burst costs one event.
    fn say(&mut self, more: String, event: fn(String) -> StreamEvent) {
        if more.is_empty() {
            return;
        }
        let more = event(more);
        match (self.queue.back_mut(), &more) {
            (Some(StreamEvent::Text(waiting)), StreamEvent::Text(more))
            | (Some(StreamEvent::Reasoning(waiting)), StreamEvent::Reasoning(more)) => waiting.push_str(more),
            _ => self.queue.push_back(more),
        }
    }
}

impl Logprobs {
    fn take(&mut self, tokens: Vec<(String, f64)>) {
        // Some servers write minus infinity as a very low number; a sum over it would say nothing.
        for (token, logprob) in tokens.into_iter().filter(|(_, logprob)| (-1000.0..=0.0).contains(logprob)) {
            self.count += 1;
            self.sum += logprob;
            if self.least.as_ref().is_none_or(|(_, least)| logprob < *least) {
                self.least = Some((token, logprob));
            }
        }
    }

    fn in_words(&self) -> Option<String> {
        let (token, least) = self.least.as_ref()?;
        let mean = (self.sum / self.count as f64).exp();
        let token = shown(token, TOKEN_LIMIT, None);
        Some(format!("token probability {mean:.2} on average; least sure of “{token}” ({:.2})", least.exp()))
    }
}
