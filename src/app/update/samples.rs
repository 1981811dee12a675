//! Several answers of one arm: asking how many, starting them, hearing from each, stepping through what they say.

use super::keys::{Lines, command_of};
use super::{actions, arms, compare, parameters};
use crate::app::effect::{Ask, Effect};
use crate::keys::{Chord, Key, Modifiers};
use crate::model::Parameters;
use crate::run::{TrialDone, TrialEvent, equal_samples};
use crate::score::{Missing, Outcome};
use crate::state::{
    ArmSlot, CostNote, Fault, Figures, FormField, Overlay, Phase, Sample, Samples, ScoreLine, Side, State,
};
use crate::store::case_key;
use crate::view::text::sanitise_line;

/// Offered where nothing else is known.
const USUAL: u32 = 5;
/// More than this are for a run over a data set.
const MOST: u32 = 100;
/// Offered where the model's own temperature would make all answers equal.
const WARM: f64 = 0.8;

/// Asks how many, how warm, and from which seed on.
pub(super) fn open(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    let Some(arm) = state.arm(slot) else { return Vec::new() };
    let (effective, greedy) = state.sampling_of(arm);
    let own = arm.strategy.own_temperature();
    let cold = own.is_none() && equal_samples(&effective, greedy).is_some();
    let temperature = if cold { Some(WARM) } else { effective.temperature };
    let temperature = temperature.map_or_else(String::new, |value| value.to_string());
    // More samples of the same arm go on where the last ones ended, so that none is asked twice.
    let asked = arm.samples.as_ref().map_or(0, |samples| samples.answers.len() as u64);
    let seed = arm.samples_from.map_or_else(|| effective.seed.unwrap_or(0), |from| from + asked);
    let help = match own {
        Some(own) => format!("its strategy samples at {own}, whatever stands here"),
        None if cold => "its own is 0: all would be equal".to_owned(),
        None => "0 would make them all equal".to_owned(),
    };
    let fields = vec![
        FormField::new("samples", "how many, each with its own seed", &USUAL.to_string()),
        FormField::new("temperature", &help, &temperature),
        FormField::new("first seed", "the others count on from it", &seed.to_string()),
    ];
    actions::open(state, Overlay::Samples { slot, fields, focused: 0 })
}

/// A key while the form is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(Overlay::Samples { fields, focused, .. }) = state.overlays.last_mut() else { return Vec::new() };
    let last = fields.len().saturating_sub(1);
    match chord.key {
        Key::Up => *focused = focused.saturating_sub(1),
        Key::Tab if chord.modifiers.contains(Modifiers::SHIFT) => *focused = focused.saturating_sub(1),
        Key::Down | Key::Tab => *focused = (*focused + 1).min(last),
        Key::Enter => return start(state),
        _ => {
            if let (Some(field), Some(command)) = (fields.get_mut(*focused), command_of(chord, Lines::One)) {
                field.editor.apply(command, now);
                check(state);
            }
        }
    }
    Vec::new()
}

/// What the form asks for: how many, the temperature, the first seed.
struct Wanted {
    count: u32,
    temperature: Option<f64>,
    seed: u64,
}

/// Reads the form; every fault is said in its field.
fn check(state: &mut State) -> Option<Wanted> {
    let Some(Overlay::Samples { slot, .. }) = state.overlays.last() else { return None };
    let (own, greedy) = state.arm(*slot).map(|arm| state.sampling_of(arm)).unwrap_or_default();
    let by_itself = state.arm(*slot).and_then(|arm| arm.strategy.own_temperature());
    let Some(Overlay::Samples { fields, .. }) = state.overlays.last_mut() else { return None };
    let [samples, temperature, seed] = fields.as_mut_slice() else { return None };
    let count = samples.editor.text().trim().parse::<u32>().ok().filter(|count| (2..=MOST).contains(count));
    samples.fault = count.is_none().then(|| format!("needs a whole number from 2 to {MOST}"));
    let mut read = Parameters::default();
    temperature.fault = parameters::sampled(&mut read, "temperature", &temperature.editor.text()).err();
    if temperature.fault.is_none() {
        let sampled = Parameters { temperature: by_itself.or(read.temperature), ..read.clone() };
        temperature.fault = equal_samples(&sampled.over(Some(&own)), greedy).map(str::to_owned);
    }
    let cold = temperature.fault.is_some();
    let first = seed.editor.text().trim().parse::<u64>().ok();
    seed.fault = first.is_none().then(|| "needs a whole number".to_owned());
    match (count, cold, first) {
        (Some(count), false, Some(seed)) => Some(Wanted { count, temperature: read.temperature, seed }),
        _ => None,
    }
}

/// Asks for all of them; what still ran in the arm is cancelled by the runtime first.
fn start(state: &mut State) -> Vec<Effect> {
    let Some(Wanted { count, temperature, seed }) = check(state) else { return Vec::new() };
    let Some(Overlay::Samples { slot, .. }) = state.overlays.pop() else { return Vec::new() };
    let Some(question) = arms::question(state, slot) else { return Vec::new() };
    state.welcome = false;
    let Some(arm) = state.arm_mut(slot) else { return Vec::new() };
    let first = arm.begin_samples(count, seed);
    arm.about = case_key(&question.case);
    arm.asked = Some(Box::new(question.clone()));
    let ask = |sample: u32| {
        let mut question = question.clone();
        question.parameters.temperature = temperature.or(question.parameters.temperature);
        question.parameters.seed = Some(seed.wrapping_add(u64::from(sample)));
        question.sample = sample;
        Ask { slot, generation: first + u64::from(sample), question }
    };
    vec![Effect::AskSamples((0..count).map(ask).collect())]
}

/// The sample that `generation` belongs to, if it is one of the arm's.
fn sample_mut(state: &mut State, slot: ArmSlot, generation: u64) -> Option<&mut Sample> {
    state.arm_mut(slot)?.samples.as_mut()?.of_mut(generation)
}

/// Whether `generation` is one of the arm's samples.
pub(super) fn is_one(state: &State, slot: ArmSlot, generation: u64) -> bool {
    let samples = state.arm(slot).and_then(|arm| arm.samples.as_ref());
    samples.is_some_and(|samples| {
        let place = generation.checked_sub(samples.first_generation);
        place.is_some_and(|place| place < samples.answers.len() as u64)
    })
}

/// News of one of the answers.
pub(super) fn heard(state: &mut State, slot: ArmSlot, generation: u64, event: TrialEvent) {
    let first = matches!(event, TrialEvent::FirstToken { .. });
    if sample_mut(state, slot, generation).is_none_or(|sample| !sample.phase.is_live()) {
        return;
    }
    // All samples are asked alike: what is said of one holds for the arm.
    if let Some(arm) = state.arm_mut(slot) {
        match &event {
            TrialEvent::Waiting { seconds } => arm.waiting = Some(*seconds).filter(|seconds| *seconds > 0),
            TrialEvent::Noted(note) if !arm.notes.contains(note) => arm.notes.push(note.clone()),
            _ => {}
        }
    }
    if let Some(sample) = sample_mut(state, slot, generation) {
        hear(sample, event);
    }
    if let Some(arm) = state.arm_mut(slot).filter(|_| first) {
        arm.phase = Phase::Streaming;
    }
}

/// One of several answers goes on.
pub(super) fn hear(sample: &mut Sample, event: TrialEvent) {
    match event {
        TrialEvent::FirstToken { ms } => {
            sample.figures.first_token_ms = sample.figures.first_token_ms.or(Some(ms));
            sample.phase = Phase::Streaming;
        }
        TrialEvent::Text(text) => sample.text.push_str(&text),
        TrialEvent::Step { .. } => sample.text.clear(),
        TrialEvent::Started
        | TrialEvent::Reasoning(_)
        | TrialEvent::Waiting { .. }
        | TrialEvent::Called(_)
        | TrialEvent::Noted(_) => {}
        TrialEvent::Finished(done) => finished(sample, *done),
    }
}

fn finished(sample: &mut Sample, done: TrialDone) {
    // It stays live until it has been scored: only then is it known what it says.
    sample.figures = Figures::of(&done);
    if !done.inner.calls.is_empty() {
        sample.text = done.text;
    }
    sample.fault = done.error.map(|error| Fault { what: error.message, hint: error.hint });
}

/// One of the answers could not start.
pub(super) fn not_started(state: &mut State, slot: ArmSlot, generation: u64, what: &str, hint: String) {
    if let Some(sample) = sample_mut(state, slot, generation) {
        sample.phase = Phase::Done(Outcome::Missing(Missing::Failed));
        sample.fault = Some(Fault { what: sanitise_line(what).into_owned(), hint });
    }
    regroup(state, slot);
}

/// One of the answers has been scored: it joins its group.
pub(super) fn scored(
    state: &mut State,
    slot: ArmSlot,
    generation: u64,
    extracted: Option<String>,
    outcome: Outcome,
    scores: Vec<ScoreLine>,
) -> Vec<Effect> {
    if let Some(sample) = sample_mut(state, slot, generation) {
        sample.extracted = extracted;
        sample.phase = Phase::Done(outcome);
        sample.scores = scores;
    }
    regroup(state, slot);
    let over = state.arm(slot).is_some_and(|arm| !arm.phase.is_live());
    if over { compare::ask(state) } else { Vec::new() }
}

/// One of the answers was taken into the books.
pub(super) fn charged(state: &mut State, slot: ArmSlot, generation: u64, note: Option<CostNote>) {
    if let Some(sample) = sample_mut(state, slot, generation) {
        sample.figures.cost = note;
    }
}

/// One of the answers is durable.
pub(super) fn recorded(state: &mut State, slot: ArmSlot, generation: u64, trial: i64) {
    if let Some(sample) = sample_mut(state, slot, generation) {
        sample.trial = Some(trial);
    }
    show_chosen(state, slot);
}

/// Groups the answers again: one has ended, or the reference is another.
pub(super) fn regroup(state: &mut State, slot: ArmSlot) {
    let reference = state.case.reference();
    let Some(arm) = state.arm_mut(slot) else { return };
    let Some(samples) = &mut arm.samples else { return };
    samples.group(reference.as_deref());
    if samples.live() == 0 && arm.phase.is_live() {
        let outcome = samples.chosen().map(|sample| sample.phase.clone());
        arm.phase = outcome.unwrap_or(Phase::Done(Outcome::Missing(Missing::Failed)));
    }
    show_chosen(state, slot);
}

/// The person has stopped them: what has not ended is cancelled.
pub(super) fn cancelled(samples: &mut Samples) {
    for sample in samples.answers.iter_mut().filter(|sample| sample.phase.is_live()) {
        sample.phase = Phase::Done(Outcome::Missing(Missing::Cancelled));
    }
}

/// Looks at another of the distinct answers.
pub(super) fn step(state: &mut State, slot: ArmSlot, step: isize) -> Vec<Effect> {
    let Some(samples) = state.arm_mut(slot).and_then(|arm| arm.samples.as_mut()) else { return Vec::new() };
    samples.step(step);
    show_chosen(state, slot);
    let shown = [&state.diff.left, &state.diff.right].contains(&&Side::Arm(slot));
    if shown { compare::ask(state) } else { Vec::new() }
}

/// Puts the answer that is looked at where a single answer would stand: in the pane, the scores, the diff.
fn show_chosen(state: &mut State, slot: ArmSlot) {
    let Some(arm) = state.arm_mut(slot) else { return };
    let Some(sample) = arm.samples.as_ref().and_then(Samples::chosen).cloned().or_else(|| failed(arm.samples.as_ref()))
    else {
        return;
    };
    if arm.answer.text() != sample.text {
        arm.answer = crate::view::text::StreamText::whole(sample.text.as_str(), arm.answer.reading());
    }
    arm.extracted = sample.extracted;
    arm.figures = sample.figures;
    arm.fault = sample.fault;
    arm.scores = sample.scores;
    arm.trial = sample.trial;
}

/// Where no answer came at all: one of those that failed, so that the reason is seen.
fn failed(samples: Option<&Samples>) -> Option<Sample> {
    let samples = samples.filter(|samples| samples.live() == 0)?;
    samples.answers.iter().find(|sample| sample.fault.is_some()).or(samples.answers.first()).cloned()
}
