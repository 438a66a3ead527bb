//! Mailboxes: provisioned in standby without any secret, each with a key pair of its own.

use mail::Timestamp;

use super::CleanPoint;
use crate::{EntryId, MailboxId};

/// A mailbox to provision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMailbox {
    /// Whose it is, by the directory's key.
    pub owner: EntryId,
    /// Its primary address.
    pub address: String,
    /// A shared mailbox, which nobody signs in to.
    pub shared: bool,
}

/// A provisioned mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxRow {
    /// Its number in this region.
    pub id: MailboxId,
    /// Whose it is.
    pub owner: EntryId,
    /// Its primary address.
    pub address: String,
    /// A shared mailbox.
    pub shared: bool,
    /// When it was provisioned.
    pub created_at: Timestamp,
    /// Whether the view is laid out for the clean point in force.
    pub laid_out: bool,
    /// The clean point in force, none in standby.
    pub clean_point: Option<CleanPoint>,
}
