//! What Esc, Ctrl+C and Ctrl+Q leave: the topmost thing that is only passing, or the program, which names the work in progress.

use super::actions::open;
use super::{arms, data, distil, find, fourfold, leave, matrix, overlay, recording, toast};
use crate::app::effect::Effect;
use crate::state::{EngineState, Overlay, PickFor, State, Tone};

/// A second Ctrl+C within this time quits.
const QUIT_MS: u64 = 2_000;

/// Esc: overlay, find bar, selection, mode, then the focused stream; never quits.
pub(super) fn back(state: &mut State) -> Vec<Effect> {
    if state.help.take().is_some() {
        return Vec::new();
    }
    if distil::stop_editing(state) {
        return Vec::new();
    }
    if let Some(effects) = data::back(state) {
        return effects;
    }
    match state.overlays.pop() {
        // A theme that was only looked at goes again.
        Some(Overlay::Pick(PickFor::Theme, _)) => return vec![Effect::UseTheme(state.theme.clone())],
        Some(_) => return Vec::new(),
        None => {}
    }
    if state.matrix.shown {
        return matrix::back(state);
    }
    if find::close(state) || super::keys::unselect(state) {
        return Vec::new();
    }
    if state.zoomed {
        state.zoomed = false;
        return Vec::new();
    }
    if state.blind.take().is_some() {
        return Vec::new();
    }
    let live = state.cancelled_by_leaving();
    if !live.is_empty() {
        return live.into_iter().flat_map(|slot| arms::cancel(state, slot)).collect();
    }
    if state.recording.is_some() {
        return recording::stop(state);
    }
    let streams = state.arms.iter().any(|arm| arm.phase.is_live());
    if !streams && matches!(state.engine, EngineState::Downloading { .. }) {
        return vec![Effect::CancelPull];
    }
    if !streams && state.fourfold.shown {
        return fourfold::toggle(state);
    }
    state.welcome = false;
    Vec::new()
}

/// Copies the selection; without one a second press soon after the first quits.
pub(super) fn copy_or_quit(state: &mut State) -> Vec<Effect> {
    if let Some(text) = super::keys::selected_text(state) {
        return overlay::copy(state, "the selection", text);
    }
    match state.quit_armed_ms {
        Some(armed) if state.now_ms.saturating_sub(armed) <= QUIT_MS => leave(state),
        _ => {
            state.quit_armed_ms = Some(state.now_ms);
            toast(state, Tone::Note, "Press Ctrl+C again to quit. Drafts and answers are kept.")
        }
    }
}

/// Quits, unless work is in progress: that is named first.
pub(super) fn quit(state: &mut State) -> Vec<Effect> {
    match work_in_progress(state) {
        None => leave(state),
        Some(work) => open(state, Overlay::ConfirmQuit(work)),
    }
}

/// The question whether to quit names what is under way now, and goes with the last of it.
pub(super) fn settle(state: &mut State) -> Vec<Effect> {
    let is_asked = |overlay: &Overlay| matches!(overlay, Overlay::ConfirmQuit(_));
    if !state.overlays.iter().any(is_asked) {
        return Vec::new();
    }
    let Some(now) = work_in_progress(state) else {
        state.overlays.retain(|overlay| !is_asked(overlay));
        return toast(state, Tone::Done, "What was under way is done. Quit again to leave.");
    };
    if let Some(Overlay::ConfirmQuit(work)) = state.overlays.iter_mut().find(|overlay| is_asked(overlay)) {
        *work = now;
    }
    Vec::new()
}

/// What quitting would cut, in words.
fn work_in_progress(state: &State) -> Option<String> {
    let strengths =
        state.strengths.as_ref().map_or(0, |strip| strip.rungs.iter().filter(|rung| rung.is_live()).count());
    let live = state.arms.iter().filter(|arm| arm.phase.is_live()).count() + strengths;
    let downloading = matches!(state.engine, EngineState::Downloading { .. });
    let mut work = Vec::new();
    if state.failures.running {
        work.push("failures are being counted (answers so far are recorded)".to_owned());
    }
    if state.judge.running {
        work.push("the judge is being asked (what it said is recorded)".to_owned());
    }
    if state.distil.running {
        work.push("train rows are being answered (answers so far are kept)".to_owned());
    }
    work.extend(recording::work_in_progress(state));
    work.extend(matrix::work_in_progress(state));
    work.extend(data::work_in_progress(state));
    if live > 0 {
        work.push(format!("{live} answer{} still streaming", if live == 1 { " is" } else { "s are" }));
    }
    if downloading {
        work.push("the model is being downloaded (it goes on from here next time)".to_owned());
    }
    (!work.is_empty()).then(|| work.join(", "))
}
