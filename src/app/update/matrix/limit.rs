//! Going on with a run that has reached its limit: the next limit is asked for, so that it does not end where it ended.

use super::live;
use crate::app::effect::Effect;
use crate::app::matrix::{MatrixWork, Raised};
use crate::app::update::actions;
use crate::app::update::keys::{Lines, command_of};
use crate::editor::Command;
use crate::keys::{Chord, Key};
use crate::model::amount;
use crate::run::runner::Reached;
use crate::state::matrix::RaiseLimit;
use crate::state::{FormField, Overlay, State};
use crate::stats::wording::grouped;

/// The limit that a run was recorded to have reached, where there is one to be raised: one of time is of each asking alone.
pub(super) fn to_be_raised(end: &str) -> Option<Reached> {
    Reached::recorded(end).filter(|reached| !matches!(reached, Reached::Time { .. }))
}

/// Asks for the next limit; twice the one that was reached is offered.
pub(super) fn open(state: &mut State, run: i64, reached: Reached) -> Vec<Effect> {
    let (name, was, next) = match reached {
        Reached::Cost { most, .. } => ("dollars in all", format!("${}", amount(most)), amount(most * 2.0)),
        Reached::Calls { most } => ("calls in all", grouped(most), most.saturating_mul(2).to_string()),
        Reached::Time { .. } => return Vec::new(),
    };
    let help = format!("stopped at {was}; empty: no limit");
    let fields = vec![FormField::new(name, &help, &next)];
    let calls = matches!(reached, Reached::Calls { .. });
    actions::open(state, Overlay::RaiseLimit(Box::new(RaiseLimit { run, calls, fields })))
}

/// A key while that is asked.
pub(in crate::app::update) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(Overlay::RaiseLimit(asked)) = state.overlays.last_mut() else { return Vec::new() };
    let (run, calls) = (asked.run, asked.calls);
    let Some(field) = asked.fields.first_mut() else { return Vec::new() };
    if chord.key != Key::Enter {
        if let Some(command) = command_of(chord, Lines::One) {
            field.editor.apply(command, now);
            field.fault = None;
        }
        return Vec::new();
    }
    let text = field.editor.text().trim().to_owned();
    let raised = match (text.is_empty(), calls) {
        (true, true) => Some(Raised::Calls(None)),
        (true, false) => Some(Raised::Cost(None)),
        (false, true) => text.parse().ok().filter(|calls| *calls > 0).map(|calls| Raised::Calls(Some(calls))),
        (false, false) => text
            .parse()
            .ok()
            .filter(|dollars: &f64| *dollars > 0.0 && dollars.is_finite())
            .map(|dollars| Raised::Cost(Some(dollars))),
    };
    if raised.is_none() {
        field.fault = Some("needs a number above 0, or nothing for no limit".to_owned());
        return Vec::new();
    }
    state.overlays.pop();
    if let Some(said) = live::refused(state) {
        return said;
    }
    live::begin(state, MatrixWork::GoOn { run, missing: false, raised })
}

/// Text was pasted while that is asked.
pub(in crate::app::update) fn pasted(state: &mut State, text: &str) {
    let now = state.now_ms;
    if let Some(Overlay::RaiseLimit(asked)) = state.overlays.last_mut()
        && let Some(field) = asked.fields.first_mut()
    {
        field.editor.apply(Command::InsertText(text.to_owned()), now);
        field.fault = None;
    }
}
