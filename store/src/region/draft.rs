//! Signatures whose bodies are still to come.
#![allow(clippy::unused_async, clippy::too_many_arguments)]

use mail::{Flags, Timestamp};

use super::*;
use crate::*;

impl RegionStore {
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
