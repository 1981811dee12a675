//! What stands over the columns, from their kept sums.

use crate::run::runner::interval;
use crate::state::matrix::Head;
use crate::stats::Looks;
use crate::store::{Column, RunArm};

/// The heads of a run with so many repeats, looked at so often.
pub(super) fn heads(arms: &[RunArm], columns: &[Column], repeats: u32, looks: Looks) -> Vec<Head> {
    let head = |(arm, column): (&RunArm, &Column)| head(arm.name.clone(), arm.planned, column, (repeats, looks));
    arms.iter().zip(columns).map(head).collect()
}

/// The head of one column.
pub(in crate::app) fn head(name: String, planned: u64, column: &Column, of: (u32, Looks)) -> Head {
    Head {
        name,
        planned,
        done: column.done,
        non_answers: column.non_answers,
        missing: column.missing,
        known: column.known,
        scored: column.scored,
        mean: column.mean(),
        interval: interval(column, of).map(|it| (it.low, it.high)),
        cost: column.cost,
        unpriced: column.unpriced,
        cost_of_a_trial: column.cost_of_a_trial(),
        seconds_of_a_trial: column.seconds_of_a_trial(),
        tokens_per_second: column.tokens_per_second(),
        closed: None,
    }
}
