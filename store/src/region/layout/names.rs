//! The folders that every view has, sealed and ready before the writer is bothered.

use mail::FolderRole;

use crate::region::PathMac;
use crate::region::epoch::Sealer;
use crate::{MailboxId, RegionStore};

/// A folder that may have to be made.
pub(super) struct ReadyName {
    pub(super) role: FolderRole,
    pub(super) name_mac: PathMac,
    /// Sealed.
    pub(super) name: Vec<u8>,
}

/// Where reception and submission put mail, and what cannot be trusted.
const NAMES: [(FolderRole, &str); 6] = [
    (FolderRole::Inbox, "INBOX"),
    (FolderRole::Sent, "Sent"),
    (FolderRole::Drafts, "Drafts"),
    (FolderRole::Junk, "Junk"),
    (FolderRole::Trash, "Trash"),
    (FolderRole::Marked, "Unverified"),
];

impl RegionStore {
    pub(super) fn ready_names(&self, mailbox: MailboxId, sealer: &Sealer) -> Vec<ReadyName> {
        let ready = |(role, name)| ReadyName { role, name_mac: self.path_mac(mailbox, name), name: sealer.name(name) };
        NAMES.into_iter().map(ready).collect()
    }
}
