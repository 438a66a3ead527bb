//! One region: the film of its mailboxes, their view, its queue, and the seals on all of it.
//!
//! ```text
//!  connector ─ record ─> film ─┐                       ┌─ folders, messages, flags <─> imap, webmail
//!                              ├─ lay_out ─> placement ┤
//!  reception ─ accept ─> film ─┘   (clean point)       └─ changes ─> failback
//!                  └───> outgoing ─ due, settle ─> the world
//! ```
//!
//! Rows are sealed in the caller's task and only written in the committer's. Reading content needs the
//! mailbox unsealed; lists, flags and laying out do not.

mod accept;
mod arrival;
mod bell;
mod blob;
mod census;
mod clean_point;
mod content;
mod draft;
mod epoch;
mod event;
mod failback;
mod film;
mod findings;
mod layout;
mod mailbox;
mod marks;
mod placed;
mod provision;
mod queue;
mod search;
mod seen;
mod sweep;
mod unseal;
mod view;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::db::{self, Conn};
use mail::{Region, Timestamp};
use sqlx::migrate::Migrator;

pub use arrival::{Arrival, Deliver, Due, Outcome, Queued, RelayTo};
pub use census::Census;
pub use draft::{Draft, DraftKind, DraftPart, DraftRow, DraftState, Original, Saved, Sending};
pub use mailbox::{MailboxRow, NewMailbox};
pub use placed::{
    Change, CleanPoint, FlagChange, Folder, LaidOut, Neighbours, Only, Page, PageAsk, PageFrom, Place, Placed,
};
pub use search::Hit;
pub use seen::{Cursor, PathMac, Seen, SourceFolder, SourceUid};

use crate::committer::Work;
use crate::engine::{Engine, Migrations, Pages};
use crate::lock::FolderLock;
use crate::seal::Ring;
use crate::{ContentId, HouseKeys, RegionConfig, Result, StoreConfig, StoreError};

static SQLITE: Migrator = sqlx::migrate!("migrations/region");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres/region");
const MIGRATIONS: Migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

/// The store of one region. A cheap clone.
#[derive(Clone)]
pub struct RegionStore {
    inner: Arc<Inner>,
}

struct Inner {
    name: Region,
    node: String,
    unlock_public: [u8; 32],
    keys: HouseKeys,
    engine: Engine,
    blobs: blob::Blobs,
    ring: Ring,
    bells: bell::Bells,
    findings: findings::Findings,
    views: view::Views,
    searches: search::Searches,
    /// The latest moment anybody told: the store reads no clock.
    heard_ms: AtomicI64,
    _lock: Arc<FolderLock>,
}

impl RegionStore {
    pub(crate) async fn open(config: &StoreConfig, region: &RegionConfig, lock: Arc<FolderLock>) -> Result<Self> {
        let address = region.database.address(&config.data, &format!("region-{}", region.name));
        let engine = Engine::open(&address, MIGRATIONS, Pages::OfMail).await?;
        let inner = Inner {
            name: region.name.clone(),
            node: config.node.clone(),
            unlock_public: region.unlock_public,
            keys: config.keys.clone(),
            engine,
            blobs: blob::Blobs::open(&region.blobs, &config.data, &region.name)?,
            ring: Ring::default(),
            bells: bell::Bells::default(),
            findings: findings::Findings::default(),
            views: view::Views::default(),
            searches: search::Searches::default(),
            heard_ms: AtomicI64::new(0),
            _lock: lock,
        };
        let store = Self { inner: Arc::new(inner) };
        store.hear_the_last_moment().await?;
        store.drop_leases().await?;
        Ok(store)
    }

    /// The region's name.
    #[must_use]
    pub fn name(&self) -> &Region {
        &self.inner.name
    }

    /// Takes note of the present moment.
    fn hear(&self, now: Timestamp) {
        self.inner.heard_ms.fetch_max(now.as_ms(), Ordering::Relaxed);
    }

    /// The latest moment anybody told.
    fn heard(&self) -> Timestamp {
        Timestamp::from_ms(self.inner.heard_ms.load(Ordering::Relaxed))
    }

    /// After a start, time goes on from the last thing written.
    async fn hear_the_last_moment(&self) -> Result<()> {
        let newest = "SELECT coalesce((SELECT created_at FROM content ORDER BY row DESC LIMIT 1), 0),
                             coalesce((SELECT max(created_at) FROM mailbox), 0)";
        let (content, mailbox): (i64, i64) = db::query_as(newest).fetch_one(&self.inner.engine.readers).await?;
        self.hear(Timestamp::from_ms(content.max(mailbox)));
        Ok(())
    }

    /// Writes through the committer.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> Work<'c, T> + Send + 'static,
    {
        self.inner.engine.committer.write(work).await
    }

    /// Leases of a process that is gone mean nothing: this one holds the folder's lock.
    async fn drop_leases(&self) -> Result<()> {
        let drop = "UPDATE outgoing_recipient SET leased_until = 0 WHERE leased_until <> 0";
        self.write(move |db| Box::pin(async move { db::query(drop).execute(db).await.map(|_| ()) })).await
    }
}

/// A list of numbers for `json_each`.
fn json(numbers: impl IntoIterator<Item = i64>) -> String {
    let numbers: Vec<String> = numbers.into_iter().map(|number| number.to_string()).collect();
    format!("[{}]", numbers.join(","))
}

/// A content id as a column has it.
fn content_id(bytes: &[u8]) -> Result<ContentId> {
    let id = bytes.try_into().map_err(|_| StoreError::Tampered("a content id".to_owned()))?;
    Ok(ContentId(id))
}
