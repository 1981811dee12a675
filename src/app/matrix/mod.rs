//! The matrix's work outside of the loop: reading runs, ordering their cases, making figures of them.

mod figures;
mod form;
mod heads;
mod order;
mod page;
mod read;
mod running;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::event::EventKind;
use crate::run::runner::News;
use crate::run::{Session, now_milliseconds};
use crate::state::Fault;
use crate::state::matrix::{Earlier, FigureKind, Figures, Head, Keep, OpenRun, Row, RunLine, Sort};
use crate::store::{Store, StoreError};

pub use form::RunWanted;
pub(super) use heads::head;
pub use running::Steer;
pub(super) use running::{Running, ended};

/// What a list of runs is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunsFor {
    /// One of them is opened.
    Open,
    /// The open one is compared with it.
    Compare,
}

/// A limit that takes the place of one that was reached; none where it is lifted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raised {
    /// Dollars.
    Cost(Option<f64>),
    /// Calls.
    Calls(Option<u64>),
}

/// Something the matrix wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum MatrixWork {
    /// List the runs.
    Runs(RunsFor),
    /// Open a run; the newest without a number.
    Open {
        /// Counts runs that were opened.
        generation: u64,
        /// Its number.
        run: Option<i64>,
    },
    /// Read rows.
    Window(WindowQuery),
    /// Find which cases are shown, in which order; what was asked before is left off.
    Order(OrderQuery),
    /// Leave it off.
    StopOrder,
    /// Say what a run would take.
    Estimate {
        /// Counts questions.
        generation: u64,
        /// What is wanted.
        wanted: RunWanted,
    },
    /// Write a run as one page for others; the newest without a number.
    Page(Option<i64>),
    /// Begin a run.
    Begin(RunWanted),
    /// Go on with a run.
    GoOn {
        /// Its number.
        run: i64,
        /// Ask what is missing, for all was asked.
        missing: bool,
        /// The limit it has now, where it has reached one.
        raised: Option<Raised>,
    },
    /// Read again how far a run is that another process asks.
    Follow {
        /// Which opening.
        generation: u64,
        /// Its number.
        run: i64,
    },
    /// Count which cells have flipped.
    Flips {
        /// Which opening.
        generation: u64,
        /// The run's number.
        run: i64,
        /// Rows of the split.
        rows: u32,
        /// The run that it is compared with.
        earlier: Earlier,
    },
    /// Ask a cell again.
    Again {
        /// The run's number.
        run: i64,
        /// The column.
        arm: u32,
        /// The row of the split.
        row: u32,
    },
    /// Steer the run that is under way.
    Steer(Steer),
    /// Take down that a case of the test split is looked at outside of a run.
    Looked {
        /// Names the split by its content.
        data_hash: String,
        /// The case.
        case: String,
    },
    /// Make something of the whole run.
    Figures {
        /// Of which opening.
        generation: u64,
        /// The run's number.
        run: i64,
        /// What.
        kind: FigureKind,
    },
}

/// Rows to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowQuery {
    /// Counts questions.
    pub generation: u64,
    /// The run's number.
    pub run: i64,
    /// Their places in the order.
    pub places: Range<usize>,
    /// Their numbers in the split.
    pub rows: Vec<u32>,
    /// The run that it is compared with.
    pub earlier: Option<Earlier>,
}

/// Which cases, in which order.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderQuery {
    /// Counts questions.
    pub generation: u64,
    /// The run's number.
    pub run: i64,
    /// Rows of the split.
    pub rows: u32,
    /// Those in the plan; `None` for all.
    pub planned: Option<Arc<[u32]>>,
    /// Trials in a row.
    pub trials: u32,
    /// Which are kept.
    pub keep: Keep,
    /// Text that must be in them.
    pub text: String,
    /// By what they are ordered.
    pub sort: Sort,
    /// The run that it is compared with.
    pub earlier: Option<Earlier>,
}

/// Rows by their number in the split, and the heads as they are now.
pub type WindowRead = (Vec<(u32, Row)>, Vec<Head>);

/// What the matrix hears.
#[derive(Clone, Debug)]
pub enum MatrixNews {
    /// The runs there are, the newest first.
    Runs(RunsFor, Result<Vec<RunLine>, String>),
    /// A run was opened; `None` where there is none.
    Opened {
        /// Which opening.
        generation: u64,
        /// The run.
        result: Result<Option<Box<OpenRun>>, String>,
    },
    /// Rows were read, and the heads with them.
    Window {
        /// Which question this answers.
        generation: u64,
        /// The places that were asked for.
        places: Range<usize>,
        /// The rows by their number, and the heads.
        result: Result<WindowRead, String>,
    },
    /// Cases were found.
    Order {
        /// Which question this answers.
        generation: u64,
        /// The rows so far, in their order.
        rows: Arc<[u32]>,
        /// How much of the run was looked through; `None` when that is over.
        share: Option<f64>,
    },
    /// How far the open run is by now, and how it stands.
    Followed {
        /// Which opening.
        generation: u64,
        /// What a list says of it.
        line: Box<RunLine>,
        /// The heads.
        heads: Vec<Head>,
    },
    /// How many cells have flipped since the run with this number.
    Flips {
        /// Which opening.
        generation: u64,
        /// The earlier run.
        earlier: i64,
        /// Right now, wrong now.
        flips: (u64, u64),
    },
    /// Something could not be read.
    Failed(String),
    /// What a run would take, or why it cannot be.
    Estimated {
        /// Which question this answers.
        generation: u64,
        /// In lines.
        result: Result<Vec<String>, Fault>,
    },
    /// Where the page of a run was written, or why it was not.
    Page(Result<String, String>),
    /// Something happened in the run that is under way.
    Run(Box<News>),
    /// It could not begin, or broke off.
    RunFailed {
        /// What happened.
        what: String,
        /// What to do.
        hint: String,
    },
    /// Something was made of a run, or goes on being made.
    Figures {
        /// Of which opening.
        generation: u64,
        /// What.
        kind: FigureKind,
        /// It.
        figures: Figures,
    },
}

/// Which long readings are wanted: another one's number makes one that runs give up.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    order: AtomicU64,
    figures: AtomicU64,
}

/// Does `work` on a worker thread; what it finds is sent as it is found.
pub(super) fn work(
    session: Arc<Session>,
    store: Arc<Store>,
    wanted: Arc<Wanted>,
    work: MatrixWork,
    events: mpsc::Sender<EventKind>,
) {
    match &work {
        MatrixWork::Order(query) => wanted.order.store(query.generation, Ordering::Relaxed),
        MatrixWork::StopOrder => wanted.order.store(0, Ordering::Relaxed),
        MatrixWork::Figures { generation, .. } => wanted.figures.store(*generation, Ordering::Relaxed),
        _ => {}
    }
    tokio::task::spawn_blocking(move || {
        // The loop has ended when nobody listens; then the answer is of no use.
        let tell = |news: MatrixNews| events.blocking_send(EventKind::Matrix(Box::new(news))).is_ok();
        match work {
            MatrixWork::Runs(purpose) => {
                tell(MatrixNews::Runs(purpose, read::runs(&store).map_err(|error| in_words(&error))));
            }
            MatrixWork::Open { generation, run } => {
                let result = read::open(&store, session.primary(), run)
                    .map(|run| run.map(Box::new))
                    .map_err(|error| in_words(&error));
                tell(MatrixNews::Opened { generation, result });
            }
            MatrixWork::Follow { generation, run } => match read::followed(&store, run) {
                Ok(Some((line, heads))) => {
                    tell(MatrixNews::Followed { generation, line: Box::new(line), heads });
                }
                Ok(None) => {}
                Err(error) => {
                    tell(MatrixNews::Failed(in_words(&error)));
                }
            },
            MatrixWork::Flips { generation, run, rows, earlier } => match read::flips(&store, (run, rows), &earlier) {
                Ok(Some(flips)) => {
                    tell(MatrixNews::Flips { generation, earlier: earlier.id, flips });
                }
                Ok(None) => {}
                Err(error) => {
                    tell(MatrixNews::Failed(in_words(&error)));
                }
            },
            MatrixWork::Window(query) => {
                let result = read::window(&session, &store, &query).map_err(|error| in_words(&error));
                tell(MatrixNews::Window { generation: query.generation, places: query.places, result });
            }
            MatrixWork::Order(query) => {
                let still = || wanted.order.load(Ordering::Relaxed) == query.generation;
                if let Err(error) = order::find(&store, &query, still, |rows, share| {
                    tell(MatrixNews::Order { generation: query.generation, rows: rows.into(), share })
                }) {
                    tell(MatrixNews::Failed(in_words(&error)));
                }
            }
            // These are no reading: the loop keeps the run itself.
            MatrixWork::StopOrder
            | MatrixWork::Begin(_)
            | MatrixWork::GoOn { .. }
            | MatrixWork::Again { .. }
            | MatrixWork::Steer(_) => {}
            MatrixWork::Estimate { generation, wanted } => {
                let result = form::estimated(&session, &store, &wanted);
                let result = result.map_err(|error| Fault { what: error.what, hint: error.hint });
                tell(MatrixNews::Estimated { generation, result });
            }
            MatrixWork::Page(run) => {
                tell(MatrixNews::Page(page::write(&session, &store, run)));
            }
            MatrixWork::Looked { data_hash, case } => {
                if let Err(error) = store.record_opened_test_case(data_hash, case, now_milliseconds()).wait() {
                    tell(MatrixNews::Failed(in_words(&error)));
                }
            }
            MatrixWork::Figures { generation, run, kind } => {
                let still = || wanted.figures.load(Ordering::Relaxed) == generation;
                let mut tell = |figures| tell(MatrixNews::Figures { generation, kind, figures });
                let made = figures::make(&session, &store, (run, kind), still, &mut tell);
                if let Some(figures) = made.unwrap_or_else(|error| Some(Figures::Nothing(in_words(&error)))) {
                    tell(figures);
                }
            }
        }
    });
}

fn in_words(error: &StoreError) -> String {
    format!("{error}. {}", error.hint())
}
