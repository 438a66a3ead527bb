//! The view: what IMAP and webmail read and change once a clean point is set.
//!
//! ```text
//!   mailbox ── folder (UIDVALIDITY, UIDNEXT) ── placement (UID, flags, MODSEQ) ── content
//! ```
//!
//! The first call that opens a mailbox lays it out. Every change raises the mailbox's mod-sequence and
//! rings its bell. Changed placements of the film are touched, so that a later lay-out keeps them.

mod append;
mod flags;
mod folders;
mod messages;
mod page;
mod shift;

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::db::{self, Conn};

use crate::{FolderId, MailboxId, RegionStore, Result, StoreError};

/// The views that are known to be laid out for the clean point in force.
#[derive(Default)]
pub(super) struct Views(Mutex<HashSet<MailboxId>>);

impl Views {
    pub(super) fn laid_out(&self, mailbox: MailboxId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(mailbox);
    }

    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn knows(&self, mailbox: MailboxId) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&mailbox)
    }
}

impl RegionStore {
    /// Lays the mailbox out if that is still to be done.
    pub(super) async fn open_view(&self, mailbox: MailboxId) -> Result<()> {
        if !self.inner.views.knows(mailbox) {
            self.lay_out(mailbox).await?;
        }
        Ok(())
    }
}

/// What a change needs to know of its folder.
struct Home {
    uidvalidity: u32,
    uidnext: i64,
}

/// The folder, if it is the mailbox's.
async fn home(db: &mut Conn, mailbox: MailboxId, folder: FolderId) -> Result<Home> {
    let select = "SELECT uidvalidity, uidnext FROM folder WHERE id = ?1 AND mailbox = ?2";
    let row: Option<(u32, i64)> = db::query_as(select).bind(folder.0).bind(mailbox.0).fetch_optional(db).await?;
    row.map(|(uidvalidity, uidnext)| Home { uidvalidity, uidnext }).ok_or_else(no_folder)
}

fn no_folder() -> StoreError {
    StoreError::NoSuch("folder".to_owned())
}

/// The next mod-sequence of a mailbox.
pub(super) async fn next_modseq(db: &mut Conn, mailbox: MailboxId) -> Result<i64> {
    let update = "UPDATE mailbox SET modseq = modseq + 1 WHERE id = ?1 RETURNING modseq";
    db::query_scalar(update).bind(mailbox.0).fetch_one(db).await
}

/// The next UIDVALIDITY of a mailbox (RFC 3501 §2.3.1.1: a number that only rises): the second, or the one after the last.
pub(super) async fn next_uidvalidity(db: &mut Conn, mailbox: MailboxId, now_s: i64) -> Result<i64> {
    let update = "UPDATE mailbox SET uidvalidity = CASE WHEN uidvalidity < ?2 THEN ?2 ELSE uidvalidity + 1 END
                  WHERE id = ?1 RETURNING uidvalidity";
    db::query_scalar(update).bind(mailbox.0).bind(now_s & 0xffff_ffff).fetch_one(db).await
}

/// The folder changed at this mod-sequence, and its next message gets this UID.
async fn moved_on(db: &mut Conn, folder: FolderId, uidnext: i64, modseq: i64) -> Result<()> {
    let update = "UPDATE folder SET uidnext = max(uidnext, ?2), highest_modseq = ?3 WHERE id = ?1";
    db::query(update).bind(folder.0).bind(uidnext).bind(modseq).execute(db).await?;
    Ok(())
}
