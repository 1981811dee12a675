//! Answers that came with the workbench: shown where exactly that was asked, taken away where it no longer is.

use super::{arms, compare};
use crate::app::effect::Effect;
use crate::run::Question;
use crate::state::{ArmSlot, Phase, RecordedState, State};

/// The recordings were looked up for what the arms would be asked. An arm that has changed meanwhile is looked up again
/// by the next analysis; one that has been run keeps its own answer.
pub(super) fn found(state: &mut State, looked_up: Vec<(Question, RecordedState)>) -> Vec<Effect> {
    let mut changed = false;
    for (slot, (question, recorded)) in ArmSlot::ALL.into_iter().zip(looked_up) {
        let current = arms::question(state, slot).is_some_and(|now| now == question);
        let Some(arm) = state.arm_mut(slot).filter(|_| current) else { continue };
        let untouched = matches!(arm.phase, Phase::Idle | Phase::Recorded { .. });
        let shown = matches!(arm.phase, Phase::Recorded { .. });
        match &recorded {
            RecordedState::Here(answer) if untouched && !(shown && arm.recorded == recorded) => {
                arm.show_recorded(answer.as_ref().clone());
                changed = true;
            }
            RecordedState::Other { .. } | RecordedState::None if shown => {
                arm.forget();
                changed = true;
            }
            _ => {}
        }
        arm.recorded = recorded;
    }
    if !changed {
        return Vec::new();
    }
    state.diff.shown = None;
    compare::ask(state)
}
