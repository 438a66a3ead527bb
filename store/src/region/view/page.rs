//! One page of a folder, newest first, at the cost of the page.
//!
//! ```text
//!   placement_by_arrival  folder · received_at · uid      all of them
//!   placement_unseen      the same, unseen only           both are walked from their end; a page then
//!   placement_flagged     the same, flagged only          fetches its own rows and no other
//! ```

use crate::db::{self, Conn};

use super::messages::Row;
use super::no_folder;
use crate::region::{Neighbours, Only, Page, PageAsk, PageFrom};
use crate::{FolderId, MailboxId, RegionStore, Result};

/// The most messages of one page.
const LIMIT_MAX: u32 = 500;

/// The statement that finds a page's rows, for each filter: an index is used only when its condition is named.
macro_rules! find {
    ($range:literal, $order:literal) => {
        [
            concat!(
                "SELECT folder, uid FROM placement INDEXED BY placement_by_arrival WHERE folder = ?1 ",
                $range,
                $order
            ),
            concat!(
                "SELECT folder, uid FROM placement INDEXED BY placement_unseen WHERE folder = ?1 AND flags & 1 = 0 ",
                $range,
                $order
            ),
            concat!(
                "SELECT folder, uid FROM placement INDEXED BY placement_flagged WHERE folder = ?1 AND flags & 4 <> 0 ",
                $range,
                $order
            ),
        ]
    };
}

const OFFSET: [&str; 3] = find!("", "ORDER BY received_at DESC, uid DESC LIMIT ?2 OFFSET ?3");
const OLDER: [&str; 3] = find!("AND (received_at, uid) < (?3, ?4) ", "ORDER BY received_at DESC, uid DESC LIMIT ?2");
const NEWER: [&str; 3] = find!("AND (received_at, uid) > (?3, ?4) ", "ORDER BY received_at, uid LIMIT ?2");

impl RegionStore {
    /// One page of a folder, the newest first, and what the folder holds in all.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`] folder; [`crate::StoreError::NoView`] in standby; those of a read.
    pub async fn page(&self, mailbox: MailboxId, folder: FolderId, ask: PageAsk) -> Result<Page> {
        self.open_view(mailbox).await?;
        let mut db = self.inner.engine.readers.reading().await?;
        let select = "SELECT messages, unseen, uidvalidity FROM folder WHERE id = ?1 AND mailbox = ?2";
        let counts: Option<(i64, i64, u32)> =
            db::query_as(select).bind(folder.0).bind(mailbox.0).fetch_optional(&mut *db).await?;
        let (total, unseen, uidvalidity) = counts.ok_or_else(no_folder)?;
        let matching = match ask.only {
            Only::All => total,
            Only::Unseen => unseen,
            Only::Flagged => flagged(&mut db, folder).await?,
        };
        let rows = rows(&mut db, folder, ask).await?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            messages.push(self.placed(mailbox, row).await?);
        }
        let count = |number: i64| u32::try_from(number).unwrap_or_default();
        let (total, unseen, matching) = (count(total), count(unseen), count(matching));
        Ok(Page { messages, total, unseen, matching, uidvalidity })
    }

    /// The messages before and after one in the order of [`Self::page`]. Of a UID that is not there any more, nothing.
    ///
    /// # Errors
    /// As for [`Self::page`].
    pub async fn neighbours(&self, mailbox: MailboxId, folder: FolderId, uid: u32, only: Only) -> Result<Neighbours> {
        self.open_view(mailbox).await?;
        let mut db = self.inner.engine.readers.reading().await?;
        let select = "SELECT p.received_at FROM placement p JOIN folder f ON f.id = p.folder
                      WHERE p.folder = ?1 AND p.uid = ?3 AND f.mailbox = ?2";
        let at = db::query_scalar(select).bind(folder.0).bind(mailbox.0).bind(i64::from(uid));
        let at: Option<i64> = at.fetch_optional(&mut *db).await?;
        let Some(at) = at else { return Ok(Neighbours::default()) };
        let newer = beside(&mut db, NEWER, folder, (at, uid, only)).await?;
        let older = beside(&mut db, OLDER, folder, (at, uid, only)).await?;
        Ok(Neighbours { newer, older })
    }

    /// One message of a folder.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`] message; [`crate::StoreError::NoView`] in standby.
    pub async fn message(&self, mailbox: MailboxId, folder: FolderId, uid: u32) -> Result<crate::region::Placed> {
        self.open_view(mailbox).await?;
        let select = "SELECT p.uid, p.content, p.flags, p.keywords, p.modseq, p.received_at, p.size
                      FROM placement p JOIN folder f ON f.id = p.folder
                      WHERE p.folder = ?1 AND p.uid = ?3 AND f.mailbox = ?2";
        let row = db::query_as(select).bind(folder.0).bind(mailbox.0).bind(i64::from(uid));
        let row: Option<Row> = row.fetch_optional(&self.inner.engine.readers).await?;
        let row = row.ok_or_else(|| crate::StoreError::NoSuch("message".to_owned()))?;
        self.placed(mailbox, row).await
    }
}

async fn rows(db: &mut Conn, folder: FolderId, ask: PageAsk) -> Result<Vec<Row>> {
    let (find, backwards) = match ask.from {
        PageFrom::Offset(_) => (OFFSET, false),
        PageFrom::OlderThan { .. } => (OLDER, false),
        PageFrom::NewerThan { .. } => (NEWER, true),
    };
    let find = one(find, ask.only);
    let whole = format!(
        "SELECT p.uid, p.content, p.flags, p.keywords, p.modseq, p.received_at, p.size
         FROM ({find}) k CROSS JOIN placement p ON p.folder = k.folder AND p.uid = k.uid"
    );
    let select = db::query_as(db::Made(whole)).bind(folder.0).bind(ask.limit.min(LIMIT_MAX));
    let select = match ask.from {
        PageFrom::Offset(offset) => select.bind(i64::from(offset)),
        PageFrom::OlderThan { received_at, uid } | PageFrom::NewerThan { received_at, uid } => {
            select.bind(received_at.as_ms()).bind(i64::from(uid))
        }
    };
    let mut rows: Vec<Row> = select.fetch_all(db).await?;
    if backwards {
        rows.reverse();
    }
    Ok(rows)
}

async fn beside(
    db: &mut Conn,
    find: [&'static str; 3],
    folder: FolderId,
    (at, uid, only): (i64, u32, Only),
) -> Result<Option<u32>> {
    let select = db::query_as(db::Made(one(find, only).to_owned()));
    let found: Option<(i64, u32)> =
        select.bind(folder.0).bind(1).bind(at).bind(i64::from(uid)).fetch_optional(db).await?;
    Ok(found.map(|(_, uid)| uid))
}

async fn flagged(db: &mut Conn, folder: FolderId) -> Result<i64> {
    let select = "SELECT count(*) FROM placement INDEXED BY placement_flagged WHERE folder = ?1 AND flags & 4 <> 0";
    db::query_scalar(select).bind(folder.0).fetch_one(db).await
}

fn one(of: [&'static str; 3], only: Only) -> &'static str {
    let [all, unseen, flagged] = of;
    match only {
        Only::All => all,
        Only::Unseen => unseen,
        Only::Flagged => flagged,
    }
}
