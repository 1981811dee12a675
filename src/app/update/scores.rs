//! The scores screen: opening, hearing from the worker, moving about, opening a case.

use std::sync::Arc;

use super::actions;
use crate::app::data::DataWork;
use crate::app::effect::Effect;
use crate::data::Split;
use crate::keys::{Chord, Key};
use crate::run::scores::ScoresPage;
use crate::state::scores::{ScoresFrom, ScoresView};
use crate::state::tuning_form::FIELDS;
use crate::state::{DataSource, Fault, Overlay, Pane, Side, State};

/// Opens the screen and has its figures made anew: answers may have come since.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let from = match state.scores.from {
        ScoresFrom::Run(_) => ScoresFrom::Dev,
        recorded => recorded,
    };
    open_of(state, from)
}

/// Opens the screen over a stored run.
pub(super) fn open_run(state: &mut State, run: i64) -> Vec<Effect> {
    open_of(state, ScoresFrom::Run(run))
}

fn open_of(state: &mut State, from: ScoresFrom) -> Vec<Effect> {
    if state.scores.from != from {
        state.scores.from = from;
        state.scores.page = None;
    }
    actions::open(state, Overlay::Scores);
    make(state)
}

fn make(state: &mut State) -> Vec<Effect> {
    let scores = &mut state.scores;
    scores.generation += 1;
    scores.running = true;
    scores.fault = None;
    vec![Effect::Scores { generation: scores.generation, from: scores.from }]
}

/// The worker has answered; a late answer to an old question is dropped.
pub(super) fn made(state: &mut State, generation: u64, result: Result<Arc<ScoresPage>, Fault>) -> Vec<Effect> {
    let scores = &mut state.scores;
    if scores.generation != generation {
        return Vec::new();
    }
    scores.running = false;
    match result {
        Ok(page) => {
            scores.page = Some(page);
            scores.within = None;
            scores.settle();
        }
        Err(fault) => {
            scores.page = None;
            scores.fault = Some(fault);
        }
    }
    Vec::new()
}

/// A key while the screen is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let page = state.page_rows.max(1) as isize;
    let scores = &mut state.scores;
    let view = scores.view;
    match (chord.typed(), chord.key) {
        (_, Key::Tab) => {
            let back = chord.modifiers.contains(crate::keys::Modifiers::SHIFT);
            scores.view = view.step(if back { -1 } else { 1 });
            scores.scroll = 0;
        }
        (Some('r'), _) => return make(state),
        (Some('t'), _) => {
            scores.from = match scores.from {
                ScoresFrom::Dev => ScoresFrom::Test,
                ScoresFrom::Test | ScoresFrom::Run(_) => ScoresFrom::Dev,
            };
            scores.page = None;
            return make(state);
        }
        (Some(typed @ ('0'..='9' | '.')), _) if view == ScoresView::Costs => scores.tuning.type_in(typed),
        (_, Key::Backspace) if view == ScoresView::Costs => scores.tuning.rub_out(),
        (_, Key::Backspace) if view == ScoresView::Flips => {
            scores.within = None;
            scores.flip = 0;
        }
        (Some(digit @ '1'..='4'), _) => {
            show(state, digit.to_digit(10).unwrap_or(1) as usize - 1);
        }
        (_, Key::Enter) => return entered(state),
        (_, Key::Left | Key::Right) => {
            let by = if chord.key == Key::Left { -1 } else { 1 };
            match view {
                ScoresView::Table => scores.focus(0, by),
                ScoresView::Costs => scores.tuning.step(by),
                ScoresView::Flips => {
                    // The baseline has no flips: the first arm is the one after it.
                    scores.arm = scores.arm.max(1);
                    scores.focus(by, 0);
                    scores.arm = scores.arm.max(1);
                    scores.flip = 0;
                    scores.narrow_again();
                }
                ScoresView::Slices => {
                    scores.slice = scores.slice.saturating_add_signed(by);
                    scores.slice_line = 0;
                    scores.settle();
                }
            }
        }
        (_, Key::Up) if view == ScoresView::Costs => scores.tuning.step(-1),
        (_, Key::Down) if view == ScoresView::Costs => scores.tuning.step(1),
        (_, Key::Up) => step(state, -1),
        (_, Key::Down) => step(state, 1),
        (_, Key::PageUp) => step(state, -page),
        (_, Key::PageDown) => step(state, page),
        _ => {}
    }
    Vec::new()
}

/// Shows a part, by its place.
pub(super) fn show(state: &mut State, part: usize) {
    state.scores.view = ScoresView::ALL.get(part).copied().unwrap_or_default();
    state.scores.scroll = 0;
}

/// A figure of the table that was clicked on; twice is Enter.
pub(super) fn figure_clicked(state: &mut State, (arm, column): (usize, usize), clicks: u8) -> Vec<Effect> {
    (state.scores.arm, state.scores.column) = (arm, column);
    state.scores.settle();
    if clicks > 1 { entered(state) } else { Vec::new() }
}

/// Up or down: to another arm, another flip, or further in the page.
pub(super) fn step(state: &mut State, rows: isize) {
    let scores = &mut state.scores;
    match scores.view {
        ScoresView::Table => scores.focus(rows, 0),
        ScoresView::Flips => {
            scores.flip = scores.flip.saturating_add_signed(rows);
            scores.settle();
        }
        ScoresView::Slices => {
            scores.slice_line = scores.slice_line.saturating_add_signed(rows);
            scores.settle();
        }
        ScoresView::Costs => scores.scroll = scores.scroll.saturating_add_signed(rows),
    }
}

/// A line that was clicked on; twice is Enter.
pub(super) fn clicked(state: &mut State, line: usize, clicks: u8) -> Vec<Effect> {
    match state.scores.view {
        ScoresView::Table => {
            state.scores.arm = line;
            state.scores.settle();
        }
        ScoresView::Flips => state.scores.flip = line,
        ScoresView::Costs => state.scores.tuning.field = line.min(FIELDS.len() - 1),
        ScoresView::Slices => state.scores.slice_line = line,
    }
    if clicks > 1 { entered(state) } else { Vec::new() }
}

/// In the table, to the arm's flips; in the slices, to those of the slice; among the flips, to the case with both answers in the diff.
fn entered(state: &mut State) -> Vec<Effect> {
    match state.scores.view {
        ScoresView::Table => {
            state.scores.view = ScoresView::Flips;
            state.scores.within = None;
            state.scores.flip = 0;
            Vec::new()
        }
        ScoresView::Slices => {
            state.scores.narrow();
            if state.scores.within.is_some() {
                state.scores.view = ScoresView::Flips;
            }
            Vec::new()
        }
        ScoresView::Flips => open_flip(state),
        ScoresView::Costs => Vec::new(),
    }
}

fn open_flip(state: &mut State) -> Vec<Effect> {
    let scores = &state.scores;
    let Some(flips) = scores.flips() else { return Vec::new() };
    let arm = flips.arm;
    let (Some(flip), Some(page)) = (flips.get(scores.flip), &scores.page) else { return Vec::new() };
    // Compose steps through dev cases; a case of another split is taken out of it, and that a test case was opened is recorded.
    let index = flip.index;
    let effect = match Split::ALL.into_iter().find(|split| split.as_str() == page.split) {
        Some(split) if split != Split::Dev => {
            Effect::Data(Box::new(DataWork::Take { source: DataSource::Split(split), place: index as u64 }))
        }
        _ => Effect::LoadCase(index),
    };
    let name = |place: usize| page.table.arms.get(place).cloned().unwrap_or_default();
    let left = Side::Text(format!("{} (recorded)", name(0)), flip.before.as_str().into());
    let right = Side::Text(format!("{} (recorded)", name(arm)), flip.after.as_str().into());
    state.overlays.pop();
    state.matrix.shown = false;
    state.diff.lend(left, right);
    state.focus = Pane::Diff;
    vec![effect]
}
