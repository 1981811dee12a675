//! Cells filled by trials that were asked before: the answer is the recorded one, its score is made anew, because metric and
//! reference may have changed since.

use super::shared::Shared;
use crate::run::{NotAsked, Prepared, Session};
use crate::score::{MetricId, Outcome, Score};
use crate::store::{CellPlace, CellRecord, Fill, StoreError, TrialIdentity};

/// A fault of the store, in the way.
pub(super) fn unread(error: &StoreError) -> NotAsked {
    NotAsked { what: error.to_string(), hint: error.hint() }
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
    ) -> Result<Option<CellRecord>, NotAsked> {
        let found = self.store.answer_of(identity).map_err(|error| unread(&error))?;
        let Some(found) = found.filter(|found| !matches!(found.outcome, Outcome::Missing(_))) else { return Ok(None) };
        let scores = self.session.scores(found.outcome, &found.text, &prepared.question().case);
        Ok(Some(CellRecord {
            run: self.run,
            place,
            fill: Fill::Known(found.trial),
            outcome: found.outcome,
            score: primary_of(&self.session, &scores),
            cost: found.cost,
            first_token_ms: found.first_token_ms,
            total_ms: found.total_ms,
            tokens: found.tokens,
        }))
    }
}
