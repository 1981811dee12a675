//! The matrix: going to it and back, moving in it, which cases it shows, opening a cell.

mod cell;
mod choose;
mod copy;
mod form;
mod heard;
mod limit;
mod live;

use super::{prompt, toast};
use crate::app::action::Action;
use crate::app::effect::Effect;
use crate::app::event::Timer;
use crate::app::matrix::{MatrixWork, OrderQuery, RunsFor, WindowQuery};
use crate::keys::{Chord, Key};
use crate::state::matrix::{FigureKind, Figures, Keep, Sort, View, Window};
use crate::state::{MatrixState, State, Tone};
use crate::view::layout;
use crate::view::text::Scroll;

pub(super) use cell::{as_it_was, open as open_cell, opened as cell_opened};
pub(super) use choose::{chosen, search_pasted, search_pressed};
pub(super) use form::{focus as form_focus, pasted as form_pasted, pressed as form_pressed, reckon};
pub(super) use heard::{again, heard};
pub(super) use limit::{pasted as limit_pasted, pressed as limit_pressed};
pub(super) use live::work_in_progress;

/// Goes to the matrix, or back to Compose.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    state.matrix.shown = !state.matrix.shown;
    if !state.matrix.shown {
        // What was answered meanwhile stands in Compose, where that is what an arm asks.
        return prompt::analyse(state);
    }
    // What came in while one was away is read now.
    if state.matrix.live_here().is_some() {
        state.matrix.window.asked = 0..0;
    }
    let live = state.matrix.live.as_ref().and_then(|live| live.run);
    let mut effects = match (&state.matrix.run, state.matrix.reading) {
        (None, false) => open_run(state, live),
        _ => Vec::new(),
    };
    effects.extend(settle(state));
    effects.extend(look_again(state));
    effects
}

/// Between two looks at a run that another process asks.
const FOLLOW_MS: u64 = 2_000;

/// Has it read how far the open run is, where something of it is left that another process may ask.
fn look_again(state: &State) -> Vec<Effect> {
    let matrix = &state.matrix;
    let Some(run) = matrix.run.as_ref().filter(|_| matrix.shown && matrix.live_here().is_none()) else {
        return Vec::new();
    };
    let (done, planned) = run.progress();
    if done >= planned && run.line.asked_by.is_none() {
        return Vec::new();
    }
    vec![work(MatrixWork::Follow { generation: matrix.generation, run: run.line.id })]
}

/// A while has passed: the run that another process asks is looked at again.
pub(super) fn follow(state: &State) -> Vec<Effect> {
    let asked = state.matrix.run.as_ref().is_some_and(|run| run.line.asked_by.is_some());
    if asked { look_again(state) } else { Vec::new() }
}

/// Starts the clock of that, where there is such a run.
fn follow_later(state: &State) -> Vec<Effect> {
    let asked = state.matrix.run.as_ref().is_some_and(|run| run.line.asked_by.is_some());
    if asked && state.matrix.shown { vec![Effect::Start(Timer::Follow, FOLLOW_MS)] } else { Vec::new() }
}

/// Opens a run; the newest without a number.
pub(super) fn open_run(state: &mut State, run: Option<i64>) -> Vec<Effect> {
    let before = std::mem::take(&mut state.matrix);
    state.matrix = MatrixState {
        shown: before.shown,
        generation: before.generation + 1,
        reading: true,
        live: before.live,
        view: before.view,
        estimates: before.estimates,
        figures_generation: before.figures_generation + 1,
        // Numbers go on, so that late answers about the run before are known for what they are.
        window: Window { generation: before.window.generation, ..Window::default() },
        order: crate::state::matrix::Order { generation: before.order.generation, ..Default::default() },
        ..MatrixState::default()
    };
    vec![work(MatrixWork::StopOrder), work(MatrixWork::Open { generation: state.matrix.generation, run })]
}

fn work(work: MatrixWork) -> Effect {
    Effect::Matrix(Box::new(work))
}

/// Rows of cases that there is room for.
fn room(state: &State) -> usize {
    let (columns, rows) = state.size;
    let area = ratatui::layout::Rect::new(0, 0, columns, rows);
    layout::matrix(area, state.zoomed, state.matrix.cases()).rows.height.into()
}

/// Asks for what is shown and was not read.
pub(super) fn settle(state: &mut State) -> Vec<Effect> {
    let height = room(state);
    let matrix = &mut state.matrix;
    if matrix.height != height {
        matrix.height = height;
        matrix.follow();
    }
    if !matrix.shown || !matrix.view.has_rows() {
        return Vec::new();
    }
    matrix.to_read().map_or_else(Vec::new, |places| read_window(matrix, places))
}

/// Asks for the rows at these places.
fn read_window(matrix: &mut MatrixState, places: std::ops::Range<usize>) -> Vec<Effect> {
    let Some(run) = &matrix.run else { return Vec::new() };
    let query = WindowQuery {
        generation: matrix.window.generation + 1,
        run: run.line.id,
        rows: places.clone().filter_map(|place| matrix.row_at(place)).collect(),
        places: places.clone(),
        earlier: matrix.earlier.clone(),
    };
    matrix.window.generation = query.generation;
    matrix.window.asked = places;
    vec![work(MatrixWork::Window(query))]
}

/// Has the cases found anew that pass the filter, in their order.
fn order(state: &mut State) -> Vec<Effect> {
    let matrix = &mut state.matrix;
    let Some(run) = &matrix.run else { return Vec::new() };
    matrix.order.generation += 1;
    matrix.order.at_done = run.progress().0;
    if !matrix.order.is_set() {
        matrix.order.share = None;
        matrix.take_order(None);
        let mut effects = vec![work(MatrixWork::StopOrder)];
        effects.extend(settle(state));
        return effects;
    }
    matrix.order.share = Some(0.0);
    let query = OrderQuery {
        generation: matrix.order.generation,
        run: run.line.id,
        rows: run.rows,
        planned: run.planned.clone(),
        trials: run.repeats * run.heads.len() as u32,
        keep: matrix.order.keep,
        text: matrix.order.text.clone(),
        sort: matrix.order.sort,
        earlier: matrix.earlier.clone(),
    };
    vec![work(MatrixWork::Order(query))]
}

/// Shows the cases in another order.
pub(super) fn sort(state: &mut State, sort: Sort) -> Vec<Effect> {
    if state.matrix.run.is_none() {
        return Vec::new();
    }
    state.matrix.order.sort = sort;
    if state.matrix.order.is_set() {
        (state.matrix.line, state.matrix.top) = (0, 0);
    }
    order(state)
}

/// Keeps other cases.
fn keep(state: &mut State, keep: Keep) -> Vec<Effect> {
    state.matrix.order.keep = keep;
    if state.matrix.order.is_set() {
        (state.matrix.line, state.matrix.top) = (0, 0);
    }
    order(state)
}

/// Does one of the matrix's own actions.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let column = state.matrix.column as u32;
    match action {
        Action::MatrixOpen => open_cell(state),
        Action::MatrixStart => form::open(state),
        Action::MatrixGoOn => live::go_on(state),
        Action::MatrixAskAgain => live::ask_again(state),
        Action::MatrixPause
        | Action::MatrixStop
        | Action::MatrixCloseColumn
        | Action::MatrixMore
        | Action::MatrixFewer => live::act(state, action),
        Action::MatrixSort => {
            let next = state.matrix.order.sort.next_of(column);
            sort(state, next)
        }
        Action::MatrixSlowest => {
            let next = match state.matrix.order.sort {
                Sort::Slowest(None) => Sort::Slowest(Some(column)),
                Sort::Slowest(Some(_)) => Sort::Rows,
                _ => Sort::Slowest(None),
            };
            sort(state, next)
        }
        Action::MatrixAsked => {
            let next = if state.matrix.order.sort == Sort::Asked { Sort::Rows } else { Sort::Asked };
            sort(state, next)
        }
        Action::MatrixFilter => choose::filters(state),
        Action::MatrixSearch => choose::search(state),
        Action::MatrixAgain => order(state),
        Action::MatrixRuns => vec![work(MatrixWork::Runs(RunsFor::Open))],
        Action::MatrixCompare if state.matrix.run.is_some() => vec![work(MatrixWork::Runs(RunsFor::Compare))],
        Action::MatrixScores => match state.matrix.run.as_ref().map(|run| run.line.id) {
            Some(run) => super::scores::open_run(state, run),
            None => toast(state, Tone::Note, "There is no run yet."),
        },
        Action::MatrixPage => vec![work(MatrixWork::Page(state.matrix.run.as_ref().map(|run| run.line.id)))],
        Action::MatrixCopy => copy::table(state),
        Action::MatrixCells => show(state, View::Cells),
        Action::MatrixHeat => show(state, View::Heat),
        Action::MatrixCost => show(state, View::Cost),
        Action::MatrixHistogram => show(state, View::Histogram),
        Action::MatrixLadder => show(state, View::Ladder),
        Action::MatrixTable => show(state, View::Fourfold),
        _ => toast(state, Tone::Note, "There is no run yet."),
    }
}

/// Shows another view of the run.
pub(super) fn show(state: &mut State, view: View) -> Vec<Effect> {
    let matrix = &mut state.matrix;
    matrix.view = view;
    matrix.scroll = 0;
    let kind = match view {
        View::Histogram => FigureKind::Histogram,
        View::Ladder => FigureKind::Ladder,
        View::Fourfold => FigureKind::Fourfold,
        View::Cells | View::Heat | View::Cost => return settle(state),
    };
    let Some(run) = matrix.run.as_ref().map(|run| run.line.id) else { return Vec::new() };
    // What was made of a run that goes on is old by now; what is being made of one that does not is on its way.
    let is_made = matrix.figures.contains_key(&kind) && matrix.live_here().is_none();
    let is_next = matrix.figures.iter().any(|(other, made)| *other != kind && matches!(made, Figures::Reading(_)));
    if is_made && !is_next {
        return Vec::new();
    }
    matrix.figures.retain(|_, made| !matches!(made, Figures::Reading(_)));
    matrix.figures.insert(kind, Figures::Reading(0.0));
    matrix.figures_generation += 1;
    vec![work(MatrixWork::Figures { generation: matrix.figures_generation, run, kind })]
}

/// A key in the matrix that is no action: moving.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    match chord.key {
        Key::Left => return moved(state, 0, -1),
        Key::Right => return moved(state, 0, 1),
        _ => {}
    }
    let Some(scroll) = super::keys::scroll_of(chord) else { return Vec::new() };
    let page = state.matrix.height.max(2) as isize - 1;
    let lines = match scroll {
        Scroll::Rows(rows) => rows,
        Scroll::Pages(pages) => pages * page,
        Scroll::Home => isize::MIN,
        Scroll::End => isize::MAX,
    };
    moved(state, lines, 0)
}

fn moved(state: &mut State, lines: isize, columns: isize) -> Vec<Effect> {
    if state.matrix.view.has_rows() {
        state.matrix.step(lines, columns);
        return settle(state);
    }
    state.matrix.step(0, columns);
    state.matrix.scroll = state.matrix.scroll.saturating_add_signed(lines);
    Vec::new()
}

/// The wheel turned over the matrix.
pub(super) fn wheel(state: &mut State, rows: isize) -> Vec<Effect> {
    if state.matrix.view.has_rows() {
        state.matrix.scroll_by(rows);
        return settle(state);
    }
    state.matrix.scroll = state.matrix.scroll.saturating_add_signed(rows);
    Vec::new()
}

/// A cell was clicked on: it is selected; the selected one opens.
pub(super) fn clicked(state: &mut State, place: usize, column: usize, clicks: u8) -> Vec<Effect> {
    state.matrix.line = place;
    state.matrix.column = column;
    state.matrix.step(0, 0);
    if clicks >= 2 { open_cell(state) } else { settle(state) }
}

/// Esc: gives up a reading, then takes filter and order away, then goes back to Compose.
pub(super) fn back(state: &mut State) -> Vec<Effect> {
    let set = &mut state.matrix.order;
    if set.share.take().is_some() {
        set.generation += 1;
        return vec![work(MatrixWork::StopOrder)];
    }
    if state.matrix.is_ordered() {
        let set = &mut state.matrix.order;
        set.keep = Keep::All;
        set.text.clear();
        set.sort = Sort::Rows;
        return order(state);
    }
    if state.zoomed {
        state.zoomed = false;
        return settle(state);
    }
    state.matrix.shown = false;
    prompt::analyse(state)
}

/// Something of a run has come in: what is shown is read again a moment later.
fn soon() -> Vec<Effect> {
    vec![Effect::Start(Timer::Matrix, AGAIN_MS)]
}

/// Between two readings of what is shown while a run goes on.
const AGAIN_MS: u64 = 250;
