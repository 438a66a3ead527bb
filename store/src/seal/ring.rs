//! The keys in memory: epoch keys that are written under, and, once unsealed, what opens old ones.
//!
//! ```text
//!   writing: mailbox > epoch of today      made on first use, its row committed with its first content
//!   private: mailbox > key pair            empty while sealed
//!   opened:  mailbox, epoch id > key       a cache of public-key operations
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::{INFO_EPOCH, Key, KeyPair, fresh_key, seal_key};
use crate::{MailboxId, Result};

/// Opened epochs kept; beyond it the cache starts anew.
const OPENED_MOST: usize = 100_000;

/// An epoch key to write under.
#[derive(Clone)]
pub(crate) struct Epoch {
    pub(crate) id: [u8; 16],
    pub(crate) key: Key,
    /// Which day it belongs to; renewed on the next.
    day: i64,
    /// What its row will hold, as long as no commit is known to have written it. Behind a pointer: a hundred thousand
    /// mailboxes that wrote today need none.
    pub(crate) unwritten: Option<Arc<SealedEpoch>>,
}

/// An epoch's key as its row has it.
pub(crate) struct SealedEpoch {
    /// The mailbox's public half.
    pub(crate) public: [u8; 32],
    /// The key sealed to it.
    pub(crate) sealed: Vec<u8>,
}

impl Epoch {
    /// What an epoch key's seal is bound to.
    pub(crate) fn named(region: &str, mailbox: MailboxId, id: &[u8; 16]) -> Vec<u8> {
        crate::mac::encode("epoch", &[region.into(), mailbox.0.into(), id.into()])
    }

    fn fresh(region: &str, mailbox: MailboxId, public: &[u8; 32], day: i64) -> Result<Self> {
        let (id, key): ([u8; 16], _) = (rand::random(), fresh_key());
        let sealed = seal_key(public, INFO_EPOCH, &Self::named(region, mailbox, &id), &*key)?;
        Ok(Self { id, key, day, unwritten: Some(Arc::new(SealedEpoch { public: *public, sealed })) })
    }
}

/// All keys of a region that are in memory.
#[derive(Default)]
pub(crate) struct Ring {
    writing: Mutex<HashMap<MailboxId, Epoch>>,
    private: RwLock<HashMap<MailboxId, KeyPair>>,
    opened: Mutex<HashMap<(MailboxId, [u8; 16]), Key>>,
}

impl Ring {
    /// The epoch of this day, if one is in use.
    pub(crate) fn writing(&self, mailbox: MailboxId, day: i64) -> Option<Epoch> {
        locked(&self.writing).get(&mailbox).filter(|epoch| epoch.day >= day).cloned()
    }

    /// Starts an epoch, unless somebody else just did.
    pub(crate) fn start(&self, region: &str, mailbox: MailboxId, public: &[u8; 32], day: i64) -> Result<Epoch> {
        let fresh = Epoch::fresh(region, mailbox, public, day)?;
        let mut writing = locked(&self.writing);
        let current = writing.entry(mailbox).or_insert_with(|| fresh.clone());
        if current.day < day {
            *current = fresh;
        }
        Ok(current.clone())
    }

    /// Whether this is the epoch that the mailbox's writes go under now.
    pub(crate) fn writes_under(&self, mailbox: MailboxId, epoch: &[u8; 16]) -> bool {
        locked(&self.writing).get(&mailbox).is_some_and(|current| current.id == *epoch)
    }

    /// The epoch's row is on disk: it need not be written again.
    pub(crate) fn written(&self, mailbox: MailboxId, epoch: &[u8; 16]) {
        if let Some(current) = locked(&self.writing).get_mut(&mailbox).filter(|current| current.id == *epoch) {
            current.unwritten = None;
        }
    }

    /// The next write starts an epoch, as after a change of the mailbox's pair.
    pub(crate) fn forget_writing(&self) {
        locked(&self.writing).clear();
    }

    /// The next write of this mailbox starts an epoch.
    pub(crate) fn forget_epoch(&self, mailbox: MailboxId) {
        locked(&self.writing).remove(&mailbox);
    }

    /// Makes one mailbox unreadable; its next write starts an epoch.
    pub(crate) fn forget_mailbox(&self, mailbox: MailboxId) {
        self.forget_epoch(mailbox);
        self.private.write().unwrap_or_else(PoisonError::into_inner).remove(&mailbox);
        locked(&self.opened).retain(|(held, _), _| *held != mailbox);
    }

    /// All that are readable.
    pub(crate) fn unsealed_mailboxes(&self) -> Vec<MailboxId> {
        self.private.read().unwrap_or_else(PoisonError::into_inner).keys().copied().collect()
    }

    /// Makes mailboxes readable.
    pub(crate) fn unseal(&self, pairs: impl IntoIterator<Item = (MailboxId, KeyPair)>) {
        self.private.write().unwrap_or_else(PoisonError::into_inner).extend(pairs);
    }

    /// Makes all mailboxes unreadable.
    pub(crate) fn reseal(&self) {
        self.private.write().unwrap_or_else(PoisonError::into_inner).clear();
        locked(&self.opened).clear();
    }

    /// The mailbox's pair, while it is unsealed.
    pub(crate) fn pair(&self, mailbox: MailboxId) -> Option<KeyPair> {
        self.private.read().unwrap_or_else(PoisonError::into_inner).get(&mailbox).cloned()
    }

    pub(crate) fn is_unsealed(&self, mailbox: MailboxId) -> bool {
        self.private.read().unwrap_or_else(PoisonError::into_inner).contains_key(&mailbox)
    }

    pub(crate) fn unsealed_count(&self) -> usize {
        self.private.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(crate) fn opened(&self, mailbox: MailboxId, epoch: &[u8; 16]) -> Option<Key> {
        locked(&self.opened).get(&(mailbox, *epoch)).cloned()
    }

    pub(crate) fn remember(&self, mailbox: MailboxId, epoch: [u8; 16], key: Key) {
        let mut opened = locked(&self.opened);
        if opened.len() >= OPENED_MOST {
            opened.clear();
        }
        opened.insert((mailbox, epoch), key);
    }
}

/// A panic elsewhere leaves these maps whole: every change is one call.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
