//! A run from its first cell to its end: begun or gone on with, asked on every server at once, what is missing asked once more.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::anytime::{Watch, whole_row};
use super::beforehand::known_first;
use super::begin::{begin, make_ready};
use super::cells::CellSet;
use super::control::Control;
use super::lane::{GRACE, at_a_time, drive, lanes};
use super::limit::Reached;
use super::news::{Begun, Ended, How, News};
use super::recall::unread;
use super::rescore::score_again;
use super::shared::Shared;
use super::start::{Filled, Start};
use crate::run::{NotAsked, Session, now_milliseconds, stopwatch};
use crate::store::{Column, RunEnd, Store};

/// How often the sums of the columns are told.
const SUMS: Duration = Duration::from_millis(500);
/// How often a sequential run looks at what has come in: what is asked between a verdict that is clear and the look that sees it is
/// paid for in vain.
const LOOKS: Duration = Duration::from_millis(100);
/// How long a run that is out of time leaves to what is under way.
const LAST: Duration = Duration::from_secs(10);

/// Runs a plan to its end and tells `news` what happens; whoever gave the other end of it has to listen. An error is what kept it
/// from beginning; how it ended once it had begun is in what comes back. Dropping the future drops what is under way, and keeps
/// what was written.
pub async fn run(
    session: Arc<Session>,
    store: Store,
    start: Start,
    control: Control,
    news: mpsc::Sender<News>,
) -> Result<Ended, NotAsked> {
    let clock = stopwatch();
    let columns = make_ready(&session, &start.plan, &control, &news).await?;
    let beginning = {
        let (store, start) = (store.clone(), start.clone());
        move || begin(&store, &start)
    };
    let begun = tokio::task::spawn_blocking(beginning).await.map_err(|error| NotAsked {
        what: format!("the run could not begin: {error}"),
        hint: "Begin it again; what was answered is recorded.".to_owned(),
    })??;
    let (run, todo, _claim) = (begun.run, begun.todo, begun.claim);
    let mut shared = Shared::new(session, store, run, start, columns, begun.order, begun.books, control.clone(), news);
    shared.in_batches = begun.in_batches;
    let shared = Arc::new(shared);
    let columns = sums(&shared).await?;
    let told = Begun {
        run,
        goes_on: begun.goes_on,
        plan: Arc::clone(&shared.plan),
        total: todo.len(),
        done: shared.books().filled.len(),
        columns,
    };
    shared.tell(News::Begun(Box::new(told))).await;
    for column in &shared.columns {
        if let Some(told) = column.ready.first_use() {
            shared.tell(News::Told(told.to_owned())).await;
        }
    }
    // Whoever asks cells again by name wants them asked, whatever is clear.
    let sequential = shared.plan.sequential && shared.start.cells.filled == Filled::Rest;
    let mut watch = sequential.then(|| Watch::new(&shared.plan));
    if begun.goes_on
        && let Some(watching) = watch.take()
    {
        // What was clear before is clear still, and is asked no further.
        watch = look(&shared, watching).await;
    }
    let (begin_looking, looked_before) = oneshot::channel();
    tokio::select! {
        () = passes(&shared, todo, begun.goes_on, watch, begin_looking) => {}
        () = watch_over(&shared, looked_before) => {}
    }
    let halt = shared.halt.borrow().clone();
    // Everything may have come to its end before the order was heard.
    let stopped = || {
        let books = shared.books();
        control.orders().stopped && books.filled.len_with(&books.planned) < books.planned.len()
    };
    let how = halt.map_or_else(|| if stopped() { How::Interrupted } else { How::Finished }, |halt| halt.how);
    let ended = end(&shared, how, clock().as_millis() as u64).await?;
    shared.tell(News::Ended(Box::new(ended.clone()))).await;
    Ok(ended)
}

/// Scores again what a metric failed on before; asks what is to be asked; then, once more, what is missing and may be answered now, and
/// what a metric failed on and may be scored now. Where a watch is kept, it is handed on once what is known has been looked at.
async fn passes(
    shared: &Arc<Shared>,
    todo: CellSet,
    goes_on: bool,
    watch: Option<Watch>,
    begin_looking: oneshot::Sender<Option<Watch>>,
) {
    if goes_on {
        score_again(shared).await;
    }
    let before = shared.books().unscored.len();
    let mut todo = Arc::new(todo);
    if let Some(mut watch) = watch {
        if shared.uses_known() {
            match known_first(shared, watch, &todo).await {
                Some(looked) => watch = looked,
                None => return,
            }
            todo = Arc::new(todo.without(&shared.books().filled));
        }
        // The other end is there as long as this is asked.
        let _ = begin_looking.send(Some(watch));
    }
    if !shared.has_ended() {
        pass(shared, todo).await;
    }
    let again = {
        let books = shared.books();
        books.missing.with(&books.planned).without(&books.lasting)
    };
    let once_more = shared.start.cells.filled == Filled::Rest && again.len() > 0 && !shared.has_ended();
    if once_more {
        shared.tell(News::Again { cells: again.len() }).await;
        pass(shared, Arc::new(again)).await;
    }
    let has_failed_now = shared.books().unscored.len() > before;
    if has_failed_now && !shared.has_ended() {
        score_again(shared).await;
    }
}

/// Asks these cells, on every server at once.
async fn pass(shared: &Arc<Shared>, todo: Arc<CellSet>) {
    let lanes = lanes(shared);
    shared.begin_blocks(lanes.len());
    shared.books().limit = lanes.iter().map(|lane| at_a_time(shared, lane)).sum();
    let drives = lanes
        .into_iter()
        .enumerate()
        .map(|(number, lane)| tokio::spawn(drive(Arc::clone(shared), number, lane, Arc::clone(&todo))));
    join_all(drives).await;
}

/// Hears of orders, of a watcher that has gone, and of the time; tells the sums. Never ends by itself.
async fn watch_over(shared: &Arc<Shared>, watch: oneshot::Receiver<Option<Watch>>) {
    let mut orders = shared.control.watch();
    let time = shared.plan.limits.seconds;
    let over = async {
        match time {
            // A limit beyond what time can say is none.
            Some(seconds) => match Duration::try_from_secs_f64(seconds.max(0.0)) {
                Ok(time) => sleep(time).await,
                Err(_) => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    };
    let stopped = async {
        // The run holds the other end: it is never closed.
        let _ = orders.wait_for(|orders| orders.stopped).await;
    };
    let looks = async {
        let mut ticks = interval(LOOKS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut watch = watch.await.ok().flatten();
        while let Some(watching) = watch {
            ticks.tick().await;
            watch = look(shared, watching).await;
        }
    };
    let sums_told = async {
        let mut ticks = interval(SUMS);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if !std::mem::take(&mut shared.books().changed) {
                continue;
            }
            if let Ok(columns) = sums(shared).await {
                shared.tell(News::Columns(columns)).await;
            }
            let (limit, under_way) = {
                let books = shared.books();
                (books.limit, books.under_way)
            };
            shared.tell(News::Pace { limit, under_way }).await;
        }
    };
    let endings = async {
        tokio::select! {
            () = stopped => shared.end(How::Interrupted, Some(GRACE)),
            () = shared.news.closed() => shared.end(How::Interrupted, Some(GRACE)),
            () = over => {
                shared.end(How::Limit(Reached::Time { seconds: time.unwrap_or_default() }), Some(LAST));
            }
        }
        std::future::pending::<()>().await;
    };
    tokio::join!(looks, sums_told, endings);
}

/// Looks at what has come in of a run declared sequential: an arm that is clear is asked no further, and once all are the run ends.
pub(super) async fn look(shared: &Arc<Shared>, mut watch: Watch) -> Option<Watch> {
    let looking = Arc::clone(shared);
    let looked = tokio::task::spawn_blocking(move || {
        let clear = watch.look(&looking.order, |row, arm| {
            // Asking the books first spares the database.
            if looking.is_row_filled(row, arm) {
                whole_row(&looking.store, looking.run, &looking.plan, row, arm)
            } else {
                Ok(None)
            }
        });
        clear.map(|clear| (clear, watch))
    });
    let (clear, watch) = match looked.await {
        Ok(Ok(looked)) => looked,
        Ok(Err(error)) => {
            shared.fail(error);
            return None;
        }
        Err(_) => return None,
    };
    let verdicts = watch.verdicts();
    for arm in clear {
        shared.settle(arm);
        let name = |arm: u32| shared.plan.arms.get(arm as usize).map(|arm| arm.name.as_str()).unwrap_or_default();
        if let Some(verdict) = verdicts.iter().find(|verdict| verdict.arm == arm) {
            let why = verdict.in_words(name(arm), name(shared.plan.baseline), shared.plan.margin);
            shared.tell(News::Closed { arm, why }).await;
        }
    }
    if watch.is_clear() {
        shared.end(How::Clear, None);
    }
    Some(watch)
}

/// The sums of the columns, as the store keeps them.
async fn sums(shared: &Arc<Shared>) -> Result<Vec<Column>, NotAsked> {
    let (store, run) = (shared.store.clone(), shared.run);
    let read = tokio::task::spawn_blocking(move || store.columns(run)).await;
    read.map_err(|error| NotAsked { what: error.to_string(), hint: String::new() })?.map_err(|error| unread(&error))
}

/// Takes down how it ended.
async fn end(shared: &Arc<Shared>, how: How, ms: u64) -> Result<Ended, NotAsked> {
    let columns = sums(shared).await?;
    let mut ended = {
        let books = shared.books();
        let open = books.planned.without(&books.filled);
        let settled = if how == How::Clear { open.len() } else { open.len_of(&books.clear) };
        Ended {
            run: shared.run,
            how,
            planned: books.planned.len(),
            done: books.filled.len_with(&books.planned),
            missing: books.missing.len_with(&books.planned),
            lasting: books.lasting.len_with(&books.planned),
            unscored: books.unscored.len_with(&books.planned),
            settled,
            in_batches: books.in_batches,
            asked: books.asked,
            known: books.known,
            calls: books.calls,
            cost: books.cost,
            ms,
            columns,
        }
    };
    let words = ended.as_recorded(shared.plan.trials());
    let recorded = shared.store.end_run(shared.run, RunEnd { time: now_milliseconds(), how: words }).await;
    if let (Err(error), How::Finished | How::Clear) = (recorded, &ended.how) {
        ended.how = How::Failed { what: error.to_string(), hint: error.hint() };
    }
    Ok(ended)
}
