//! A mailbox goes to another region: copied and sealed anew, looked at, pinned there, removed here.
//!
//! ```text
//!   from: leaving ──> to: coming ─ events, contents ... ─ connector's state ──> verified ──> pin ──> from: removed, proof
//!     nothing is added        killed: goes on behind the last event             │
//!                                                                             killed: what the pin does not name is removed
//! ```
//!
//! Seals are bound to a region and a mailbox, so that a message is opened on the way, in memory, under the mailbox's key;
//! nothing is written to a disk but sealed. The pin alone decides which of two copies counts.

mod carry;
mod remove;

use mail::{Region, Timestamp};
use serde::Serialize;

use super::mailbox::KeyRow;
use super::provision::{fresh_row, insert_rows};
use super::{NewMailbox, content_id};
use crate::db::{self, Conn};
use crate::directory::Phase;
use crate::{EntryId, MailboxId, RegionStore, Result, Store, StoreError};

pub use remove::Removed;

/// What a move came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Events of the film that are in the new region.
    pub events: u64,
    /// Messages that are in the new region.
    pub contents: u64,
    /// What was removed from the old one.
    pub removed: Vec<Removed>,
}

impl Store {
    /// Moves somebody's mailbox to a region, or goes on with a move that was interrupted. To the region where it is
    /// already, it removes what an interrupted move left elsewhere. The mailbox has to be unsealed where it is.
    ///
    /// # Errors
    /// [`StoreError::Refused`] outside of standby, while mail waits to leave, or with drafts; [`StoreError::Sealed`];
    /// [`StoreError::RegionClosed`], [`StoreError::NoSuch`]; those of reading and writing. Nothing is lost by any.
    pub async fn move_mailbox(&self, owner: &EntryId, to: &Region, now: Timestamp) -> Result<Moved> {
        let pinned = self.directory().pinned(std::slice::from_ref(owner)).await?.remove(owner);
        let pinned = pinned.ok_or_else(|| StoreError::NoSuch(format!("mailbox of {owner}")))?;
        let target = self.region(to)?;
        let mut moved = Moved::default();
        if pinned != *to {
            let source = self.region(&pinned)?;
            if self.directory().phase().await? != Phase::Standby {
                let what = "a mailbox moves in standby only: a failover or failback is on".to_owned();
                return Err(StoreError::Refused(what));
            }
            if let Some(mailbox) = source.mailbox_of(owner).await? {
                moved = source.copy_to(target, mailbox, now).await?;
            }
            self.directory().repin(owner, &pinned, to, now).await?;
        }
        for region in self.regions() {
            if region.name() == to {
                region.arrived(owner).await?;
            } else if let Some(mailbox) = region.mailbox_of(owner).await? {
                moved.removed.push(region.remove_mailbox(mailbox).await?);
            }
        }
        Ok(moved)
    }
}

impl RegionStore {
    async fn copy_to(&self, target: &Self, mailbox: MailboxId, now: Timestamp) -> Result<Moved> {
        if !self.is_unsealed(mailbox) {
            return Err(StoreError::Sealed(mailbox));
        }
        let row = self.key_row(mailbox).await?;
        self.begins_to_leave(mailbox, target.name()).await?;
        let (coming, after) = target.expects(self.name(), &row, now).await?;
        self.carry_film(target, mailbox, coming, after).await?;
        self.carry_state(target, mailbox, coming).await?;
        let (events, contents) = (self.figures(mailbox).await?, target.figures(coming).await?);
        if events != contents {
            return Err(StoreError::Tampered(format!("the copy of mailbox {mailbox} in region {}", target.name())));
        }
        target.verify_contents(coming).await?;
        Ok(Moved { events: events.0, contents: events.1, removed: Vec::new() })
    }

    async fn key_row(&self, mailbox: MailboxId) -> Result<KeyRow> {
        let select = db::Made(format!("{} WHERE id = ?1", KeyRow::SELECT));
        let row: KeyRow = db::query_as(select).bind(mailbox.0).fetch_one(&self.inner.engine.readers).await?;
        if self.verifies(&row) { Ok(row) } else { Err(StoreError::Tampered(format!("the row of mailbox {mailbox}"))) }
    }

    /// From here on nothing is added to the mailbox.
    async fn begins_to_leave(&self, mailbox: MailboxId, to: &Region) -> Result<()> {
        let to = to.to_string();
        self.write(move |db| {
            Box::pin(async move {
                for (ask, what) in [
                    (
                        "SELECT count(*) FROM draft WHERE mailbox = ?1 AND state < 2",
                        "drafts: send or discard them first",
                    ),
                    ("SELECT count(*) FROM outgoing WHERE ?1 = ?1", "mail that waits to leave its region"),
                    (
                        "SELECT count(*) FROM hold WHERE mailbox IN (0, ?1)",
                        "a legal hold: end it first, and set it anew there",
                    ),
                ] {
                    if db::query_scalar::<i64>(ask).bind(mailbox.0).fetch_one(&mut *db).await? > 0 {
                        return Err(StoreError::Refused(format!("mailbox {mailbox} has {what}")));
                    }
                }
                let put = "INSERT INTO moving (mailbox, region, leaving, copied) VALUES (?1, ?2, 1, 0)
                           ON CONFLICT (mailbox) DO UPDATE SET region = excluded.region";
                db::query(put).bind(mailbox.0).bind(to).execute(db).await.map(drop)
            })
        })
        .await
    }

    /// A mailbox for what comes, and the last event that came.
    async fn expects(&self, from: &Region, row: &KeyRow, now: Timestamp) -> Result<(MailboxId, i64)> {
        let pair = self.make_pairs(1).await?.pop().ok_or(StoreError::Closed)?;
        let new = NewMailbox { owner: EntryId(row.owner.clone()), address: row.address.clone(), shared: row.shared };
        let (store, from) = (self.clone(), from.to_string());
        self.write(move |db| {
            Box::pin(async move {
                let select =
                    "SELECT m.id, v.copied FROM mailbox m LEFT JOIN moving v ON v.mailbox = m.id AND v.leaving = 0
                              WHERE m.owner = ?1";
                let found: Option<(i64, Option<i64>)> =
                    db::query_as(select).bind(&new.owner.0).fetch_optional(&mut *db).await?;
                match found {
                    Some((id, Some(copied))) => return Ok((MailboxId(id), copied)),
                    Some(_) => return Err(StoreError::Exists(format!("a mailbox of {}", new.owner))),
                    None => {}
                }
                let last: i64 =
                    db::query_scalar("SELECT coalesce(max(id), 0) FROM mailbox").fetch_one(&mut *db).await?;
                let mut row = fresh_row(last + 1, new, pair);
                row.mac = store.mailbox_code(&row).to_vec();
                let id = MailboxId(row.id);
                insert_rows(db, &[row], now).await?;
                let put = "INSERT INTO moving (mailbox, region, leaving, copied) VALUES (?1, ?2, 0, 0)";
                db::query(put).bind(id.0).bind(from).execute(db).await?;
                Ok((id, 0))
            })
        })
        .await
    }

    /// It is a mailbox like any other now.
    async fn arrived(&self, owner: &EntryId) -> Result<()> {
        let Some(mailbox) = self.mailbox_of(owner).await? else { return Ok(()) };
        let done = "DELETE FROM moving WHERE mailbox = ?1";
        self.write(move |db| Box::pin(async move { db::query(done).bind(mailbox.0).execute(db).await.map(drop) })).await
    }

    /// Mailboxes whose move from here was interrupted, by address, each with the region it was to go to.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn half_moved(&self) -> Result<Vec<(String, String)>> {
        let select = "SELECT m.address, v.region FROM moving v JOIN mailbox m ON m.id = v.mailbox WHERE v.leaving = 1";
        db::query_as(select).fetch_all(&self.inner.engine.readers).await
    }

    /// How many events and contents a mailbox has.
    async fn figures(&self, mailbox: MailboxId) -> Result<(u64, u64)> {
        let select = "SELECT (SELECT count(*) FROM event WHERE mailbox = ?1),
                             (SELECT count(*) FROM content_key WHERE mailbox = ?1)";
        let select = db::query_as(select).bind(mailbox.0);
        let (events, contents): (i64, i64) = select.fetch_one(&self.inner.engine.readers).await?;
        Ok((u64::try_from(events).unwrap_or(0), u64::try_from(contents).unwrap_or(0)))
    }
}

/// The contents that a mailbox holds.
async fn held(db: &mut Conn, mailbox: MailboxId) -> Result<Vec<crate::ContentId>> {
    let select = "SELECT content FROM content_key WHERE mailbox = ?1 ORDER BY content";
    let held: Vec<Vec<u8>> = db::query_scalar(select).bind(mailbox.0).fetch_all(db).await?;
    held.iter().map(|id| content_id(id)).collect()
}
