//! Answers of a run that a metric failed on, a command that could not be started say: scored again by their recorded text, and nothing
//! is asked for it.

use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::asking::cannot_score;
use super::news::News;
use super::planning::rows_of;
use super::recall::{primary_of, unread};
use super::shared::Shared;
use crate::data::Cases as _;
use crate::run::missing::{failure_of, has_failed};
use crate::run::{NotAsked, now_milliseconds};
use crate::stats::wording::counted;
use crate::store::UnscoredCell;

/// What became of a cell that was scored again.
struct Again {
    cell: UnscoredCell,
    /// Why it has no score still.
    failed: Option<String>,
    made: bool,
}

/// Scores what has failed again, as many at a time as there are processors. One after the other that fails still ends the run.
pub(super) async fn score_again(shared: &Arc<Shared>) {
    if let Err(error) = all(shared).await {
        shared.fail(error);
    }
}

async fn all(shared: &Arc<Shared>) -> Result<(), NotAsked> {
    let cells = {
        let shared = Arc::clone(shared);
        blocking(move || failed_cells(&shared)).await?
    };
    if cells.is_empty() {
        return Ok(());
    }
    let (primary, many) = (shared.session.primary(), counted(cells.len() as u64, "answer"));
    shared.tell(News::Told(format!("{many} without a score by {primary}: scored again, and not asked again."))).await;
    shared.books().unscored_in_a_row = 0;
    let at_a_time = std::thread::available_parallelism().map_or(1, usize::from);
    let ended = |shared: &Arc<Shared>| {
        let shared = Arc::clone(shared);
        move || shared.has_ended()
    };
    let has_ended = ended(shared);
    let scoring = stream::iter(cells).take_while(|_| std::future::ready(!has_ended())).map(|cell| {
        let shared = Arc::clone(shared);
        blocking(move || one(&shared, cell))
    });
    let mut scoring = std::pin::pin!(scoring.buffered(at_a_time));
    while let Some(again) = scoring.next().await {
        let Again { cell, failed, made } = again?;
        let gives_up = shared.books().scored(cell.place, failed.is_some(), made);
        if gives_up {
            shared.fail(cannot_score(&shared.session, &failed.unwrap_or_default()));
        }
        shared.books().changed = true;
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NotAsked> + Send + 'static,
) -> Result<T, NotAsked> {
    let stopped = |error: tokio::task::JoinError| NotAsked {
        what: format!("an answer could not be scored again: {error}"),
        hint: "Go on with the run; what was answered is recorded.".to_owned(),
    };
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}

/// The cells that are to be scored again.
fn failed_cells(shared: &Shared) -> Result<Vec<UnscoredCell>, NotAsked> {
    let mut cells = Vec::new();
    let see = |cell: UnscoredCell| {
        if has_failed(cell.scores.as_ref(), shared.session.primary()) {
            cells.push(cell);
        }
    };
    shared.store.each_unscored(shared.run, see).map_err(|error| unread(&error))?;
    // Another shard's are that one's.
    let books = shared.books();
    cells.retain(|cell| books.planned.has(cell.place));
    Ok(cells)
}

/// Scores one against its own case, which need not be that of its trial.
fn one(shared: &Shared, cell: UnscoredCell) -> Result<Again, NotAsked> {
    let rows = rows_of(&shared.session, shared.plan.split)?;
    let case = rows.case(cell.place.row as usize);
    let case = case.map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
    let Some(stored) = shared.store.trial(cell.trial).map_err(|error| unread(&error))? else {
        return Ok(Again { cell, failed: None, made: false });
    };
    let record = stored.record;
    let text = record.extracted.unwrap_or(record.answer);
    let scores = shared.session.scores_now((record.outcome, &text, cell.scores.as_ref()), &case, None);
    let failed = failure_of(&scores, shared.session.primary());
    let score = primary_of(&shared.session, &scores);
    if failed.is_none() {
        let (place, table) = ((shared.run, cell.place, cell.trial), shared.session.table_of(&scores, &case));
        let written = shared.store.score_cell(place, score, table, now_milliseconds()).wait();
        written.map_err(|error| unread(&error))?;
    }
    Ok(Again { cell, failed, made: score.is_some() })
}
