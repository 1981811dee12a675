//! A run that goes on behind the screen: a task of its own, watched by its news, steered by its handle.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::form::{RunWanted, wanted};
use super::{MatrixNews, MatrixWork, Raised};
use crate::app::event::EventKind;
use crate::run::runner::{Cells, Control, Filled, News, Plan, Start, Which, run};
use crate::run::{NotAsked, Session};
use crate::store::{Store, StoreError, TrialIdentity};

/// News that may wait for the loop; a run is held up beyond it.
const WAITING: usize = 256;
/// The longest wait for what is under way when the program ends.
const GOODBYE: Duration = Duration::from_secs(3);

/// How a run is steered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steer {
    /// Ask nothing new for now.
    Pause,
    /// Go on after that.
    Resume,
    /// End it.
    Stop,
    /// Ask a column no further.
    CloseColumn(u32),
    /// Let so many trials be under way on each server.
    Concurrency(usize),
}

/// The run that is under way.
pub(in crate::app) struct Running {
    control: Control,
    task: JoinHandle<()>,
}

impl Running {
    /// Begins what is wanted; its news come as events.
    pub(in crate::app) fn begin(
        session: Arc<Session>,
        store: Arc<Store>,
        what: MatrixWork,
        events: mpsc::Sender<EventKind>,
    ) -> Self {
        let control = Control::default();
        if let MatrixWork::Begin(RunWanted { concurrency: Some(limit), .. }) = &what {
            control.set_concurrency(*limit);
        }
        let steered = control.clone();
        let task = tokio::spawn(async move {
            if let Err(error) = go(session, store, what, steered, &events).await {
                let failed = MatrixNews::RunFailed { what: error.what, hint: error.hint };
                let _ = events.send(EventKind::Matrix(Box::new(failed))).await;
            }
        });
        Self { control, task }
    }

    /// Steers it.
    pub(in crate::app) fn steer(&self, steer: Steer) {
        match steer {
            Steer::Pause => self.control.pause(),
            Steer::Resume => self.control.resume(),
            Steer::Stop => self.control.stop(),
            Steer::CloseColumn(arm) => self.control.cancel_column(arm),
            Steer::Concurrency(limit) => self.control.set_concurrency(limit),
        }
    }

    /// Stops it because the program ends: what is under way may finish for a moment, and how it ended is taken down. Its last
    /// news are heard by nobody, and must not hold it up.
    pub(in crate::app) async fn end(self, queue: &mut mpsc::Receiver<EventKind>) {
        self.control.stop();
        let Self { mut task, .. } = self;
        if !ended(&mut task, queue, GOODBYE).await {
            task.abort();
        }
    }
}

/// Waits for work while the program ends: what is told meanwhile is heard by nobody, and must not hold it up. Whether it ended
/// in time.
pub(in crate::app) async fn ended<T>(
    work: impl Future<Output = T>,
    queue: &mut mpsc::Receiver<EventKind>,
    patience: Duration,
) -> bool {
    let patience = tokio::time::sleep(patience);
    tokio::pin!(work, patience);
    loop {
        tokio::select! {
            _ = &mut work => return true,
            Some(_) = queue.recv() => {}
            () = &mut patience => return false,
        }
    }
}

/// Makes the plan and asks it.
async fn go(
    session: Arc<Session>,
    store: Arc<Store>,
    what: MatrixWork,
    control: Control,
    events: &mpsc::Sender<EventKind>,
) -> Result<(), NotAsked> {
    let (planning, kept) = (Arc::clone(&session), Arc::clone(&store));
    let start = tokio::task::spawn_blocking(move || start(&planning, &kept, what)).await.map_err(|error| {
        NotAsked { what: format!("the run could not be planned: {error}"), hint: "Try it again.".to_owned() }
    })??;
    let (sender, mut news) = mpsc::channel(WAITING);
    let forward = async move {
        while let Some(news) = news.recv().await {
            let news: News = news;
            if events.send(EventKind::Matrix(Box::new(MatrixNews::Run(Box::new(news))))).await.is_err() {
                break;
            }
        }
    };
    let (ended, ()) = tokio::join!(run(session, Store::clone(&store), start, control, sender), forward);
    ended.map(|_| ())
}

/// A new run of a plan that another process asks just now would pay for the same trials.
pub(super) fn nobody_asks(store: &Store, plan_key: TrialIdentity) -> Result<(), NotAsked> {
    let unread = |error: StoreError| NotAsked { what: error.to_string(), hint: error.hint() };
    for (run, holder) in store.asked_now().map_err(unread)? {
        if store.run(run).map_err(unread)?.is_some_and(|stored| stored.record.plan_key == plan_key) {
            let who = if holder.pid == 0 { "another process".to_owned() } else { format!("process {}", holder.pid) };
            return Err(NotAsked {
                what: format!(
                    "run {run} of the same plan is being asked by {who}: a new one would pay for its trials again"
                ),
                hint: "o shows it as it goes. Wait for its end, or stop it and go on with it here.".to_owned(),
            });
        }
    }
    Ok(())
}

/// What is to be asked, of which plan.
fn start(session: &Session, store: &Store, what: MatrixWork) -> Result<Start, NotAsked> {
    let stored = |run: i64| -> Result<Start, NotAsked> {
        let found = store.run(run).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
        let found = found.ok_or_else(|| NotAsked {
            what: format!("there is no run {run}"),
            hint: "o lists the runs there are.".to_owned(),
        })?;
        let start = Start::new(Plan::stored(&found)?);
        Ok(Start { which: Which::Run(run), streaming: true, ..start })
    };
    match what {
        MatrixWork::GoOn { run, missing, raised } => {
            let mut start = stored(run)?;
            match raised {
                Some(Raised::Cost(dollars)) => start.plan.limits.cost = dollars,
                Some(Raised::Calls(calls)) => start.plan.limits.calls = calls,
                None => {}
            }
            if missing {
                start.cells = Cells { filled: Filled::Missing, arm: None, row: None };
            }
            Ok(start)
        }
        MatrixWork::Again { run, arm, row } => {
            let cells = Cells { filled: Filled::All, arm: Some(arm), row: Some(u64::from(row)) };
            Ok(Start { cells, use_known: false, ..stored(run)? })
        }
        MatrixWork::Begin(form) => {
            let plan = Plan::of(session, &wanted(session, &form)?)?;
            nobody_asks(store, plan.key())?;
            Ok(Start { which: Which::New, streaming: true, ..Start::new(plan) })
        }
        _ => Err(NotAsked { what: "nothing was to be asked".to_owned(), hint: String::new() }),
    }
}
