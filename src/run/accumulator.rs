//! What a watcher of a trial holds: the text so far, and a record of it whenever the trial is stopped from outside.

use super::follow::{CallDone, Inner};
use super::trial::{TrialDone, TrialEvent};
use crate::model::Usage;
use crate::score::{Missing, Outcome};

/// Fed with a trial's events, it knows what has arrived. Pure: no clock, no channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrialAccumulator {
    text: String,
    reasoning: String,
    notes: Vec<String>,
    first_token_ms: Option<u64>,
    calls: Vec<CallDone>,
    done: Option<TrialDone>,
}

impl TrialAccumulator {
    /// Takes one event.
    pub fn feed(&mut self, event: &TrialEvent) {
        match event {
            TrialEvent::Started => *self = Self::default(),
            TrialEvent::FirstToken { ms } => self.first_token_ms = self.first_token_ms.or(Some(*ms)),
            TrialEvent::Text(more) => self.text.push_str(more),
            TrialEvent::Reasoning(more) => self.reasoning.push_str(more),
            TrialEvent::Noted(note) => self.notes.push(note.clone()),
            TrialEvent::Step { .. } => {
                self.text.clear();
                self.reasoning.clear();
            }
            TrialEvent::Called(call) => self.calls.push((**call).clone()),
            TrialEvent::Waiting { .. } => {}
            TrialEvent::Finished(done) => self.done = Some((**done).clone()),
        }
    }

    /// The answer's text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The reasoning so far.
    pub fn reasoning(&self) -> &str {
        &self.reasoning
    }

    /// Time to the first token, once there is one.
    pub fn first_token_ms(&self) -> Option<u64> {
        self.first_token_ms
    }

    /// The end of the trial, once it has come.
    pub fn done(&self) -> Option<&TrialDone> {
        self.done.as_ref()
    }

    /// What to record when the trial is stopped `total_ms` after its start: the partial text, marked as cancelled.
    /// A trial that had already ended is what it was.
    pub fn cancelled(self, total_ms: u64) -> TrialDone {
        self.done.unwrap_or(TrialDone {
            outcome: Outcome::Missing(Missing::Cancelled),
            text: self.text,
            reasoning: self.reasoning,
            stop: None,
            usage: Usage::default(),
            first_token_ms: self.first_token_ms,
            total_ms,
            tokens_per_second: None,
            error: None,
            notes: self.notes,
            inner: Inner { calls: self.calls, extraction: None },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(events: &[TrialEvent]) -> TrialAccumulator {
        let mut accumulator = TrialAccumulator::default();
        for event in events {
            accumulator.feed(event);
        }
        accumulator
    }

    fn text(text: &str) -> TrialEvent {
        TrialEvent::Text(text.to_owned())
    }

    #[test]
    fn a_cancelled_trial_keeps_what_had_arrived() {
        let events = [
            TrialEvent::Started,
            TrialEvent::FirstToken { ms: 7 },
            TrialEvent::Reasoning("r".to_owned()),
            TrialEvent::Noted("n".to_owned()),
            text("a"),
            text("b"),
        ];
        let done = fed(&events).cancelled(40);
        assert_eq!(done.outcome, Outcome::Missing(Missing::Cancelled));
        assert_eq!((done.text.as_str(), done.reasoning.as_str()), ("ab", "r"));
        assert_eq!(done.notes, ["n"]);
        assert_eq!((done.first_token_ms, done.total_ms), (Some(7), 40));
    }

    #[test]
    fn cancelling_after_the_end_changes_nothing() {
        let finished = TrialDone { outcome: Outcome::Answer, ..fed(&[text("a")]).cancelled(3) };
        let accumulator = fed(&[text("a"), TrialEvent::Finished(Box::new(finished.clone()))]);
        assert_eq!(accumulator.done(), Some(&finished));
        assert_eq!(accumulator.cancelled(99), finished);
    }

    #[test]
    fn a_new_start_forgets_the_answer_before() {
        assert_eq!(fed(&[text("old"), TrialEvent::Started, text("new")]).text(), "new");
    }
}
