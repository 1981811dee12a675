//! The judge on two answers of the screen: which two, beginning, hearing, stopping, forcing.

use super::keys::{rows as scroll_rows, scroll_of};
use super::{actions, arms, toast};
use crate::app::effect::Effect;
use crate::app::event::JudgeNews;
use crate::keys::Chord;
use crate::run::judge::Subject;
use crate::state::{ArmSlot, JudgeState, Overlay, Phase, Side, State, Tone};

/// Has the judge compare the two answers: those of the diff where it shows two arms, else A and B.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let slots = match (&state.diff.left, &state.diff.right) {
        (Side::Arm(left), Side::Arm(right)) if left != right => [*left, *right],
        _ => [ArmSlot::A, ArmSlot::B],
    };
    let [Some(a), Some(b)] = slots.map(|slot| subject(state, slot)) else {
        return toast(state, Tone::Note, "The judge compares two answers: run two arms first.");
    };
    let pair = Box::new([a, b]);
    let known = state.judge.pair.as_ref() == Some(&pair);
    if known && (state.judge.running || state.judge.judged.is_some()) {
        return actions::open(state, Overlay::Judge);
    }
    begin(state, pair, false)
}

/// The answer that a pane shows, as the judge gets it.
fn subject(state: &State, slot: ArmSlot) -> Option<Subject> {
    let arm = state.arm(slot)?;
    let outcome = match &arm.phase {
        Phase::Done(outcome) | Phase::Recorded { outcome, .. } => *outcome,
        Phase::Idle | Phase::Waiting | Phase::Streaming => return None,
    };
    if matches!(outcome, crate::score::Outcome::Missing(_)) {
        return None;
    }
    Some(Subject { question: arms::question(state, slot)?, outcome, text: arm.result().to_owned() })
}

fn begin(state: &mut State, pair: Box<[Subject; 2]>, force: bool) -> Vec<Effect> {
    let generation = state.judge.generation + 1;
    state.judge = JudgeState { generation, pair: Some(pair.clone()), running: true, ..JudgeState::default() };
    if !matches!(state.overlays.last(), Some(Overlay::Judge)) {
        state.overlays.push(Overlay::Judge);
    }
    vec![Effect::Judge { generation, pair, force }]
}

/// A key while the page is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let page = state.page_rows;
    match chord.typed() {
        Some('x') if state.judge.running => {
            state.judge.running = false;
            return vec![Effect::StopJudge];
        }
        Some('f') if state.judge.refused && !state.judge.running => {
            return state.judge.pair.clone().map(|pair| begin(state, pair, true)).unwrap_or_default();
        }
        Some('r') if !state.judge.running => {
            // What was answered is recorded: only what failed is asked again.
            return state.judge.pair.clone().map(|pair| begin(state, pair, false)).unwrap_or_default();
        }
        _ => {}
    }
    if let Some(motion) = scroll_of(chord) {
        state.judge.scroll = state.judge.scroll.saturating_add_signed(scroll_rows(motion, page));
    }
    Vec::new()
}

/// News of the task that asks.
pub(super) fn heard(state: &mut State, generation: u64, news: JudgeNews) -> Vec<Effect> {
    let open = state.overlays.iter().any(|overlay| matches!(overlay, Overlay::Judge));
    let judge = &mut state.judge;
    if judge.generation != generation || !judge.running {
        return Vec::new();
    }
    match news {
        JudgeNews::Begun { judge: name, notices } => {
            judge.judge = Some(name);
            judge.notices = notices;
        }
        JudgeNews::Refused => judge.refused = true,
        JudgeNews::Tried { done, of } => judge.tried = Some((done, of)),
        JudgeNews::SelfTest(test) => {
            judge.notices.extend(test.warning());
            judge.self_test = Some(test);
        }
        JudgeNews::Over(result) => {
            judge.running = false;
            match *result {
                Ok(judged) => judge.judged = Some(judged),
                Err(fault) => judge.fault = Some(fault),
            }
            if !open {
                return toast(state, Tone::Note, "The judge is done: v shows what it said.");
            }
        }
    }
    Vec::new()
}
