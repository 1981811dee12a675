//! One trial, watched from its start to its outcome: one call to a model, or the several of a strategy (`follow`).

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::mpsc;

use super::clock::stopwatch;
use super::follow::{CallDone, Inner, follow};
use super::outcome::{outcome_of_error, outcome_of_stop};
use super::plan::Plan;
use crate::model::{Model, ModelError, Parameters, Request, StopReason, StreamEvent, Usage};
use crate::prompt::Message;
use crate::score::Outcome;

/// What is asked of whom.
#[derive(Clone)]
pub struct TrialCall {
    /// The model.
    pub model: Arc<dyn Model>,
    /// The messages as they are sent; of the first call, where there are several.
    pub messages: Vec<Message>,
    /// How to sample them.
    pub parameters: Parameters,
    /// What follows, where one call does not make the answer.
    pub plan: Option<Arc<Plan>>,
}

impl TrialCall {
    /// One call, whose text is the answer.
    pub fn one(model: Arc<dyn Model>, messages: Vec<Message>, parameters: Parameters) -> Self {
        Self { model, messages, parameters, plan: None }
    }
}

/// What a watcher sees of a trial, in this order: `Started`, `FirstToken` before the first text or reasoning, then
/// `Finished` once and last; `Noted` and `Waiting` may come at any time between. Where there are several calls, `Step` comes
/// before the text of each that is shown as it streams, and `Called` after every one.
#[derive(Clone, Debug, PartialEq)]
pub enum TrialEvent {
    /// The request is on its way.
    Started,
    /// The first text or reasoning has arrived.
    FirstToken {
        /// Milliseconds since the start.
        ms: u64,
    },
    /// Another call begins, and its text takes the place of what was shown.
    Step {
        /// What it is for.
        purpose: String,
        /// Which it is, from 1.
        number: usize,
        /// How many there are at most.
        most: usize,
    },
    /// One call of several has ended.
    Called(Box<CallDone>),
    /// More answer text.
    Text(String),
    /// More reasoning text.
    Reasoning(String),
    /// A remark of the provider's dialect.
    Noted(String),
    /// Nothing is sent for this long; told again every second, with 0 at the end.
    Waiting {
        /// Seconds left.
        seconds: u64,
    },
    /// It is over.
    Finished(Box<TrialDone>),
}

/// A trial that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialDone {
    /// What became of it.
    pub outcome: Outcome,
    /// The answer, or as much of it as arrived.
    pub text: String,
    /// The reasoning, or as much of it as arrived.
    pub reasoning: String,
    /// Why the model stopped, where it did so by itself.
    pub stop: Option<StopReason>,
    /// Tokens, where known.
    pub usage: Usage,
    /// Milliseconds to the first text or reasoning.
    pub first_token_ms: Option<u64>,
    /// Milliseconds to the end.
    pub total_ms: u64,
    /// Output tokens after the first, by the time they took; known only where the provider counts tokens.
    pub tokens_per_second: Option<f64>,
    /// What went wrong, if the call failed.
    pub error: Option<TrialError>,
    /// Remarks of the provider's dialect, those that were told as they came included.
    pub notes: Vec<String>,
    /// The calls behind it, where there were several.
    pub inner: Inner,
}

/// A failed call in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialError {
    /// What happened, and where.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// Whether the same call fails in the same way until that is done.
    pub lasting: bool,
    /// Whether a key, or another one, is what is missing.
    pub wants_key: bool,
}

impl From<&ModelError> for TrialError {
    fn from(error: &ModelError) -> Self {
        Self {
            message: error.to_string(),
            hint: error.hint(),
            lasting: error.is_lasting(),
            wants_key: error.wants_key(),
        }
    }
}

/// Runs `call` and tells `events` what happens. Dropping the future cancels the call; so does dropping the receiver.
/// The bounded channel holds the model back when the watcher is slow. Returns the end as well, for callers without one.
pub async fn trial(call: TrialCall, events: mpsc::Sender<TrialEvent>) -> Option<TrialDone> {
    timed_trial(call, events, stopwatch()).await
}

/// As [`trial`], for callers that only want its end.
pub async fn trial_alone(call: TrialCall) -> Option<TrialDone> {
    let (sender, mut receiver) = mpsc::channel(64);
    let drain = async { while receiver.recv().await.is_some() {} };
    tokio::join!(trial(call, sender), drain).0
}

/// As [`trial`], on a clock that starts at zero now.
async fn timed_trial(
    call: TrialCall,
    events: mpsc::Sender<TrialEvent>,
    clock: impl Fn() -> Duration + Sync,
) -> Option<TrialDone> {
    let TrialCall { model, messages, parameters, plan } = call;
    events.send(TrialEvent::Started).await.ok()?;
    let done = match plan {
        Some(plan) => follow(plan, model, &events, &clock).await?,
        None => listen(&*model, Request { messages, parameters }, &events, true, &clock).await?.done(),
    };
    events.send(TrialEvent::Finished(Box::new(done.clone()))).await.ok()?;
    Some(done)
}

/// What was heard of one call.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) text: String,
    pub(super) reasoning: String,
    pub(super) notes: Vec<String>,
    pub(super) first_token_ms: Option<u64>,
    pub(super) total_ms: u64,
    end: Result<(StopReason, Usage), ModelError>,
}

impl Heard {
    pub(super) fn outcome(&self) -> Outcome {
        match &self.end {
            Ok((stop, _)) => outcome_of_stop(stop, &self.text),
            Err(error) => outcome_of_error(error),
        }
    }

    pub(super) fn stop(&self) -> Option<&StopReason> {
        self.end.as_ref().ok().map(|(stop, _)| stop)
    }

    pub(super) fn usage(&self) -> Usage {
        self.end.as_ref().map(|(_, usage)| *usage).unwrap_or_default()
    }

    pub(super) fn error(&self) -> Option<TrialError> {
        self.end.as_ref().err().map(TrialError::from)
    }

    /// The trial that this one call is.
    fn done(self) -> TrialDone {
        let (outcome, usage, stop, error) = (self.outcome(), self.usage(), self.stop().cloned(), self.error());
        TrialDone {
            outcome,
            tokens_per_second: tokens_per_second(usage.output, self.first_token_ms, self.total_ms),
            text: self.text,
            reasoning: self.reasoning,
            stop,
            usage,
            first_token_ms: self.first_token_ms,
            total_ms: self.total_ms,
            error,
            notes: self.notes,
            inner: Inner::default(),
        }
    }
}

/// Listens to one call to its end; `None` once nobody listens to `events`. A quiet one tells only of waits: its text arrives
/// beside another's. Times are those of `clock`, which is the trial's; the call's own length is counted from its start.
pub(super) async fn listen(
    model: &dyn Model,
    request: Request,
    events: &mpsc::Sender<TrialEvent>,
    loud: bool,
    clock: &impl Fn() -> Duration,
) -> Option<Heard> {
    let begun = clock();
    let elapsed = || clock().as_millis() as u64;
    let mut stream = model.stream(request);
    let mut heard = Heard {
        text: String::new(),
        reasoning: String::new(),
        notes: Vec::new(),
        first_token_ms: None,
        total_ms: 0,
        end: Err(ModelError::Truncated { reason: "the stream ended before the answer was whole".to_owned() }),
    };
    loop {
        let next = tokio::select! {
            next = stream.next() => next,
            () = events.closed() => return None,
        };
        let event = match next {
            Some(Ok(StreamEvent::Finished { stop, usage, notes })) => {
                heard.notes.extend(notes);
                heard.end = Ok((stop, usage));
                break;
            }
            Some(Ok(StreamEvent::Noted(note))) => {
                heard.notes.push(note.clone());
                if loud {
                    events.send(TrialEvent::Noted(note)).await.ok()?;
                }
                continue;
            }
            Some(Ok(StreamEvent::Waiting { seconds })) => {
                events.send(TrialEvent::Waiting { seconds }).await.ok()?;
                continue;
            }
            Some(Ok(StreamEvent::Text(more))) => {
                heard.text.push_str(&more);
                TrialEvent::Text(more)
            }
            Some(Ok(StreamEvent::Reasoning(more))) => {
                heard.reasoning.push_str(&more);
                TrialEvent::Reasoning(more)
            }
            Some(Err(error)) => {
                heard.end = Err(error);
                break;
            }
            None => break,
        };
        if heard.first_token_ms.is_none() {
            let ms = elapsed();
            heard.first_token_ms = Some(ms);
            if loud {
                events.send(TrialEvent::FirstToken { ms }).await.ok()?;
            }
        }
        if loud {
            events.send(event).await.ok()?;
        }
    }
    // The connection is closed before anyone hears of the end.
    drop(stream);
    heard.total_ms = clock().saturating_sub(begun).as_millis() as u64;
    Some(heard)
}

/// Less than this is the reading of an answer that came in one piece: its speed says nothing of the model.
const ONE_PIECE_MS: u64 = 10;

/// The first token's wait is the prompt's cost, not the answer's speed: it is left out of both sides.
pub(super) fn tokens_per_second(output: Option<u64>, first_token_ms: Option<u64>, total_ms: u64) -> Option<f64> {
    let tokens = output?.checked_sub(1).filter(|tokens| *tokens > 0)?;
    let milliseconds = total_ms.checked_sub(first_token_ms?).filter(|milliseconds| *milliseconds >= ONE_PIECE_MS)?;
    Some(tokens as f64 * 1000.0 / milliseconds as f64)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use tokio::sync::Semaphore;

    use super::*;
    use crate::model::{Script, ScriptedModel};

    fn call(script: Script) -> TrialCall {
        let model = Arc::new(ScriptedModel::new("m", vec![script]));
        TrialCall::one(model, Vec::new(), Parameters::default())
    }

    #[test]
    fn an_answer_in_one_piece_has_no_speed() {
        assert_eq!(tokens_per_second(Some(30), Some(8), 9), None);
        assert_eq!(tokens_per_second(Some(30), Some(8), 18), Some(2_900.0));
        assert_eq!(tokens_per_second(Some(1), Some(8), 900), None);
    }

    async fn watch(script: Script) -> Vec<TrialEvent> {
        let (sender, mut receiver) = mpsc::channel(1);
        let task = tokio::spawn(trial(call(script), sender));
        let mut seen = Vec::new();
        while let Some(event) = receiver.recv().await {
            seen.push(event);
        }
        let done = task.await.unwrap();
        assert_eq!(seen.last().cloned(), done.map(|done| TrialEvent::Finished(Box::new(done))));
        seen
    }

    fn done(events: &[TrialEvent]) -> &TrialDone {
        match events.last() {
            Some(TrialEvent::Finished(done)) => done,
            other => panic!("not finished: {other:?}"),
        }
    }

    #[tokio::test]
    async fn an_answer_is_told_in_order() {
        let script = Script::default().reasoning("hm").text(&["a", "b"]).finished(StopReason::Stop, 3);
        let seen = watch(script).await;
        assert_eq!(seen[0], TrialEvent::Started);
        assert!(matches!(seen[1], TrialEvent::FirstToken { .. }));
        assert_eq!(seen[2], TrialEvent::Reasoning("hm".to_owned()));
        assert_eq!(seen[3], TrialEvent::Text("a".to_owned()));
        let done = done(&seen);
        assert_eq!((done.outcome, done.text.as_str()), (Outcome::Answer, "ab"));
        assert_eq!(done.stop, Some(StopReason::Stop));
    }

    #[tokio::test]
    async fn times_are_those_of_the_stream() {
        let gate = Arc::new(Semaphore::new(0));
        let script =
            Script::default().waits(&gate).text(&["a"]).waits(&gate).text(&["b"]).finished(StopReason::Stop, 5);
        let (sender, mut receiver) = mpsc::channel(1);
        let clock = Arc::new(AtomicU64::new(0));
        let shown = Arc::clone(&clock);
        let shown = move || Duration::from_millis(shown.load(Ordering::Relaxed));
        let task = tokio::spawn(timed_trial(call(script), sender, shown));
        assert_eq!(receiver.recv().await, Some(TrialEvent::Started));
        clock.store(300, Ordering::Relaxed);
        gate.add_permits(1);
        assert_eq!(receiver.recv().await, Some(TrialEvent::FirstToken { ms: 300 }));
        assert_eq!(receiver.recv().await, Some(TrialEvent::Text("a".to_owned())));
        clock.store(2300, Ordering::Relaxed);
        gate.add_permits(1);
        while receiver.recv().await.is_some() {}
        let done = task.await.unwrap().unwrap();
        assert_eq!((done.first_token_ms, done.total_ms), (Some(300), 2300));
        assert_eq!(done.tokens_per_second, Some(2.0));
    }

    #[tokio::test]
    async fn a_cut_or_a_fault_keeps_the_text_and_is_never_an_answer() {
        let seen = watch(Script::default().text(&["half"])).await;
        let cut = done(&seen);
        assert_eq!((cut.outcome.as_str(), cut.text.as_str()), ("missing:truncated", "half"));
        let seen = watch(Script::default().text(&["half"]).fails(ModelError::Stalled { seconds: 3 })).await;
        let stalled = done(&seen);
        assert_eq!((stalled.outcome.as_str(), stalled.text.as_str()), ("missing:network", "half"));
        assert_eq!(stalled.error.as_ref().unwrap().message, "stalled: nothing arrived for 3 s");
        assert!(!stalled.error.as_ref().unwrap().hint.is_empty());
    }

    #[tokio::test]
    async fn remarks_are_told_as_they_come_and_kept_whatever_the_end() {
        let script = Script::default().noted("429: sent again after 7 s").text(&["half"]);
        let seen = watch(script).await;
        assert_eq!(seen[1], TrialEvent::Noted("429: sent again after 7 s".to_owned()), "before the first token");
        assert!(matches!(seen[2], TrialEvent::FirstToken { .. }));
        assert_eq!(done(&seen).notes, ["429: sent again after 7 s"]);
    }

    #[tokio::test]
    async fn a_watcher_that_leaves_cancels_the_call() {
        let gate = Arc::new(Semaphore::new(0));
        let (sender, mut receiver) = mpsc::channel(1);
        let task = tokio::spawn(trial(call(Script::default().text(&["a"]).waits(&gate).text(&["b"])), sender));
        assert_eq!(receiver.recv().await, Some(TrialEvent::Started));
        drop(receiver);
        assert_eq!(task.await.unwrap(), None);
    }
}
