//! Signatures whose bodies are still to come.
#![allow(clippy::unused_async, clippy::too_many_arguments)]

use mail::{Flags, Timestamp};

use super::*;
use crate::*;

impl RegionStore {
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
