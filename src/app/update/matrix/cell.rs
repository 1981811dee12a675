//! A cell opened in Compose, with everything as it was.

use super::work;
use crate::app::effect::Effect;
use crate::app::matrix::MatrixWork;
use crate::app::update::{history, prompt, toast};
use crate::data::Split;
use crate::editor::Command;
use crate::state::{ArmSlot, HistoryFor, Reopened, State, Tone};
use crate::store::case_key;

/// Asks for the selected cell's trial.
pub(in crate::app::update) fn open(state: &mut State) -> Vec<Effect> {
    if !state.matrix.view.has_rows() {
        return toast(state, Tone::Note, "Press 1 for the cells; Enter opens one.");
    }
    let Some(trial) = state.matrix.selected().map(|cell| cell.trial) else {
        let words = match (&state.matrix.run, state.matrix.at(state.matrix.line)) {
            (None, _) => "There is no run yet.",
            (Some(_), None) => "This case is still being read.",
            (Some(_), Some(_)) => "Nothing fills this cell yet.",
        };
        return toast(state, Tone::Note, words);
    };
    if state.arms.iter().any(|arm| arm.phase.is_live()) {
        return toast(
            state,
            Tone::Note,
            "Answers still stream in Compose: wait for them, or stop them there with Esc.",
        );
    }
    let slot = slot_of(state);
    let case_key = case_key(&state.case.case());
    vec![Effect::OpenTrial { id: trial, purpose: HistoryFor::Cell(slot), case_key }]
}

/// The arm of Compose that the selected column goes to: the one of its name, else the first.
fn slot_of(state: &State) -> ArmSlot {
    let run = state.matrix.run.as_ref();
    let name = run.and_then(|run| run.heads.get(state.matrix.column)).map(|head| head.name.as_str());
    let place = state.arms.iter().position(|arm| Some(arm.id.as_str()) == name);
    place.and_then(ArmSlot::at).unwrap_or(ArmSlot::A)
}

/// The trial was read: Compose shows it in an arm that is set as it was.
pub(in crate::app::update) fn opened(state: &mut State, slot: ArmSlot, recorded: Reopened) -> Vec<Effect> {
    state.matrix.shown = false;
    let looked = state.matrix.run.as_ref().filter(|run| run.line.split == Split::Test).map(|run| {
        let (data_hash, case) = (run.line.data_hash.clone(), recorded.case.id.clone());
        work(MatrixWork::Looked { data_hash, case })
    });
    let mut effects: Vec<Effect> = looked.into_iter().collect();
    effects.extend(as_it_was(state, slot, recorded, "Alt+M goes back to the matrix, where you were."));
    effects.extend(beside(state, slot));
    effects
}

/// Asks for what the other arms of the run answered to the selected case, where Compose has these arms.
fn beside(state: &State, opened: ArmSlot) -> Vec<Effect> {
    let matrix = &state.matrix;
    let Some((run, row)) = matrix.run.as_ref().zip(matrix.at(matrix.line)) else { return Vec::new() };
    let case_key = case_key(&state.case.case());
    let of_run = |(slot, arm): (ArmSlot, &crate::state::ArmState)| {
        let column = run.heads.iter().position(|head| head.name == arm.id)?;
        let id = row.cells.get(column)?.as_ref()?.trial;
        Some(Effect::OpenTrial { id, purpose: HistoryFor::Beside(slot), case_key: case_key.clone() })
    };
    ArmSlot::ALL.into_iter().zip(&state.arms).filter(|(slot, _)| *slot != opened).filter_map(of_run).collect()
}

/// Shows a recorded answer in an arm that is set as it was when it answered; `back` says how to return.
pub(in crate::app::update) fn as_it_was(
    state: &mut State,
    slot: ArmSlot,
    recorded: Reopened,
    back: &str,
) -> Vec<Effect> {
    let Some(asked) = recorded.asked.clone() else { return history::show(state, slot, recorded) };
    let mut effects = Vec::new();
    let in_editor = asked.prompt_path == state.prompt.name;
    if let Some(arm) = state.arm_mut(slot) {
        arm.id.clone_from(&asked.arm);
        arm.strategy = asked.strategy;
        arm.model = asked.model;
        arm.parameters = asked.parameters;
        arm.prompt = (!in_editor).then(|| asked.prompt_path.clone());
    }
    let mut words = back.to_owned();
    if in_editor && state.prompt.editor.file_text() != asked.prompt_text {
        let now = state.now_ms;
        state.prompt.editor.apply(Command::SetText(asked.prompt_text), now);
        words = format!("The prompt is as it was then; undo brings yours back. {back}");
        effects.extend(prompt::touched());
    }
    effects.extend(history::show(state, slot, recorded));
    if let Some(arm) = state.arm_mut(slot).filter(|_| !in_editor && asked.prompt_has_changed) {
        arm.notes.insert(0, format!("{} has changed since; c shows what was sent then", asked.prompt_path));
    }
    effects.extend(prompt::analyse(state));
    effects.extend(toast(state, Tone::Note, words));
    effects
}
