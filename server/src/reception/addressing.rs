//! Whom an address means, by the directory as of the clean point.
//!
//! ```text
//!   address ─┬─ not our domain ─> Elsewhere
//!            └─ Directory::resolve(as of the clean point)
//!                 ├─ mailbox, or group expanded ─> Inside { owners, external }
//!                 └─ unknown ─> Unknown { certain: fresh when sync froze, and unknown today too }
//! ```
//!
//! Answers are remembered for a second: a burst of mail asks the same few questions.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use mail::{Address, Domain, Timestamp};
use store::directory::{AsOf, Entry, Resolved, RunKind};
use store::region::NewMailbox;
use store::{EntryId, MailboxId, RegionStore, Store, StoreError};
use tokio::sync::watch;

use crate::clock;
use crate::posture::Posture;

const REMEMBERED_MS: i64 = 1000;
const REMEMBERED_MAX: usize = 10_000;
/// A directory copy that was older than this when sync froze cannot say for certain who does not exist.
const FRESH_MS: i64 = 6 * 3_600_000;

/// Where mail for an address goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To people here, and to addresses that a group or a contact names elsewhere.
    Inside {
        /// Whose mailboxes.
        owners: Vec<EntryId>,
        /// Addresses elsewhere.
        external: Vec<Address>,
    },
    /// To a domain that is not ours.
    Elsewhere,
    /// To nobody we know.
    Unknown {
        /// The directory copy was fresh enough to say so for good.
        certain: bool,
    },
}

/// Resolves addresses.
pub struct Addressing {
    store: Store,
    domains: HashSet<Domain>,
    /// The directory connector whose copy has to be fresh; `None` when people are only entered here.
    source: Option<String>,
    /// Who reads the postmaster's mail where the directory names nobody.
    postmaster: Option<Address>,
    posture: watch::Receiver<Posture>,
    remembered: Mutex<Remembered>,
    /// Rung when something new waits to go out.
    outgoing: watch::Sender<()>,
}

#[derive(Default)]
struct Remembered {
    since: Timestamp,
    as_of: Option<AsOf>,
    found: HashMap<String, Destination>,
    mailboxes: HashMap<EntryId, (RegionStore, MailboxId)>,
}

impl Addressing {
    /// For the organisation's `domains`; `source` is the directory connector's name.
    #[must_use]
    pub fn new(
        store: Store,
        domains: impl IntoIterator<Item = Domain>,
        source: Option<String>,
        posture: watch::Receiver<Posture>,
        postmaster: Option<Address>,
    ) -> Arc<Self> {
        let (domains, remembered) = (domains.into_iter().collect(), Mutex::default());
        let outgoing = watch::Sender::new(());
        Arc::new(Self { store, domains, source, postmaster, posture, remembered, outgoing })
    }

    /// Changes when something new waits to go out.
    #[must_use]
    pub fn outgoing(&self) -> watch::Receiver<()> {
        self.outgoing.subscribe()
    }

    /// Something new waits to go out.
    pub fn ring_outgoing(&self) {
        self.outgoing.send_replace(());
    }

    /// Whether mail is accepted at all.
    #[must_use]
    pub fn is_accepting(&self) -> bool {
        self.posture.borrow().accepting
    }

    /// Whether the domain is ours.
    #[must_use]
    pub fn is_ours(&self, domain: &Domain) -> bool {
        self.domains.contains(domain)
    }

    /// Our domains' postmaster, for the path without a domain (RFC 5321 §4.5.1).
    pub async fn postmaster(&self) -> Result<Destination, StoreError> {
        for domain in &self.domains {
            let Ok(address) = Address::new("postmaster", domain.clone()) else { continue };
            let found = self.destination(&address).await?;
            if matches!(found, Destination::Inside { .. }) {
                return Ok(found);
            }
        }
        match &self.postmaster {
            Some(address) => self.destination(address).await,
            None => Ok(Destination::Unknown { certain: false }),
        }
    }

    /// Where mail for `address` goes.
    ///
    /// # Errors
    /// Those of the directory; mail then waits.
    pub async fn destination(&self, address: &Address) -> Result<Destination, StoreError> {
        if !self.is_ours(address.domain()) {
            return Ok(Destination::Elsewhere);
        }
        let as_of = self.as_of();
        let key = address.key();
        if let Some(known) = self.memory(as_of, |memory| memory.found.get(&key).cloned()) {
            return Ok(known);
        }
        let found = match self.ask(address, as_of).await? {
            // RFC 5321 §4.5.1: mail to the postmaster of each domain is taken.
            Destination::Unknown { .. } if address.local().eq_ignore_ascii_case("postmaster") => {
                self.instead(address, as_of).await?
            }
            found => found,
        };
        self.memory(as_of, |memory| {
            if memory.found.len() < REMEMBERED_MAX {
                memory.found.insert(key, found.clone());
            }
        });
        Ok(found)
    }

    /// A directory entry as of the clean point.
    ///
    /// # Errors
    /// Those of the directory.
    pub async fn entry(&self, id: &EntryId) -> Result<Option<Entry>, StoreError> {
        self.store.directory().entry(id, self.as_of()).await
    }

    /// The mailbox of an entry, made when it is missing: provisioning needs no secret.
    ///
    /// # Errors
    /// Those of the store; an entry that is pinned to a region we do not have is one of them.
    pub async fn mailbox(&self, owner: &EntryId) -> Result<(RegionStore, MailboxId), StoreError> {
        let as_of = self.as_of();
        if let Some(known) = self.memory(as_of, |memory| memory.mailboxes.get(owner).cloned()) {
            return Ok(known);
        }
        let entry = self.entry(owner).await?.ok_or_else(|| StoreError::NoSuch(format!("directory entry {owner}")))?;
        let region = self.store.region(&self.store.home(&entry).await?)?.clone();
        let mailbox = match region.mailbox_of(owner).await? {
            Some(mailbox) => mailbox,
            None => provision(&region, &entry).await?,
        };
        self.memory(as_of, |memory| {
            if memory.mailboxes.len() < REMEMBERED_MAX {
                memory.mailboxes.insert(owner.clone(), (region.clone(), mailbox));
            }
        });
        Ok((region, mailbox))
    }

    /// The region of mail that has no mailbox of ours in it.
    #[must_use]
    pub fn default_region(&self) -> RegionStore {
        self.store.default_region().clone()
    }

    fn as_of(&self) -> AsOf {
        self.posture.borrow().as_of
    }

    fn memory<T>(&self, as_of: AsOf, use_it: impl FnOnce(&mut Remembered) -> T) -> T {
        let now = clock::now();
        let mut memory = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let age_ms = now.ms_since(memory.since);
        if !(0..REMEMBERED_MS).contains(&age_ms) || memory.as_of != Some(as_of) {
            *memory = Remembered { since: now, as_of: Some(as_of), ..Remembered::default() };
        }
        use_it(&mut memory)
    }

    /// Who reads the postmaster's mail where the directory names nobody.
    async fn instead(&self, address: &Address, as_of: AsOf) -> Result<Destination, StoreError> {
        match self.postmaster.as_ref().filter(|configured| configured.key() != address.key()) {
            Some(configured) => self.ask(configured, as_of).await,
            None => Ok(Destination::Unknown { certain: false }),
        }
    }

    async fn ask(&self, address: &Address, as_of: AsOf) -> Result<Destination, StoreError> {
        let directory = self.store.directory();
        Ok(match directory.resolve(address, as_of).await? {
            Resolved::Mailbox(owner) => Destination::Inside { owners: vec![owner], external: Vec::new() },
            Resolved::Group { members, external } if members.is_empty() && external.is_empty() => {
                // Members that may not be read, that joined after the clean point, or that only the primary works out: a
                // message taken for them would lie nowhere.
                tracing::warn!(group = %address, "a group has no member that is known: its mail waits at its sender");
                Destination::Unknown { certain: false }
            }
            Resolved::Group { members, external } => Destination::Inside { owners: members, external },
            Resolved::Contact(external) => Destination::Inside { owners: Vec::new(), external: vec![external] },
            Resolved::Unknown => {
                // Somebody who joined after the clean point is in doubt, not unknown.
                let today = as_of == AsOf::Now || directory.resolve(address, AsOf::Now).await? == Resolved::Unknown;
                Destination::Unknown { certain: today && self.was_fresh().await? }
            }
        })
    }

    /// Whether the directory copy was fresh when sync froze, or is now while nothing is frozen.
    async fn was_fresh(&self) -> Result<bool, StoreError> {
        let Some(source) = &self.source else { return Ok(true) };
        let directory = self.store.directory();
        let Some(seen_at) = directory.last_seen(source).await? else { return Ok(false) };
        let frozen_at = match directory.phase().await? {
            store::directory::Phase::Standby => clock::now(),
            _ => {
                let run = directory.runs().await?.into_iter().find(|run| run.kind == RunKind::Failover);
                run.map_or_else(clock::now, |run| run.started_at)
            }
        };
        Ok(frozen_at.ms_since(seen_at) <= FRESH_MS)
    }
}

async fn provision(region: &RegionStore, entry: &Entry) -> Result<MailboxId, StoreError> {
    let address = entry.primary.as_ref().map(ToString::to_string).unwrap_or_default();
    let shared = entry.kind == store::directory::EntryKind::Shared;
    let new = NewMailbox { owner: entry.id.clone(), address, shared };
    let made = region.provision(&[new], clock::now()).await?;
    made.first().copied().ok_or_else(|| StoreError::NoSuch(format!("mailbox of {}", entry.id)))
}
