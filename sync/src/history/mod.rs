//! History: every mailbox of an IMAP primary onto the film, newest first, and then whatever changes.
//!
//! ```text
//!   look ── sign in ── LIST ──┬─ folders that stand as last time: nothing is asked
//!                             ├─ new, or not read to the end: backfill, newest first, within the window
//!                             ├─ otherwise: what came (UID >= UIDNEXT), flags, what is gone   (QRESYNC, or by comparing)
//!                             └─ no longer listed: gone, unless the mailbox looks like another one
//! ```
//!
//! What is seen is committed in batches, and the cursor of a folder only with the last of them: whoever is killed goes on
//! from what is on film. A primary that was replaced (UIDVALIDITY changed, folders missing) is never read as deletion.

mod account;
mod changes;
mod copy;
mod folder;
mod folders;
mod ours;
mod roles;

use std::collections::HashMap;
use std::sync::Arc;

use imap::client::Status;
use mail::Timestamp;
use store::RegionStore;
use store::region::MailboxRow;
use tokio::sync::watch;

pub use self::account::{Session, Settings, security};
pub(crate) use self::copy::uid_set;
pub(crate) use self::ours::marks;
pub use self::ours::{mark, ours};
pub(crate) use self::roles::role_by_name;
use crate::{Finding, Pace, Result, SyncError};

/// Who tells the time.
pub type Clock = fn() -> Timestamp;

/// The connector. A cheap clone.
#[derive(Clone, Debug)]
pub struct History {
    settings: Arc<Settings>,
    pace: Arc<Pace>,
    clock: Clock,
}

/// What is remembered of a mailbox between looks, so that folders in which nothing happened cost nothing. It may be forgotten.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    folders: HashMap<String, Status>,
    looks: u32,
}

/// What a look came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Messages that are new on film.
    pub messages: u64,
    /// Their octets.
    pub bytes: u64,
    /// Flags and deletions.
    pub changes: u64,
    /// What is odd.
    pub findings: Vec<Finding>,
}

/// One look at one mailbox.
pub(crate) struct Visit<'a> {
    region: &'a RegionStore,
    mailbox: &'a MailboxRow,
    settings: &'a Settings,
    pace: &'a Pace,
    clock: Clock,
    halt: watch::Receiver<bool>,
    looked: Looked,
}

impl Visit<'_> {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Nothing more is copied once sync is frozen.
    fn go_on(&self) -> Result<()> {
        if *self.halt.borrow() { Err(SyncError::Frozen) } else { Ok(()) }
    }

    fn refine(&self, error: imap::Error) -> SyncError {
        SyncError::imap(&self.settings.primary(), error)
    }
}

impl History {
    /// A connector; it calls nobody yet.
    #[must_use]
    pub fn new(settings: Settings, clock: Clock) -> Self {
        let pace = Arc::new(Pace::new(settings.bytes_per_s));
        Self { settings: Arc::new(settings), pace, clock }
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who tells the time.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Signs in to a mailbox, for failback.
    ///
    /// # Errors
    /// When the primary is down, slow, refuses or answers rubbish.
    pub async fn sign_in(&self, address: &str) -> Result<Session> {
        Session::open(&self.settings, address).await
    }

    /// Brings the film of one mailbox up to date. It stops early when `halt` becomes true.
    ///
    /// # Errors
    /// When the primary is down, slow, refuses or answers rubbish, or the store cannot write. What was seen until then
    /// is on film.
    pub async fn look(
        &self,
        region: &RegionStore,
        mailbox: &MailboxRow,
        memory: &mut Memory,
        halt: watch::Receiver<bool>,
    ) -> Result<Looked> {
        let (settings, pace) = (&*self.settings, &*self.pace);
        let mut visit = Visit { region, mailbox, settings, pace, clock: self.clock, halt, looked: Looked::default() };
        visit.go_on()?;
        let mut session = Session::open(settings, &mailbox.address).await?;
        let looking = visit.folders(&mut session, memory).await;
        session.close().await;
        memory.looks = memory.looks.wrapping_add(1);
        looking.map(|()| visit.looked)
    }
}
