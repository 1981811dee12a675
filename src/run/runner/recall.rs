//! Cells filled by trials that were asked before: the answer is the recorded one, its scores are made anew where metric or reference
//! have changed since.

use super::shared::Shared;
use crate::run::missing::failure_of;
use crate::run::{NotAsked, Prepared, Session, now_milliseconds};
use crate::score::{MetricId, Outcome, Score};
use crate::store::{CellPlace, CellRecord, Fill, StoreError, TrialIdentity, scoring_key};

/// A fault of the store, in the way.
pub(super) fn unread(error: &StoreError) -> NotAsked {
    NotAsked { what: error.to_string(), hint: error.hint() }
}

/// A cell that is to be written.
pub(super) struct Scored {
    pub(super) record: CellRecord,
    /// Why the deciding score of its answer could not be made.
    pub(super) failed: Option<String>,
}

impl From<CellRecord> for Scored {
    fn from(record: CellRecord) -> Self {
        Self { record, failed: None }
    }
}

/// The primary score among others.
pub(super) fn primary_of(session: &Session, scores: &[(MetricId, Score)]) -> Option<f64> {
    scores.iter().find(|(metric, _)| metric.as_str() == session.primary()).and_then(|(_, score)| score.number())
}

impl Shared {
    /// The cell that a known trial of this identity fills.
    pub(super) fn known(
        &self,
        place: CellPlace,
        identity: TrialIdentity,
        prepared: &Prepared,
    ) -> Result<Option<Scored>, NotAsked> {
        let case = &prepared.question().case;
        let key = scoring_key(case);
        let found = self.store.answer_of(identity, &key).map_err(|error| unread(&error))?;
        let Some(found) = found.filter(|found| !matches!(found.outcome, Outcome::Missing(_))) else { return Ok(None) };
        let scores = self.session.scores_now((found.outcome, &found.text, found.scores.as_ref()), case, None);
        let table = self.session.table_of(&scores, case);
        let failed = failure_of(&scores, self.session.primary());
        let scored = (found.scores.as_ref() != Some(&table)).then(|| (table, now_milliseconds()));
        let record = CellRecord {
            run: self.run,
            place,
            fill: Fill::Known { trial: found.trial, against: key, scores: scored },
            outcome: found.outcome,
            score: primary_of(&self.session, &scores),
            cost: found.cost,
            first_token_ms: found.first_token_ms,
            total_ms: found.total_ms,
            tokens: found.tokens,
        };
        Ok(Some(Scored { record, failed }))
    }
}
