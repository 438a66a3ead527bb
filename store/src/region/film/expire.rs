//! The window rolls: what was seen before it goes, unless the history is frozen.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::db::{self, Conn};
use mail::Timestamp;

use crate::region::search::sweep;
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

impl RegionStore {
    /// From a freeze to the end of failback nothing expires.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn set_frozen(&self, frozen: bool) -> Result<()> {
        let change = if frozen {
            "INSERT INTO state (name, value) VALUES ('frozen', 'yes') ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM state WHERE name = 'frozen'"
        };
        self.write(move |db| Box::pin(async move { db::query(change).execute(db).await.map(|_| ()) })).await
    }

    /// Whether mail is taken. Once this has returned for `true`, nothing comes in any more, at no node: whoever was about to
    /// commit is refused. A region that was never closed takes mail.
    ///
    /// # Errors
    /// Those of a write.
    pub async fn set_closed(&self, closed: bool) -> Result<()> {
        let change = if closed {
            "INSERT INTO state (name, value) VALUES ('closed', 'yes') ON CONFLICT DO NOTHING"
        } else {
            "DELETE FROM state WHERE name = 'closed'"
        };
        // Behind this write in the committer's order, whatever came of it, the row is looked at again.
        let doubt = Arc::clone(&self.inner);
        self.write(move |db| {
            Box::pin(async move {
                doubt.open.store(false, Ordering::Release);
                db::query(change).execute(db).await.map(|_| ())
            })
        })
        .await
    }

    /// Fails when mail is no longer taken. Part of the write that takes it.
    pub(crate) async fn check_open(&self, db: &mut Conn) -> Result<()> {
        // Nobody else writes to SQLite: what this process found open stays so until it closes it itself.
        let is_known = matches!(db, Conn::Sqlite(_)) && self.inner.open.load(Ordering::Acquire);
        if is_known {
            return Ok(());
        }
        let closed = "SELECT count(*) FROM state WHERE name = 'closed'";
        if db::query_scalar::<i64>(closed).fetch_one(db).await? > 0 {
            return Err(StoreError::NotTaking);
        }
        self.inner.open.store(true, Ordering::Release);
        Ok(())
    }

    /// Drops what was first seen before a moment, and says how many events went. Folders stay, and what was received here and
    /// never went back to the primary: it is nowhere else.
    ///
    /// # Errors
    /// [`StoreError::Frozen`] while nothing may expire; those of a write.
    pub async fn expire(&self, before: Timestamp) -> Result<u64> {
        let select = "SELECT DISTINCT mailbox FROM event WHERE at < ?1 AND kind NOT IN (1, 2, 7)";
        let mailboxes: Vec<i64> =
            db::query_scalar(select).bind(before.as_ms()).fetch_all(&self.inner.engine.readers).await?;
        let mut expired = 0;
        for mailbox in mailboxes {
            let (events, orphans) = self
                .write(move |db| Box::pin(async move { expire_mailbox(db, MailboxId(mailbox), before).await }))
                .await?;
            self.inner.blobs.remove(orphans).await?;
            expired += events;
        }
        Ok(expired)
    }
}

async fn expire_mailbox(db: &mut Conn, mailbox: MailboxId, before: Timestamp) -> Result<(u64, Vec<ContentId>)> {
    let frozen = "SELECT count(*) FROM state WHERE name = 'frozen'";
    if db::query_scalar::<i64>(frozen).fetch_one(&mut *db).await? > 0 {
        return Err(StoreError::Frozen);
    }
    // What was received here goes with its arrival at the primary, and not without one.
    let delete = "DELETE FROM event WHERE mailbox = ?1 AND at < ?2 AND (kind IN (3, 4, 5, 6) OR kind = 7 AND content IN
                  (SELECT content FROM event WHERE mailbox = ?1 AND at < ?2 AND kind = 4)) RETURNING content";
    let gone: Vec<Option<Vec<u8>>> =
        db::query_scalar(delete).bind(mailbox.0).bind(before.as_ms()).fetch_all(&mut *db).await?;
    let events = u64::try_from(gone.len()).unwrap_or(u64::MAX);
    let orphans = release(db, mailbox, gone.into_iter().flatten().collect()).await?;
    sweep(db, mailbox).await?;
    Ok((events, orphans))
}

/// Lets a mailbox go of contents that neither its film nor its view needs; answers those that nobody
/// holds any more, whose files may go once this is committed.
pub(crate) async fn release(db: &mut Conn, mailbox: MailboxId, candidates: Vec<Vec<u8>>) -> Result<Vec<ContentId>> {
    let needed = "SELECT content FROM event WHERE mailbox = ?1 AND content IS NOT NULL
                  UNION SELECT p.content FROM placement p JOIN folder f ON f.id = p.folder WHERE f.mailbox = ?1";
    let needed: Vec<Vec<u8>> = db::query_scalar(needed).bind(mailbox.0).fetch_all(&mut *db).await?;
    let needed: std::collections::HashSet<Vec<u8>> = needed.into_iter().collect();
    let mut orphans = Vec::new();
    for content in candidates.into_iter().filter(|content| !needed.contains(content)) {
        let drop_key = "DELETE FROM content_key WHERE content = ?1 AND mailbox = ?2";
        db::query(drop_key).bind(&content).bind(mailbox.0).execute(&mut *db).await?;
        let drop = "DELETE FROM content WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM content_key WHERE content = ?1)
                    AND NOT EXISTS (SELECT 1 FROM outgoing WHERE content = ?1)";
        if db::query(drop).bind(&content).execute(&mut *db).await?.rows_affected() > 0 {
            orphans.push(crate::region::content_id(&content)?);
        }
    }
    Ok(orphans)
}
