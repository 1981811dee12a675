//! The diff pane: choosing sides, asking the worker, stepping through changes.

use std::sync::Arc;

use super::toast;
use crate::app::effect::Effect;
use crate::score::diff::{Diff, Granularity};
use crate::state::{NARROWEST, Phase, Side, State, Tone};

/// Asks the worker for the diff of the two sides, unless one is still streaming or both are empty.
pub(super) fn ask(state: &mut State) -> Vec<Effect> {
    let live = |side: &Side| match side {
        Side::Arm(slot) => state.arm(*slot).is_none_or(|arm| arm.phase.is_live() || arm.phase == Phase::Idle),
        _ => false,
    };
    if live(&state.diff.left) || live(&state.diff.right) {
        return Vec::new();
    }
    state.diff.generation += 1;
    let left = state.text_of(&state.diff.left);
    let right = state.text_of(&state.diff.right);
    vec![Effect::Compare { generation: state.diff.generation, granularity: state.diff.granularity, left, right }]
}

/// The worker has answered; a late answer to an old question is dropped.
pub(super) fn compared(state: &mut State, generation: u64, diff: Arc<Diff>) {
    if generation == state.diff.generation {
        state.diff.show(diff);
    }
}

/// Side by side or inline, whichever it is not now; says why where there is no room.
pub(super) fn turn(state: &mut State) -> Vec<Effect> {
    if state.diff.shown.is_none() || state.diff.turn() {
        return Vec::new();
    }
    let width = state.diff.width;
    let how = if state.zoomed { "a wider terminal" } else { "z gives the diff the whole screen" };
    let words = format!("Side by side needs {NARROWEST} columns, here are {width}: {how}.");
    toast(state, Tone::Note, words)
}

/// By line, then word, then letter, then line again.
pub(super) fn next_granularity(state: &mut State) -> Vec<Effect> {
    state.diff.granularity = match state.diff.granularity {
        Granularity::Line => Granularity::Word,
        Granularity::Word => Granularity::Grapheme,
        Granularity::Grapheme => Granularity::Line,
    };
    ask(state)
}
