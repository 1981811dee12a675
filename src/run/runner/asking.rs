//! One trial of a run: asked, judged, written down, counted, told.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::feed::Asking;
use super::news::{NO_SCORE, News};
use super::recall::{Scored, primary_of};
use super::shared::{Counted, Follows, MOST_FAILED, Origin, Shared};
use crate::run::missing::failure_of;
use crate::run::{NotAsked, Session, TrialDone, TrialEvent, now_milliseconds, stopwatch, trial};
use crate::store::{Cell, CellRecord, Fill, measured};

/// How often a growing answer is told.
const GROWING: Duration = Duration::from_millis(100);

/// An answer has arrived, or is given up: its place on the server is free.
pub(super) struct Answered {
    pub(super) arm: u32,
    pub(super) width: usize,
    /// Tokens guessed, and what they were where that is known.
    pub(super) tokens: (u64, Option<u64>),
}

/// Asks a trial on a lane. `free` is told once its place on the server is free, before it is written down.
pub(super) async fn ask(
    shared: Arc<Shared>,
    lane: usize,
    asking: Box<Asking>,
    width: usize,
    free: mpsc::UnboundedSender<Answered>,
) {
    whole(&shared, lane, asking, width, free).await;
    shared.books().uncounted -= 1;
}

async fn whole(
    shared: &Arc<Shared>,
    lane: usize,
    mut asking: Box<Asking>,
    width: usize,
    free: mpsc::UnboundedSender<Answered>,
) {
    let place = asking.place;
    // An equal one may be looked up once this one is written.
    let _under_way = asking.under_way.take();
    let begun = now_milliseconds();
    if shared.start.streaming {
        shared.tell(News::Started(place)).await;
    }
    let done = hear(shared, &asking).await;
    let used = done.as_ref().and_then(|done| Some(done.usage.input? + done.usage.output?));
    // Before the place is free: what is asked next with an empty account would only be refused at once, and be missing.
    let is_spent =
        done.as_ref().is_some_and(|done| done.error.is_some()) && asking.prepared.call.model.queue().is_stopped();
    let closed = if is_spent { shared.close_all(&shared.arms_beside(place.arm)) } else { Vec::new() };
    // The lane may be over.
    let _ = free.send(Answered { arm: place.arm, width, tokens: (asking.tokens, used) });
    let Some(done) = done else {
        shared.tell(News::Dropped(place)).await;
        return;
    };
    let most = shared.columns.get(place.arm as usize).map_or(1, |column| column.calls);
    let made = (done.inner.calls.len() as u64).max(1);
    {
        let mut books = shared.books();
        books.calls = (books.calls + made).saturating_sub(most);
    }
    let error = done.error.clone();
    let lasting = error.as_ref().is_some_and(|error| error.lasting);
    let Some(record) = judge(shared, asking, done, begun).await else { return };
    write(shared, record, Origin::Asked { lane, lasting }).await;
    if let Some(error) = error {
        tell_of_empty(shared, closed, NotAsked { what: error.message, hint: error.hint }).await;
    }
}

/// The trial's end; `None` where it was dropped.
async fn hear(shared: &Arc<Shared>, asking: &Asking) -> Option<TrialDone> {
    let place = asking.place;
    let (sender, mut receiver) = mpsc::channel(16);
    let (mut dropped, mut orders) = (shared.drop_all.subscribe(), shared.control.watch());
    let clock = stopwatch();
    let listen = async {
        let (mut bytes, mut told) = (0_u64, Duration::ZERO);
        while let Some(event) = receiver.recv().await {
            match event {
                TrialEvent::Waiting { seconds } => shared.tell(News::Waiting { arm: place.arm, seconds }).await,
                TrialEvent::Text(text) | TrialEvent::Reasoning(text) if shared.start.streaming => {
                    bytes += text.len() as u64;
                    let now = clock();
                    if now.saturating_sub(told) >= GROWING {
                        told = now;
                        // Whoever is busy sees the next one.
                        let _ = shared.news.try_send(News::Streaming { place, bytes });
                    }
                }
                _ => {}
            }
        }
    };
    let asked = async { tokio::join!(trial(asking.prepared.call.clone(), sender), listen).0 };
    tokio::select! {
        biased;
        done = asked => done,
        _ = dropped.wait_for(|dropped| *dropped) => None,
        _ = orders.wait_for(|orders| orders.cancelled.contains(&place.arm)) => None,
    }
}

/// Reads and scores an answer. Where commands score it, a thread waits for them.
async fn judge(shared: &Arc<Shared>, asking: Box<Asking>, done: TrialDone, begun: i64) -> Option<Scored> {
    if shared.scores_slowly {
        let shared = Arc::clone(shared);
        return tokio::task::spawn_blocking(move || judged(&shared, &asking, &done, (begun, 1.0))).await.ok();
    }
    Some(judged(shared, &asking, &done, (begun, 1.0)))
}

/// The cell that a trial fills, which began at `begun` and costs this share of its price.
pub(super) fn judged(shared: &Shared, asking: &Asking, done: &TrialDone, (begun, share): (i64, f64)) -> Scored {
    let judged = shared.session.judge_for_run(&asking.prepared, done, begun, share);
    let failed = failure_of(&judged.scores, shared.session.primary());
    let record = CellRecord {
        run: shared.run,
        place: asking.place,
        outcome: judged.outcome,
        score: primary_of(&shared.session, &judged.scores),
        cost: judged.record.cost,
        first_token_ms: judged.record.first_token_ms,
        total_ms: judged.record.total_ms,
        tokens: judged.record.usage.output,
        fill: Fill::New(Box::new(judged.record), asking.identity),
    };
    Scored { record, failed }
}

/// Writes a cell, then counts and tells it. Where call after call has failed, the arm is given up, or the run ends.
pub(super) async fn write(shared: &Arc<Shared>, Scored { record, failed }: Scored, origin: Origin) {
    let error = match &record.fill {
        Fill::New(trial, _) => trial.error.clone(),
        Fill::Known { .. } => None,
    };
    let has_score = record.score.is_some();
    let counted = Counted { outcome: record.outcome, cost: record.cost, origin, unscored: failed.is_some(), has_score };
    let known = origin == Origin::Known;
    let CellRecord { place, outcome, score, cost, tokens, .. } = record;
    let total_ms = measured(record.total_ms, record.first_token_ms);
    match shared.store.fill_cell(record).await {
        Ok(trial) => {
            let follows = shared.count(place, &counted);
            shared.tell(News::Done(Cell { place, trial, outcome, score, cost, total_ms, tokens, known })).await;
            let ends = match follows {
                Follows::Nothing => Vec::new(),
                Follows::ArmEnds => vec![place.arm],
                Follows::LaneEnds => shared.arms_beside(place.arm),
                Follows::RunEnds => {
                    shared.fail(cannot_score(&shared.session, &failed.unwrap_or_default()));
                    Vec::new()
                }
            };
            if let Some(error) = error {
                give_up(shared, &ends, error).await;
            }
        }
        Err(error) => {
            let what = format!("an answer could not be recorded: {error}");
            shared.fail(NotAsked { what, hint: error.hint() });
        }
    }
}

/// The deciding metric has failed on answer after answer: more would be paid for in vain.
pub(super) fn cannot_score(session: &Session, last: &str) -> NotAsked {
    NotAsked {
        what: format!("{MOST_FAILED} {NO_SCORE} {}, the last one: {}", session.primary(), last.trim_end_matches('.')),
        hint: "Put that right and go on: what was answered is scored again then, and not asked again.".to_owned(),
    }
}

/// The account behind these arms has nothing left: the run goes on with the others or, without any, ends. Said once, however many
/// calls come back with it.
async fn tell_of_empty(shared: &Arc<Shared>, closed: Vec<u32>, error: NotAsked) {
    if !closed.is_empty() && shared.are_all_closed() {
        shared.fail(error);
        return;
    }
    let first = format!("{}. {}", error.what.trim_end_matches('.'), error.hint);
    let others = std::iter::repeat_with(|| "it asks the same provider".to_owned());
    for (arm, why) in closed.into_iter().zip(std::iter::once(first).chain(others)) {
        shared.tell(News::Closed { arm, why }).await;
    }
}

/// Asks these arms no further, and ends the run if it has no others.
async fn give_up(shared: &Arc<Shared>, arms: &[u32], (what, hint): (String, String)) {
    let open = shared.close_all(arms);
    if !open.is_empty() && shared.are_all_closed() {
        shared.fail(NotAsked { what: format!("call after call failed, the last one: {what}"), hint });
        return;
    }
    let what = what.trim_end_matches('.');
    for arm in open {
        let why = format!("{MOST_FAILED} calls in a row failed, the last one: {what}. {hint}");
        shared.tell(News::Closed { arm, why }).await;
    }
}
