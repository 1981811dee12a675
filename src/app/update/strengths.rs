//! The case at several strengths of an adapter: opening it, turning a strength up or down, asking, hearing.

use super::fourfold::meant;
use super::{actions, arms, samples, toast};
use crate::app::effect::{Ask, Effect};
use crate::app::event::EventKind;
use crate::config::adjustable;
use crate::keys::{Chord, Key, Modifiers};
use crate::score::{Missing, Outcome};
use crate::state::strengths::Rung;
use crate::state::{ArmSlot, CostNote, Fault, Overlay, Phase, State, StrengthsState, Tone};
use crate::view::text::sanitise_line;

/// How far a key turns a strength.
const STEP: f64 = 0.25;
/// How far it does so with Shift, or as a sign.
const FINE: f64 = 0.05;

/// Opens the strip for an arm, and asks what it would show unless that is there already.
pub(super) fn open(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let Some(mut question) = arms::question(state, slot) else { return Vec::new() };
    let id = meant(state, &question.model);
    let Some(model) = adjustable(&state.models.known, &id).map(|model| model.id.clone()) else {
        let words = if state.fourfold.shown {
            format!("`{id}` has no adapter whose strength could be changed from here.")
        } else {
            "No adapter's strength can be changed here: pick a tuned model with m, or tune one (Ctrl+N).".to_owned()
        };
        return toast(state, Tone::Note, words);
    };
    // A seed of the arm's own stays; several answers do not.
    question.sample = 0;
    question.model.clone_from(&model);
    let same = state.strengths.as_ref().is_some_and(|strip| strip.question == question);
    if !same {
        let generation = state.strengths.as_ref().map_or(0, StrengthsState::generation);
        let mut effects: Vec<Effect> =
            state.strengths.iter().filter(|strip| strip.is_live()).map(|_| cancel()).collect();
        state.strengths = Some(StrengthsState::new(slot, &model, question, generation));
        effects.extend(actions::open(state, Overlay::Strengths));
        effects.extend(ask(state, |_| true));
        return effects;
    }
    actions::open(state, Overlay::Strengths)
}

const fn cancel() -> Effect {
    Effect::Cancel(ArmSlot::Strip)
}

/// Asks at the strengths that `wanted` picks; those still on their way begin again, for they are one stream to the outside.
fn ask(state: &mut State, wanted: impl Fn(&Rung) -> bool) -> Vec<Effect> {
    let Some(strip) = &mut state.strengths else { return Vec::new() };
    let asks: Vec<Ask> = strip
        .begin(|rung| rung.is_live() || wanted(rung))
        .into_iter()
        .map(|(generation, question)| Ask { slot: ArmSlot::Strip, generation, question })
        .collect();
    if asks.is_empty() { Vec::new() } else { vec![Effect::AskSamples(asks)] }
}

/// Asks at every strength again.
pub(super) fn again(state: &mut State) -> Vec<Effect> {
    ask(state, |_| true)
}

/// A key while the strip is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let page = state.page_rows.max(2) / 2;
    let Some(strip) = &mut state.strengths else { return Vec::new() };
    let last = strip.rungs.len().saturating_sub(1);
    let fine = chord.modifiers.contains(Modifiers::SHIFT);
    match (chord.typed(), chord.key) {
        (_, Key::Left) => strip.selected = strip.selected.saturating_sub(1),
        (_, Key::Right) => strip.selected = (strip.selected + 1).min(last),
        (_, Key::Tab) => strip.selected = (strip.selected + 1) % (last + 1),
        (_, Key::Up) => strip.turn(if fine { FINE } else { STEP }),
        (_, Key::Down) => strip.turn(if fine { -FINE } else { -STEP }),
        (Some('+'), _) => strip.turn(FINE),
        (Some('-'), _) => strip.turn(-FINE),
        (_, Key::PageUp) => strip.scroll = strip.scroll.saturating_sub(page),
        (_, Key::PageDown) => strip.scroll += page,
        (_, Key::Enter) => return ask(state, |rung| !rung.is_done()),
        (Some('r'), _) => return again(state),
        (Some('x'), _) => return stop(state),
        _ => {}
    }
    Vec::new()
}

/// Looks at one of the strengths: it was clicked on.
pub(super) fn select(state: &mut State, rung: usize) {
    if let Some(strip) = state.strengths.as_mut().filter(|strip| rung < strip.rungs.len()) {
        strip.selected = rung;
    }
}

fn stop(state: &mut State) -> Vec<Effect> {
    let Some(strip) = state.strengths.as_mut().filter(|strip| strip.is_live()) else { return Vec::new() };
    for sample in strip.rungs.iter_mut().filter_map(|rung| rung.sample.as_mut()) {
        if sample.phase.is_live() {
            sample.phase = Phase::Done(Outcome::Missing(Missing::Cancelled));
        }
    }
    vec![cancel()]
}

/// Whether something happened to the strip rather than to an arm.
pub(super) const fn concerns(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Trial { slot: ArmSlot::Strip, .. }
            | EventKind::NotStarted { slot: ArmSlot::Strip, .. }
            | EventKind::Recorded { slot: ArmSlot::Strip, result: Ok(_), .. }
            | EventKind::Noted { slot: ArmSlot::Strip, .. }
            | EventKind::Parted { slot: ArmSlot::Strip, .. }
            | EventKind::Scored { slot: ArmSlot::Strip, .. }
    )
}

/// One of the answers was taken into the books.
pub(super) fn charged(state: &mut State, slot: ArmSlot, generation: u64, note: Option<CostNote>) {
    let strip = state.strengths.as_mut().filter(|_| slot == ArmSlot::Strip);
    if let Some(sample) = strip.and_then(|strip| strip.of_mut(generation)).and_then(|rung| rung.sample.as_mut()) {
        sample.figures.cost = note;
    }
}

/// News of one of the answers; of a strength that was turned since, it is dropped.
pub(super) fn happened(state: &mut State, kind: EventKind) {
    let Some(strip) = &mut state.strengths else { return };
    match kind {
        EventKind::Trial { generation, event, .. } => {
            if let Some(sample) = strip.of_mut(generation).and_then(|rung| rung.sample.as_mut())
                && sample.phase.is_live()
            {
                samples::hear(sample, event);
            }
        }
        EventKind::NotStarted { generation, what, hint, .. } => {
            if let Some(sample) = strip.of_mut(generation).and_then(|rung| rung.sample.as_mut()) {
                sample.phase = Phase::Done(Outcome::Missing(Missing::Failed));
                sample.fault = Some(Fault { what: sanitise_line(&what).into_owned(), hint });
            }
        }
        EventKind::Parted { generation, parts, .. } => {
            if let Some(rung) = strip.of_mut(generation) {
                rung.parts = parts;
            }
        }
        EventKind::Scored { generation, extracted, outcome, scores, .. } => {
            if let Some(sample) = strip.of_mut(generation).and_then(|rung| rung.sample.as_mut()) {
                sample.extracted = extracted;
                sample.phase = Phase::Done(outcome);
                sample.scores = scores;
            }
        }
        EventKind::Recorded { generation, result: Ok(trial), .. } => {
            if let Some(sample) = strip.of_mut(generation).and_then(|rung| rung.sample.as_mut()) {
                sample.trial = Some(trial);
            }
        }
        _ => {}
    }
}
