//! The mapping screen: giving columns their roles, looking at what comes of a row, writing it into fourfold.toml.

use super::{actions, arms, toast};
use crate::app::data::DataWork;
use crate::app::effect::Effect;
use crate::keys::{Chord, Key, Modifiers};
use crate::run::Question;
use crate::state::{ArmSlot, MappedRow, MappingForm, Overlay, State, Tone};
use crate::strategy::StrategyConfig;

/// Lines of a page key.
const PAGE: isize = 8;

fn form(state: &mut State) -> Option<&mut MappingForm> {
    match state.overlays.last_mut() {
        Some(Overlay::Mapping(form)) => Some(form),
        _ => None,
    }
}

/// A file's columns are known: the screen opens over the data pane.
pub(super) fn opened(state: &mut State, form: Box<MappingForm>) -> Vec<Effect> {
    if !matches!(state.overlays.last(), Some(Overlay::Data)) {
        actions::open(state, Overlay::Data);
    }
    state.overlays.push(Overlay::Mapping(form));
    look(state)
}

/// Asks what comes of the row with the roles as they are: the prompt as it is on the screen, asked plainly, because
/// examples would come from the data there is now.
fn look(state: &mut State) -> Vec<Effect> {
    let asked = arms::question(state, ArmSlot::A);
    let Some(form) = form(state) else { return Vec::new() };
    form.generation += 1;
    let Some(question) = asked else { return Vec::new() };
    vec![Effect::Data(Box::new(DataWork::Preview {
        generation: form.generation,
        path: form.path.clone(),
        row: form.row,
        mapping: form.mapping(),
        question: Box::new(Question { strategy: StrategyConfig::default(), ..question }),
    }))]
}

/// A key while the screen is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let Some(form) = form(state) else { return Vec::new() };
    let lines = form.columns.len() + 1;
    match (chord.key, chord.typed()) {
        (Key::Up, _) => form.selected = form.selected.saturating_sub(1),
        (Key::Down, _) => form.selected = (form.selected + 1).min(lines - 1),
        (Key::Tab, _) => {
            let step = if chord.modifiers.contains(Modifiers::SHIFT) { lines - 1 } else { 1 };
            form.selected = (form.selected + step) % lines;
        }
        (Key::Home, _) => form.selected = 0,
        (Key::End, _) => form.selected = lines - 1,
        (Key::PageUp, _) => form.scroll = form.scroll.saturating_add_signed(-PAGE),
        (Key::PageDown, _) => form.scroll = form.scroll.saturating_add_signed(PAGE),
        (Key::Left, _) => return turn(state, -1),
        (Key::Right, _) | (_, Some(' ')) => return turn(state, 1),
        (_, Some('n')) => return row(state, 1),
        (_, Some('p')) => return row(state, -1),
        (_, Some('a')) => {
            form.recognise();
            return look(state);
        }
        (Key::Enter, _) => return write(state),
        _ => {}
    }
    Vec::new()
}

/// The next choice of the selected line.
fn turn(state: &mut State, step: isize) -> Vec<Effect> {
    let Some(form) = form(state) else { return Vec::new() };
    form.fault = None;
    form.turn(step);
    if form.selected == 0 { Vec::new() } else { look(state) }
}

/// A click selects a line; on the selected one it goes to its next choice.
pub(super) fn clicked(state: &mut State, line: usize) -> Vec<Effect> {
    let Some(form) = form(state) else { return Vec::new() };
    if form.selected == line {
        return turn(state, 1);
    }
    form.selected = line.min(form.columns.len());
    Vec::new()
}

/// Looks at what comes of another row.
fn row(state: &mut State, step: i64) -> Vec<Effect> {
    let Some(form) = form(state) else { return Vec::new() };
    form.row = form.row.saturating_add_signed(step).min(form.rows.saturating_sub(1));
    form.scroll = 0;
    look(state)
}

/// What comes of the row is known; a late answer is dropped.
pub(super) fn previewed(state: &mut State, generation: u64, result: Result<Box<MappedRow>, String>) {
    if let Some(form) = form(state).filter(|form| form.generation == generation) {
        form.preview = Some(result);
    }
}

fn write(state: &mut State) -> Vec<Effect> {
    let Some(form) = form(state).filter(|form| !form.writing) else { return Vec::new() };
    form.writing = true;
    form.fault = None;
    let change = form.change();
    // The file changes by this program's own hand.
    state.models.writing = true;
    vec![Effect::Data(Box::new(DataWork::Write(change)))]
}

/// It could not be written, or not be read after it was.
pub(super) fn refused(state: &mut State, reason: &str) -> Vec<Effect> {
    state.models.writing = false;
    let words = format!("fourfold.toml was not changed: {reason}");
    match form(state) {
        Some(form) => {
            form.writing = false;
            form.fault = Some(words);
            Vec::new()
        }
        None => toast(state, Tone::Bad, words),
    }
}
