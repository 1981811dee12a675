//! Every strategy there is, and what a strategy must be able to do.

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::setting::Setting;
use super::task::{Call, CallRecord, Calls, Extraction, Step, Task};
use super::{chain_of_thought, few_shot, persona, zero_shot};

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

    /// How many calls it makes.
    fn calls(&self, _config: &StrategyConfig) -> Calls {
        Calls::ONE
    }

    /// The first call for a case.
    fn first(&self, config: &StrategyConfig, task: &Task<'_>) -> Result<Call, StrategyError>;

    /// The answer in a model's text.
    fn extract(&self, _config: &StrategyConfig, text: &str) -> Extraction {
        Extraction::Whole(text.to_owned())
    }

    /// What comes next, given every answer so far in the order of the calls. Strategies of one call need not write this.
    fn next(&self, config: &StrategyConfig, task: &Task<'_>, so_far: &[CallRecord]) -> Result<Step, StrategyError> {
        match so_far.last() {
            None => Ok(Step::Calls(vec![self.first(config, task)?])),
            Some(answer) => Ok(Step::Done(self.extract(config, &answer.text))),
        }
    }
}

static ALL: [&dyn Strategy; 4] =
    [&zero_shot::ZeroShot, &persona::Persona, &few_shot::FewShot, &chain_of_thought::ChainOfThought];

/// What a configuration that names no strategy would mean; configurations are checked, so none does.
pub(crate) static FALLBACK: &dyn Strategy = &zero_shot::ZeroShot;

/// Every strategy, in the order pickers list them.
pub fn all() -> &'static [&'static dyn Strategy] {
    &ALL
}

/// The strategy of that name.
pub fn find(name: &str) -> Option<&'static dyn Strategy> {
    ALL.into_iter().find(|strategy| strategy.id() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_describes_itself() {
        for strategy in all() {
            assert!(find(strategy.id()).is_some());
            assert!(strategy.summary().ends_with('.'), "{}", strategy.id());
            for setting in strategy.settings() {
                assert!(setting.kind.accepts(&setting.default.value()), "{} {}", strategy.id(), setting.name);
                assert!(setting.help.ends_with('.'), "{} {}", strategy.id(), setting.name);
            }
        }
    }
}
