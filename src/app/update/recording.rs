//! Recording a model's answers: asked for first, told in the header, stopped by Esc or the same key.

use super::{actions, toast};
use crate::app::effect::Effect;
use crate::app::event::RecordingNews;
use crate::keys::{Chord, Key};
use crate::state::{ArmSlot, Overlay, RecordAsk, RecordingState, State, Tone};

/// Asks what recording would take; stops the one that is under way.
pub(super) fn key(state: &mut State, slot: ArmSlot) -> Vec<Effect> {
    if state.recording.is_some() {
        return stop(state);
    }
    let model = state.arm(slot).map(|arm| arm.model.clone()).unwrap_or_default();
    vec![Effect::PlanRecording(model)]
}

/// Stops it; what was answered is written.
pub(super) fn stop(state: &mut State) -> Vec<Effect> {
    match &mut state.recording {
        Some(recording) if !recording.stopping => {
            recording.stopping = true;
            vec![Effect::StopRecording]
        }
        _ => Vec::new(),
    }
}

/// A key while it is asked whether to record.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let yes = chord.key == Key::Enter || matches!(chord.typed(), Some('y' | 'Y'));
    let no = matches!(chord.typed(), Some('n' | 'N'));
    if !yes && !no {
        return Vec::new();
    }
    let Some(Overlay::ConfirmRecord(ask)) = state.overlays.pop() else { return Vec::new() };
    if no || state.recording.is_some() {
        return Vec::new();
    }
    state.recording = Some(RecordingState { model: ask.model.clone(), ..RecordingState::default() });
    vec![Effect::RecordAnswers(ask.model)]
}

/// News of the worker that reckons, and of the one that records.
pub(super) fn heard(state: &mut State, news: RecordingNews) -> Vec<Effect> {
    match news {
        RecordingNews::Planned { model, result: Ok(lines) } => {
            actions::open(state, Overlay::ConfirmRecord(RecordAsk { model, lines }))
        }
        RecordingNews::Planned { model, result: Err(fault) } => {
            toast(state, Tone::Bad, format!("{model} cannot be recorded: {}. {}", fault.what, fault.hint))
        }
        RecordingNews::Step { done, total } => {
            if let Some(recording) = &mut state.recording {
                (recording.done, recording.total) = (done, total);
            }
            Vec::new()
        }
        RecordingNews::Over { tone, words } => {
            state.recording = None;
            toast(state, tone, words)
        }
    }
}

/// What to say of it to somebody who quits.
pub(super) fn work_in_progress(state: &State) -> Option<String> {
    let recording = state.recording.as_ref()?;
    Some(format!("answers of {} are being recorded (what was answered is kept)", recording.model))
}
