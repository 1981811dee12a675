//! The picker of strategies: each with its calls, its variants, and where it is known to hurt; then those of the workbench.

use crate::state::State;
use crate::state::picker::Item;
use crate::strategy::{self, StrategyConfig, StrategyError};

/// Every strategy as a line of the picker.
pub(super) fn items(state: &State) -> Vec<Item> {
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
