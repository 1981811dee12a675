//! Self-consistency: several reasoned answers, sampled; the most frequent one counts.
//! Wang et al. 2022, arXiv 2203.11171.

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::{Recipe, Settle};
use super::registry::{Caution, Strategy};
use super::setting::Setting;
use super::task::Expects;
use super::vote::Tie;
use super::{chain_of_thought, common};

/// See the module's first line.
pub(crate) struct SelfConsistency;

static SETTINGS: [Setting; 8] = [
    common::SAMPLES,
    common::TEMPERATURE,
    common::TIE,
    common::WORDING.reading(chain_of_thought::THINK),
    common::READ.reading("marker"),
    common::MARKER,
    common::PATTERN,
    common::CHOICES,
];

impl Strategy for SelfConsistency {
    fn id(&self) -> &'static str {
        "self-consistency"
    }

    fn title(&self) -> &'static str {
        "Self-consistency"
    }

    fn summary(&self) -> &'static str {
        "Samples several reasoned answers and takes the most frequent one."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn cautions(&self) -> &'static [Caution] {
        &chain_of_thought::CAUTIONS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        Ok(Recipe {
            members: settings.count(common::SAMPLES.name),
            temperature: settings.decimal(common::TEMPERATURE.name),
            wording: settings.text(common::WORDING.name),
            settle: Settle::Vote(Tie::named(&settings.text(common::TIE.name))),
            expects: Expects::Reasoning,
            ..Recipe::reading(settings)?
        })
    }
}
