//! Legal hold: as long as one is set, no message of a mailbox is removed, whoever asks. Drafts that were never sent are not messages.
//!
//! ```text
//!   set ── the window, staff's deletions, shredding, a move to another region: kept or refused ── ended: what only it kept goes
//! ```

use mail::Timestamp;

use super::removal::{Cause, Released, Why};
use crate::db::{self, Conn};
use crate::mac;
use crate::{EntryId, MailboxId, RegionStore, Result, StoreError};

/// Names all mailboxes.
const ALL: i64 = 0;
/// So many messages go in one transaction: others write in between.
const SOME: i64 = 1000;
/// A longer name or reason is none.
const TEXT_CHARS: usize = 500;

/// A hold that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Whose mailbox; `None` for all of the region, also those that come.
    pub owner: Option<EntryId>,
    /// Since when.
    pub since: Timestamp,
    /// Who set it.
    pub set_by: String,
    /// Why.
    pub reason: String,
}

/// mailbox, owner, since, set_by, reason, mac
type Row = (i64, Option<String>, i64, String, String, Vec<u8>);

impl RegionStore {
    /// Sets a hold on a mailbox, or on all of the region (`None`). One that is set already stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Moving`] for a mailbox on its way; those of a write.
    pub async fn set_hold(&self, mailbox: Option<MailboxId>, by: &str, reason: &str, now: Timestamp) -> Result<()> {
        self.hear(now);
        let id = mailbox.map_or(ALL, |mailbox| mailbox.0);
        let (by, reason): (String, String) =
            (by.chars().take(TEXT_CHARS).collect(), reason.chars().take(TEXT_CHARS).collect());
        let code = self.hold_code(id, now.as_ms(), &by, &reason).to_vec();
        self.write(move |db| {
            Box::pin(async move {
                let moves = "SELECT count(*) FROM moving WHERE mailbox = ?1";
                if db::query_scalar::<i64>(moves).bind(id).fetch_one(&mut *db).await? > 0 {
                    return Err(StoreError::Moving);
                }
                let put = "INSERT INTO hold (mailbox, since, set_by, reason, mac) VALUES (?1, ?2, ?3, ?4, ?5)
                           ON CONFLICT (mailbox) DO NOTHING";
                let put = db::query(put).bind(id).bind(now.as_ms()).bind(by).bind(reason).bind(code);
                put.execute(db).await.map(drop)
            })
        })
        .await
    }

    /// Ends a hold; what nothing but it kept goes now. Answers how many messages that were. Cut short, it goes on when it is asked
    /// again.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when none is set; those of a write.
    pub async fn end_hold(&self, mailbox: Option<MailboxId>, now: Timestamp) -> Result<u64> {
        self.hear(now);
        let id = mailbox.map_or(ALL, |mailbox| mailbox.0);
        let end = db::query("DELETE FROM hold WHERE mailbox = ?1").bind(id);
        let ended = self.write(move |db| Box::pin(async move { end.execute(db).await })).await?;
        let select = "SELECT DISTINCT mailbox FROM retained WHERE mailbox = coalesce(?1, mailbox)
                      AND mailbox NOT IN (SELECT mailbox FROM hold) AND NOT EXISTS (SELECT 1 FROM hold WHERE mailbox = 0)";
        let free = db::query_scalar(select).bind(mailbox.map(|mailbox| mailbox.0));
        let free: Vec<i64> = free.fetch_all(&self.inner.engine.readers).await?;
        if ended.rows_affected() == 0 && free.is_empty() {
            return Err(StoreError::NoSuch("hold".to_owned()));
        }
        let mut gone = 0;
        for mailbox in free.into_iter().map(MailboxId) {
            loop {
                let store = self.clone();
                let some = self.write(move |db| Box::pin(async move { store.let_go(db, mailbox).await })).await?;
                let Some(released) = some else { break };
                gone += released.sum.messages;
                self.remove_bodies(released.orphans).await;
            }
        }
        Ok(gone)
    }

    /// Lets go of some of what a hold kept that is no more; nothing when there is nothing left.
    async fn let_go(&self, db: &mut Conn, mailbox: MailboxId) -> Result<Option<Released>> {
        if is_held(db, mailbox).await? {
            return Ok(None);
        }
        let delete = "DELETE FROM retained WHERE mailbox = ?1 AND content IN
                      (SELECT content FROM retained WHERE mailbox = ?1 LIMIT ?2) RETURNING content";
        let kept = db::query_scalar(delete).bind(mailbox.0).bind(SOME);
        let kept: Vec<Vec<u8>> = kept.fetch_all(&mut *db).await?;
        if kept.is_empty() {
            return Ok(None);
        }
        self.release(db, mailbox, kept, Cause { why: Why::HoldEnded, events: 0 }).await.map(Some)
    }

    /// The holds that are set. One that does not verify is a finding, and holds: nothing is lost by that.
    ///
    /// # Errors
    /// Those of a read.
    pub async fn legal_holds(&self) -> Result<Vec<Hold>> {
        let select = "SELECT h.mailbox, m.owner, h.since, h.set_by, h.reason, h.mac
                      FROM hold h LEFT JOIN mailbox m ON m.id = h.mailbox ORDER BY h.since, h.mailbox";
        let rows: Vec<Row> = db::query_as(select).fetch_all(&self.inner.engine.readers).await?;
        let hold = |(mailbox, owner, since, set_by, reason, code): Row| {
            if !mac::same(&code, &self.hold_code(mailbox, since, &set_by, &reason)) {
                self.found_tampered(&format!("the hold on mailbox {mailbox}"));
            }
            Hold { owner: owner.map(EntryId), since: Timestamp::from_ms(since), set_by, reason }
        };
        Ok(rows.into_iter().map(hold).collect())
    }

    fn hold_code(&self, mailbox: i64, since: i64, by: &str, reason: &str) -> [u8; 32] {
        let fields = [self.name().as_str().into(), mailbox.into(), since.into(), by.into(), reason.into()];
        mac::code(&self.inner.keys.integrity, "hold", &fields)
    }
}

/// Whether nothing of a mailbox may be removed. Part of the write that would.
pub(super) async fn is_held(db: &mut Conn, mailbox: MailboxId) -> Result<bool> {
    let select = "SELECT count(*) FROM hold WHERE mailbox IN (0, ?1)";
    Ok(db::query_scalar::<i64>(select).bind(mailbox.0).fetch_one(db).await? > 0)
}
