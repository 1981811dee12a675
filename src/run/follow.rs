//! A trial of several calls: rounds of calls until the strategy has its answer. What was paid for is kept, whatever the end.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::plan::Plan;
use super::trial::{Heard, TrialDone, TrialError, TrialEvent, listen};
use crate::model::{Model, Request, StopReason, Usage};
use crate::score::{Missing, Outcome};
use crate::strategy::{Call, CallRecord, Done, Extraction, Step, StrategyError};

/// Calls of one round that are under way at a time: what the embedded model takes in one batch.
const AT_ONCE: usize = 8;

/// One call of a trial that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallDone {
    /// What was sent, why, and with which exemplars.
    pub call: Call,
    /// What came back.
    pub text: String,
    /// The reasoning, where it came apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// What became of it, by its stable name.
    pub outcome: String,
    /// Why the model stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopReason>,
    /// Tokens, where known.
    pub usage: Usage,
    /// Milliseconds from its start to its end.
    pub total_ms: u64,
    /// What the strategy read out of it, where it read something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Extraction>,
    /// Remarks of the provider's dialect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl CallDone {
    pub(super) fn new(call: Call, heard: &Heard) -> Self {
        Self {
            call,
            text: heard.text.clone(),
            reasoning: heard.reasoning.clone(),
            outcome: heard.outcome().as_str().to_owned(),
            stop: heard.stop().cloned(),
            usage: heard.usage(),
            total_ms: heard.total_ms,
            read: None,
            notes: heard.notes.clone(),
        }
    }
}

/// What a trial of several calls knows beside its answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inner {
    /// Every call that ended, in order.
    pub calls: Vec<CallDone>,
    /// The strategy's own word on the answer; `None` where it is read out of the one text there is.
    pub extraction: Option<Extraction>,
}

/// Follows `plan` to its end and tells `events` what happens. `None` once nobody listens.
pub(super) async fn follow(
    plan: Arc<Plan>,
    model: Arc<dyn Model>,
    events: &mpsc::Sender<TrialEvent>,
    clock: &(impl Fn() -> Duration + Sync),
) -> Option<TrialDone> {
    let most = plan.strategy().calls().per_case.most as usize;
    let mut so_far: Vec<CallRecord> = Vec::new();
    let mut heards: Vec<Heard> = Vec::new();
    let mut calls: Vec<CallDone> = Vec::new();
    let mut first_token_ms = None;
    loop {
        let round = match plan.next(&so_far) {
            Ok(Step::Calls(round)) => round,
            Ok(Step::Done(done)) => return Some(ended(done, &heards, calls, first_token_ms, clock)),
            Err(error) => return Some(refused(&error, &heards, calls, first_token_ms, clock)),
        };
        let first = so_far.len();
        let asks: Vec<_> = round
            .into_iter()
            .enumerate()
            .map(|(at, call)| {
                // The first of a round is shown as it streams; the others arrive beside it.
                let step = TrialEvent::Step { purpose: call.purpose.clone(), number: first + at + 1, most };
                let request = Request { messages: call.messages.clone(), parameters: plan.parameters(&call) };
                one(call, request, &*model, events, (at == 0).then_some(step), clock)
            })
            .collect();
        let answered: Vec<_> = stream::iter(asks).buffered(AT_ONCE).collect().await;
        let mut missing = None;
        for one in answered {
            let (call, heard, done) = one?;
            first_token_ms = first_token_ms.or(heard.first_token_ms);
            if let Outcome::Missing(_) = heard.outcome() {
                missing = missing.or(Some(heards.len()));
            }
            so_far.push(CallRecord { call, text: heard.text.clone(), outcome: heard.outcome() });
            heards.push(heard);
            calls.push(done);
        }
        // A vote over fewer answers would be another strategy: a call that failed leaves the trial missing.
        if let Some(at) = missing {
            return Some(put_together(at, &heards, calls, first_token_ms, clock));
        }
    }
}

/// One call of a round. With a `step` it is told as it streams.
async fn one(
    call: Call,
    request: Request,
    model: &dyn Model,
    events: &mpsc::Sender<TrialEvent>,
    step: Option<TrialEvent>,
    clock: &(impl Fn() -> Duration + Sync),
) -> Option<(Call, Heard, CallDone)> {
    let loud = step.is_some();
    if let Some(step) = step {
        events.send(step).await.ok()?;
    }
    let heard = listen(model, request, events, loud, clock).await?;
    let done = CallDone::new(call.clone(), &heard);
    events.send(TrialEvent::Called(Box::new(done.clone()))).await.ok()?;
    Some((call, heard, done))
}

fn ended(
    done: Done,
    heards: &[Heard],
    mut calls: Vec<CallDone>,
    first_token_ms: Option<u64>,
    clock: &impl Fn() -> Duration,
) -> TrialDone {
    let Done { extraction, from, readings, notes } = done;
    for (at, reading) in readings {
        if let Some(call) = calls.get_mut(at) {
            call.read = Some(reading);
        }
    }
    let mut trial = put_together(from, heards, calls, first_token_ms, clock);
    trial.notes.splice(0..0, notes);
    if trial.outcome == Outcome::Answer {
        trial.inner.extraction = Some(extraction);
    }
    trial
}

fn refused(
    error: &StrategyError,
    heards: &[Heard],
    calls: Vec<CallDone>,
    first_token_ms: Option<u64>,
    clock: &impl Fn() -> Duration,
) -> TrialDone {
    let mut trial = put_together(heards.len().saturating_sub(1), heards, calls, first_token_ms, clock);
    trial.outcome = Outcome::Missing(Missing::Failed);
    trial.error = Some(TrialError { message: error.to_string(), hint: error.hint(), lasting: false, wants_key: false });
    trial
}

/// A trial whose answer stands in the call at `from`, with the tokens of all calls.
fn put_together(
    from: usize,
    heards: &[Heard],
    calls: Vec<CallDone>,
    first_token_ms: Option<u64>,
    clock: &impl Fn() -> Duration,
) -> TrialDone {
    let heard = heards.get(from);
    let mut notes: Vec<String> = Vec::new();
    for note in calls.iter().flat_map(|call| &call.notes) {
        if !notes.contains(note) {
            notes.push(note.clone());
        }
    }
    TrialDone {
        outcome: heard.map_or(Outcome::Missing(Missing::Failed), Heard::outcome),
        text: heard.map(|heard| heard.text.clone()).unwrap_or_default(),
        reasoning: heard.map(|heard| heard.reasoning.clone()).unwrap_or_default(),
        stop: heard.and_then(Heard::stop).cloned(),
        usage: summed(&calls),
        first_token_ms,
        total_ms: clock().as_millis() as u64,
        tokens_per_second: None,
        error: heard.and_then(Heard::error),
        notes,
        inner: Inner { calls, extraction: None },
    }
}

/// The tokens of all calls; not known where one of them does not tell.
fn summed(calls: &[CallDone]) -> Usage {
    let sum = |of: fn(&Usage) -> Option<u64>| calls.iter().map(|call| of(&call.usage)).sum::<Option<u64>>();
    Usage {
        input: sum(|usage| usage.input),
        cached: Some(calls.iter().filter_map(|call| call.usage.cached).sum()).filter(|cached: &u64| *cached > 0),
        output: sum(|usage| usage.output),
    }
}
