//! The picker of strategies: each with its calls, what it would take on this case, its variants, and where it is known to hurt;
//! then those of the workbench.

use super::{actions, arms};
use crate::app::effect::Effect;
use crate::state::picker::{Item, Picker};
use crate::state::{ArmSlot, Overlay, PickFor, State};
use crate::strategy::{self, StrategyConfig, StrategyError};

/// Opens the picker for an arm, and has reckoned what the case would take with each strategy.
pub(super) fn open(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let items = items(state);
    let named = |item: &Item| Some((item.value.clone(), named(state, &item.value).ok()?));
    let of: Vec<(String, StrategyConfig)> = items.iter().filter_map(named).collect();
    let items = items.into_iter().map(|item| {
        let figures = if of.iter().any(|(name, _)| *name == item.value) { "reckoning what it takes…" } else { "" };
        item.figures(figures)
    });
    let current = state.arm(slot).map(|arm| arm.strategy.name().to_owned()).unwrap_or_default();
    let picker = Picker::new("Strategies", items.collect(), &current);
    let question = arms::question(state, slot);
    let mut effects = actions::open(state, Overlay::Pick(PickFor::Strategy(slot), picker));
    effects.extend(question.map(|question| Effect::Ahead { question: Box::new(question), of }));
    effects
}

/// It is known what the case would take with each strategy.
pub(super) fn reckoned(state: &mut State, told: &[(String, String)]) -> Vec<Effect> {
    for overlay in &mut state.overlays {
        if let Overlay::Pick(PickFor::Strategy(_), picker) = overlay {
            picker.tell_figures(told);
        }
    }
    Vec::new()
}

/// Every strategy as a line of the picker.
fn items(state: &State) -> Vec<Item> {
    let mut items = Vec::new();
    for strategy in strategy::all() {
        let Ok(config) = StrategyConfig::named(strategy.id()) else { continue };
        let cautions: Vec<String> = strategy.cautions().iter().map(|caution| caution.in_words()).collect();
        let detail =
            if cautions.is_empty() { String::new() } else { format!("Known to hurt: {}.", cautions.join("; ")) };
        let item = Item::new(strategy.id(), strategy.title()).note(strategy.summary()).detail(detail.clone());
        items.push(item.aside(config.calls().in_words()));
        for variant in strategy.variants() {
            let value = format!("{}:{}", strategy.id(), variant.name);
            let Ok(config) = strategy::named(&value) else { continue };
            let title = format!("{} · {}", strategy.title(), variant.name);
            let item = Item::new(value, title).note(variant.summary).detail(detail.clone());
            items.push(item.aside(config.calls().in_words()));
        }
    }
    for own in &state.place.strategies {
        let item = Item::new(own.label(), own.label());
        items.push(item.note("Of this workbench's fourfold.toml.").aside(own.calls().in_words()));
    }
    items.extend(super::presets::items(state));
    items
}

/// The strategy that a line stands for.
pub(super) fn named(state: &State, value: &str) -> Result<StrategyConfig, StrategyError> {
    let own = state.place.strategies.iter().find(|own| own.label() == value);
    own.map_or_else(|| strategy::named(value), |own| Ok(own.clone()))
}
