//! What can be chosen for a training, what makes sense, and the presets.

use serde::{Deserialize, Serialize};

use crate::EngineError;
use crate::adapter::Projection;

/// How the learning rate goes on after warming up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// It stays.
    Constant,
    /// It falls to zero along half a cosine (Loshchilov and Hutter, "SGDR", 2017).
    #[default]
    Cosine,
}

/// Settings of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TuneOptions {
    /// The inner dimension of every pair.
    pub rank: usize,
    /// The pairs' products are multiplied by this divided by the rank.
    pub alpha: f32,
    /// The share of the pairs' inputs that is dropped while training.
    pub dropout: f32,
    /// What is adapted in each layer.
    pub projections: Vec<Projection>,
    /// Only so many layers, counted from the output; all without a number.
    pub last_layers: Option<usize>,
    /// How often every example is seen.
    pub epochs: usize,
    /// Examples that pass together.
    pub batch: usize,
    /// Batches per step: a step learns from the mean of all their tokens.
    pub accumulation: usize,
    /// The highest learning rate.
    pub learning_rate: f32,
    /// The share of all steps in which the learning rate rises to its highest.
    pub warmup: f32,
    /// What it does afterwards.
    pub schedule: Schedule,
    /// Gradients longer than this are shortened to it.
    pub clip: Option<f32>,
    /// How fast numbers shrink towards zero, times the learning rate.
    pub weight_decay: f32,
    /// Decides the beginning, the order of the examples, and what is dropped.
    pub seed: u64,
    /// Longer examples are cut at the end.
    pub max_tokens: usize,
    /// The validation loss is measured every so many steps; without a number after every epoch.
    pub validate_every: Option<usize>,
}

impl Default for TuneOptions {
    fn default() -> Self {
        Self {
            rank: 8,
            alpha: 16.0,
            dropout: 0.0,
            projections: Projection::ALL.to_vec(),
            last_layers: None,
            epochs: 2,
            batch: 1,
            accumulation: 1,
            learning_rate: 5e-4,
            warmup: 0.05,
            schedule: Schedule::Cosine,
            clip: Some(1.0),
            weight_decay: 0.0,
            seed: 1,
            max_tokens: 1024,
            validate_every: None,
        }
    }
}

impl TuneOptions {
    /// Refuses what has no meaning.
    pub fn check(&self) -> Result<(), EngineError> {
        let counts = [
            ("rank", self.rank, 512),
            ("epochs", self.epochs, 10_000),
            ("batch", self.batch, 4096),
            ("accumulation", self.accumulation, 4096),
            ("validate_every", self.validate_every.unwrap_or(1), usize::MAX),
            ("last_layers", self.last_layers.unwrap_or(1), usize::MAX),
        ];
        for (option, value, most) in counts {
            if value == 0 || value > most {
                let allowed = if most == usize::MAX { "1 or more".to_owned() } else { format!("1 to {most}") };
                return Err(refused(option, value, &allowed));
            }
        }
        let numbers = [
            ("alpha", self.alpha, f32::MIN_POSITIVE..=1e6, "above 0 and at most 1000000"),
            ("dropout", self.dropout, 0.0..=0.95, "0 to 0.95"),
            ("learning_rate", self.learning_rate, f32::MIN_POSITIVE..=1.0, "above 0 and at most 1"),
            ("warmup", self.warmup, 0.0..=1.0, "0 to 1"),
            ("clip", self.clip.unwrap_or(1.0), f32::MIN_POSITIVE..=1e9, "above 0 and at most 1000000000"),
            ("weight_decay", self.weight_decay, 0.0..=1.0, "0 to 1"),
        ];
        for (option, value, range, allowed) in numbers {
            if !range.contains(&value) {
                return Err(refused(option, value, allowed));
            }
        }
        if self.projections.is_empty() {
            return Err(refused("projections", "none", "at least one"));
        }
        if self.max_tokens < 2 {
            return Err(refused("max_tokens", self.max_tokens, "at least 2"));
        }
        Ok(())
    }

    /// The learning rate of a step of `steps`, counted from 0.
    pub(super) fn rate(&self, step: usize, steps: usize) -> f32 {
        let warm = (self.warmup * steps as f32).ceil() as usize;
        if step < warm {
            return self.learning_rate * (step + 1) as f32 / warm as f32;
        }
        match self.schedule {
            Schedule::Constant => self.learning_rate,
            Schedule::Cosine => {
                let done = (step - warm) as f32 / steps.saturating_sub(warm).max(1) as f32;
                self.learning_rate * 0.5 * (1.0 + (std::f32::consts::PI * done).cos())
            }
        }
    }
}

fn refused(option: &'static str, value: impl std::fmt::Display, allowed: &str) -> EngineError {
    EngineError::Tuning { reason: format!("{option} = {value} is out of range: {allowed}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_and_falls() {
        let options = TuneOptions { learning_rate: 1.0, warmup: 0.1, ..TuneOptions::default() };
        let rates: Vec<f32> = (0..100).map(|step| options.rate(step, 100)).collect();
        assert!((rates[0] - 0.1).abs() < 1e-6 && (rates[9] - 1.0).abs() < 1e-6 && (rates[10] - 1.0).abs() < 1e-6);
        assert!((rates[55] - 0.5).abs() < 1e-6, "half way down at half the time: {}", rates[55]);
        assert!(rates[10..].windows(2).all(|pair| pair[1] < pair[0]) && rates[99] > 0.0 && rates[99] < 1e-3);
        let constant = TuneOptions { schedule: Schedule::Constant, warmup: 0.0, ..options };
        assert!((0..100).all(|step| constant.rate(step, 100).to_bits() == 1.0_f32.to_bits()));
    }

    #[test]
    fn values_without_meaning_are_refused_by_name() {
        type Spoil = fn(&mut TuneOptions);
        let cases: [(&str, Spoil); 8] = [
            ("rank", |options| options.rank = 0),
            ("alpha", |options| options.alpha = f32::NAN),
            ("dropout", |options| options.dropout = 1.0),
            ("projections", |options| options.projections.clear()),
            ("learning_rate", |options| options.learning_rate = 0.0),
            ("clip", |options| options.clip = Some(-1.0)),
            ("max_tokens", |options| options.max_tokens = 1),
            ("validate_every", |options| options.validate_every = Some(0)),
        ];
        assert_eq!(TuneOptions::default().check(), Ok(()));
        for (name, spoil) in cases {
            let mut options = TuneOptions::default();
            spoil(&mut options);
            assert!(
                matches!(options.check(), Err(EngineError::Tuning { reason }) if reason.starts_with(name)),
                "{name}"
            );
        }
    }
}
