//! Signatures whose bodies are still to come.
#![allow(clippy::unused_async, clippy::too_many_arguments)]

use mail::{Flags, Timestamp};

use super::*;
use crate::seal::UnlockKey;
use crate::*;

impl RegionStore {
    /// Signature only, for the rooms that compile against it.
    pub async fn provision(&self, new: &[NewMailbox], now: Timestamp) -> Result<Vec<MailboxId>> {
        let _ = (new, now,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn mailboxes(&self) -> Result<Vec<MailboxRow>> {
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn mailbox_of(&self, owner: &EntryId) -> Result<Option<MailboxId>> {
        let _ = (owner,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn record(&self, mailbox: MailboxId, seen: Vec<Seen>, cursor: Option<Cursor>) -> Result<Vec<EventId>> {
        let _ = (mailbox, seen, cursor,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn source_folders(&self, mailbox: MailboxId) -> Result<Vec<SourceFolder>> {
        let _ = (mailbox,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn source_folder(&self, mailbox: MailboxId, path: &str) -> Result<Option<SourceFolder>> {
        let _ = (mailbox, path,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn source_uids(&self, mailbox: MailboxId, path: &str) -> Result<Vec<SourceUid>> {
        let _ = (mailbox, path,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn set_frozen(&self, frozen: bool) -> Result<()> {
        let _ = (frozen,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn expire(&self, before: Timestamp) -> Result<u64> {
        let _ = (before,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn accept(&self, arrival: Arrival) -> Result<()> {
        let _ = (arrival,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn unseal(&self, key: &UnlockKey, scope: Option<&[MailboxId]>) -> Result<usize> {
        let _ = (key, scope,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn set_clean_point(&self, scope: Option<&[MailboxId]>, point: CleanPoint, now: Timestamp) -> Result<()> {
        let _ = (scope, point, now,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn lay_out(&self, mailbox: MailboxId) -> Result<LaidOut> {
        let _ = (mailbox,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn folders(&self, mailbox: MailboxId) -> Result<Vec<Folder>> {
        let _ = (mailbox,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn create_folder(&self, mailbox: MailboxId, name: &str) -> Result<FolderId> {
        let _ = (mailbox, name,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn rename_folder(&self, mailbox: MailboxId, folder: FolderId, name: &str) -> Result<()> {
        let _ = (mailbox, folder, name,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn delete_folder(&self, mailbox: MailboxId, folder: FolderId) -> Result<()> {
        let _ = (mailbox, folder,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn subscribe(&self, mailbox: MailboxId, folder: FolderId, subscribed: bool) -> Result<()> {
        let _ = (mailbox, folder, subscribed,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn messages(&self, mailbox: MailboxId, folder: FolderId) -> Result<Vec<Placed>> {
        let _ = (mailbox, folder,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn raw(&self, mailbox: MailboxId, content: ContentId) -> Result<Vec<u8>> {
        let _ = (mailbox, content,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn append(&self, mailbox: MailboxId, folder: FolderId, raw: Vec<u8>, flags: Flags, received_at: Timestamp, now: Timestamp) -> Result<(u32, u32)> {
        let _ = (mailbox, folder, raw, flags, received_at, now,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn set_flags(&self, mailbox: MailboxId, folder: FolderId, uids: &[u32], change: FlagChange, unchanged_since: Option<u64>) -> Result<Vec<(u32, Flags, u64)>> {
        let _ = (mailbox, folder, uids, change, unchanged_since,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn expunge(&self, mailbox: MailboxId, folder: FolderId, uids: &[u32]) -> Result<Vec<u32>> {
        let _ = (mailbox, folder, uids,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn copy(&self, mailbox: MailboxId, folder: FolderId, uids: &[u32], to: FolderId) -> Result<Vec<(u32, u32)>> {
        let _ = (mailbox, folder, uids, to,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn move_messages(&self, mailbox: MailboxId, folder: FolderId, uids: &[u32], to: FolderId) -> Result<Vec<(u32, u32)>> {
        let _ = (mailbox, folder, uids, to,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<Due>> {
        let _ = (now, limit,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn outgoing_raw(&self, outgoing: OutgoingId) -> Result<Vec<u8>> {
        let _ = (outgoing,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn settle(&self, recipient: RecipientId, outcome: Outcome) -> Result<()> {
        let _ = (recipient, outcome,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn queue_list(&self) -> Result<Vec<Queued>> {
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn queue_retry(&self, outgoing: OutgoingId) -> Result<()> {
        let _ = (outgoing,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn queue_hold(&self, outgoing: OutgoingId) -> Result<()> {
        let _ = (outgoing,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn changes(&self, mailbox: MailboxId, full: bool) -> Result<Vec<Change>> {
        let _ = (mailbox, full,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn record_returned(&self, mailbox: MailboxId, content: ContentId, place: Place, at: Timestamp) -> Result<()> {
        let _ = (mailbox, content, place, at,);
        Err(StoreError::Closed)
    }

    /// Signature only, for the rooms that compile against it.
    pub async fn end_activity(&self, now: Timestamp) -> Result<()> {
        let _ = (now,);
        Err(StoreError::Closed)
    }
}
