//! Who does what, where several nodes share a database: work that one of them does at a time is leased.
//!
//! ```text
//!   start ──> incarnation 7 of node "b", alive for 15 s, renewed every 4 s
//!   lease("sync 12") ── free, or its holder no longer lives ──> ours, until we die or let go
//!
//!   under(lease).write ──> BEGIN · is the lease still ours? · the write · COMMIT
//!                                       no ──> Fenced: a node that slept past its lease changes nothing
//! ```
//!
//! The incarnation is the fence number: it rises with every start of any node, and whoever takes a lease over writes
//! its own. Life is told by the database's clock, so that nodes' clocks may differ. A second process under a node's name
//! takes that name's place, and all that the first held.
//!
//! On SQLite there is one node: the folder's lock is its lease, and nothing is written. A row here may be forged by
//! whoever can write the database: that stops work or does it twice, and makes nobody trust anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::committer::{Committer, Work};
use crate::db::{self, Conn, Pool, Task};
use crate::{Result, StoreError};

/// How often a node says that it lives.
const BEAT: Duration = Duration::from_secs(4);

const ENTER: &str = "INSERT INTO node (name, incarnation, alive_until)
    SELECT ?1, coalesce(max(incarnation), 0) + 1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 15000 FROM node
    ON CONFLICT (name) DO UPDATE SET incarnation = excluded.incarnation, alive_until = excluded.alive_until
    RETURNING incarnation";
const LIVE: &str = "UPDATE node SET alive_until = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 15000
    WHERE incarnation = ?1";
const LEAVE: &str = "UPDATE node SET alive_until = 0 WHERE incarnation = ?1";
/// Who holds it, and whether that node lives.
const HOLDER: &str = "SELECT l.holder, count(n.name) FROM lease l LEFT JOIN node n ON n.incarnation = l.holder
    AND n.alive_until > (extract(epoch FROM clock_timestamp()) * 1000)::bigint WHERE l.name = ?1 GROUP BY l.holder";
const TAKE: &str = "INSERT INTO lease (name, holder) SELECT ?1, ?2 WHERE EXISTS (SELECT 1 FROM node WHERE incarnation = ?2)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder WHERE ?3 = 1 OR NOT EXISTS (SELECT 1 FROM node WHERE incarnation = lease.holder
    AND alive_until > (extract(epoch FROM clock_timestamp()) * 1000)::bigint) RETURNING holder";
const HELD: &str = "SELECT 1 FROM lease WHERE name = ?1 AND holder = ?2";

/// A piece of work that is this node's to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    name: Arc<str>,
    fence: i64,
    /// Somebody else may have had it until now: what is remembered of the work may be old.
    pub is_new: bool,
}

impl Lease {
    /// Whether it is ours in this transaction.
    async fn check(&self, db: &mut Conn) -> Result<()> {
        if self.fence == 0 {
            return Ok(());
        }
        let held: Option<i64> = db::query_scalar(HELD).bind(&*self.name).bind(self.fence).fetch_optional(db).await?;
        held.map(|_| ()).ok_or_else(|| StoreError::Fenced(self.name.to_string()))
    }
}

/// Runs `work`, if the lease it is done under, if any, is still ours.
pub(crate) async fn write_under<T, F>(committer: &Committer, lease: Option<&Arc<Lease>>, work: F) -> Result<T>
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> Work<'c, T> + Send + 'static,
{
    let Some(lease) = lease.filter(|lease| lease.fence > 0).cloned() else { return committer.write(work).await };
    committer
        .write(move |db| {
            Box::pin(async move {
                lease.check(db).await?;
                work(db).await
            })
        })
        .await
}

/// This node's place among those that share a database.
#[derive(Clone)]
pub(crate) struct Seat {
    committer: Committer,
    readers: Pool,
    node: Arc<str>,
    /// 0 on SQLite.
    incarnation: Arc<AtomicI64>,
}

impl Seat {
    /// Takes the place; on SQLite there is nobody to share it with.
    pub(crate) async fn take(committer: Committer, readers: Pool, node: &str) -> Result<Self> {
        let seat = Self { committer, readers, node: node.into(), incarnation: Arc::default() };
        if matches!(seat.readers, Pool::Postgres(_)) {
            seat.enter().await?;
        }
        Ok(seat)
    }

    async fn enter(&self) -> Result<()> {
        let node = self.node.to_string();
        let enter = db::query_scalar(ENTER).bind(node);
        let entered = self.committer.write(move |db| Box::pin(async move { enter.fetch_one(db).await })).await?;
        self.incarnation.store(entered, Ordering::Relaxed);
        Ok(())
    }

    /// This start's number; 0 on SQLite.
    pub(crate) fn fence(&self) -> i64 {
        self.incarnation.load(Ordering::Relaxed)
    }

    /// Says that this node lives, for as long as the task does.
    pub(crate) fn beat(&self) -> Option<Task> {
        let seat = self.clone();
        (self.fence() > 0).then(|| {
            Task::spawn(async move {
                loop {
                    tokio::time::sleep(BEAT).await;
                    match seat.change(LIVE).await {
                        Ok(0) => tracing::error!(
                            node = &*seat.node,
                            "another relais runs under this node's name; give each a `node` of its own and restart"
                        ),
                        Ok(_) => {}
                        Err(error) => tracing::warn!(%error, "this node could not say that it lives"),
                    }
                }
            })
        })
    }

    /// Lets go of everything at once.
    pub(crate) async fn leave(&self) -> Result<()> {
        if self.fence() > 0 {
            self.change(LEAVE).await?;
        }
        Ok(())
    }

    async fn change(&self, update: &'static str) -> Result<u64> {
        let update = db::query(update).bind(self.fence());
        self.committer.write(move |db| Box::pin(async move { Ok(update.execute(db).await?.rows_affected()) })).await
    }

    /// Whether a lease is this node's, taking nothing.
    pub(crate) async fn holds(&self, name: &str) -> Result<bool> {
        let held = db::query_scalar(HELD).bind(name).bind(self.fence()).fetch_optional(&self.readers);
        let held: Option<i64> = held.await?;
        Ok(self.fence() == 0 || held.is_some())
    }

    /// Takes a lease that is free or ours; nothing when another node that lives holds it. `seize` takes it all the same:
    /// what that node does under it from now on is refused.
    pub(crate) async fn lease(&self, name: &str, seize: bool) -> Result<Option<Lease>> {
        let (fence, name): (_, Arc<str>) = (self.fence(), name.into());
        if fence == 0 {
            return Ok(Some(Lease { name, fence, is_new: false }));
        }
        let found: Option<(i64, i64)> = db::query_as(HOLDER).bind(&*name).fetch_optional(&self.readers).await?;
        match found {
            Some((holder, _)) if holder == fence => return Ok(Some(Lease { name, fence, is_new: false })),
            Some((_, 1)) if !seize => return Ok(None),
            _ => {}
        }
        let take = db::query_scalar(TAKE).bind(&*name).bind(fence).bind(i64::from(seize));
        let taken = self.committer.write(move |db| Box::pin(async move { take.fetch_optional(db).await })).await?;
        let taken: Option<i64> = taken;
        Ok(taken.map(|_| Lease { name, fence, is_new: true }))
    }
}
