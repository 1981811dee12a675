//! Where a training stands: the journal's lines folded into one picture, for whoever draws or prints it. Pure.

use super::duration::duration;
use super::journal::{Entry, TuneEvent};

/// How a training is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// The model is being loaded.
    #[default]
    Loading,
    /// Steps are being made.
    Training,
    /// It was stopped to be gone on with later.
    Paused,
    /// It was stopped for good.
    Cancelled,
    /// Its process ended without a word: killed, or the machine went down.
    Lost,
    /// It cannot go on.
    Failed {
        /// What happened.
        what: String,
        /// What to do next.
        hint: String,
    },
    /// The adapter is there.
    Finished,
}

impl Phase {
    /// Whether nothing more will come by itself.
    pub const fn is_over(&self) -> bool {
        !matches!(self, Self::Loading | Self::Training)
    }

    /// Whether the training can be gone on with.
    pub const fn can_resume(&self) -> bool {
        matches!(self, Self::Paused | Self::Lost | Self::Failed { .. })
    }
}

/// The losses of one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochLosses {
    /// Which, from 1.
    pub epoch: u32,
    /// The mean over its steps.
    pub train: f64,
    /// At its end, on what was held out.
    pub validation: Option<f64>,
}

/// A held-out case that was answered on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleAnswer {
    /// After which step.
    pub step: u64,
    /// The row's id.
    pub case: String,
    /// What was wanted.
    pub reference: String,
    /// What was said.
    pub answer: String,
}

/// Everything a screen shows of a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// How it is doing.
    pub phase: Phase,
    /// Steps made.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// The epoch, from 1.
    pub epoch: u32,
    /// Epochs in all.
    pub epochs: u32,
    /// Examples trained on, and held out.
    pub examples: (u64, u64),
    /// Numbers that are trained.
    pub parameters: u64,
    /// Tokens a second.
    pub tokens_per_second: f64,
    /// Seconds left.
    pub seconds_left: Option<f64>,
    /// The training loss, step by step.
    pub losses: Vec<(u64, f64)>,
    /// The validation loss, by the step after which it was taken.
    pub validation: Vec<(u64, f64)>,
    /// Epochs that are over.
    pub epochs_done: Vec<EpochLosses>,
    /// The newest answers to held-out cases, one for each case.
    pub samples: Vec<SampleAnswer>,
    /// The step of the last checkpoint.
    pub checkpoint: Option<u64>,
    /// Since which epoch it overfits, in words.
    pub overfitting: Option<(u32, String)>,
    /// Remarks.
    pub notes: Vec<String>,
    /// The epoch whose weights were kept, once it is finished.
    pub best_epoch: Option<u32>,
    /// How long it took, once it is finished.
    pub seconds: Option<f64>,
    /// Milliseconds worked so far, pauses left out.
    pub worked_ms: i64,
    /// When the last line was written.
    pub last_ms: i64,
}

impl Progress {
    /// Takes one more line.
    pub fn take(&mut self, entry: &Entry) {
        if self.phase == Phase::Training && !matches!(entry.event, TuneEvent::Started { .. }) {
            self.worked_ms += (entry.time - self.last_ms).max(0);
        }
        self.last_ms = entry.time;
        match &entry.event {
            TuneEvent::Started { steps, epochs, examples, held_out, parameters, resumed_at, .. } => {
                self.phase = Phase::Training;
                self.steps = *steps;
                self.epochs = *epochs;
                self.examples = (*examples, *held_out);
                self.parameters = *parameters;
                self.back_to(resumed_at.unwrap_or(0));
            }
            TuneEvent::Step { step, epoch, loss, tokens_per_second, seconds_left } => {
                self.step = *step;
                self.epoch = *epoch;
                self.tokens_per_second = *tokens_per_second;
                self.seconds_left = Some(*seconds_left);
                self.losses.push((*step, *loss));
            }
            TuneEvent::Validation { step, loss, .. } => self.validation.push((*step, *loss)),
            TuneEvent::Sample { step, case, reference, answer } => {
                let (case, reference, answer) = (case.clone(), reference.clone(), answer.clone());
                self.samples.retain(|known| known.case != case);
                self.samples.push(SampleAnswer { step: *step, case, reference, answer });
            }
            TuneEvent::Epoch { epoch, loss, validation } => {
                self.epochs_done.retain(|known| known.epoch < *epoch);
                self.epochs_done.push(EpochLosses { epoch: *epoch, train: *loss, validation: *validation });
            }
            TuneEvent::Overfitting { epoch, message } => self.overfitting = Some((*epoch, message.clone())),
            TuneEvent::Checkpoint { step } => self.checkpoint = Some(*step),
            TuneEvent::Note { message } => {
                if !self.notes.contains(message) {
                    self.notes.push(message.clone());
                }
            }
            TuneEvent::Paused { .. } => self.phase = Phase::Paused,
            TuneEvent::Cancelled => self.phase = Phase::Cancelled,
            TuneEvent::Failed { what, hint } => {
                self.phase = Phase::Failed { what: what.clone(), hint: hint.clone() };
            }
            TuneEvent::Finished { best_epoch, seconds, .. } => {
                self.phase = Phase::Finished;
                self.best_epoch = Some(*best_epoch);
                self.seconds = Some(*seconds);
                self.seconds_left = None;
            }
        }
    }

    /// Forgets what came after a step: it is being done again.
    fn back_to(&mut self, step: u64) {
        self.step = step;
        self.losses.retain(|(at, _)| *at <= step);
        self.validation.retain(|(at, _)| *at <= step);
        self.seconds_left = None;
    }

    /// Where it stands, in a few words.
    pub fn in_words(&self) -> String {
        match &self.phase {
            Phase::Loading => "The model is being loaded…".to_owned(),
            Phase::Training => {
                let left = self.seconds_left.map_or_else(String::new, |left| format!(", {} left", duration(left)));
                format!("step {} of {}{left}", self.step, self.steps)
            }
            Phase::Paused => format!("paused after step {} of {}", self.step, self.steps),
            Phase::Cancelled => "given up; nothing of it is kept".to_owned(),
            Phase::Lost => {
                let kept = self.checkpoint.map_or_else(
                    || "nothing was saved yet".to_owned(),
                    |step| format!("everything up to step {step} is saved"),
                );
                format!("interrupted: its process was killed, or the machine went down; {kept}")
            }
            Phase::Failed { what, hint } => format!("{what}. {hint}"),
            Phase::Finished => {
                let took = self.seconds.map_or_else(String::new, |seconds| format!(" in {}", duration(seconds)));
                // Of one epoch the best is no news.
                let best = self.best_epoch.filter(|_| self.epochs != 1);
                let best = best.map_or_else(String::new, |epoch| format!("; epoch {epoch} was best and is kept"));
                format!("done{took}{best}")
            }
        }
    }

    /// The same in a word or two, for where there is no room; `None` where there is nothing to tell.
    pub fn in_short(&self) -> Option<String> {
        match self.phase {
            Phase::Loading | Phase::Training => Some(format!("{:.0} %", self.share() * 100.0)),
            Phase::Paused => Some("paused".to_owned()),
            Phase::Lost => Some("interrupted".to_owned()),
            Phase::Failed { .. } => Some("stopped by a fault".to_owned()),
            Phase::Cancelled | Phase::Finished => None,
        }
    }

    /// The part that is done, between 0 and 1.
    pub fn share(&self) -> f64 {
        if self.steps == 0 { 0.0 } else { self.step as f64 / self.steps as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(events: Vec<TuneEvent>) -> Progress {
        let mut progress = Progress::default();
        for event in events {
            progress.take(&Entry { time: 0, event });
        }
        progress
    }

    fn started(resumed_at: Option<u64>) -> TuneEvent {
        TuneEvent::Started { steps: 10, epochs: 2, examples: 5, held_out: 1, tokens: 100, parameters: 7, resumed_at }
    }

    fn step(step: u64) -> TuneEvent {
        TuneEvent::Step { step, epoch: 1, loss: 1.0 / step as f64, tokens_per_second: 9.0, seconds_left: 4.0 }
    }

    #[test]
    fn lines_become_a_picture() {
        let done = progress(vec![
            started(None),
            step(1),
            step(2),
            TuneEvent::Validation { step: 2, epoch: 1, loss: 0.5, best: true },
            TuneEvent::Epoch { epoch: 1, loss: 0.75, validation: Some(0.5) },
        ]);
        assert_eq!((done.phase.clone(), done.step, done.losses.len()), (Phase::Training, 2, 2));
        assert!((done.share() - 0.2).abs() < 1e-9);
        assert_eq!(done.epochs_done, [EpochLosses { epoch: 1, train: 0.75, validation: Some(0.5) }]);
        assert!(!done.phase.is_over());
    }

    #[test]
    fn what_is_done_again_after_a_kill_is_not_counted_twice() {
        let again = progress(vec![started(None), step(1), step(2), step(3), started(Some(2)), step(3), step(4)]);
        assert_eq!(again.losses.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [1, 2, 3, 4]);
    }

    #[test]
    fn every_end_is_told_apart() {
        let failed = TuneEvent::Failed { what: "w".to_owned(), hint: "h".to_owned() };
        for (event, resumable) in [(TuneEvent::Paused { step: 1 }, true), (failed, true), (TuneEvent::Cancelled, false)]
        {
            let ended = progress(vec![started(None), event]);
            assert!(ended.phase.is_over());
            assert_eq!(ended.phase.can_resume(), resumable, "{:?}", ended.phase);
        }
    }
}
