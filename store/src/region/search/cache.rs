//! What a region remembers between searches, and who waits to be indexed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::opened::Opened;
use crate::MailboxId;
use crate::seal::Epoch;

/// Octets of opened indexes that are kept, all mailboxes together.
const OPENED_MAX_BYTES: usize = 64 * 1024 * 1024;

/// See the module.
#[derive(Default)]
pub(in crate::region) struct Searches {
    /// How much came to a mailbox since it was last indexed.
    waiting: Mutex<HashMap<MailboxId, Waiting>>,
    /// Epochs that were written under and are over.
    ended: Mutex<Vec<(MailboxId, Epoch)>>,
    opened: Mutex<Kept>,
    /// Mailboxes were unsealed: what an earlier process left can be indexed now.
    unsealed: AtomicBool,
    /// Whoever writes segments holds this.
    pub(super) indexing: tokio::sync::Mutex<()>,
}

#[derive(Clone, Copy, Default)]
struct Waiting {
    messages: u32,
    /// As many waited at the last look.
    looked_at: u32,
}

#[derive(Default)]
struct Kept {
    by_mailbox: HashMap<MailboxId, (u64, Arc<Opened>)>,
    uses: u64,
}

impl Searches {
    /// Messages came to a mailbox.
    pub(in crate::region) fn came(&self, mailbox: MailboxId, messages: usize) {
        let entry = &mut *locked(&self.waiting);
        let waiting = entry.entry(mailbox).or_default();
        waiting.messages = waiting.messages.saturating_add(u32::try_from(messages).unwrap_or(u32::MAX));
    }

    /// An epoch is over: what it sealed is indexed while its key is still known.
    pub(in crate::region) fn epoch_ended(&self, mailbox: MailboxId, epoch: Epoch) {
        if locked(&self.waiting).remove(&mailbox).is_some() {
            locked(&self.ended).push((mailbox, epoch));
        }
    }

    /// Mailboxes were unsealed.
    pub(in crate::region) fn unsealed(&self) {
        self.unsealed.store(true, Ordering::Relaxed);
    }

    /// Whether mailboxes were unsealed since the last call.
    pub(super) fn take_unsealed(&self) -> bool {
        self.unsealed.swap(false, Ordering::Relaxed)
    }

    pub(super) fn take_ended(&self) -> Vec<(MailboxId, Epoch)> {
        std::mem::take(&mut *locked(&self.ended))
    }

    /// Mailboxes with enough for a segment where nothing comes just now, or far too much.
    pub(super) fn due(&self, enough: u32, too_much: u32) -> Vec<MailboxId> {
        let mut due = Vec::new();
        for (mailbox, waiting) in &mut *locked(&self.waiting) {
            let is_calm = waiting.messages == waiting.looked_at;
            waiting.looked_at = waiting.messages;
            if waiting.messages >= enough && (is_calm || waiting.messages >= too_much) {
                due.push(*mailbox);
            }
        }
        due
    }

    /// Messages of a mailbox were indexed; none, when those that wait cannot be read now.
    pub(super) fn indexed(&self, mailbox: MailboxId, messages: usize) {
        if let Some(waiting) = locked(&self.waiting).get_mut(&mailbox) {
            let indexed = if messages == 0 { u32::MAX } else { u32::try_from(messages).unwrap_or(u32::MAX) };
            waiting.messages = waiting.messages.saturating_sub(indexed);
            waiting.looked_at = waiting.messages;
        }
    }

    /// What is open of a mailbox.
    pub(super) fn opened(&self, mailbox: MailboxId) -> Arc<Opened> {
        let kept = &mut *locked(&self.opened);
        kept.uses += 1;
        let entry = kept.by_mailbox.entry(mailbox).or_default();
        entry.0 = kept.uses;
        Arc::clone(&entry.1)
    }

    /// Lets go of what was not used for longest, until all is within bounds.
    pub(super) fn trim(&self) {
        let kept = &mut *locked(&self.opened);
        let mut total: usize = kept.by_mailbox.values().map(|(_, opened)| opened.size_bytes()).sum();
        while total > OPENED_MAX_BYTES {
            let Some(oldest) = kept.by_mailbox.iter().min_by_key(|(_, (used, _))| *used).map(|(id, _)| *id) else {
                return;
            };
            total -= kept.by_mailbox.remove(&oldest).map_or(0, |(_, opened)| opened.size_bytes());
        }
    }

    /// The mailbox is sealed again.
    pub(in crate::region) fn close(&self, mailbox: MailboxId) {
        locked(&self.opened).by_mailbox.remove(&mailbox);
    }

    /// Everything is sealed again.
    pub(in crate::region) fn close_all(&self) {
        locked(&self.opened).by_mailbox.clear();
    }
}

/// A panic elsewhere leaves these maps whole: every change is one call.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
