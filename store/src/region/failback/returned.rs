//! Remembering what failback put where, so that nothing is pushed twice or taken for new.

use mail::{Flags, Timestamp};

use crate::region::{Place, Seen};
use crate::{ContentId, MailboxId, RegionStore, Result};

impl RegionStore {
    /// The primary now has this content at this place with these flags: appended, found there, or moved. What
    /// the primary had of it elsewhere is gone from there if it was moved.
    ///
    /// # Errors
    /// Those of [`Self::record`].
    pub async fn record_returned(
        &self,
        mailbox: MailboxId,
        content: ContentId,
        place: Place,
        flags: Flags,
        at: Timestamp,
    ) -> Result<()> {
        let folder = self.path_mac(mailbox, &place.path);
        let Place { path, uidvalidity, uid } = place;
        let returned = Seen::Returned { path, uidvalidity, uid, flags, content, at };
        self.record(mailbox, vec![returned], None).await?;
        self.write(move |db| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO returned (mailbox, content, path_mac, uidvalidity, uid, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT DO UPDATE SET uidvalidity = ?4, uid = ?5, at = ?6;
                     UPDATE placement SET source_mac = ?3, source_uidvalidity = ?4, source_uid = ?5
                     WHERE content = ?2 AND folder IN (SELECT id FROM folder WHERE mailbox = ?1 AND name_mac = ?3)",
                )
                .bind(mailbox.0)
                .bind(&content.0[..])
                .bind(&folder.0[..])
                .bind(i64::from(uidvalidity))
                .bind(i64::from(uid))
                .bind(at.as_ms())
                .execute(db)
                .await?;
                Ok(())
            })
        })
        .await
    }
}
