//! Plan and solve: a plan first, then its steps, then the marked answer, in one call.
//! Wang et al. 2023, arXiv 2305.04091. Wording our own.

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::Recipe;
use super::registry::{Caution, Strategy};
use super::setting::Setting;
use super::task::Expects;
use super::{chain_of_thought, common};

/// See the module's first line.
pub(crate) struct PlanAndSolve;

static SETTINGS: [Setting; 5] = [
    common::WORDING.reading(
        "First understand what is asked and write down a short plan. Then carry the plan out step by step, taking care of \
         every value and every intermediate result. Finish with the answer alone, on a new line that begins with \"Answer:\".",
    ),
    common::READ.reading("marker"),
    common::MARKER,
    common::PATTERN,
    common::CHOICES,
];

impl Strategy for PlanAndSolve {
    fn id(&self) -> &'static str {
        "plan-and-solve"
    }

    fn title(&self) -> &'static str {
        "Plan and solve"
    }

    fn summary(&self) -> &'static str {
        "Asks for a plan, its steps and a marked answer, in one call."
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
        Ok(Recipe { wording, expects: Expects::Reasoning, ..Recipe::reading(settings)? })
    }
}
