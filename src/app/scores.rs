//! The scores screen's figures, made in a worker.

use std::sync::Arc;

use super::event::EventKind;
use crate::data::Split;
use crate::run::Session;
use crate::run::scores::ScoresPage;
use crate::state::Fault;
use crate::state::scores::ScoresFrom;
use crate::store::Store;

/// Makes the page of what is recorded of the dev cases or of the test cases, or of a run.
pub(super) fn make(session: &Session, store: &Store, generation: u64, from: ScoresFrom) -> EventKind {
    let made = match from {
        ScoresFrom::Dev => ScoresPage::recorded(session, store, Split::Dev),
        ScoresFrom::Test => ScoresPage::recorded(session, store, Split::Test),
        ScoresFrom::Run(run) => ScoresPage::of_run(session, store, run),
    };
    let result = made.map(Arc::new).map_err(|error| Fault { what: error.what, hint: error.hint });
    EventKind::ScoresMade { generation, result }
}
