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
mod contact;
mod credentials;
mod entry;
mod entry_row;
mod findings;
mod group;
mod guard;
mod ledger;
mod lookup;
mod observe;
mod pages;
mod refused;
mod resolve;
mod run;
mod runs;
mod sessions;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use account::{Credential, CredentialId, CredentialKind, Owner, Role, Session, SessionsOf};
pub use audit::{AuditEntry, Chain};
pub use entry::{AsOf, Counts, Entry, EntryKind, OWN_SOURCE, Observed, Resolved, Sighting};
pub use findings::Tampered;
pub use pages::EntryPage;
pub use refused::RefusedSignIns;
pub use run::{Approval, Phase, RunKind, RunRow};
use sqlx::migrate::Migrator;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use self::contact::ContactKeys;
use self::guard::Guard;
use crate::committer::Work;
use crate::engine::{Engine, Pages};
use crate::{Result, StoreConfig, StoreError};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/directory");

/// The directory database. A cheap clone.
#[derive(Clone)]
pub struct Directory {
    engine: Engine,
    guard: Arc<Guard>,
    contacts: Arc<ContactKeys>,
    books: Arc<book::Books>,
}

impl Directory {
    /// Opens or makes `directory.db` in the data folder.
    ///
    /// # Errors
    /// Those of opening a database; [`StoreError::Refused`] without a region.
    pub(crate) async fn open(config: &StoreConfig) -> Result<Self> {
        let engine = Engine::open(&config.data.join("directory.db"), &MIGRATIONS, Pages::Small).await?;
        let guard = Arc::new(Guard::new(&config.keys));
        let region = config
            .regions
            .first()
            .ok_or_else(|| StoreError::Refused("a store needs at least one region".to_owned()))?;
        let contacts = Arc::new(ContactKeys::new(region));
        let directory = Self { engine, guard, contacts, books: Arc::default() };
        directory.write(|db, guard| Box::pin(ledger::begin(db, guard))).await?;
        directory.provision_contact_key().await?;
        Ok(directory)
    }

    /// One view of the database for several reads: it ends when it is dropped.
    async fn reading(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.engine.readers.begin().await?)
    }

    /// Runs `work` in the next transaction; it is on disk when this resolves.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection, &'c Guard) -> Work<'c, T> + Send + 'static,
    {
        let guard = Arc::clone(&self.guard);
        self.engine.committer.write(move |db| Box::pin(async move { work(db, &guard).await })).await
    }
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Directory")
    }
}
