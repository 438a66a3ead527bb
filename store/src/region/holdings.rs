//! What a region holds, in figures, and where: for whoever has to answer for it.

use mail::Timestamp;

use super::place::Whereabouts;
use crate::db;
use crate::{RegionStore, Result};

/// Figures of one region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Mailboxes.
    pub mailboxes: u64,
    /// Mailboxes on their way to or from another region.
    pub on_their_way: u64,
    /// Messages, each once.
    pub messages: u64,
    /// Their octets before they are packed.
    pub bytes: u64,
    /// Events of the film.
    pub events: u64,
    /// Drafts.
    pub drafts: u64,
    /// Messages that wait to leave.
    pub waiting: u64,
    /// When the oldest message was taken.
    pub oldest: Option<Timestamp>,
    /// When the newest message was taken.
    pub newest: Option<Timestamp>,
}

impl RegionStore {
    /// Counts everything. Reads all rows of contents and events: seconds for a million.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn holdings(&self) -> Result<Holdings> {
        let mut db = self.inner.engine.readers.reading().await?;
        let mut counted = Vec::new();
        for count in [
            "SELECT count(*) FROM moving",
            "SELECT count(*) FROM content",
            "SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM content",
            "SELECT count(*) FROM event",
            "SELECT count(*) FROM draft WHERE state < 2",
            "SELECT count(*) FROM outgoing",
        ] {
            let count: i64 = db::query_scalar(count).fetch_one(&mut *db).await?;
            counted.push(u64::try_from(count).unwrap_or(0));
        }
        let span = "SELECT min(created_at), max(created_at) FROM content";
        let (oldest, newest): (Option<i64>, Option<i64>) = db::query_as(span).fetch_one(&mut *db).await?;
        drop(db);
        let mut counted = counted.into_iter();
        let mut next = || counted.next().unwrap_or(0);
        Ok(Holdings {
            mailboxes: self.mailbox_count().await?,
            on_their_way: next(),
            messages: next(),
            bytes: next(),
            events: next(),
            drafts: next(),
            waiting: next(),
            oldest: oldest.map(Timestamp::from_ms),
            newest: newest.map(Timestamp::from_ms),
        })
    }

    /// Where it is kept.
    #[must_use]
    pub fn whereabouts(&self) -> &Whereabouts {
        &self.inner.whereabouts
    }

    /// The public half of the key that opens its mailboxes.
    #[must_use]
    pub fn unlock_public(&self) -> [u8; 32] {
        self.inner.unlock_public
    }
}
