//! Where an adapter's numbers lie: all of them in one list, so that optimiser, checkpoint and files go over it once.
//!
//! Per layer there are four places an adapter can attach, one per stacked layer of the model. In each, the A matrices of
//! its projections come first, below each other (rank rows of as many values as there are inputs), then per projection
//! the transposed B matrix (rank rows of as many values as there are outputs).

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::model::Config;

/// A linear layer of a transformer layer that can be adapted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Projection {
    /// Queries.
    #[serde(rename = "q_proj")]
    Query,
    /// Keys.
    #[serde(rename = "k_proj")]
    Key,
    /// Values.
    #[serde(rename = "v_proj")]
    Value,
    /// What attention found, back to the residual stream.
    #[serde(rename = "o_proj")]
    Output,
    /// The gate of the feed-forward block.
    #[serde(rename = "gate_proj")]
    Gate,
    /// The other half of the feed-forward block's first step.
    #[serde(rename = "up_proj")]
    Up,
    /// The feed-forward block, back to the residual stream.
    #[serde(rename = "down_proj")]
    Down,
}

impl Projection {
    /// All of them, in the model's order.
    pub const ALL: [Self; 7] = [Self::Query, Self::Key, Self::Value, Self::Output, Self::Gate, Self::Up, Self::Down];

    /// The name in Hugging Face models and in PEFT's `target_modules`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Query => "q_proj",
            Self::Key => "k_proj",
            Self::Value => "v_proj",
            Self::Output => "o_proj",
            Self::Gate => "gate_proj",
            Self::Up => "up_proj",
            Self::Down => "down_proj",
        }
    }

    /// The name in GGUF files.
    pub(crate) fn gguf_name(self) -> &'static str {
        match self {
            Self::Query => "attn_q",
            Self::Key => "attn_k",
            Self::Value => "attn_v",
            Self::Output => "attn_output",
            Self::Gate => "ffn_gate",
            Self::Up => "ffn_up",
            Self::Down => "ffn_down",
        }
    }

    /// The projection of a name as PEFT writes it.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|projection| projection.name() == name)
    }

    /// Values per row of input in a model of this shape.
    pub fn inputs(self, config: &Config) -> usize {
        match self {
            Self::Query | Self::Key | Self::Value | Self::Gate | Self::Up => config.width,
            Self::Output => config.query_width(),
            Self::Down => config.feed_forward,
        }
    }

    /// Values per row of output in a model of this shape.
    pub fn outputs(self, config: &Config) -> usize {
        match self {
            Self::Query => config.query_width(),
            Self::Key | Self::Value => config.key_value_width(),
            Self::Output | Self::Down => config.width,
            Self::Gate | Self::Up => config.feed_forward,
        }
    }
}

/// A stacked layer of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    QueriesKeysValues,
    AttentionOutput,
    GateUp,
    Down,
}

impl Place {
    pub(crate) const ALL: [Self; 4] = [Self::QueriesKeysValues, Self::AttentionOutput, Self::GateUp, Self::Down];

    fn projections(self) -> &'static [Projection] {
        match self {
            Self::QueriesKeysValues => &[Projection::Query, Projection::Key, Projection::Value],
            Self::AttentionOutput => &[Projection::Output],
            Self::GateUp => &[Projection::Gate, Projection::Up],
            Self::Down => &[Projection::Down],
        }
    }
}

/// One projection of a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) projection: Projection,
    /// Its columns in the stacked layer's output.
    pub(crate) columns: Range<usize>,
    /// Its A matrix.
    pub(crate) a: Range<usize>,
    /// Its transposed B matrix.
    pub(crate) b: Range<usize>,
}

/// One place of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlaceLayout {
    pub(crate) inputs: usize,
    /// Values per row of the stacked layer's output.
    pub(crate) outputs: usize,
    /// All A matrices, below each other.
    pub(crate) a: Range<usize>,
    pub(crate) parts: Vec<Part>,
}

/// Where all numbers of an adapter lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    rank: usize,
    layers: Vec<[PlaceLayout; 4]>,
    length: usize,
}

impl Layout {
    /// The layout with those projections of those layers that `has` names.
    pub(crate) fn new(config: &Config, rank: usize, has: impl Fn(usize, Projection) -> bool) -> Self {
        let mut end = 0;
        let mut take = |count: usize| {
            let start = end;
            end += count;
            start..end
        };
        let mut layers = Vec::with_capacity(config.layers);
        for layer in 0..config.layers {
            layers.push(Place::ALL.map(|place| {
                let projections = place.projections();
                let inputs = projections.first().map_or(0, |projection| projection.inputs(config));
                let mut parts = Vec::new();
                let mut column = 0;
                for &projection in projections {
                    let columns = column..column + projection.outputs(config);
                    column = columns.end;
                    if has(layer, projection) {
                        parts.push(Part { projection, columns, a: take(rank * inputs), b: 0..0 });
                    }
                }
                for part in &mut parts {
                    part.b = take(rank * part.columns.len());
                }
                let a = match (parts.first(), parts.last()) {
                    (Some(first), Some(last)) => first.a.start..last.a.end,
                    _ => 0..0,
                };
                PlaceLayout { inputs, outputs: column, a, parts }
            }));
        }
        Self { rank, layers, length: end }
    }

    /// The inner dimension of every pair.
    pub(crate) fn rank(&self) -> usize {
        self.rank
    }

    /// How many numbers there are.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// One place.
    pub(crate) fn place(&self, layer: usize, place: Place) -> Option<&PlaceLayout> {
        self.layers.get(layer).and_then(|places| places.get(place as usize))
    }

    /// Whether anything attaches to a layer.
    pub(crate) fn touches(&self, layer: usize) -> bool {
        self.layers.get(layer).is_some_and(|places| places.iter().any(|place| !place.parts.is_empty()))
    }

    /// Every projection that is there, with its layer and the values per row of its input.
    pub(crate) fn parts(&self) -> impl Iterator<Item = (usize, usize, &Part)> {
        self.layers.iter().enumerate().flat_map(|(layer, places)| {
            places.iter().flat_map(move |place| place.parts.iter().map(move |part| (layer, place.inputs, part)))
        })
    }
}
