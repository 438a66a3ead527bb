//! The only writer of a database: what has gathered goes into one transaction, then all are answered.
//!
//! ```text
//!   write(job) ──┐            BEGIN IMMEDIATE
//!   write(job) ──┼─ mpsc ──>    SAVEPOINT job · run · RELEASE | ROLLBACK TO     once a job
//!   write(job) ──┘            COMMIT (one fsync)  ──> answers
//! ```
//!
//! While one batch is on its way to the disk the next one gathers, so that the busier the store, the
//! more jobs share an fsync. A job that fails is rolled back alone; a commit that fails, fails all.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use crate::{Result, StoreError};

/// The most jobs in one transaction.
const BATCH_JOBS: usize = 256;

/// What a job does: a future on the connection it is lent.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>;

/// A handle to a database's writer task. The task ends when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Committer {
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Committer {
    /// Starts the writer on a pool of one connection.
    pub(crate) fn start(writer: SqlitePool) -> Self {
        let (jobs, gathered) = mpsc::channel(BATCH_JOBS * 2);
        tokio::spawn(run(writer, gathered));
        Self { jobs }
    }

    /// Runs `work` in the next transaction. When this resolves with `Ok`, it is on disk. A caller that
    /// stops waiting does not stop the job.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task { work: Some(work), value: None, reply };
        self.jobs.send(Box::new(task)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

trait Job: Send {
    fn run<'c>(&'c mut self, db: &'c mut SqliteConnection) -> Work<'c, ()>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct Task<F, T> {
    work: Option<F>,
    value: Option<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<F, T> Job for Task<F, T>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> Work<'c, T> + Send + 'static,
{
    fn run<'c>(&'c mut self, db: &'c mut SqliteConnection) -> Work<'c, ()> {
        Box::pin(async move {
            let work = self.work.take().ok_or(StoreError::Closed)?;
            self.value = Some(work(db).await?);
            Ok(())
        })
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        // A caller that went away is no reason to complain.
        let Self { value, reply, .. } = *self;
        let _ = reply.send(outcome.and_then(|()| value.ok_or(StoreError::Closed)));
    }
}

async fn run(writer: SqlitePool, mut gathered: mpsc::Receiver<Box<dyn Job>>) {
    let mut batch = Vec::with_capacity(BATCH_JOBS);
    while gathered.recv_many(&mut batch, BATCH_JOBS).await > 0 {
        let mut outcomes = Vec::with_capacity(batch.len());
        let committed = commit(&writer, &mut batch, &mut outcomes).await;
        let shared = committed.err().map(Arc::new);
        let mut outcomes = outcomes.into_iter();
        for job in batch.drain(..) {
            let own = outcomes.next().unwrap_or(Ok(()));
            job.answer(match &shared {
                Some(cause) => Err(StoreError::Commit(Arc::clone(cause))),
                None => own,
            });
        }
    }
    writer.close().await;
}

/// One transaction. Fills in one outcome a job; an error means that nothing at all was kept.
async fn commit(writer: &SqlitePool, batch: &mut [Box<dyn Job>], outcomes: &mut Vec<Result<()>>) -> Result<()> {
    let mut db = writer.acquire().await?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *db).await?;
    let ran = run_all(&mut db, batch, outcomes).await;
    let ended = match ran {
        Ok(()) => sqlx::query("COMMIT").execute(&mut *db).await.map(|_| ()).map_err(StoreError::from),
        Err(error) => Err(error),
    };
    if ended.is_err() {
        // SQLite has already rolled back by itself when the disk was full; then this finds nothing to do.
        let _ = sqlx::query("ROLLBACK").execute(&mut *db).await;
    }
    ended
}

async fn run_all(
    db: &mut SqliteConnection,
    batch: &mut [Box<dyn Job>],
    outcomes: &mut Vec<Result<()>>,
) -> Result<()> {
    for job in batch {
        sqlx::query("SAVEPOINT job").execute(&mut *db).await?;
        let outcome = job.run(db).await;
        let end = if outcome.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" };
        sqlx::query(end).execute(&mut *db).await.map_err(|lost| match &outcome {
            // The whole transaction is gone, as after SQLITE_FULL: the job's own error is the cause.
            Err(cause) => again(cause).unwrap_or_else(|| lost.into()),
            Ok(()) => lost.into(),
        })?;
        outcomes.push(outcome);
    }
    Ok(())
}

fn again(cause: &StoreError) -> Option<StoreError> {
    match cause {
        StoreError::Full => Some(StoreError::Full),
        StoreError::ReadOnly => Some(StoreError::ReadOnly),
        StoreError::Busy => Some(StoreError::Busy),
        _ => None,
    }
}
