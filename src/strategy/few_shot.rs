//! Few-shot: solved train rows before the case, as turns of their own or inside the message.

use super::common;
use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::Recipe;
use super::registry::{Caution, Strategy};
use super::setting::{Setting, SettingDefault, SettingKind};

/// See the module's first line.
pub(crate) struct FewShot;

/// A persona is none unless one is written.
const PERSONA: Setting = Setting {
    name: "persona",
    title: "Persona",
    help: "Begins the system message, where one is written; a template.",
    kind: SettingKind::Template,
    default: SettingDefault::Text(""),
    quiet: true,
};

static SETTINGS: [Setting; 12] = [
    common::K,
    common::SELECT,
    common::IDS,
    common::PLACEMENT,
    common::ITEM,
    common::BALANCE.quietly(),
    common::DRAW.quietly(),
    PERSONA,
    common::READ.quietly(),
    common::MARKER.quietly(),
    common::PATTERN.quietly(),
    common::CHOICES.quietly(),
];

/// Of few-shot and of what is built on it.
pub(super) static CAUTIONS: [Caution; 1] = [Caution {
    what: "lowers reasoning models: o1-preview did worse with examples",
    source: "Nori et al. 2024, arXiv 2411.03590",
}];

impl Strategy for FewShot {
    fn id(&self) -> &'static str {
        "few-shot"
    }

    fn title(&self) -> &'static str {
        "Few-shot"
    }

    fn summary(&self) -> &'static str {
        "Shows solved train rows before the case."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn cautions(&self) -> &'static [Caution] {
        &CAUTIONS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let persona = config.settings().text(PERSONA.name);
        let persona = (!persona.is_empty()).then_some(persona);
        Ok(Recipe { persona, ..Recipe::with_exemplars(config.settings())? })
    }
}
