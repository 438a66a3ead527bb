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
mod damage;
mod draft;
mod due;
mod epoch;
mod event;
mod failback;
mod film;
mod findings;
mod handover;
mod held;
mod hold;
mod holdings;
mod layout;
mod mailbox;
mod marks;
mod moving;
mod place;
mod placed;
mod provision;
mod queue;
mod removal;
mod rotate;
mod said;
mod search;
mod seen;
mod shred;
mod sweep;
mod tally;
mod told;
mod unseal;
mod view;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::db::{self, Conn, Task};
use mail::{Region, Timestamp};
use sqlx::migrate::Migrator;
use tokio::sync::watch;

pub(crate) use blob::{client as bucket_client, location as bucket_location};

pub use arrival::{Arrival, Deliver, Due, DuePage, DuePlace, Outcome, Queued, RelayTo};
pub use census::Census;
pub use draft::{Draft, DraftKind, DraftPart, DraftRow, DraftState, Original, Saved, Sending};
pub use handover::OpenedKey;
pub(crate) use held::Bodies;
pub use hold::Hold;
pub use holdings::Holdings;
pub use mailbox::{MailboxRow, NewMailbox};
pub use moving::{Moved, Removed};
pub use place::Whereabouts;
pub use placed::{
    Change, CleanPoint, FlagChange, Folder, LaidOut, Neighbours, Only, Page, PageAsk, PageFrom, Place, Placed,
};
pub use removal::{Removal, Sum};
pub use rotate::Rotated;
pub use search::Hit;
pub use seen::{Cursor, PathMac, Seen, SourceFolder, SourceUid};
pub use tally::FilmHead;

use crate::committer::Work;
use crate::damage::Damage;
use crate::engine::{Engine, Migrations, Pages};
use crate::lease::{self, Lease, Seat};
use crate::lock::FolderLock;
use crate::seal::Ring;
use crate::trouble::Trouble;
use crate::{ContentId, Directory, HouseKeys, RegionConfig, Result, StoreConfig, StoreError};

static SQLITE: Migrator = sqlx::migrate!("migrations/region");
pub(crate) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres/region");
const MIGRATIONS: Migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

/// The store of one region. A cheap clone.
#[derive(Clone)]
pub struct RegionStore {
    inner: Arc<Inner>,
    /// What is written is refused once another node has it.
    lease: Option<Arc<Lease>>,
}

struct Inner {
    name: Region,
    node: String,
    /// Mail is known to be taken; when not, the row says.
    open: AtomicBool,
    unlock_public: [u8; 32],
    keys: HouseKeys,
    engine: Engine,
    seat: Seat,
    blobs: blob::Blobs,
    ring: Ring,
    /// Mailboxes that the unlock key did not open.
    misfits: AtomicU64,
    bells: bell::Bells,
    findings: Arc<findings::Findings>,
    keeper: Arc<tally::Keeper>,
    /// The log says that the region has tallies.
    counted: AtomicBool,
    /// The log's entry of the last time that findings were settled.
    settled: AtomicI64,
    damage: Damage,
    bodies: Trouble,
    views: view::Views,
    searches: search::Searches,
    /// The latest moment anybody told: the store reads no clock.
    heard_ms: AtomicI64,
    /// Changes with every message that waits to leave, of any node.
    outgoing: watch::Sender<u64>,
    tasks: OnceLock<Vec<Task>>,
    /// Where each mailbox is pinned.
    directory: Directory,
    whereabouts: Whereabouts,
    _locks: Vec<Arc<FolderLock>>,
}

impl RegionStore {
    pub(crate) async fn open(
        config: &StoreConfig,
        region: &RegionConfig,
        directory: &Directory,
        lock: &Arc<FolderLock>,
    ) -> Result<Self> {
        let locks = place::enter(region, directory, lock).await?;
        let whereabouts = place::look(config, region).await?;
        let address = region.database.address(&config.data, &format!("region-{}", region.name));
        let engine = Engine::open(&address, MIGRATIONS, Pages::OfMail).await?;
        let seat = Seat::take(engine.committer.clone(), engine.readers.clone(), &config.node).await?;
        let findings = Arc::new(findings::Findings::new(region.name.clone()));
        let keeper = Arc::new(tally::Keeper::new(&config.keys, region.name.as_str(), Arc::clone(&findings)));
        engine.committer.guarded_by(keeper.clone());
        let inner = Inner {
            name: region.name.clone(),
            node: config.node.clone(),
            open: AtomicBool::new(false),
            unlock_public: region.unlock_public,
            keys: config.keys.clone(),
            engine,
            seat,
            blobs: blob::Blobs::open(&region.blobs, &config.data, &region.name)?,
            ring: Ring::default(),
            bells: bell::Bells::default(),
            findings,
            keeper,
            counted: AtomicBool::new(false),
            settled: AtomicI64::new(0),
            damage: Damage::default(),
            bodies: Trouble::default(),
            views: view::Views::default(),
            searches: search::Searches::default(),
            misfits: AtomicU64::new(0),
            heard_ms: AtomicI64::new(0),
            outgoing: watch::Sender::new(0),
            tasks: OnceLock::new(),
            directory: directory.clone(),
            whereabouts,
            _locks: locks,
        };
        let store = Self { inner: Arc::new(inner), lease: None };
        store.follow_others().await;
        store.hear_the_last_moment().await?;
        store.drop_leases().await?;
        store.pin_all().await?;
        store.begin_tally().await?;
        store.tell_head().await?;
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

    /// The latest moment anybody told; after a start that of the last thing written.
    pub fn heard(&self) -> Timestamp {
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
        lease::write_under(&self.inner.engine.committer, self.lease.as_ref(), work).await
    }

    /// Work that one node does at a time. Nothing when another that lives has it.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn lease(&self, name: &str) -> Result<Option<Lease>> {
        self.inner.seat.lease(name, false).await
    }

    /// The same store, whose writes are refused with [`StoreError::Fenced`] once another node has the lease.
    #[must_use]
    pub fn under(&self, lease: Lease) -> Self {
        Self { inner: Arc::clone(&self.inner), lease: Some(Arc::new(lease)) }
    }

    /// Lets other nodes take over all that this one holds.
    pub(crate) async fn leave(&self) -> Result<()> {
        self.inner.seat.leave().await
    }

    /// Leases of a process that is gone mean nothing where this one holds the folder's lock; elsewhere the database
    /// knows which nodes live.
    async fn drop_leases(&self) -> Result<()> {
        if self.inner.seat.fence() > 0 {
            return Ok(());
        }
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
