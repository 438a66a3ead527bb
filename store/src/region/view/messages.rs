//! The messages of a folder.

use mail::{Flags, SystemFlags, Timestamp};

use crate::region::{Placed, content_id};
use crate::{FolderId, MailboxId, RegionStore, Result};

/// uid, content, flags, keywords, modseq, received_at, size
pub(in crate::region) type Row = (u32, Vec<u8>, u8, Option<Vec<u8>>, i64, i64, i64);

impl RegionStore {
    /// The messages of a folder by UID.
    ///
    /// # Errors
    /// [`crate::StoreError::NoView`] in standby; those of a read.
    pub async fn messages(&self, mailbox: MailboxId, folder: FolderId) -> Result<Vec<Placed>> {
        self.open_view(mailbox).await?;
        let select = "SELECT p.uid, p.content, p.flags, p.keywords, p.modseq, p.received_at, p.size
                      FROM placement p JOIN folder f ON f.id = p.folder
                      WHERE p.folder = ?1 AND f.mailbox = ?2 ORDER BY p.uid";
        let rows: Vec<Row> =
            sqlx::query_as(select).bind(folder.0).bind(mailbox.0).fetch_all(&self.inner.engine.readers).await?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            messages.push(self.placed(mailbox, row).await?);
        }
        Ok(messages)
    }

    pub(in crate::region) async fn placed(&self, mailbox: MailboxId, row: Row) -> Result<Placed> {
        let (uid, content, flags, keywords, modseq, received_at, size) = row;
        Ok(Placed {
            uid,
            content: content_id(&content)?,
            flags: self.open_flags(mailbox, flags, keywords.as_deref()).await?,
            modseq: u64::try_from(modseq).unwrap_or_default(),
            received_at: Timestamp::from_ms(received_at),
            size_bytes: u64::try_from(size).unwrap_or_default(),
        })
    }

    /// All flags; keywords are left out while the mailbox is sealed.
    pub(crate) async fn open_flags(&self, mailbox: MailboxId, system: u8, keywords: Option<&[u8]>) -> Result<Flags> {
        let mut flags = Flags::from(SystemFlags::from_bits(system));
        if let Some(keywords) = keywords.filter(|_| self.is_unsealed(mailbox)) {
            flags.keywords.extend(self.open_keywords(mailbox, keywords).await?);
        }
        Ok(flags)
    }
}
