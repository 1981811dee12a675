//! What a training tells while it runs.

use std::ops::ControlFlow;

use super::Trainer;

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TuneEvent {
    /// A step was taken.
    Step {
        /// Steps taken.
        step: usize,
        /// Steps there are.
        of: usize,
        /// The epoch the step belonged to, from 1.
        epoch: usize,
        /// The mean loss of the step's completion tokens, before the step.
        loss: f64,
        /// The learning rate.
        rate: f32,
        /// The length of the gradients before they were clipped.
        gradient: f32,
        /// Tokens per second, prompt tokens included, over the last steps.
        tokens_per_second: f64,
    },
    /// The validation examples were measured.
    Validated {
        /// Steps taken.
        step: usize,
        /// The epoch of the last step, from 1.
        epoch: usize,
        /// The mean loss of their completion tokens.
        loss: f64,
        /// Whether it is the lowest so far.
        best: bool,
    },
}

/// Receives the events of a training on the training's thread. It may look at the trainer: save a checkpoint, take the
/// adapter as it is.
pub trait TuneSink {
    /// One more event. `Break` ends the run after this event; running again goes on from there.
    fn event(&mut self, trainer: &Trainer, event: TuneEvent) -> ControlFlow<()>;

    /// Asked many times within a step: `true` abandons the step and ends the run. Running again takes the step anew.
    fn stops(&self) -> bool {
        false
    }
}

impl<F: FnMut(&Trainer, TuneEvent) -> ControlFlow<()>> TuneSink for F {
    fn event(&mut self, trainer: &Trainer, event: TuneEvent) -> ControlFlow<()> {
        self(trainer, event)
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TuneEnded {
    /// All steps are taken.
    Finished,
    /// The sink stopped it. Nothing is lost: running again, or saving and resuming, goes on as if it had not stopped.
    Stopped,
}
