//! Crypto-shredding: a mailbox's private key goes, and with it everything that it ever opened.
//!
//! ```text
//!   1  a fresh pair in place of the old, epoch keys deleted      one commit: from here on nobody reads it, ever
//!   2  events, views, drafts, wrapped keys, contents that nobody else holds      swept in a second
//! ```
//!
//! The mailbox itself stays, empty, for what comes next. What connectors saw of the primary stays known by number,
//! so that sync does not fetch it a second time. A copy of the database from before, with the unlock key, still opens
//! what was there then: backups run out by their own rules.

use crate::db::{self, Conn};
use mail::Timestamp;

use super::hold::is_held;
use super::mailbox::KeyRow;
use super::provision::SealedPair;
use super::removal::{Cause, Released, Why};
use super::search::sweep;
use crate::{MailboxId, RegionStore, Result, StoreError};

/// Everything of one mailbox that content hangs on.
const SWEPT: [&str; 7] = [
    "DELETE FROM placement WHERE folder IN (SELECT id FROM folder WHERE mailbox = ?1)",
    "DELETE FROM event WHERE mailbox = ?1",
    "DELETE FROM draft_part WHERE draft IN (SELECT id FROM draft WHERE mailbox = ?1)",
    "DELETE FROM draft WHERE mailbox = ?1",
    "DELETE FROM folder WHERE mailbox = ?1",
    "DELETE FROM expunged WHERE mailbox = ?1",
    "DELETE FROM returned WHERE mailbox = ?1",
];

impl RegionStore {
    /// Makes all that the mailbox holds unreadable forever, then sweeps it, and says how many contents went. Refused
    /// while nothing may expire, and under a hold.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`], [`StoreError::Frozen`], [`StoreError::Held`], [`StoreError::Tampered`]; those of a write. Running it again
    /// sweeps what was left.
    pub async fn shred(&self, mailbox: MailboxId, now: Timestamp) -> Result<u64> {
        self.hear(now);
        let pair = self.make_pairs(1).await?.pop().ok_or(StoreError::Closed)?;
        let store = self.clone();
        self.write(move |db| Box::pin(async move { store.forget_keys(db, mailbox, &pair).await })).await?;
        self.inner.ring.forget_mailbox(mailbox);
        self.inner.searches.close(mailbox);
        let store = self.clone();
        let gone = self.write(move |db| Box::pin(async move { store.sweep_all(db, mailbox).await })).await?;
        self.inner.views.forget();
        self.inner.bells.ring(mailbox);
        self.inner.blobs.remove(gone.orphans).await?;
        Ok(gone.sum.bodies)
    }

    async fn forget_keys(&self, db: &mut Conn, mailbox: MailboxId, pair: &SealedPair) -> Result<()> {
        let frozen = "SELECT count(*) FROM state WHERE name = 'frozen'";
        if db::query_scalar::<i64>(frozen).fetch_one(&mut *db).await? > 0 {
            return Err(StoreError::Frozen);
        }
        if is_held(db, mailbox).await? {
            return Err(StoreError::Held(mailbox));
        }
        let select = db::Made(format!("{} WHERE id = ?1", KeyRow::SELECT));
        let row: Option<KeyRow> = db::query_as(select).bind(mailbox.0).fetch_optional(&mut *db).await?;
        let row = row.ok_or_else(|| StoreError::NoSuch(format!("mailbox {mailbox}")))?;
        if !self.verifies(&row) {
            return Err(StoreError::Tampered(format!("the row of mailbox {mailbox}")));
        }
        KeyRow { public: pair.public.to_vec(), private: pair.private.clone(), ..row }.write(db, self).await?;
        db::query("DELETE FROM epoch WHERE mailbox = ?1").bind(mailbox.0).execute(&mut *db).await?;
        db::query("UPDATE mailbox SET laid_for = 0, placed = 0 WHERE id = ?1").bind(mailbox.0).execute(db).await?;
        Ok(())
    }

    async fn sweep_all(&self, db: &mut Conn, mailbox: MailboxId) -> Result<Released> {
        if is_held(db, mailbox).await? {
            return Err(StoreError::Held(mailbox));
        }
        let events = "SELECT count(*) FROM event WHERE mailbox = ?1";
        let events: i64 = db::query_scalar(events).bind(mailbox.0).fetch_one(&mut *db).await?;
        for swept in SWEPT {
            db::query(swept).bind(mailbox.0).execute(&mut *db).await?;
        }
        let held = "SELECT content FROM content_key WHERE mailbox = ?1";
        let held: Vec<Vec<u8>> = db::query_scalar(held).bind(mailbox.0).fetch_all(&mut *db).await?;
        let gone = self
            .release(db, mailbox, held, Cause { why: Why::Shredded, events: u64::try_from(events).unwrap_or(0) })
            .await?;
        sweep(db, mailbox).await?;
        Ok(gone)
    }
}
