//! What a training will take, before it begins: steps, time, memory. Pure; the pace is that of an earlier training on this
//! machine where there was one.

use serde::Serialize;

use super::settings::TuneSettings;

/// Multiplications and additions one core does in a second on the matrices of a small model, forward and backward, measured
/// on one server core of 2023; the first steps of the training say more.
const PACE_PER_CORE: f64 = 8.0e9;
/// Bytes a weight takes, quantised to eight bits with its scales.
const WEIGHT_BYTES: f64 = 1.07;
/// Bytes the program takes beside everything counted here.
const PROGRAM_BYTES: f64 = 15e6;
/// Bytes a trained number takes: itself, its gradient, two running means, and the best so far.
const TRAINED_BYTES: f64 = 20.0;

/// The shape of a model, as far as it decides time and memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Transformer layers.
    pub layers: f64,
    /// Width of the residual stream.
    pub width: f64,
    /// Width of all query heads together.
    pub query_width: f64,
    /// Width of all key heads together.
    pub key_value_width: f64,
    /// Width inside the feed-forward blocks.
    pub feed_forward: f64,
    /// Entries of the vocabulary.
    pub vocabulary: f64,
}

impl From<&fourfold_engine::Config> for Shape {
    fn from(config: &fourfold_engine::Config) -> Self {
        Self {
            layers: config.layers as f64,
            width: config.width as f64,
            query_width: config.query_width() as f64,
            key_value_width: config.key_value_width() as f64,
            feed_forward: config.feed_forward as f64,
            vocabulary: config.vocabulary as f64,
        }
    }
}

impl Shape {
    fn weights(&self) -> f64 {
        let attention = 2.0 * self.width * (self.query_width + self.key_value_width);
        self.layers * (attention + 3.0 * self.width * self.feed_forward)
    }

    /// Numbers an adapter of these settings trains.
    pub fn trained(&self, settings: &TuneSettings) -> f64 {
        let both = |target: &str| match target {
            "q_proj" | "o_proj" => self.width + self.query_width,
            "k_proj" | "v_proj" => self.width + self.key_value_width,
            _ => self.width + self.feed_forward,
        };
        let layers = settings.last_layers.map_or(self.layers, |last| f64::from(last).min(self.layers));
        layers * f64::from(settings.rank) * settings.targets.iter().map(|target| both(target)).sum::<f64>()
    }
}

/// What a training will take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Examples trained on.
    pub examples: u64,
    /// Examples held out.
    pub held_out: u64,
    /// Tokens an example has, in the mean.
    pub tokens_per_example: f64,
    /// Steps.
    pub steps: u64,
    /// Numbers that are trained.
    pub parameters: u64,
    /// Seconds, about.
    pub seconds: f64,
    /// Bytes of memory, about.
    pub memory_bytes: u64,
    /// Tokens a second that the time is reckoned with.
    pub tokens_per_second: f64,
    /// Whether that pace was measured here, rather than guessed.
    pub pace_is_measured: bool,
}

/// Reckons what a training will take, of examples of this mean length and this many tokens in the longest batch. `pace` is what an
/// earlier one on this machine reached with this model.
pub fn estimate(
    (examples, held_out): (u64, u64),
    (tokens_per_example, rows): (f64, f64),
    settings: &TuneSettings,
    shape: &Shape,
    cores: usize,
    pace: Option<f64>,
) -> Estimate {
    let per_step = u64::from(settings.batch.max(1)) * u64::from(settings.accumulation.max(1));
    let steps = examples.div_ceil(per_step) * u64::from(settings.epochs);
    let guessed = PACE_PER_CORE * cores as f64 / shape.weights().max(1.0);
    let tokens_per_second = pace.unwrap_or(guessed);
    // A held-out example is only read, which is a third of the work of learning from it.
    let passes = (examples as f64 + held_out as f64 / 3.0) * f64::from(settings.epochs);
    let seconds = passes * tokens_per_example / tokens_per_second.max(1e-9);
    let trained = shape.trained(settings);
    // Per row and layer what the way back needs; per row of an answer the whole vocabulary, twice.
    let kept = rows * shape.layers * 4.0 * (6.0 * shape.width + 2.0 * shape.query_width + 3.0 * shape.feed_forward);
    let logits = rows.min(64.0) * shape.vocabulary * 8.0;
    let weights = (shape.weights() + shape.vocabulary * shape.width) * WEIGHT_BYTES;
    Estimate {
        examples,
        held_out,
        tokens_per_example,
        steps,
        parameters: trained as u64,
        seconds,
        memory_bytes: (weights + kept + logits + trained * TRAINED_BYTES + PROGRAM_BYTES) as u64,
        tokens_per_second,
        pace_is_measured: pace.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Shape = Shape {
        layers: 30.0,
        width: 576.0,
        query_width: 576.0,
        key_value_width: 192.0,
        feed_forward: 1536.0,
        vocabulary: 49152.0,
    };

    #[test]
    fn steps_and_parameters_are_exact() {
        let settings = TuneSettings { batch: 4, accumulation: 2, epochs: 3, ..TuneSettings::default() };
        let found = estimate((60, 6), (66.0, 80.0), &settings, &SMALL, 2, None);
        assert_eq!(found.steps, 24);
        // What PEFT counts for rank 8 on all linear layers of this model.
        assert_eq!(found.parameters, 2_442_240);
        let last = TuneSettings { last_layers: Some(10), ..settings };
        assert_eq!(estimate((60, 6), (66.0, 80.0), &last, &SMALL, 2, None).parameters, 814_080);
    }

    #[test]
    fn time_follows_the_measured_pace_and_the_epochs() {
        let seconds = |epochs, pace| {
            let settings = TuneSettings { epochs, ..TuneSettings::default() };
            estimate((60, 0), (66.0, 80.0), &settings, &SMALL, 2, pace).seconds
        };
        assert!((seconds(1, Some(132.0)) - 30.0).abs() < 1e-9);
        assert!((seconds(3, Some(132.0)) - 90.0).abs() < 1e-9);
        assert!((10.0..200.0).contains(&seconds(1, None)), "{}", seconds(1, None));
    }

    #[test]
    fn memory_grows_with_the_length_and_not_with_the_number() {
        let bytes = |examples, tokens| {
            estimate((examples, 0), (tokens, tokens), &TuneSettings::default(), &SMALL, 2, None).memory_bytes
        };
        assert_eq!(bytes(60, 66.0), bytes(2_000, 66.0));
        assert!(bytes(60, 66.0) < bytes(60, 600.0));
    }

    #[test]
    fn memory_is_what_was_measured_and_a_little_more() {
        // `cargo bench -p fourfold-engine --bench tune`: 60 examples of 72 tokens, batch 1 and 4.
        for (batch, measured) in [(1, 311e6), (4, 535e6)] {
            let settings = TuneSettings { batch, ..TuneSettings::default() };
            let rows = 79.0 * f64::from(batch);
            let bytes = estimate((60, 0), (72.0, rows), &settings, &SMALL, 2, None).memory_bytes as f64;
            assert!((1.0..1.12).contains(&(bytes / measured)), "batch {batch}: {bytes}");
        }
    }
}
