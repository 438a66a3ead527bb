//! Reception: a message becomes durable, once, for all who get it.
//!
//! ```text
//!   content ─┬─ content_key (mailbox 1) ─ event `received` ─ placement, if the view is laid out
//!            ├─ content_key (mailbox 2) ─ ...
//!            └─ outgoing ─ outgoing_recipient ...
//! ```

use std::sync::Arc;

use crate::db::{self, Conn};
use mail::{FolderRole, Timestamp};

use super::content::SealedContent;
use super::epoch::EpochRow;
use super::event::{Event, INSERT, Kind};
use super::queue::SealedOutgoing;
use super::{Arrival, Deliver};
use crate::{RegionStore, Result, StoreError};

/// A delivery whose seals are made.
struct Prepared {
    epoch: EpochRow,
    wrapped: Vec<u8>,
    event: Event,
    code: [u8; 16],
}

impl RegionStore {
    /// Accepts a message. When this returns it is on disk, for every recipient or for none.
    ///
    /// # Errors
    /// [`StoreError::NotTaking`] once the region is closed, [`StoreError::Refused`] without anybody to deliver or relay to.
    /// Those of a write; nothing is kept then, and the sender is told to come again.
    pub async fn accept(&self, arrival: Arrival) -> Result<()> {
        if arrival.deliver.is_empty() && arrival.relay.is_empty() {
            return Err(StoreError::Refused("a message for nobody is not taken".to_owned()));
        }
        self.hear(arrival.at);
        let Arrival { content, at, .. } = arrival;
        let outgoing_of = (arrival.reverse_path, arrival.envelope_id, arrival.body_8bit, arrival.smtputf8);
        let sealed = self.seal_content(content, arrival.raw, at).await?;
        let mut prepared = Vec::with_capacity(arrival.deliver.len());
        for deliver in &arrival.deliver {
            prepared.push(self.prepare_delivery(&sealed, deliver, at).await?);
        }
        let outgoing = self.seal_outgoing(&sealed, outgoing_of, arrival.relay)?;
        self.commit_arrival(sealed, Arc::new(prepared), outgoing, at).await?;
        for deliver in &arrival.deliver {
            self.inner.searches.came(deliver.mailbox, 1);
            self.inner.bells.ring(deliver.mailbox);
        }
        Ok(())
    }

    async fn prepare_delivery(&self, content: &SealedContent, to: &Deliver, at: Timestamp) -> Result<Prepared> {
        let sealer = self.sealer(to.mailbox, at).await?;
        let event = Event {
            content: Some(content.id),
            size: content.size,
            flags: to.flags,
            received_at: at,
            role: Some(reachable(to.role)),
            ..Event::new(to.mailbox, Kind::Received, at)
        };
        let code = event.code(&self.inner.keys, self.name().as_str());
        let wrapped = sealer.content_key(content.id, &content.key);
        Ok(Prepared { epoch: sealer.row(), wrapped, event, code })
    }

    async fn commit_arrival(
        &self,
        content: SealedContent,
        prepared: Arc<Vec<Prepared>>,
        outgoing: Option<SealedOutgoing>,
        at: Timestamp,
    ) -> Result<()> {
        let (deliveries, store) = (Arc::clone(&prepared), self.clone());
        self.write(move |db| {
            Box::pin(async move {
                store.check_open(db).await?;
                content.write(db).await?;
                for delivery in deliveries.iter() {
                    delivery.write(db).await?;
                }
                match outgoing {
                    Some(outgoing) => outgoing.write(db, at).await,
                    None => Ok(()),
                }
            })
        })
        .await?;
        prepared.iter().for_each(|delivery| self.epoch_written(&delivery.epoch));
        Ok(())
    }
}

impl Prepared {
    async fn write(&self, db: &mut Conn) -> Result<()> {
        self.epoch.write(db).await?;
        // One call, several statements: each call is a trip to the engine's thread and back. The last row
        // id stays that of the event, as the other tables have none. Who writes to himself gets one message
        // twice, in his inbox and among what he sent, under one key.
        const PLACE: &str = "
            INSERT OR IGNORE INTO content_key (content, mailbox, sealed) VALUES (?2, ?1, ?3);
            UPDATE mailbox SET modseq = modseq + 1, placed = last_insert_rowid() WHERE id = ?1 AND laid_for > 0;
            INSERT INTO placement (folder, uid, content, size, flags, modseq, received_at, own)
            SELECT f.id, f.uidnext, ?2, ?4, ?5, m.modseq, ?6, 1
            FROM mailbox m JOIN folder f ON f.mailbox = m.id AND f.role = ?7
            WHERE m.id = ?1 AND m.laid_for > 0;
            UPDATE folder SET uidnext = uidnext + 1, highest_modseq = (SELECT modseq FROM mailbox WHERE id = ?1)
            WHERE mailbox = ?1 AND role = ?7 AND (SELECT laid_for FROM mailbox WHERE id = ?1) > 0";
        let whole = db::Made(format!("{INSERT}; {PLACE}"));
        self.event.bind(db::query(whole), &self.code, Some(&self.wrapped)).execute(db).await?;
        Ok(())
    }
}

/// Every laid-out mailbox has these folders; what is meant for another goes to the inbox.
fn reachable(role: FolderRole) -> FolderRole {
    match role {
        FolderRole::Archive | FolderRole::Marked => FolderRole::Inbox,
        other => other,
    }
}
