//! Going on with a run that has reached its limit: the next limit is asked for, so that it does not end where it ended.

use super::live;
use crate::app::effect::Effect;
use crate::app::matrix::{MatrixWork, Raised};
use crate::app::update::actions;
use crate::app::update::keys::{Lines, command_of};
use crate::editor::Command;
use crate::keys::{Chord, Key};
use crate::model::amount;
use crate::state::matrix::RaiseLimit;
use crate::state::{FormField, Overlay, State};

/// A limit that a run has reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reached {
    Cost(f64),
    Calls(u64),
}

/// The limit that a run has reached by the words it ended with. One of time is of each asking alone and is none to be raised.
pub(super) fn reached(end: &str) -> Option<Reached> {
    let limit = end.strip_prefix("the limit of ")?;
    let (number, rest) = limit.split_once(' ')?;
    match number.strip_prefix('$') {
        Some(dollars) => Some(Reached::Cost(dollars.parse().ok()?)),
        None if rest.starts_with("calls") => Some(Reached::Calls(number.parse().ok()?)),
        None => None,
    }
}

/// Asks for the next limit; twice the one that was reached is offered.
pub(super) fn open(state: &mut State, run: i64, reached: Reached) -> Vec<Effect> {
    let (name, was, next) = match reached {
        Reached::Cost(dollars) => ("dollars in all", format!("${}", amount(dollars)), amount(dollars * 2.0)),
        Reached::Calls(calls) => ("calls in all", calls.to_string(), calls.saturating_mul(2).to_string()),
    };
    let help = format!("stopped at {was}; empty: no limit");
    let fields = vec![FormField::new(name, &help, &next)];
    let calls = matches!(reached, Reached::Calls(_));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_known_by_the_words_a_run_ended_with() {
        let table = [
            (
                "the limit of $0.50 is reached: $0.49 spent; 2 trials under way may add to that",
                Some(Reached::Cost(0.5)),
            ),
            ("the limit of 400 calls is reached", Some(Reached::Calls(400))),
            ("the limit of 30 s is reached", None),
            ("interrupted", None),
            ("finished in part", None),
        ];
        for (end, expected) in table {
            assert_eq!(reached(end), expected, "{end}");
        }
    }
}
