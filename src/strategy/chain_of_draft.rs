//! Chain of draft: reasoning in a few words a step, for a fraction of chain of thought's tokens.
//! Xu et al. 2025, arXiv 2502.18600 (GSM8K 91 % against 95 %, with 7.6 % of the tokens). Wording our own.

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::Recipe;
use super::registry::{Caution, Strategy};
use super::setting::Setting;
use super::task::Expects;
use super::{chain_of_thought, common};

/// See the module's first line.
pub(crate) struct ChainOfDraft;

static SETTINGS: [Setting; 5] = [
    common::WORDING.reading(
        "Think step by step, but note down no more than five words for each step. Then finish with the answer alone, on a \
         new line that begins with \"Answer:\".",
    ),
    common::READ.reading("marker"),
    common::MARKER,
    common::PATTERN,
    common::CHOICES,
];

impl Strategy for ChainOfDraft {
    fn id(&self) -> &'static str {
        "chain-of-draft"
    }

    fn title(&self) -> &'static str {
        "Chain of draft"
    }

    fn summary(&self) -> &'static str {
        "Asks for a few words of reasoning a step, then reads the answer after its marker."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn cautions(&self) -> &'static [Caution] {
        &chain_of_thought::CAUTIONS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        let wording = settings.text(common::WORDING.name);
        Ok(Recipe { wording, expects: Expects::Draft, ..Recipe::reading(settings)? })
    }
}
