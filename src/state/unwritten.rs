//! What stands on the screen and in no file: runs, tunes and whatever else goes over many cases ask what the files say.

use super::{ArmState, State};
use crate::config::{Arm, ArmChange, StrategySpec};
use crate::model::Parameters;
use crate::stats::wording::counted;
use crate::strategy::StrategyConfig;

/// What a run is about to ask.
#[derive(Clone, Copy, Debug)]
pub enum Asked<'a> {
    /// Every arm of fourfold.toml.
    All,
    /// These of them.
    Named(&'a [String]),
    /// The four cells.
    Cells,
}

impl State {
    /// The arms as they are on the screen, where fourfold.toml has them otherwise or not at all, of those that such a run is about.
    pub fn unwritten_arms(&self, asked: Asked<'_>) -> Vec<ArmChange> {
        // While the four cells are shown, the arms of Compose are kept beside them.
        let arms = if self.fourfold.shown { &self.fourfold.aside } else { &self.arms };
        let is_asked = |arm: &&ArmState| match asked {
            Asked::All => true,
            Asked::Named(names) => names.contains(&arm.id),
            Asked::Cells => false,
        };
        arms.iter().filter(is_asked).filter_map(|arm| self.change_of(arm)).collect()
    }

    fn change_of(&self, shown: &ArmState) -> Option<ArmChange> {
        let prompt = shown.prompt.clone().unwrap_or_else(|| self.prompt.name.clone());
        let there = self.place.arms.iter().find(|arm| arm.id == shown.id);
        let strategy_is_so = |arm: &Arm| {
            StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings)
                .is_ok_and(|strategy| strategy == shown.strategy)
        };
        let is_new = there.is_none();
        let change = ArmChange {
            id: shown.id.clone(),
            prompt: there.is_none_or(|arm| arm.prompt != prompt).then_some(prompt),
            strategy: (!there.is_some_and(strategy_is_so)).then(|| spec_of(&shown.strategy)),
            model: there.is_none_or(|arm| arm.model != shown.model).then(|| shown.model.clone()),
            parameters: there
                .is_none_or(|arm| arm.parameters != shown.parameters)
                .then(|| shown.parameters.clone())
                .filter(|parameters| !is_new || *parameters != Parameters::default()),
        };
        (is_new || change != ArmChange { id: shown.id.clone(), ..ArmChange::default() }).then_some(change)
    }

    /// What of that such a run would not ask, in sentences; nothing where screen and files say the same.
    pub fn unwritten(&self, asked: Asked<'_>) -> Vec<String> {
        let mut said = Vec::new();
        if self.prompt.is_draft() && self.asks(asked, &self.prompt.name) {
            said.push(format!("{} has changes that are not in its file.", self.prompt.name));
        }
        let changes = self.unwritten_arms(asked);
        let is_there = |change: &&ArmChange| self.place.arms.iter().any(|arm| arm.id == change.id);
        let (other, new): (Vec<&ArmChange>, Vec<&ArmChange>) = changes.iter().partition(is_there);
        said.extend(other.into_iter().map(|change| {
            let whats = [
                (change.prompt.is_some(), "prompt"),
                (change.strategy.is_some(), "strategy"),
                (change.model.is_some(), "model"),
                (change.parameters.is_some(), "settings"),
            ];
            let whats: Vec<&str> = whats.into_iter().filter(|(is_other, _)| *is_other).map(|(_, what)| what).collect();
            format!("{} has another {} in fourfold.toml.", change.id, whats.join(" and another "))
        }));
        if !new.is_empty() && matches!(asked, Asked::All) {
            let names: Vec<&str> = new.iter().map(|change| change.id.as_str()).collect();
            let are = if names.len() == 1 { "is" } else { "are" };
            said.push(format!("{} {are} not in fourfold.toml.", names.join(", ")));
        }
        said
    }

    /// Whether such a run asks the prompt of this name.
    fn asks(&self, asked: Asked<'_>, prompt: &str) -> bool {
        let arms = &self.place.arms;
        match asked {
            Asked::All => arms.iter().any(|arm| arm.prompt == prompt),
            Asked::Named(names) => arms.iter().any(|arm| arm.prompt == prompt && names.contains(&arm.id)),
            Asked::Cells => {
                let rows = self.place.cells.as_ref().map(|cells| [&cells.plain, &cells.prompted]);
                rows.is_ok_and(|rows| rows.iter().any(|row| row.prompt == prompt))
            }
        }
    }
}

/// A strategy as the file names it: one of the file's own by its id, another one with what is set.
fn spec_of(strategy: &StrategyConfig) -> StrategySpec {
    let bare = StrategySpec { name: strategy.said_name(), settings: toml::Table::new() };
    if strategy.name() != bare.name {
        return bare;
    }
    match toml::Value::try_from(strategy) {
        Ok(toml::Value::Table(mut settings)) => {
            settings.remove("name");
            StrategySpec { settings, ..bare }
        }
        _ => bare,
    }
}

/// What was written, for the person who asked for it.
pub fn written_in_words(arms: usize) -> String {
    format!("fourfold.toml has {} as on the screen.", counted(arms as u64, "arm"))
}
