//! Universal self-consistency: several answers, sampled; the model itself picks the one most like the others. For free text,
//! where no two answers are equal. Chen et al. 2023, arXiv 2311.17311. Wording our own.

use super::common;
use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::{Recipe, Settle};
use super::registry::Strategy;
use super::setting::Setting;

/// See the module's first line.
pub(crate) struct UniversalSelfConsistency;

const PICK: Setting = common::template(
    "pick",
    "Picking",
    "Asks the model to pick: a template over `input`, `answers`, `count` and the case's variables.",
    "A question was answered {{ count }} times.\n\nThe question:\n{{ input }}\n\n{{ answers }}\n\nWhich answer agrees best with \
     most of the others? Reply with its number alone, from 1 to {{ count }}.",
);

static SETTINGS: [Setting; 8] = [
    common::SAMPLES,
    common::TEMPERATURE,
    PICK,
    common::WORDING,
    common::READ,
    common::MARKER,
    common::PATTERN,
    common::CHOICES,
];

impl Strategy for UniversalSelfConsistency {
    fn id(&self) -> &'static str {
        "universal-self-consistency"
    }

    fn title(&self) -> &'static str {
        "Universal self-consistency"
    }

    fn summary(&self) -> &'static str {
        "Samples several answers and lets the model pick the most consistent one; for free text."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        Ok(Recipe {
            members: settings.count(common::SAMPLES.name),
            temperature: settings.decimal(common::TEMPERATURE.name),
            wording: settings.text(common::WORDING.name),
            settle: Settle::Pick(settings.text(PICK.name)),
            ..Recipe::reading(settings)?
        })
    }
}
