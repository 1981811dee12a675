//! Changing rows: a cell typed anew, a row taken out or added, changes taken back, and a new version written once that was
//! asked for.

use serde_json::{Map, Value};

use super::super::keys::{Lines, command_of};
use super::{arrange, open, read, work};
use crate::app::data::DataWork;
use crate::app::effect::Effect;
use crate::data::{RowChange, Split, row_text};
use crate::editor::{Command, Editor};
use crate::keys::{Chord, Key, Modifiers};
use crate::state::{CellEdit, DataSource, DataState, EditedRow, State, WriteAsk};

/// Marks the selected row, or takes its mark away.
pub(super) fn mark(data: &mut DataState) {
    let Some((path, number)) = data.path().map(ToOwned::to_owned).zip(data.row(data.selected).map(|row| row.number))
    else {
        return;
    };
    let marks = data.marks.entry(path).or_default();
    if !marks.remove(&number) {
        marks.insert(number);
    }
}

/// A typed value is opened: what was changed before, or what the file has, which is read in full.
pub(super) fn edit(data: &mut DataState) -> Vec<Effect> {
    data.fault = None;
    let Some(window) = &data.window else { return Vec::new() };
    let column = window.columns.get(data.column).map(|column| column.name.clone());
    let path = window.path.clone();
    if let Some((index, row)) = data.added(data.selected) {
        let Some(column) = column else { return Vec::new() };
        let value = row.get(&column).cloned().unwrap_or_else(|| Value::from(""));
        data.cell = Some(cell(EditedRow::Added(index), Some(column), value));
        return Vec::new();
    }
    let Some(row) = data.row(data.selected) else { return Vec::new() };
    let column = column.filter(|_| !row.broken);
    let place = row.number.saturating_sub(1) as usize;
    let known = match data.change(row) {
        Some(RowChange::Removed) => {
            data.fault = Some("This row is to be taken out: d lets it stay.".to_owned());
            return Vec::new();
        }
        Some(RowChange::Cells(cells)) => column.as_ref().and_then(|column| cells.get(column)).cloned(),
        Some(RowChange::Text(text)) => Some(Value::from(text.clone())),
        None => None,
    };
    match known {
        Some(value) => {
            data.cell = Some(cell(EditedRow::Of(place), column, value));
            Vec::new()
        }
        None => work(DataWork::Value { path, row: place, column }),
    }
}

pub(super) fn cell(row: EditedRow, column: Option<String>, value: Value) -> CellEdit {
    let is_text = value.is_string() || column.is_none();
    let text = if let Value::String(text) = value { text } else { value.to_string() };
    let mut editor = Editor::lines(&text);
    editor.apply(Command::Move(crate::editor::Motion::DocumentEnd), 0);
    CellEdit { row, column, is_text, editor, fault: None }
}

/// A key while a value is typed. Enter keeps it, for most values are one line; Ctrl+J is a new line.
pub(super) fn cell_pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    if chord.key == Key::Enter && !chord.modifiers.contains(Modifiers::ALT) {
        return save(state);
    }
    let now = state.now_ms;
    if let (Some(cell), Some(command)) = (&mut state.data.cell, command_of(chord, Lines::Many)) {
        cell.editor.apply(command, now);
        cell.fault = None;
    }
    Vec::new()
}

/// Keeps what is typed; with nothing typed, writes the changes.
pub(in super::super) fn save(state: &mut State) -> Vec<Effect> {
    let data = &mut state.data;
    if data.cell.is_none() {
        return if data.ask.is_none() { write(data) } else { Vec::new() };
    }
    keep(data)
}

fn keep(data: &mut DataState) -> Vec<Effect> {
    let Some(path) = data.path().map(ToOwned::to_owned) else { return Vec::new() };
    let columns: Vec<String> =
        data.window.iter().flat_map(|window| window.columns.iter().map(|column| column.name.clone())).collect();
    let Some(cell) = &mut data.cell else { return Vec::new() };
    let row = cell.row;
    let edits = data.edits.entry(path.clone()).or_default();
    let kept = match (&cell.column, cell.row) {
        (None, EditedRow::Of(row)) => {
            let text = cell.editor.text();
            row_text(&path, &columns, &text).map(|()| edits.set_text(row, text))
        }
        (None, EditedRow::Added(_)) => Ok(()),
        (Some(column), EditedRow::Of(row)) => cell.value().map(|value| edits.set_cell(row, column, value)),
        (Some(column), EditedRow::Added(index)) => cell.value().map(|value| edits.set_added(index, column, value)),
    };
    match kept {
        Ok(()) => {
            data.cell = None;
            arrange::again(data, row)
        }
        Err(reason) => {
            cell.fault = Some(reason);
            Vec::new()
        }
    }
}

/// Takes the selected row out of the next version, or lets it stay; an added one goes as the last step of its own.
pub(super) fn remove(data: &mut DataState) {
    data.fault = None;
    if data.added(data.selected).is_some() {
        data.fault = Some("An added row goes with u, which takes the last change back.".to_owned());
        return;
    }
    let Some((path, number)) = data.path().map(ToOwned::to_owned).zip(data.row(data.selected).map(|row| row.number))
    else {
        return;
    };
    data.edits.entry(path).or_default().toggle_removed(number.saturating_sub(1) as usize);
}

/// The case on the screen as a row of the file that is looked at.
pub(super) fn add(state: &mut State) -> Vec<Effect> {
    state.data.fault = None;
    let Some(path) = state.data.path().map(ToOwned::to_owned) else { return Vec::new() };
    let case = Box::new(state.case.case());
    work(DataWork::RowOfCase { path, case })
}

/// The case on the screen as a row of the file of the dev cases: the pane opens on it, and it is added once that is read.
pub(in super::super) fn add_case(state: &mut State) -> Vec<Effect> {
    let dev = state.data.sources.iter().position(|source| *source == DataSource::Split(Split::Dev));
    let mut effects = open(state);
    let Some(dev) = dev else { return effects };
    if state.data.here != dev {
        effects.extend(super::tab(state, dev));
    }
    if state.data.window.is_some() {
        effects.extend(add(state));
    } else {
        state.data.adds_when_read = true;
    }
    effects
}

/// An empty row at the end, its first cell to be typed.
pub(super) fn new_row(data: &mut DataState) -> Vec<Effect> {
    data.fault = None;
    let Some(window) = &data.window else { return Vec::new() };
    let number = window.of + data.edits().map_or(0, |edits| edits.counts().1 as u64) + 1;
    let value = |column: &crate::state::DataColumn| {
        let is_id = column.role == Some("id");
        (column.name.clone(), Value::from(if is_id { format!("new-{number}") } else { String::new() }))
    };
    let row: Map<String, Value> = window.columns.iter().map(value).collect();
    added(data, row)
}

/// Adds a row and goes to it, where all rows are shown.
pub(super) fn added(data: &mut DataState, row: Map<String, Value>) -> Vec<Effect> {
    let Some(path) = data.path().map(ToOwned::to_owned) else { return Vec::new() };
    data.edits.entry(path).or_default().add(row);
    let mut effects = super::stop_order(data);
    if data.order.is_some() {
        data.forget_order();
        let last = data.window.as_ref().map_or(0, |window| window.of);
        effects.extend(read(data.read_at(last)));
        return effects;
    }
    let last = data.shown().saturating_sub(1);
    effects.extend(read(data.go(last)));
    effects
}

/// Takes the last change back; where there is none and a version was written from here, asks whether the former file is to be
/// used again.
pub(super) fn undo(data: &mut DataState) -> Vec<Effect> {
    data.fault = None;
    let Some(path) = data.path().map(ToOwned::to_owned) else { return Vec::new() };
    if let Some(edits) = data.edits.get_mut(&path)
        && let Some(row) = edits.undo()
    {
        data.selected = data.selected.min(data.shown().saturating_sub(1));
        return arrange::again(data, row);
    }
    match data.versions.iter().rev().find(|(_, version)| *version == path) {
        Some((former, version)) => data.ask = Some(WriteAsk::Back { from: version.clone(), to: former.clone() }),
        None => data.fault = Some("Nothing has been changed here.".to_owned()),
    }
    Vec::new()
}

/// Asks before the changes are written.
pub(super) fn write(data: &mut DataState) -> Vec<Effect> {
    if data.writing.is_some() {
        return Vec::new();
    }
    data.fault = None;
    let Some(path) = data.path().map(ToOwned::to_owned) else { return Vec::new() };
    if data.edits().is_none_or(crate::state::Edits::is_empty) {
        data.fault = Some("Nothing has been changed here: e edits a cell, a adds the case on the screen.".to_owned());
        return Vec::new();
    }
    work(DataWork::AskVersion { path })
}

/// A key while something is asked: Enter or y does it, o writes the file only, n is no.
pub(super) fn answered(state: &mut State, chord: Chord) -> Vec<Effect> {
    let alone = matches!(chord.typed(), Some('o' | 'O'));
    let yes = chord.key == Key::Enter || matches!(chord.typed(), Some('y' | 'Y'));
    let data = &mut state.data;
    if matches!(chord.typed(), Some('n' | 'N')) {
        data.ask = None;
    }
    if !yes && !alone {
        return Vec::new();
    }
    match data.ask.take() {
        Some(WriteAsk::Version { from, to, used, .. }) => {
            let Some(edits) = data.edits.get(&from) else { return Vec::new() };
            let changes = Box::new(edits.changes().clone());
            let used = used && !alone;
            data.writing = Some(None);
            // fourfold.toml changes by this program's own hand.
            state.models.writing = used;
            work(DataWork::WriteVersion { from, to, changes, used })
        }
        Some(WriteAsk::Back { from, to }) if !alone => {
            state.models.writing = true;
            work(DataWork::Back { from, to })
        }
        Some(WriteAsk::Back { .. }) | None => Vec::new(),
    }
}

/// What would be lost by quitting now.
pub(in super::super) fn work_in_progress(state: &State) -> Option<String> {
    if state.data.writing.is_some() {
        return Some("a version of a data file is being written".to_owned());
    }
    let changed: Vec<String> = (state.data.edits.iter().filter(|(_, edits)| !edits.is_empty()))
        .map(|(path, edits)| {
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            format!("{name} has changes that are not written ({})", edits.in_words())
        })
        .collect();
    (!changed.is_empty()).then(|| changed.join(", "))
}
