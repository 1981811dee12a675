//! Reviewing a bigger model's answers to the train rows: which arm, asking, accepting, rewriting, dropping.

use super::keys::{Lines, command_of};
use super::{actions, keep_arms, toast};
use crate::app::effect::{DistilWork, Effect};
use crate::app::event::DistilNews;
use crate::editor::{Editor, EditorOptions};
use crate::keys::{Chord, Key};
use crate::state::picker::{Item, Picker};
use crate::state::{DistilState, Overlay, PickFor, State, Tone};
use crate::store::case_key;
use crate::tune::distil::{DistilEvent, DistilRow, Review};

/// Opens the page where an arm was chosen before, else asks which.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    if state.distil.arm.is_empty() { ask_which(state) } else { actions::open(state, Overlay::Distil) }
}

/// Which arm answers: one Enter before anything is asked, because that may cost something.
fn ask_which(state: &mut State) -> Vec<Effect> {
    let arms = &state.place.tunable.teachers;
    if arms.is_empty() {
        return toast(state, Tone::Note, "There is no arm that could answer: add an [[arm]] to fourfold.toml.");
    }
    let rows = state.place.tunable.train_rows;
    if rows == 0 {
        return toast(
            state,
            Tone::Note,
            "There are no train rows to answer: name a train file under [data] in fourfold.toml.",
        );
    }
    let items = arms.iter().map(|(id, how)| Item::new(id, id).note(how).aside(format!("{rows} rows"))).collect();
    let title = "Which arm answers the train rows? What it has answered is not asked again";
    let mut effects = actions::open(state, Overlay::Pick(PickFor::Distil, Picker::new(title, items, "")));
    effects.extend(keep_arms::remind(state));
    effects
}

/// An arm was picked.
pub(super) fn choose(state: &mut State, arm: &str) -> Vec<Effect> {
    if !matches!(state.overlays.last(), Some(Overlay::Distil)) {
        state.overlays.push(Overlay::Distil);
    }
    begin(state, arm.to_owned())
}

fn begin(state: &mut State, arm: String) -> Vec<Effect> {
    let generation = state.distil.generation + 1;
    let selected = if state.distil.arm == arm { state.distil.selected } else { 0 };
    state.distil = DistilState { generation, arm: arm.clone(), running: true, selected, ..DistilState::default() };
    vec![Effect::Distil(Box::new(DistilWork::Begin { generation, arm }))]
}

/// Esc while an answer is being rewritten: the answer stays as it was. `false` where none is.
pub(super) fn stop_editing(state: &mut State) -> bool {
    matches!(state.overlays.last(), Some(Overlay::Distil)) && state.distil.editing.take().is_some()
}

/// Keeps the answer as it was rewritten.
pub(super) fn keep_edit(state: &mut State) -> Vec<Effect> {
    let Some(editor) = state.distil.editing.take() else { return Vec::new() };
    let answer = editor.text();
    if answer.trim().is_empty() {
        state.distil.editing = Some(editor);
        return toast(state, Tone::Note, "An empty answer teaches nothing: write one, or drop the row with d.");
    }
    decide(state, Review::Edit { answer })
}

/// A key while the page is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let now = state.now_ms;
    let distil = &mut state.distil;
    if let Some(editor) = &mut distil.editing {
        if let Some(command) = command_of(chord, Lines::Many) {
            editor.apply(command, now);
        }
        return Vec::new();
    }
    match (chord.typed(), chord.key) {
        (_, Key::Up) => distil.step(-1),
        (_, Key::Down) => distil.step(1),
        (_, Key::Home) => distil.select(0),
        (_, Key::End) => distil.select(distil.rows.len().saturating_sub(1)),
        (_, Key::PageUp) => distil.scroll = distil.scroll.saturating_sub(5),
        (_, Key::PageDown) => distil.scroll += 5,
        (Some('n'), _) | (_, Key::Tab) => return next(state),
        (Some('a'), _) | (_, Key::Enter) => return accept(state),
        (Some('d'), _) => return decide(state, Review::Drop),
        (Some('u'), _) => return decide(state, Review::Undecided),
        (Some('e'), _) => edit(distil),
        (Some('x'), _) if distil.running => {
            distil.running = false;
            return vec![Effect::Distil(Box::new(DistilWork::Stop))];
        }
        (Some('g'), _) if !distil.running => {
            let arm = distil.arm.clone();
            return begin(state, arm);
        }
        (Some('o'), _) if !distil.running => return ask_which(state),
        _ => {}
    }
    Vec::new()
}

fn next(state: &mut State) -> Vec<Effect> {
    if state.distil.next_undecided() {
        return Vec::new();
    }
    toast(state, Tone::Note, "Nothing is left to decide about.")
}

fn accept(state: &mut State) -> Vec<Effect> {
    if !state.distil.row().is_some_and(DistilRow::is_usable) {
        return toast(
            state,
            Tone::Note,
            "There is no whole answer to accept here: rewrite it with e, or drop the row with d.",
        );
    }
    decide(state, Review::Accept)
}

fn edit(distil: &mut DistilState) {
    let Some(row) = distil.row() else { return };
    let own = row.answer.as_ref().map(|(_, text)| text.as_str());
    let text = row.learned().or(own).or(row.case.reference.as_deref()).unwrap_or_default();
    distil.editing = Some(Editor::new(text, EditorOptions::default()));
}

/// Decides about the row that is looked at, and goes on to the next one that waits.
fn decide(state: &mut State, review: Review) -> Vec<Effect> {
    let distil = &mut state.distil;
    let Some(row) = distil.rows.get_mut(distil.selected).filter(|row| row.answer.is_some()) else {
        return toast(state, Tone::Note, "This row has no answer yet.");
    };
    row.review.clone_from(&review);
    let decided = review != Review::Undecided;
    let (id, case) = (row.case.id.clone(), case_key(&row.case));
    let event = DistilEvent::Reviewed { row: id, case, review };
    let (arm, name) = (distil.arm.clone(), distil.name.clone());
    if decided {
        distil.next_undecided();
    }
    vec![Effect::Distil(Box::new(DistilWork::Review { arm, name, event }))]
}

/// News of the task that asks, or of the worker that writes.
pub(super) fn heard(state: &mut State, news: DistilNews) -> Vec<Effect> {
    let open = state.overlays.iter().any(|overlay| matches!(overlay, Overlay::Distil));
    let distil = &mut state.distil;
    match news {
        DistilNews::Loaded { generation, name, rows, wanted, ahead } if generation == distil.generation => {
            distil.name = name;
            distil.selected = distil.selected.min(rows.len().saturating_sub(1));
            distil.rows = rows;
            distil.progress = (0, wanted);
            distil.ahead = ahead;
        }
        DistilNews::Answered { generation, step } if generation == distil.generation => {
            distil.progress.0 += 1;
            match step.result {
                Ok(answer) => {
                    if let Some(row) = distil.rows.get_mut(step.index) {
                        row.answer = Some(answer);
                    }
                }
                Err(what) => {
                    let hint = "g asks what is missing again.".to_owned();
                    distil.fault = Some(crate::state::Fault { what, hint });
                }
            }
        }
        DistilNews::Over { generation, fault } if generation == distil.generation => {
            distil.running = false;
            if fault.is_some() {
                distil.fault = fault;
            }
            if !open {
                let words = format!("{}: {}. Ctrl+P, `distil` reviews them.", distil.arm, distil.counts().in_words());
                let tone = if distil.fault.is_some() { Tone::Bad } else { Tone::Done };
                return toast(state, tone, words);
            }
        }
        DistilNews::Written(Ok(files)) => {
            state.place.tunable.rows = files;
            super::tune::rows_changed(state);
        }
        DistilNews::Written(Err(fault)) => {
            return toast(state, Tone::Bad, format!("The review could not be kept: {}. {}", fault.what, fault.hint));
        }
        _ => {}
    }
    Vec::new()
}
