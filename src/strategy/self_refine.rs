//! Self-refine: the model criticises its own answer and betters it, for some rounds or until it has nothing more to say.
//! Madaan et al. 2023, arXiv 2303.17651. Wording our own.

use super::common;
use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::{After, Recipe, Refine};
use super::registry::Strategy;
use super::setting::{Setting, SettingDefault, SettingKind};

/// See the module's first line.
pub(crate) struct SelfRefine;

pub(super) const ROUNDS: Setting =
    common::number("rounds", "Rounds", "How many times the answer is criticised and bettered, at most.", (1, 8), 2);

pub(super) const CRITIQUE: Setting = common::template(
    "critique",
    "Criticising",
    "Asks for a critique of the answer; a template over the case's variables.",
    "Look at your answer with a critical eye: is it right, is it complete, does it have the form that was asked for? Name what \
     has to change, as precisely as you can. If nothing has to change, reply with \"NOTHING TO CHANGE\" alone.",
);

pub(super) const REVISE: Setting = common::template(
    "revise",
    "Bettering",
    "Asks for the better answer; a template over the case's variables.",
    "Now write the answer anew with these changes made. Reply with the answer alone, in the form that was asked for.",
);

pub(super) const STOP: Setting = Setting {
    name: "stop",
    title: "Stop words",
    help: "A critique with these words in it ends the rounds; empty never does.",
    kind: SettingKind::Text,
    default: SettingDefault::Text("NOTHING TO CHANGE"),
    quiet: false,
};

static SETTINGS: [Setting; 9] =
    [ROUNDS, CRITIQUE, REVISE, STOP, common::WORDING, common::READ, common::MARKER, common::PATTERN, common::CHOICES];

impl Strategy for SelfRefine {
    fn id(&self) -> &'static str {
        "self-refine"
    }

    fn title(&self) -> &'static str {
        "Self-refine"
    }

    fn summary(&self) -> &'static str {
        "Has the model criticise its answer and better it, some rounds or until nothing is to change."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        Ok(Recipe {
            wording: settings.text(common::WORDING.name),
            after: After::Refine(Refine {
                rounds: settings.count(ROUNDS.name),
                critique: settings.text(CRITIQUE.name),
                revise: settings.text(REVISE.name),
                stop: settings.text(STOP.name).trim().to_owned(),
            }),
            ..Recipe::reading(settings)?
        })
    }
}
