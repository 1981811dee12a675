//! The prompt as it is: one call.

use super::common;
use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::Recipe;
use super::registry::Strategy;
use super::setting::Setting;

/// See the module's first line.
pub(crate) struct ZeroShot;

static SETTINGS: [Setting; 4] =
    [common::READ.quietly(), common::MARKER.quietly(), common::PATTERN.quietly(), common::CHOICES.quietly()];

impl Strategy for ZeroShot {
    fn id(&self) -> &'static str {
        "zero-shot"
    }

    fn title(&self) -> &'static str {
        "Zero-shot"
    }

    fn summary(&self) -> &'static str {
        "Sends the prompt as it is."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        Recipe::reading(config.settings())
    }
}
