//! The window rolls: what was seen before it goes, unless the history is frozen.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::db::{self, Conn};
use mail::Timestamp;

use crate::region::hold::is_held;
use crate::region::removal::{Cause, Released, Sum, Why};
use crate::region::search::sweep;
use crate::{MailboxId, RegionStore, Result, StoreError};

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

    /// Drops what was first seen before a moment, and says how much went. Folders stay, what a hold keeps, and what was received
    /// here and never went back to the primary: it is nowhere else.
    ///
    /// # Errors
    /// [`StoreError::Frozen`] while nothing may expire; those of a write.
    pub async fn expire(&self, before: Timestamp, now: Timestamp) -> Result<Sum> {
        self.hear(now);
        let select = "SELECT DISTINCT mailbox FROM event WHERE at < ?1 AND kind NOT IN (1, 2, 7)";
        let mailboxes: Vec<i64> =
            db::query_scalar(select).bind(before.as_ms()).fetch_all(&self.inner.engine.readers).await?;
        let mut expired = Sum::default();
        for mailbox in mailboxes.into_iter().map(MailboxId) {
            let store = self.clone();
            let released =
                self.write(move |db| Box::pin(async move { store.expire_mailbox(db, mailbox, before).await })).await?;
            self.remove_bodies(released.orphans).await;
            expired += released.sum;
        }
        Ok(expired)
    }

    async fn expire_mailbox(&self, db: &mut Conn, mailbox: MailboxId, before: Timestamp) -> Result<Released> {
        let frozen = "SELECT count(*) FROM state WHERE name = 'frozen'";
        if db::query_scalar::<i64>(frozen).fetch_one(&mut *db).await? > 0 {
            return Err(StoreError::Frozen);
        }
        if is_held(db, mailbox).await? {
            return Ok(Released::default());
        }
        // What was received here goes with its arrival at the primary, and not without one.
        let delete =
            "DELETE FROM event WHERE mailbox = ?1 AND at < ?2 AND (kind IN (3, 4, 5, 6) OR kind = 7 AND content IN
                      (SELECT content FROM event WHERE mailbox = ?1 AND at < ?2 AND kind = 4)) RETURNING content";
        let gone: Vec<Option<Vec<u8>>> =
            db::query_scalar(delete).bind(mailbox.0).bind(before.as_ms()).fetch_all(&mut *db).await?;
        let events = u64::try_from(gone.len()).unwrap_or(u64::MAX);
        let contents = gone.into_iter().flatten().collect();
        let released = self.release(db, mailbox, contents, Cause { why: Why::Window, events }).await?;
        sweep(db, mailbox).await?;
        Ok(released)
    }
}
