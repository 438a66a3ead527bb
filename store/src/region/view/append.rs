//! A message that a client brings.

use crate::db::{self, Conn};
use mail::{Flags, Timestamp};

use super::{home, moved_on, next_modseq};
use crate::region::content::SealedContent;
use crate::region::epoch::EpochRow;
use crate::{FolderId, MailboxId, RegionStore, Result};

/// An appended message whose seals are made.
struct Prepared {
    epoch: EpochRow,
    content: SealedContent,
    wrapped: Vec<u8>,
    flags: i64,
    keywords: Option<Vec<u8>>,
    received_at: Timestamp,
}

impl RegionStore {
    /// Puts a message into a folder; answers its UIDVALIDITY and UID. On disk when this returns.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`] folder; [`crate::StoreError::NoView`] in standby;
    /// [`crate::StoreError::NotTaking`] at the end of an activity; those of a write.
    #[expect(clippy::too_many_arguments, reason = "a request as the protocol has it")]
    pub async fn append(
        &self,
        mailbox: MailboxId,
        folder: FolderId,
        raw: Vec<u8>,
        flags: Flags,
        received_at: Timestamp,
        now: Timestamp,
    ) -> Result<(u32, u32)> {
        self.hear(now);
        self.open_view(mailbox).await?;
        let sealer = self.sealer(mailbox, now).await?;
        let content = self.seal_content(self.new_content_id(), raw, now).await?;
        let prepared = Prepared {
            epoch: sealer.row(),
            wrapped: sealer.content_key(content.id, &content.key),
            content,
            flags: i64::from(flags.system.bits()),
            keywords: sealer.keywords(&flags),
            received_at,
        };
        let store = self.clone();
        let named = self.write(move |db| {
            Box::pin(async move {
                store.check_open(db).await?;
                prepared.write(db, mailbox, folder).await
            })
        });
        let named = named.await?;
        self.epoch_written(&sealer.row());
        self.inner.searches.came(mailbox, 1);
        self.inner.bells.ring(mailbox);
        Ok(named)
    }
}

impl Prepared {
    async fn write(self, db: &mut Conn, mailbox: MailboxId, folder: FolderId) -> Result<(u32, u32)> {
        let home = home(db, mailbox, folder).await?;
        self.epoch.write(db).await?;
        self.content.write(db).await?;
        let modseq = next_modseq(db, mailbox).await?;
        db::query(
            "INSERT INTO content_key (content, mailbox, sealed) VALUES (?1, ?2, ?3);
             INSERT INTO placement (folder, uid, content, size, flags, keywords, modseq, received_at, own)
             VALUES (?4, ?5, ?1, ?6, ?7, ?8, ?9, ?10, 1)",
        )
        .bind(&self.content.id.0[..])
        .bind(mailbox.0)
        .bind(&self.wrapped)
        .bind(folder.0)
        .bind(home.uidnext)
        .bind(self.content.size)
        .bind(self.flags)
        .bind(self.keywords.as_deref())
        .bind(modseq)
        .bind(self.received_at.as_ms())
        .execute(&mut *db)
        .await?;
        moved_on(db, folder, home.uidnext + 1, modseq).await?;
        Ok((home.uidvalidity, u32::try_from(home.uidnext).unwrap_or(u32::MAX)))
    }
}
