//! Changing flags: read and sealed here, written if nobody came in between, else once more.

use crate::db::{self, Conn};
use mail::Flags;

use super::{home, moved_on, next_modseq};
use crate::region::epoch::{EpochRow, Sealer};
use crate::region::layout::TOUCHED_FLAGS;
use crate::region::{FlagChange, json};
use crate::{FolderId, MailboxId, RegionStore, Result, StoreError};

/// Rounds before giving up on a mailbox that never stands still.
const ROUNDS: usize = 8;

/// The new flags of one message.
struct Changed {
    uid: u32,
    was_modseq: i64,
    flags: Flags,
    keywords: Option<Vec<u8>>,
}

/// uid, flags, keywords, modseq
type Row = (u32, u8, Option<Vec<u8>>, i64);

/// UID, all flags, mod-sequence.
type Reported = (u32, Flags, u64);

impl RegionStore {
    /// Changes the flags of messages, and answers all flags and the mod-sequence of each that was found and, with
    /// `unchanged_since`, has not changed since that mod-sequence (RFC 7162 §3.1.3).
    ///
    /// # Errors
    /// [`StoreError::Sealed`], as keywords are; [`StoreError::NoSuch`] folder; those of a write.
    #[expect(clippy::too_many_arguments, reason = "a request as the protocol has it")]
    pub async fn set_flags(
        &self,
        mailbox: MailboxId,
        folder: FolderId,
        uids: &[u32],
        change: FlagChange,
        unchanged_since: Option<u64>,
    ) -> Result<Vec<Reported>> {
        self.open_view(mailbox).await?;
        let sealer = self.sealer(mailbox, self.heard()).await?;
        let mut reported = Vec::with_capacity(uids.len());
        let mut waiting = uids.to_vec();
        for _ in 0..ROUNDS {
            let rows = self.flag_rows(mailbox, folder, &waiting, unchanged_since).await?;
            let (same, changed) = self.apply(mailbox, &sealer, &change, rows).await?;
            reported.extend(same);
            if changed.is_empty() {
                reported.sort_by_key(|(uid, ..)| *uid);
                return Ok(reported);
            }
            let (written, lost) = self.write_flags(mailbox, folder, sealer.row(), changed).await?;
            reported.extend(written);
            waiting = lost;
        }
        Err(StoreError::Busy)
    }

    async fn flag_rows(
        &self,
        mailbox: MailboxId,
        folder: FolderId,
        uids: &[u32],
        unchanged_since: Option<u64>,
    ) -> Result<Vec<Row>> {
        let select = "SELECT p.uid, p.flags, p.keywords, p.modseq
                      FROM placement p JOIN folder f ON f.id = p.folder
                      WHERE p.folder = ?1 AND f.mailbox = ?2 AND p.uid IN (SELECT value FROM json_each(?3))
                      AND p.modseq <= ?4";
        let since = unchanged_since.map_or(i64::MAX, |since| i64::try_from(since).unwrap_or(i64::MAX));
        let select = db::query_as(select).bind(folder.0).bind(mailbox.0);
        let rows = select.bind(json(uids.iter().map(|uid| i64::from(*uid)))).bind(since);
        rows.fetch_all(&self.inner.engine.readers).await
    }

    async fn apply(
        &self,
        mailbox: MailboxId,
        sealer: &Sealer,
        change: &FlagChange,
        rows: Vec<Row>,
    ) -> Result<(Vec<Reported>, Vec<Changed>)> {
        let (mut same, mut changed) = (Vec::new(), Vec::new());
        for (uid, flags, keywords, was_modseq) in rows {
            if keywords.is_some() && !self.is_unsealed(mailbox) {
                return Err(StoreError::Sealed(mailbox));
            }
            let before = self.open_flags(mailbox, flags, keywords.as_deref()).await?;
            let after = change.applied(before.clone());
            if after == before {
                same.push((uid, after, u64::try_from(was_modseq).unwrap_or_default()));
            } else {
                let keywords = sealer.keywords(&after);
                changed.push(Changed { uid, was_modseq, flags: after, keywords });
            }
        }
        Ok((same, changed))
    }

    /// Answers what was written and the UIDs that somebody else changed in between.
    async fn write_flags(
        &self,
        mailbox: MailboxId,
        folder: FolderId,
        epoch: EpochRow,
        changed: Vec<Changed>,
    ) -> Result<(Vec<Reported>, Vec<u32>)> {
        let row = epoch.clone();
        let outcome = self
            .write(move |db| {
                Box::pin(async move {
                    row.write(db).await?;
                    write_all(db, mailbox, folder, changed).await
                })
            })
            .await?;
        self.epoch_written(&epoch);
        self.inner.bells.ring(mailbox);
        Ok(outcome)
    }
}

async fn write_all(
    db: &mut Conn,
    mailbox: MailboxId,
    folder: FolderId,
    changed: Vec<Changed>,
) -> Result<(Vec<Reported>, Vec<u32>)> {
    let home = home(db, mailbox, folder).await?;
    let modseq = next_modseq(db, mailbox).await?;
    let (mut written, mut lost) = (Vec::with_capacity(changed.len()), Vec::new());
    for change in changed {
        let update = "UPDATE placement SET flags = ?4, keywords = ?5, modseq = ?6, touched = touched | ?7
                      WHERE folder = ?1 AND uid = ?2 AND modseq = ?3";
        let done = db::query(update)
            .bind(folder.0)
            .bind(i64::from(change.uid))
            .bind(change.was_modseq)
            .bind(i64::from(change.flags.system.bits()))
            .bind(change.keywords.as_deref())
            .bind(modseq)
            .bind(TOUCHED_FLAGS)
            .execute(&mut *db)
            .await?;
        if done.rows_affected() == 0 {
            lost.push(change.uid);
        } else {
            written.push((change.uid, change.flags, u64::try_from(modseq).unwrap_or_default()));
        }
    }
    moved_on(db, folder, home.uidnext, modseq).await?;
    Ok((written, lost))
}
