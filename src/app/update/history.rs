//! The history: opening it, its own keys, and what becomes of the answer that is chosen.

use super::{arms, case, compare, failures, matrix, toast};
use crate::app::effect::Effect;
use crate::app::event::Timer;
use crate::keys::{Chord, Key, Modifiers};
use crate::score::Outcome;
use crate::state::{ArmSlot, HistoryFor, HistoryState, HistoryWindow, Overlay, Pane, Reopened, Side, State, Tone};
use crate::store::case_key;

/// After the last key in the filter, before it is read.
const SEARCH_MS: u64 = 80;
/// Lines of a page key.
const PAGE: i64 = 15;

/// Opens the history and asks for its newest rows.
pub(super) fn open(state: &mut State, purpose: HistoryFor) -> Vec<Effect> {
    let case = state.case.case();
    let mut history = HistoryState::new(purpose, (case_key(&case), case.id));
    // A side of the diff is wanted for this case; the whole history is one key away.
    if !matches!(purpose, HistoryFor::Arm(_)) {
        history.filter.case_key = Some(history.this_case.0.clone());
    }
    let query = history.from_the_top();
    state.overlays.push(Overlay::History(Box::new(history)));
    vec![Effect::ReadHistory(query)]
}

/// The history was read; a late answer to an old question is dropped.
pub(super) fn read(state: &mut State, generation: u64, result: Result<HistoryWindow, String>) {
    let Some(Overlay::History(history)) = state.overlays.last_mut() else { return };
    if history.generation != generation {
        return;
    }
    match result {
        Ok(mut window) => {
            if let (true, Some(before)) = (window.arms.is_empty(), &history.window) {
                window.arms.clone_from(&before.arms);
            }
            history.selected = history.selected.min(window.total.saturating_sub(1));
            history.window = Some(window);
            history.fault = None;
        }
        Err(reason) => history.fault = Some(reason),
    }
}

/// The filter has rested for a moment.
pub(super) fn search(state: &mut State) -> Vec<Effect> {
    match state.overlays.last_mut() {
        Some(Overlay::History(history)) => vec![Effect::ReadHistory(history.from_the_top())],
        _ => Vec::new(),
    }
}

/// A key in the history.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let Some(Overlay::History(history)) = state.overlays.last_mut() else { return Vec::new() };
    let alt = chord.modifiers.contains(Modifiers::ALT);
    let step = match chord.key {
        Key::Up => -1,
        Key::Down => 1,
        Key::PageUp => -PAGE,
        Key::PageDown => PAGE,
        Key::Home => i64::MIN,
        Key::End => i64::MAX,
        Key::Enter => return choose(state, None),
        Key::Char('d') if alt => return choose(state, Some(HistoryFor::DiffRight)),
        Key::Char('a') if alt => {
            next_arm(history);
            return vec![Effect::ReadHistory(history.from_the_top())];
        }
        Key::Char('o') if alt => {
            history.filter.outcome = next_of(&Outcome::ALL, history.filter.outcome.as_ref());
            return vec![Effect::ReadHistory(history.from_the_top())];
        }
        Key::Char('c') if alt => {
            let here = history.filter.case_key.is_none();
            history.filter.case_key = here.then(|| history.this_case.0.clone());
            return vec![Effect::ReadHistory(history.from_the_top())];
        }
        Key::Backspace => {
            history.filter.text.pop();
            return vec![Effect::Start(Timer::Search, SEARCH_MS)];
        }
        _ => {
            let Some(letter) = chord.typed() else { return Vec::new() };
            history.filter.text.push(letter);
            return vec![Effect::Start(Timer::Search, SEARCH_MS)];
        }
    };
    history.step(step).map(Effect::ReadHistory).into_iter().collect()
}

/// Pasted text is a filter, in one line.
pub(super) fn pasted(history: &mut HistoryState, text: &str) -> Vec<Effect> {
    history.filter.text.extend(text.chars().filter(|letter| !letter.is_control()));
    vec![Effect::Start(Timer::Search, SEARCH_MS)]
}

/// The entry after `current`; after the last one, none.
fn next_of<T: Clone + PartialEq>(all: &[T], current: Option<&T>) -> Option<T> {
    match current.and_then(|current| all.iter().position(|entry| entry == current)) {
        None => all.first().cloned(),
        Some(place) => all.get(place + 1).cloned(),
    }
}

fn next_arm(history: &mut HistoryState) {
    let arms = history.window.as_ref().map(|window| window.arms.clone()).unwrap_or_default();
    history.filter.arm = next_of(&arms, history.filter.arm.as_ref());
}

/// Asks for the selected answer in full.
fn choose(state: &mut State, purpose: Option<HistoryFor>) -> Vec<Effect> {
    let Some(Overlay::History(history)) = state.overlays.last() else { return Vec::new() };
    let Some(id) = history.chosen().map(|row| row.id) else { return Vec::new() };
    let purpose = purpose.unwrap_or(history.purpose);
    let case_key = history.this_case.0.clone();
    state.overlays.pop();
    vec![Effect::OpenTrial { id, purpose, case_key }]
}

/// A recorded answer has been read: it goes where it was wanted. Nothing recorded changes by that.
pub(super) fn opened(state: &mut State, purpose: HistoryFor, result: Result<Box<Reopened>, String>) -> Vec<Effect> {
    let recorded = match result {
        Ok(recorded) => *recorded,
        Err(reason) => return toast(state, Tone::Bad, reason),
    };
    let side = |recorded: &Reopened| {
        let text = recorded.extracted.as_deref().map_or_else(|| recorded.answer.clone(), Into::into);
        Side::Earlier(recorded.id, text)
    };
    let elsewhere = (!recorded.same_case).then(|| {
        format!("Answer {} is to another case than the one on the screen: {}.", recorded.id, recorded.case.id)
    });
    match purpose {
        HistoryFor::Cell(slot) => return matrix::cell_opened(state, slot, recorded),
        HistoryFor::Failure(slot) => return failures::opened(state, slot, recorded),
        HistoryFor::Beside(slot) => return show_beside(state, slot, recorded),
        HistoryFor::DiffLeft => state.diff.left = side(&recorded),
        HistoryFor::DiffRight => state.diff.right = side(&recorded),
        HistoryFor::Arm(slot) => return show(state, slot, recorded),
    }
    state.focus = Pane::Diff;
    let mut effects = compare::ask(state);
    if let Some(words) = elsewhere {
        effects.extend(toast(state, Tone::Note, words));
    }
    effects
}

/// Shows a recorded answer in an arm's pane, with the case that it answered.
pub(super) fn show(state: &mut State, slot: ArmSlot, recorded: Reopened) -> Vec<Effect> {
    let mut effects = arms::cancel(state, slot);
    let about = case_key(&recorded.case);
    if about != case_key(&state.case.case()) {
        effects.extend(case::show(state, recorded.case.clone(), recorded.index));
    }
    put(state, slot, recorded, about, &mut effects);
    state.focus = Pane::Arm(slot);
    effects.extend(compare::ask(state));
    effects
}

/// Shows the answer of another arm to the same case beside the one that was opened; one to another case comes too late.
fn show_beside(state: &mut State, slot: ArmSlot, recorded: Reopened) -> Vec<Effect> {
    let about = case_key(&recorded.case);
    let here = about == case_key(&state.case.case());
    let is_free = |arm: &crate::state::ArmState| !arm.phase.is_live() && (arm.looked_up || arm.trial.is_none());
    let mut effects = Vec::new();
    if here && state.arm(slot).is_some_and(is_free) {
        put(state, slot, recorded, about, &mut effects);
        effects.extend(compare::ask(state));
    }
    effects
}

fn put(state: &mut State, slot: ArmSlot, recorded: Reopened, about: String, effects: &mut Vec<Effect>) {
    let Some(arm) = state.arm_mut(slot) else { return };
    let from = format!("answer {} of the history: {}", recorded.id, recorded.who);
    arm.show_reopened(recorded, about);
    arm.notes.insert(0, from);
    if state.fourfold.shown {
        // Form and content are not recorded: they are scored anew.
        effects.extend(arms::score(state, slot));
    }
}
