//! Answers that are there already: this machine's newest to exactly what an arm asks, else one that came with the workbench.
//! The latter is taken away where it no longer is what is asked; the former stays until another comes, and says what was changed since.

use super::{arms, compare, fourfold};
use crate::app::effect::Effect;
use crate::run::Question;
use crate::state::{ArmSlot, Phase, RecordedState, State};
use crate::store::case_key;

/// The recordings were looked up for what the arms would be asked. An arm that has changed meanwhile is looked up again
/// by the next analysis; one that has been run, or holds an answer a person opened, keeps it. An answer to the case as it was
/// before something was typed into it is marked.
pub(super) fn found(state: &mut State, looked_up: Vec<(Question, RecordedState)>) -> Vec<Effect> {
    let mut changed = false;
    let mut own = Vec::new();
    for (slot, (question, recorded)) in ArmSlot::ALL.into_iter().zip(looked_up) {
        let current = arms::question(state, slot).is_some_and(|now| now == question);
        let Some(arm) = state.arm_mut(slot).filter(|_| current) else { continue };
        let untouched = matches!(arm.phase, Phase::Idle | Phase::Recorded { .. }) || arm.looked_up;
        let shown = matches!(arm.phase, Phase::Recorded { .. });
        match &recorded {
            RecordedState::Here(answer) if untouched && !(shown && arm.recorded == recorded) => {
                arm.show_recorded(answer.as_ref().clone());
                changed = true;
            }
            RecordedState::Own(answer) if untouched && arm.trial != Some(answer.id) => {
                arm.show_reopened(answer.as_ref().clone(), case_key(&question.case));
                arm.looked_up = true;
                changed = true;
                own.push(slot);
            }
            RecordedState::Other { .. } | RecordedState::None if shown => {
                arm.forget();
                changed = true;
            }
            _ => {}
        }
        // However it came about, and whatever was changed and put back: this is the answer to what is asked.
        if matches!(&recorded, RecordedState::Own(answer) if arm.trial == Some(answer.id)) {
            arm.asked = Some(Box::new(question.clone()));
        }
        arm.changed = arm.asked.as_ref().map(|asked| asked.changed_in(&question)).unwrap_or_default();
        arm.recorded = recorded;
        arm.elsewhere = !arm.about.is_empty() && arm.about != case_key(&question.case);
    }
    if !changed {
        return Vec::new();
    }
    state.diff.shown = None;
    let mut effects = compare::ask(state);
    if state.fourfold.shown {
        // Form and content are not recorded: they are scored anew.
        effects.extend(own.into_iter().flat_map(|slot| arms::score(state, slot)));
        effects.extend(fourfold::read_verdict(state));
    }
    effects
}
