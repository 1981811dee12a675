//! The settings of a training, as they are chosen, kept and shown.

use std::path::Path;

use serde::{Deserialize, Serialize};

use fourfold_engine::gguf::Gguf;
use fourfold_engine::train::{Preset, Schedule};
use fourfold_engine::{Config, EngineError, Projection, TuneOptions};

use super::error::TuneError;
use super::held_out::SHARE;

/// Everything that decides a training besides its examples and its base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TuneSettings {
    /// How often every example is seen.
    pub epochs: u32,
    /// The inner dimension of the adapter's pairs.
    pub rank: u32,
    /// The pairs' products are multiplied by this divided by the rank.
    pub alpha: f32,
    /// The share of the pairs' inputs that is dropped while training.
    pub dropout: f32,
    /// What is adapted in each layer, by Hugging Face's names.
    pub targets: Vec<String>,
    /// Only so many layers, counted from the output; all without a number.
    pub last_layers: Option<u32>,
    /// Examples that pass together.
    pub batch: u32,
    /// Batches per step.
    pub accumulation: u32,
    /// The highest learning rate.
    pub learning_rate: f32,
    /// The share of all steps in which the learning rate rises.
    pub warmup: f32,
    /// Whether the learning rate stays after that, rather than falling along half a cosine.
    pub constant_rate: bool,
    /// Gradients longer than this are shortened to it.
    pub clip: Option<f32>,
    /// How fast numbers shrink towards zero, times the learning rate.
    pub weight_decay: f32,
    /// Longer examples are cut at the end, and that is said.
    pub max_tokens: u32,
    /// The share of the train rows that is held out for validation.
    pub validation_share: f64,
    /// The validation loss is measured every so many steps as well as after every epoch; without a number only then.
    pub validate_every: Option<u32>,
    /// Decides the beginning, the order, what is dropped and what is held out.
    pub seed: u64,
}

impl From<TuneOptions> for TuneSettings {
    fn from(options: TuneOptions) -> Self {
        Self {
            epochs: options.epochs as u32,
            rank: options.rank as u32,
            alpha: options.alpha,
            dropout: options.dropout,
            targets: options.projections.iter().map(|projection| projection.name().to_owned()).collect(),
            last_layers: options.last_layers.map(|layers| layers as u32),
            batch: options.batch as u32,
            accumulation: options.accumulation as u32,
            learning_rate: options.learning_rate,
            warmup: options.warmup,
            constant_rate: options.schedule == Schedule::Constant,
            clip: options.clip,
            weight_decay: options.weight_decay,
            max_tokens: options.max_tokens as u32,
            validation_share: SHARE,
            validate_every: options.validate_every.map(|steps| steps as u32),
            seed: options.seed,
        }
    }
}

impl From<Preset> for TuneSettings {
    fn from(preset: Preset) -> Self {
        preset.options().into()
    }
}

impl Default for TuneSettings {
    fn default() -> Self {
        Preset::default().into()
    }
}

impl TuneSettings {
    /// The engine's form of them; refuses by name what has no meaning.
    pub fn options(&self) -> Result<TuneOptions, TuneError> {
        let projections = self.targets.iter().map(|name| projection(name)).collect::<Result<Vec<_>, _>>()?;
        let options = TuneOptions {
            rank: self.rank as usize,
            alpha: self.alpha,
            dropout: self.dropout,
            projections,
            last_layers: self.last_layers.map(|layers| layers as usize),
            epochs: self.epochs as usize,
            batch: self.batch as usize,
            accumulation: self.accumulation as usize,
            learning_rate: self.learning_rate,
            warmup: self.warmup,
            schedule: if self.constant_rate { Schedule::Constant } else { Schedule::Cosine },
            clip: self.clip,
            weight_decay: self.weight_decay,
            seed: self.seed,
            max_tokens: self.max_tokens as usize,
            validate_every: self.validate_every.map(|steps| steps as usize),
        };
        if !(0.0..=0.5).contains(&self.validation_share) {
            let what = format!("validation_share = {} is out of range: 0 to 0.5", self.validation_share);
            return Err(TuneError::asked(what, "Hold out a tenth, or nothing with 0."));
        }
        // What the engine says of a setting is about what was asked, not about what failed.
        options.check().map_err(|error| {
            let what = error.to_string();
            TuneError::asked(
                what.strip_prefix("training: ").unwrap_or(&what),
                "`fourfold tune --help` names every setting.",
            )
        })?;
        Ok(options)
    }
}

impl TuneSettings {
    /// Refuses layers that a model does not have; where a training would cut at the context instead of at `max_tokens`, says so.
    pub fn fit(&self, model: &str, config: &Config) -> Result<Option<String>, TuneError> {
        let (layers, context) = (config.layers, config.context);
        if let Some(last) = self.last_layers.filter(|last| *last as usize > layers) {
            let what = format!("last_layers = {last} is more than {model} has: it has {layers} layers");
            return Err(TuneError::asked(what, format!("Give 1 to {layers}, or leave it out to adapt all of them.")));
        }
        Ok((self.max_tokens as usize > context).then(|| {
            format!(
                "max tokens = {} is more than the context of {model}: examples are cut at {context}",
                self.max_tokens
            )
        }))
    }
}

/// What a model's file says of its shape.
pub(super) fn config_of(path: &Path) -> Result<Config, TuneError> {
    Gguf::open(path).and_then(|file| Config::from_gguf(&file)).map_err(|error| engine(&error))
}

fn projection(name: &str) -> Result<Projection, TuneError> {
    Projection::ALL.into_iter().find(|projection| projection.name() == name).ok_or_else(|| {
        let known = Projection::ALL.map(Projection::name);
        let hint = crate::config::did_you_mean(name, &known, "target");
        TuneError::asked(format!("`{name}` is nothing that can be adapted"), hint)
    })
}

/// A fault of the engine as one of a training.
pub(super) fn engine(error: &EngineError) -> TuneError {
    match error {
        EngineError::Write { path, reason, full } => {
            TuneError::File { path: path.clone(), reason: reason.clone(), full: *full }
        }
        error => TuneError::failed(error.to_string(), error.hint()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_have_meaning_and_survive_the_file() {
        for preset in Preset::ALL {
            let settings = TuneSettings::from(preset);
            assert_eq!(settings.options().unwrap(), preset.options());
            let text = serde_json::to_string(&settings).unwrap();
            assert_eq!(serde_json::from_str::<TuneSettings>(&text).unwrap(), settings);
            assert!(preset.summary().ends_with('.'));
        }
        assert!(TuneSettings::from(Preset::Quick).epochs < TuneSettings::from(Preset::Thorough).epochs);
    }

    #[test]
    fn what_a_model_does_not_have_is_named() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/tests/data/tiny-llama.gguf");
        let config = config_of(&path).unwrap();
        let (layers, context) = (config.layers as u32, config.context as u32);
        let default = || TuneSettings { max_tokens: context, ..TuneSettings::default() };
        for fine in [None, Some(1), Some(layers)] {
            assert_eq!(TuneSettings { last_layers: fine, ..default() }.fit("tiny", &config).unwrap(), None);
        }
        let error = TuneSettings { last_layers: Some(99), ..default() }.fit("tiny", &config).unwrap_err();
        assert_eq!(error.to_string(), format!("last_layers = 99 is more than tiny has: it has {layers} layers"));
        assert!(error.hint().contains(&format!("Give 1 to {layers}")), "{}", error.hint());
        let note = TuneSettings { max_tokens: context + 1, ..default() }.fit("tiny", &config).unwrap().unwrap();
        assert!(note.contains(&format!("cut at {context}")), "{note}");
    }

    #[test]
    fn every_setting_out_of_range_has_its_own_message() {
        type Spoil = fn(&mut TuneSettings);
        let spoilt: [(&str, Spoil); 14] = [
            ("rank = 0 is out of range: 1 to 512", |it| it.rank = 0),
            ("rank = 513 is out of range: 1 to 512", |it| it.rank = 513),
            ("epochs = 0 is out of range: 1 to 10000", |it| it.epochs = 0),
            ("alpha = 0 is out of range: above 0 and at most 1000000", |it| it.alpha = 0.0),
            ("alpha = 10000000 is out of range: above 0 and at most 1000000", |it| it.alpha = 1e7),
            ("dropout = 1.5 is out of range: 0 to 0.95", |it| it.dropout = 1.5),
            ("dropout = -1 is out of range: 0 to 0.95", |it| it.dropout = -1.0),
            ("last_layers = 0 is out of range: 1 or more", |it| it.last_layers = Some(0)),
            ("validate_every = 0 is out of range: 1 or more", |it| it.validate_every = Some(0)),
            ("learning_rate = 2 is out of range: above 0 and at most 1", |it| it.learning_rate = 2.0),
            ("warmup = 1.5 is out of range: 0 to 1", |it| it.warmup = 1.5),
            ("clip = 0 is out of range: above 0 and at most 1000000000", |it| it.clip = Some(0.0)),
            ("batch = 0 is out of range: 1 to 4096", |it| it.batch = 0),
            ("`head` is nothing that can be adapted", |it| it.targets = vec!["head".to_owned()]),
        ];
        for (message, spoil) in spoilt {
            let mut settings = TuneSettings::default();
            spoil(&mut settings);
            let error = settings.options().unwrap_err();
            assert_eq!((error.to_string().as_str(), error.hint().is_empty()), (message, false));
        }
    }

    #[test]
    fn what_has_no_meaning_is_named() {
        let refused = |settings: TuneSettings| settings.options().unwrap_err();
        let default = TuneSettings::default;
        let error = refused(TuneSettings { rank: 0, ..default() });
        assert!(matches!(&error, TuneError::Asked { what, .. } if what.starts_with("rank = 0")), "{error:?}");
        assert!(refused(TuneSettings { validation_share: 0.9, ..default() }).to_string().contains("validation_share"));
        let error = refused(TuneSettings { targets: vec!["q_porj".to_owned()], ..default() });
        assert_eq!(error.hint(), "Did you mean `q_proj`?");
    }
}
