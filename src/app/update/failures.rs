//! Where an arm fails: which arm, beginning, hearing of each case, stopping, going to a case.

use super::{actions, fourfold, keep_arms, matrix, prompt, toast};
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::event::FailureNews;
use crate::keys::{Chord, Key};
use crate::state::picker::{Item, Picker};
use crate::state::{ArmSlot, FailuresState, HistoryFor, Overlay, PickFor, Reopened, State, Tone};
use crate::stats::wording::counted;
use crate::store::case_key;

/// Stands for the best prompted arm in the picker.
const BEST: &str = "\u{0}best";

/// Opens the page where there is one, else asks which arm.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if state.failures.running || !state.failures.breakdown.cases.is_empty() {
        return actions::open(state, Overlay::Failures);
    }
    ask_which(state)
}

/// Which arm's failures: one Enter, because asking may cost something.
fn ask_which(state: &mut State) -> Vec<Effect> {
    if state.place.tunable.arms.is_empty() {
        return toast(
            state,
            Tone::Note,
            "There is no arm whose failures could be counted: add an [[arm]] to fourfold.toml.",
        );
    }
    let cases = state.case.count;
    if cases == 0 {
        return toast(
            state,
            Tone::Note,
            "There are no dev cases: name a train or dev file under [data] in fourfold.toml.",
        );
    }
    let mut items = vec![
        Item::new(BEST, "the best prompted arm")
            .note("by the answers of this machine, else as the prompted row of [fourfold]")
            .aside(counted(cases as u64, "case")),
    ];
    items.extend(state.place.tunable.arms.iter().map(|(id, how)| Item::new(id, id).note(how)));
    let title = "Whose failures? What was answered on this machine is not asked again";
    let mut effects = actions::open(state, Overlay::Pick(PickFor::Failures, Picker::new(title, items, BEST)));
    effects.extend(keep_arms::remind(state));
    effects
}

/// An arm was picked.
pub(super) fn choose(state: &mut State, value: &str) -> Vec<Effect> {
    begin(state, (value != BEST).then(|| value.to_owned()))
}

fn begin(state: &mut State, wanted: Option<String>) -> Vec<Effect> {
    let generation = state.failures.generation + 1;
    state.failures = FailuresState { generation, wanted: wanted.clone(), running: true, ..FailuresState::default() };
    if !matches!(state.overlays.last(), Some(Overlay::Failures)) {
        state.overlays.push(Overlay::Failures);
    }
    vec![Effect::Failures { generation, arm: wanted }]
}

/// A key while the page is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    match (chord.typed(), chord.key) {
        (_, Key::Up) => state.failures.step(-1),
        (_, Key::Down) => state.failures.step(1),
        (_, Key::PageUp) => state.failures.step(-8),
        (_, Key::PageDown) => state.failures.step(8),
        (_, Key::Enter) => return go(state),
        (Some('x'), _) if state.failures.running => {
            state.failures.running = false;
            return vec![Effect::StopFailures];
        }
        (Some('r'), _) if !state.failures.running => {
            let wanted = state.failures.wanted.clone();
            return begin(state, wanted);
        }
        (Some('a'), _) if !state.failures.running => return ask_which(state),
        (Some('t'), _) if !state.failures.running => {
            // What is said here is what decides whether to.
            state.overlays.pop();
            return actions::act(state, Action::Tune);
        }
        _ => {}
    }
    Vec::new()
}

/// Shows the selected case in Compose.
fn go(state: &mut State) -> Vec<Effect> {
    let chosen = state.failures.failing().nth(state.failures.selected).map(|case| (case.index, case.trial));
    let Some((index, trial)) = chosen else { return Vec::new() };
    state.overlays.pop();
    let Some(id) = trial else { return vec![Effect::LoadCase(index)] };
    let mut effects = Vec::new();
    if state.fourfold.shown && !state.arms.iter().any(|arm| arm.phase.is_live()) {
        effects.extend(fourfold::toggle(state));
    }
    let name = state.failures.arm.as_ref().map(|(arm, _)| arm.as_str());
    let place = state.arms.iter().position(|arm| Some(arm.id.as_str()) == name);
    let slot = place.and_then(ArmSlot::at).unwrap_or(ArmSlot::A);
    let case_key = case_key(&state.case.case());
    effects.push(Effect::OpenTrial { id, purpose: HistoryFor::Failure(slot), case_key });
    effects
}

/// The failing answer was read: it stands in its arm, which is set as it was.
pub(super) fn opened(state: &mut State, slot: ArmSlot, recorded: Reopened) -> Vec<Effect> {
    matrix::as_it_was(state, slot, recorded, "The list of failures is kept: open it again for the next one.")
}

/// News of the task that asks.
pub(super) fn heard(state: &mut State, generation: u64, news: FailureNews) -> Vec<Effect> {
    let open = state.overlays.iter().any(|overlay| matches!(overlay, Overlay::Failures));
    let failures = &mut state.failures;
    if failures.generation != generation || !failures.running {
        return Vec::new();
    }
    match news {
        FailureNews::Begun { arm, why, cases, repeats, equal, ahead } => {
            failures.arm = Some((arm, why));
            failures.of = cases;
            failures.breakdown.repeats = repeats;
            failures.equal = equal;
            failures.ahead = ahead;
        }
        FailureNews::Step(step) => {
            failures.reused += step.reused;
            failures.breakdown.add(step.verdict);
        }
        FailureNews::Over(result) => {
            failures.running = false;
            failures.fault = result.err();
            state.welcome = false;
            // What was answered stands in Compose as well, where that is what an arm asks.
            let mut effects = prompt::analyse(state);
            let failures = &state.failures;
            if !open {
                let words = match &failures.fault {
                    Some(fault) => format!("Looking for failures: {}. {}", fault.what, fault.hint),
                    None => failures.breakdown.next_step(),
                };
                let tone = if failures.fault.is_some() { Tone::Bad } else { Tone::Done };
                effects.extend(toast(state, tone, words));
            }
            return effects;
        }
    }
    Vec::new()
}
