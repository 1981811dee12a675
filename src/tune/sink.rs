//! Between the engine's training and the journal: what is told, when a checkpoint is due, what the person wants.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use fourfold_engine::Trainer;
use fourfold_engine::train::{TuneEvent as Engine, TuneSink};

use super::control::Wish;
use super::error::TuneError;
use super::journal::{Entry, JournalWriter, TuneEvent};
use super::overfitting::overfitting;
use super::place::TrainingPlace;
use super::progress::Progress;
use super::sampler::Sampler;
use super::settings::engine;
use crate::run::now_milliseconds;

/// A checkpoint is due after this part of all steps, or after this time, whichever is sooner.
const CHECKPOINT_PARTS: u64 = 20;
const CHECKPOINT_AFTER: Duration = Duration::from_mins(1);
/// How often the person's wish is looked up within a step.
const WISH_EVERY: Duration = Duration::from_millis(200);
/// Held-out cases are answered so often in an epoch at least.
const SAMPLES_IN_EPOCH: u64 = 2;
/// And whenever this time has passed since they were answered, as long as the answers take no more than a tenth of it all.
const SAMPLE_AFTER: Duration = Duration::from_secs(10);
const SAMPLE_SHARE: u32 = 10;

/// Hears of every step.
pub(super) struct Sink<'a> {
    control: PathBuf,
    checkpoint_path: PathBuf,
    journal_path: PathBuf,
    journal: &'a mut JournalWriter,
    progress: Progress,
    sampler: Sampler,
    clock: Box<dyn Fn() -> Duration>,
    seconds_before: f64,
    checkpointed: (u64, Duration),
    /// When held-out cases were last answered, and how long that took.
    sampled: (Duration, Duration),
    asked: Cell<(Duration, bool)>,
    error: Option<TuneError>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(
        place: &TrainingPlace,
        journal: &'a mut JournalWriter,
        progress: Progress,
        sampler: Sampler,
        clock: Box<dyn Fn() -> Duration>,
    ) -> Self {
        let seconds_before = progress.worked_ms as f64 / 1000.0;
        Self {
            control: place.control(),
            checkpoint_path: place.checkpoint(),
            journal_path: place.journal(),
            journal,
            progress,
            sampler,
            clock,
            seconds_before,
            checkpointed: (0, Duration::ZERO),
            sampled: (Duration::ZERO, Duration::ZERO),
            asked: Cell::new((Duration::ZERO, false)),
            error: None,
        }
    }

    /// Where the training stands, what came before an interruption included.
    pub(super) const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Seconds worked before the last interruption.
    pub(super) const fn seconds_before(&self) -> f64 {
        self.seconds_before
    }

    /// What went wrong on this side, if something did.
    pub(super) fn error(&mut self) -> Result<(), TuneError> {
        self.error.take().map_or(Ok(()), Err)
    }

    /// Writes a line.
    pub(super) fn tell(&mut self, event: TuneEvent) -> Result<(), TuneError> {
        let time = now_milliseconds();
        self.progress.take(&Entry { time, event: event.clone() });
        self.journal.write(time, event).map_err(|error| TuneError::file(&self.journal_path, &error))
    }

    /// Saves everything up to here. The old checkpoint stays until the new one is whole.
    pub(super) fn checkpoint(&mut self, trainer: &Trainer) -> Result<(), TuneError> {
        trainer.save_checkpoint(&self.checkpoint_path).map_err(|error| engine(&error))?;
        let step = trainer.step() as u64;
        self.checkpointed = (step, (self.clock)());
        self.tell(TuneEvent::Checkpoint { step })
    }

    fn hear(&mut self, trainer: &Trainer, event: Engine) -> Result<(), TuneError> {
        let steps = trainer.steps() as u64;
        let per_epoch = steps / (trainer.options().epochs as u64).max(1);
        match event {
            Engine::Step { step, epoch, loss, tokens_per_second, .. } => {
                let step = step as u64;
                let tokens = trainer.prepared().tokens as f64 / per_epoch.max(1) as f64 * (steps - step) as f64;
                let seconds_left = tokens / tokens_per_second.max(1e-9);
                self.tell(TuneEvent::Step { step, epoch: epoch as u32, loss, tokens_per_second, seconds_left })?;
                let validated = trainer.prepared_validation().examples > 0;
                if step.is_multiple_of(per_epoch) && !validated {
                    self.epoch(epoch as u32, per_epoch, None)?;
                }
                let is_due = step.is_multiple_of(per_epoch.div_ceil(SAMPLES_IN_EPOCH).max(1))
                    || sample_is_due((self.clock)(), self.sampled);
                if is_due && step < steps {
                    self.sample(trainer)?;
                }
                let (last, when) = self.checkpointed;
                let due = step - last.min(step) >= steps.div_ceil(CHECKPOINT_PARTS)
                    || (self.clock)().saturating_sub(when) >= CHECKPOINT_AFTER;
                if due && step < steps {
                    self.checkpoint(trainer)?;
                }
            }
            Engine::Validated { step, epoch, loss, best } => {
                let step = step as u64;
                self.tell(TuneEvent::Validation { step, epoch: epoch as u32, loss, best })?;
                if step.is_multiple_of(per_epoch) {
                    self.epoch(epoch as u32, per_epoch, Some(loss))?;
                }
                if step == steps {
                    self.sample(trainer)?;
                }
            }
        }
        Ok(())
    }

    fn epoch(&mut self, epoch: u32, per_epoch: u64, validation: Option<f64>) -> Result<(), TuneError> {
        let (from, to) = (u64::from(epoch - 1) * per_epoch, u64::from(epoch) * per_epoch);
        let losses: Vec<f64> =
            self.progress.losses.iter().filter(|(at, _)| *at > from && *at <= to).map(|(_, loss)| *loss).collect();
        let loss = losses.iter().sum::<f64>() / losses.len().max(1) as f64;
        self.tell(TuneEvent::Epoch { epoch, loss, validation })?;
        if self.progress.overfitting.is_none()
            && let Some(found) = overfitting(&self.progress.epochs_done)
        {
            self.tell(TuneEvent::Overfitting { epoch: found.epoch, message: found.message })?;
        }
        Ok(())
    }

    fn sample(&mut self, trainer: &Trainer) -> Result<(), TuneError> {
        let began = (self.clock)();
        for event in self.sampler.answers(trainer)? {
            self.tell(event)?;
        }
        let now = (self.clock)();
        self.sampled = (now, now.saturating_sub(began));
        Ok(())
    }
}

/// Whether it is time to answer held-out cases again.
fn sample_is_due(now: Duration, (when, took): (Duration, Duration)) -> bool {
    now.saturating_sub(when) >= SAMPLE_AFTER.max(took * (SAMPLE_SHARE - 1))
}

impl TuneSink for Sink<'_> {
    fn event(&mut self, trainer: &Trainer, event: Engine) -> ControlFlow<()> {
        match self.hear(trainer, event) {
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
            Ok(()) if Wish::read(&self.control) == Wish::Run => ControlFlow::Continue(()),
            Ok(()) => ControlFlow::Break(()),
        }
    }

    fn stops(&self) -> bool {
        let (when, stops) = self.asked.get();
        let now = (self.clock)();
        if stops || now.saturating_sub(when) < WISH_EVERY {
            return stops;
        }
        let stops = Wish::read(&self.control) != Wish::Run;
        self.asked.set((now, stops));
        stops
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_every_ten_seconds_and_never_take_more_than_a_tenth() {
        let seconds = Duration::from_secs;
        for (now, when, took, expected) in [
            (9, 0, 0, false),
            (10, 0, 0, true),
            (25, 20, 1, false),
            (30, 20, 1, true),
            (50, 20, 4, false),
            (56, 20, 4, true),
        ] {
            assert_eq!(sample_is_due(seconds(now), (seconds(when), seconds(took))), expected, "{now} {when} {took}");
        }
    }
}
