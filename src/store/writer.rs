//! The one thread that writes. Jobs queue on a channel; all that are ready share a transaction, and each is answered
//! only after the commit: what is reported as recorded survives a kill and a power cut.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::StoreError;
use super::place::Identity;

/// The most jobs in one transaction, so that another program gets its turn.
const BATCH: usize = 256;

/// From so many jobs at once on, a transaction waits a moment for more: what it costs by itself is shared by all.
const MANY: usize = 16;
/// How long it waits.
const MOMENT: Duration = Duration::from_millis(5);

/// A write on its way to the disk. Await it, or [`Pending::wait`] for it outside of a runtime. Dropping it does not
/// take the write back.
#[derive(Debug)]
#[must_use = "a write may fail"]
pub struct Pending<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Pending<T> {
    /// Blocks until the write is durable. Not for use inside of an async task.
    pub fn wait(self) -> Result<T, StoreError> {
        self.0.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
    }
}

/// Something to write. It may be tried more than once: in company first, alone if the company failed.
trait Job: Send {
    /// Does the work inside of the transaction that `connection` has open, and keeps the result.
    fn attempt(&mut self, connection: &Connection, path: &Path) -> Result<(), StoreError>;
    /// Tells whoever waits, once it is known whether the transaction stands.
    fn tell(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Task<T, F> {
    work: F,
    reply: oneshot::Sender<Result<T, StoreError>>,
    result: Option<T>,
}

impl<T: Send, F: Fn(&Connection) -> rusqlite::Result<T> + Send> Job for Task<T, F> {
    fn attempt(&mut self, connection: &Connection, path: &Path) -> Result<(), StoreError> {
        self.result = Some((self.work)(connection).map_err(|error| StoreError::from_sqlite(&error, path))?);
        Ok(())
    }

    fn tell(self: Box<Self>, committed: Result<(), StoreError>) {
        let Self { reply, result, .. } = *self;
        let result = committed.and_then(|()| result.ok_or(StoreError::Closed));
        // Nobody may be waiting any more; the write stands all the same.
        let _ = reply.send(result);
    }
}

/// A connection that two may hold: the writer, and in memory also the readers.
pub(super) type Shared = Arc<Mutex<Connection>>;

/// The connection, whoever panicked while holding it: SQLite keeps its own state whole.
pub(super) fn lock(shared: &Shared) -> MutexGuard<'_, Connection> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The handle to the thread. Dropping it writes what is queued, then ends the thread.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Shared, path: PathBuf, identity: Option<Identity>) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || run(&connection, &queue, &path, identity.as_ref()))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Queues `work`, which may run more than once and must then do the same.
    pub(super) fn submit<T, F>(&self, work: F) -> Pending<T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let (reply, pending) = oneshot::channel();
        if let Some(jobs) = &self.jobs {
            // A thread that has ended drops the job, and with it the reply: the caller sees `Closed`.
            let _ = jobs.send(Box::new(Task { work, reply, result: None }));
        }
        Pending(pending)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic in the thread has been shown by the panic hook already.
            let _ = thread.join();
        }
    }
}

fn run(connection: &Shared, queue: &Receiver<Box<dyn Job>>, path: &Path, identity: Option<&Identity>) {
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        jobs.extend(queue.try_iter().take(BATCH - 1));
        if (MANY..BATCH).contains(&jobs.len()) {
            std::thread::sleep(MOMENT);
            jobs.extend(queue.try_iter().take(BATCH - jobs.len()));
        }
        // SQLite would go on writing to a file that has no name any more.
        let there = match identity {
            Some(identity) if !identity.holds(path) => Err(StoreError::Moved { path: path.to_path_buf() }),
            _ => Ok(()),
        };
        let together = there.and_then(|()| commit(&mut lock(connection), &mut jobs, path));
        let alone =
            jobs.len() > 1 && !matches!(together, Ok(()) | Err(StoreError::Moved { .. } | StoreError::Busy { .. }));
        for mut job in jobs {
            // One job's failure (a disk that is full for it, a key that is missing) takes the whole transaction down;
            // the others must not pay for it.
            let committed = if alone {
                commit(&mut lock(connection), std::slice::from_mut(&mut job), path)
            } else {
                together.clone()
            };
            job.tell(committed);
        }
    }
}

/// Does `jobs` in one transaction: all of them, or none.
fn commit(connection: &mut Connection, jobs: &mut [Box<dyn Job>], path: &Path) -> Result<(), StoreError> {
    let lift = |error: rusqlite::Error| StoreError::from_sqlite(&error, path);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(lift)?;
    for job in jobs {
        job.attempt(&transaction, path)?;
    }
    transaction.commit().map_err(lift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_fails_that_job_and_leaves_the_others_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = wal; CREATE TABLE texts (text TEXT) STRICT").unwrap();
        // SQLite's page limit fails in the way a full disk does.
        connection.pragma_update(None, "max_page_count", 20).unwrap();
        let writer = Writer::start(Arc::new(Mutex::new(connection)), path.clone(), None).unwrap();
        let insert = |length: usize| {
            writer.submit(move |connection| connection.execute("INSERT INTO texts VALUES (?)", ["x".repeat(length)]))
        };
        let (before, huge, after) = (insert(10), insert(1_000_000), insert(10));
        assert_eq!(before.wait(), Ok(1));
        assert_eq!(huge.wait(), Err(StoreError::Full { path: path.clone() }));
        assert_eq!(after.wait(), Ok(1));
        drop(writer);
        let kept: i64 =
            Connection::open(&path).unwrap().query_row("SELECT count(*) FROM texts", [], |row| row.get(0)).unwrap();
        assert_eq!(kept, 2);
    }

    #[test]
    fn a_job_without_a_thread_is_told_so() {
        let writer = Writer { jobs: None, thread: None };
        assert_eq!(writer.submit(|_| Ok(())).wait(), Err(StoreError::Closed));
    }
}
