//! Reading messages for their words, many at a time.

use crate::db;
use mail::search::Text;

use crate::seal::{Epoch, Key};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

/// Content, wrapped key, code, body or nothing where it is a file.
type Row = (Vec<u8>, Vec<u8>, Vec<u8>, Option<Vec<u8>>);

/// A message that is read: nothing where it cannot be.
pub(super) type Read = (ContentId, Option<Vec<u8>>);

impl RegionStore {
    /// The octets of messages, as far as the mailbox holds them; `None` for one that was tampered with.
    pub(super) async fn bodies(
        &self,
        mailbox: MailboxId,
        contents: &[ContentId],
        ended: Option<&Epoch>,
    ) -> Result<Vec<Read>> {
        let ids: Vec<String> = contents.iter().map(|id| format!("\"{id}\"")).collect();
        let select = "SELECT c.id, k.sealed, c.raw_mac, c.raw FROM json_each(?2) asked
                      JOIN content_key k ON k.content = unhex(asked.value) AND k.mailbox = ?1
                      JOIN content c ON c.id = k.content";
        let rows = db::query_as(select).bind(mailbox.0).bind(format!("[{}]", ids.join(",")));
        let rows: Vec<Row> = rows.fetch_all(&self.inner.engine.readers).await?;
        let mut bodies = Vec::with_capacity(rows.len());
        for row in rows {
            let id = crate::region::content_id(&row.0)?;
            match self.body(mailbox, id, row, ended).await {
                Ok(raw) => bodies.push((id, Some(raw))),
                Err(StoreError::Tampered(_)) => bodies.push((id, None)),
                Err(other) => return Err(other),
            }
        }
        Ok(bodies)
    }

    async fn body(&self, mailbox: MailboxId, id: ContentId, row: Row, ended: Option<&Epoch>) -> Result<Vec<u8>> {
        let (_, wrapped, code, sealed) = row;
        let tampered = || StoreError::Tampered(format!("the key of content {id}"));
        let epoch = wrapped.first_chunk::<16>().ok_or_else(tampered)?;
        let epoch = self.written_or_opened(mailbox, epoch, ended).await?;
        let key = self.content_key_under(&epoch, mailbox, id, &wrapped).ok_or_else(tampered)?;
        let sealed = match sealed {
            Some(sealed) => Some(sealed),
            None => self.inner.blobs.read(id).await?,
        };
        self.opened_raw(id, &key, (&code, &sealed.ok_or_else(tampered)?))
    }

    /// The key of an epoch: one that is written under, one that just ended, or one of an unsealed mailbox.
    pub(super) async fn written_or_opened(
        &self,
        mailbox: MailboxId,
        id: &[u8; 16],
        ended: Option<&Epoch>,
    ) -> Result<Key> {
        let writing = self.inner.ring.writing(mailbox, i64::MIN);
        match ended.into_iter().chain(writing.as_ref()).find(|epoch| epoch.id == *id) {
            Some(epoch) => Ok(epoch.key.clone()),
            None => self.epoch_key(mailbox, id).await,
        }
    }
}

/// What a message says; nothing for one that cannot be read.
pub(super) fn text(read: &Read) -> Option<Text> {
    read.1.as_deref().map(Text::of)
}
