//! A persona: who the model is to be, said before everything else in the system message.

use super::common;
use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::Recipe;
use super::registry::{Caution, Strategy};
use super::setting::Setting;

/// See the module's first line.
pub(crate) struct Persona;

static SETTINGS: [Setting; 5] = [
    common::PERSONA,
    common::READ.quietly(),
    common::MARKER.quietly(),
    common::PATTERN.quietly(),
    common::CHOICES.quietly(),
];

static CAUTIONS: [Caution; 2] = [
    Caution { what: "hurts code review: exact match 1 to 54 % lower", source: "arXiv 2402.00905" },
    Caution { what: "no gain over 162 roles on factual questions", source: "Zheng et al., EMNLP Findings 2024" },
];

impl Strategy for Persona {
    fn id(&self) -> &'static str {
        "persona"
    }

    fn title(&self) -> &'static str {
        "Persona"
    }

    fn summary(&self) -> &'static str {
        "Begins the system message with who the model is to be."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn cautions(&self) -> &'static [Caution] {
        &CAUTIONS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        Ok(Recipe { persona: Some(settings.text(common::PERSONA.name)), ..Recipe::reading(settings)? })
    }
}
