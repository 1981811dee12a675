//! Few-shot chain of thought: exemplars that reason before they answer. The reasoning is a column of the train rows, or
//! written by the model itself in set-up calls and kept only where it ends in the row's own answer.
//! Wei et al. 2022, arXiv 2201.11903.

use super::common;
use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::Recipe;
use super::registry::{Caution, Strategy};
use super::select::{Exemplars, Reasoning};
use super::setting::{Setting, SettingDefault, SettingKind};
use super::task::Expects;
use super::{chain_of_thought, few_shot};

/// See the module's first line.
pub(crate) struct FewShotChainOfThought;

/// The column with the reasoning.
const RATIONALE: Setting = Setting {
    name: "rationale",
    title: "Reasoning column",
    help: "The train rows' column with reasoning; empty: the model writes it in set-up calls, kept where its answer is right.",
    kind: SettingKind::Text,
    default: SettingDefault::Text(""),
    quiet: false,
};

static SETTINGS: [Setting; 14] = [
    common::K,
    common::SELECT,
    common::IDS,
    common::BALANCE,
    common::DRAW,
    common::PLACEMENT,
    common::ITEM,
    RATIONALE,
    common::POOL,
    common::WORDING.reading(chain_of_thought::THINK),
    common::READ.reading("marker"),
    common::MARKER,
    common::PATTERN,
    common::CHOICES,
];

static CAUTIONS: [Caution; 2] = [few_shot::CAUTIONS[0], chain_of_thought::CAUTIONS[0]];

impl Strategy for FewShotChainOfThought {
    fn id(&self) -> &'static str {
        "few-shot-chain-of-thought"
    }

    fn title(&self) -> &'static str {
        "Few-shot chain of thought"
    }

    fn summary(&self) -> &'static str {
        "Shows solved train rows with their reasoning, then asks for reasoning and a marked answer."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn cautions(&self) -> &'static [Caution] {
        &CAUTIONS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        let column = settings.text(RATIONALE.name);
        let reasoning = if column.trim().is_empty() {
            Reasoning::Own { pool: settings.count(common::POOL.name) }
        } else {
            Reasoning::Column(column.trim().to_owned())
        };
        let recipe = Recipe::reading(settings)?;
        let marker = settings.text(common::MARKER.name);
        let exemplars = recipe.show(Exemplars { reasoning, marker, ..Exemplars::of(settings) });
        let wording = settings.text(common::WORDING.name);
        Ok(Recipe { exemplars: Some(exemplars), wording, expects: Expects::Reasoning, ..recipe })
    }
}
