//! Beginning, saving and throwing away.

use crate::db::{self, Conn};
use mail::Timestamp;

use super::row::{DRAFTS_MAX, Row};
use super::{Draft, DraftState, Saved, no_draft};
use crate::region::content_id;
use crate::{ContentId, DraftId, MailboxId, RegionStore, Result, StoreError};

const DAY_MS: i64 = 86_400_000;
/// How long it is remembered that a draft was sent.
const SENT_KEPT_MS: i64 = 30 * DAY_MS;
/// How long one waits that nobody has touched.
const UNTOUCHED_KEPT_MS: i64 = DAY_MS;

impl RegionStore {
    /// Begins a draft, as revision 0: thrown away after a day in which nobody saves it or hangs something on it.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for more drafts than a mailbox has; those of a write.
    pub async fn begin_draft(&self, mailbox: MailboxId, draft: &Draft, now: Timestamp) -> Result<DraftId> {
        self.put_draft(mailbox, draft, (0, now)).await
    }

    /// Saves a draft: a new one, or over the revision it was begun from. The same once more is [`Saved::Done`].
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when it was thrown away; [`StoreError::Refused`] for one that is too long; those of a write.
    pub async fn save_draft(
        &self,
        mailbox: MailboxId,
        known: Option<(DraftId, u32)>,
        draft: &Draft,
        now: Timestamp,
    ) -> Result<Saved> {
        let Some((id, revision)) = known else {
            let id = self.put_draft(mailbox, draft, (1, now)).await?;
            return Ok(Saved::Done { id, revision: 1 });
        };
        let row = self.draft_row(mailbox, id).await?;
        if row.state()? != DraftState::Writing || row.revision != i64::from(revision) {
            return self.saved_elsewhere(mailbox, id, draft).await;
        }
        let sealer = self.sealer(mailbox, now).await?;
        let next = revision.saturating_add(1);
        let sealed = self.seal_draft(&sealer, id, draft)?;
        let new = row.moved(DraftState::Writing, now).rewritten(sealed).at_revision(next).coded(self, mailbox);
        let epoch = sealer.row();
        let written = self
            .write(move |db| {
                Box::pin(async move {
                    epoch.write(db).await?;
                    new.write(db, mailbox, Some(&row.mac)).await
                })
            })
            .await?;
        if !written {
            return self.saved_elsewhere(mailbox, id, draft).await;
        }
        self.epoch_written(&sealer.row());
        Ok(Saved::Done { id, revision: next })
    }

    /// An answer that was lost on its way is no conflict.
    async fn saved_elsewhere(&self, mailbox: MailboxId, id: DraftId, draft: &Draft) -> Result<Saved> {
        let now = self.draft(mailbox, id).await?;
        let same = now.state == DraftState::Writing && now.draft == *draft;
        let (revision, state) = (now.revision, now.state);
        Ok(if same { Saved::Done { id, revision } } else { Saved::Elsewhere { revision, state } })
    }

    async fn put_draft(&self, mailbox: MailboxId, draft: &Draft, (revision, now): (u32, Timestamp)) -> Result<DraftId> {
        // 53 bits: a number for every program that reads it.
        let id = DraftId(i64::from_be_bytes(rand::random()) & 0x001f_ffff_ffff_ffff);
        let sealer = self.sealer(mailbox, now).await?;
        let row = Row::new(id, self.seal_draft(&sealer, id, draft)?, now).at_revision(revision).coded(self, mailbox);
        let epoch = sealer.row();
        let gone = self
            .write(move |db| {
                Box::pin(async move {
                    epoch.write(db).await?;
                    let gone = sweep(db, mailbox, now).await?;
                    room(db, mailbox).await?;
                    row.write(db, mailbox, None).await?;
                    Ok(gone)
                })
            })
            .await?;
        self.epoch_written(&sealer.row());
        self.remove_bodies(gone).await;
        Ok(id)
    }

    /// Throws a draft away, with all that hangs on it. One that is on its way stays.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`]; those of a write.
    pub async fn discard_draft(&self, mailbox: MailboxId, id: DraftId) -> Result<()> {
        let gone = self
            .write(move |db| {
                Box::pin(async move {
                    let delete = "DELETE FROM draft WHERE id = ?1 AND mailbox = ?2 AND state = 0";
                    let done = db::query(delete).bind(id.0).bind(mailbox.0).execute(&mut *db).await?;
                    if done.rows_affected() == 0 { Err(no_draft()) } else { orphans(db).await }
                })
            })
            .await?;
        self.remove_bodies(gone).await;
        Ok(())
    }
}

/// Takes away what nobody waits for any more.
async fn sweep(db: &mut Conn, mailbox: MailboxId, now: Timestamp) -> Result<Vec<ContentId>> {
    let delete = "DELETE FROM draft WHERE mailbox = ?1 AND ((state = 2 AND changed_at < ?2)
                  OR (state = 0 AND revision = 0 AND changed_at < ?3
                      AND NOT EXISTS (SELECT 1 FROM draft_part p WHERE p.draft = draft.id)))";
    let delete = db::query(delete).bind(mailbox.0).bind(now.as_ms() - SENT_KEPT_MS);
    let done = delete.bind(now.as_ms() - UNTOUCHED_KEPT_MS).execute(&mut *db).await?;
    if done.rows_affected() > 0 { orphans(db).await } else { Ok(Vec::new()) }
}

async fn room(db: &mut Conn, mailbox: MailboxId) -> Result<()> {
    let select = "SELECT count(*) FROM draft WHERE mailbox = ?1 AND state < 2";
    let drafts: i64 = db::query_scalar(select).bind(mailbox.0).fetch_one(db).await?;
    if drafts < DRAFTS_MAX { Ok(()) } else { Err(StoreError::Refused("a mailbox has 1000 drafts at most".to_owned())) }
}

/// Takes away parts without a draft; answers their blobs.
pub(super) async fn orphans(db: &mut Conn) -> Result<Vec<ContentId>> {
    let delete = "DELETE FROM draft_part WHERE draft NOT IN (SELECT id FROM draft) RETURNING id";
    let gone: Vec<Vec<u8>> = db::query_scalar(delete).fetch_all(db).await?;
    gone.iter().map(|id| content_id(id)).collect()
}
