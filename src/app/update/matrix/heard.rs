//! What the matrix hears of its workers.

use super::{choose, follow_later, form, live, order, read_window, settle};
use crate::app::effect::Effect;
use crate::app::matrix::MatrixNews;
use crate::app::update::toast;
use crate::state::matrix::{Head, RunLine};
use crate::state::{Fault, State, Tone};

/// Something was read; a late answer to an old question is dropped.
pub(in crate::app::update) fn heard(state: &mut State, news: MatrixNews) -> Vec<Effect> {
    let matrix = &mut state.matrix;
    match news {
        MatrixNews::Runs(purpose, Ok(runs)) => choose::runs(state, purpose, &runs),
        MatrixNews::Runs(_, Err(reason)) | MatrixNews::Failed(reason) => {
            matrix.order.share = None;
            toast(state, Tone::Bad, reason)
        }
        MatrixNews::Opened { generation, result } if generation == matrix.generation => {
            matrix.reading = false;
            match result {
                Ok(run) => {
                    matrix.run = run.map(|run| *run);
                    if let Some(run) = &mut matrix.run {
                        run.close_settled();
                    }
                }
                Err(what) => matrix.fault = Some(Fault { what, hint: String::new() }),
            }
            let view = matrix.view;
            let mut effects = super::show(state, view);
            if state.matrix.order.is_set() {
                effects.extend(order(state));
            }
            effects.extend(follow_later(state));
            effects
        }
        MatrixNews::Followed { generation, line, heads } if generation == matrix.generation => {
            followed(state, *line, heads)
        }
        MatrixNews::Flips { generation, earlier, flips } if generation == matrix.generation => {
            if let Some(compared) = matrix.earlier.as_mut().filter(|compared| compared.id == earlier) {
                compared.flips = Some(flips);
            }
            Vec::new()
        }
        MatrixNews::Window { generation, places, result } if generation == matrix.window.generation => {
            match result {
                Ok((rows, heads)) => {
                    matrix.window.rows = rows.into_iter().collect();
                    matrix.window.asked = places;
                    take_heads(state, heads);
                }
                Err(reason) => return toast(state, Tone::Bad, reason),
            }
            settle(state)
        }
        MatrixNews::Order { generation, rows, share } if generation == matrix.order.generation => {
            matrix.order.share = share;
            matrix.take_order(Some(rows));
            // Rows that are shown already stay until the others are read.
            settle(state)
        }
        MatrixNews::Run(news) => live::heard(state, *news),
        MatrixNews::RunFailed { what, hint } => live::failed(state, &what, &hint),
        MatrixNews::Estimated { generation, result } => {
            form::reckoned(state, generation, &result);
            Vec::new()
        }
        MatrixNews::Page(Ok(words)) => toast(state, Tone::Done, words),
        MatrixNews::Page(Err(words)) => toast(state, Tone::Bad, words),
        MatrixNews::Figures { generation, kind, figures } if generation == matrix.figures_generation => {
            matrix.figures.insert(kind, figures);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// How far the run is that another process asks: what is shown is read again where something has come in.
fn followed(state: &mut State, line: RunLine, heads: Vec<Head>) -> Vec<Effect> {
    let matrix = &mut state.matrix;
    let here = matrix.live_here().is_some();
    let Some(run) = matrix.run.as_mut().filter(|run| !here && run.line.id == line.id) else { return Vec::new() };
    let changed = run.line != line || run.heads.iter().map(|head| head.done).ne(heads.iter().map(|head| head.done));
    run.line = line;
    take_heads(state, heads);
    if !changed {
        return follow_later(state);
    }
    let matrix = &mut state.matrix;
    matrix.window.asked = 0..0;
    matrix.figures.clear();
    let mut effects = if matrix.view.has_rows() { settle(state) } else { super::show(state, state.matrix.view) };
    effects.extend(follow_later(state));
    effects
}

/// Takes heads as they are now; why a column is closed is known here alone.
fn take_heads(state: &mut State, heads: Vec<Head>) {
    let Some(run) = state.matrix.run.as_mut().filter(|_| !heads.is_empty()) else { return };
    let closed: Vec<Option<String>> = run.heads.iter().map(|head| head.closed.clone()).collect();
    run.heads = heads;
    for (head, closed) in run.heads.iter_mut().zip(closed) {
        head.closed = closed;
    }
    run.close_settled();
}

/// Something has come in a moment ago: what is shown is read again.
pub(in crate::app::update) fn again(state: &mut State) -> Vec<Effect> {
    let matrix = &mut state.matrix;
    let Some(live) = matrix.live.as_mut().filter(|live| live.dirty) else { return Vec::new() };
    live.dirty = false;
    if !matrix.shown || matrix.live_here().is_none() {
        return Vec::new();
    }
    let places = matrix.around();
    read_window(matrix, places)
}
