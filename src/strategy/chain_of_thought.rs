//! Chain of thought: the model is asked to reason first and to mark its answer; only the marked answer is scored.
//! Kojima et al. 2022, arXiv 2205.11916 (zero-shot).

use super::common;
use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::Recipe;
use super::registry::{Caution, Strategy};
use super::setting::Setting;
use super::task::Expects;

/// See the module's first line.
pub(crate) struct ChainOfThought;

/// Asks for reasoning, then the marked answer.
pub(super) const THINK: &str =
    "Think step by step first. Then finish with the answer alone, on a new line that begins with \"Answer:\".";

static SETTINGS: [Setting; 5] = [
    common::WORDING.reading(THINK),
    common::MARKER,
    common::READ.reading("marker").quietly(),
    common::PATTERN.quietly(),
    common::CHOICES.quietly(),
];

/// Of every strategy that asks for reasoning in the answer.
pub(super) static CAUTIONS: [Caution; 1] = [Caution {
    what: "on reasoning models hardly any gain for 20 to 80 % more time",
    source: "Wharton report 2, arXiv 2506.07142",
}];

impl Strategy for ChainOfThought {
    fn id(&self) -> &'static str {
        "chain-of-thought"
    }

    fn title(&self) -> &'static str {
        "Chain of thought"
    }

    fn summary(&self) -> &'static str {
        "Asks for reasoning first, then reads the answer after its marker."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn cautions(&self) -> &'static [Caution] {
        &CAUTIONS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        let wording = settings.text(common::WORDING.name);
        Ok(Recipe { wording, expects: Expects::Reasoning, ..Recipe::reading(settings)? })
    }
}
