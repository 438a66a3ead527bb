//! Where the messages of a mailbox lie: from content to folder and UID, kept up to date by mod-sequence.

use crate::db;
use std::sync::Arc;

use crate::{ContentId, MailboxId, RegionStore, Result};

/// One place of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) content: ContentId,
    pub(super) folder: i64,
    pub(super) uid: u32,
    pub(super) received_ms: i64,
}

/// All places of a mailbox's messages, by content.
pub(super) struct Places {
    rows: Vec<Place>,
    modseq: i64,
    /// Changes when the mailbox is laid out anew.
    layout: i64,
    /// Nothing was added to it since it was read: what it names was there at `modseq`.
    pub(super) is_fresh: bool,
}

/// content, folder, uid, received_at
type Row = (Vec<u8>, i64, u32, i64);

impl Places {
    pub(super) fn size_bytes(&self) -> usize {
        self.rows.len() * size_of::<Place>()
    }

    /// The places of a content.
    pub(super) fn of(&self, content: &ContentId) -> &[Place] {
        let from = self.rows.partition_point(|place| place.content < *content);
        let rest = self.rows.get(from..).unwrap_or_default();
        let count = rest.iter().take_while(|place| place.content == *content).count();
        rest.get(..count).unwrap_or_default()
    }
}

impl RegionStore {
    /// The places as they are now, from those that were known.
    pub(super) async fn refreshed(&self, mailbox: MailboxId, known: Option<Arc<Places>>) -> Result<Arc<Places>> {
        let select = "SELECT modseq, (SELECT coalesce(max(uidvalidity), 0) FROM folder WHERE mailbox = ?1)
                      FROM mailbox WHERE id = ?1";
        let now = db::query_as(select).bind(mailbox.0).fetch_one(&self.inner.engine.readers);
        let (modseq, layout): (i64, i64) = now.await?;
        let known = known.filter(|known| known.layout == layout);
        let (mut rows, after, is_fresh) = match known {
            Some(known) if known.modseq == modseq => return Ok(known),
            Some(known) => (known.rows.clone(), known.modseq, false),
            None => (Vec::new(), -1, true),
        };
        rows.extend(self.place_rows(mailbox, after).await?);
        rows.sort_unstable();
        rows.dedup();
        Ok(Arc::new(Places { rows, modseq, layout, is_fresh }))
    }

    /// Places that changed after a mod-sequence.
    async fn place_rows(&self, mailbox: MailboxId, after: i64) -> Result<Vec<Place>> {
        let select = "SELECT p.content, p.folder, p.uid, p.received_at FROM folder f
                      JOIN placement p ON p.folder = f.id WHERE f.mailbox = ?1 AND p.modseq > ?2";
        let rows = db::query_as(select).bind(mailbox.0).bind(after);
        let rows: Vec<Row> = rows.fetch_all(&self.inner.engine.readers).await?;
        let place = |(content, folder, uid, received_ms): Row| {
            Ok(Place { content: crate::region::content_id(&content)?, folder, uid, received_ms })
        };
        rows.into_iter().map(place).collect()
    }

    /// Which of these are still there.
    pub(super) async fn still_there(&self, places: &[Place]) -> Result<Vec<Place>> {
        let asked: Vec<String> = places.iter().map(|place| format!("[{},{}]", place.folder, place.uid)).collect();
        let select = "SELECT p.content, p.folder, p.uid, p.received_at FROM json_each(?1) asked
                      JOIN placement p ON p.folder = json_extract(asked.value, '$[0]')
                                      AND p.uid = json_extract(asked.value, '$[1]')";
        let rows = db::query_as(select).bind(format!("[{}]", asked.join(",")));
        let rows: Vec<Row> = rows.fetch_all(&self.inner.engine.readers).await?;
        let there = |place: &&Place| {
            rows.iter().any(|row| row.0[..] == place.content.0 && row.1 == place.folder && row.2 == place.uid)
        };
        Ok(places.iter().filter(there).copied().collect())
    }
}
