//! Two chords one after the other: the first waits, the footer says for what, the second does it or the wait is over.

use super::{actions, data, overlay};
use crate::app::action::{Action, Scope};
use crate::app::effect::Effect;
use crate::app::event::Timer;
use crate::keys::{Chord, Resolved, Sequence};
use crate::state::{Overlay, Prefix, State};

/// A key as the first or the second of a sequence. `None`: it is neither, and means what it means alone.
///
/// A key that does not follow, Esc among them, ends the wait and does nothing else.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Option<Vec<Effect>> {
    if let Some(prefix) = state.prefix.take() {
        return Some(match state.keys.resolve(&reach(state), Some(prefix.first), chord) {
            Resolved::Action(action) if is_done_here(state, action) => act(state, action),
            _ => Vec::new(),
        });
    }
    if !may_begin(state, chord) || follows(state, chord).is_empty() {
        return None;
    }
    state.prefix = Some(Prefix { first: chord, listed: false });
    Some(vec![Effect::Start(Timer::Prefix, state.prefix_delay_ms)])
}

/// Whether pressing these chords now would do what they are bound to.
pub fn reaches(state: &State, sequence: Sequence) -> bool {
    sequence.second.is_none_or(|second| {
        may_begin(state, sequence.first) && follows(state, sequence.first).iter().any(|(chord, _)| *chord == second)
    })
}

/// What may follow a first chord here.
pub fn follows(state: &State, first: Chord) -> Vec<(Chord, Action)> {
    let mut found = state.keys.continuations(&reach(state), first);
    found.retain(|(_, action)| is_done_here(state, *action));
    found
}

/// The scopes that sequences are looked up in, outermost first.
fn reach(state: &State) -> Vec<Scope> {
    match state.overlays.last() {
        None => super::keys::scopes(state),
        Some(Overlay::Data) if data::takes_commands(state) => vec![Scope::Global, Scope::Data],
        Some(_) => vec![Scope::Global],
    }
}

/// Whether a chord is a first one here. Letters are text, or an overlay's own keys, wherever something lies over the screen
/// that is not the data pane's rows.
fn may_begin(state: &State, chord: Chord) -> bool {
    let scopes = reach(state);
    let own = !state.overlays.is_empty() && !scopes.contains(&Scope::Data) && chord.typed().is_some();
    !own && state.keys.resolve(&scopes, None, chord) == Resolved::Prefix
}

/// Whether an action is done with what now lies over the screen.
fn is_done_here(state: &State, action: Action) -> bool {
    state.overlays.is_empty()
        || overlay::allows(state, action)
        || data::takes_commands(state) && action.row().scope == Scope::Data
}

fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if overlay::allows(state, action) { overlay::act(state, action) } else { actions::act(state, action) }
}
