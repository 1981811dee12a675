//! Step back: the model first names the principle behind the question, then answers with it at hand.
//! Zheng et al. 2023, arXiv 2310.06117. Wording our own.

use super::common;
use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::{Ask, Recipe};
use super::registry::Strategy;
use super::setting::Setting;
use super::task::Expects;

/// See the module's first line.
pub(crate) struct StepBack;

/// The name under which the answering call finds the principle.
const PRINCIPLE: &str = "principle";

const STEP: Setting = common::template(
    "step",
    "Stepping back",
    "Asks for the principle: a template over `input` and the case's variables.",
    "Here is a task:\n\n{{ input }}\n\nDo not solve it. Step back and name, in a few sentences, the general facts, rules or \
     principles that one needs for it.",
);

static SETTINGS: [Setting; 6] = [
    STEP,
    Setting {
        help: "Ends the last user message; a template over `principle` and the case's variables.",
        ..common::WORDING.reading(
            "These principles may help:\n{{ principle }}\n\nReason from them, then finish with the answer alone, on a new line \
             that begins with \"Answer:\".",
        )
    },
    common::READ.reading("marker"),
    common::MARKER,
    common::PATTERN,
    common::CHOICES,
];

impl Strategy for StepBack {
    fn id(&self) -> &'static str {
        "step-back"
    }

    fn title(&self) -> &'static str {
        "Step back"
    }

    fn summary(&self) -> &'static str {
        "Asks for the principle behind the question, then answers with it at hand."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        Ok(Recipe {
            before: vec![Ask { name: PRINCIPLE.to_owned(), text: settings.text(STEP.name) }],
            wording: settings.text(common::WORDING.name),
            expects: Expects::Reasoning,
            ..Recipe::reading(settings)?
        })
    }
}
