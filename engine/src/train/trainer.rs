//! The training itself: step after step over the examples, and what is kept between steps.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::time::Instant;

use super::event::{TuneEnded, TuneEvent, TuneSink};
use super::example::{Example, Prepared, hash, order, prepare};
use super::optimiser::{AdamW, clip};
use super::options::TuneOptions;
use super::pass::{Batch, KEPT_BYTES, Network, kept_bytes};
use super::random::Random;
use crate::adapter::{Adapter, Layout};
use crate::{Base, Config, EngineError};

/// Rows that pass through the model together at most, unless one example alone has more.
const PASS_ROWS: usize = 512;
/// Steps over which the speed is averaged.
const SPEED_STEPS: usize = 20;
/// Purposes of random numbers.
const BEGINNING: u64 = 2;
const DROPPED: u64 = 3;

/// A training of one adapter. It keeps the numbers with the lowest validation loss as well as the latest ones.
pub struct Trainer {
    pub(super) base: Base,
    pub(super) options: TuneOptions,
    pub(super) layout: Layout,
    pub(super) state: State,
    pub(super) examples: Vec<Example>,
    pub(super) validation: Vec<Example>,
    /// The hash of the examples as they came.
    pub(super) examples_hash: [u8; 32],
    prepared: Prepared,
    prepared_validation: Prepared,
    gradients: Vec<f32>,
    speeds: VecDeque<(usize, f64)>,
}

/// What changes from step to step: a checkpoint holds it all.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub(super) parameters: Vec<f32>,
    pub(super) optimiser: AdamW,
    /// Steps taken.
    pub(super) step: usize,
    /// The step after which the validation examples were last measured.
    pub(super) validated: usize,
    pub(super) best: Option<Best>,
}

/// The numbers with the lowest validation loss.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Best {
    pub(super) step: usize,
    pub(super) loss: f64,
    pub(super) parameters: Vec<f32>,
}

impl Trainer {
    /// A training of a new adapter for `base`. The loss on `validation`, which may be empty, decides which step was best.
    pub fn new(
        base: &Base,
        options: TuneOptions,
        examples: Vec<Example>,
        validation: Vec<Example>,
    ) -> Result<Self, EngineError> {
        options.check()?;
        let layout = layout(base.config(), &options);
        let parameters = beginning(&layout, options.seed);
        let state = State { optimiser: AdamW::new(parameters.len()), parameters, step: 0, validated: 0, best: None };
        Self::with_state(base, options, layout, state, examples, validation)
    }

    pub(super) fn with_state(
        base: &Base,
        options: TuneOptions,
        layout: Layout,
        state: State,
        examples: Vec<Example>,
        validation: Vec<Example>,
    ) -> Result<Self, EngineError> {
        let config = base.config();
        let known = |example: &Example| {
            example.prompt.iter().chain(&example.completion).all(|&token| (token as usize) < config.vocabulary)
        };
        if !examples.iter().chain(&validation).all(known) {
            return Err(EngineError::Tuning { reason: "an example holds a token the model does not know".to_owned() });
        }
        let examples_hash = hash([&examples, &validation]);
        let max_tokens = options.max_tokens.min(config.context);
        let (examples, prepared) = prepare(examples, max_tokens);
        let (validation, prepared_validation) = prepare(validation, max_tokens);
        if examples.is_empty() {
            let reason = match prepared.left_out.len() {
                0 => "there are no examples".to_owned(),
                count => format!("none of the {count} examples fits {max_tokens} tokens or has anything to learn"),
            };
            return Err(EngineError::Tuning { reason });
        }
        let gradients = vec![0.0; layout.length()];
        Ok(Self {
            base: base.clone(),
            options,
            layout,
            state,
            examples,
            validation,
            examples_hash,
            prepared,
            prepared_validation,
            gradients,
            speeds: VecDeque::new(),
        })
    }

    /// The settings.
    pub fn options(&self) -> &TuneOptions {
        &self.options
    }

    /// What became of the examples.
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// What became of the validation examples.
    pub fn prepared_validation(&self) -> &Prepared {
        &self.prepared_validation
    }

    /// Steps taken so far.
    pub fn step(&self) -> usize {
        self.state.step
    }

    /// Steps there are.
    pub fn steps(&self) -> usize {
        self.steps_per_epoch() * self.options.epochs
    }

    /// Numbers that are trained.
    pub fn parameters(&self) -> usize {
        self.layout.length()
    }

    /// About how many bytes the training takes beside the model's weights.
    pub fn memory_bytes(&self) -> usize {
        let config = self.base.config();
        let rows = self.prepared.longest.max(PASS_ROWS.min(self.options.batch * self.prepared.longest));
        let layers = rows * kept_bytes(config) * config.layers;
        let stacked = rows * (config.feed_forward * 8 + config.width * 8) * size_of::<f32>();
        let logits = 64.min(rows) * config.vocabulary * 2 * size_of::<f32>();
        layers.min(KEPT_BYTES) + stacked + logits + 5 * self.parameters() * size_of::<f32>()
    }

    /// The adapter as it is now.
    pub fn adapter(&self) -> Result<Adapter, EngineError> {
        self.adapter_of(&self.state.parameters)
    }

    /// The adapter with the lowest validation loss, with the step it was reached at and that loss. Without validation
    /// examples there is none.
    pub fn best(&self) -> Result<Option<(Adapter, usize, f64)>, EngineError> {
        let Some(best) = &self.state.best else { return Ok(None) };
        Ok(Some((self.adapter_of(&best.parameters)?, best.step, best.loss)))
    }

    fn adapter_of(&self, parameters: &[f32]) -> Result<Adapter, EngineError> {
        let base = self.base.hash()?.to_owned();
        Ok(Adapter::new(self.base.config(), self.layout.clone(), parameters.to_vec(), self.options.alpha, Some(base)))
    }

    /// Takes the steps that are left, or those until the sink stops it.
    pub fn run(&mut self, sink: &mut dyn TuneSink) -> Result<TuneEnded, EngineError> {
        loop {
            if self.validation_is_due() {
                let Some(event) = self.validate(sink)? else { return Ok(TuneEnded::Stopped) };
                if sink.event(self, event) == ControlFlow::Break(()) {
                    return Ok(TuneEnded::Stopped);
                }
            }
            if self.state.step >= self.steps() {
                return Ok(TuneEnded::Finished);
            }
            let Some(event) = self.take_step(sink)? else { return Ok(TuneEnded::Stopped) };
            if sink.event(self, event) == ControlFlow::Break(()) {
                return Ok(TuneEnded::Stopped);
            }
        }
    }

    fn steps_per_epoch(&self) -> usize {
        self.examples.len().div_ceil(self.options.batch).div_ceil(self.options.accumulation)
    }

    fn validation_is_due(&self) -> bool {
        let step = self.state.step;
        // Every epoch ends with one: two epochs are compared by it.
        let due = step.is_multiple_of(self.steps_per_epoch())
            || self.options.validate_every.is_some_and(|every| step.is_multiple_of(every));
        due && step > self.state.validated && !self.validation.is_empty()
    }

    fn network<'a>(&'a self, stops: &'a dyn Fn() -> bool, dropout: Option<(f32, Random)>) -> Network<'a> {
        Network {
            model: self.base.model(),
            layout: &self.layout,
            parameters: &self.state.parameters,
            scale: self.options.alpha / self.options.rank as f32,
            dropout,
            kept_bytes: KEPT_BYTES,
            interrupted: stops,
        }
    }

    /// One step. `None` if the sink stopped it.
    fn take_step(&mut self, sink: &dyn TuneSink) -> Result<Option<TuneEvent>, EngineError> {
        let began = Instant::now();
        let (step, per_epoch) = (self.state.step, self.steps_per_epoch());
        let (epoch, in_epoch) = (step / per_epoch, step % per_epoch);
        let chosen: Vec<&Example> = order(&self.examples, self.options.batch, self.options.seed, epoch)
            .into_iter()
            .skip(in_epoch * self.options.accumulation)
            .take(self.options.accumulation)
            .flatten()
            .filter_map(|index| self.examples.get(index))
            .collect();
        let wanted: usize = chosen.iter().map(|example| example.completion.len()).sum();
        let tokens: usize = chosen.iter().map(|example| example.prompt.len() + example.completion.len()).sum();

        let mut gradients = std::mem::take(&mut self.gradients);
        gradients.fill(0.0);
        let stops = || sink.stops();
        let mut sum = 0.0;
        let mut whole = true;
        for (index, batch) in passes(&chosen).enumerate() {
            let dropout = (self.options.dropout > 0.0)
                .then(|| (self.options.dropout, Random::new(self.options.seed, &[DROPPED, step as u64, index as u64])));
            match self.network(&stops, dropout).learn(&batch, 1.0 / wanted as f32, &mut gradients) {
                Some(loss) => sum += loss.sum,
                None => whole = false,
            }
            if !whole {
                break;
            }
        }
        self.gradients = gradients;
        if !whole {
            return Ok(None);
        }
        let loss = sum / wanted as f64;
        let gradient = clip(&mut self.gradients, self.options.clip);
        if !loss.is_finite() || !gradient.is_finite() {
            let reason = format!("at step {} the loss is {loss} and the gradient {gradient}", step + 1);
            return Err(EngineError::Tuning { reason: format!("{reason}: lower the learning rate") });
        }
        let rate = self.options.rate(step, self.steps());
        self.state.optimiser.step(&mut self.state.parameters, &self.gradients, rate, self.options.weight_decay);
        self.state.step += 1;
        self.speeds.push_back((tokens, began.elapsed().as_secs_f64()));
        if self.speeds.len() > SPEED_STEPS {
            self.speeds.pop_front();
        }
        let (all, seconds) = self.speeds.iter().fold((0, 0.0), |sum, step| (sum.0 + step.0, sum.1 + step.1));
        let tokens_per_second = all as f64 / seconds.max(1e-9);
        let of = self.steps();
        Ok(Some(TuneEvent::Step { step: step + 1, of, epoch: epoch + 1, loss, rate, gradient, tokens_per_second }))
    }

    /// Measures the validation examples. `None` if the sink stopped it.
    fn validate(&mut self, sink: &dyn TuneSink) -> Result<Option<TuneEvent>, EngineError> {
        let stops = || sink.stops();
        let network = self.network(&stops, None);
        let (mut sum, mut tokens) = (0.0, 0);
        for batch in passes(&self.validation.iter().collect::<Vec<_>>()) {
            let Some(loss) = network.measure(&batch) else { return Ok(None) };
            sum += loss.sum;
            tokens += loss.tokens;
        }
        let loss = sum / tokens as f64;
        if !loss.is_finite() {
            return Err(EngineError::Tuning {
                reason: format!("the validation loss is {loss}: lower the learning rate"),
            });
        }
        let step = self.state.step;
        self.state.validated = step;
        let best = self.state.best.as_ref().is_none_or(|best| loss < best.loss);
        if best {
            self.state.best = Some(Best { step, loss, parameters: self.state.parameters.clone() });
        }
        let epoch = step.div_ceil(self.steps_per_epoch());
        Ok(Some(TuneEvent::Validated { step, epoch, loss, best }))
    }
}

/// What these settings adapt in a model of this shape.
pub(super) fn layout(config: &Config, options: &TuneOptions) -> Layout {
    let first_layer = config.layers.saturating_sub(options.last_layers.unwrap_or(config.layers));
    Layout::new(config, options.rank, |layer, projection| {
        layer >= first_layer && options.projections.contains(&projection)
    })
}

/// Examples in passes that are not too long.
fn passes<'a>(examples: &'a [&'a Example]) -> impl Iterator<Item = Batch> + 'a {
    let mut rest = examples.iter().peekable();
    std::iter::from_fn(move || {
        let mut batch = Batch::default();
        while let Some(example) = rest
            .next_if(|next| batch.rows() == 0 || batch.rows() + next.prompt.len() + next.completion.len() <= PASS_ROWS)
        {
            batch.push(&example.prompt, &example.completion);
        }
        (batch.rows() > 0).then_some(batch)
    })
}

/// The numbers a training begins with: A even within 1 / sqrt(inputs), as PEFT does, B zero: at first the adapter changes
/// nothing.
fn beginning(layout: &Layout, seed: u64) -> Vec<f32> {
    let mut parameters = vec![0.0; layout.length()];
    let mut random = Random::new(seed, &[BEGINNING]);
    for (_, inputs, part) in layout.parts() {
        let most = 1.0 / (inputs as f32).sqrt();
        for value in parameters.get_mut(part.a.clone()).unwrap_or_default() {
            *value = most * (2.0 * random.fraction() - 1.0);
        }
    }
    parameters
}
