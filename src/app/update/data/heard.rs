//! What the data pane hears of its workers, and of a workbench that was read again.

use super::super::{actions, case, mapping, new_prompt, presets, prompt, toast};
use super::{ANOTHER, change, read, show_file};
use crate::app::effect::Effect;
use crate::app::event::{DataNews, Reread, Shown};
use crate::data::Case;
use crate::state::picker::{Item, Picker};
use crate::state::{DataSource, DataState, EditedRow, Hits, Overlay, PickFor, State, Taken, TakenRow, Tone};

/// News of the workers; a late answer to an old question is dropped.
pub(in super::super) fn heard(state: &mut State, news: DataNews) -> Vec<Effect> {
    let data = &mut state.data;
    match news {
        DataNews::Read { generation, .. }
        | DataNews::Found { generation, .. }
        | DataNews::Reading { generation, .. }
            if generation != data.generation =>
        {
            Vec::new()
        }
        DataNews::Arranged { generation, .. } if generation != data.arranging => Vec::new(),
        DataNews::Reading { share, rows, .. } => {
            data.reading = Some((share, rows));
            Vec::new()
        }
        DataNews::Read { result, .. } => {
            data.reading = None;
            match result {
                Ok(window) => {
                    data.window = Some(window);
                    data.fault = None;
                    data.selected = data.selected.min(data.shown().saturating_sub(1));
                    data.go_to_column(data.column);
                }
                Err(reason) => data.fault = Some(reason),
            }
            if std::mem::take(&mut data.adds_when_read) { change::add(state) } else { Vec::new() }
        }
        DataNews::Arranged { result, share, coarse, followed, .. } => arranged(data, result, (share, coarse), followed),
        DataNews::Found { result, column, .. } => {
            data.searching = false;
            let names = data.window.as_ref().map_or(&[][..], |window| window.columns.as_slice());
            if let Some(at) = column.and_then(|column| names.iter().position(|named| named.name == column)) {
                data.go_to_column(at);
            }
            match result {
                Ok(Some(row)) if data.wanted.is_empty() => return read(data.read_at(row)),
                Ok(Some(row)) => {
                    let mut effects = read(data.go(row));
                    effects.extend(super::count(data, row));
                    return effects;
                }
                Ok(None) if data.wanted.is_empty() => data.fault = Some("No row has that id.".to_owned()),
                Ok(None) => data.fault = Some(format!("No row holds \"{}\".", data.wanted)),
                Err(reason) => data.fault = Some(reason),
            }
            Vec::new()
        }
        DataNews::Counted { generation, row, place, of, whole } => {
            if generation == data.counting {
                data.hits = Some(Hits { row, place, of, whole });
            }
            Vec::new()
        }
        DataNews::Opened(path) => show_file(data, path),
        DataNews::Taken(Ok(taken)) => taken_up(state, *taken),
        DataNews::Leaks(found) => {
            data.leaks = Some(found);
            Vec::new()
        }
        DataNews::Listed(files) => listed(state, &files),
        DataNews::Mapped(Ok(form)) => mapping::opened(state, form),
        DataNews::Taken(Err(reason)) | DataNews::Mapped(Err(reason)) | DataNews::AskedVersion(Err(reason)) => {
            data.fault = Some(reason);
            Vec::new()
        }
        DataNews::Previewed { generation, result } => super::previewed(state, generation, result),
        DataNews::Stopped => Vec::new(),
        DataNews::Value { path, row, column, result } => {
            match result {
                // Another file may have been opened meanwhile, or something else be asked.
                Ok(value) if data.path() == Some(&path) && data.ask.is_none() && data.cell.is_none() => {
                    data.cell = Some(change::cell(EditedRow::Of(row), column, value));
                }
                Ok(_) => {}
                Err(reason) => data.fault = Some(reason),
            }
            Vec::new()
        }
        DataNews::RowMade { path, result } => match result {
            Ok(row) if data.path() == Some(&path) => change::added(data, row),
            Ok(_) => Vec::new(),
            Err(reason) => {
                data.fault = Some(format!("The case cannot be a row of this file: {reason}."));
                Vec::new()
            }
        },
        DataNews::AskedVersion(Ok(ask)) => {
            data.ask = Some(ask);
            Vec::new()
        }
        DataNews::Writing(share) => {
            if let Some(writing) = &mut data.writing {
                *writing = share;
            }
            Vec::new()
        }
        DataNews::Written { from, to, result } => {
            let was_wanted = data.writing.take().is_some();
            match result {
                Ok((rows, reason)) => {
                    // It is not in use, so there is nothing that `u` could take back.
                    data.edits.remove(&from);
                    let name = to.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                    let mut effects = show_file(data, to);
                    let (tone, words) = match reason {
                        None => (Tone::Done, format!("{name} is written: {rows} rows.")),
                        Some(reason) => {
                            (Tone::Bad, format!("{name} is written, but fourfold.toml was not changed: {reason}"))
                        }
                    };
                    state.models.writing = false;
                    effects.extend(toast(state, tone, words));
                    effects
                }
                Err(reason) => {
                    // What was stopped by hand has been said already.
                    if was_wanted {
                        data.fault = Some(format!("Nothing was written: {reason}"));
                    }
                    state.models.writing = false;
                    Vec::new()
                }
            }
        }
    }
}

/// An order has grown, or is whole.
fn arranged(
    data: &mut DataState,
    result: Result<std::sync::Arc<[u32]>, String>,
    (share, coarse): (Option<f64>, bool),
    followed: Option<u64>,
) -> Vec<Effect> {
    match result {
        Ok(rows) => {
            data.forget_hits();
            data.order = Some(rows);
            data.share = share;
            data.order_note =
                coarse.then(|| "texts alike in their first 8 letters may stand as in the file".to_owned());
            let mut selected = data.selected;
            if share.is_none()
                && let Some(row) = data.follow.take()
            {
                match (followed, row) {
                    (Some(at), _) => selected = at,
                    (None, EditedRow::Of(row)) => {
                        data.order_note = Some(format!("row {} of the file is no longer among them", row + 1));
                    }
                    (None, EditedRow::Added(_)) => {}
                }
            }
            read(data.read_at(selected))
        }
        Err(reason) => {
            data.forget_order();
            data.fault = Some(reason);
            Vec::new()
        }
    }
}

fn taken_up(state: &mut State, taken: TakenRow) -> Vec<Effect> {
    state.overlays.retain(|overlay| !matches!(overlay, Overlay::Data));
    let opened = taken.taken.as_ref().filter(|taken| taken.opened > 0).map(|Taken { origin, opened, .. }| {
        let rows = if *opened == 1 { "row has" } else { "rows have" };
        format!("You opened {origin}: recorded. {opened} {rows} been looked at by hand.")
    });
    let mut effects = case::show(state, taken.case, taken.index);
    state.case.taken = taken.taken;
    // The arms ask with its split, which was not known to what has just been asked.
    effects.extend(prompt::analyse(state));
    if let Some(words) = opened {
        effects.extend(toast(state, Tone::Note, words));
    }
    effects
}

/// The files there are: one is picked, or a path typed.
fn listed(state: &mut State, files: &[String]) -> Vec<Effect> {
    if !matches!(state.overlays.last(), Some(Overlay::Data)) {
        return Vec::new();
    }
    let mut items: Vec<Item> = files.iter().map(|file| Item::new(file, file)).collect();
    items.push(Item::new(ANOTHER, "another file…").note("type or paste its path"));
    let title = "Open a data file: JSONL, JSON, CSV, TSV, Parquet";
    let mut picker = Picker::new(title, items, "");
    "nothing here is called so; Enter opens it as the path of a file".clone_into(&mut picker.empty);
    actions::open(state, Overlay::Pick(PickFor::DataFile, picker))
}

/// The workbench is in use as fourfold.toml has it now: its data, from the first dev case on.
pub(in super::super) fn reread(state: &mut State, reread: Reread) -> Vec<Effect> {
    let Reread { shown, prompts, count, sources, arms, tunable, cells, words } = reread;
    state.place.arms = arms;
    state.place.tunable = tunable;
    state.place.cells = cells;
    state.place.prompts = prompts;
    state.case.count = count;
    if count > 0 {
        state.place.faulty_dev = None;
    }
    // What belongs to files outlives the rows that were shown; so do files that were opened.
    let opened = |source: &&DataSource| matches!(source, DataSource::File(_)) && !sources.contains(source);
    let files: Vec<DataSource> = state.data.sources.iter().filter(opened).cloned().collect();
    let sources: Vec<DataSource> = sources.into_iter().chain(files).collect();
    let fresh = DataState {
        generation: state.data.generation + 1,
        arranging: state.data.arranging + 1,
        sources,
        marks: std::mem::take(&mut state.data.marks),
        edits: std::mem::take(&mut state.data.edits),
        versions: std::mem::take(&mut state.data.versions),
        ..DataState::default()
    };
    let before = std::mem::replace(&mut state.data, fresh);
    let mut effects = match shown {
        Shown::Version { from, to, back } => {
            let data = &mut state.data;
            if back {
                data.versions.retain(|(_, version)| *version != from);
            } else {
                data.edits.remove(&from);
                if let Some(marks) = data.marks.get(&from).cloned() {
                    data.marks.insert(to.clone(), marks);
                }
                data.versions.push((from, to));
            }
            data.here = before.here.min(data.sources.len().saturating_sub(1));
            data.column = before.column;
            read(data.read_at(before.selected))
        }
        Shown::Case(case) => {
            state.overlays.retain(|overlay| !matches!(overlay, Overlay::Mapping(_) | Overlay::Data));
            let index = case.is_some().then_some(0);
            case::show(state, case.unwrap_or_else(Case::default), index)
        }
        Shown::Prompt { file, arm } => new_prompt::made_with_arm(state, &file, *arm),
        Shown::Arms(arms) => {
            state.overlays.retain(|overlay| !matches!(overlay, Overlay::Mapping(_) | Overlay::Data));
            presets::opened(state, arms)
        }
    };
    effects.extend(toast(state, Tone::Done, words));
    effects
}
