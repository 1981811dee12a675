//! The scores screen's figures, made in a worker.

use std::sync::Arc;

use super::event::EventKind;
use crate::data::Split;
use crate::run::Session;
use crate::run::scores::ScoresPage;
use crate::state::Fault;
use crate::store::Store;

/// Makes the page of the dev cases, or of the test cases.
pub(super) fn make(session: &Session, store: &Store, generation: u64, test: bool) -> EventKind {
    let split = if test { Split::Test } else { Split::Dev };
    let result = ScoresPage::recorded(session, store, split)
        .map(Arc::new)
        .map_err(|error| Fault { what: error.what, hint: error.hint });
    EventKind::ScoresMade { generation, result }
}
