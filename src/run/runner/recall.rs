//! Cells filled by trials that were asked before: the answer is the recorded one, its scores are made anew where metric or reference
//! have changed since.

use super::shared::Shared;
use crate::run::{NotAsked, Prepared, Session, now_milliseconds};
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
        let case = &prepared.question().case;
        let scores = self.session.scores_now((found.outcome, &found.text, found.scores.as_ref()), case, None);
        let table = self.session.table_of(&scores, case);
        if found.scores.as_ref() != Some(&table) {
            // Not waited for: whoever reads older ones sees by their marks that they are.
            drop(self.store.record_scores(found.trial, table, now_milliseconds()));
        }
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
