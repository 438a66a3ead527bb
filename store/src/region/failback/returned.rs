//! Remembering what failback put where, so that nothing is pushed twice or taken for new.

use crate::db;
use mail::{Flags, Timestamp};

use crate::region::film::Spot;
use crate::region::{PathMac, Place, Seen};
use crate::{ContentId, MailboxId, RegionStore, Result};

impl RegionStore {
    /// The primary now has this content at this place with these flags: appended, found there, or moved. What
    /// the primary had of it elsewhere is gone from there if it was moved.
    ///
    /// # Errors
    /// Those of [`Self::record`].
    #[expect(clippy::too_many_arguments, reason = "a request as the protocol has it")]
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
        let there = Seen::Folder { path: path.clone(), role: None, uidvalidity, at };
        let returned = Seen::Returned { path, uidvalidity, uid, flags, content, at };
        let elsewhere = self.elsewhere(mailbox, content, folder).await?;
        self.record_move(mailbox, [there, returned], elsewhere).await?;
        self.write(move |db| {
            Box::pin(async move {
                db::query(
                    "INSERT INTO returned (mailbox, content, path_mac, uidvalidity, uid, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (mailbox, content, path_mac) DO UPDATE SET uidvalidity = ?4, uid = ?5, at = ?6;
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

    /// Where else the primary is believed to have the message that the view has in this folder.
    async fn elsewhere(&self, mailbox: MailboxId, content: ContentId, folder: PathMac) -> Result<Vec<Spot>> {
        let select = "SELECT s.path_mac, s.uidvalidity, m.uid
                      FROM placement p JOIN folder f ON f.id = p.folder AND f.mailbox = ?1 AND f.name_mac = ?3
                      JOIN source s ON s.mailbox = ?1 AND s.path_mac = p.source_mac AND s.path_mac <> ?3
                                    AND s.uidvalidity = p.source_uidvalidity
                      JOIN source_message m ON m.source = s.id AND m.uid = p.source_uid
                      WHERE p.content = ?2";
        let rows: Vec<(Vec<u8>, u32, u32)> = db::query_as(select)
            .bind(mailbox.0)
            .bind(&content.0[..])
            .bind(&folder.0[..])
            .fetch_all(&self.inner.engine.readers)
            .await?;
        let spot = |(mac, uidvalidity, uid): (Vec<u8>, u32, u32)| {
            Some((PathMac(mac.as_slice().try_into().ok()?), uidvalidity, uid))
        };
        Ok(rows.into_iter().filter_map(spot).collect())
    }
}
