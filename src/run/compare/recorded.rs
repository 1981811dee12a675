//! What is recorded of an arm: scores and costs, case by case.

use std::collections::BTreeMap;

use crate::data::{Case, Cases, Split};
use crate::run::{NotAsked, Question, Session, now_milliseconds};
use crate::score::Outcome;
use crate::stats::ByCase;
use crate::store::{Filter, Origin, Store, StoreError, TrialSummary, case_key, scoring_key};

/// Answers of one arm to one case that are read.
const REPEATS: u32 = 1_000;

/// The primary score of every recorded answer that `question`'s arm gave on this machine to the cases of the split: as the
/// arm is now, its prompt, strategy, model and parameters. A case whose every trial failed has one missing trial; one that was
/// never asked is not in it.
pub fn recorded_scores(
    session: &Session,
    store: &Store,
    question: &Question,
    split: Split,
) -> Result<ByCase, NotAsked> {
    Ok(recorded(session, store, question, split)?.scores)
}

/// What is recorded of an arm, by case.
#[derive(Debug, Default)]
pub(super) struct RecordedArm {
    /// The primary score of every trial.
    pub(super) scores: ByCase,
    /// What each cost, in dollars.
    pub(super) costs: ByCase,
    /// Answers without a score, and why, counted.
    pub(super) unscored: (usize, BTreeMap<String, usize>),
}

pub(super) fn recorded(
    session: &Session,
    store: &Store,
    question: &Question,
    split: Split,
) -> Result<RecordedArm, NotAsked> {
    let rows = session.splits.look(split)?.ok_or_else(|| NotAsked {
        what: format!("the workbench has no {} split", split.as_str()),
        hint: "Name its file under [data] in fourfold.toml.".to_owned(),
    })?;
    let (arm_key, data_hash) = (session.arm_key(question)?, rows.content_hash());
    let mut arm = RecordedArm::default();
    for index in 0..rows.count() {
        let case = rows.case(index).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
        let CaseTrials { scores, costs, unscored } = of_case(session, store, &arm_key, (&case, &data_hash, index))?;
        for reason in unscored {
            arm.unscored.0 += 1;
            if let Some(reason) = reason {
                *arm.unscored.1.entry(reason).or_default() += 1;
            }
        }
        if !scores.is_empty() {
            arm.scores.insert(case.id.clone(), scores);
            arm.costs.insert(case.id, costs);
        }
    }
    Ok(arm)
}

/// The trials of a case.
#[derive(Default)]
struct CaseTrials {
    scores: Vec<Option<f64>>,
    /// In dollars.
    costs: Vec<Option<f64>>,
    /// Why answers have no score.
    unscored: Vec<Option<String>>,
}

/// The recorded trials of a case by this version of an arm: its own, else those of another case that had asked the same in the same
/// words, which runs over data of this hash have filled its row with.
pub(in crate::run) fn trials_of(
    store: &Store,
    arm_key: &str,
    (case, data_hash, row): (&Case, &str, usize),
) -> Result<Vec<TrialSummary>, StoreError> {
    let filter = Filter {
        arm_key: Some(arm_key.to_owned()),
        case_key: Some(case_key(case)),
        origin: Some(Origin::Run),
        ..Filter::default()
    };
    let against = scoring_key(case);
    let own = store.recent_against(&filter, &against, REPEATS)?;
    if own.is_empty() { store.shared(arm_key, &against, (data_hash, row as u64)) } else { Ok(own) }
}

fn of_case(
    session: &Session,
    store: &Store,
    arm_key: &str,
    place: (&Case, &str, usize),
) -> Result<CaseTrials, NotAsked> {
    let unread = |error: StoreError| NotAsked { what: error.to_string(), hint: error.hint() };
    let trials = trials_of(store, arm_key, place).map_err(unread)?;
    let (case, ..) = place;
    let CaseTrials { mut scores, mut costs, mut unscored } = CaseTrials::default();
    for trial in trials.iter().filter(|trial| !matches!(trial.outcome, Outcome::Missing(_))) {
        let cost = match trial.cost {
            Some(cost) => Some(cost),
            // Recorded before its price was known: by what it costs now.
            None if session.priced(&trial.model).is_some() => {
                store.trial(trial.id).map_err(unread)?.and_then(|stored| session.cost_of(&stored.record))
            }
            None => None,
        };
        costs.push(cost);
        let score = match session.number_in(trial.scores.as_ref(), session.primary(), case) {
            Some(score) => Some(score),
            // Recorded before this metric was asked for, with other settings, or against another reference: scored now, and
            // recorded, so that whoever looks next need not.
            None => store.trial(trial.id).map_err(unread)?.and_then(|stored| {
                let record = stored.record;
                let text = record.extracted.unwrap_or(record.answer);
                let scored = session.scores_now((record.outcome, &text, None), case, Some(session.primary()));
                let (_, score) = scored.first()?;
                if score.number().is_some() {
                    let table = session.table_with(trial.scores.as_ref(), &scored, case);
                    // Not waited for: where it cannot be recorded it is made again next time.
                    drop(store.record_scores(trial.id, scoring_key(case), table, now_milliseconds()));
                } else {
                    unscored.push(score.reason().map(str::to_owned));
                }
                score.number()
            }),
        };
        scores.push(score);
    }
    // A trial that failed and was asked again is not missing.
    if scores.is_empty() && !trials.is_empty() {
        scores.push(None);
    }
    Ok(CaseTrials { scores, costs, unscored })
}
