//! Presets: sets of arms that belong together, added to the workbench and opened on the screen.

use super::{actions, prompt, toast};
use crate::app::effect::Effect;
use crate::state::picker::{Item, Picker};
use crate::state::{ArmState, Overlay, PickFor, State, Tone};
use crate::stats::wording::counted;
use crate::strategy::PRESETS;

/// What a preset's line begins with in the list of strategies.
pub(super) const PREFIX: &str = "preset:";

/// A line for each preset.
pub(super) fn items(state: &State) -> Vec<Item> {
    let (model, tuned) = models(state);
    let line = |preset: &crate::strategy::Preset| {
        let arms = preset.arms(&model, tuned.as_deref()).matches("[[arm]]").count();
        let asks = match &tuned {
            Some(tuned) => format!("Its arms ask {model}, and {tuned} where they ask a tuned model."),
            None => format!("Its arms ask {model}; without a model tuned from it, those that ask one are left out."),
        };
        Item::new(format!("{PREFIX}{}", preset.id), format!("Preset · {}", preset.id))
            .note(preset.summary)
            .aside(counted(arms as u64, "arm"))
            .detail(format!(
                "Enter adds them to fourfold.toml, with {} prompts. {asks} After {}.",
                preset.prompts.len(),
                preset.source
            ))
    };
    PRESETS.iter().map(line).collect()
}

/// Which model a preset's arms ask: that of the focused arm, or the base it was tuned from; and the one tuned from that.
fn models(state: &State) -> (String, Option<String>) {
    let model = state.arm(state.focused_slot()).map(|arm| arm.model.clone()).unwrap_or_default();
    let base = state.models.known(&model).and_then(|spec| spec.base.clone()).unwrap_or_else(|| model.clone());
    let tuned = state.models.known.iter().find(|spec| spec.base.as_ref() == Some(&base)).map(|spec| spec.id.clone());
    (base, tuned)
}

/// Lists the presets.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let picker = Picker::new("Presets: arms that belong together", items(state), "");
    actions::open(state, Overlay::Pick(PickFor::Preset, picker))
}

/// A preset was picked.
pub(super) fn choose(state: &mut State, value: &str) -> Vec<Effect> {
    if state.arms.iter().any(|arm| arm.phase.is_live()) {
        return toast(
            state,
            Tone::Note,
            "Wait for the answers to end, or press Esc on them: a preset changes the arms.",
        );
    }
    let (model, tuned) = models(state);
    state.models.writing = true;
    vec![Effect::AddPreset { id: value.trim_start_matches(PREFIX).to_owned(), model, tuned }]
}

/// The preset's arms are in fourfold.toml, and the first of them on the screen.
pub(super) fn opened(state: &mut State, arms: Vec<crate::config::Arm>) -> Vec<Effect> {
    let made: Vec<_> = arms.into_iter().take(4).filter_map(|arm| ArmState::of(&arm).ok()).collect();
    if !made.is_empty() && !state.fourfold.shown {
        state.arms = made;
        state.focus = crate::state::Pane::Arm(crate::state::ArmSlot::A);
        state.diff.forget_missing(state.arms.len());
        // What was compared were answers of arms that are gone.
        state.diff.generation += 1;
        state.diff.shown = None;
    }
    prompt::analyse(state)
}
