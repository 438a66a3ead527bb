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
//!
//! Several nodes on one PostgreSQL write in turn, each for all that gathered at it meanwhile. So there is nobody to
//! deadlock with, UIDs and film events appear in the order of their numbers (who saw UIDNEXT sees nothing come below it),
//! and a job is written once, for either engine, as if it were alone. A node that stands still in a transaction loses
//! it after 15 s (`db::cluster`), one that dies at once.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::db::{self, Cluster, Conn, Pool};
use crate::trouble::{Hindrance, Trouble};
use crate::{Result, StoreError};

/// The most jobs in one transaction.
const BATCH_JOBS: usize = 256;

/// Either engine has one writer at a time: SQLite by its file's lock, PostgreSQL by one that its nodes take in turn and
/// that ends with the transaction, however it ends. The lock comes before the view of the database, which is one for the whole
/// transaction then: what somebody else commits meanwhile is not taken for ours.
const BEGIN: db::Sql = db::Sql {
    sqlite: "BEGIN IMMEDIATE; SAVEPOINT job",
    postgres: "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE turn IN EXCLUSIVE MODE; SAVEPOINT job",
};
/// How long PostgreSQL may take for one transaction before it counts as lost; what came of it nobody knows then.
const LOST: Duration = Duration::from_secs(60);
/// Without a job for as long, the store is idle.
const IDLE: Duration = Duration::from_secs(3);

/// What a job does: a future on the connection it is lent.
pub(crate) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'c>>;

/// Looks after every transaction, whatever its jobs are. What it writes is part of it, and its error ends it.
pub(crate) trait Warden: Send + Sync {
    /// Before the first job.
    fn begun<'c>(&'c self, db: &'c mut Conn) -> Work<'c, ()>;
    /// After the last one.
    fn ending<'c>(&'c self, db: &'c mut Conn) -> Work<'c, ()>;
    /// Whether it got on since it was last asked: what takes long is not lost.
    fn got_on(&self) -> bool;
}

/// The one that a database has, once it has one.
type Guarded = Arc<OnceLock<Arc<dyn Warden>>>;

/// A handle to a database's writer task. The task ends when the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Committer {
    jobs: mpsc::Sender<Box<dyn Job>>,
    trouble: Arc<Trouble>,
    warden: Guarded,
}

impl Committer {
    /// Starts the writer on a pool of one connection.
    pub(crate) fn start(writer: Pool, cluster: Option<Arc<Cluster>>) -> Self {
        let (jobs, gathered) = mpsc::channel(BATCH_JOBS * 2);
        let trouble = Arc::new(Trouble::default());
        let warden = Guarded::default();
        let writing = Writing { writer, cluster, warden: Arc::clone(&warden) };
        tokio::spawn(run(writing, gathered, Arc::clone(&trouble)));
        Self { jobs, trouble, warden }
    }

    /// From the next transaction on `warden` looks after each; the first one stays.
    pub(crate) fn guarded_by(&self, warden: Arc<dyn Warden>) {
        let _ = self.warden.set(warden);
    }

    /// Why the last transaction was not kept, if it was not.
    pub(crate) fn hindrance(&self) -> Option<Hindrance> {
        self.trouble.now()
    }

    /// Runs `work` in the next transaction. When this resolves with `Ok`, it is on disk. A caller that
    /// stops waiting does not stop the job.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> Work<'c, T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task { work: Some(work), value: None, reply };
        self.jobs.send(Box::new(task)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

trait Job: Send {
    fn run<'c>(&'c mut self, db: &'c mut Conn) -> Work<'c, ()>;
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
    F: for<'c> FnOnce(&'c mut Conn) -> Work<'c, T> + Send + 'static,
{
    fn run<'c>(&'c mut self, db: &'c mut Conn) -> Work<'c, ()> {
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

/// What the writer task writes with.
struct Writing {
    writer: Pool,
    cluster: Option<Arc<Cluster>>,
    warden: Guarded,
}

async fn run(writing: Writing, mut gathered: mpsc::Receiver<Box<dyn Job>>, trouble: Arc<Trouble>) {
    let Writing { writer, cluster, warden } = writing;
    let mut batch = Vec::with_capacity(BATCH_JOBS);
    while gather(&writer, &mut gathered, &mut batch).await > 0 {
        let mut outcomes = Vec::with_capacity(batch.len());
        let committed = commit((&writer, warden.get()), &mut batch, &mut outcomes).await;
        trouble.observe(&committed);
        if let (Err(StoreError::Busy | StoreError::Engine(_)), Some(cluster)) = (&committed, &cluster) {
            cluster.lost();
        }
        let shared = committed.err().map(Arc::new);
        let mut outcomes = outcomes.into_iter();
        for job in batch.drain(..) {
            let own = outcomes.next().unwrap_or(Ok(()));
            job.answer(match &shared {
                Some(cause) => Err(again(cause).unwrap_or_else(|| StoreError::Commit(Arc::clone(cause)))),
                None => own,
            });
        }
    }
    writer.close().await;
}

/// Waits for jobs. When none comes for a while after some were done, the write-ahead log goes where it belongs and
/// gives its room back.
async fn gather(writer: &Pool, gathered: &mut mpsc::Receiver<Box<dyn Job>>, batch: &mut Vec<Box<dyn Job>>) -> usize {
    loop {
        if let Ok(count) = tokio::time::timeout(IDLE, gathered.recv_many(batch, BATCH_JOBS)).await {
            return count;
        }
        // PostgreSQL looks after its own. A reader may hold SQLite's back: then it is tried again.
        if !matches!(writer, Pool::Sqlite(_)) || empty_log(writer).await.unwrap_or(false) {
            return gathered.recv_many(batch, BATCH_JOBS).await;
        }
    }
}

/// Whether the write-ahead log is empty now. Waits for nobody: the next job may come at any moment.
async fn empty_log(writer: &Pool) -> Result<bool> {
    let mut db = writer.acquire().await?;
    db::query("PRAGMA busy_timeout = 0").execute(&mut db).await?;
    let checkpoint = db::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut db).await;
    db::query("PRAGMA busy_timeout = 5000").execute(&mut db).await?;
    let (is_busy, _, _): (i64, i64, i64) = checkpoint?;
    Ok(is_busy == 0)
}

/// One transaction. Fills in one outcome a job; an error means that nothing at all was kept.
async fn commit(
    (writer, warden): (&Pool, Option<&Arc<dyn Warden>>),
    batch: &mut [Box<dyn Job>],
    outcomes: &mut Vec<Result<()>>,
) -> Result<()> {
    let mut db = writer.acquire().await?;
    let running = run_all(&mut db, warden, batch, outcomes);
    let ended = match writer {
        Pool::Sqlite(_) => running.await,
        // A machine that went away without a word would be waited for until its connection ends, which takes hours.
        Pool::Postgres(_) => unless_lost(running, warden).await,
    };
    if ended.is_err() {
        db.give_up().await;
    }
    ended
}

/// Waits for a transaction as long as it takes [`LOST`] at most, or its warden gets on.
async fn unless_lost(running: impl Future<Output = Result<()>>, warden: Option<&Arc<dyn Warden>>) -> Result<()> {
    let mut running = std::pin::pin!(running);
    loop {
        match tokio::time::timeout(LOST, running.as_mut()).await {
            Ok(ended) => return ended,
            Err(_) if warden.is_some_and(|warden| warden.got_on()) => {}
            Err(_) => return Err(StoreError::Busy),
        }
    }
}

/// Each call is a trip to the engine's thread and back: what ends one job begins the next.
async fn run_all(
    db: &mut Conn,
    warden: Option<&Arc<dyn Warden>>,
    batch: &mut [Box<dyn Job>],
    outcomes: &mut Vec<Result<()>>,
) -> Result<()> {
    db::query(BEGIN).steer(db).await?;
    if let Some(warden) = warden {
        warden.begun(db).await?;
    }
    let jobs = batch.len();
    for (number, job) in (1..).zip(batch) {
        let outcome = job.run(db).await;
        let end = match (&outcome, number == jobs, warden) {
            (Ok(()), false, _) => "RELEASE job; SAVEPOINT job",
            (Ok(()), true, None) => "RELEASE job; COMMIT",
            (Ok(()), true, Some(warden)) => {
                warden.ending(db).await?;
                "RELEASE job; COMMIT"
            }
            // The savepoint itself stays, and serves the next job.
            (Err(_), false, _) | (Err(_), true, Some(_)) => "ROLLBACK TO job",
            (Err(_), true, None) => "ROLLBACK TO job; RELEASE job; COMMIT",
        };
        db::query(end).steer(db).await.map_err(|lost| match &outcome {
            // The whole transaction is gone, as after SQLITE_FULL: the job's own error is the cause.
            Err(cause) => again(cause).unwrap_or(lost),
            Ok(()) => lost,
        })?;
        if let (Err(_), true, Some(warden)) = (&outcome, number == jobs, warden) {
            warden.ending(db).await?;
            db::query("RELEASE job; COMMIT").steer(db).await?;
        }
        outcomes.push(outcome);
    }
    Ok(())
}

/// The same diagnosis once more, where somebody decides on it.
fn again(cause: &StoreError) -> Option<StoreError> {
    match cause {
        StoreError::Full => Some(StoreError::Full),
        StoreError::ReadOnly => Some(StoreError::ReadOnly),
        StoreError::Busy => Some(StoreError::Busy),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]
    use sqlx::Connection as _;
    use sqlx::SqliteConnection;
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

    use super::*;

    async fn committer(folder: &std::path::Path) -> Committer {
        let options = SqliteConnectOptions::new().filename(folder.join("t.db")).create_if_missing(true);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        let committer = Committer::start(Pool::Sqlite(pool), None);
        run_sql(&committer, "CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB)").await.unwrap();
        committer
    }

    async fn run_sql(committer: &Committer, sql: &'static str) -> Result<()> {
        committer.write(move |db| Box::pin(async move { db::query(sql).execute(db).await.map(|_| ()) })).await
    }

    async fn count(committer: &Committer) -> i64 {
        let select = "SELECT count(*) FROM t";
        committer.write(move |db| Box::pin(async move { db::query_scalar(select).fetch_one(db).await })).await.unwrap()
    }

    #[tokio::test]
    async fn a_full_disk_is_named_and_forgotten_once_there_is_room() {
        let folder = tempfile::tempdir().unwrap();
        let committer = committer(folder.path()).await;
        run_sql(&committer, "PRAGMA max_page_count = 10").await.unwrap();
        let full = run_sql(&committer, "INSERT INTO t (b) VALUES (zeroblob(100000))").await.unwrap_err();
        assert!(matches!(full, StoreError::Full), "{full:?}");
        assert!(full.is_transient() && !full.hint().is_empty());
        assert_eq!(committer.hindrance().map(|(_, hint)| hint), Some(StoreError::Full.hint()));
        run_sql(&committer, "PRAGMA max_page_count = 100000").await.unwrap();
        run_sql(&committer, "INSERT INTO t (b) VALUES (zeroblob(100000))").await.unwrap();
        assert_eq!(count(&committer).await, 1);
        assert_eq!(committer.hindrance(), None);
    }

    #[tokio::test]
    async fn a_database_that_may_not_be_written_is_named_so() {
        let folder = tempfile::tempdir().unwrap();
        let committer = committer(folder.path()).await;
        run_sql(&committer, "PRAGMA query_only = 1").await.unwrap();
        assert!(matches!(run_sql(&committer, "INSERT INTO t (n) VALUES (1)").await, Err(StoreError::ReadOnly)));
    }

    #[tokio::test]
    async fn the_log_gives_its_room_back_unless_somebody_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let options = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await.unwrap();
        sqlx::query("CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB)").execute(&pool).await.unwrap();
        let writer = Pool::Sqlite(pool.clone());
        let mut reader = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query("BEGIN").execute(&mut reader).await.unwrap();
        sqlx::query("SELECT * FROM t").fetch_all(&mut reader).await.unwrap();
        sqlx::query("INSERT INTO t (b) VALUES (zeroblob(100000))").execute(&pool).await.unwrap();
        assert!(!empty_log(&writer).await.unwrap(), "somebody reads what was before");
        sqlx::query("COMMIT").execute(&mut reader).await.unwrap();
        assert!(empty_log(&writer).await.unwrap());
        assert_eq!(std::fs::metadata(folder.path().join("t.db-wal")).unwrap().len(), 0);
    }

    #[tokio::test]
    async fn a_job_that_fails_takes_nothing_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let committer = committer(folder.path()).await;
        let good = run_sql(&committer, "INSERT INTO t (n) VALUES (1)");
        let bad = run_sql(&committer, "INSERT INTO t (n) VALUES (2), (1)");
        let other = run_sql(&committer, "INSERT INTO t (n) VALUES (3)");
        let (good, bad, other) = tokio::join!(good, bad, other);
        assert!(good.is_ok() && other.is_ok());
        assert!(matches!(bad, Err(StoreError::Exists(_))));
        assert_eq!(count(&committer).await, 2);
    }
}
