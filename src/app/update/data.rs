//! The data pane: going through rows, looking for one, taking one as the case, opening other files.

use std::path::PathBuf;

use super::keys::{Lines, command_of};
use super::{actions, case, mapping, toast};
use crate::app::effect::{DataWork, Effect};
use crate::app::event::{DataNews, Reread, Shown};
use crate::data::{Case, Split};
use crate::editor::{Command, Editor};
use crate::keys::{Chord, Key};
use crate::state::picker::{Item, Picker};
use crate::state::{DataQuery, DataSource, DataState, DataTyping, Overlay, PickFor, State, Taken, Tone};

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
        if let (Some(dev), 0) = (dev, data.generation) {
            data.here = dev;
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
    read(state.data.show_file(path))
}

/// Begins to type.
fn type_in(data: &mut DataState, typing: DataTyping, text: &str) {
    data.typing = typing;
    data.typed = Some(Editor::single_line(text));
}

/// Ends what is typed; whether there was something.
pub(super) fn stop_typing(state: &mut State) -> bool {
    let typing = matches!(state.overlays.last(), Some(Overlay::Data)) && state.data.typing != DataTyping::Rows;
    if typing {
        state.data.typing = DataTyping::Rows;
        state.data.typed = None;
    }
    typing
}

/// A key while the pane is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    if state.data.typing != DataTyping::Rows {
        return typed(state, chord);
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
            data.left = data.left.saturating_sub(1);
            return Vec::new();
        }
        (Key::Right, _) => {
            let columns = data.window.as_ref().map_or(0, |window| window.columns.len());
            data.left = (data.left + 1).min(columns.saturating_sub(1));
            return Vec::new();
        }
        (Key::Tab, _) => {
            let (count, back) = (data.sources.len().max(1), chord.modifiers.contains(crate::keys::Modifiers::SHIFT));
            let here = (data.here + if back { count - 1 } else { 1 }) % count;
            return read(data.show(here));
        }
        (Key::Enter, _) => return take(data),
        (_, Some('/')) => {
            let wanted = data.wanted.clone();
            type_in(data, DataTyping::Search, &wanted);
            return Vec::new();
        }
        (_, Some('g')) => {
            type_in(data, DataTyping::Jump, "");
            return Vec::new();
        }
        (_, Some('n')) => return find(data, true),
        (_, Some('N')) => return find(data, false),
        (_, Some('o')) => return open_other(state),
        (_, Some('m')) => return map(state),
        (_, Some('r')) => {
            data.fault = None;
            let row = data.selected;
            return read(data.read_at(row));
        }
        _ => return Vec::new(),
    };
    read(data.step(step))
}

/// A click on a row selects it; on the selected one it takes it.
pub(super) fn clicked(state: &mut State, row: u64) -> Vec<Effect> {
    let data = &mut state.data;
    if data.selected == row { take(data) } else { read(data.go(row)) }
}

/// The wheel goes through the rows.
pub(super) fn wheel(state: &mut State, rows: isize) -> Vec<Effect> {
    read(state.data.step(rows as i64))
}

/// Looks at another source.
pub(super) fn tab(state: &mut State, here: usize) -> Vec<Effect> {
    read(state.data.show(here))
}

fn take(data: &mut DataState) -> Vec<Effect> {
    let Some(source) = data.source().filter(|_| data.row(data.selected).is_some()) else { return Vec::new() };
    work(DataWork::Take { source: source.clone(), place: data.selected })
}

fn find(data: &mut DataState, forward: bool) -> Vec<Effect> {
    let Some(source) = data.source().filter(|_| !data.wanted.is_empty()).cloned() else { return Vec::new() };
    data.generation += 1;
    data.searching = true;
    data.fault = None;
    let (generation, from, text) = (data.generation, data.selected, data.wanted.clone());
    work(DataWork::Find { generation, source, from, text, forward })
}

/// A key while something is typed.
fn typed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let now = state.now_ms;
    let data = &mut state.data;
    let Some(editor) = &mut data.typed else { return Vec::new() };
    if chord.key != Key::Enter {
        if let Some(command) = command_of(chord, Lines::One) {
            editor.apply(command, now);
        }
        return Vec::new();
    }
    let (text, typing) = (editor.text(), data.typing);
    stop_typing(state);
    let data = &mut state.data;
    match typing {
        DataTyping::Search => {
            data.wanted = text;
            find(data, true)
        }
        DataTyping::Jump => jump(data, text.trim()),
        DataTyping::Path if text.trim().is_empty() => Vec::new(),
        DataTyping::Path => {
            let path = PathBuf::from(text.trim());
            work(DataWork::Open(path))
        }
        DataTyping::Rows => Vec::new(),
    }
}

/// A number is a row of what is shown, from 1; anything else an id.
fn jump(data: &mut DataState, text: &str) -> Vec<Effect> {
    let Some(source) = data.source().filter(|_| !text.is_empty()).cloned() else { return Vec::new() };
    if let Ok(number) = text.replace(['_', ','], "").parse::<u64>() {
        let last = data.total().saturating_sub(1);
        return read(data.go(number.saturating_sub(1).min(last)));
    }
    data.generation += 1;
    data.searching = true;
    data.wanted.clear();
    work(DataWork::Jump { generation: data.generation, source, id: text.to_owned() })
}

/// Pasted text is what is typed; a path that is pasted over the rows is a file to open.
pub(super) fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    let now = state.now_ms;
    if state.data.typing == DataTyping::Rows {
        type_in(&mut state.data, DataTyping::Path, text.trim());
    } else if let Some(editor) = &mut state.data.typed {
        editor.apply(Command::InsertText(text.to_owned()), now);
    }
    Vec::new()
}

/// News of the workers; a late answer to an old question is dropped.
pub(super) fn heard(state: &mut State, news: DataNews) -> Vec<Effect> {
    let data = &mut state.data;
    match news {
        DataNews::Read { generation, .. } | DataNews::Found { generation, .. } if generation != data.generation => {
            Vec::new()
        }
        DataNews::Read { result, .. } => {
            match result {
                Ok(window) => {
                    data.selected = data.selected.min(window.total.saturating_sub(1));
                    data.window = Some(window);
                    data.fault = None;
                }
                Err(reason) => data.fault = Some(reason),
            }
            Vec::new()
        }
        DataNews::Found { result, .. } => {
            data.searching = false;
            match result {
                Ok(Some(row)) => return read(data.go(row)),
                Ok(None) if data.wanted.is_empty() => data.fault = Some("No row has that id.".to_owned()),
                Ok(None) => data.fault = Some(format!("No row holds \"{}\".", data.wanted)),
                Err(reason) => data.fault = Some(reason),
            }
            Vec::new()
        }
        DataNews::Opened(path) => read(data.show_file(path)),
        DataNews::Taken(Ok(taken)) => {
            state.overlays.retain(|overlay| !matches!(overlay, Overlay::Data));
            let opened =
                taken.taken.as_ref().filter(|taken| taken.opened > 0).map(|Taken { origin, opened, .. }| {
                    let rows = if *opened == 1 { "row has" } else { "rows have" };
                    format!("You opened {origin}: recorded. {opened} {rows} been looked at by hand.")
                });
            let mut effects = case::show(state, taken.case, taken.index);
            state.case.taken = taken.taken;
            // The arms ask with its split, which was not known to what has just been asked.
            effects.extend(super::prompt::analyse(state));
            if let Some(words) = opened {
                effects.extend(toast(state, Tone::Note, words));
            }
            effects
        }
        DataNews::Leaks(found) => {
            data.leaks = Some(found);
            Vec::new()
        }
        DataNews::Listed(files) => listed(state, &files),
        DataNews::Mapped(Ok(form)) => mapping::opened(state, form),
        DataNews::Taken(Err(reason)) | DataNews::Mapped(Err(reason)) => {
            data.fault = Some(reason);
            Vec::new()
        }
        DataNews::Previewed { generation, result } => {
            mapping::previewed(state, generation, result);
            Vec::new()
        }
    }
}

/// The files there are: one is picked, or a path typed.
fn listed(state: &mut State, files: &[String]) -> Vec<Effect> {
    if !matches!(state.overlays.last(), Some(Overlay::Data)) {
        return Vec::new();
    }
    let mut items: Vec<Item> = files.iter().map(|file| Item::new(file, file)).collect();
    items.push(Item::new(ANOTHER, "another file…").note("type or paste its path"));
    let title = "Open a data file: JSONL, JSON, CSV, TSV, Parquet";
    actions::open(state, Overlay::Pick(PickFor::DataFile, Picker::new(title, items, "")))
}

/// The workbench is in use as fourfold.toml has it now: its data, from the first dev case on.
pub(super) fn reread(state: &mut State, reread: Reread) -> Vec<Effect> {
    let Reread { shown, prompts, count, sources, tunable, cells, words } = reread;
    state.overlays.retain(|overlay| !matches!(overlay, Overlay::Mapping(_) | Overlay::Data));
    state.data = DataState { generation: state.data.generation + 1, sources, ..DataState::default() };
    state.place.tunable = tunable;
    state.place.cells = cells;
    state.place.prompts = prompts;
    state.case.count = count;
    let mut effects = match shown {
        Shown::Case(case) => {
            let index = case.is_some().then_some(0);
            case::show(state, case.unwrap_or_else(Case::default), index)
        }
        Shown::Arms(arms) => super::presets::opened(state, arms),
    };
    effects.extend(toast(state, Tone::Done, words));
    effects
}
