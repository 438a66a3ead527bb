//! The directory: who the organisation is, as of any moment; who may sign in; what was run; who did what.
//!
//! ```text
//!   observe(sightings) ──> entry: one row a version      |––v1––|––v2––|–––v3 ...      seen_from .. seen_until
//!                                                              ▲
//!   resolve(address, Before(clean point)) ─────────────────────┘  what an attacker changed later does not count
//!
//!   row ── MAC under the integrity key        ledger ── which rows there are        audit ── a chain of seals
//! ```
//!
//! A row that somebody else changed, added, removed or put back is a finding ([`Directory::findings`]) and
//! is not used: asking for it fails with [`StoreError::Tampered`], so that mail waits instead of bouncing.
//! External contacts are sealed to the unlock key. How mailboxes are stored is `region`'s, how secrets are made and checked `identity`'s.

mod account;
mod audit;
mod book;
mod change;
mod checkpoint;
mod contact;
mod credentials;
mod entry;
mod entry_row;
mod findings;
mod group;
mod guard;
mod heads;
mod ledger;
mod ledger_head;
mod lookup;
mod observe;
mod pages;
mod pins;
mod refused;
mod resolve;
mod run;
mod runs;
mod sessions;
#[cfg(test)]
mod tests;
mod told;

use std::sync::Arc;

pub use account::{Credential, CredentialId, CredentialKind, Owner, Role, Session, SessionsOf};
pub use audit::{AuditEntry, Chain, ROTATION_BEGAN, ROTATION_ENDED};
pub use checkpoint::{Checkpoint, link};
pub use entry::{AsOf, Counts, Entry, EntryKind, OWN_SOURCE, Observed, Resolved, Sighting};
pub use findings::Tampered;
pub(crate) use heads::DirectoryHead;
pub(crate) use ledger_head::COUNTED_AS;
pub use pages::EntryPage;
pub use refused::RefusedSignIns;
pub use run::{Approval, Phase, RunKind, RunRow};
use sqlx::migrate::Migrator;

use self::contact::ContactKeys;
use self::guard::Guard;
use crate::committer::Work;
use crate::damage::{Damage, damaged_pages};
use crate::db::{Conn, Reading};
use crate::engine::{Engine, Migrations, Pages};
use crate::lease::{self, Lease, Seat};
use crate::{Hindrance, Result, StoreConfig, StoreError};

static SQLITE: Migrator = sqlx::migrate!("migrations/directory");
pub(crate) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres/directory");
const MIGRATIONS: Migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

/// The directory database. A cheap clone.
#[derive(Clone)]
pub struct Directory {
    engine: Engine,
    guard: Arc<Guard>,
    contacts: Arc<ContactKeys>,
    books: Arc<book::Books>,
    seat: Seat,
    /// What is written is refused once another node has it.
    lease: Option<Arc<Lease>>,
    followed: Arc<told::Followed>,
    damage: Arc<Damage>,
}

impl Directory {
    /// Opens or makes `directory.db` in the data folder.
    ///
    /// # Errors
    /// Those of opening a database; [`StoreError::Refused`] without a region.
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self> {
        let address = config.database.address(&config.data, "directory");
        let engine = Engine::open(&address, MIGRATIONS, Pages::Small).await?;
        let guard = Arc::new(Guard::new(&config.keys));
        let region = config
            .regions
            .first()
            .ok_or_else(|| StoreError::Refused("a store needs at least one region".to_owned()))?;
        let contacts = Arc::new(ContactKeys::new(region));
        let seat = Seat::take(engine.committer.clone(), engine.readers.clone(), &config.node).await?;
        let followed = Arc::default();
        let directory = Self {
            engine,
            guard,
            contacts,
            books: Arc::default(),
            seat,
            lease: None,
            followed,
            damage: Arc::default(),
        };
        directory.follow_others().await;
        directory.write(|db, guard| Box::pin(ledger::begin(db, guard))).await?;
        directory.write(|db, guard| Box::pin(ledger_head::begin(db, guard))).await?;
        directory.provision_contact_key().await?;
        Ok(directory)
    }

    /// One view of the database for several reads: it ends when it is dropped.
    pub(crate) async fn reading(&self) -> Result<Reading> {
        self.engine.readers.reading().await
    }

    /// Runs `work` in the next transaction; it is on disk when this resolves.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn, &'c Guard) -> Work<'c, T> + Send + 'static,
    {
        let guard = Arc::clone(&self.guard);
        let committer = &self.engine.committer;
        let lease = self.lease.as_ref();
        lease::write_under(committer, lease, move |db| Box::pin(async move { work(db, &guard).await })).await
    }

    /// Work that one node does at a time. Nothing when another that lives has it.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn lease(&self, name: &str) -> Result<Option<Lease>> {
        self.seat.lease(name, false).await
    }

    /// Takes work from whichever node has it: what that one writes under its lease from now on is refused.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn seize(&self, name: &str) -> Result<Option<Lease>> {
        self.seat.lease(name, true).await
    }

    /// Whether work is this node's to do; takes nothing.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn holds(&self, name: &str) -> Result<bool> {
        self.seat.holds(name).await
    }

    /// The same directory, whose writes are refused with [`StoreError::Fenced`] once another node has the lease.
    #[must_use]
    pub fn under(&self, lease: Lease) -> Self {
        Self { lease: Some(Arc::new(lease)), ..self.clone() }
    }

    /// What is lost of the directory's database, as far as it was looked for since the start.
    #[must_use]
    pub fn damage(&self) -> Vec<String> {
        self.damage.all()
    }

    /// Why the last write to the directory was not kept, if it was not.
    #[must_use]
    pub fn hindrance(&self) -> Option<Hindrance> {
        self.engine.committer.hindrance()
    }

    /// Reads every page of the database; what is lost is among [`Self::damage`] afterwards.
    ///
    /// # Errors
    /// Those of reading, except where that is the damage.
    pub async fn look_for_damage(&self) -> Result<()> {
        self.damage.replace(damaged_pages(&self.engine.readers, "of the directory").await?);
        Ok(())
    }

    /// Lets other nodes take over all that this one holds.
    pub(crate) async fn leave(&self) -> Result<()> {
        self.seat.leave().await
    }
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Directory")
    }
}
