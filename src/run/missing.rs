//! Why trials of a run are missing, or answered and without a score: what its calls and its metric failed with, counted. A run that
//! only counts them leaves one guessing.

use std::collections::BTreeMap;

use crate::score::{MetricId, Outcome, Score};
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
    /// How many of its trials.
    pub trials: usize,
}

impl MissingReason {
    /// In words: `3 x few-shot: https://... answered 404: ... Check the base URL.`
    pub fn in_words(&self) -> String {
        format!("{} x {}: {}. {}", self.trials, self.arm, self.what, self.hint)
    }
}

/// Answers of an arm that the deciding metric gave no score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unscored {
    /// The arm.
    pub arm: String,
    /// The metric.
    pub metric: String,
    /// How many answers.
    pub answers: usize,
    /// The most frequent reason, and of how many.
    pub reason: (String, usize),
}

impl Unscored {
    /// Of an arm's answers without a score, so many in all, with what is known of their reasons.
    pub(super) fn of(arm: &str, metric: &str, answers: usize, reasons: &BTreeMap<String, usize>) -> Option<Self> {
        let most = reasons.iter().rev().max_by_key(|(_, count)| **count);
        let (reason, count) = most.map_or_else(|| (String::new(), 0), |(reason, count)| (reason.clone(), *count));
        let reason = (reason, if reasons.len() == 1 { answers } else { count });
        (answers > 0).then(|| Self { arm: arm.to_owned(), metric: metric.to_owned(), answers, reason })
    }

    /// In words: ``3 answers of plain have no score by tone: `python3 tone.py` ended with 1``.
    pub fn in_words(&self) -> String {
        let Self { arm, metric, answers, reason: (reason, count) } = self;
        let answers = match answers {
            1 => "1 answer".to_owned(),
            many => format!("{many} answers"),
        };
        let have = if self.answers == 1 { "has" } else { "have" };
        let reason = reason.trim_end_matches('.');
        match (reason.is_empty(), *count == self.answers) {
            (true, _) => format!("{answers} of {arm} {have} no score by {metric}."),
            (false, true) => format!("{answers} of {arm} {have} no score by {metric}: {reason}."),
            (false, false) => format!("{answers} of {arm} {have} no score by {metric}; {count} of them: {reason}."),
        }
    }
}

/// Why the score by `metric` could not be made, where that may be put right: not of one that has nothing to say here.
pub(super) fn failure_of(scores: &[(MetricId, Score)], metric: &str) -> Option<String> {
    let (_, score) = scores.iter().find(|(id, _)| id.as_str() == metric)?;
    if let Score::Missing { reason } = score { Some(reason.clone()) } else { None }
}

/// Whether what was recorded with an answer says that its score by `metric` could not be made, or says nothing of it.
pub(super) fn has_failed(scores: Option<&serde_json::Value>, metric: &str) -> bool {
    let score = scores.and_then(|scores| scores.get(metric));
    score.is_none_or(|score| matches!(serde_json::from_value(score.clone()), Ok(Score::Missing { .. })))
}

/// Why there is no score by `metric` among what was recorded with an answer.
pub(super) fn reason_of(scores: Option<&serde_json::Value>, metric: &str) -> Option<String> {
    let score = serde_json::from_value::<Score>(scores?.get(metric)?.clone()).ok()?;
    score.reason().filter(|_| score.number().is_none()).map(str::to_owned)
}

/// What of a run is answered and has no score by its deciding metric, arm by arm; of very many the first are asked why.
pub fn unscored(store: &Store, run: i64, metric: &str) -> Result<Vec<Unscored>, StoreError> {
    let mut arms: BTreeMap<u32, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    store.each_unscored(run, |cell| {
        let (answers, reasons) = arms.entry(cell.place.arm).or_default();
        *answers += 1;
        let reason = (*answers <= READ).then(|| reason_of(cell.scores.as_ref(), metric)).flatten();
        if let Some(reason) = reason {
            *reasons.entry(reason).or_default() += 1;
        }
    })?;
    let names = store.run(run)?.map(|run| run.record.arms).unwrap_or_default();
    let name = |arm: u32| names.get(arm as usize).map(|arm| arm.name.as_str()).unwrap_or_default();
    Ok(arms
        .into_iter()
        .filter_map(|(arm, (answers, reasons))| Unscored::of(name(arm), metric, answers, &reasons))
        .collect())
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
    let mut counted: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for trial in missing {
        let Some(trial) = store.trial(trial)? else { continue };
        if let Some((what, hint)) = trial.record.error {
            *counted.entry((trial.record.arm.name.clone(), what, hint)).or_default() += 1;
        }
    }
    let mut reasons: Vec<MissingReason> =
        counted.into_iter().map(|((arm, what, hint), trials)| MissingReason { arm, what, hint, trials }).collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.trials));
    Ok(reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_without_a_score_name_the_first_reason_and_its_count() {
        let said = |answers, reasons: &[(&str, usize)]| {
            let reasons = reasons.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect();
            Unscored::of("plain", "tone", answers, &reasons).map(|unscored| unscored.in_words())
        };
        assert_eq!(said(0, &[]), None);
        assert_eq!(
            said(1, &[("`tone` ended with 1.", 1)]).unwrap(),
            "1 answer of plain has no score by tone: `tone` ended with 1."
        );
        // Of very many only the first are asked why.
        assert_eq!(said(900, &[("no leave", 500)]).unwrap(), "900 answers of plain have no score by tone: no leave.");
        assert_eq!(said(5, &[("a", 2), ("b", 3)]).unwrap(), "5 answers of plain have no score by tone; 3 of them: b.");
        assert_eq!(said(2, &[]).unwrap(), "2 answers of plain have no score by tone.");
    }

    #[test]
    fn a_reason_is_that_of_what_is_no_number() {
        let scores = serde_json::json!({
            "tone": Score::missing("no leave"), "exact-match": Score::explained(0.5, "half"),
        });
        assert_eq!(reason_of(Some(&scores), "tone").as_deref(), Some("no leave"));
        assert_eq!(reason_of(Some(&scores), "exact-match"), None);
        assert_eq!(reason_of(Some(&scores), "other"), None);
        assert_eq!(reason_of(None, "tone"), None);
        assert!(has_failed(Some(&scores), "tone") && !has_failed(Some(&scores), "exact-match"));
        let nothing_to_say = serde_json::json!({ "tone": Score::not_applicable("no reference") });
        assert!(!has_failed(Some(&nothing_to_say), "tone"), "that is no failure");
    }
}
