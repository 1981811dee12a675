//! Asking arms and hearing from them.

use super::{prompt, samples, toast};
use crate::app::action::{Action, Scope};
use crate::app::effect::{Ask, Effect};
use crate::run::fourfold::cost_in_words;
use crate::run::{Question, TrialDone, TrialEvent};
use crate::score::{Aspect, Missing, Outcome};
use crate::state::{
    ArmSlot, ArmState, EngineState, Fault, Figures, Pane, Phase, ScoreLine, Side, State, Tone, fourfold,
};
use crate::store::case_key;
use crate::view::text::sanitise_line;

/// Arms fit the screen up to here.
const MOST_ARMS: usize = 4;

/// Runs every arm on the case as it is on the screen.
pub(super) fn run_all(state: &mut State) -> Vec<Effect> {
    let slots: Vec<ArmSlot> = ArmSlot::ALL.into_iter().take(state.arms.len()).collect();
    let mut effects = super::blind::next_pair(state);
    effects.extend(slots.into_iter().flat_map(|slot| ask(state, slot)));
    if state.asks_prompt_on_screen().is_empty() && !state.arms.is_empty() {
        let shown = state.prompt.name.clone();
        let mut asked: Vec<String> = state.arms.iter().filter_map(|arm| arm.prompt.clone()).collect();
        asked.sort();
        asked.dedup();
        let words = format!(
            "{shown} is not what runs: the answers ask {}. Press o on an answer to have it ask {shown}.",
            asked.join(", ")
        );
        effects.extend(super::toast(state, Tone::Bad, words));
    }
    effects
}

/// What an arm would be asked now.
pub(in crate::app) fn question(state: &State, slot: ArmSlot) -> Option<Question> {
    let arm = state.arm(slot)?;
    let own = arm.prompt.as_ref().map(|name| state.place.root.join(name)).filter(|path| *path != state.prompt.path);
    Some(Question {
        arm: arm.id.clone(),
        prompt_text: own.is_none().then(|| state.prompt.editor.text()),
        prompt_path: own.unwrap_or_else(|| state.prompt.path.clone()),
        strategy: arm.strategy.clone(),
        model: arm.model.clone(),
        parameters: arm.parameters.clone(),
        case: state.case.case().into(),
        split: state.case.split(),
        sample: 0,
    })
}

/// Runs one arm. After a judgement this makes another pair, which is as blind as the one before.
pub(super) fn run(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let mut effects = if state.is_hidden() { Vec::new() } else { super::blind::next_pair(state) };
    effects.extend(ask(state, slot));
    effects
}

/// Asks one arm; an answer still running there is cancelled by the runtime first.
fn ask(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let Some(question) = question(state, slot) else { return Vec::new() };
    state.welcome = false;
    let Some(arm) = state.arm_mut(slot) else { return Vec::new() };
    let generation = arm.begin();
    arm.about = case_key(&question.case);
    arm.asked = Some(Box::new(question.clone()));
    // A diff of the answer before would stand beside the new one.
    if [&state.diff.left, &state.diff.right].contains(&&Side::Arm(slot)) {
        state.diff.shown = None;
        state.diff.generation += 1;
    }
    vec![Effect::Ask(Box::new(Ask { slot, generation, question }))]
}

/// Scores an ended answer again: its reference has changed.
pub(super) fn score(state: &State, slot: ArmSlot) -> Vec<Effect> {
    let Some(arm) = state.arm(slot).filter(|arm| arm.samples.is_none()) else { return Vec::new() };
    let outcome = match arm.phase {
        Phase::Done(outcome) => outcome,
        Phase::Recorded { ref outcome, .. } => *outcome,
        Phase::Idle | Phase::Waiting | Phase::Streaming => return Vec::new(),
    };
    vec![Effect::Score {
        slot,
        generation: arm.generation,
        outcome,
        text: arm.result().to_owned(),
        case: Box::new(state.case.case()),
    }]
}

/// The scores on the screen as text.
pub(super) fn scores_text(state: &State) -> String {
    let mut text = String::new();
    for (slot, arm) in ArmSlot::ALL.into_iter().zip(&state.arms) {
        for line in &arm.scores {
            let value = line.score.number().map_or_else(|| "n/a".to_owned(), |value| format!("{value:.4}"));
            text.extend([slot.letter(), "\t", &line.metric, "\t", &value, "\n"]);
        }
        for aspect in [Aspect::Form, Aspect::Content].into_iter().filter(|_| state.fourfold.shown) {
            if let Some(value) = arm.parts.score(aspect) {
                text.extend([slot.letter(), "\t", aspect.as_str(), "\t", &format!("{value:.4}"), "\n"]);
            }
        }
    }
    if state.fourfold.shown {
        text.extend(fourfold::bought_in_words(&state.arms).into_iter().map(|words| words + "\n"));
        let paid = fourfold::paid(state);
        for (slot, paid) in ArmSlot::ALL.into_iter().zip(paid) {
            if let Some(paid) = paid {
                text.extend([slot.letter(), "\tcost\t", &paid.in_words(), "\n"]);
            }
        }
        text.extend(cost_in_words(&paid).into_iter().map(|words| words + "\n"));
    }
    text
}

/// Cancels one arm at once: what had arrived stays, marked. One that waited for its model to be fetched was not asked at all: it
/// shows what it showed before.
pub(super) fn cancel(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let unasked = state.arm(slot).is_some_and(|arm| {
        let fetched = matches!(state.engine_of(arm), Some(EngineState::Absent | EngineState::Downloading { .. }));
        fetched && arm.answer.is_empty()
    });
    match state.arm_mut(slot) {
        Some(arm) if arm.phase.is_live() && unasked => {
            arm.forget();
            let mut effects = vec![Effect::Cancel(slot)];
            effects.extend(super::prompt::analyse(state));
            effects
        }
        Some(arm) if arm.phase.is_live() => {
            arm.phase = Phase::Done(Outcome::Missing(Missing::Cancelled));
            if let Some(samples) = &mut arm.samples {
                samples::cancelled(samples);
            }
            // What was dropped is still written up under this generation; only its stream is silent from now on.
            vec![Effect::Cancel(slot)]
        }
        _ => Vec::new(),
    }
}

/// News of a running answer.
pub(super) fn heard(state: &mut State, slot: ArmSlot, generation: u64, event: TrialEvent) -> Vec<Effect> {
    if samples::is_one(state, slot, generation) {
        samples::heard(state, slot, generation, event);
        return Vec::new();
    }
    // After a cancel the stream is dropped, but a few of its words may still be on their way.
    let heeded = |arm: &&mut ArmState| arm.generation == generation && arm.phase.is_live();
    let Some(arm) = state.arm_mut(slot).filter(heeded) else { return Vec::new() };
    match event {
        TrialEvent::FirstToken { ms } => {
            arm.waiting = None;
            arm.figures.first_token_ms = arm.figures.first_token_ms.or(Some(ms));
            arm.phase = Phase::Streaming;
        }
        TrialEvent::Step { purpose, number, most } => arm.next_call(purpose, number, most),
        TrialEvent::Called(call) => arm.calls.push(*call),
        TrialEvent::Text(text) => arm.answer.push(&text),
        TrialEvent::Noted(note) => arm.notes.push(note),
        TrialEvent::Waiting { seconds } => arm.waiting = Some(seconds).filter(|seconds| *seconds > 0),
        // Reasoning is kept apart from the answer; it is recorded, and shown with the trial's details.
        TrialEvent::Started | TrialEvent::Reasoning(_) => {}
        TrialEvent::Finished(done) => finished(state, slot, *done),
    }
    Vec::new()
}

fn finished(state: &mut State, slot: ArmSlot, done: TrialDone) {
    let Some(arm) = state.arm_mut(slot) else { return };
    arm.phase = Phase::Done(done.outcome);
    arm.figures = Figures::of(&done);
    arm.step = None;
    // The answer of several calls is that of one of them, which need not be the one that was shown last.
    if arm.answer.text() != done.text {
        arm.show_text(&done.text);
    }
    arm.calls = done.inner.calls;
    let wants_key = done.error.as_ref().is_some_and(|error| error.wants_key);
    arm.fault = done.error.map(|error| Fault { what: error.message, hint: error.hint });
    // Those that were told as they came are there already.
    let new: Vec<String> = done.notes.into_iter().filter(|note| !arm.notes.contains(note)).collect();
    arm.notes.extend(new);
    let generation = arm.generation;
    if wants_key {
        self::wants_key(state, slot, generation);
    }
}

/// An arm's model wants a key, or another one: its pane says how to give it.
pub(super) fn wants_key(state: &mut State, slot: ArmSlot, generation: u64) {
    let key = state.keys.chord_in(Action::GiveKey, &[Scope::Arm]);
    let Some(arm) = state.arm_mut(slot).filter(|arm| arm.generation == generation) else { return };
    arm.wants_key = true;
    if let (Some(fault), Some(key)) = (&mut arm.fault, key) {
        fault.hint = format!("{} takes one here. {}", key.short(), fault.hint);
    }
}

/// An arm could not start: the reason is shown where its answer would be.
pub(super) fn not_started(state: &mut State, slot: ArmSlot, generation: u64, what: &str, hint: String) {
    if samples::is_one(state, slot, generation) {
        return samples::not_started(state, slot, generation, what, hint);
    }
    if let Some(arm) = state.arm_mut(slot).filter(|arm| arm.generation == generation) {
        arm.phase = Phase::Done(Outcome::Missing(Missing::Failed));
        arm.fault = Some(Fault { what: sanitise_line(what).into_owned(), hint });
    }
}

/// A finished answer has been scored: the diff may now have something new to show.
pub(super) fn scored(
    state: &mut State,
    slot: ArmSlot,
    generation: u64,
    extracted: Option<String>,
    outcome: Outcome,
    scores: Vec<ScoreLine>,
) -> Vec<Effect> {
    if samples::is_one(state, slot, generation) {
        return samples::scored(state, slot, generation, extracted, outcome, scores);
    }
    let Some(arm) = state.arm_mut(slot).filter(|arm| arm.generation == generation) else { return Vec::new() };
    arm.extracted = extracted;
    arm.phase = Phase::Done(outcome);
    arm.scores = scores;
    let shown = [&state.diff.left, &state.diff.right].into_iter().any(|side| *side == Side::Arm(slot));
    if shown { super::compare::ask(state) } else { Vec::new() }
}

/// Another case is on the screen: what was answered to the last one is in the history, and what still streams of it ends
/// and is kept there as cut by the person.
pub(super) fn forget_answers(state: &mut State) -> Vec<Effect> {
    let is_live = |slot: &ArmSlot| state.arm(*slot).is_some_and(|arm| arm.phase.is_live());
    let live: Vec<ArmSlot> = ArmSlot::ALL.into_iter().filter(is_live).collect();
    for arm in state.arms.iter_mut().chain(&mut state.fourfold.aside) {
        arm.forget();
    }
    state.diff.shown = None;
    state.diff.generation += 1;
    let said = match live.len() {
        0 => Vec::new(),
        1 => toast(state, Tone::Note, "The answer to the case before was ended; the history keeps what had come."),
        _ => toast(state, Tone::Note, "The answers to the case before were ended; the history keeps what had come."),
    };
    live.into_iter().map(Effect::Leave).chain(said).collect()
}

/// One more arm, a copy of `slot`.
pub(super) fn add(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    if state.fourfold.shown {
        return toast(state, Tone::Note, "The fourfold view has its four cells; arms are added in Compose.");
    }
    if state.arms.len() >= MOST_ARMS {
        return toast(state, Tone::Note, "Four arms fit the screen; remove one first.");
    }
    let Some(arm) = state.arm(slot) else { return Vec::new() };
    let copy = arm.sibling(format!("{}-{}", arm.id, state.arms.len() + 1));
    state.arms.push(copy);
    if let Some(slot) = ArmSlot::at(state.arms.len() - 1) {
        state.focus = Pane::Arm(slot);
    }
    prompt::analyse(state)
}

/// Takes an arm off the screen.
pub(super) fn remove(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    if state.fourfold.shown {
        return toast(state, Tone::Note, "The fourfold view keeps its four cells; arms are removed in Compose.");
    }
    if state.arms.len() <= 1 {
        return toast(state, Tone::Note, "One arm has to stay.");
    }
    // Streams are known by their place on the screen: those behind this arm move up, so they must be over.
    let moving = state.arms.iter().skip(slot.index()).any(|arm| arm.phase.is_live());
    if moving {
        return toast(state, Tone::Note, "Wait for the answers to end, or press Esc on them, then remove the arm.");
    }
    state.arms.remove(slot.index());
    state.focus = Pane::Arm(ArmSlot::A);
    state.diff.forget_missing(state.arms.len());
    prompt::analyse(state)
}
