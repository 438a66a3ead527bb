//! Reading messages for their words, many at a time.

use crate::db;
use mail::search::Text;

use crate::region::content::ContentRow;
use crate::seal::{Epoch, Key};
use crate::{ContentId, MailboxId, RegionStore, Result, StoreError};

/// A row of what was asked for: id, the key wrapped for the mailbox, and as a [`ContentRow`].
struct Row {
    id: Vec<u8>,
    wrapped: Vec<u8>,
    summary_mac: Vec<u8>,
    summary: Vec<u8>,
    raw_mac: Vec<u8>,
    raw: Option<Vec<u8>>,
}

crate::db::record!(Row { id, wrapped, summary_mac, summary, raw_mac, raw });

/// A message that is still to be opened, off the runtime's own threads.
pub(super) struct SealedBody {
    pub(super) id: ContentId,
    epoch: Option<Key>,
    wrapped: Vec<u8>,
    row: ContentRow,
}

impl RegionStore {
    /// Messages with what it takes to open them, as far as the mailbox holds them.
    pub(super) async fn bodies(
        &self,
        mailbox: MailboxId,
        contents: &[ContentId],
        ended: Option<&Epoch>,
    ) -> Result<Vec<SealedBody>> {
        let ids: Vec<String> = contents.iter().map(|id| format!("\"{id}\"")).collect();
        let select =
            "SELECT c.id, k.sealed AS wrapped, c.summary_mac, c.summary, c.raw_mac, c.raw FROM json_each(?2) asked
                      JOIN content_key k ON k.content = unhex(asked.value) AND k.mailbox = ?1
                      JOIN content c ON c.id = k.content";
        let rows = db::query_as(select).bind(mailbox.0).bind(format!("[{}]", ids.join(",")));
        let rows: Vec<Row> = rows.fetch_all(&self.inner.engine.readers).await?;
        let mut bodies = Vec::with_capacity(rows.len());
        for Row { id, wrapped, summary_mac, summary, raw_mac, raw } in rows {
            let id = crate::region::content_id(&id)?;
            let mut row = ContentRow { summary_mac, summary, raw_mac, raw };
            let epoch = match wrapped.first_chunk::<16>() {
                Some(epoch) => match self.written_or_opened(mailbox, epoch, ended).await {
                    Err(StoreError::Tampered(_)) => None,
                    key => Some(key?),
                },
                None => None,
            };
            self.read_body(id, &mut row).await?;
            bodies.push(SealedBody { id, epoch, wrapped, row });
        }
        Ok(bodies)
    }

    /// What a message says; nothing for one that was tampered with.
    pub(super) fn text_of(&self, mailbox: MailboxId, body: &SealedBody) -> Option<Text> {
        let key = self.content_key_under(body.epoch.as_ref()?, mailbox, body.id, &body.wrapped)?;
        let raw = self.opened_raw(body.id, &key, &body.row).ok()?;
        Some(Text::of(&raw))
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
