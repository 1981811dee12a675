//! The fourfold view: Compose's arms make room for the four cells, and each view finds its answers as it left them.

use super::{compare, prompt, toast};
use crate::app::effect::Effect;
use crate::state::{ArmSlot, DiffState, Side, State, Tone};

/// Switches between Compose and the four cells, on the same case.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    if state.arms.iter().any(|arm| arm.phase.is_live()) {
        return toast(state, Tone::Note, "Answers are still streaming: wait for them, or press Esc, then switch.");
    }
    if state.fourfold.aside.is_empty() {
        match &state.place.cells {
            Ok(cells) => state.fourfold.aside = cells.arms(),
            Err(reason) => {
                let reason = reason.clone();
                return toast(state, Tone::Note, reason);
            }
        }
    }
    // Streams are known by their slot: late news of the arms that leave must not be taken for the others'.
    let next = state.arms.iter().map(|arm| arm.generation).max().unwrap_or(0) + 1;
    std::mem::swap(&mut state.arms, &mut state.fourfold.aside);
    std::mem::swap(&mut state.focus, &mut state.fourfold.focus);
    for arm in &mut state.arms {
        arm.generation = arm.generation.max(next);
    }
    state.fourfold.shown = !state.fourfold.shown;
    state.zoomed = false;
    state.blind = None;
    // The two ways that people choose between stand in the diff first: the best prompt, and the tuned model.
    let (left, right) = if state.fourfold.shown { (ArmSlot::C, ArmSlot::B) } else { (ArmSlot::A, ArmSlot::B) };
    let generation = state.diff.generation + 1;
    let granularity = state.diff.granularity;
    state.diff =
        DiffState { left: Side::Arm(left), right: Side::Arm(right), generation, granularity, ..DiffState::default() };
    let mut effects = prompt::analyse(state);
    effects.extend(compare::ask(state));
    effects.extend(read_verdict(state));
    effects
}

/// The model whose tuning is meant where a key is pressed on an arm: in the table of four cells the tuned one, on either side of a row.
pub(super) fn meant(state: &State, model: &str) -> String {
    match &state.place.cells {
        Ok(cells) if state.fourfold.shown && cells.base == model => cells.tuned.clone(),
        _ => model.to_owned(),
    }
}

/// Has the recorded answers of the four cells read, once each cell on the screen has one.
pub(super) fn read_verdict(state: &State) -> Vec<Effect> {
    match &state.place.cells {
        Ok(cells) if state.fourfold.shown && state.arms.iter().all(|arm| arm.trial.is_some()) => {
            vec![Effect::ReadVerdict { base: cells.base.clone(), tuned: cells.tuned.clone() }]
        }
        _ => Vec::new(),
    }
}
