//! What stands on the screen goes to its files, where runs, tunes and the command line find it: the prompt to its own, the arms to
//! fourfold.toml.

use super::{matrix, prompt, toast, tune};
use crate::app::action::{Action, Scope};
use crate::app::effect::Effect;
use crate::keys::{Chord, Resolved};
use crate::state::unwritten::Asked;
use crate::state::{Overlay, State, Tone};

/// Has the arms written that the file has otherwise, or not at all; nothing where there are none.
fn keep(state: &mut State, asked: Asked<'_>) -> Vec<Effect> {
    let arms = state.unwritten_arms(asked);
    if arms.is_empty() {
        return Vec::new();
    }
    state.models.writing = true;
    vec![Effect::KeepArms(arms)]
}

/// The same, asked for by name.
pub(super) fn asked_for(state: &mut State) -> Vec<Effect> {
    let effects = keep(state, Asked::All);
    if effects.is_empty() {
        return toast(state, Tone::Note, "Nothing to write: fourfold.toml has the arms as they are on the screen.");
    }
    effects
}

/// Says of a list of arms what of the screen they would not ask, for they are asked as the files have them.
pub(super) fn remind(state: &mut State) -> Vec<Effect> {
    let unwritten = state.unwritten(Asked::All);
    if unwritten.is_empty() {
        return Vec::new();
    }
    let why = format!(
        "What is listed asks what the files say. {} Ctrl+S in Compose writes the prompt, `keep the arms` (Ctrl+P) the rest.",
        unwritten.join(" ")
    );
    toast(state, Tone::Note, why)
}

/// Whether a chord means "save", which over a form that begins something writes all of it.
pub(super) fn is_save(state: &State, chord: Chord) -> bool {
    matches!(state.keys.resolve(&[Scope::Global], None, chord), Resolved::Action(Action::Save))
}

/// Writes the prompt, and the arms that are about to be asked.
pub(super) fn write(state: &mut State, asked: Asked<'_>) -> Vec<Effect> {
    let mut effects = if state.prompt.is_draft() { prompt::save(state) } else { Vec::new() };
    effects.extend(keep(state, asked));
    if effects.is_empty() {
        return toast(state, Tone::Note, "Nothing to write: the files say what the screen says.");
    }
    effects
}

/// A file was written: a form that says what it will ask looks again.
pub(super) fn written(state: &mut State) -> Vec<Effect> {
    match state.overlays.last() {
        Some(Overlay::StartRun(_)) => matrix::reckon(state),
        Some(Overlay::Tune) if state.tune.watched.is_none() => tune::reckon(state),
        _ => Vec::new(),
    }
}
