//! Every strategy there is, and what a strategy must be able to do.

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::{Calls, Recipe};
use super::set_up::SetUpCall;
use super::setting::{Setting, SettingValue};
use super::task::{Call, CallRecord, Extraction, Step, Task};
use super::{
    chain_of_draft, chain_of_thought, engine, few_shot, few_shot_chain_of_thought, medprompt, own, persona,
    plan_and_solve, self_consistency, self_refine, step_back, structured_output, universal_self_consistency, zero_shot,
};
use crate::data::Case;

/// Where a strategy is known to hurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caution {
    /// What was seen, in a few words.
    pub what: &'static str,
    /// Who saw it.
    pub source: &'static str,
}

impl Caution {
    /// In words, with the source.
    pub fn in_words(self) -> String {
        format!("{} ({})", self.what, self.source)
    }
}

/// A strategy with settings that belong together, under a name of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name, after the strategy's.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// Numbers that differ from the defaults.
    pub numbers: &'static [(&'static str, i64)],
    /// Switches that differ from the defaults.
    pub switches: &'static [(&'static str, bool)],
    /// Words that differ from the defaults.
    pub words: &'static [(&'static str, &'static str)],
}

impl Variant {
    /// The strategy with these settings.
    pub(crate) fn of(self, strategy: &'static dyn Strategy) -> Result<StrategyConfig, StrategyError> {
        let mut config = StrategyConfig::of(strategy);
        for (name, number) in self.numbers {
            config.set(name, SettingValue::Number(*number))?;
        }
        for (name, on) in self.switches {
            config.set(name, SettingValue::Switch(*on))?;
        }
        for (name, word) in self.words {
            config.set(name, SettingValue::Text((*word).to_owned()))?;
        }
        Ok(config)
    }
}

/// A way from a prompt and a case to an answer, through one or more calls. Holds no state: what is set is in the
/// [`StrategyConfig`], what happened is in the records.
pub trait Strategy: Send + Sync {
    /// Its name in files.
    fn id(&self) -> &'static str;

    /// Its name for people.
    fn title(&self) -> &'static str;

    /// One sentence on what it does.
    fn summary(&self) -> &'static str;

    /// What can be set.
    fn settings(&self) -> &'static [Setting];

    /// Where it is known to hurt.
    fn cautions(&self) -> &'static [Caution] {
        &[]
    }

    /// Settings that belong together under a name.
    fn variants(&self) -> &'static [Variant] {
        &[]
    }

    /// What it comes down to with these settings.
    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError>;

    /// How many calls it makes.
    fn calls(&self, config: &StrategyConfig) -> Calls {
        self.recipe(config).map_or(Calls::ONE, |recipe| recipe.calls())
    }

    /// What comes next, given every call so far in order.
    fn next(&self, config: &StrategyConfig, task: &Task<'_>, so_far: &[CallRecord]) -> Result<Step, StrategyError> {
        engine::next(&self.recipe(config)?, task, so_far).map_err(|error| error.of(&config.said_name()))
    }

    /// The first call for a case.
    fn first(&self, config: &StrategyConfig, task: &Task<'_>) -> Result<Call, StrategyError> {
        match self.next(config, task, &[])? {
            Step::Calls(calls) => Ok(calls.into_iter().next().unwrap_or_default()),
            Step::Done(_) => Ok(Call::default()),
        }
    }

    /// What is read out of a text that answers the task's case, where one call makes the answer.
    fn extract(&self, config: &StrategyConfig, task: &Task<'_>, text: &str) -> Extraction {
        let read = self.recipe(config).and_then(|recipe| engine::read_alone(&recipe, task, text));
        read.unwrap_or_else(|error| Extraction::Unparsed { why: error.to_string() })
    }

    /// The set-up calls: what is asked once about train rows. `task` is that of any case.
    fn set_up(&self, config: &StrategyConfig, task: &Task<'_>) -> Result<Vec<SetUpCall>, StrategyError> {
        let recipe = self.recipe(config)?;
        let (Some(train), Some(_)) = (task.train, recipe.pool()) else { return Ok(Vec::new()) };
        let rows = recipe.calls().set_up(train.count());
        let mut calls = Vec::new();
        for row in 0..rows {
            let case = train.case(row)?;
            if case.reference.is_some() {
                let task = Task { case: &case, ..*task };
                let call = engine::set_up_call(&recipe, &task).map_err(|error| StrategyError::Exemplar {
                    id: case.id.clone(),
                    reason: error.to_string(),
                    hint: error.hint(),
                })?;
                calls.push(SetUpCall { row, id: case.id.clone(), call });
            }
        }
        Ok(calls)
    }

    /// What was read out of a set-up call's answer, and what the row's own answer is.
    fn read_set_up(&self, config: &StrategyConfig, task: &Task<'_>, row: &Case, text: &str) -> (Extraction, String) {
        let task = Task { case: row, ..*task };
        let right = row.reference.clone().unwrap_or_default();
        match self.recipe(config) {
            Ok(recipe) => {
                let read = engine::read_plain(&recipe, &task, text);
                let read = read.unwrap_or_else(|error| Extraction::Unparsed { why: error.to_string() });
                (read, engine::right_answer(&recipe, &task, &right))
            }
            Err(error) => (Extraction::Unparsed { why: error.to_string() }, right),
        }
    }
}

static ALL: [&dyn Strategy; 13] = [
    &zero_shot::ZeroShot,
    &persona::Persona,
    &few_shot::FewShot,
    &chain_of_thought::ChainOfThought,
    &few_shot_chain_of_thought::FewShotChainOfThought,
    &chain_of_draft::ChainOfDraft,
    &self_consistency::SelfConsistency,
    &universal_self_consistency::UniversalSelfConsistency,
    &plan_and_solve::PlanAndSolve,
    &step_back::StepBack,
    &self_refine::SelfRefine,
    &structured_output::StructuredOutput,
    &medprompt::Medprompt,
];

/// What a configuration that names no strategy would mean; configurations are checked, so none does.
pub(crate) static FALLBACK: &dyn Strategy = &zero_shot::ZeroShot;

/// Every strategy that comes with the program, in the order pickers list them.
pub fn all() -> &'static [&'static dyn Strategy] {
    &ALL
}

/// The strategy of that name, the one that follows a person's own stages included.
pub fn find(name: &str) -> Option<&'static dyn Strategy> {
    ALL.into_iter().chain([&own::Own as &dyn Strategy]).find(|strategy| strategy.id() == name)
}

/// A strategy as a picker names it: by its name, or by its name and that of a variant, `medprompt:k20-m11`.
pub fn named(value: &str) -> Result<StrategyConfig, StrategyError> {
    let (name, variant) = value.split_once(':').map_or((value, None), |(name, variant)| (name, Some(variant)));
    let config = StrategyConfig::named(name)?;
    let strategy = config.strategy();
    match variant.and_then(|wanted| strategy.variants().iter().find(|variant| variant.name == wanted)) {
        Some(variant) => variant.of(strategy),
        None => Ok(config),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_describes_itself() {
        for strategy in all().iter().copied().chain([&own::Own as &dyn Strategy]) {
            assert!(find(strategy.id()).is_some());
            assert!(strategy.summary().ends_with('.'), "{}", strategy.id());
            for setting in strategy.settings() {
                assert!(setting.kind.accepts(&setting.default.value()), "{} {}", strategy.id(), setting.name);
                assert!(setting.help.ends_with('.'), "{} {}", strategy.id(), setting.name);
            }
            let names: std::collections::HashSet<&str> =
                strategy.settings().iter().map(|setting| setting.name).collect();
            assert_eq!(names.len(), strategy.settings().len(), "{}", strategy.id());
            for caution in strategy.cautions() {
                assert!(!caution.source.is_empty() && !caution.what.ends_with('.'), "{}", strategy.id());
            }
            for variant in strategy.variants() {
                let config = named(&format!("{}:{}", strategy.id(), variant.name)).unwrap();
                assert_ne!(config, StrategyConfig::of(strategy), "{}", variant.name);
            }
        }
    }
}
