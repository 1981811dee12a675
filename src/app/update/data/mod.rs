//! The data pane: going through rows, looking for one, taking one as the case, opening other files.

mod arrange;
mod change;
mod heard;

use std::path::PathBuf;

use super::keys::{Lines, command_of};
use super::{actions, mapping};
use crate::app::action::{Action, Scope};
use crate::app::data::{DataFind, DataWork};
use crate::app::effect::Effect;
use crate::data::Split;
use crate::editor::{Command, Editor};
use crate::keys::{Chord, Key, Modifiers, Resolved};
use crate::state::{DataQuery, DataSource, DataState, DataTyping, Overlay, State};

pub(super) use change::{add_case, save, work_in_progress};
pub(super) use heard::{heard, reread};

/// Lines of a page key.
const PAGE: i64 = 15;
/// Stands for a path that is typed, in the list of files.
const ANOTHER: &str = "\u{0}another";

fn work(work: DataWork) -> Vec<Effect> {
    vec![Effect::Data(Box::new(work))]
}

fn read(query: Option<DataQuery>) -> Vec<Effect> {
    query.map(|query| Effect::Data(Box::new(DataWork::Read(query)))).into_iter().collect()
}

/// Ends an order that is still looked for, before something else is shown.
fn stop_order(data: &DataState) -> Vec<Effect> {
    if data.share.is_some() { work(DataWork::Stop) } else { Vec::new() }
}

/// Opens the pane where it was, at first on the dev cases at the one on the screen.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    actions::open(state, Overlay::Data);
    let data = &mut state.data;
    if data.sources.is_empty() {
        return open_other(state);
    }
    let mut effects = Vec::new();
    if data.window.is_none() && data.fault.is_none() {
        let dev = data.sources.iter().position(|source| *source == DataSource::Split(Split::Dev));
        // Dev cases that cannot be used are what somebody comes for.
        let is_file = |source: &DataSource| matches!(source, DataSource::File(_));
        let faulty = state.place.faulty_dev.as_ref().and_then(|_| data.sources.iter().position(is_file));
        if let (Some(first), 0) = (dev.or(faulty), data.generation) {
            data.here = first;
        }
        let row = state.case.index.filter(|_| dev == Some(data.here)).unwrap_or(0);
        effects.extend(read(data.read_at(row as u64)));
    }
    let has = |split| data.sources.contains(&DataSource::Split(split));
    if data.leaks.is_none() && has(Split::Train) && has(Split::Test) {
        effects.extend(work(DataWork::Leaks));
    }
    effects
}

/// Asks which file; those of the workbench are looked for.
pub(super) fn open_other(state: &mut State) -> Vec<Effect> {
    if !matches!(state.overlays.last(), Some(Overlay::Data)) {
        actions::open(state, Overlay::Data);
    }
    work(DataWork::List)
}

/// Opens the mapping screen for what the pane shows.
pub(super) fn map(state: &mut State) -> Vec<Effect> {
    let Some(source) = state.data.source().cloned() else { return open_other(state) };
    work(DataWork::Map { source, variables: state.prompt.variables.clone() })
}

/// A file was chosen in the list.
pub(super) fn choose(state: &mut State, value: &str) -> Vec<Effect> {
    if value == ANOTHER {
        type_in(&mut state.data, DataTyping::Path, "");
        return Vec::new();
    }
    let path = state.place.root.join(value);
    show_file(&mut state.data, path)
}

/// A path was typed.
pub(super) fn open_path(path: &str) -> Vec<Effect> {
    work(DataWork::Open(PathBuf::from(path)))
}

fn show_file(data: &mut DataState, path: PathBuf) -> Vec<Effect> {
    let mut effects = stop_order(data);
    effects.extend(read(data.show_file(path)));
    effects
}

/// Begins to type.
fn type_in(data: &mut DataState, typing: DataTyping, text: &str) {
    data.typing = typing;
    data.typed = Some(Editor::single_line(text));
}

fn stop_typing(data: &mut DataState) {
    data.typing = DataTyping::Rows;
    data.typed = None;
}

/// Esc in the pane: what is asked, what is typed, what is under way; nothing of it left, the pane closes.
pub(super) fn back(state: &mut State) -> Option<Vec<Effect>> {
    if !matches!(state.overlays.last(), Some(Overlay::Data)) {
        return None;
    }
    let data = &mut state.data;
    if data.ask.take().is_some() || data.cell.take().is_some() {
        return Some(Vec::new());
    }
    if data.typing != DataTyping::Rows {
        stop_typing(data);
        return Some(Vec::new());
    }
    let reads = data.window.is_none() && data.fault.is_none() && data.generation > 0 && data.source().is_some();
    if data.writing.take().is_some() {
        data.fault = Some("Stopped: no version was written, the changes are still here.".to_owned());
    } else if data.share.take().is_some() {
        data.arranging += 1;
        let found = data.order.as_ref().map_or(0, |order| order.len());
        data.order_note = Some(format!("stopped with {found} rows; 0 shows all"));
    } else if std::mem::take(&mut data.searching) {
        data.generation += 1;
    } else if reads && data.reading.take().is_some() {
        data.generation += 1;
        data.fault = Some("The reading was stopped. r reads it again, Tab shows something else.".to_owned());
    } else {
        return None;
    }
    Some(work(DataWork::Stop))
}

/// Whether letters are commands in the pane: nothing is asked and nothing is typed.
pub(super) fn takes_commands(state: &State) -> bool {
    let data = &state.data;
    matches!(state.overlays.last(), Some(Overlay::Data))
        && data.ask.is_none()
        && data.cell.is_none()
        && data.typing == DataTyping::Rows
}

/// A key while the pane is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    if state.data.ask.is_some() {
        return change::answered(state, chord);
    }
    if state.data.cell.is_some() {
        return change::cell_pressed(state, chord);
    }
    if state.data.typing != DataTyping::Rows {
        return typed(state, chord);
    }
    if let Resolved::Action(action) = state.keys.resolve(&[Scope::Data], None, chord) {
        return actions::act(state, action);
    }
    let data = &mut state.data;
    let step = match (chord.key, chord.typed()) {
        (Key::Up, _) | (_, Some('k')) => -1,
        (Key::Down, _) | (_, Some('j')) => 1,
        (Key::PageUp, _) => -PAGE,
        (Key::PageDown, _) | (_, Some(' ')) => PAGE,
        (Key::Home, _) => i64::MIN,
        (Key::End, _) | (_, Some('G')) => i64::MAX,
        (Key::Left, _) => {
            data.go_to_column(data.column.saturating_sub(1));
            return Vec::new();
        }
        (Key::Right, _) => {
            data.go_to_column(data.column + 1);
            return Vec::new();
        }
        (Key::Tab, _) => {
            let (count, back) = (data.sources.len().max(1), chord.modifiers.contains(Modifiers::SHIFT));
            let here = (data.here + if back { count - 1 } else { 1 }) % count;
            return tab(state, here);
        }
        _ => return Vec::new(),
    };
    read(data.step(step))
}

/// Does one of the pane's actions.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let data = &mut state.data;
    match action {
        Action::DataTake => return take(data),
        Action::DataFind => {
            let wanted = data.wanted.clone();
            type_in(data, DataTyping::Search, &wanted);
        }
        Action::DataJump => type_in(data, DataTyping::Jump, ""),
        Action::DataFilter => {
            let filter = data.filter.clone();
            type_in(data, DataTyping::Filter, &filter);
        }
        Action::DataNext => return find(data, true),
        Action::DataPrevious => return find(data, false),
        Action::DataLike => return arrange::like(data),
        Action::DataSort => return arrange::sort(data),
        Action::DataAll => return arrange::all(data),
        Action::DataMark => change::mark(data),
        Action::DataEdit => return change::edit(data),
        Action::DataAdd => return change::add(state),
        Action::DataNew => return change::new_row(data),
        Action::DataRemove => change::remove(data),
        Action::DataUndo => return change::undo(data),
        Action::DataWrite => return change::write(data),
        Action::DataOpen => return open_other(state),
        Action::DataMap => return map(state),
        Action::DataAgain => {
            data.fault = None;
            let row = data.selected;
            return read(data.read_at(row));
        }
        _ => {}
    }
    Vec::new()
}

/// A click on a row selects it; on the selected one it takes it.
pub(super) fn clicked(state: &mut State, row: u64) -> Vec<Effect> {
    let data = &mut state.data;
    if data.ask.is_some() || data.cell.is_some() {
        return Vec::new();
    }
    if data.selected == row { take(data) } else { read(data.go(row)) }
}

/// A click on a column's head orders by it.
pub(super) fn head_clicked(state: &mut State, column: usize) -> Vec<Effect> {
    if state.data.ask.is_some() || state.data.cell.is_some() {
        return Vec::new();
    }
    state.data.go_to_column(column);
    arrange::sort(&mut state.data)
}

/// The wheel goes through the rows.
pub(super) fn wheel(state: &mut State, rows: isize) -> Vec<Effect> {
    read(state.data.step(rows as i64))
}

/// Looks at another source.
pub(super) fn tab(state: &mut State, here: usize) -> Vec<Effect> {
    let mut effects = stop_order(&state.data);
    effects.extend(read(state.data.show(here)));
    effects
}

fn take(data: &mut DataState) -> Vec<Effect> {
    if data.added(data.selected).is_some() {
        data.fault = Some("This row is not in the file yet: w writes a version that has it.".to_owned());
        return Vec::new();
    }
    let Some(source) = data.source().cloned() else { return Vec::new() };
    let Some(place) = data.row(data.selected).map(|row| row.at) else { return Vec::new() };
    work(DataWork::Take { source, place })
}

fn find(data: &mut DataState, forward: bool) -> Vec<Effect> {
    let Some(source) = data.source().filter(|_| !data.wanted.is_empty()).cloned() else { return Vec::new() };
    data.generation += 1;
    data.searching = true;
    data.fault = None;
    let (generation, from, text) = (data.generation, data.selected, data.wanted.clone());
    work(DataWork::Find(DataFind {
        generation,
        source,
        from,
        text,
        forward,
        order: data.order.clone(),
        changes: data.changes(),
    }))
}

/// Has the rows with the text counted, of which `row` was found.
fn count(data: &mut DataState, row: u64) -> Vec<Effect> {
    let Some(source) = data.source().cloned() else { return Vec::new() };
    data.counting += 1;
    let (generation, text) = (data.counting, data.wanted.clone());
    let (order, changes) = (data.order.clone(), data.changes());
    work(DataWork::Count(DataFind { generation, source, from: row, text, forward: true, order, changes }))
}

/// A key while something is typed.
fn typed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let now = state.now_ms;
    let data = &mut state.data;
    if let (Key::Char(_), Modifiers::ALT) = (chord.key, chord.modifiers) {
        // A terminal, or tmux on the way, sends Esc and a letter right behind it as it sends Alt and the letter. With Alt no
        // letter means anything here, so it was Esc; that is no guess where the keyboard tells them apart, and harmless.
        stop_typing(data);
        return pressed(state, Chord::plain(chord.key));
    }
    let Some(editor) = &mut data.typed else { return Vec::new() };
    if chord.key != Key::Enter {
        if let Some(command) = command_of(chord, Lines::One) {
            editor.apply(command, now);
            data.fault = None;
        }
        return Vec::new();
    }
    let (text, typing) = (editor.text(), data.typing);
    if typing == DataTyping::Filter {
        return arrange::filter(data, text.trim());
    }
    stop_typing(data);
    match typing {
        DataTyping::Search => {
            data.wanted = text;
            data.forget_hits();
            find(data, true)
        }
        DataTyping::Jump => jump(data, text.trim()),
        DataTyping::Path if text.trim().is_empty() => Vec::new(),
        DataTyping::Path => open_path(text.trim()),
        DataTyping::Rows | DataTyping::Filter => Vec::new(),
    }
}

/// A number is a row of what is shown, from 1; anything else an id.
fn jump(data: &mut DataState, text: &str) -> Vec<Effect> {
    let Some(source) = data.source().filter(|_| !text.is_empty()).cloned() else { return Vec::new() };
    if let Ok(number) = text.replace(['_', ','], "").parse::<u64>() {
        let last = data.shown().saturating_sub(1);
        return read(data.go(number.saturating_sub(1).min(last)));
    }
    let mut effects = stop_order(data);
    // An id is one of all rows.
    data.forget_order();
    data.generation += 1;
    data.searching = true;
    data.wanted.clear();
    effects.extend(work(DataWork::Jump { generation: data.generation, source, id: text.to_owned() }));
    effects
}

/// Pasted text is what is typed; a path that is pasted over the rows is a file to open.
pub(super) fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    let now = state.now_ms;
    let data = &mut state.data;
    let editor = data.cell.as_mut().map(|cell| &mut cell.editor).or(data.typed.as_mut());
    match editor {
        Some(editor) => drop(editor.apply(Command::InsertText(text.to_owned()), now)),
        None if data.ask.is_none() => type_in(data, DataTyping::Path, text.trim()),
        None => {}
    }
    Vec::new()
}

/// The mapping screen's answers go there.
fn previewed(state: &mut State, generation: u64, result: Result<Box<crate::state::MappedRow>, String>) -> Vec<Effect> {
    mapping::previewed(state, generation, result);
    Vec::new()
}
