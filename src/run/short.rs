//! Arms that show fewer exemplars than they ask for because their set-up brought no more: read from what their trials say.

use crate::config::Arm;
use crate::data::Split;
use crate::run::compare::question_of;
use crate::run::{NotAsked, Session};
use crate::score::Outcome;
use crate::store::{Filter, Origin, Store, StoreError, TrialRecord};
use crate::strategy::says_short;

/// Trials of an arm that are read: the first one that was sent says it.
const READ: u32 = 8;

/// Of each column of a run that shows fewer exemplars than it asks for, its name and how many: `medprompt: 2 of 5 exemplars:
/// only 2 of 100 chains of thought ended in their row's answer`.
pub fn short_in_run(store: &Store, run: i64) -> Result<Vec<String>, StoreError> {
    let columns = store.run(run)?.map_or(0, |run| run.record.arms.len());
    let mut firsts: Vec<Option<i64>> = vec![None; columns];
    store.each_cell_while(run, |cell| {
        if let Some(first) = firsts.get_mut(cell.place.arm as usize)
            && !matches!(cell.outcome, Outcome::Missing(_))
        {
            first.get_or_insert(cell.trial);
        }
        firsts.iter().any(Option::is_none)
    })?;
    let mut lines = Vec::new();
    for first in firsts.into_iter().flatten() {
        lines.extend(store.trial(first)?.and_then(|trial| of_trial(&trial.record)));
    }
    Ok(lines)
}

/// The same of what is recorded of workbench arms on a split.
pub fn short_of_arms(session: &Session, store: &Store, arms: &[&Arm], split: Split) -> Result<Vec<String>, NotAsked> {
    let unread = |error: StoreError| NotAsked { what: error.to_string(), hint: error.hint() };
    let mut lines = Vec::new();
    for arm in arms {
        let question = question_of(session, arm, split)?;
        if question.strategy.calls().pool.is_none() {
            continue;
        }
        let filter =
            Filter { arm_key: Some(session.arm_key(&question)?), origin: Some(Origin::Run), ..Filter::default() };
        for summary in store.recent(&filter, None, READ).map_err(unread)? {
            let found = store.trial(summary.id).map_err(unread)?.and_then(|trial| of_trial(&trial.record));
            if found.is_some() {
                lines.extend(found);
                break;
            }
        }
    }
    Ok(lines)
}

fn of_trial(record: &TrialRecord) -> Option<String> {
    record.notes.iter().find(|note| says_short(note)).map(|note| format!("{}: {note}.", record.arm.name))
}
