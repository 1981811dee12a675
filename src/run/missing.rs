//! Why trials of a run are missing: what its calls failed with, counted. A run that only counts them leaves one guessing.

use std::collections::BTreeMap;

use crate::score::Outcome;
use crate::store::{Store, StoreError};

/// Missing trials that are read: a run of a million may miss as many.
const READ: usize = 500;

/// One way in which an arm's calls failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingReason {
    /// The arm.
    pub arm: String,
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub hint: String,
    /// Whether anything was sent; not where the arm does not apply to the case.
    pub was_sent: bool,
    /// How many of its trials.
    pub trials: usize,
}

impl MissingReason {
    /// In words: `3 x few-shot: https://... answered 404: ... Check the base URL.`
    pub fn in_words(&self) -> String {
        format!("{} x {}: {}. {}", self.trials, self.arm, self.what, self.hint)
    }
}

/// Why trials of a run are missing, the most frequent reason first; of very many missing ones the first are looked at.
pub fn missing_reasons(store: &Store, run: i64) -> Result<Vec<MissingReason>, StoreError> {
    let mut missing = Vec::new();
    store.each_cell_while(run, |cell| {
        if matches!(cell.outcome, Outcome::Missing(_)) {
            missing.push(cell.trial);
        }
        missing.len() < READ
    })?;
    let mut counted: BTreeMap<(String, String, String, bool), usize> = BTreeMap::new();
    for trial in missing {
        let Some(trial) = store.trial(trial)? else { continue };
        if let Some((what, hint)) = trial.record.error {
            let was_sent = !trial.record.messages.is_empty();
            *counted.entry((trial.record.arm.name.clone(), what, hint, was_sent)).or_default() += 1;
        }
    }
    let mut reasons: Vec<MissingReason> = counted
        .into_iter()
        .map(|((arm, what, hint, was_sent), trials)| MissingReason { arm, what, hint, was_sent, trials })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.trials));
    Ok(reasons)
}
