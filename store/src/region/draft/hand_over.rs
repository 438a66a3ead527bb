//! Sending a draft once, however often somebody presses.

use crate::db;
use mail::Timestamp;

use super::save::orphans;
use super::{DraftState, Sending};
use crate::{ContentId, DraftId, MailboxId, RegionStore, Result};

impl RegionStore {
    /// Takes a draft in hand to send it. Of any number of callers one goes.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`], [`crate::StoreError::Sealed`]; those of a write.
    pub async fn hand_over_draft(
        &self,
        mailbox: MailboxId,
        id: DraftId,
        revision: u32,
        now: Timestamp,
    ) -> Result<Sending> {
        let row = self.draft_row(mailbox, id).await?;
        match row.state()? {
            DraftState::Writing if row.revision != i64::from(revision) => return Ok(Sending::Changed),
            DraftState::Writing => {}
            DraftState::Sending => return Ok(Sending::InHand(Timestamp::from_ms(row.changed_at))),
            DraftState::Sent(content) => return Ok(Sending::Sent(content)),
        }
        let opened = self.opened_draft(mailbox, &row).await?;
        let new = row.moved(DraftState::Sending, now).coded(self, mailbox);
        let mac = row.mac.clone();
        let done = self.write(move |db| Box::pin(async move { new.write(db, mailbox, Some(&mac)).await })).await?;
        if done {
            return Ok(Sending::Go(Box::new(opened)));
        }
        let row = self.draft_row(mailbox, id).await?;
        Ok(match row.state()? {
            DraftState::Writing => Sending::Changed,
            DraftState::Sending => Sending::InHand(Timestamp::from_ms(row.changed_at)),
            DraftState::Sent(content) => Sending::Sent(content),
        })
    }

    /// A draft that was in hand is written on: it was not taken.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`]; those of a write.
    pub async fn take_draft_back(&self, mailbox: MailboxId, id: DraftId, now: Timestamp) -> Result<()> {
        let row = self.draft_row(mailbox, id).await?;
        if row.state()? != DraftState::Sending {
            return Ok(());
        }
        let new = row.moved(DraftState::Writing, now).coded(self, mailbox);
        self.write(move |db| Box::pin(async move { new.write(db, mailbox, Some(&row.mac)).await })).await?;
        Ok(())
    }

    /// A draft was sent as this content: what hung on it goes, the rest is remembered for a month, so that whoever presses
    /// twice is told so.
    ///
    /// # Errors
    /// [`crate::StoreError::NoSuch`]; those of a write.
    pub async fn draft_sent(&self, mailbox: MailboxId, id: DraftId, content: ContentId, now: Timestamp) -> Result<()> {
        let row = self.draft_row(mailbox, id).await?;
        if matches!(row.state()?, DraftState::Sent(_)) {
            return Ok(());
        }
        let new = row.moved(DraftState::Sent(content), now).coded(self, mailbox);
        let gone = self
            .write(move |db| {
                Box::pin(async move {
                    new.write(db, mailbox, Some(&row.mac)).await?;
                    db::query("UPDATE draft_part SET draft = -1 WHERE draft = ?1").bind(id.0).execute(&mut *db).await?;
                    orphans(db).await
                })
            })
            .await?;
        self.remove_bodies(gone).await;
        Ok(())
    }
}
