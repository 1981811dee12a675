//! The Tune screen: what is chosen, what it will take, how the training goes.

use super::Fault;
use crate::editor::Editor;
use crate::tune::{Preset, Progress, Reckoned, TuneRequest, TuneSettings, Wish, check_name};

/// What a line of the form decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The adapter's name.
    Name,
    /// The model that is tuned.
    Base,
    /// The arm, or arms, whose questions are learned.
    Arms,
    /// The rows: the train split, or a file.
    Rows,
    /// The preset in plain words.
    Preset,
    /// Whether the lines below are shown.
    Advanced,
    /// How often every example is seen.
    Epochs,
    /// The inner dimension of the adapter's pairs.
    Rank,
    /// Their strength, times the rank.
    Alpha,
    /// The highest learning rate.
    LearningRate,
    /// Examples that pass together.
    Batch,
    /// Batches per step.
    Accumulation,
    /// The share of inputs dropped.
    Dropout,
    /// The share of rows held out.
    ValidationShare,
    /// Longer examples are cut.
    MaxTokens,
    /// What is adapted in each layer.
    Targets,
    /// Only so many layers, counted from the output.
    LastLayers,
    /// The share of steps in which the learning rate rises.
    Warmup,
    /// Whether the learning rate falls after that.
    Rate,
    /// Longer gradients are shortened.
    Clip,
    /// How fast numbers shrink.
    WeightDecay,
    /// How often the held-out rows are measured.
    ValidateEvery,
    /// Decides order, beginning and what is held out.
    Seed,
}

/// One of a line's choices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it stands for; several arms are separated by line ends.
    pub value: String,
    /// What is read.
    pub title: String,
    /// What it means.
    pub note: String,
}

/// How a line is answered.
#[derive(Debug)]
pub enum Control {
    /// By typing.
    Text(Box<Editor>),
    /// By stepping through choices.
    Choice {
        /// All of them.
        choices: Vec<Choice>,
        /// Which one it is.
        chosen: usize,
    },
}

/// A line of the form.
#[derive(Debug)]
pub struct TuneField {
    /// What it decides.
    pub setting: Setting,
    /// Its name on the screen.
    pub title: &'static str,
    /// What it does.
    pub help: &'static str,
    /// How it is answered.
    pub control: Control,
    /// What is wrong with the answer.
    pub fault: Option<String>,
}

impl TuneField {
    /// The chosen value or the typed text.
    pub fn value(&self) -> String {
        match &self.control {
            Control::Text(editor) => editor.text().trim().to_owned(),
            Control::Choice { choices, chosen } => {
                choices.get(*chosen).map(|choice| choice.value.clone()).unwrap_or_default()
            }
        }
    }
}

/// A training that is looked at.
#[derive(Debug, Default)]
pub struct Watched {
    /// The adapter's name.
    pub name: String,
    /// Where it stands.
    pub progress: Progress,
    /// What was asked of it and has not happened yet.
    pub asked: Option<Wish>,
    /// Whether the person has to say once more that it shall be given up.
    pub giving_up: bool,
}

impl TuneState {
    /// The training that goes on in a process of its own when the program ends, by its name.
    pub fn goes_on(&self) -> Option<String> {
        self.watched.as_ref().filter(|watched| !watched.progress.phase.is_over()).map(|watched| watched.name.clone())
    }
}

/// The Tune screen.
#[derive(Debug, Default)]
pub struct TuneState {
    /// The form; empty until it was first opened.
    pub fields: Vec<TuneField>,
    /// Which line has the caret.
    pub focused: usize,
    /// Counts what was asked of the worker that reckons.
    pub generation: u64,
    /// What the choices would take, once it is reckoned.
    pub reckoned: Option<Result<Reckoned, Fault>>,
    /// What was said to stand on the screen alone, when Enter was pressed.
    pub warned: Vec<String>,
    /// Whether the training is being made ready.
    pub beginning: bool,
    /// The training that is looked at.
    pub watched: Option<Watched>,
}

impl TuneState {
    /// Whether the lines under "advanced" are shown.
    pub fn shows_advanced(&self) -> bool {
        self.value_of(Setting::Advanced) == "shown"
    }

    /// The lines that are shown, by their place in `fields`.
    pub fn shown(&self) -> Vec<usize> {
        let advanced = self.shows_advanced();
        let is_advanced = |setting| ADVANCED.iter().any(|(advanced, ..)| *advanced == setting);
        (0..self.fields.len())
            .filter(|index| self.fields.get(*index).is_some_and(|field| advanced || !is_advanced(field.setting)))
            .collect()
    }

    /// The value of a line.
    pub fn value_of(&self, setting: Setting) -> String {
        self.fields.iter().find(|field| field.setting == setting).map(TuneField::value).unwrap_or_default()
    }

    /// What the form asks for; lines that cannot be read get their fault.
    pub fn request(&mut self) -> Option<TuneRequest> {
        let preset = self.value_of(Setting::Preset);
        let preset = Preset::ALL.into_iter().find(|known| known.as_str() == preset).unwrap_or_default();
        let mut settings = TuneSettings::from(preset);
        let mut fine = true;
        for field in &mut self.fields {
            let text = field.value();
            field.fault = match field.setting {
                Setting::Name => check_name(&text).err().map(|error| error.to_string()),
                setting => keep(&mut settings, setting, &text),
            };
            fine &= field.fault.is_none();
        }
        let request = TuneRequest {
            name: self.value_of(Setting::Name),
            base: self.value_of(Setting::Base),
            arms: self.value_of(Setting::Arms).lines().map(str::to_owned).collect(),
            data: Some(self.value_of(Setting::Rows)).filter(|path| !path.is_empty()).map(Into::into),
            settings,
        };
        fine.then_some(request)
    }
}

/// Reads a line's text into the settings; gives what is wrong with it.
fn keep(settings: &mut TuneSettings, setting: Setting, text: &str) -> Option<String> {
    fn read<T: std::str::FromStr>(slot: &mut T, text: &str) -> Option<String> {
        match text.parse() {
            Ok(value) => {
                *slot = value;
                None
            }
            Err(_) => Some("not a number".to_owned()),
        }
    }
    fn read_unless<T: std::str::FromStr>(slot: &mut Option<T>, text: &str, nothing: &str) -> Option<String> {
        if text.is_empty() || text == nothing {
            *slot = None;
            return None;
        }
        *slot = text.parse().ok();
        slot.is_none().then(|| format!("not a number; `{nothing}` is possible as well"))
    }
    match setting {
        Setting::Name | Setting::Base | Setting::Arms | Setting::Rows | Setting::Preset | Setting::Advanced => None,
        Setting::Epochs => read(&mut settings.epochs, text),
        Setting::Rank => read(&mut settings.rank, text),
        Setting::Alpha => read(&mut settings.alpha, text),
        Setting::LearningRate => read(&mut settings.learning_rate, text),
        Setting::Batch => read(&mut settings.batch, text),
        Setting::Accumulation => read(&mut settings.accumulation, text),
        Setting::Dropout => read(&mut settings.dropout, text),
        Setting::ValidationShare => read(&mut settings.validation_share, text),
        Setting::MaxTokens => read(&mut settings.max_tokens, text),
        Setting::Targets => {
            settings.targets = if text.is_empty() || text == ALL {
                TuneSettings::default().targets
            } else {
                text.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect()
            };
            None
        }
        Setting::LastLayers => read_unless(&mut settings.last_layers, text, ALL),
        Setting::Warmup => read(&mut settings.warmup, text),
        Setting::Rate => {
            settings.constant_rate = text == CONSTANT;
            (![CONSTANT, FALLING].contains(&text)).then(|| format!("write {FALLING} or {CONSTANT}"))
        }
        Setting::Clip => read_unless(&mut settings.clip, text, NONE),
        Setting::WeightDecay => read(&mut settings.weight_decay, text),
        Setting::ValidateEvery => read_unless(&mut settings.validate_every, text, EPOCH),
        Setting::Seed => read(&mut settings.seed, text),
    }
}

/// How the advanced lines write settings.
pub fn written(settings: &TuneSettings, setting: Setting) -> String {
    match setting {
        Setting::Name | Setting::Base | Setting::Arms | Setting::Rows | Setting::Preset | Setting::Advanced => {
            String::new()
        }
        Setting::Epochs => settings.epochs.to_string(),
        Setting::Rank => settings.rank.to_string(),
        Setting::Alpha => settings.alpha.to_string(),
        Setting::LearningRate => settings.learning_rate.to_string(),
        Setting::Batch => settings.batch.to_string(),
        Setting::Accumulation => settings.accumulation.to_string(),
        Setting::Dropout => settings.dropout.to_string(),
        Setting::ValidationShare => settings.validation_share.to_string(),
        Setting::MaxTokens => settings.max_tokens.to_string(),
        Setting::Seed => settings.seed.to_string(),
        Setting::Targets if settings.targets == TuneSettings::default().targets => ALL.to_owned(),
        Setting::Targets => settings.targets.join(","),
        Setting::LastLayers => or_word(settings.last_layers, ALL),
        Setting::Warmup => settings.warmup.to_string(),
        Setting::Rate => if settings.constant_rate { CONSTANT } else { FALLING }.to_owned(),
        Setting::Clip => or_word(settings.clip, NONE),
        Setting::WeightDecay => settings.weight_decay.to_string(),
        Setting::ValidateEvery => or_word(settings.validate_every, EPOCH),
    }
}

fn or_word<T: ToString>(value: Option<T>, nothing: &str) -> String {
    value.map_or_else(|| nothing.to_owned(), |value| value.to_string())
}

/// How the form writes everything linear, and every layer.
const ALL: &str = "all";
/// How it writes a clipping that is off.
const NONE: &str = "none";
/// How it writes a validation at the end of every epoch.
const EPOCH: &str = "epoch";
/// How it writes the two courses of the learning rate.
const FALLING: &str = "falling";
const CONSTANT: &str = "constant";

/// The lines under "advanced": setting, name, what it does.
pub const ADVANCED: [(Setting, &str, &str); 17] = [
    (Setting::Epochs, "epochs", "how often every example is seen"),
    (Setting::Rank, "rank", "the inner dimension of the adapter; more learns more, and takes more"),
    (Setting::Alpha, "alpha", "the adapter's strength: its product is multiplied by alpha / rank"),
    (Setting::LearningRate, "learning rate", "the highest the rate gets"),
    (Setting::Batch, "batch", "examples that pass together"),
    (Setting::Accumulation, "accumulation", "batches per step"),
    (Setting::Dropout, "dropout", "the share of the adapter's inputs that is dropped"),
    (Setting::ValidationShare, "held out", "the share of rows kept for validation"),
    (Setting::MaxTokens, "max tokens", "longer examples are cut, and that is said"),
    (Setting::Seed, "seed", "decides order, beginning and what is held out"),
    (
        Setting::Targets,
        "targets",
        "what is adapted: all that is linear, or q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj",
    ),
    (Setting::LastLayers, "last layers", "all, or only so many, counted from the output"),
    (Setting::Warmup, "warm-up", "the share of all steps in which the learning rate rises"),
    (Setting::Rate, "rate after it", "falling along half a cosine, or constant"),
    (Setting::Clip, "clip", "longer gradients are shortened to this, or none"),
    (Setting::WeightDecay, "weight decay", "how fast numbers shrink towards zero, times the learning rate"),
    (Setting::ValidateEvery, "validate", "after every epoch, or every so many steps"),
];
