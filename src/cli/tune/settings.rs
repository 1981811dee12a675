//! Single settings of a training, over those of a preset.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::tune::Preset;

/// Settings that go over the preset's.
#[derive(Clone, Debug, Default, Args, PartialEq)]
#[command(next_help_heading = "Advanced")]
pub struct SettingArguments {
    /// How often every example is seen
    #[arg(long, value_name = "NUMBER")]
    pub epochs: Option<u32>,
    /// The inner dimension of the adapter
    #[arg(long, value_name = "NUMBER")]
    pub rank: Option<u32>,
    /// Its products are multiplied by this divided by the rank; twice the rank unless said
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub alpha: Option<f32>,
    /// The share of its inputs that is dropped while training
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub dropout: Option<f32>,
    /// What is adapted, with commas between; everything linear unless said
    #[arg(long, value_name = "q_proj,v_proj...", value_delimiter = ',')]
    pub targets: Vec<String>,
    /// Only so many layers, counted from the output
    #[arg(long, value_name = "NUMBER")]
    pub last_layers: Option<u32>,
    /// Examples that pass together
    #[arg(long, value_name = "NUMBER")]
    pub batch: Option<u32>,
    /// Batches per step
    #[arg(long, value_name = "NUMBER")]
    pub accumulation: Option<u32>,
    /// The highest learning rate
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    pub learning_rate: Option<f32>,
    /// The share of all steps in which the learning rate rises
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub warmup: Option<f32>,
    /// Keep the learning rate after warming up, rather than letting it fall
    #[arg(long)]
    pub constant_rate: bool,
    /// Shorten gradients that are longer than this
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true)]
    pub clip: Option<f32>,
    /// How fast numbers shrink towards zero, times the learning rate
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pub weight_decay: Option<f32>,
    /// Longer examples are cut, and that is said
    #[arg(long, value_name = "NUMBER")]
    pub max_tokens: Option<u32>,
    /// The share of the train rows that is held out for validation
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub validation_share: Option<f64>,
    /// Measure the held-out rows every so many steps as well as after every epoch
    #[arg(long, value_name = "STEPS")]
    pub validate_every: Option<u32>,
    /// Decides the beginning, the order, and what is held out
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
}

/// Reads a preset's name; the help lists them in the words of the screens.
pub(super) fn presets() -> impl TypedValueParser<Value = Preset> {
    PossibleValuesParser::new(Preset::ALL.map(|preset| PossibleValue::new(preset.as_str()).help(preset.summary())))
        .map(|name| Preset::ALL.into_iter().find(|preset| preset.as_str() == name).unwrap_or_default())
}
