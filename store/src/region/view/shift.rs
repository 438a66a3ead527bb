//! Copying, moving and expunging.

use mail::SystemFlags;

use crate::db::{self, Conn};

use super::{home, moved_on, next_modseq};
use crate::region::json;
use crate::region::layout::TOUCHED_FOLDER;
use crate::{FolderId, MailboxId, RegionStore, Result};

const COLUMNS: &str = "folder, uid, content, size, flags, keywords, modseq, received_at, own, touched,
                       source_mac, source_uidvalidity, source_uid";

/// `\Deleted`, as rows have it.
const DELETED: i64 = SystemFlags::DELETED.bits() as i64;

impl RegionStore {
    /// Takes messages away; answers the UIDs that were there. What the primary has of them is remembered as
    /// deleted by staff.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`] folder; those of a write.
    pub async fn expunge(&self, mailbox: MailboxId, folder: FolderId, uids: &[u32]) -> Result<Vec<u32>> {
        self.open_view(mailbox).await?;
        let uids = json(uids.iter().map(|uid| i64::from(*uid)));
        let gone = self.write(move |db| Box::pin(async move { expunge(db, mailbox, folder, uids).await })).await?;
        self.inner.bells.ring(mailbox);
        Ok(gone)
    }

    /// Takes away those of these messages that are marked `\Deleted` now; answers their UIDs.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`] folder; those of a write.
    pub async fn expunge_marked(&self, mailbox: MailboxId, folder: FolderId, uids: &[u32]) -> Result<Vec<u32>> {
        self.open_view(mailbox).await?;
        let uids = json(uids.iter().map(|uid| i64::from(*uid)));
        let gone = self.write(move |db| {
            Box::pin(async move {
                let select = "SELECT uid FROM placement
                              WHERE folder = ?1 AND uid IN (SELECT value FROM json_each(?2)) AND flags & ?3 <> 0";
                let marked = db::query_scalar(select).bind(folder.0).bind(uids).bind(DELETED);
                let marked: Vec<i64> = marked.fetch_all(&mut *db).await?;
                expunge(db, mailbox, folder, json(marked)).await
            })
        });
        let gone = gone.await?;
        self.inner.bells.ring(mailbox);
        Ok(gone)
    }

    /// Copies messages; answers their old and new UIDs.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`] folder; those of a write.
    pub async fn copy(
        &self,
        mailbox: MailboxId,
        folder: FolderId,
        uids: &[u32],
        to: FolderId,
    ) -> Result<Vec<(u32, u32)>> {
        self.shift(mailbox, uids, Shift { kind: Kind::Copy, folder, to }).await
    }

    /// Moves messages; answers their old and new UIDs. A moved message stays the one that the primary has.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`] folder; those of a write.
    pub async fn move_messages(
        &self,
        mailbox: MailboxId,
        folder: FolderId,
        uids: &[u32],
        to: FolderId,
    ) -> Result<Vec<(u32, u32)>> {
        self.shift(mailbox, uids, Shift { kind: Kind::Move, folder, to }).await
    }

    async fn shift(&self, mailbox: MailboxId, uids: &[u32], shift: Shift) -> Result<Vec<(u32, u32)>> {
        self.open_view(mailbox).await?;
        let uids = json(uids.iter().map(|uid| i64::from(*uid)));
        let pairs = self.write(move |db| Box::pin(async move { shift.run(db, mailbox, uids).await })).await?;
        self.inner.bells.ring(mailbox);
        Ok(pairs)
    }
}

async fn expunge(db: &mut Conn, mailbox: MailboxId, folder: FolderId, uids: String) -> Result<Vec<u32>> {
    let home = home(db, mailbox, folder).await?;
    let modseq = next_modseq(db, mailbox).await?;
    let remember = "INSERT OR IGNORE INTO expunged (mailbox, source_mac, uidvalidity, uid)
                    SELECT ?1, source_mac, source_uidvalidity, source_uid FROM placement
                    WHERE folder = ?2 AND uid IN (SELECT value FROM json_each(?3)) AND source_mac IS NOT NULL";
    db::query(remember).bind(mailbox.0).bind(folder.0).bind(&uids).execute(&mut *db).await?;
    let delete = "DELETE FROM placement WHERE folder = ?1 AND uid IN (SELECT value FROM json_each(?2)) RETURNING uid";
    let mut gone: Vec<u32> = db::query_scalar(delete).bind(folder.0).bind(&uids).fetch_all(&mut *db).await?;
    gone.sort_unstable();
    moved_on(db, folder, home.uidnext, modseq).await?;
    Ok(gone)
}

#[derive(Clone, Copy)]
enum Kind {
    Copy,
    Move,
}

/// Messages going from one folder to another.
#[derive(Clone, Copy)]
struct Shift {
    kind: Kind,
    folder: FolderId,
    to: FolderId,
}

impl Shift {
    async fn run(self, db: &mut Conn, mailbox: MailboxId, uids: String) -> Result<Vec<(u32, u32)>> {
        let from = home(db, mailbox, self.folder).await?;
        let there = home(db, mailbox, self.to).await?;
        let modseq = next_modseq(db, mailbox).await?;
        let select = "SELECT uid FROM placement WHERE folder = ?1 AND uid IN (SELECT value FROM json_each(?2))
                      ORDER BY uid";
        let found: Vec<i64> = db::query_scalar(select).bind(self.folder.0).bind(uids).fetch_all(&mut *db).await?;
        let mut pairs = Vec::with_capacity(found.len());
        for (uid, new) in found.into_iter().zip(there.uidnext..) {
            self.place(db, uid, new, modseq).await?;
            pairs.push((u32::try_from(uid).unwrap_or(u32::MAX), u32::try_from(new).unwrap_or(u32::MAX)));
        }
        let placed = i64::try_from(pairs.len()).unwrap_or(i64::MAX);
        moved_on(db, self.to, there.uidnext.saturating_add(placed), modseq).await?;
        if matches!(self.kind, Kind::Move) {
            moved_on(db, self.folder, from.uidnext, modseq).await?;
        }
        Ok(pairs)
    }

    async fn place(self, db: &mut Conn, uid: i64, new: i64, modseq: i64) -> Result<()> {
        // A copy is Relais's own; only the moved one is still the primary's.
        let taken = match self.kind {
            Kind::Copy => "1, 0, NULL, 0, 0",
            Kind::Move => "own, touched | ?6, source_mac, source_uidvalidity, source_uid",
        };
        let insert = format!(
            "INSERT INTO placement ({COLUMNS})
             SELECT ?3, ?4, content, size, flags, keywords, ?5, received_at, {taken}
             FROM placement WHERE folder = ?1 AND uid = ?2"
        );
        let insert = db::query(db::Made(insert)).bind(self.folder.0).bind(uid).bind(self.to.0).bind(new);
        let insert = insert.bind(modseq);
        if matches!(self.kind, Kind::Copy) {
            insert.execute(db).await?;
            return Ok(());
        }
        insert.bind(TOUCHED_FOLDER).execute(&mut *db).await?;
        let delete = "DELETE FROM placement WHERE folder = ?1 AND uid = ?2";
        db::query(delete).bind(self.folder.0).bind(uid).execute(db).await?;
        Ok(())
    }
}
