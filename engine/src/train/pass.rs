//! One pass of training: some sequences through the model and back. Written by hand, layer by layer, instead of recorded
//! on a tape: what is frozen costs neither gradients nor copies, and what is cheap to compute again is not kept.

use std::ops::Range;

use rayon::prelude::*;

use super::adapted::Adapted;
use super::attention::{Heads, attend, attend_backwards};
use super::dropout::Dropout;
use super::elementwise::{gate, gate_backwards, normalised, normalised_backwards};
use super::loss::{Loss, loss};
use super::random::Random;
use crate::adapter::{Layout, Place, PlaceLayout};
use crate::model::{Angles, Config, Layer, Linear, Transformer};

/// Bytes of what a pass may keep for its way back; beyond that layers are computed a second time.
pub(super) const KEPT_BYTES: usize = 256 << 20;

/// Rows that are worth a thread of their own.
const ROWS: usize = 16;
/// Values that are.
const VALUES: usize = 1 << 14;

/// Sequences that pass together, without padding.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    tokens: Vec<u32>,
    sequences: Vec<Range<usize>>,
    /// Rows that are followed by a token of a completion, and that token.
    wanted: Vec<(usize, u32)>,
}

impl Batch {
    /// Adds a sequence of which the tokens from `prompt` on are to be learned.
    pub(super) fn push(&mut self, prompt: &[u32], completion: &[u32]) {
        let start = self.tokens.len();
        self.tokens.extend_from_slice(prompt);
        self.tokens.extend_from_slice(completion);
        // Nothing follows the last token.
        self.tokens.pop();
        self.sequences.push(start..self.tokens.len());
        let first = start + prompt.len();
        self.wanted.extend(completion.iter().enumerate().map(|(index, &token)| (first + index - 1, token)));
    }

    fn wanted_tokens(&self) -> Vec<u32> {
        self.wanted.iter().map(|&(_, token)| token).collect()
    }

    /// Rows of the pass.
    pub(super) fn rows(&self) -> usize {
        self.tokens.len()
    }
}

/// The frozen model with an adapter's numbers beside it.
pub(super) struct Network<'a> {
    pub(super) model: &'a Transformer,
    pub(super) layout: &'a Layout,
    pub(super) parameters: &'a [f32],
    /// `alpha / rank`
    pub(super) scale: f32,
    /// The share dropped, and the numbers that decide what.
    pub(super) dropout: Option<(f32, Random)>,
    /// Bytes that may be kept for the way back.
    pub(super) kept_bytes: usize,
    pub(super) interrupted: &'a dyn Fn() -> bool,
}

/// What a layer keeps for its way back.
struct Kept {
    /// Queries, keys and values before heads are normalised, where the family does that.
    before_norm: Option<Vec<f32>>,
    placed: Vec<f32>,
    attended: Vec<f32>,
    middle: Vec<f32>,
    gate_up: Vec<f32>,
    /// The inner values of the pairs, place by place.
    hidden: [Vec<f32>; 4],
}

impl Network<'_> {
    /// The loss without gradients. `None` if interrupted.
    pub(super) fn measure(&self, batch: &Batch) -> Option<Loss> {
        let angles = self.angles(batch);
        let mut stream = self.model.embed(&batch.tokens);
        for index in 0..self.config().layers {
            if (self.interrupted)() {
                return None;
            }
            self.layer(index, &mut stream, batch, &angles)?;
        }
        Some(loss(self.model.output_layer(), &self.last_rows(&stream, batch).1, &batch.wanted_tokens(), None).0)
    }

    /// The loss, and the gradients of `weight` times it added to `into`. `None` if interrupted.
    pub(super) fn learn(&self, batch: &Batch, weight: f32, into: &mut [f32]) -> Option<Loss> {
        let config = self.config();
        let angles = self.angles(batch);
        let first = (0..config.layers).find(|&layer| self.layout.touches(layer)).unwrap_or(config.layers);
        let keeps = batch.rows() * kept_bytes(config) * (config.layers - first) <= self.kept_bytes;
        let mut stream = self.model.embed(&batch.tokens);
        let mut inputs = Vec::new();
        for index in 0..config.layers {
            if (self.interrupted)() {
                return None;
            }
            let input = (index >= first).then(|| stream.clone());
            let kept = self.layer(index, &mut stream, batch, &angles)?;
            if let Some(input) = input {
                inputs.push((index, input, keeps.then_some(kept)));
            }
        }

        let (rows, normalised_rows) = self.last_rows(&stream, batch);
        let (loss, of_normalised) =
            loss(self.model.output_layer(), &normalised_rows, &batch.wanted_tokens(), Some(weight));
        let mut of_rows = vec![0.0; rows.len()];
        normalised_backwards(&rows, self.model.output_norm(), config.epsilon, &of_normalised, &mut of_rows);
        let mut gradients = vec![0.0; stream.len()];
        for ((row, _), of_row) in batch.wanted.iter().zip(of_rows.chunks_exact(config.width)) {
            let target = gradients.get_mut(row * config.width..(row + 1) * config.width).unwrap_or_default();
            target.iter_mut().zip(of_row).for_each(|(target, value)| *target += value);
        }
        drop(stream);

        while let Some((index, input, kept)) = inputs.pop() {
            if (self.interrupted)() {
                return None;
            }
            let kept = match kept {
                Some(kept) => kept,
                None => self.layer(index, &mut input.clone(), batch, &angles)?,
            };
            self.layer_backwards(index, &input, &kept, batch, &angles, &mut gradients, into, index > first);
        }
        Some(loss)
    }

    fn config(&self) -> &Config {
        self.model.config()
    }

    fn angles(&self, batch: &Batch) -> Vec<Angles> {
        batch
            .sequences
            .iter()
            .flat_map(|sequence| 0..sequence.len())
            .map(|row| self.model.rotary().angles(row))
            .collect()
    }

    /// The rows that are followed by a completion's token, as they are and normalised.
    fn last_rows(&self, stream: &[f32], batch: &Batch) -> (Vec<f32>, Vec<f32>) {
        let width = self.config().width;
        let rows: Vec<f32> = batch
            .wanted
            .iter()
            .flat_map(|&(row, _)| stream.get(row * width..(row + 1) * width).unwrap_or_default())
            .copied()
            .collect();
        let normalised = normalised(&rows, self.model.output_norm(), self.config().epsilon);
        (rows, normalised)
    }

    fn adapted<'b>(&'b self, index: usize, place: Place, linear: &'b Linear) -> Option<Adapted<'b>> {
        let layout: &PlaceLayout = self.layout.place(index, place)?;
        let dropout = self
            .dropout
            .as_ref()
            .map(|(share, random)| Dropout { share: *share, random: random.branch(&[index as u64, place as u64]) });
        Some(Adapted {
            linear,
            place: layout,
            parameters: self.parameters,
            rank: self.layout.rank(),
            scale: self.scale,
            dropout,
        })
    }

    /// One layer, forwards.
    fn layer(&self, index: usize, stream: &mut [f32], batch: &Batch, angles: &[Angles]) -> Option<Kept> {
        let config = self.config();
        let layer = self.model.layer(index)?;
        let input = normalised(stream, &layer.attention_norm, config.epsilon);
        let (mut placed, of_queries) =
            self.adapted(index, Place::QueriesKeysValues, &layer.queries_keys_values)?.forward(&input);
        let before_norm = layer.query_norm.as_ref().map(|_| placed.clone());
        self.place(layer, &mut placed, angles);
        let attended = attend(Heads::new(config), &placed, &batch.sequences);
        let (output, of_output) =
            self.adapted(index, Place::AttentionOutput, &layer.attention_output)?.forward(&attended);
        add(stream, &output);
        let middle = stream.to_vec();
        let input = normalised(stream, &layer.feed_forward_norm, config.epsilon);
        let (gate_up, of_gate) = self.adapted(index, Place::GateUp, &layer.gate_up)?.forward(&input);
        let hidden = gate(&gate_up, config.feed_forward);
        let (output, of_down) = self.adapted(index, Place::Down, &layer.down)?.forward(&hidden);
        add(stream, &output);
        Some(Kept { before_norm, placed, attended, middle, gate_up, hidden: [of_queries, of_output, of_gate, of_down] })
    }

    /// One layer, backwards: `gradients` of its output become those of its input.
    #[expect(clippy::too_many_arguments, reason = "what a layer had, what it kept, and where its gradients go")]
    fn layer_backwards(
        &self,
        index: usize,
        input: &[f32],
        kept: &Kept,
        batch: &Batch,
        angles: &[Angles],
        gradients: &mut [f32],
        into: &mut [f32],
        wants_input: bool,
    ) -> Option<()> {
        let config = self.config();
        let layer = self.model.layer(index)?;
        let [of_queries, of_output, of_gate, of_down] = &kept.hidden;

        let hidden = gate(&kept.gate_up, config.feed_forward);
        let down = self.adapted(index, Place::Down, &layer.down)?;
        let of_hidden = down.backward(&hidden, of_down, gradients, into, true);
        let of_gate_up = gate_backwards(&kept.gate_up, &of_hidden, config.feed_forward);
        let normal = normalised(&kept.middle, &layer.feed_forward_norm, config.epsilon);
        let gate_up = self.adapted(index, Place::GateUp, &layer.gate_up)?;
        let of_normal = gate_up.backward(&normal, of_gate, &of_gate_up, into, true);
        normalised_backwards(&kept.middle, &layer.feed_forward_norm, config.epsilon, &of_normal, gradients);

        let output = self.adapted(index, Place::AttentionOutput, &layer.attention_output)?;
        let of_attended = output.backward(&kept.attended, of_output, gradients, into, true);
        let mut of_placed = attend_backwards(Heads::new(config), &kept.placed, &of_attended, &batch.sequences);
        self.place_backwards(layer, kept, &mut of_placed, angles);
        let normal = normalised(input, &layer.attention_norm, config.epsilon);
        let stacked = self.adapted(index, Place::QueriesKeysValues, &layer.queries_keys_values)?;
        let of_normal = stacked.backward(&normal, of_queries, &of_placed, into, wants_input);
        if wants_input {
            normalised_backwards(input, &layer.attention_norm, config.epsilon, &of_normal, gradients);
        }
        Some(())
    }

    /// Normalises heads where the family does, then turns queries and keys to their positions.
    fn place(&self, layer: &Layer, stacked: &mut [f32], angles: &[Angles]) {
        let config = self.config();
        let (query_width, key_width) = (config.query_width(), config.key_value_width());
        let model = self.model;
        stacked.par_chunks_exact_mut(query_width + 2 * key_width).zip(angles).with_min_len(ROWS).for_each(
            |(row, angles)| {
                let (query, rest) = row.split_at_mut(query_width);
                model.place(query, layer.query_norm.as_deref(), angles);
                if let Some(key) = rest.get_mut(..key_width) {
                    model.place(key, layer.key_norm.as_deref(), angles);
                }
            },
        );
    }

    /// Turns gradients back (the inverse of a turn is its transpose) and takes them through the heads' normalisation.
    fn place_backwards(&self, layer: &Layer, kept: &Kept, gradients: &mut [f32], angles: &[Angles]) {
        let config = self.config();
        let (query_width, key_width) = (config.query_width(), config.key_value_width());
        let width = query_width + 2 * key_width;
        let turned = query_width + key_width;
        let rotary = self.model.rotary();
        gradients.par_chunks_exact_mut(width).zip(angles).with_min_len(ROWS).for_each(|(row, angles)| {
            rotary.turn(row.get_mut(..turned).unwrap_or_default(), &angles.inverse());
        });
        let (Some(before), Some(query_norm), Some(key_norm)) = (&kept.before_norm, &layer.query_norm, &layer.key_norm)
        else {
            return;
        };
        for (row, before) in gradients.chunks_exact_mut(width).zip(before.chunks_exact(width)) {
            for (columns, norm) in [(0..query_width, query_norm), (query_width..turned, key_norm)] {
                let of_normal = row.get(columns.clone()).unwrap_or_default().to_vec();
                let target = row.get_mut(columns.clone()).unwrap_or_default();
                target.fill(0.0);
                let before = before.get(columns).unwrap_or_default();
                normalised_backwards(before, norm, config.epsilon, &of_normal, target);
            }
        }
    }
}

/// Bytes a layer keeps per row.
pub(super) fn kept_bytes(config: &Config) -> usize {
    let stacked = config.query_width() + 2 * config.key_value_width();
    size_of::<f32>() * (2 * config.width + 2 * stacked + config.query_width() + 2 * config.feed_forward)
}

fn add(sums: &mut [f32], values: &[f32]) {
    sums.par_chunks_mut(VALUES).zip(values.par_chunks(VALUES)).for_each(|(sums, values)| {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += value;
        }
    });
}
