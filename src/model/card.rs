//! An adapter's card: what it was trained from and on, beside its weights. Written by a training, read by whoever asks the
//! model with it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ModelError;
use crate::files::read_text;

/// The card's file in an adapter's folder.
pub const CARD: &str = "card.json";
/// The newest form of a card that this program knows.
const FORMAT: u32 = 1;
/// No card is longer: a line for each of ten thousand epochs is a tenth of it.
const MOST_BYTES: u64 = 16 << 20;

/// Everything known about where an adapter comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The form of this file.
    pub format: u32,
    /// The adapter's name.
    pub name: String,
    /// The model it belongs to.
    pub base: BaseModel,
    /// What it was trained on; none where it was trained elsewhere.
    #[serde(default)]
    pub data: Option<TrainingData>,
    /// The prompts and strategies its examples were made with; empty where it was trained elsewhere.
    #[serde(default)]
    pub trained_with: Vec<TrainedWith>,
    /// The settings of the training.
    #[serde(default)]
    pub settings: Value,
    /// The losses, epoch by epoch.
    #[serde(default)]
    pub epochs: Vec<CardEpoch>,
    /// The epoch whose weights these are.
    #[serde(default)]
    pub best_epoch: Option<u32>,
    /// Since which epoch it overfitted, in words.
    #[serde(default)]
    pub overfitting: Option<String>,
    /// The seed.
    #[serde(default)]
    pub seed: Option<u64>,
    /// How long the training took, in seconds.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// When it was made, UTC, as RFC 3339.
    pub created: String,
    /// Which program made it, and its version.
    pub program: String,
}

/// The model an adapter belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BaseModel {
    /// Its name in the workbench it was trained in.
    pub name: String,
    /// Its file's name.
    pub file: String,
    /// The hash of that file; `None` where an imported adapter does not say.
    pub hash: Option<String>,
    /// What the training computed with.
    #[serde(default)]
    pub computed_as: String,
}

/// What was trained on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingData {
    /// The hash of every example, in order.
    pub hash: String,
    /// The file the rows came from.
    pub file: String,
    /// Examples trained on.
    pub examples: u64,
    /// Examples held out for validation.
    pub held_out: u64,
}

/// A prompt and a strategy that examples were made with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainedWith {
    /// The arm.
    pub arm: String,
    /// The prompt's file, from the workbench folder.
    pub prompt: String,
    /// The hash of the prompt's text.
    pub prompt_hash: String,
    /// The strategy, as a screen names it.
    pub strategy: String,
    /// The hash of the strategy with all its settings.
    pub strategy_hash: String,
}

impl TrainedWith {
    /// A prompt's text and a strategy's hash, in the form they are compared in.
    pub fn prompt_hash(text: &str) -> String {
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }

    /// Both names.
    pub fn label(&self) -> String {
        format!("{} · {}", self.prompt, self.strategy)
    }
}

/// The losses of one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CardEpoch {
    /// Which, from 1.
    pub epoch: u32,
    /// The mean over its steps.
    pub loss: f64,
    /// At its end, on what was held out.
    pub validation: Option<f64>,
}

/// What the remark begins with that an adapter is asked otherwise than it was trained.
const OTHERWISE: &str = "trained with ";

impl Card {
    /// Whether this remark says that an adapter is asked otherwise than it was trained.
    pub fn is_asked_otherwise(note: &str) -> bool {
        note.starts_with(OTHERWISE)
    }

    /// The form that is written.
    pub const fn format() -> u32 {
        FORMAT
    }

    /// The card in an adapter's folder; `None` where there is none, as in a folder another program wrote.
    pub fn read(folder: &Path) -> Result<Option<Self>, ModelError> {
        let path = folder.join(CARD);
        let text = match read_text(&path, MOST_BYTES) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(&path, &error)),
        };
        let card: Self = serde_json::from_str(&text).map_err(|error| unusable(&path, &error))?;
        if card.format > FORMAT {
            return Err(unusable(&path, &format!("it has format {}, and this program knows {FORMAT}", card.format)));
        }
        Ok(Some(card))
    }

    /// Remarks for an answer that was asked for with this prompt and strategy: none where the examples were made so.
    pub fn asked_otherwise(
        &self,
        prompt: &str,
        prompt_text: &str,
        strategy: &str,
        strategy_hash: &str,
    ) -> Option<String> {
        let hash = TrainedWith::prompt_hash(prompt_text);
        let same = |with: &&TrainedWith| with.prompt_hash == hash && with.strategy_hash == strategy_hash;
        if self.trained_with.is_empty() || self.trained_with.iter().any(|with| same(&with)) {
            return None;
        }
        let trained: Vec<String> = self.trained_with.iter().map(TrainedWith::label).collect();
        let edited = self.trained_with.iter().any(|with| with.prompt == prompt && with.prompt_hash != hash);
        let edited = if edited { ", the prompt edited since" } else { "" };
        Some(format!("{OTHERWISE}{}; asked with {prompt} · {strategy}{edited}", trained.join(" and with ")))
    }
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> ModelError {
    ModelError::Engine {
        reason: format!("the adapter's card {} cannot be used: {reason}", path.display()),
        hint: "Train or import the adapter again, or take the folder out of fourfold.toml.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn card() -> Card {
        Card {
            format: FORMAT,
            name: "orders".to_owned(),
            base: BaseModel {
                name: "small".to_owned(),
                file: "small.gguf".to_owned(),
                hash: Some("blake3:00".to_owned()),
                computed_as: "f32".to_owned(),
            },
            data: None,
            trained_with: vec![TrainedWith {
                arm: "plain".to_owned(),
                prompt: "orders.prompty".to_owned(),
                prompt_hash: TrainedWith::prompt_hash("text"),
                strategy: "zero-shot".to_owned(),
                strategy_hash: "s".to_owned(),
            }],
            settings: Value::Null,
            epochs: Vec::new(),
            best_epoch: None,
            overfitting: None,
            seed: Some(1),
            seconds: None,
            created: "2026-01-01T00:00:00Z".to_owned(),
            program: "fourfold 0.1.0".to_owned(),
        }
    }

    #[test]
    fn asked_as_trained_or_not() {
        let card = card();
        let asked = |text, strategy| card.asked_otherwise("orders.prompty", text, strategy, &strategy[..1]);
        assert_eq!(card.asked_otherwise("orders.prompty", "text", "zero-shot", "s"), None);
        // The same text under another name is the same prompt.
        assert_eq!(card.asked_otherwise("copy.prompty", "text", "zero-shot", "s"), None);
        assert_eq!(
            asked("text", "few-shot").unwrap(),
            "trained with orders.prompty · zero-shot; asked with orders.prompty · few-shot"
        );
        assert!(asked("changed", "s").unwrap().ends_with("the prompt edited since"));
        let foreign = Card { trained_with: Vec::new(), ..card.clone() };
        assert_eq!(foreign.asked_otherwise("x", "y", "z", "w"), None);
    }

    #[test]
    fn a_card_is_read_back_and_a_newer_one_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Card::read(folder.path()).unwrap(), None);
        let write = |card: &Card| fs::write(folder.path().join(CARD), serde_json::to_string(card).unwrap()).unwrap();
        write(&card());
        assert_eq!(Card::read(folder.path()).unwrap(), Some(card()));
        write(&Card { format: FORMAT + 1, ..card() });
        assert!(Card::read(folder.path()).unwrap_err().to_string().contains("this program knows 1"));
        fs::write(folder.path().join(CARD), "{").unwrap();
        assert!(Card::read(folder.path()).is_err());
    }
}
