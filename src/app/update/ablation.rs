//! The ablation chart: opening it, choosing the cases and what each step is held against.

use super::actions;
use crate::app::effect::Effect;
use crate::data::Split;
use crate::keys::{Chord, Key};
use crate::state::{Ablation, Overlay, State};

/// Opens the chart; what is recorded is read anew.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    actions::open(state, Overlay::Ablation);
    read(state)
}

fn read(state: &mut State) -> Vec<Effect> {
    state.ablation.generation += 1;
    vec![Effect::ReadAblation { generation: state.ablation.generation, split: state.ablation.split }]
}

/// A key while the chart is open.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let chart = &mut state.ablation;
    match (chord.key, chord.typed()) {
        (Key::Tab, _) | (_, Some('s')) => {
            chart.split = if chart.split == Split::Dev { Split::Test } else { Split::Dev };
            chart.chart = None;
            return read(state);
        }
        (_, Some('v')) => chart.against_first = !chart.against_first,
        (_, Some('r')) => return read(state),
        (Key::Up, _) => chart.scroll = chart.scroll.saturating_sub(1),
        (Key::Down, _) => chart.scroll += 1,
        (Key::PageUp, _) => chart.scroll = chart.scroll.saturating_sub(10),
        (Key::PageDown, _) => chart.scroll += 10,
        _ => {}
    }
    Vec::new()
}

/// It was read; a late answer to an old question is dropped.
pub(super) fn heard(state: &mut State, generation: u64, result: Result<Ablation, String>) {
    if state.ablation.generation == generation {
        state.ablation.chart = Some(result);
    }
}
